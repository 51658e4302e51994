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
def try_observe(
    netuid: uint16,
    min_pool: uint256,
    readings: uint256,
    read_at: uint256,
    mark: uint256,
    previous_spot: uint256,
    elapsed: uint256,
) -> IPriceOracle.Observation:
    """
    @notice ORC-10:83b0. A guarded subnet, the range of its prices since the reading that counts, and its readings and
            mark renewed; only GasLow reverts.
    @param netuid The subnet.
    @param min_pool Least TAO in its pool (wei).
    @param readings Its readings, packed (STO-33).
    @param read_at Time of the later one (seconds).
    @param mark Before (WAD).
    @param previous_spot At the feed before (WAD).
    @param elapsed Seconds since the feed before; 0 leaves the mark as it is.
    @return What was seen; unless spot is known, only cause and refusal say something.
    """
    return feed.try_observe(netuid, min_pool, readings, read_at, mark, previous_spot, elapsed)


@external
@view
def try_observe_index(
    mark: uint256, previous_spot: uint256, gap_up: uint256, gap_down: uint256, elapsed: uint256
) -> IPriceOracle.Observation:
    """
    @notice ORC-11:d82f. Guarded MTSOS: its spot, and its mark and gaps renewed; only GasLow reverts.
    @param mark Before (WAD).
    @param previous_spot At the feed before (WAD).
    @param gap_up Above the mark, before, a part of it (WAD).
    @param gap_down Below the mark, before, a part of it (WAD).
    @param elapsed Seconds since the feed before; 0 leaves mark and gaps as they are.
    @return What was seen; unless spot is known, only cause and refusal say something.
    """
    return feed.try_observe_index(mark, previous_spot, gap_up, gap_down, elapsed)


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
    @notice ORC-5:d5d7. Reverts by the name that belongs to the cause of a rejection.
    @param cause Of try_read_alpha or try_read_index.
    @return The cause, where it is none.
    """
    reading.validate_reading(cause)
    return cause


@external
@pure
def validate_refusal(refusal: uint256) -> uint256:
    """
    @notice POS-9:673e. Reverts by the name of the reason for which a reading allows no increase.
    @param refusal Of an observation.
    @return The refusal, where it is none.
    """
    reading.validate_refusal(refusal)
    return refusal
