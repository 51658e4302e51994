"""Reads the chain's Alpha precompile: each rejection with its cause.

The contract also gives each read a gas allowance of its own and reverts by `GasLow` where the caller's gas
does not cover it (ORC-1). Gas is not modelled here: with plenty of it, these are the results.
"""

from dataclasses import dataclass
from typing import Final

from reference.block import Block
from reference.errors import ScaleWrong
from reference.math.alpha import ONE_TAO, ROOT_NETUID
from reference.math.hidden import (
    HOLD,
    calculate_high_up,
    calculate_low_down,
    calculate_power,
    calculate_traded,
    choose_reading,
    is_deep,
    is_uneven,
    renew_readings,
)
from reference.math.mark import ALPHA_BAND, ARRIVED, INDEX_BAND, calculate_feed, is_range_in_band
from reference.math.packing import unpack_readings
from reference.math.reading import (
    GOOD,
    POOL_UNEVEN,
    PRICE_OUT_OF_BAND,
    READING_TOO_YOUNG,
    calculate_alpha_rejection,
    calculate_guarded_rejection,
    calculate_price_rejection,
    is_spot_known,
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


@dataclass(frozen=True, slots=True)
class Observation:
    """A market's price now, all that its pool may have shown since the reading that counts, and its mark after a feed.

    cause: GOOD, or why it is rejected. refusal: the same, or why it allows no increase (POS-9). spot, high, low, mark:
    WAD. pool: TAO in it; depth: the lower of it and that of the reading; rao. readings, read_at: renewed, STO-33 and
    seconds. gap_up, gap_down: of MTSOS, parts of the mark, WAD. is_apart: the mark is not where the pool is. is_deep:
    the pool has been at its floor or above ever since. Unless spot is known, only cause and refusal say something.
    """

    cause: int = GOOD
    refusal: int = GOOD
    spot: int = 0
    high: int = 0
    low: int = 0
    mark: int = 0
    pool: int = 0
    depth: int = 0
    readings: int = 0
    read_at: int = 0
    gap_up: int = 0
    gap_down: int = 0
    is_apart: bool = False
    is_deep: bool = False


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

    if not is_spot_known(cause):
        return cause, 0, 0

    return cause, price, pool_rao * RAO


def calculate_refusal(is_young: bool, is_uneven: bool, mark: int, high: int, low: int, band: int) -> int:
    """POS-9. GOOD, or the first reason for which a good reading allows no increase, and no removal of margin.

    is_young: no reading is old enough to count. is_uneven: of the pool. mark, high, low, band: WAD.
    """
    if is_young:
        return READING_TOO_YOUNG
    if is_uneven:
        return POOL_UNEVEN

    return GOOD if is_range_in_band(mark, high, low, band) else PRICE_OUT_OF_BAND


def try_observe(
    precompile: AlphaPrecompile,
    block: Block,
    netuid: int,
    min_pool: int,
    readings: int,
    read_at: int,
    mark: int,
    previous_spot: int,
    elapsed: int,
) -> Observation:
    """ORC-10. A guarded subnet, the range of its prices since the reading that counts, its readings and mark renewed.

    min_pool: wei. readings, read_at: before, STO-33 and seconds. mark: before; previous_spot: at the last feed; WAD.
    elapsed: since the last feed, seconds; 0 where the block has had one, which leaves the mark.
    """
    questions = (Question.PRICE, Question.MECHANISM, Question.POOL, Question.ALPHA, Question.VOLUME)
    answers = list[int]()
    for question in questions:
        cause, answer = precompile.answer(question, netuid)
        if cause != GOOD:
            return Observation(cause, cause)
        answers.append(answer)

    spot, mechanism, pool, alpha, volume = answers
    _, latest_volume, _, _ = unpack_readings(readings)
    cause = calculate_guarded_rejection(spot, mechanism, pool, alpha, volume, latest_volume, min_pool)
    if not is_spot_known(cause):
        return Observation(cause, cause)

    age = block.timestamp - read_at
    pool_before, volume_before, is_young = choose_reading(readings, age)
    traded, power = calculate_traded(volume, volume_before, pool, pool_before), calculate_power(pool, alpha, spot)
    high = calculate_high_up(spot, pool, pool_before, traded, power)
    low = calculate_low_down(spot, pool, pool_before, traded, power)
    if cause == GOOD:
        mark, _, _ = calculate_feed(False, mark, spot, previous_spot, 0, 0, elapsed)

    refusal = cause
    if cause == GOOD:
        refusal = calculate_refusal(is_young, is_uneven(pool, alpha, spot), mark, high, low, ALPHA_BAND)

    is_renewed = age >= HOLD and pool > 0
    return Observation(
        cause=cause,
        refusal=refusal,
        spot=spot,
        high=high,
        low=low,
        mark=mark,
        pool=pool,
        depth=min(pool, pool_before),
        readings=renew_readings(readings, pool, volume) if is_renewed else readings,
        read_at=block.timestamp if is_renewed else read_at,
        is_apart=not is_range_in_band(mark, high, low, ARRIVED),
        is_deep=is_deep(pool, pool_before, traded, min_pool // RAO),
    )


def try_observe_index(
    precompile: AlphaPrecompile, mark: int, previous_spot: int, gap_up: int, gap_down: int, elapsed: int
) -> Observation:
    """ORC-11. Guarded MTSOS: its spot, and its mark and gaps renewed. It has no pool; gaps stand in for a range.

    mark: before; previous_spot: at the last feed; WAD. gap_up, gap_down: before, parts of the mark, WAD. elapsed: since
    the last feed, seconds; 0 where the block has had one, which leaves mark and gaps.
    """
    cause, spot = try_read_index(precompile)
    if cause != GOOD:
        return Observation(cause, cause)

    if elapsed:
        mark, gap_up, gap_down = calculate_feed(True, mark, spot, previous_spot, gap_up, gap_down, elapsed)
    return Observation(
        cause=cause,
        refusal=calculate_refusal(False, False, mark, spot, spot, INDEX_BAND),
        spot=spot,
        high=spot,
        low=spot,
        mark=mark,
        gap_up=gap_up,
        gap_down=gap_down,
        is_deep=True,
    )


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
