# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title vault
@license MIT
@notice The vault: what it is exposed to, what it has left, and what it is worth.
        Mirrors reference/math/vault.py.
"""

from vyper_contracts.math import units

MARKET_LIMIT: public(constant(uint256)) = 5 * 10**17
TOTAL_LIMIT: public(constant(uint256)) = 8 * 10**17
BREAKER_LIMIT: public(constant(uint256)) = 9 * 10**17


@internal
@pure
def calculate_exposure_up(longs: uint256, shorts: uint256, mark: uint256) -> uint256:
    """
    @dev VLT-1:dab5. The vault's exposure in a market, rounded up.
    """
    # cannot underflow: the lesser from the greater
    skew: uint256 = unsafe_sub(longs, shorts) if longs >= shorts else unsafe_sub(shorts, longs)
    return units.mul_div_up(skew, mark, units.WAD)


@internal
@pure
def calculate_available(cash: uint256, claims: uint256, promised: uint256) -> uint256:
    """
    @dev VLT-2:606e. Reserves that are available, at least 0.
    """
    owed: uint256 = claims + promised
    return cash - owed if cash > owed else 0


@internal
@pure
def is_exposure_allowed(exposure: uint256, cash: uint256, limit: uint256) -> bool:
    """
    @dev VLT-3:02d4. Whether an exposure is at most a part of the cash, exactly.
    """
    return exposure * units.WAD <= cash * limit


@internal
@pure
def calculate_breaker(is_tripped: bool, utilization: uint256) -> bool:
    """
    @dev VLT-4:02c5. Whether the breaker is tripped, after a touch.
    """
    if utilization >= BREAKER_LIMIT:
        return True
    return is_tripped and utilization >= TOTAL_LIMIT


@internal
@pure
def calculate_fed(claimed_before: uint256, amount: uint256, fed: uint256) -> uint256:
    """
    @dev VLT-5:a2bf. How much of a claim is fed, first in first out.
    """
    if fed <= claimed_before:
        return 0
    return min(fed - claimed_before, amount)


@internal
@pure
def calculate_side_owed(deficit: uint256, pnl: int256, funding_owed: int256, interest_owed: uint256) -> int256:
    """
    @dev VLT-6:1fb2. What a side of a market owes to the vault.
    """
    return convert(deficit, int256) - pnl + funding_owed + convert(interest_owed, int256)


@internal
@pure
def calculate_side_value(owed: int256, margins: uint256) -> int256:
    """
    @dev VLT-7:87ff. What a side is worth to the vault.
    """
    return min(owed, convert(margins, int256))


@internal
@pure
def calculate_side_funding_down(size: uint256, index: int256, funding_sum: int256, is_long: bool) -> int256:
    """
    @dev VLT-31:73a0. Funding that a side owes, rounded down.
    """
    growth: int256 = convert(size, int256) * index - funding_sum
    return units.signed_div_down(growth if is_long else -growth, units.WAD)


@internal
@pure
def calculate_side_interest_down(entry_notional: uint256, index: uint256, interest_sum: uint256) -> uint256:
    """
    @dev VLT-32:4973. Interest that a side owes, rounded down.
    """
    return (entry_notional * index - interest_sum) // units.WAD


@internal
@pure
def saturate(amount: int256) -> int256:
    """
    @dev VLT-33:dcc3. A cached value, at most 2**112 - 1 on either side of 0.
    """
    return max(min(amount, 2**112 - 1), 1 - 2**112)


@internal
@pure
def calculate_nav(cash: uint256, claims: uint256, sides: int256) -> int256:
    """
    @dev VLT-8:8b7a. Net asset value.
    """
    return convert(cash, int256) - convert(claims, int256) + sides
