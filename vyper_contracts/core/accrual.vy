# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title accrual
@license MIT
@notice What every entry point does with a market: load, accrue, price; at the end store.
        Mirrors reference/core/accrual.py.
"""

from vyper_contracts import events
from vyper_contracts.core import vault_ledger
from vyper_contracts.interfaces import IIndexPriceOracle
from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.interfaces import IUnitCheck
from vyper_contracts.math import funding
from vyper_contracts.math import mark
from vyper_contracts.math import reading
from vyper_contracts.math import vault
from vyper_contracts.state import records

uses: records

PRICE_ORACLE: immutable(IPriceOracle)
INDEX_ORACLE: immutable(IIndexPriceOracle)


struct Context:
    key: address
    market: records.Market
    parameters: records.Parameters
    vault: records.Vault
    cause: uint256
    spot: uint256
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
    @dev MKT-5:b831. A market of this status is not wound down.
    """
    assert status != records.WOUND_DOWN, "MarketWoundDown"


@internal
@view
def touch(key: address, books: records.Vault) -> Context:
    """
    @dev MKT-3:1b75. Accrues interest and funding, feeds the mark, caches the market's exposure and value, sets the
         breaker.
         A market that is wound down accrues interest only. Nothing is stored.
         MRK-9: a published mark is the oracle's price; a guarded one moves at a block's first good touch. A feed is
         dead where spot is unknown. Too shallow a pool feeds nothing, but its spot counts for fills.
    """
    c: Context = empty(Context)
    c.key = key
    c.market = records.load_market(key)
    assert c.market.status != records.UNLISTED, "MarketUnknown"
    c.parameters = records.load_parameters(key)
    c.vault = books
    utilization: uint256 = 0
    utilization, c.vault.interest_index = vault_ledger.accrue_interest(books)
    c.vault.interest_at = block.timestamp
    if c.market.status == records.WOUND_DOWN:
        c.interest_index = c.market.frozen_interest_index
        c.spot = c.market.mark
    else:
        c.interest_index = c.vault.interest_index
        longs: uint256 = c.market.sides[records.LONG].size
        shorts: uint256 = c.market.sides[records.SHORT].size
        c.exposure = self.calculate_saturated_exposure(longs, shorts, c.market.mark)
        rate: int256 = funding.calculate_funding_rate(
            longs, shorts, c.parameters.max_funding_rate, c.parameters.funding_weight, utilization
        )
        # cannot underflow, here and below: time does not run backwards
        elapsed: uint256 = unsafe_sub(block.timestamp, c.market.touched_at)
        delta: int256 = funding.calculate_funding_delta(rate, c.market.mark, elapsed)
        c.market.funding_index = funding.accrue_index(c.market.funding_index, delta)
        c.market.touched_at = block.timestamp
        pool: uint256 = 0
        c.cause, c.spot, pool = self.read_market(key, c.market.is_guarded, c.parameters.min_pool, c.parameters.pool)
        if c.spot == 0:
            c.spot = c.market.mark
            if c.market.dead_since == 0:
                c.market.dead_since = block.timestamp
        if c.cause == reading.GOOD:
            c.market.dead_since = 0
            c.market.pool = pool
            if not c.market.is_guarded or block.number > c.market.fed_block:
                if c.market.is_guarded:
                    c.market.mark, c.market.gap_up, c.market.gap_down = mark.calculate_feed(
                        records.is_index(key),
                        c.market.mark,
                        c.spot,
                        c.market.spot,
                        c.market.gap_up,
                        c.market.gap_down,
                        unsafe_sub(block.timestamp, c.market.fed_at),
                    )
                else:
                    c.market.mark = c.spot
                c.market.spot = c.spot
                c.market.fed_at = block.timestamp
                c.market.fed_block = block.number
        c.exposure, c.market.value, c.vault.exposure, c.vault.promised, c.vault.value = self.recache(
            c.market, c.vault, c.interest_index, c.exposure
        )
    c.utilization = vault_ledger.calculate_reserves_utilization_up(c.vault)
    c.vault.is_tripped = vault.calculate_breaker(c.vault.is_tripped, c.utilization)
    return c


@internal
def store(before: Context, was_tripped: bool):
    """
    @dev MKT-3:1b75. Caches what the call has changed, and stores the market and the vault.
    """
    c: Context = before
    c.exposure, c.market.value, c.vault.exposure, c.vault.promised, c.vault.value = self.recache(
        c.market, c.vault, c.interest_index, c.exposure
    )
    self.write(c, was_tripped)


@internal
def write(c: Context, was_tripped: bool):
    """
    @dev MKT-3:1b75. Stores the market and the vault as they are, and logs a change of the breaker.
    """
    records.store_market(c.key, c.market)
    records.store_vault(c.vault)
    if c.vault.is_tripped != was_tripped:
        log events.BreakerSet(is_tripped=c.vault.is_tripped)


@internal
@pure
def recache(
    m: records.Market, v: records.Vault, interest_index: uint256, cached: uint256
) -> (uint256, int256, uint256, uint256, int256):
    """
    @dev VLT-34:b676. Exposure and value of the market as they are now, and the vault's sums of exposures, promises and
         values; cached: the exposure that is in the first sum.
    """
    exposure: uint256 = 0
    if m.status != records.WOUND_DOWN:
        exposure = self.calculate_saturated_exposure(m.sides[records.LONG].size, m.sides[records.SHORT].size, m.mark)
    # cannot overflow: the mark, and a side's size, entry and margins, are below 2**112, the indices below 2**96, so that
    # what a side is worth is below 2**180
    worth: int256 = vault.saturate(
        unsafe_add(
            self._side_value(m.sides[records.LONG], m.mark, m.funding_index, interest_index, True),
            self._side_value(m.sides[records.SHORT], m.mark, m.funding_index, interest_index, False),
        )
    )
    # cannot overflow or underflow: cached amounts are below 2**112, and each sum holds what the market had before
    return (
        exposure,
        worth,
        unsafe_sub(unsafe_add(v.exposure, exposure), cached),
        unsafe_sub(
            unsafe_add(v.promised, records.positive(unsafe_sub(0, worth))), records.positive(unsafe_sub(0, m.value))
        ),
        unsafe_add(v.value, unsafe_sub(worth, m.value)),
    )


@internal
@pure
def calculate_saturated_exposure(longs: uint256, shorts: uint256, price: uint256) -> uint256:
    """
    @dev VLT-34:b676. Exposure, at most 2**112 - 1.
    """
    return convert(vault.saturate(convert(vault.calculate_exposure_up(longs, shorts, price), int256)), uint256)


@internal
@pure
def _side_value(
    side: records.Side, price: uint256, funding_index: int256, interest_index: uint256, is_long: bool
) -> int256:
    """
    @dev VLT-7:9704. What a side is worth to the vault.
    """
    owed: int256 = vault.calculate_side_owed_down(
        side.size, side.entry_notional, side.carry, price, funding_index, interest_index, is_long
    )
    # cannot overflow: a deficit is below 2**112, what is owed below 2**184
    return vault.calculate_side_value(unsafe_add(convert(side.deficit, int256), owed), side.margin)


@internal
@view
def read_market(key: address, is_guarded: bool, min_pool: uint256, pool: uint256) -> (uint256, uint256, uint256):
    """
    @dev MKT-7:1e6d. Cause, spot and TAO in the pool, as ORC-6 and ORC-7 say; MTSOS' pool is a parameter.
    """
    if not records.is_index(key):
        return staticcall PRICE_ORACLE.try_read_alpha(
            convert(convert(key, uint256) % records.GENERATION, uint16), min_pool
        )
    if not is_guarded:
        return reading.GOOD, staticcall INDEX_ORACLE.price(), pool
    cause: uint256 = 0
    spot: uint256 = 0
    cause, spot = staticcall PRICE_ORACLE.try_read_index()
    return cause, spot, pool if cause == reading.GOOD else 0


@internal
@view
def validate_reading(cause: uint256):
    """
    @dev ORC-5:0c47. Reverts by the name of what is wrong with a reading.
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
