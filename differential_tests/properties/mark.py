"""Properties of the guarded mark, its gaps and the fill's start (MRK-11 to MRK-17)."""

from differential_tests.properties.ema import MAX_SECONDS
from reference.math.mark import (
    ALPHA_CLAMP,
    ALPHA_MAX_ELAPSED,
    ALPHA_TAU,
    INDEX_BAND,
    calculate_gap,
    calculate_mark,
    calculate_start_down,
    calculate_start_up,
    clamp,
    median,
)
from reference.math.units import AMOUNT_BOUND, WAD


def median_is_one_of_three(a: int, b: int, c: int) -> bool:
    """MRK-11:b07e. The median is one of its arguments, with one at or below it and one at or above it.

    pre: 0 <= a < AMOUNT_BOUND
    pre: 0 <= b < AMOUNT_BOUND
    pre: 0 <= c < AMOUNT_BOUND
    post: _
    """
    middle = median(a, b, c)
    return (
        middle in (a, b, c)
        and min(a, b, c) <= middle <= max(a, b, c)
        and a + b + c - middle == (min(a, b, c) + max(a, b, c))
    )


def clamp_keeps_the_width(price: int, mark: int, width: int) -> bool:
    """MRK-12:46ff. A clamped price is at most `width` of the mark away from it, and moves only towards the mark.

    pre: 0 <= price < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= width <= WAD
    post: _
    """
    clamped = clamp(price, mark, width)
    near = abs(clamped - mark) * WAD <= mark * width
    return near and abs(clamped - mark) <= abs(price - mark)


def lone_push_moves_nothing(mark: int, pushed: int, elapsed: int) -> bool:
    """MRK-13:52bc. A lone pushed sample, after a feed at the mark, leaves the mark where it was (invariant 11).

    pre: 0 < mark < AMOUNT_BOUND
    pre: 0 < pushed < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    return calculate_mark(mark, pushed, mark, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP) == mark


def push_moves_no_further_than_the_feed_before(mark: int, spot: int, previous_spot: int, elapsed: int) -> bool:
    """MRK-14:818c. A feed moves the mark towards the spot of the feed before, and at most as far as that spot would.

    Stated for a mark below that spot; a mark above it is MRK-15 (invariant 11).

    pre: 0 < mark <= previous_spot < AMOUNT_BOUND
    pre: 0 < spot < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    moved = calculate_mark(mark, spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    true = calculate_mark(mark, previous_spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    return mark <= moved <= true


def push_moves_no_further_downwards(mark: int, spot: int, previous_spot: int, elapsed: int) -> bool:
    """MRK-15:6811. As MRK-14, for a mark above the spot of the feed before.

    pre: 0 < previous_spot <= mark < AMOUNT_BOUND
    pre: 0 < spot < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    moved = calculate_mark(mark, spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    true = calculate_mark(mark, previous_spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    return true <= moved <= mark


def mark_stays_positive(mark: int, spot: int, previous_spot: int, elapsed: int) -> bool:
    """MRK-16:09fc. A mark that is not 0 is never 0 after a feed.

    pre: 0 < mark < AMOUNT_BOUND
    pre: 0 < spot < AMOUNT_BOUND
    pre: 0 < previous_spot < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    return calculate_mark(mark, spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP) > 0


def buyer_starts_at_the_highest_or_above(mark: int, high: int, gap: int) -> bool:
    """MRK-17:f162. A buyer's fill starts at or above the highest price that may be hidden, and the mark.

    pre: 0 < mark < AMOUNT_BOUND
    pre: 0 < high <= AMOUNT_BOUND
    pre: 0 <= gap <= INDEX_BAND
    post: _
    """
    start = calculate_start_up(mark, high, gap)
    return start >= high and start >= mark


def seller_starts_at_the_lowest_or_below(mark: int, low: int, gap: int) -> bool:
    """MRK-17:f162. A seller's fill starts at or below the lowest price that may be hidden, and the mark.

    pre: 0 < mark < AMOUNT_BOUND
    pre: 0 <= low < AMOUNT_BOUND
    pre: 0 <= gap <= INDEX_BAND
    post: _
    """
    start = calculate_start_down(mark, low, gap)
    return start <= low and start <= mark


def gap_is_forgotten_in_time(mark: int, spot: int, gap: int, elapsed: int) -> bool:
    """MRK-18:30c9. A gap keeps at least 6 / 7 of itself at a feed, and never passes the band.

    pre: 0 < mark < AMOUNT_BOUND
    pre: 0 < spot < AMOUNT_BOUND
    pre: 0 <= gap <= INDEX_BAND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    after = calculate_gap(mark, spot, gap, elapsed, INDEX_BAND, True)
    return after <= INDEX_BAND and after * 7 >= gap * 6
