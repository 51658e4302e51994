"""Properties of margin, profit and the opening of a position (MRG-9 to MRG-19)."""

from reference.math.impact import BASE_HIGH, calculate_fill_down, calculate_fill_up
from reference.math.margin import (
    calculate_equity,
    calculate_liquidation_price_down,
    calculate_notional_down,
    calculate_pnl,
    calculate_ratio_down,
    calculate_size,
    is_leverage_allowed,
    is_ratio_at_least,
)
from reference.math.parameters import MAX_OPENING_LOSS
from reference.math.units import AMOUNT_BOUND, WAD

MIN_NOTIONAL = 10**14
"""Wei: the least notional of a position."""
MAX_PRICE = 10**24
"""WAD: a million TAO per alpha, above which one unit of size is no longer small beside the least notional."""


def pnl_of_both_sides_is_nearly_nothing(size: int, entry_notional: int, price: int) -> bool:
    """MRG-9:c1d8. Profit of a long and of the same short add up to 0, or to −1 wei: never in the traders' favour.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= price < AMOUNT_BOUND
    post: _
    """
    both = calculate_pnl(size, entry_notional, price, True) + calculate_pnl(size, entry_notional, price, False)
    return -1 <= both <= 0


def long_round_trip_never_profits(notional: int, start: int, in_rate: int, out_rate: int) -> bool:
    """MRG-10:34ed. A long that is opened and closed from one start gains nothing, before fees.

    pre: 0 <= notional < AMOUNT_BOUND
    pre: 0 < start < AMOUNT_BOUND // 2
    pre: notional * WAD < AMOUNT_BOUND * start
    pre: 0 <= in_rate <= WAD
    pre: 0 <= out_rate <= WAD
    post: _
    """
    size = calculate_size(notional, calculate_fill_up(start, in_rate), True)
    return calculate_pnl(size, notional, calculate_fill_down(start, out_rate), True) <= 0


def short_round_trip_never_profits(notional: int, start: int, in_rate: int, out_rate: int) -> bool:
    """MRG-11:e443. A short that is opened and closed from one start gains nothing, before fees.

    pre: 0 <= notional < AMOUNT_BOUND
    pre: 8 <= start < AMOUNT_BOUND // 2
    pre: 8 * notional * WAD < AMOUNT_BOUND * start
    pre: 0 <= in_rate <= WAD // 2
    pre: 0 <= out_rate < WAD
    post: _
    """
    size = calculate_size(notional, calculate_fill_down(start, in_rate), False)
    return calculate_pnl(size, notional, calculate_fill_up(start, out_rate), False) <= 0


def long_loses_little_by_opening(notional: int, mark: int) -> bool:
    """MRG-12:138a. A long filled at the highest base rate from the mark loses, with a wei more, at most 0.26%.

    pre: MIN_NOTIONAL <= notional < AMOUNT_BOUND
    pre: 10**9 <= mark <= MAX_PRICE
    pre: 2 * notional * WAD < AMOUNT_BOUND * mark
    post: _
    """
    size = calculate_size(notional, calculate_fill_up(mark, BASE_HIGH), True)
    return (calculate_pnl(size, notional, mark, True) - 1) * WAD >= -notional * MAX_OPENING_LOSS


def short_loses_little_by_opening(notional: int, mark: int) -> bool:
    """MRG-12:138a. The same of a short.

    pre: MIN_NOTIONAL <= notional < AMOUNT_BOUND
    pre: 10**9 <= mark <= MAX_PRICE
    pre: 2 * notional * WAD < AMOUNT_BOUND * mark
    post: _
    """
    size = calculate_size(notional, calculate_fill_down(mark, BASE_HIGH), False)
    return (calculate_pnl(size, notional, mark, False) - 1) * WAD >= -notional * MAX_OPENING_LOSS


def opened_at_max_leverage_is_healthy(
    margin: int, notional: int, max_leverage: int, threshold: int, taker_fee: int, fee: int, pnl: int
) -> bool:
    """MRG-13:a70f. A position that opens at an allowed leverage, under parameters that PAR-1 allows, is not
    liquidatable at
    its mark, after the fee (FEE-3) and a loss that MRG-12 bounds.

    pre: 0 < margin < AMOUNT_BOUND
    pre: 0 < notional < AMOUNT_BOUND
    pre: WAD <= max_leverage <= 50 * WAD
    pre: 0 <= threshold <= WAD
    pre: 0 <= taker_fee <= WAD // 100
    pre: (threshold + taker_fee + MAX_OPENING_LOSS) * max_leverage <= WAD * WAD
    pre: margin * max_leverage >= notional * WAD
    pre: 0 <= fee and (fee - 1) * WAD < notional * taker_fee
    pre: (pnl - 1) * WAD >= -notional * MAX_OPENING_LOSS
    post: _
    """
    return (margin - fee + pnl) * WAD >= threshold * notional


def leverage_check_bounds_the_notional(margin: int, leverage: int, max_leverage: int) -> bool:
    """MRG-14:a9e5. The notional that margin opens at an allowed leverage passes the check on leverage.

    pre: 0 <= margin < AMOUNT_BOUND
    pre: 0 <= leverage <= max_leverage < 2**72
    pre: margin * max_leverage < AMOUNT_BOUND * WAD
    post: _
    """
    return is_leverage_allowed(margin, calculate_notional_down(margin, leverage), max_leverage)


def ratio_view_agrees_with_the_check(equity: int, entry_notional: int, ratio: int) -> bool:
    """MRG-15:168e. The ratio of the view is at least a threshold if, and only if, the exact check says so.

    pre: -AMOUNT_BOUND < equity < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 0 <= ratio <= WAD
    post: _
    """
    return (calculate_ratio_down(equity, entry_notional) >= ratio) == is_ratio_at_least(equity, entry_notional, ratio)


def long_is_liquidated_below_its_price(size: int, entry_notional: int, margin: int, maintenance: int) -> bool:
    """MRG-16:f11c. At the liquidation price of the view or below, but for a wei, a long is below its maintenance
    margin.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 4 * entry_notional * WAD < AMOUNT_BOUND * size
    pre: 0 <= margin <= entry_notional
    pre: 0 <= maintenance <= WAD
    post: _
    """
    price = calculate_liquidation_price_down(size, entry_notional, margin, maintenance, True)
    below = calculate_equity(margin, calculate_pnl(size, entry_notional, max(price - 1, 0), True), 0, 0)
    return price == 0 or not is_ratio_at_least(below, entry_notional, maintenance)


def short_is_liquidated_above_its_price(size: int, entry_notional: int, margin: int, maintenance: int) -> bool:
    """MRG-17:2559. A wei above the liquidation price of the view a short is below its maintenance margin.

    pre: 0 < size < AMOUNT_BOUND
    pre: 0 < entry_notional < AMOUNT_BOUND
    pre: 4 * entry_notional * WAD < AMOUNT_BOUND * size
    pre: 0 <= margin <= entry_notional
    pre: 0 <= maintenance <= WAD
    post: _
    """
    price = calculate_liquidation_price_down(size, entry_notional, margin, maintenance, False)
    above = calculate_equity(margin, calculate_pnl(size, entry_notional, price + 1, False), 0, 0)
    return not is_ratio_at_least(above, entry_notional, maintenance)


def notional_and_size_round_against_the_taker(margin: int, leverage: int, notional: int, fill: int) -> bool:
    """MRG-18:ae3f. A notional rounds down, a long's size down, a short's size up.

    pre: 0 <= margin < AMOUNT_BOUND
    pre: 0 <= leverage < AMOUNT_BOUND
    pre: 0 <= notional < AMOUNT_BOUND
    pre: 0 < fill < AMOUNT_BOUND
    post: _
    """
    opened = calculate_notional_down(margin, leverage)
    long, short = calculate_size(notional, fill, True), calculate_size(notional, fill, False)
    exact = notional * WAD
    return (
        opened * WAD <= margin * leverage < (opened + 1) * WAD
        and long * fill <= exact < (long + 1) * fill
        and (short - 1) * fill < exact <= short * fill
    )


def pnl_rounds_down(size: int, entry_notional: int, price: int) -> bool:
    """MRG-19:9513. Profit is the exact one rounded down, a loss is rounded up in magnitude, on either side.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= price < AMOUNT_BOUND
    post: _
    """
    exact = size * price - entry_notional * WAD
    long, short = calculate_pnl(size, entry_notional, price, True), calculate_pnl(size, entry_notional, price, False)
    return long * WAD <= exact < (long + 1) * WAD and short * WAD <= -exact < (short + 1) * WAD
