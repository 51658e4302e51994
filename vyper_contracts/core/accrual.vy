# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title accrual
@license MIT
@notice A market and the vault's books as an entry point finds them: loaded, accrued, fed and cached; stored at its end.
        Mirrors reference/core/accrual.py.
"""

from vyper_contracts import events
from vyper_contracts.core import vault_ledger
from vyper_contracts.interfaces import IIndexPriceOracle
from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.interfaces import IUnitCheck
from vyper_contracts.math import funding
from vyper_contracts.math import liquidation
from vyper_contracts.math import reading
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
from vyper_contracts.state import records

uses: records

PRICE_ORACLE: immutable(IPriceOracle)
INDEX_ORACLE: immutable(IIndexPriceOracle)


struct Context:
    key: address
    market: records.Market
    parameters: records.Parameters
    vault: records.Vault
    seen: IPriceOracle.Observation
    exposure: uint256
    utilization: uint256
    interest_index: uint256


@deploy
def __init__(price_oracle: address, index_oracle: address):
    PRICE_ORACLE = IPriceOracle(price_oracle)
    INDEX_ORACLE = IIndexPriceOracle(index_oracle)


@internal
@pure
def validate_live(status: uint256):
    """
    @dev MKT-5:205d. A market of this status is not wound down.
    """
    assert status != records.WOUND_DOWN, "MarketWoundDown"


@internal
@view
def touch(key: address, books: records.Vault) -> Context:
    """
    @dev MKT-3:7883. Accrues interest and funding, feeds the mark, caches the market's exposure and value, sets the
         breaker.
         A market that is wound down accrues interest only. Nothing is stored.
         MRK-9: a published mark is the oracle's price; a guarded one moves at a block's first good touch. Too shallow a
         pool feeds nothing, but its prices count for fills. A good reading revives an open market's feed, of a guarded
         subnet only one whose pool has been deep ever since the reading that counts.
    """
    context: Context = empty(Context)
    context.key = key
    context.market = records.load_market(key)
    assert context.market.status != records.UNLISTED, "MarketUnknown"
    context.parameters = records.load_parameters(key)
    context.vault = books

    context.vault.interest_index = vault_ledger.accrue_interest(books)
    context.vault.interest_at = block.timestamp

    if context.market.status == records.WOUND_DOWN:
        context.interest_index = context.market.frozen_interest_index
    else:
        context.interest_index = context.vault.interest_index

        context.exposure = self.calculate_saturated_exposure(
            context.market.sides[records.LONG].size, context.market.sides[records.SHORT].size, context.market.mark
        )
        rate: int256 = funding.calculate_funding_rate(
            context.market.sides[records.LONG].size,
            context.market.sides[records.SHORT].size,
            context.parameters.max_funding_rate,
            context.parameters.funding_weight,
            context.market.utilization,
        )
        # cannot underflow, here and below: time does not run backwards
        delta: int256 = funding.calculate_funding_delta(
            rate, context.market.mark, unsafe_sub(block.timestamp, context.market.touched_at)
        )
        context.market.funding_index = funding.accrue_index(context.market.funding_index, delta)
        context.market.touched_at = block.timestamp

        context.seen = self.read_market(key, context.market, context.parameters)
        if context.seen.spot > 0:
            context.market.readings = context.seen.readings
            context.market.read_at = context.seen.read_at
            if context.seen.is_apart == 1:
                context.market.apart_at = block.timestamp
        if context.seen.cause == reading.GOOD:
            if context.market.status == records.OPEN and context.seen.is_deep == 1:
                context.market.dead_since = 0
            # cannot overflow: below 2**64 rao
            context.market.pool = unsafe_mul(context.seen.pool, units.RAO)
            if not context.market.is_guarded or block.number > context.market.fed_block:
                context.market.mark = context.seen.mark
                context.market.spot = context.seen.spot
                context.market.gap_up = context.seen.gap_up
                context.market.gap_down = context.seen.gap_down
                context.market.fed_at = block.timestamp
                context.market.fed_block = block.number
        elif context.market.dead_since == 0:
            context.market.dead_since = block.timestamp
        (
            context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
        ) = self.recache(context.market, context.vault, context.interest_index, context.exposure)

    if context.seen.spot == 0:
        # spot is unknown: the mark and the stored pool stand in
        context.seen.spot = context.market.mark
        context.seen.high = context.market.mark
        context.seen.low = context.market.mark
        context.seen.depth = context.market.pool // units.RAO

    context.utilization = vault_ledger.calculate_reserves_utilization_up(context.vault)
    context.vault.is_tripped = vault_math.calculate_breaker(context.vault.is_tripped, context.utilization)
    if context.market.status != records.WOUND_DOWN:
        context.market.utilization = funding.calculate_kept_utilization_down(context.utilization)
    return context


@internal
@view
def is_waiting(context: Context) -> bool:
    """
    @dev LIQ-24:e962. Whether a liquidation waits for the mark: it is not where the pool is, or has not been for long
         enough. Only a guarded subnet's does, and only while its spot is known.
    """
    if not records.has_readings(context.key, context.market.is_guarded) or not reading.is_spot_known(
        context.seen.cause
    ):
        return False
    # cannot underflow: time does not run backwards
    return unsafe_sub(block.timestamp, context.market.apart_at) < liquidation.ARRIVED_FOR


@internal
def store(context: Context, was_tripped: bool):
    """
    @dev MKT-3:7883. Stores a touched market and the vault. Logs the breaker where it has changed.
    """
    records.store_market(context.key, context.market)
    records.store_vault(context.vault)
    self.log_breaker(was_tripped, context.vault.is_tripped)


@internal
def log_breaker(was_tripped: bool, is_tripped: bool):
    """
    @dev MKT-3:7883. Logs the breaker where it has changed.
    """
    if is_tripped != was_tripped:
        log events.BreakerSet(is_tripped=is_tripped)


@internal
@pure
def recache(
    market: records.Market, vault: records.Vault, interest_index: uint256, cached: uint256
) -> (uint256, int256, uint256, uint256, int256):
    """
    @dev VLT-34:b676. Exposure and value of the market as they are now, and the vault's sums of exposures, promises and
         values. A context in their place would be copied four times: it costs 1,200 gas.
         cached: the exposure that is in the first sum.
    """
    exposure: uint256 = 0
    if market.status != records.WOUND_DOWN:
        exposure = self.calculate_saturated_exposure(
            market.sides[records.LONG].size, market.sides[records.SHORT].size, market.mark
        )
    # cannot overflow: the mark, and a side's size, entry and margins, are below 2**112, the indices below 2**96, so that
    # what a side is worth is below 2**180
    value: int256 = vault_math.saturate(
        unsafe_add(
            self._calculate_side_value(
                market.sides[records.LONG], market.mark, market.funding_index, interest_index, True
            ),
            self._calculate_side_value(
                market.sides[records.SHORT], market.mark, market.funding_index, interest_index, False
            ),
        )
    )

    # cannot overflow or underflow: cached amounts are below 2**112, and each sum holds what the market had before
    return (
        exposure,
        value,
        unsafe_sub(unsafe_add(vault.exposure, exposure), cached),
        unsafe_sub(
            unsafe_add(vault.promised, records.positive(unsafe_sub(0, value))),
            records.positive(unsafe_sub(0, market.value)),
        ),
        unsafe_add(vault.value, unsafe_sub(value, market.value)),
    )


@internal
@pure
def calculate_saturated_exposure(longs: uint256, shorts: uint256, mark: uint256) -> uint256:
    """
    @dev VLT-34:b676. The vault's exposure at a skew, at most 2**112 - 1.
    """
    return convert(vault_math.saturate(convert(vault_math.calculate_exposure_up(longs, shorts, mark), int256)), uint256)


@internal
@pure
def _calculate_side_value(
    side: records.Side, mark: uint256, funding_index: int256, interest_index: uint256, is_long: bool
) -> int256:
    """
    @dev VLT-7:9704. A side's value to the vault.
    """
    owed: int256 = vault_math.calculate_side_owed_down(
        side.size, side.entry_notional, side.carry, mark, funding_index, interest_index, is_long
    )
    # cannot overflow: a deficit is below 2**112, what is owed below 2**184
    return vault_math.calculate_side_value(unsafe_add(convert(side.deficit, int256), owed), side.margin)


@internal
@view
def read_market(key: address, market: records.Market, parameters: records.Parameters) -> IPriceOracle.Observation:
    """
    @dev MKT-7:8d80. Price and pool, as ORC-6, ORC-7 and ORC-10 say; MTSOS' pool is a parameter.
         Only a guarded subnet has hidden prices, and readings: elsewhere high and low are spot.
    """
    netuid: uint16 = convert(convert(key, uint256) % 2**16, uint16)
    # cannot underflow: time does not run backwards
    elapsed: uint256 = unsafe_sub(block.timestamp, market.fed_at) if block.number > market.fed_block else 0
    if records.has_readings(key, market.is_guarded):
        return staticcall PRICE_ORACLE.try_observe(
            netuid, parameters.min_pool, market.readings, market.read_at, market.mark, market.spot, elapsed
        )

    seen: IPriceOracle.Observation = empty(IPriceOracle.Observation)
    pool: uint256 = parameters.pool
    if market.is_guarded:
        seen = staticcall PRICE_ORACLE.try_observe_index(
            market.mark, market.spot, market.gap_up, market.gap_down, elapsed
        )
    else:
        if records.is_index(key):
            seen.spot = staticcall INDEX_ORACLE.price()
        else:
            seen.cause, seen.spot, pool = staticcall PRICE_ORACLE.try_read_alpha(netuid, parameters.min_pool)
        seen.refusal = seen.cause
        seen.high = seen.spot
        seen.low = seen.spot
        seen.mark = seen.spot
        seen.is_deep = 1

    seen.pool = pool // units.RAO
    seen.depth = (pool if seen.cause == reading.GOOD else market.pool) // units.RAO
    return seen


@internal
@view
def validate_refusal(refusal: uint256):
    """
    @dev POS-9:673e. Reverts by the name of the reason for which a reading allows no increase.
    """
    if refusal != reading.GOOD:
        # it reverts
        good: uint256 = staticcall PRICE_ORACLE.validate_refusal(refusal)


@internal
@view
def validate_reading(cause: uint256):
    """
    @dev ORC-5:d5d7. Reverts by the name of what is wrong with a reading.
    """
    if cause != reading.GOOD:
        # it reverts
        good: uint256 = staticcall PRICE_ORACLE.validate_reading(cause)


@internal
def validate_scale():
    """
    @dev ORC-8:2c01. Reverts unless the precompile's unit is 10**18 for 1 TAO.
    """
    extcall IUnitCheck(PRICE_ORACLE.address).validate_scale()
