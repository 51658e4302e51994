"""Reads the chain's Alpha precompile: each rejection with its cause.

The contract also gives each read a gas allowance of its own and reverts by `GasLow` where the caller's gas
does not cover it (ORC-1). Gas is not modelled here: with plenty of it, these are the results.
"""

from typing import Final

from reference.errors import ScaleWrong
from reference.math.alpha import ONE_TAO, ROOT_NETUID
from reference.math.reading import (
    GOOD,
    POOL_TOO_SHALLOW,
    calculate_alpha_rejection,
    calculate_price_rejection,
    validate_reading,
)
from reference.math.units import RAO
from reference.oracles.alpha_precompile import AlphaPrecompile, Question

ALPHA_GAS: Final = 50_000
"""Gas allowance of one read of a subnet."""
INDEX_GAS: Final = 1_000_000
"""Gas allowance of the read of the sum, whose cost grows with the number of subnets."""
GAS_MARGIN: Final = 5_000
"""Gas that must be left beside the allowance."""


def try_read_alpha(precompile: AlphaPrecompile, netuid: int, min_pool: int) -> tuple[int, int, int]:
    """ORC-6. Cause, price (WAD) and TAO in the pool (wei) of a subnet; 0 and 0 unless GOOD or POOL_TOO_SHALLOW.

    A shallow pool's price is returned: a trader who drains the pool in the same transaction cannot make it unavailable.

    min_pool: wei.
    """
    cause, price = precompile.answer(Question.PRICE, netuid)
    mechanism = pool_rao = 0
    if cause == GOOD:
        cause, mechanism = precompile.answer(Question.MECHANISM, netuid)
    if cause == GOOD:
        cause, pool_rao = precompile.answer(Question.POOL, netuid)
    if cause == GOOD:
        cause = calculate_alpha_rejection(price, mechanism, pool_rao, min_pool)

    if cause not in (GOOD, POOL_TOO_SHALLOW):
        return cause, 0, 0

    return cause, price, pool_rao * RAO


def try_read_index(precompile: AlphaPrecompile) -> tuple[int, int]:
    """ORC-7. Cause and price (WAD) of the sum of all subnets below 1 TAO; the price is 0 unless GOOD."""
    cause, price = precompile.answer(Question.SUM)
    if cause == GOOD:
        cause = calculate_price_rejection(price)
    return (GOOD, price) if cause == GOOD else (cause, 0)


def read_alpha(precompile: AlphaPrecompile, netuid: int, min_pool: int) -> tuple[int, int]:
    """ORC-6. Price (WAD) and TAO in the pool (wei) of a subnet.

    Errors: those of ORC-5.
    """
    cause, price, pool = try_read_alpha(precompile, netuid, min_pool)
    validate_reading(cause)
    return price, pool


def read_index(precompile: AlphaPrecompile) -> int:
    """ORC-7. Price (WAD) of the sum of all subnets below 1 TAO.

    Errors: those of ORC-5.
    """
    cause, price = try_read_index(precompile)
    validate_reading(cause)
    return price


def validate_scale(precompile: AlphaPrecompile) -> None:
    """ORC-8. The root subnet's price must be 1: any other answer means that the precompile's unit has changed.

    Errors: ScaleWrong, and OracleFailed or OracleMalformed where there is no answer.
    """
    cause, price = precompile.answer(Question.PRICE, ROOT_NETUID)
    validate_reading(cause)
    if price != ONE_TAO:
        raise ScaleWrong
