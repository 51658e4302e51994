# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title interest
@license MIT
@notice Interest: what every position pays to the vault for the capital that it uses. Mirrors reference/math/interest.py.
"""

from vyper_contracts.math import units

YEAR: public(constant(uint256)) = 365 * 86_400
INTEREST_SLOPE: public(constant(uint256)) = 2 * 10**17
INTEREST_BASE: public(constant(uint256)) = 10**14
MAX_INTEREST: public(constant(uint256)) = 8 * 10**17
MAX_UTILIZATION: public(constant(uint256)) = 2 * 10**18


@internal
@pure
def calculate_utilization_up(exposure: uint256, available: uint256) -> uint256:
    """
    @dev INT-1:5274. Exposure as a part of the available reserves, rounded up; it may pass 1.
    """
    if exposure == 0:
        return 0
    if available == 0:
        return MAX_UTILIZATION
    return units.mul_div_up(exposure, units.WAD, available)


@internal
@pure
def calculate_interest_rate_up(utilization: uint256) -> uint256:
    """
    @dev INT-2:9222. Interest rate a year, rounded up.
    """
    if utilization >= MAX_UTILIZATION:
        return MAX_INTEREST
    return min(
        units.mul_div_up(utilization * utilization, INTEREST_SLOPE, units.WAD * units.WAD) + INTEREST_BASE,
        MAX_INTEREST,
    )


@internal
@pure
def calculate_interest_delta_up(rate: uint256, elapsed: uint256) -> uint256:
    """
    @dev INT-3:b9aa. What the interest index grows by, rounded up.
    """
    return units.mul_div_up(rate, elapsed, YEAR)


@internal
@pure
def calculate_interest_owed_up(entry_notional: uint256, index: uint256, entry_index: uint256) -> uint256:
    """
    @dev INT-4:412e. Interest that a position owes, rounded up.
    """
    return units.mul_div_up(entry_notional, index - entry_index, units.WAD)
