# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title shares
@license MIT
@notice The vault's shares: what they are worth, and what a settlement may pay for them. Mirrors reference/math/shares.py.
"""

from vyper_contracts.math import units
from vyper_contracts.math import vault

WITHDRAWAL_RESERVE: public(constant(uint256)) = 6 * 10**17
PRICE_LIMIT: public(constant(uint256)) = 5 * 10**16

VIRTUAL_SHARES: public(constant(uint256)) = 10**6
VIRTUAL_ASSETS: public(constant(uint256)) = 1


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
        units.mul_div_up(cash, WITHDRAWAL_RESERVE, units.WAD), units.mul_div_up(exposure, units.WAD, vault.TOTAL_LIMIT)
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
