"""Hidden prices: all that a subnet's pool may have shown between a reading and now, out of the chain's counter.

The precompile counts the TAO of every swap, in both directions, and never forgets one. So what was traded out and back
since a reading is known, and with it how far the pool, and the price, may have been from both ends.
"""

from typing import Final

from reference.math.packing import pack_readings, unpack_readings
from reference.math.units import AMOUNT_BOUND, WAD, mul_div_down, mul_div_up, word

HOLD: Final = 60
"""Seconds from which a reading counts: who hides a price must hold it for so long."""

EVEN_POWER: Final = 2
"""Power of the pool's TAO with which a price goes, in a pool of even weights."""
UNEVEN_POWER: Final = 3
"""The same where the pool holds more than 1.1 times as much TAO as its alpha is worth."""


def choose_reading(readings: int, age: int) -> tuple[int, int, bool]:
    """HID-1. TAO (rao) and counter (rao) of the reading that counts, and whether none is old enough to count.

    It is the later of the two that is at least HOLD old. For HOLD after its listing a market has none.

    readings: STO-33. age: of the later one, seconds.

    pre: 0 <= age < 2**40
    """
    later_pool, later_volume, earlier_pool, earlier_volume = unpack_readings(readings)
    if age >= HOLD or earlier_pool == 0:
        return later_pool, later_volume, age < HOLD

    return earlier_pool, earlier_volume, False


def renew_readings(readings: int, pool: int, volume: int) -> int:
    """HID-2. The readings after one more: the later one is the earlier one then. An empty pool is no reading.

    readings: STO-33. pool, volume: rao.

    pre: 0 <= pool < 2**56
    pre: 0 <= volume < 2**64
    """
    if pool == 0:
        return readings

    later_pool, later_volume, _, _ = unpack_readings(readings)
    return pack_readings(pool, volume, later_pool, later_volume)


def calculate_traded(volume: int, volume_before: int, pool: int, pool_before: int) -> int:
    """HID-3. TAO (rao) that was traded out and back since a reading: what the counter moved beyond the pool.

    volume: the counter, rao. pool: TAO in the pool, rao.
    Errors: CheckFailed if the counter is below the reading's.

    pre: 0 <= volume_before < 2**64
    pre: 0 <= volume < 2**64
    pre: 0 <= pool < 2**64
    pre: 0 <= pool_before < 2**64
    """
    return max(word(volume - volume_before) - abs(pool - pool_before), 0)


def calculate_power(pool: int, alpha: int, spot: int) -> int:
    """HID-4. The power of the pool's TAO with which its price goes, at least: 2, or 3 where 10 · pool > 11 · worth.

    worth: of the pool's alpha at spot. pool, alpha: rao. spot: WAD.

    pre: 0 <= pool < 2**64
    pre: 0 <= alpha < 2**64
    pre: 0 <= spot < AMOUNT_BOUND
    """
    return UNEVEN_POWER if 10 * pool * WAD > 11 * alpha * spot else EVEN_POWER


def is_uneven(pool: int, alpha: int, spot: int) -> bool:
    """HID-5. Whether the pool holds more than twice as much TAO as its alpha is worth: no power of ours bounds it.

    pool, alpha: rao. spot: WAD.

    pre: 0 <= pool < 2**64
    pre: 0 <= alpha < 2**64
    pre: 0 <= spot < AMOUNT_BOUND
    """
    return pool * WAD > 2 * alpha * spot


def calculate_high_up(spot: int, pool: int, pool_before: int, traded: int, power: int) -> int:
    """HID-6. The highest price (WAD) that the pool may have shown since a reading, rounded up, at most 2**112.

    spot · ((2 · max(pool, pool_before) + traded) / (2 · pool)) ^ power, one factor at a time; 2**112 of an empty pool.

    spot: WAD. pool, pool_before, traded: rao. power: of HID-4.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 <= pool < 2**64
    pre: 0 <= pool_before < 2**64
    pre: 0 <= traded < 2**64
    pre: 2 <= power <= 3
    """
    if pool == 0:
        return AMOUNT_BOUND

    most = 2 * max(pool, pool_before) + traded
    price = scale_up(scale_up(spot, most, pool), most, pool)
    return scale_up(price, most, pool) if power == UNEVEN_POWER else price


def scale_up(price: int, most: int, pool: int) -> int:
    """HID-6. One factor of the highest price (WAD), rounded up, at most 2**112. most: twice a pool, rao. pool: rao.

    Errors: CheckFailed if the pool is 0.

    pre: 0 <= price <= AMOUNT_BOUND
    pre: 0 <= most < 2**66
    pre: 0 <= pool < 2**64
    """
    return min(mul_div_up(price, most, 2 * pool), AMOUNT_BOUND)


def calculate_low_down(spot: int, pool: int, pool_before: int, traded: int, power: int) -> int:
    """HID-7. The lowest price (WAD) that the pool may have shown since a reading, rounded down.

    spot · (max(2 · min(pool, pool_before) − traded, 0) / (2 · pool)) ^ power, one factor at a time; 0 of an empty pool.

    spot: WAD. pool, pool_before, traded: rao. power: of HID-4.

    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 <= pool < 2**64
    pre: 0 <= pool_before < 2**64
    pre: 0 <= traded < 2**64
    pre: 2 <= power <= 3
    """
    if pool == 0:
        return 0

    least = max(2 * min(pool, pool_before) - traded, 0)
    price = mul_div_down(mul_div_down(spot, least, 2 * pool), least, 2 * pool)
    return mul_div_down(price, least, 2 * pool) if power == UNEVEN_POWER else price


def is_deep(pool: int, pool_before: int, traded: int, least: int) -> bool:
    """HID-8. Whether the pool has held at least so much TAO ever since a reading. All in rao.

    pre: 0 <= pool < 2**64
    pre: 0 <= pool_before < 2**64
    pre: 0 <= traded < 2**64
    pre: 0 <= least < 2**64
    """
    return 2 * min(pool, pool_before) >= traded + 2 * least
