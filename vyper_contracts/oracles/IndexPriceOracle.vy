# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title IndexPriceOracle
@license MIT
@notice The price of MTSOS: a seven-day moving average of the sum of the subnets' prices.
        Mirrors reference/oracles/index_price.py.
"""

from vyper_contracts.interfaces import IIndexPriceOracle
from vyper_contracts.math import ema as ema_math
from vyper_contracts.oracles import feed

implements: IIndexPriceOracle

initializes: feed

INITIALIZER: immutable(address)

ema: public(uint256)
last_update: public(uint256)


event Initialized:
    spot: uint256


event Updated:
    spot: uint256
    elapsed: uint256
    ema: uint256


@deploy
def __init__(precompile: address):
    """
    @notice The deployer is the one account that may start the index.
    @param precompile The Alpha precompile, 0x0000000000000000000000000000000000000808 on Bittensor.
    """
    feed.__init__(precompile)
    INITIALIZER = msg.sender


@external
def initEma():
    """
    @notice IDX-2:1f3a. Starts the index at the spot sum, once.
    """
    assert msg.sender == INITIALIZER, "NotInitializer"
    assert self.last_update == 0, "AlreadyInitialized"
    spot: uint256 = feed.read_index()
    self.ema = spot
    self.last_update = block.timestamp
    log Initialized(spot=spot)


@external
def update() -> uint256:
    """
    @notice IDX-3:0ded. Moves the index towards the spot sum. Open to anyone.
    @return The new index (WAD).
    """
    last_update: uint256 = self.last_update
    assert last_update != 0, "NotInitialized"
    spot: uint256 = feed.read_index()
    elapsed: uint256 = block.timestamp - last_update
    ema: uint256 = ema_math.calculate_index(self.ema, spot, elapsed)
    self.ema = ema
    self.last_update = block.timestamp
    log Updated(spot=spot, elapsed=elapsed, ema=ema)
    return ema


@external
@view
def price() -> uint256:
    """
    @notice IDX-4:6115. The index, as of its last update.
    @return Price (WAD).
    """
    assert self.last_update != 0, "NotInitialized"
    return self.ema
