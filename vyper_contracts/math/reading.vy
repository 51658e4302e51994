# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title reading
@license MIT
@notice What makes a reading of the precompile unusable, and the name under which it is rejected.
        Mirrors reference/math/reading.py.
"""

from vyper_contracts.math import alpha
from vyper_contracts.math import units

GOOD: public(constant(uint256)) = 0
ORACLE_FAILED: public(constant(uint256)) = 1
ORACLE_MALFORMED: public(constant(uint256)) = 2
PRICE_ZERO: public(constant(uint256)) = 3
PRICE_TOO_HIGH: public(constant(uint256)) = 4
NOT_DYNAMIC: public(constant(uint256)) = 5
POOL_TOO_SHALLOW: public(constant(uint256)) = 6
COUNTER_TOO_HIGH: public(constant(uint256)) = 7
COUNTER_RESET: public(constant(uint256)) = 8

READING_TOO_YOUNG: public(constant(uint256)) = 9
POOL_UNEVEN: public(constant(uint256)) = 10
PRICE_OUT_OF_BAND: public(constant(uint256)) = 11

MAX_POOL_RAO: public(constant(uint256)) = 2**64 - 1
RESERVE_BOUND: public(constant(uint256)) = 2**56
VOLUME_BOUND: public(constant(uint256)) = 2**64


@internal
@pure
def calculate_price_rejection(price: uint256) -> uint256:
    """
    @dev ORC-3:9aa1. GOOD, or why a price can't be used.
    """
    if price == 0:
        return PRICE_ZERO
    if price >= units.AMOUNT_BOUND:
        return PRICE_TOO_HIGH
    return GOOD


@internal
@pure
def calculate_alpha_rejection(price: uint256, mechanism: uint256, pool_rao: uint256, min_pool: uint256) -> uint256:
    """
    @dev ORC-4:7427. GOOD, or why a subnet's reading can't be used; the first reason of the list.
    """
    if pool_rao > MAX_POOL_RAO:
        return ORACLE_MALFORMED
    cause: uint256 = self.calculate_price_rejection(price)
    if cause != GOOD:
        return cause
    if mechanism != alpha.DYNAMIC:
        return NOT_DYNAMIC
    # cannot overflow: at most 2**64 * 10**9
    if unsafe_mul(pool_rao, units.RAO) < min_pool:
        return POOL_TOO_SHALLOW
    return GOOD


@internal
@pure
def calculate_guarded_rejection(
    price: uint256,
    mechanism: uint256,
    pool_rao: uint256,
    alpha_rao: uint256,
    volume: uint256,
    least_volume: uint256,
    min_pool: uint256,
) -> uint256:
    """
    @dev ORC-9:048d. GOOD, or why a guarded subnet's reading can't be used; the first reason of the list.
    """
    if max(pool_rao, alpha_rao) >= RESERVE_BOUND:
        return ORACLE_MALFORMED

    cause: uint256 = self.calculate_alpha_rejection(price, mechanism, pool_rao, min_pool)
    if not self.is_spot_known(cause):
        return cause
    if volume >= VOLUME_BOUND:
        return COUNTER_TOO_HIGH
    if volume < least_volume:
        return COUNTER_RESET

    return cause


@internal
@pure
def is_spot_known(cause: uint256) -> bool:
    """
    @dev ORC-6:108c. Whether a reading with this cause states a price: a good one does, and one of too shallow a pool.
    """
    return cause == GOOD or cause == POOL_TOO_SHALLOW


@internal
@pure
def validate_reading(cause: uint256):
    """
    @dev ORC-5:d5d7. Reverts by the name of the cause, unless it is GOOD.
    """
    assert cause != ORACLE_FAILED, "OracleFailed"
    assert cause != ORACLE_MALFORMED, "OracleMalformed"
    assert cause != PRICE_ZERO, "PriceZero"
    assert cause != PRICE_TOO_HIGH, "PriceTooHigh"
    assert cause != NOT_DYNAMIC, "NotDynamic"
    assert cause != POOL_TOO_SHALLOW, "PoolTooShallow"
    assert cause != COUNTER_TOO_HIGH, "CounterTooHigh"
    assert cause != COUNTER_RESET, "CounterReset"


@internal
@pure
def validate_refusal(refusal: uint256):
    """
    @dev POS-9:673e. Reverts by the name of the reason for which a reading allows no increase, unless it is GOOD.
    """
    self.validate_reading(refusal)
    assert refusal != READING_TOO_YOUNG, "ReadingTooYoung"
    assert refusal != POOL_UNEVEN, "PoolUneven"
    assert refusal != PRICE_OUT_OF_BAND, "PriceOutOfBand"
