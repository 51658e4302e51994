"""The mark of a market: the price that equity, liquidation, funding and NAV use.

A published market's mark is the oracle's price. What stands here is the arithmetic of a guarded one.
"""

from typing import Final

from reference.math.ema import INDEX_MAX_ELAPSED, INDEX_TAU, ema
from reference.math.units import WAD, mul_div_down, mul_div_up, word

GAP_TAU: Final = 21_600
"""Seconds: the time constant in which a gap is forgotten."""
GAP_MAX_ELAPSED: Final = 3_600
"""Seconds: the longest time for which one feed lets a gap fade."""
DECREASE_GAP: Final = 5 * 10**16
"""Part of the mark (WAD): the most of a gap that counts in what shrinks a position."""

ALPHA_TAU: Final = 2_597
"""Seconds: time constant of a subnet's mark, a half-life of 30 minutes."""
ALPHA_MAX_ELAPSED: Final = 60
"""Seconds: the longest time for which one feed of a subnet's mark counts."""
ALPHA_CLAMP: Final = 25 * 10**16
"""Part of the mark (WAD): the furthest that a sample counts, on a subnet's market."""
ALPHA_BAND: Final = 10**17
"""Part of the mark (WAD): the furthest that spot may be for an increase, on a subnet's market."""

ARRIVED: Final = 2 * 10**16
"""Part of the mark (WAD): the furthest that a hidden price may be where the mark is said to have arrived."""

INDEX_CLAMP: Final = 5 * 10**17
"""As ALPHA_CLAMP, on the index market."""
INDEX_BAND: Final = 5 * 10**17
"""As ALPHA_BAND, on the index market."""


def median(a: int, b: int, c: int) -> int:
    """MRK-1. The middle one of three prices (WAD)."""
    return max(min(a, b), min(max(a, b), c))


def clamp(price: int, mark: int, width: int) -> int:
    """MRK-2. `price`, moved into mark · (1 ± width); the edges round towards the mark.

    price, mark: WAD. width: WAD, at most 1.
    Errors: CheckFailed if width is above 1 or a product leaves a word.
    """
    lowest = mul_div_up(mark, word(WAD - width), WAD)
    highest = mul_div_down(mark, word(WAD + width), WAD)
    return min(max(price, lowest), highest)


def calculate_mark(
    mark: int, spot: int, previous_spot: int, elapsed: int, max_elapsed: int, tau: int, width: int
) -> int:
    """MRK-3. The mark after one feed, rounded down.

    The sample is the median of mark, spot and the spot of the feed before, clamped to the mark:
    a lone pushed feed is never the median. The mark follows the sample by the average EMA-1.

    mark, spot, previous_spot: WAD. elapsed, max_elapsed, tau: seconds. width: WAD.
    Errors: CheckFailed as in MRK-2 and EMA-1.
    """
    sample = clamp(median(mark, spot, previous_spot), mark, width)
    return ema(mark, sample, min(elapsed, max_elapsed), tau)


def calculate_gap(mark: int, spot: int, gap: int, elapsed: int, band: int, is_up: bool) -> int:
    """MRK-4. How far the mark of MTSOS may still have to follow, on one side, after a feed; rounded up.

    min(band, max(distance of spot beyond the mark, gap · τ / (τ + min(elapsed, 3600)))), τ = GAP_TAU

    mark: the new mark, WAD. spot: WAD. gap: the side's gap before, WAD (a part of the mark).
    elapsed: seconds since the feed before. band: WAD. is_up: the side above the mark.
    Errors: CheckFailed if the mark is 0 and spot is beyond it, or a product leaves a word.
    """
    remembered = mul_div_up(gap, GAP_TAU, GAP_TAU + min(elapsed, GAP_MAX_ELAPSED))
    distance = 0
    if is_up and spot > mark:
        distance = mul_div_up(spot - mark, WAD, mark)
    if not is_up and spot < mark:
        distance = mul_div_up(mark - spot, WAD, mark)

    return min(band, max(distance, remembered))


def calculate_start_up(mark: int, spot: int, gap_up: int) -> int:
    """MRK-5. The price from which a fill starts when the taker buys, rounded up.

    mark, spot: WAD. gap_up: WAD.
    Errors: CheckFailed if a product leaves a word.
    """
    return max(spot, mul_div_up(mark, word(WAD + gap_up), WAD))


def calculate_start_down(mark: int, spot: int, gap_down: int) -> int:
    """MRK-6. The price from which a fill starts when the taker sells, rounded down.

    mark, spot: WAD. gap_down: WAD, at most 1.
    Errors: CheckFailed if gap_down is above 1 or a product leaves a word.
    """
    return min(spot, mul_div_down(mark, word(WAD - gap_down), WAD))


def is_in_band(mark: int, spot: int, band: int) -> bool:
    """MRK-7. Whether spot is at most `band` away from the mark, on either side.

    mark, spot: WAD. band: WAD.
    Errors: CheckFailed if a product leaves a word.
    """
    distance = spot - mark if spot >= mark else mark - spot
    return word(distance * WAD) <= word(band * mark)


def is_range_in_band(mark: int, high: int, low: int, band: int) -> bool:
    """MRK-20. Whether all prices of a range are at most `band` away from the mark.

    mark, high, low: WAD. band: WAD.
    Errors: CheckFailed if a product leaves a word.
    """
    return is_in_band(mark, high, band) and is_in_band(mark, low, band)


def calculate_feed(
    is_index: bool, mark: int, spot: int, previous_spot: int, gap_up: int, gap_down: int, elapsed: int
) -> tuple[int, int, int]:
    """MRK-19. Mark, gap above and gap below after a feed of a guarded market; a subnet has no gaps, and they are 0.

    mark, spot, previous_spot: WAD. gap_up, gap_down: before, parts of the mark, WAD. elapsed: seconds.
    Errors: CheckFailed as in MRK-3 and MRK-4.
    """
    if not is_index:
        new = calculate_mark(mark, spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
        return new, 0, 0

    new = calculate_mark(mark, spot, previous_spot, elapsed, INDEX_MAX_ELAPSED, INDEX_TAU, INDEX_CLAMP)
    up = calculate_gap(new, spot, gap_up, elapsed, INDEX_BAND, True)
    return new, up, calculate_gap(new, spot, gap_down, elapsed, INDEX_BAND, False)
