"""Margin: size, PnL, equity, the checks on leverage and ratio, and the liquidation price."""

from reference.math.units import AMOUNT_BOUND, WAD, div_down, mul_div_down, mul_div_up, signed_div_down


def calculate_notional_down(margin: int, leverage: int) -> int:
    """MRG-1. Notional of margin (wei) at a leverage (WAD): their product, wei, rounded down.

    pre: 0 <= margin < AMOUNT_BOUND
    pre: 0 <= leverage < AMOUNT_BOUND
    """
    return mul_div_down(margin, leverage, WAD)


def calculate_size(notional: int, fill: int, is_long: bool) -> int:
    """MRG-2. Size (alpha WAD) of a notional (wei) at a fill price (WAD): a long's rounds down, a short's up.

    Errors: CheckFailed if the fill price is 0.

    pre: 0 <= notional < AMOUNT_BOUND
    pre: 0 <= fill < AMOUNT_BOUND
    """
    return mul_div_down(notional, WAD, fill) if is_long else mul_div_up(notional, WAD, fill)


def calculate_pnl(size: int, entry_notional: int, price: int, is_long: bool) -> int:
    """MRG-3. PnL of a position at a price (wei, signed), rounded down on either side.

    size: alpha WAD. entry_notional: wei. price: WAD.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= price < AMOUNT_BOUND
    """
    if is_long:
        return mul_div_down(size, price, WAD) - entry_notional

    return entry_notional - mul_div_up(size, price, WAD)


def calculate_equity(margin: int, pnl: int, funding_owed: int, interest_owed: int) -> int:
    """MRG-4. Equity of a position (wei, signed): margin + PnL − funding owed − interest owed.

    margin, pnl, funding_owed: wei, signed. interest_owed: wei.

    pre: -(2**240) < margin < 2**240
    pre: -(2**240) < pnl < 2**240
    pre: -(2**240) < funding_owed < 2**240
    pre: 0 <= interest_owed < 2**240
    """
    return margin + pnl - funding_owed - interest_owed


def calculate_ratio_down(equity: int, entry_notional: int) -> int:
    """MRG-5. Equity as a part of the entry notional (WAD, signed), rounded down. For views: checks use MRG-6.

    equity: wei, signed. entry_notional: wei.

    Errors: CheckFailed if the entry notional is 0.

    pre: -(2**180) < equity < 2**180
    pre: 0 <= entry_notional < AMOUNT_BOUND

    Source: the published moves of 90, 40, 23 and 10% need the notional at entry.
    """
    return signed_div_down(equity * WAD, entry_notional)


def is_ratio_at_least(equity: int, entry_notional: int, ratio: int) -> bool:
    """MRG-6. Whether equity / entry notional is at least a ratio, exactly.

    equity: wei, signed. entry_notional: wei. ratio: WAD.

    pre: -(2**180) < equity < 2**180
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= ratio < AMOUNT_BOUND
    """
    return equity * WAD >= entry_notional * ratio


def is_leverage_allowed(margin: int, entry_notional: int, max_leverage: int) -> bool:
    """MRG-7. Whether margin is at least entry notional / max leverage, exactly.

    margin: with losses taken off, wei, signed. entry_notional: wei. max_leverage: WAD.

    pre: -(2**180) < margin < 2**180
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= max_leverage < 2**72
    """
    return margin * max_leverage >= entry_notional * WAD


def calculate_liquidation_price_down(
    size: int, entry_notional: int, margin: int, maintenance: int, is_long: bool
) -> int:
    """MRG-8. The price (WAD) at which equity is the maintenance margin, rounded down; 0 where there is none.

    With N = entry notional, long: (N · (1 + maintenance) − margin) / size; short: (N · (1 − maintenance) + margin) /
    size.
    For views: a liquidation asks MRG-6.

    size: alpha WAD. entry_notional: wei. margin: settled, wei, signed. maintenance: WAD.

    Errors: CheckFailed if the size is 0.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: -AMOUNT_BOUND < margin < AMOUNT_BOUND
    pre: 0 <= maintenance <= WAD

    Source: the published formula at entry price, where margin = entry notional / leverage.
    """
    factor = WAD + maintenance if is_long else WAD - maintenance
    worth = entry_notional * factor - margin * WAD if is_long else entry_notional * factor + margin * WAD
    return div_down(max(worth, 0), size)
