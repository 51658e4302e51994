# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title vault
@license MIT
@notice The vault: what it is exposed to, what it has left, what it is worth, and what its shares are worth.
        Mirrors reference/vault.py.
"""

from vyper_contracts.math import units

MARKET_LIMIT: public(constant(uint256)) = 5 * 10**17
TOTAL_LIMIT: public(constant(uint256)) = 8 * 10**17
BREAKER_LIMIT: public(constant(uint256)) = 9 * 10**17
WITHDRAWAL_RESERVE: public(constant(uint256)) = 6 * 10**17
PRICE_LIMIT: public(constant(uint256)) = 5 * 10**16

VIRTUAL_SHARES: public(constant(uint256)) = 10**6
VIRTUAL_ASSETS: public(constant(uint256)) = 1


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
def calculate_side_owed(deficit: uint256, pnl: int256, funding: int256, interest: uint256) -> int256:
    """
    @dev VLT-6:1fb2. What a side of a market owes to the vault.
    """
    return convert(deficit, int256) - pnl + funding + convert(interest, int256)


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
def calculate_side_interest_down(entry: uint256, index: uint256, interest_sum: uint256) -> uint256:
    """
    @dev VLT-32:4973. Interest that a side owes, rounded down.
    """
    return (entry * index - interest_sum) // units.WAD


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


@internal
@pure
def calculate_shares_down(assets: uint256, nav: uint256, supply: uint256) -> uint256:
    """
    @dev VLT-9:92ff. Shares for assets, rounded down.
    """
    return units.mul_div_down(assets, supply + VIRTUAL_SHARES, nav + VIRTUAL_ASSETS)


@internal
@pure
def calculate_assets_down(shares: uint256, nav: uint256, supply: uint256) -> uint256:
    """
    @dev VLT-10:1fc1. Assets for shares, rounded down.
    """
    return units.mul_div_down(shares, nav + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES)


@internal
@pure
def calculate_redeemable_down(cash: uint256, exposure: uint256) -> uint256:
    """
    @dev VLT-11:6a4e. Most that one settlement may pay out, rounded down.
    """
    kept: uint256 = max(
        units.mul_div_up(cash, WITHDRAWAL_RESERVE, units.WAD), units.mul_div_up(exposure, units.WAD, TOTAL_LIMIT)
    )
    return cash - kept if cash > kept else 0


@internal
@pure
def calculate_pro_rata_down(amount: uint256, granted: uint256, requested: uint256) -> uint256:
    """
    @dev VLT-12:e139. The part of what is granted that an amount of all that is requested gets, rounded down.
    """
    return units.mul_div_down(amount, granted, requested)


@internal
@pure
def is_price_held(nav: uint256, nav_before: uint256) -> bool:
    """
    @dev VLT-35:78e9. Whether the price of a share is within PRICE_LIMIT of what it was, while the supply is the same;
         exact.
    """
    distance: uint256 = nav - nav_before if nav >= nav_before else nav_before - nav
    return distance * units.WAD <= (nav_before + VIRTUAL_ASSETS) * PRICE_LIMIT
