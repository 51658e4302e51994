# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title funding
@license MIT
@notice Funding: what the heavy side of a market pays to the light side, and to the vault. Mirrors reference/math/funding.py.
"""

from vyper_contracts.math import interest
from vyper_contracts.math import units

FUNDING_INTERVAL: public(constant(uint256)) = 8 * 3600
MAX_FUNDING_ELAPSED: public(constant(uint256)) = 4 * 8 * 3600
INDEX_BOUND: constant(int256) = 2**87


@internal
@pure
def calculate_funding_rate(
    longs: uint256, shorts: uint256, max_rate: uint256, weight: uint256, utilization: uint256
) -> int256:
    """
    @dev FND-1:b0f4. Funding rate for 8 hours, positive where longs pay; its magnitude is rounded down.
    """
    total: uint256 = longs + shorts
    if total == 0:
        return 0
    # cannot underflow: the lesser from the greater
    skew: uint256 = unsafe_sub(longs, shorts) if longs >= shorts else unsafe_sub(shorts, longs)
    factor: uint256 = units.WAD - weight + units.mul_div_down(weight, min(utilization, units.WAD), units.WAD)
    magnitude: int256 = convert(
        units.mul_div_down(units.mul_div_down(max_rate, skew, total), factor, units.WAD), int256
    )
    return magnitude if longs >= shorts else -magnitude


@internal
@pure
def calculate_kept_utilization_down(utilization: uint256) -> uint256:
    """
    @dev FND-13:a17c. The utilization by which the next interval's rate goes: at most 2, rounded down to 10**-9.
    """
    # cannot overflow: at most 2 * 10**18
    return unsafe_mul(min(utilization, interest.MAX_UTILIZATION) // units.RAO, units.RAO)


@internal
@pure
def calculate_funding_delta(rate: int256, mark: uint256, elapsed: uint256) -> int256:
    """
    @dev FND-2:a827. What the funding index grows by; its magnitude is rounded down, once.
    """
    magnitude: int256 = convert(
        convert(abs(rate), uint256) * mark * min(elapsed, MAX_FUNDING_ELAPSED) // (FUNDING_INTERVAL * units.WAD), int256
    )
    return magnitude if rate >= 0 else -magnitude


@internal
@pure
def calculate_funding_owed_up(size: uint256, index: int256, entry_index: int256, is_long: bool) -> int256:
    """
    @dev FND-3:fafa. Funding that a position owes, negative where it receives; rounded up.
    """
    growth: int256 = index - entry_index if is_long else entry_index - index
    return units.signed_div_up(convert(size, int256) * growth, units.WAD)


@internal
@pure
def calculate_funding_residual_down(longs: uint256, shorts: uint256, delta: int256) -> int256:
    """
    @dev FND-4:2c71. What payers owe more than receivers are due, for a growth of the index; rounded down.
    """
    return units.signed_div_down((convert(longs, int256) - convert(shorts, int256)) * delta, units.WAD)


@internal
@pure
def accrue_index(index: int256, delta: int256) -> int256:
    """
    @dev FND-12:8634. The funding index after a growth, kept within 2**87 - 1 on either side of 0.
    """
    return max(min(index + delta, INDEX_BOUND - 1), 1 - INDEX_BOUND)
