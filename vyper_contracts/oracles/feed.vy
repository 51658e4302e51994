# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title feed
@license MIT
@notice Reads the chain's Alpha precompile: each read with a gas allowance of its own, each rejection with its cause.
        Mirrors reference/oracles/feed.py.
@dev The precompile can be switched off by the chain's governance and then burns all gas that it is given: a read must
     neither revert nor cost more than its allowance.
"""

from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.math import alpha
from vyper_contracts.math import hidden
from vyper_contracts.math import mark as mark_math
from vyper_contracts.math import reading
from vyper_contracts.math import units

ALPHA_GAS: public(constant(uint256)) = 50_000
INDEX_GAS: public(constant(uint256)) = 1_000_000
# gas that the call itself may cost before 63/64 of the rest are handed on: cold access, memory, stack
GAS_MARGIN: public(constant(uint256)) = 5_000

PRECOMPILE: immutable(address)


@deploy
def __init__(precompile: address):
    PRECOMPILE = precompile


@internal
@view
def _ask(question: Bytes[36], allowance: uint256) -> (uint256, uint256):
    """
    @dev ORC-1:9f14, ORC-2:b9da. Cause and answer of one read.
         The caller's gas can't choose a failed read: what is too little for the allowance reverts.
    """
    assert msg.gas >= allowance * 64 // 63 + GAS_MARGIN, "GasLow"
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        PRECOMPILE, question, max_outsize=32, gas=allowance, is_static_call=True, revert_on_failure=False
    )
    if not success:
        return reading.ORACLE_FAILED, 0
    if len(answer) < 32:
        return reading.ORACLE_MALFORMED, 0
    return reading.GOOD, convert(answer, uint256)


@internal
@view
def try_read_alpha(netuid: uint16, min_pool: uint256) -> (uint256, uint256, uint256):
    """
    @dev ORC-6:108c. Cause, price and TAO in the pool of a subnet; 0 and 0 unless the cause is GOOD or POOL_TOO_SHALLOW.
    """
    cause: uint256 = 0
    price: uint256 = 0
    mechanism: uint256 = 0
    pool_rao: uint256 = 0
    cause, price = self._ask(abi_encode(netuid, method_id=method_id("getAlphaPrice(uint16)")), ALPHA_GAS)
    if cause == reading.GOOD:
        cause, mechanism = self._ask(abi_encode(netuid, method_id=method_id("getSubnetMechanism(uint16)")), ALPHA_GAS)
    if cause == reading.GOOD:
        cause, pool_rao = self._ask(abi_encode(netuid, method_id=method_id("getTaoInPool(uint16)")), ALPHA_GAS)
    if cause == reading.GOOD:
        cause = reading.calculate_alpha_rejection(price, mechanism, pool_rao, min_pool)
    if not reading.is_spot_known(cause):
        return cause, 0, 0
    # cannot overflow: ORC-4 has rejected a pool above 2**64 - 1 rao
    return cause, price, unsafe_mul(pool_rao, units.RAO)


@internal
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
    @dev ORC-10:83b0. A guarded subnet, the range of its prices since the reading that counts, its readings and its mark
         renewed.
    """
    seen: IPriceOracle.Observation = empty(IPriceOracle.Observation)
    price: uint256 = 0
    mechanism: uint256 = 0
    pool: uint256 = 0
    alpha_rao: uint256 = 0
    volume: uint256 = 0
    seen.cause, price = self._ask(abi_encode(netuid, method_id=method_id("getAlphaPrice(uint16)")), ALPHA_GAS)
    if seen.cause == reading.GOOD:
        seen.cause, mechanism = self._ask(
            abi_encode(netuid, method_id=method_id("getSubnetMechanism(uint16)")), ALPHA_GAS
        )
    if seen.cause == reading.GOOD:
        seen.cause, pool = self._ask(abi_encode(netuid, method_id=method_id("getTaoInPool(uint16)")), ALPHA_GAS)
    if seen.cause == reading.GOOD:
        seen.cause, alpha_rao = self._ask(abi_encode(netuid, method_id=method_id("getAlphaInPool(uint16)")), ALPHA_GAS)
    if seen.cause == reading.GOOD:
        seen.cause, volume = self._ask(abi_encode(netuid, method_id=method_id("getSubnetVolume(uint16)")), ALPHA_GAS)
    if seen.cause == reading.GOOD:
        latest_volume: uint256 = (readings >> 56) % 2**64
        seen.cause = reading.calculate_guarded_rejection(
            price, mechanism, pool, alpha_rao, volume, latest_volume, min_pool
        )
    seen.refusal = seen.cause
    if not reading.is_spot_known(seen.cause):
        return seen

    pool_before: uint256 = 0
    volume_before: uint256 = 0
    is_young: bool = False
    # checked: nobody but the protocol says when it last read
    age: uint256 = block.timestamp - read_at
    pool_before, volume_before, is_young = hidden.choose_reading(readings, age)
    traded: uint256 = hidden.calculate_traded(volume, volume_before, pool, pool_before)
    power: uint256 = hidden.calculate_power(pool, alpha_rao, price)

    seen.spot = price
    seen.high = hidden.calculate_high_up(price, pool, pool_before, traded, power)
    seen.low = hidden.calculate_low_down(price, pool, pool_before, traded, power)
    seen.mark = mark
    if seen.cause == reading.GOOD:
        seen.mark = mark_math.calculate_mark(
            mark,
            price,
            previous_spot,
            elapsed,
            mark_math.ALPHA_MAX_ELAPSED,
            mark_math.ALPHA_TAU,
            mark_math.ALPHA_CLAMP,
        )
        seen.refusal = self.calculate_refusal(
            is_young,
            hidden.is_uneven(pool, alpha_rao, price),
            seen.mark,
            seen.high,
            seen.low,
            mark_math.ALPHA_BAND,
        )

    seen.pool = pool
    seen.depth = min(pool, pool_before)
    seen.readings = readings
    seen.read_at = read_at
    if age >= hidden.HOLD and pool > 0:
        seen.readings = hidden.renew_readings(readings, pool, volume)
        seen.read_at = block.timestamp
    if not mark_math.is_range_in_band(seen.mark, seen.high, seen.low, mark_math.ARRIVED):
        seen.is_apart = 1
    if hidden.is_deep(pool, pool_before, traded, min_pool // units.RAO):
        seen.is_deep = 1

    return seen


@internal
@view
def try_observe_index(
    mark: uint256, previous_spot: uint256, gap_up: uint256, gap_down: uint256, elapsed: uint256
) -> IPriceOracle.Observation:
    """
    @dev ORC-11:d82f. Guarded MTSOS: its spot, and its mark and gaps renewed. It has no pool; gaps stand in for a range.
    """
    seen: IPriceOracle.Observation = empty(IPriceOracle.Observation)
    seen.cause, seen.spot = self.try_read_index()
    seen.refusal = seen.cause
    if seen.cause != reading.GOOD:
        return seen

    seen.high = seen.spot
    seen.low = seen.spot
    seen.mark = mark
    seen.gap_up = gap_up
    seen.gap_down = gap_down
    if elapsed > 0:
        seen.mark, seen.gap_up, seen.gap_down = mark_math.calculate_feed(
            True, mark, seen.spot, previous_spot, gap_up, gap_down, elapsed
        )
    seen.refusal = self.calculate_refusal(False, False, seen.mark, seen.spot, seen.spot, mark_math.INDEX_BAND)
    seen.is_deep = 1

    return seen


@internal
@pure
def calculate_refusal(
    is_young: bool, is_uneven: bool, mark: uint256, high: uint256, low: uint256, band: uint256
) -> uint256:
    """
    @dev POS-9:673e. GOOD, or the first reason for which a good reading allows no increase, and no removal of margin.
    """
    if is_young:
        return reading.READING_TOO_YOUNG
    if is_uneven:
        return reading.POOL_UNEVEN

    return reading.GOOD if mark_math.is_range_in_band(mark, high, low, band) else reading.PRICE_OUT_OF_BAND


@internal
@view
def try_read_index() -> (uint256, uint256):
    """
    @dev ORC-7:3747. Cause and price of the sum of all subnets below 1 TAO; the price is 0 unless the cause is GOOD.
    """
    cause: uint256 = 0
    price: uint256 = 0
    cause, price = self._ask(method_id("getSumAlphaPrice()"), INDEX_GAS)
    if cause == reading.GOOD:
        cause = reading.calculate_price_rejection(price)
    if cause != reading.GOOD:
        return cause, 0
    return reading.GOOD, price


@internal
@view
def read_alpha(netuid: uint16, min_pool: uint256) -> (uint256, uint256):
    """
    @dev ORC-6:108c. Price and TAO in the pool of a subnet; reverts by the name of what is wrong.
    """
    cause: uint256 = 0
    price: uint256 = 0
    pool: uint256 = 0
    cause, price, pool = self.try_read_alpha(netuid, min_pool)
    reading.validate_reading(cause)
    return price, pool


@internal
@view
def read_index() -> uint256:
    """
    @dev ORC-7:3747. Price of the sum of all subnets below 1 TAO; reverts by the name of what is wrong.
    """
    cause: uint256 = 0
    price: uint256 = 0
    cause, price = self.try_read_index()
    reading.validate_reading(cause)
    return price


@internal
@view
def validate_scale():
    """
    @dev ORC-8:2c01. The root subnet's price is 1 by definition: another answer means that the unit has changed.
    """
    cause: uint256 = 0
    price: uint256 = 0
    cause, price = self._ask(abi_encode(alpha.ROOT_NETUID, method_id=method_id("getAlphaPrice(uint16)")), ALPHA_GAS)
    reading.validate_reading(cause)
    assert price == alpha.ONE_TAO, "ScaleWrong"
