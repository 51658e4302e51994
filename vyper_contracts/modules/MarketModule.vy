# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize codesize
"""
@title MarketModule
@license MIT
@notice Lists markets, sets their parameters, touches them, and ends them. Delegate code of MegaTAO.
        Mirrors reference/modules/market.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import settlement
from vyper_contracts.core import vault_ledger
from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.math import mark as mark_math
from vyper_contracts.math import packing
from vyper_contracts.math import parameters as parameter_math
from vyper_contracts.math import reading
from vyper_contracts.math import units
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]
initializes: accrual[records := records]
initializes: vault_ledger[storage := storage]

DEAD_PERIOD: constant(uint256) = 86_400
END_PERIOD: constant(uint256) = 604_800
ALPHA_END: constant(uint256) = 10**16
INDEX_END: constant(uint256) = 5 * 10**16
PARAMETER_STEP: constant(uint256) = 10**9
POOL_BOUND: constant(uint256) = 2**64 * units.RAO
MAX_CLASS: constant(uint256) = 2


@deploy
def __init__(price_oracle: address, index_oracle: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    """
    accrual.__init__(price_oracle, index_oracle)


@external
@nonreentrant
def list_market(market: address, is_guarded: bool, parameters: records.Parameters):
    """
    @notice MKT-1:1afa. Lists a market at the spot price, published or guarded for good. The admin's.
    @param market The subnet's netuid, or the index market's key; plus 2**32 for each time it was listed before.
    @param is_guarded Whether the mark follows spot slowly (guarded) or is the oracle's price (published).
    @param parameters Its parameters.
    """
    # authorize
    authorization.validate_admin()
    self._validate_key(market)

    # check
    self._validate_parameters(market, parameters)
    accrual.validate_scale()

    # price
    listed: records.Market = empty(records.Market)
    listed.is_guarded = is_guarded
    # the reading is the block's feed: it moves no mark
    listed.fed_at = block.timestamp
    listed.fed_block = block.number
    seen: IPriceOracle.Observation = accrual.read_market(market, listed, parameters)
    accrual.validate_reading(seen.cause)

    # store
    listed.status = records.OPEN
    listed.mark = seen.spot
    listed.spot = seen.spot
    listed.read_at = seen.read_at
    listed.readings = seen.readings
    if records.has_readings(market, is_guarded):
        listed.apart_at = block.timestamp
    # cannot overflow: a pool is below 2**64 rao
    listed.pool = unsafe_mul(seen.pool, units.RAO)
    listed.touched_at = block.timestamp

    count: uint256 = storage.market_count
    # cannot overflow: it is below MAX_MARKETS
    listed.number = unsafe_add(count, 1)
    records.store_market(market, listed)
    storage.market_keys[count] = market
    storage.market_count = listed.number

    # log
    log events.MarketOpened(market=market, is_guarded=is_guarded, mark=seen.spot)
    self._store_parameters(market, parameters, 0, 0)


@external
@nonreentrant
def set_parameters(market: address, parameters: records.Parameters):
    """
    @notice MKT-2:23d2. Changes a market's parameters, after it has accrued by the old ones. The admin's.
    @param market The market.
    @param parameters Its new parameters, all of them.
    """
    # authorize
    authorization.validate_admin()

    # touch
    vault: records.Vault = records.load_vault()
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # check
    self._validate_parameters(market, parameters)

    pools: uint256 = storage.parameter_words[market][1]
    raised_at: uint256 = (pools >> 128) % 2**32
    moved_at: uint256 = (pools >> 160) % 2**32
    elapsed: uint256 = block.timestamp - raised_at
    threshold: uint256 = context.parameters.maintenance + context.parameters.buffer
    new_threshold: uint256 = parameters.maintenance + parameters.buffer
    parameter_math.validate_rise(threshold, new_threshold, elapsed)
    parameter_math.validate_rise(context.parameters.maintenance, parameters.maintenance, elapsed)
    parameter_math.validate_pool_move(context.parameters.pool, parameters.pool, block.timestamp - moved_at)

    # store
    if new_threshold > threshold or parameters.maintenance > context.parameters.maintenance:
        raised_at = block.timestamp
    if parameters.pool != context.parameters.pool:
        moved_at = block.timestamp
    accrual.store(context, vault.is_tripped)

    # log
    self._store_parameters(market, parameters, raised_at, moved_at)


@external
@nonreentrant
def poke(market: address):
    """
    @notice MKT-3:7883. Touches a market, in every state. Open to all.
    @param market The market.
    """
    # touch
    vault: records.Vault = records.load_vault()
    context: accrual.Context = accrual.touch(market, vault)

    # store
    accrual.store(context, vault.is_tripped)

    # log
    log events.Touched(
        market=market,
        cause=context.seen.cause,
        spot=context.market.spot,
        mark=context.market.mark,
        funding_index=context.market.funding_index,
        interest_index=context.interest_index,
        exposure=context.exposure,
        value=context.market.value,
    )


@external
@nonreentrant
def delist(market: address):
    """
    @notice MKT-4:2281. Ends all increases in a market. The admin's.
    @param market The market.
    """
    # authorize
    authorization.validate_admin()

    # touch
    vault: records.Vault = records.load_vault()
    context: accrual.Context = accrual.touch(market, vault)
    assert context.market.status == records.OPEN, "MarketClosed"

    # store
    context.market.status = records.DELISTED
    if context.market.dead_since == 0:
        context.market.dead_since = block.timestamp
    accrual.store(context, vault.is_tripped)

    # log
    log events.MarketDelisted(market=market)


@external
@nonreentrant
def wind_down(market: address):
    """
    @notice MKT-5:205d. Freezes the mark and both indices of a market whose end has come. Open to all.
    @param market The market.
    """
    # authorize
    vault: records.Vault = records.load_vault()
    authorization.validate_running(vault.is_paused)

    # touch
    previous_spot: uint256 = records.load_prices(market).spot
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # check
    if not self._is_dead(context):
        assert context.market.status == records.DELISTED, "FeedAlive"
        assert self._has_arrived(context, previous_spot), "PriceOutOfBand"
    # store
    context.market.status = records.WOUND_DOWN
    context.market.frozen_interest_index = context.interest_index
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, context.exposure)
    accrual.store(context, vault.is_tripped)

    # log
    log events.WoundDown(
        market=market,
        mark=context.market.mark,
        funding_index=context.market.funding_index,
        interest_index=context.interest_index,
    )


@external
@nonreentrant
def close_wound_down(account: uint256, market: address):
    """
    @notice MKT-6:0a7d. Closes any position of a wound-down market for its owner, at the frozen mark: no fee, no impact,
            no ratio. Open to all, never paused.
    @param account The account.
    @param market The market.
    """
    # authorize
    id: bytes32 = records.position_id(account, market)
    before: records.Position = records.load_position(id)
    assert before.size > 0, "PositionUnknown"

    # touch
    vault: records.Vault = records.load_vault()
    context: accrual.Context = accrual.touch(market, vault)
    assert context.market.status == records.WOUND_DOWN, "NotWoundDown"

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    payout: uint256 = records.positive(settled.equity)
    side: uint256 = records.LONG if before.is_long else records.SHORT
    owner_before: records.Account = records.load_account(account)
    owner_after: records.Account = owner_before
    context.market.sides[side], owner_after.margin = settlement.update_sums(
        context.market.sides[side], owner_before.margin, before, empty(records.Position)
    )

    # pay
    freed: int256 = settlement.calculate_freed_margin(before.margin, 0)
    claimed: uint256 = 0
    debt: uint256 = 0
    covered: uint256 = 0
    (context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket, claimed) = vault_ledger.pay(
        context.vault, freed - convert(payout, int256)
    )
    context.vault.claimed, context.vault.claims = vault_ledger.claim(
        context.vault.claimed, context.vault.claims, account, claimed
    )
    context.vault, debt, covered = vault_ledger.book_bad_debt(context.vault, settled.equity, settled.pnl)
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, context.exposure)
    owner_after.cash += payout - claimed
    owner_after.count -= 1

    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner_before, owner_after)
    records.store_position(id, empty(records.Position))

    # log
    self._log_closed(account, market, before, context.market.mark, settled, payout, claimed, debt, covered)


@internal
def _log_closed(
    account: uint256,
    market: address,
    before: records.Position,
    mark: uint256,
    settled: settlement.Settlement,
    payout: uint256,
    claimed: uint256,
    debt: uint256,
    covered: uint256,
):
    """
    @dev MKT-6:0a7d. The event of a close.
    """
    log events.WoundDownClosed(
        account=account,
        market=market,
        is_long=before.is_long,
        size=before.size,
        entry_notional=before.entry_notional,
        mark=mark,
        equity=settled.equity,
        result=settled.pnl,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
        payout=payout,
        claimed=claimed,
        debt=debt,
        covered=covered,
    )


@internal
@view
def _validate_key(market: address):
    """
    @dev MKT-1:1afa. The key is of a subnet or of MTSOS, is not listed, and follows a generation that is wound down.
    """
    key: uint256 = convert(market, uint256)
    assert key % records.GENERATION <= records.INDEX_KEY, "MarketUnknown"
    assert self._status(market) == records.UNLISTED, "MarketListed"
    if key >= records.GENERATION:
        previous: address = convert(key - records.GENERATION, address)
        assert self._status(previous) == records.WOUND_DOWN, "GenerationWrong"
    assert storage.market_count < records.MAX_MARKETS, "TooManyMarkets"


@internal
@view
def _status(market: address) -> uint256:
    """
    @dev Status of a market, without the rest of it.
    """
    return (storage.market_words[market].main[4] >> 224) % 4


@internal
@pure
def _validate_parameters(market: address, parameters: records.Parameters):
    """
    @dev PAR-4:1630. Whether a market may have these parameters. The pool is a parameter of MTSOS alone.
    """
    parameter_math.validate_margins(
        parameters.max_leverage, parameters.maintenance, parameters.buffer, parameters.taker_fee
    )
    parameter_math.validate_rates(parameters.maker_fee, parameters.liquidation_fee, parameters.max_funding_rate)

    assert parameters.funding_weight <= units.WAD, "WeightOutOfRange"
    assert parameters.open_interest_cap <= units.WAD, "OpenInterestCapOutOfRange"
    assert max(parameters.min_pool, parameters.pool) < POOL_BOUND, "PoolOutOfRange"
    assert (parameters.pool > 0) == records.is_index(market), "PoolOutOfRange"
    assert parameters.cross_class <= MAX_CLASS, "ClassOutOfRange"

    for given: uint256 in [
        parameters.max_leverage,
        parameters.maintenance,
        parameters.buffer,
        parameters.taker_fee,
        parameters.maker_fee,
        parameters.liquidation_fee,
        parameters.max_funding_rate,
        parameters.funding_weight,
        parameters.open_interest_cap,
        parameters.min_pool,
        parameters.pool,
    ]:
        assert given % PARAMETER_STEP == 0, "ParameterTooFine"


@internal
@view
def _is_dead(context: accrual.Context) -> bool:
    """
    @dev MKT-5:205d. The feed has been dead for a day and shows no price, or for a week: the moment is nobody's choice.
    """
    dead_since: uint256 = context.market.dead_since
    if dead_since == 0:
        return False

    dead_for: uint256 = block.timestamp - dead_since
    return dead_for >= END_PERIOD or (dead_for >= DEAD_PERIOD and not reading.is_spot_known(context.seen.cause))


@internal
@pure
def _has_arrived(context: accrual.Context, previous_spot: uint256) -> bool:
    """
    @dev MKT-5:205d. The mark of a delisted market is where its prices are. previous_spot: stored before this touch.
    """
    mark: uint256 = context.market.mark
    if not context.market.is_guarded:
        return True
    if not reading.is_spot_known(context.seen.cause):
        return False

    high: uint256 = context.seen.high
    low: uint256 = context.seen.low
    end: uint256 = ALPHA_END
    if records.is_index(context.key):
        high = context.seen.spot
        low = previous_spot
        end = INDEX_END

    return mark_math.is_range_in_band(mark, high, low, end)


@internal
def _store_parameters(market: address, parameters: records.Parameters, raised_at: uint256, moved_at: uint256):
    """
    @dev MKT-2:23d2. A market's parameters, when its maintenance was last raised, and when its pool last moved.
    """
    storage.parameter_words[market] = [
        packing.pack_parameters(
            parameters.max_leverage,
            parameters.maintenance,
            parameters.buffer,
            parameters.taker_fee,
            parameters.maker_fee,
            parameters.liquidation_fee,
            parameters.max_funding_rate,
            parameters.funding_weight,
            parameters.open_interest_cap,
            parameters.cross_class,
        ),
        packing.pack_pools(parameters.min_pool // units.RAO, parameters.pool // units.RAO, raised_at, moved_at),
    ]

    log events.ParametersSet(
        market=market,
        max_leverage=parameters.max_leverage,
        maintenance=parameters.maintenance,
        buffer=parameters.buffer,
        taker_fee=parameters.taker_fee,
        maker_fee=parameters.maker_fee,
        liquidation_fee=parameters.liquidation_fee,
        max_funding_rate=parameters.max_funding_rate,
        funding_weight=parameters.funding_weight,
        open_interest_cap=parameters.open_interest_cap,
        min_pool=parameters.min_pool,
        pool=parameters.pool,
        cross_class=parameters.cross_class,
    )
