"""Causes by which a reading of the precompile is rejected, and the errors that belong to them."""

from typing import Final

from reference.errors import (
    CounterReset,
    CounterTooHigh,
    NotDynamic,
    OracleFailed,
    OracleMalformed,
    PoolTooShallow,
    PoolUneven,
    PriceOutOfBand,
    PriceTooHigh,
    PriceZero,
    ReadingTooYoung,
)
from reference.math.alpha import DYNAMIC
from reference.math.units import AMOUNT_BOUND, RAO

GOOD: Final = 0
"""Cause of a reading that can be used."""
ORACLE_FAILED: Final = 1
ORACLE_MALFORMED: Final = 2
PRICE_ZERO: Final = 3
PRICE_TOO_HIGH: Final = 4
NOT_DYNAMIC: Final = 5
POOL_TOO_SHALLOW: Final = 6
COUNTER_TOO_HIGH: Final = 7
COUNTER_RESET: Final = 8

READING_TOO_YOUNG: Final = 9
"""Refusal of a good reading, for increases only, as are the two below."""
POOL_UNEVEN: Final = 10
PRICE_OUT_OF_BAND: Final = 11

MAX_POOL_RAO: Final = 2**64 - 1
"""Largest pool that the precompile's ABI can state (rao)."""
RESERVE_BOUND: Final = 2**56
"""TAO and alpha in a guarded subnet's pool are below this (rao): more than there will ever be."""
VOLUME_BOUND: Final = 2**64
"""The counter of a guarded subnet's swaps is below this (rao): 51 years of a million TAO a day."""


def calculate_price_rejection(price: int) -> int:
    """ORC-3. GOOD, or the cause that rejects a price (WAD): it is 0, or 2**112 or more."""
    if price == 0:
        return PRICE_ZERO
    if price >= AMOUNT_BOUND:
        return PRICE_TOO_HIGH

    return GOOD


def calculate_alpha_rejection(price: int, mechanism: int, pool_rao: int, min_pool: int) -> int:
    """ORC-4. GOOD, or the first cause that rejects a subnet's reading, in the order of the rule.

    price: WAD. mechanism: 1 where there is a pool. pool_rao: TAO in the pool, rao. min_pool: wei.
    """
    if pool_rao > MAX_POOL_RAO:
        return ORACLE_MALFORMED

    cause = calculate_price_rejection(price)
    if cause != GOOD:
        return cause
    if mechanism != DYNAMIC:
        return NOT_DYNAMIC
    if pool_rao * RAO < min_pool:
        return POOL_TOO_SHALLOW

    return GOOD


def calculate_guarded_rejection(
    price: int, mechanism: int, pool_rao: int, alpha_rao: int, volume: int, least_volume: int, min_pool: int
) -> int:
    """ORC-9. GOOD, or the first cause that rejects a guarded subnet's reading, in the order of the rule.

    alpha_rao: in the pool, rao. volume: the counter, rao. least_volume: at the reading before, rao. Others: ORC-4.
    """
    if max(pool_rao, alpha_rao) >= RESERVE_BOUND:
        return ORACLE_MALFORMED

    cause = calculate_alpha_rejection(price, mechanism, pool_rao, min_pool)
    if not is_spot_known(cause):
        return cause
    if volume >= VOLUME_BOUND:
        return COUNTER_TOO_HIGH
    if volume < least_volume:
        return COUNTER_RESET

    return cause


def is_spot_known(cause: int) -> bool:
    """ORC-6. Whether a reading with this cause states a price: a good one does, and one of too shallow a pool."""
    return cause in (GOOD, POOL_TOO_SHALLOW)


def validate_reading(cause: int) -> None:
    """ORC-5. Raises the error that belongs to the cause of a rejection.

    Errors: OracleFailed, OracleMalformed, PriceZero, PriceTooHigh, NotDynamic, PoolTooShallow, CounterTooHigh,
    CounterReset.
    """
    if cause == ORACLE_FAILED:
        raise OracleFailed
    if cause == ORACLE_MALFORMED:
        raise OracleMalformed
    if cause == PRICE_ZERO:
        raise PriceZero
    if cause == PRICE_TOO_HIGH:
        raise PriceTooHigh
    if cause == NOT_DYNAMIC:
        raise NotDynamic
    if cause == POOL_TOO_SHALLOW:
        raise PoolTooShallow
    if cause == COUNTER_TOO_HIGH:
        raise CounterTooHigh
    if cause == COUNTER_RESET:
        raise CounterReset


def validate_refusal(refusal: int) -> None:
    """POS-9. Raises the error that belongs to the reason for which a reading allows no increase.

    Errors: those of ORC-5, ReadingTooYoung, PoolUneven, PriceOutOfBand.
    """
    validate_reading(refusal)
    if refusal == READING_TOO_YOUNG:
        raise ReadingTooYoung
    if refusal == POOL_UNEVEN:
        raise PoolUneven
    if refusal == PRICE_OUT_OF_BAND:
        raise PriceOutOfBand
