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
SIDE_CAPS: public(constant(uint256)) = 2
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
    @dev VLT-3:bc49. Whether an exposure is at most a part of the cash, exactly.
    """
    return exposure * units.WAD <= cash * limit


@internal
@pure
def validate_open_interest(size: uint256, skew: uint256, mark: uint256, pool: uint256, cap: uint256, cash: uint256):
    """
    @dev VLT-39:9ee8. Pool and vault can carry the side that grows when the other one is gone, and the skew, exactly.
    """
    # cannot overflow, here and below: 112 + 112 bits, and 112 + 61
    worth: uint256 = unsafe_mul(size, mark)
    capped: uint256 = unsafe_mul(cap, pool)
    is_within: bool = worth <= unsafe_mul(SIDE_CAPS, capped)
    # the side's cap is asked first: it has the name of the skew's, and one text of it is 70 bytes less
    if is_within:
        assert worth <= unsafe_mul(MARKET_LIMIT, cash), "MarketLimitReached"
    assert is_within and unsafe_mul(skew, mark) <= capped, "OpenInterestTooHigh"


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
def calculate_carry(
    size: uint256, entry_notional: uint256, funding_index: int256, interest_index: uint256, is_long: bool
) -> int256:
    """
    @dev VLT-36:8b58. What a position adds to its side's carry, exactly: what its indices and its entry were.
    """
    # cannot overflow: size and entry notional are below 2**112, indices below 2**96: each product is below 2**209
    growth: int256 = unsafe_sub(
        unsafe_mul(convert(size, int256), funding_index),
        unsafe_mul(convert(entry_notional, int256), convert(units.WAD, int256)),
    )
    if not is_long:
        growth = unsafe_sub(0, growth)
    return unsafe_add(growth, convert(unsafe_mul(entry_notional, interest_index), int256))


@internal
@pure
def calculate_side_owed_down(
    size: uint256,
    entry_notional: uint256,
    carry: int256,
    mark: uint256,
    funding_index: int256,
    interest_index: uint256,
    is_long: bool,
) -> int256:
    """
    @dev VLT-6:d13d. Funding and interest that a side owes less its unrealised PnL, rounded down, once.
    """
    # cannot overflow: size, entry notional and mark are below 2**112, the funding index below 2**127, the interest index
    # below 2**96, the carry below 2**201: the products are below 2**240, their sum below 2**242
    growth: int256 = unsafe_mul(convert(size, int256), unsafe_sub(funding_index, convert(mark, int256)))
    if not is_long:
        growth = unsafe_sub(0, growth)
    owed: int256 = unsafe_add(growth, convert(unsafe_mul(entry_notional, interest_index), int256))
    return units.signed_div_down(unsafe_sub(owed, carry), units.WAD)


@internal
@pure
def calculate_side_value(owed: int256, margins: uint256) -> int256:
    """
    @dev VLT-7:9704. What a side is worth to the vault.
    """
    return min(owed, convert(margins, int256))


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
