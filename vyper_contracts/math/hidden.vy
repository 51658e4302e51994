# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title hidden
@license MIT
@notice Hidden prices: all that a subnet's pool may have shown between a reading and now. Mirrors
        reference/math/hidden.py.
@dev TAO, alpha and counters are below 2**64 rao, prices below 2**112: no product here leaves a word.
"""

from vyper_contracts.math import packing
from vyper_contracts.math import units

HOLD: public(constant(uint256)) = 60

EVEN_POWER: public(constant(uint256)) = 2
UNEVEN_POWER: public(constant(uint256)) = 3


@internal
@pure
def choose_reading(readings: uint256, age: uint256) -> (uint256, uint256, bool):
    """
    @dev HID-1:119e. TAO and counter of the reading that counts, and whether none is old enough to count.
    """
    later_pool: uint256 = 0
    later_volume: uint256 = 0
    earlier_pool: uint256 = 0
    earlier_volume: uint256 = 0
    later_pool, later_volume, earlier_pool, earlier_volume = packing.unpack_readings(readings)
    if age >= HOLD or earlier_pool == 0:
        return later_pool, later_volume, age < HOLD

    return earlier_pool, earlier_volume, False


@internal
@pure
def renew_readings(readings: uint256, pool: uint256, volume: uint256) -> uint256:
    """
    @dev HID-2:7cdd. The readings after one more: the later one is the earlier one then. An empty pool is no reading.
    """
    if pool == 0:
        return readings
    # the later reading takes the lowest 120 bits
    return packing.pack_readings(pool, volume, readings % 2**56, (readings >> 56) % 2**64)


@internal
@pure
def calculate_traded(volume: uint256, volume_before: uint256, pool: uint256, pool_before: uint256) -> uint256:
    """
    @dev HID-3:ac6a. TAO that was traded out and back since a reading: what the counter moved beyond the pool.
    """
    moved: uint256 = max(pool, pool_before) - min(pool, pool_before)
    counted: uint256 = volume - volume_before

    return counted - moved if counted > moved else 0


@internal
@pure
def calculate_power(pool: uint256, alpha: uint256, spot: uint256) -> uint256:
    """
    @dev HID-4:a109. The power of the pool's TAO with which its price goes, at least.
    """
    # cannot overflow, here and below: 4 + 64 + 112 bits
    if unsafe_mul(10 * units.WAD, pool) > unsafe_mul(unsafe_mul(11, alpha), spot):
        return UNEVEN_POWER

    return EVEN_POWER


@internal
@pure
def is_uneven(pool: uint256, alpha: uint256, spot: uint256) -> bool:
    """
    @dev HID-5:edde. Whether the pool holds more than twice as much TAO as its alpha is worth.
    """
    return unsafe_mul(units.WAD, pool) > unsafe_mul(unsafe_mul(2, alpha), spot)


@internal
@pure
def calculate_high_up(spot: uint256, pool: uint256, pool_before: uint256, traded: uint256, power: uint256) -> uint256:
    """
    @dev HID-6:ed5e. The highest price that the pool may have shown since a reading, at most 2**112.
    """
    if pool == 0:
        return units.AMOUNT_BOUND
    # cannot overflow: below 2**66
    most: uint256 = unsafe_add(unsafe_mul(2, max(pool, pool_before)), traded)
    price: uint256 = self.scale_up(self.scale_up(spot, most, pool), most, pool)
    return self.scale_up(price, most, pool) if power == UNEVEN_POWER else price


@internal
@pure
def scale_up(price: uint256, most: uint256, pool: uint256) -> uint256:
    """
    @dev HID-6:ed5e. One factor of the highest price, at most 2**112. most: twice a pool.
    """
    # cannot overflow: below 2**65
    return min(units.mul_div_up(price, most, unsafe_mul(2, pool)), units.AMOUNT_BOUND)


@internal
@pure
def calculate_low_down(spot: uint256, pool: uint256, pool_before: uint256, traded: uint256, power: uint256) -> uint256:
    """
    @dev HID-7:f8b8. The lowest price that the pool may have shown since a reading.
    """
    # cannot overflow: below 2**65
    least: uint256 = unsafe_mul(2, min(pool, pool_before))
    if pool == 0 or least <= traded:
        return 0

    least = unsafe_sub(least, traded)
    # cannot overflow: below 2**65
    twice: uint256 = unsafe_mul(2, pool)
    price: uint256 = units.mul_div_down(units.mul_div_down(spot, least, twice), least, twice)
    return units.mul_div_down(price, least, twice) if power == UNEVEN_POWER else price


@internal
@pure
def is_deep(pool: uint256, pool_before: uint256, traded: uint256, least: uint256) -> bool:
    """
    @dev HID-8:174c. Whether the pool has held at least a floor ever since a reading.
    """
    # cannot overflow: below 2**66
    return unsafe_mul(2, min(pool, pool_before)) >= unsafe_add(traded, unsafe_mul(2, least))
