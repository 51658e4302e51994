# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title PriceOracle
@license MIT
@notice Spot prices of the subnets and of their sum, straight from the chain's Alpha precompile.
        Mirrors reference/oracles/feed.py.
"""

from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.math import reading
from vyper_contracts.oracles import feed

implements: IPriceOracle

initializes: feed


@deploy
def __init__(precompile: address):
    """
    @param precompile The Alpha precompile, 0x0000000000000000000000000000000000000808 on Bittensor.
    """
    feed.__init__(precompile)


@external
@view
def precompile() -> address:
    """
    @notice The Alpha precompile that is read.
    @return Its address.
    """
    return feed.PRECOMPILE


@external
@view
def read_alpha(netuid: uint16, min_pool: uint256) -> (uint256, uint256):
    """
    @notice ORC-6:108c. Spot price and pool of a subnet; reverts by the name of what is wrong.
    @param netuid The subnet.
    @param min_pool Least TAO in its pool (wei).
    @return Price (TAO per alpha, WAD) and TAO in the pool (wei).
    """
    return feed.read_alpha(netuid, min_pool)


@external
@view
def try_read_alpha(netuid: uint16, min_pool: uint256) -> (uint256, uint256, uint256):
    """
    @notice ORC-6:108c. As read_alpha, but a rejection is a value: only GasLow reverts.
    @param netuid The subnet.
    @param min_pool Least TAO in its pool (wei).
    @return Cause (0 is good), price (WAD) and TAO in the pool (wei); both are 0 with a cause, but for a pool that is
    too
            shallow.
    """
    return feed.try_read_alpha(netuid, min_pool)


@external
@view
def read_index() -> uint256:
    """
    @notice ORC-7:3747. Spot sum of all subnets below 1 TAO; reverts by the name of what is wrong.
    @return Price (WAD).
    """
    return feed.read_index()


@external
@view
def try_read_index() -> (uint256, uint256):
    """
    @notice ORC-7:3747. As read_index, but a rejection is a value: only GasLow reverts.
    @return Cause (0 is good) and price (WAD), 0 with a cause.
    """
    return feed.try_read_index()


@external
@view
def validate_scale():
    """
    @notice ORC-8:2c01. Reverts unless the precompile's unit is 10**18 for 1 TAO.
    """
    feed.validate_scale()


@external
@pure
def validate_reading(cause: uint256) -> uint256:
    """
    @notice ORC-5:0c47. Reverts by the name that belongs to the cause of a rejection.
    @param cause Of try_read_alpha or try_read_index.
    @return The cause, where it is none.
    """
    reading.validate_reading(cause)
    return cause
