"""Properties of hidden prices: no path of the pool since a reading leaves the range (HID-9 to HID-12)."""

from reference.math.hidden import calculate_high_up, calculate_low_down, calculate_traded
from reference.math.units import AMOUNT_BOUND


def pool_is_within_half_of_what_came_back(pool: int, before: int, hidden: int, counted: int) -> bool:
    """HID-9:7946. Wherever the pool has been, it has been near one of its ends: half of what came back away at most.

    hidden: the pool at some moment. counted: of the counter, at least the way over it.

    pre: 0 <= pool < 2**64
    pre: 0 <= before < 2**64
    pre: 0 <= hidden < 2**64
    pre: abs(hidden - before) + abs(pool - hidden) <= counted < 2**64
    post: _
    """
    traded = calculate_traded(counted, 0, pool, before)
    return 2 * min(pool, before) - traded <= 2 * hidden <= 2 * max(pool, before) + traded


def no_higher_price_is_hidden(spot: int, pool: int, before: int, hidden: int, counted: int, power: int) -> bool:
    """HID-10:6e79. The price at a hidden pool, by the power that counts, is at or below the highest.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 < pool < 2**56
    pre: 0 <= before < 2**56
    pre: 0 <= hidden < 2**56
    pre: abs(hidden - before) + abs(pool - hidden) <= counted < 2**64
    pre: 2 <= power <= 3
    post: _
    """
    traded = calculate_traded(counted, 0, pool, before)
    high = calculate_high_up(spot, pool, before, traded, power)
    return bool(high == AMOUNT_BOUND or spot * hidden**power <= high * pool**power)


def no_lower_price_is_hidden(spot: int, pool: int, before: int, hidden: int, counted: int, power: int) -> bool:
    """HID-10:6e79. The price at a hidden pool, by the power that counts, is at or above the lowest.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 < pool < 2**56
    pre: 0 <= before < 2**56
    pre: 0 <= hidden < 2**56
    pre: abs(hidden - before) + abs(pool - hidden) <= counted < 2**64
    pre: 2 <= power <= 3
    post: _
    """
    traded = calculate_traded(counted, 0, pool, before)
    low = calculate_low_down(spot, pool, before, traded, power)
    return bool(low * pool**power <= spot * hidden**power)


def spot_lies_inside(spot: int, pool: int, before: int, traded: int, power: int) -> bool:
    """HID-11:a985. Spot is in its own range.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 <= pool < 2**64
    pre: 0 <= before < 2**64
    pre: 0 <= traded < 2**64
    pre: 2 <= power <= 3
    post: _
    """
    low = calculate_low_down(spot, pool, before, traded, power)
    return low <= spot <= calculate_high_up(spot, pool, before, traded, power)


def more_trade_widens_the_range(spot: int, pool: int, before: int, traded: int, more: int, power: int) -> bool:
    """HID-12:3645. What was traded beyond makes the highest price no lower, and the lowest no higher.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 <= pool < 2**64
    pre: 0 <= before < 2**64
    pre: 0 <= traded <= more < 2**64
    pre: 2 <= power <= 3
    post: _
    """
    lower = calculate_low_down(spot, pool, before, more, power) <= calculate_low_down(spot, pool, before, traded, power)
    return lower and (
        calculate_high_up(spot, pool, before, traded, power) <= calculate_high_up(spot, pool, before, more, power)
    )
