"""Liquidation: its kind, the closed size, fee, reward and payout, and bad debt."""

from typing import Final

from reference.math.units import AMOUNT_BOUND, WAD, mul_div_down, mul_div_up

HEALTHY: Final = 0
"""No liquidation."""
PARTIAL: Final = 1
"""A part is closed, until the ratio is maintenance + buffer."""
FULL: Final = 2
"""All of it is closed."""

MIN_REWARD: Final = 4 * 10**15
"""Least reward of a full liquidation: 0.004 TAO, the gas of one (wei)."""
FRACTION_SLACK: Final = 2
"""Wei that cover the roundings of a partial liquidation."""
ARRIVED_FOR: Final = 600
"""Seconds for which a mark must have been where the pool is until a position is liquidated at it."""
BAD_DEBT_LIMIT: Final = 10**17
"""Part of the vault's cash (WAD): uncovered bad debt from which the protocol pauses itself, 10%."""


def calculate_kind(equity: int, entry_notional: int, maintenance: int, buffer: int) -> int:
    """LIQ-1. HEALTHY, PARTIAL or FULL; both edges belong to the healthier side.

    equity: wei, signed. entry_notional: wei. maintenance, buffer: WAD.

    pre: -(2**180) < equity < 2**180
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= maintenance <= WAD
    pre: 0 <= buffer <= WAD
    """
    if equity * WAD < entry_notional * maintenance:
        return FULL
    if equity * WAD < entry_notional * (maintenance + buffer):
        return PARTIAL

    return HEALTHY


def is_last_tenth(equity: int, entry_notional: int, maintenance: int) -> bool:
    """LIQ-23. Whether less than a tenth of the maintenance margin is left, exactly: that waits for no mark.

    equity: wei, signed. entry_notional: wei. maintenance: WAD.

    pre: -(2**180) < equity < 2**180
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= maintenance <= WAD
    """
    return 10 * equity * WAD < entry_notional * maintenance


def calculate_closed_size_up(size: int, equity: int, entry_notional: int, threshold: int, fee_rate: int) -> int:
    """LIQ-2. Size that a partial liquidation closes (alpha WAD), rounded up, at most all of it.

    With T = ⌈threshold · entry notional⌉: size · (T − equity + 2) / (T − ⌈fee rate · equity⌉). Afterwards the ratio
    is at least the threshold (LIQ-13).

    size: alpha WAD. equity: above 0 and below T, wei. entry_notional: wei. threshold: maintenance + buffer, WAD.
    fee_rate: WAD.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < equity < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 0 < threshold <= WAD
    pre: 0 <= fee_rate <= WAD // 10
    pre: equity * WAD < entry_notional * threshold
    """
    target = mul_div_up(entry_notional, threshold, WAD)
    fee = mul_div_up(equity, fee_rate, WAD)
    return min(mul_div_up(size, target - equity + FRACTION_SLACK, target - fee), size)


def calculate_closed_entry_up(entry_notional: int, closed: int, size: int) -> int:
    """LIQ-3. Entry notional (wei) that goes with a closed size, rounded up.

    entry_notional: wei. closed, size: alpha WAD, closed at most the size.

    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= closed <= size
    pre: 0 < size < AMOUNT_BOUND
    """
    return mul_div_up(entry_notional, closed, size)


def calculate_liquidation_fee(equity: int, fee_rate: int, closed: int, size: int) -> int:
    """LIQ-4. Fee of a liquidation (wei): ⌊fee rate · equity⌋ for all of it, a part of that rounded up.

    0 where there is no equity.

    equity: wei, signed. fee_rate: WAD. closed, size: alpha WAD, closed at most the size.

    pre: -(2**180) < equity < AMOUNT_BOUND
    pre: 0 <= fee_rate <= WAD // 10
    pre: 0 <= closed <= size
    pre: 0 < size < AMOUNT_BOUND

    Source: seed 004, 5% of the remaining margin.
    """
    if equity <= 0:
        return 0

    return mul_div_up(mul_div_down(equity, fee_rate, WAD), closed, size)


def calculate_reward(fee: int, equity: int, is_full: bool) -> int:
    """LIQ-5. The keeper's reward out of the position (wei): half the fee, rounded down.

    Of a full liquidation at least MIN_REWARD, as far as the equity goes.

    fee: wei. equity: wei, signed.

    pre: 0 <= fee < AMOUNT_BOUND
    pre: -(2**180) < equity < AMOUNT_BOUND
    """
    half = fee // 2
    if not is_full:
        return half

    return max(half, min(MIN_REWARD, max(equity, 0)))


def calculate_reward_top_up(equity: int, taker_fee: int, insurance: int) -> int:
    """LIQ-6. The insurance's top-up of the reward (wei) of a full liquidation whose equity is below MIN_REWARD.

    At most the taker's fee of opening the position, so that dust can't farm it, and at most the insurance.

    equity: wei, signed. taker_fee: taker's rate on the entry notional, wei. insurance: wei.

    pre: -(2**180) < equity < AMOUNT_BOUND
    pre: 0 <= taker_fee < AMOUNT_BOUND
    pre: 0 <= insurance < AMOUNT_BOUND
    """
    missing = MIN_REWARD - min(max(equity, 0), MIN_REWARD)
    return min(missing, min(taker_fee, insurance))


def calculate_payout(equity: int, fee: int, reward: int) -> tuple[int, int]:
    """LIQ-7. The insurance's and the owner's part of the equity of a full liquidation, after the reward (wei, wei).

    Insurance: fee − reward, at least 0. Owner: the rest of the equity, at least 0.

    equity: wei, signed. fee: of LIQ-4, wei. reward: of LIQ-5, wei.

    pre: -(2**180) < equity < AMOUNT_BOUND
    pre: 0 <= fee <= max(equity, 0)
    pre: 0 <= reward <= max(equity, 0)
    """
    insurance = max(fee, reward) - reward
    return insurance, max(equity, 0) - insurance - reward


def calculate_bad_debt(equity: int, pnl: int, insurance: int) -> tuple[int, int, int]:
    """LIQ-8. Bad debt of a position closed with equity below 0 (wei): all of it, covered, and uncovered price part.

    The insurance covers the part that the price made, min(−equity, max(0, −pnl)), as far as it reaches. The rest,
    unpaid funding and interest, is written off.

    equity, pnl: wei, signed. insurance: after the keeper's reward, wei.

    pre: -(2**180) < equity < 2**180
    pre: -(2**180) < pnl < 2**180
    pre: 0 <= insurance < AMOUNT_BOUND
    """
    debt = max(-equity, 0)
    price_part = min(debt, max(-pnl, 0))
    covered = min(price_part, insurance)
    return debt, covered, price_part - covered


def is_bad_debt_over_limit(uncovered: int, cash: int) -> bool:
    """LIQ-9. Whether uncovered bad debt since the last clearing (wei) is at least 10% of the vault's cash left (wei).

    Call it when bad debt is booked: a vault without cash is over the limit even without bad debt.

    pre: 0 <= uncovered < AMOUNT_BOUND
    pre: 0 <= cash < AMOUNT_BOUND
    """
    return uncovered * WAD >= cash * BAD_DEBT_LIMIT
