# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title margin
@license MIT
@notice Margin: size, profit, equity, the checks on leverage and ratio, and where liquidation begins.
        Mirrors reference/math/margin.py.
"""

from vyper_contracts.math import units

SIGNED_WAD: constant(int256) = 10**18


@internal
@pure
def calculate_notional_down(margin: uint256, leverage: uint256) -> uint256:
    """
    @dev MRG-1:5900. Notional of margin at a leverage, rounded down.
    """
    return units.mul_div_down(margin, leverage, units.WAD)


@internal
@pure
def calculate_size(notional: uint256, fill: uint256, is_long: bool) -> uint256:
    """
    @dev MRG-2:9a6c. Size of a notional at a fill price: a long's rounds down, a short's up.
    """
    if is_long:
        return units.mul_div_down(notional, units.WAD, fill)
    return units.mul_div_up(notional, units.WAD, fill)


@internal
@pure
def calculate_pnl(size: uint256, entry_notional: uint256, price: uint256, is_long: bool) -> int256:
    """
    @dev MRG-3:0e6a. Profit or loss of a position, rounded down on either side.
    """
    if is_long:
        return convert(units.mul_div_down(size, price, units.WAD), int256) - convert(entry_notional, int256)
    return convert(entry_notional, int256) - convert(units.mul_div_up(size, price, units.WAD), int256)


@internal
@pure
def calculate_equity(margin: int256, pnl: int256, funding_owed: int256, interest_owed: uint256) -> int256:
    """
    @dev MRG-4:9eb2. What a position is worth.
    """
    return margin + pnl - funding_owed - convert(interest_owed, int256)


@internal
@pure
def calculate_ratio_down(equity: int256, entry_notional: uint256) -> int256:
    """
    @dev MRG-5:7c4b. Equity as a part of the entry notional, rounded down.
    """
    return units.signed_div_down(equity * SIGNED_WAD, entry_notional)


@internal
@pure
def is_ratio_at_least(equity: int256, entry_notional: uint256, ratio: uint256) -> bool:
    """
    @dev MRG-6:e349. Whether equity / entry notional is at least a ratio, exactly.
    """
    return equity * SIGNED_WAD >= convert(entry_notional * ratio, int256)


@internal
@pure
def is_leverage_allowed(margin: int256, entry_notional: uint256, max_leverage: uint256) -> bool:
    """
    @dev MRG-7:eee0. Whether margin is at least entry notional / max leverage, exactly.
    """
    return margin * convert(max_leverage, int256) >= convert(entry_notional * units.WAD, int256)


@internal
@pure
def calculate_liquidation_price_down(
    size: uint256, entry_notional: uint256, margin: int256, maintenance: uint256, is_long: bool
) -> uint256:
    """
    @dev MRG-8:bf49. The price at which equity is the maintenance margin, rounded down; 0 where there is none.
    """
    worth: int256 = 0
    if is_long:
        worth = convert(entry_notional * (units.WAD + maintenance), int256) - margin * SIGNED_WAD
    else:
        worth = convert(entry_notional * (units.WAD - maintenance), int256) + margin * SIGNED_WAD
    return convert(max(worth, 0), uint256) // size
