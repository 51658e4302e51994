# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title parameters
@license MIT
@notice Parameters of a market: what may be set, and how fast maintenance margin and pool may change.
        Mirrors reference/math/parameters.py.
"""

from vyper_contracts.math import units

MIN_LEVERAGE: public(constant(uint256)) = 10**18
MAX_LEVERAGE: public(constant(uint256)) = 50 * 10**18
MIN_MAINTENANCE: public(constant(uint256)) = 10**16
MAX_MAINTENANCE: public(constant(uint256)) = 5 * 10**17
MAX_BUFFER: public(constant(uint256)) = 5 * 10**17
MAX_FEE: public(constant(uint256)) = 10**16
MAX_OPENING_LOSS: public(constant(uint256)) = 26 * 10**14
MAX_LIQUIDATION_FEE: public(constant(uint256)) = 10**17
MAX_FUNDING_RATE: public(constant(uint256)) = 10**16

MAX_RISE: public(constant(uint256)) = 10**16
RISE_INTERVAL: public(constant(uint256)) = 86_400
MAX_POOL_MOVE: public(constant(uint256)) = 2
MOVE_INTERVAL: public(constant(uint256)) = 86_400


@internal
@pure
def validate_margins(max_leverage: uint256, maintenance: uint256, buffer: uint256, taker_fee: uint256):
    """
    @dev PAR-1:3a86. Whether a position that opens at max leverage is out of reach of liquidation.
    """
    assert max_leverage >= MIN_LEVERAGE and max_leverage <= MAX_LEVERAGE, "LeverageOutOfRange"
    assert maintenance >= MIN_MAINTENANCE and maintenance <= MAX_MAINTENANCE, "MaintenanceOutOfRange"
    assert buffer <= MAX_BUFFER, "BufferOutOfRange"
    assert taker_fee <= MAX_FEE, "FeeOutOfRange"
    needed: uint256 = maintenance + buffer + taker_fee + MAX_OPENING_LOSS
    assert needed * max_leverage <= units.WAD * units.WAD, "ParametersUnsafe"


@internal
@pure
def validate_rates(maker_fee: uint256, liquidation_fee: uint256, max_funding_rate: uint256):
    """
    @dev PAR-2:ec13. Whether the other rates of a market are within their bounds.
    """
    assert maker_fee <= MAX_FEE, "FeeOutOfRange"
    assert liquidation_fee <= MAX_LIQUIDATION_FEE, "LiquidationFeeOutOfRange"
    assert max_funding_rate <= MAX_FUNDING_RATE, "FundingOutOfRange"


@internal
@pure
def validate_rise(threshold: uint256, new_threshold: uint256, elapsed: uint256):
    """
    @dev PAR-3:3c80. Maintenance + buffer rises by a percentage point a call, and once a day.
    """
    if new_threshold <= threshold:
        return
    assert new_threshold - threshold <= MAX_RISE, "MaintenanceRiseTooLarge"
    assert elapsed >= RISE_INTERVAL, "MaintenanceRiseTooFast"


@internal
@pure
def validate_pool_move(pool: uint256, new_pool: uint256, elapsed: uint256):
    """
    @dev PAR-5:afb4. A pool that is a parameter doubles or halves in a call at most, and moves once a day.
    """
    if new_pool == pool:
        return
    assert max(pool, new_pool) <= MAX_POOL_MOVE * min(pool, new_pool), "PoolMoveTooLarge"
    assert elapsed >= MOVE_INTERVAL, "PoolMoveTooFast"
