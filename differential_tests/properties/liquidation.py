"""Properties of liquidation (LIQ-10 to LIQ-19)."""

from reference.math.liquidation import (
    FRACTION_SLACK,
    FULL,
    HEALTHY,
    MIN_REWARD,
    PARTIAL,
    calculate_bad_debt,
    calculate_closed_entry_up,
    calculate_closed_size_up,
    calculate_kind,
    calculate_liquidation_fee,
    calculate_payout,
    calculate_reward,
    calculate_reward_top_up,
)
from reference.math.margin import calculate_pnl, is_ratio_at_least
from reference.math.units import AMOUNT_BOUND, WAD, mul_div_up


def kind_follows_the_ratio(equity: int, entry_notional: int, maintenance: int, buffer: int) -> bool:
    """LIQ-10:589b. Full strictly below the maintenance margin, partial from there to strictly below the buffer's end.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= maintenance <= WAD
    pre: 0 <= buffer <= WAD
    post: _
    """
    kind = calculate_kind(equity, entry_notional, maintenance, buffer)
    is_safe = is_ratio_at_least(equity, entry_notional, maintenance)
    is_healthy = is_ratio_at_least(equity, entry_notional, maintenance + buffer)
    return kind == (HEALTHY if is_healthy else PARTIAL if is_safe else FULL)


def closed_size_is_a_part(size: int, equity: int, entry_notional: int, threshold: int, fee_rate: int) -> bool:
    """LIQ-11:4b0c. A partial liquidation closes more than nothing and at most all.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < equity < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 0 < threshold <= WAD
    pre: 0 <= fee_rate <= WAD // 10
    pre: equity * WAD < entry_notional * threshold
    post: _
    """
    return 0 < calculate_closed_size_up(size, equity, entry_notional, threshold, fee_rate) <= size


def closed_size_is_enough(size: int, target: int, equity: int, fee: int, closed: int) -> bool:
    """LIQ-12:af0c. With a closed size that LIQ-2 rounds up, what is left reaches the target's part.

    The heart of a partial liquidation, freed of its quotients: closed · (target − fee) ≥ size · (target − equity + 2)
    is what rounding up means. The equity after a fee of at most ⌈fee · closed / size⌉ and two roundings of a wei, times
    the size, is at least the target for the part that is left.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < closed < size
    pre: 0 < equity < target < AMOUNT_BOUND
    pre: 0 <= fee <= equity
    pre: closed * (target - fee) >= size * (target - equity + FRACTION_SLACK)
    post: _
    """
    left = equity - mul_div_up(fee, closed, size) - 1
    return left * size >= target * (size - closed)


def partial_liquidation_reaches_the_threshold(
    size: int, equity: int, entry_notional: int, threshold: int, fee_rate: int
) -> bool:
    """LIQ-13:cd1a. After a partial liquidation, less a wei for the roundings of profit, the ratio is at least the
    threshold.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < equity < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 0 < threshold <= WAD
    pre: 0 <= fee_rate <= WAD // 10
    pre: equity * WAD < entry_notional * threshold
    post: _
    """
    closed = calculate_closed_size_up(size, equity, entry_notional, threshold, fee_rate)
    if closed == size:
        return True
    left = equity - calculate_liquidation_fee(equity, fee_rate, closed, size) - 1
    return is_ratio_at_least(left, entry_notional - calculate_closed_entry_up(entry_notional, closed, size), threshold)


def closing_a_part_loses_a_wei_at_most(
    size: int, entry_notional: int, closed: int, closed_entry: int, price: int
) -> bool:
    """LIQ-14:0a83. Profit of the closed and of the remaining part is that of the whole, less a wei at most (long).

    pre: 0 <= closed <= size < AMOUNT_BOUND
    pre: 0 <= closed_entry <= entry_notional < AMOUNT_BOUND
    pre: 0 <= price < AMOUNT_BOUND
    post: _
    """
    whole = calculate_pnl(size, entry_notional, price, True)
    parts = calculate_pnl(closed, closed_entry, price, True) + calculate_pnl(
        size - closed, entry_notional - closed_entry, price, True
    )
    return whole - 1 <= parts <= whole


def closing_a_part_of_a_short_loses_a_wei_at_most(
    size: int, entry_notional: int, closed: int, closed_entry: int, price: int
) -> bool:
    """LIQ-14:0a83. The same of a short.

    pre: 0 <= closed <= size < AMOUNT_BOUND
    pre: 0 <= closed_entry <= entry_notional < AMOUNT_BOUND
    pre: 0 <= price < AMOUNT_BOUND
    post: _
    """
    whole = calculate_pnl(size, entry_notional, price, False)
    parts = calculate_pnl(closed, closed_entry, price, False) + calculate_pnl(
        size - closed, entry_notional - closed_entry, price, False
    )
    return whole - 1 <= parts <= whole


def every_wei_of_equity_goes_somewhere(equity: int, fee_rate: int, size: int) -> bool:
    """LIQ-15:820c. Keeper, insurance and owner of a full liquidation get the equity, no wei more or less.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: 0 <= fee_rate <= WAD // 10
    pre: 0 < size < AMOUNT_BOUND
    post: _
    """
    fee = calculate_liquidation_fee(equity, fee_rate, size, size)
    reward = calculate_reward(fee, equity, True)
    insurance, owner = calculate_payout(equity, fee, reward)
    return reward >= 0 and insurance >= 0 and owner >= 0 and reward + insurance + owner == max(equity, 0)


def fee_is_a_part_of_equity(equity: int, fee_rate: int, closed: int, size: int) -> bool:
    """LIQ-16:1f0e. The fee is at most the rate's part of the equity, and of a part no more than of the whole.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: 0 <= fee_rate <= WAD // 10
    pre: 0 <= closed <= size
    pre: 0 < size < AMOUNT_BOUND
    post: _
    """
    fee = calculate_liquidation_fee(equity, fee_rate, closed, size)
    whole = calculate_liquidation_fee(equity, fee_rate, size, size)
    return 0 <= fee <= whole and whole * WAD <= max(equity, 0) * fee_rate


def reward_reaches_its_floor(equity: int, fee_rate: int, size: int, taker_fee: int, insurance: int) -> bool:
    """LIQ-17:9921. The reward of a full liquidation is MIN_REWARD or more, unless the insurance or the taker's fee is
    short.

    What the insurance adds is at most what it holds and what opening the position paid.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: 0 <= fee_rate <= WAD // 10
    pre: 0 < size < AMOUNT_BOUND
    pre: 0 <= taker_fee < AMOUNT_BOUND
    pre: 0 <= insurance < AMOUNT_BOUND
    post: _
    """
    reward = calculate_reward(calculate_liquidation_fee(equity, fee_rate, size, size), equity, True)
    added = calculate_reward_top_up(equity, taker_fee, insurance)
    is_short = added in (taker_fee, insurance)
    return 0 <= added <= min(taker_fee, insurance) and (reward + added >= MIN_REWARD or is_short)


def every_wei_of_bad_debt_is_accounted_for(equity: int, pnl: int, insurance: int) -> bool:
    """LIQ-18:678f. Covered, uncovered and written off make the debt; the insurance pays at most what the price lost.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: -AMOUNT_BOUND < pnl < AMOUNT_BOUND
    pre: 0 <= insurance < AMOUNT_BOUND
    post: _
    """
    debt, covered, uncovered = calculate_bad_debt(equity, pnl, insurance)
    written_off = debt - covered - uncovered
    return (
        debt == max(-equity, 0)
        and 0 <= covered <= insurance
        and uncovered >= 0
        and written_off >= 0
        and covered + uncovered <= max(-pnl, 0)
    )


def parts_round_up(entry_notional: int, equity: int, fee_rate: int, closed: int, size: int) -> bool:
    """LIQ-19:5924. Entry notional and fee of a closed part are the exact parts rounded up: what is left is no worse.

    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 < equity < AMOUNT_BOUND
    pre: 0 <= fee_rate <= WAD // 10
    pre: 0 <= closed <= size
    pre: 0 < size < AMOUNT_BOUND
    post: _
    """
    removed = calculate_closed_entry_up(entry_notional, closed, size)
    fee = calculate_liquidation_fee(equity, fee_rate, closed, size)
    whole = calculate_liquidation_fee(equity, fee_rate, size, size)
    return (removed - 1) * size < entry_notional * closed <= removed * size and (
        (fee - 1) * size < whole * closed <= fee * size
    )
