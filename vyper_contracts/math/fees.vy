# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title fees
@license MIT
@notice Fees on trades, and who gets them. Mirrors reference/math/fees.py.
"""

from vyper_contracts.math import units


@internal
@pure
def calculate_fee_up(notional: uint256, rate: uint256) -> uint256:
    """
    @dev FEE-1:06b3. Taker's or maker's fee on a fill, rounded up.
    """
    return units.mul_div_up(notional, rate, units.WAD)


@internal
@pure
def calculate_fee_split(fee: uint256, insurance_share: uint256, vault_cash: uint256) -> (uint256, uint256):
    """
    @dev FEE-2:56f1. What vault and insurance get of a fee; the insurance's part is rounded down.
    """
    insurance: uint256 = min(units.mul_div_down(fee, insurance_share, units.WAD), vault_cash)
    return fee - insurance, insurance
