# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title mark
@license MIT
@notice The arithmetic of a guarded market's mark. Mirrors reference/math/mark.py.
"""

from vyper_contracts.math import ema
from vyper_contracts.math import units

GAP_TAU: public(constant(uint256)) = 21_600
GAP_MAX_ELAPSED: public(constant(uint256)) = 3_600
DECREASE_GAP: public(constant(uint256)) = 5 * 10**16

ALPHA_TAU: public(constant(uint256)) = 2_597
ALPHA_MAX_ELAPSED: public(constant(uint256)) = 60
ALPHA_CLAMP: public(constant(uint256)) = 25 * 10**16
ALPHA_BAND: public(constant(uint256)) = 10**17

ARRIVED: public(constant(uint256)) = 2 * 10**16

INDEX_CLAMP: public(constant(uint256)) = 5 * 10**17
INDEX_BAND: public(constant(uint256)) = 5 * 10**17


@internal
@pure
def median(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @dev MRK-1:72d2. The middle one of three prices.
    """
    return max(min(a, b), min(max(a, b), c))


@internal
@pure
def clamp(price: uint256, mark: uint256, width: uint256) -> uint256:
    """
    @dev MRK-2:f2c1. `price`, moved into mark * (1 +- width); the edges round towards the mark.
    """
    lowest: uint256 = units.mul_div_up(mark, units.WAD - width, units.WAD)
    highest: uint256 = units.mul_div_down(mark, units.WAD + width, units.WAD)
    return min(max(price, lowest), highest)


@internal
@pure
def calculate_mark(
    mark: uint256,
    spot: uint256,
    previous_spot: uint256,
    elapsed: uint256,
    max_elapsed: uint256,
    tau: uint256,
    width: uint256,
) -> uint256:
    """
    @dev MRK-3:63ee. The mark after one feed, rounded down.
    """
    sample: uint256 = self.clamp(self.median(mark, spot, previous_spot), mark, width)
    return ema.ema(mark, sample, min(elapsed, max_elapsed), tau)


@internal
@pure
def calculate_gap(mark: uint256, spot: uint256, gap: uint256, elapsed: uint256, band: uint256, is_up: bool) -> uint256:
    """
    @dev MRK-4:52c8. How far the mark of MTSOS may still have to follow, on one side, after a feed; rounded up.
    """
    remembered: uint256 = units.mul_div_up(gap, GAP_TAU, GAP_TAU + min(elapsed, GAP_MAX_ELAPSED))
    distance: uint256 = 0
    # cannot underflow: the lesser from the greater
    if is_up and spot > mark:
        distance = units.mul_div_up(unsafe_sub(spot, mark), units.WAD, mark)
    if not is_up and spot < mark:
        distance = units.mul_div_up(unsafe_sub(mark, spot), units.WAD, mark)
    return min(band, max(distance, remembered))


@internal
@pure
def calculate_start_up(mark: uint256, spot: uint256, gap_up: uint256) -> uint256:
    """
    @dev MRK-5:d108. The price from which a fill starts when the taker buys, rounded up.
    """
    return max(spot, units.mul_div_up(mark, units.WAD + gap_up, units.WAD))


@internal
@pure
def calculate_start_down(mark: uint256, spot: uint256, gap_down: uint256) -> uint256:
    """
    @dev MRK-6:b687. The price from which a fill starts when the taker sells, rounded down.
    """
    return min(spot, units.mul_div_down(mark, units.WAD - gap_down, units.WAD))


@internal
@pure
def is_in_band(mark: uint256, spot: uint256, band: uint256) -> bool:
    """
    @dev MRK-7:e84a. Whether spot is at most `band` away from the mark, on either side.
    """
    # cannot underflow: the lesser from the greater
    distance: uint256 = unsafe_sub(spot, mark) if spot >= mark else unsafe_sub(mark, spot)
    return distance * units.WAD <= band * mark


@internal
@pure
def is_range_in_band(mark: uint256, high: uint256, low: uint256, band: uint256) -> bool:
    """
    @dev MRK-20:3ee5. Whether all prices of a range are at most `band` away from the mark.
    """
    return self.is_in_band(mark, high, band) and self.is_in_band(mark, low, band)


@internal
@pure
def calculate_feed(
    is_index: bool,
    mark: uint256,
    spot: uint256,
    previous_spot: uint256,
    gap_up: uint256,
    gap_down: uint256,
    elapsed: uint256,
) -> (uint256, uint256, uint256):
    """
    @dev MRK-19:6686. Mark, gap above and gap below after a feed of a guarded market; a subnet has no gaps.
    """
    if not is_index:
        return self.calculate_mark(mark, spot, previous_spot, elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP), 0, 0

    new: uint256 = self.calculate_mark(
        mark, spot, previous_spot, elapsed, ema.INDEX_MAX_ELAPSED, ema.INDEX_TAU, INDEX_CLAMP
    )
    up: uint256 = self.calculate_gap(new, spot, gap_up, elapsed, INDEX_BAND, True)
    return new, up, self.calculate_gap(new, spot, gap_down, elapsed, INDEX_BAND, False)
