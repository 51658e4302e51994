"""Markets: listing, parameters, pokes, and the end of a market."""

from dataclasses import replace
from typing import Final

from reference.block import Block
from reference.core.accrual import Context, read_market, recache, store, touch, validate_live
from reference.core.authorization import validate_admin, validate_running
from reference.core.settlement import Settlement, calculate_freed_margin, settle, update_sums
from reference.core.vault_ledger import book_bad_debt, claim, pay, store_claim
from reference.errors import (
    ClassOutOfRange,
    FeedAlive,
    GenerationWrong,
    MarketClosed,
    MarketListed,
    MarketUnknown,
    NotWoundDown,
    OpenInterestCapOutOfRange,
    ParameterTooFine,
    PoolOutOfRange,
    PriceOutOfBand,
    TooManyMarkets,
    WeightOutOfRange,
)
from reference.events import Logged, MarketDelisted, MarketOpened, ParametersSet, Touched, WoundDown, WoundDownClosed
from reference.math.mark import is_range_in_band
from reference.math.parameters import validate_margins, validate_pool_move, validate_rates, validate_rise
from reference.math.reading import is_spot_known, validate_reading
from reference.math.units import RAO, WAD
from reference.oracles.feed import validate_scale
from reference.state.records import (
    DELISTED,
    GENERATION,
    INDEX_KEY,
    MAX_MARKETS,
    OPEN,
    WOUND_DOWN,
    Market,
    Parameters,
    Position,
    has_readings,
    is_index,
)
from reference.state.storage import Protocol, store_position

DEAD_PERIOD: Final = 86_400
"""Seconds for which a feed must have been dead until anyone may wind its market down while it shows no price."""
END_PERIOD: Final = 604_800
"""Seconds for which a feed must have been dead until anyone may wind its market down, whatever it shows."""
ALPHA_END: Final = 10**16
"""Part of the mark (WAD): the furthest that a hidden price may be where a delisted subnet's market is wound down."""
INDEX_END: Final = 5 * 10**16
"""Part of the mark (WAD): the furthest that the last two spots may be where a delisted MTSOS is wound down."""
PARAMETER_STEP: Final = 10**9
"""Parameters are kept in units of this (WAD; pools wei)."""
POOL_BOUND: Final = 2**64 * RAO
"""Pools are below this (wei), and whole rao."""
MAX_CLASS: Final = 2
"""Highest class in cross accounts."""


def validate_parameters(market: int, parameters: Parameters) -> None:
    """PAR-4. A market may have these parameters. The pool is a parameter of MTSOS alone.

    Errors, in this order: those of PAR-1 and PAR-2, WeightOutOfRange, OpenInterestCapOutOfRange, PoolOutOfRange,
    ClassOutOfRange, ParameterTooFine.
    """
    validate_margins(parameters.max_leverage, parameters.maintenance, parameters.buffer, parameters.taker_fee)
    validate_rates(parameters.maker_fee, parameters.liquidation_fee, parameters.max_funding_rate)

    if parameters.funding_weight > WAD:
        raise WeightOutOfRange
    if parameters.open_interest_cap > WAD:
        raise OpenInterestCapOutOfRange
    if parameters.min_pool >= POOL_BOUND or parameters.pool >= POOL_BOUND:
        raise PoolOutOfRange
    if (parameters.pool > 0) != is_index(market):
        raise PoolOutOfRange
    if parameters.cross_class > MAX_CLASS:
        raise ClassOutOfRange

    *kept, _ = parameters.values()
    if any(value % PARAMETER_STEP for value in kept):
        raise ParameterTooFine


def process_list_market(
    protocol: Protocol, block: Block, sender: int, market: int, is_guarded: bool, parameters: Parameters
) -> list[Logged]:
    """MKT-1. Lists a market at the spot price, published or guarded for good.

    Errors, in this order: NotAdmin, MarketUnknown, MarketListed, GenerationWrong, TooManyMarkets, those of PAR-4,
    ORC-8, MKT-7, ORC-5.
    """
    # authorize
    validate_admin(protocol, sender)
    _validate_key(protocol, market)

    # check
    validate_parameters(market, parameters)
    validate_scale(protocol.precompile)

    # price
    listed = Market(
        status=OPEN,
        is_guarded=is_guarded,
        number=len(protocol.markets) + 1,
        fed_at=block.timestamp,
        fed_block=block.number,
        touched_at=block.timestamp,
    )
    seen = read_market(protocol, block, market, listed, parameters)
    validate_reading(seen.cause)

    # store
    protocol.markets[market] = replace(
        listed,
        mark=seen.spot,
        spot=seen.spot,
        pool=seen.pool * RAO,
        readings=seen.readings,
        read_at=seen.read_at,
        apart_at=block.timestamp if has_readings(market, is_guarded) else 0,
    )
    protocol.parameters[market] = parameters
    protocol.raised_at[market] = 0
    protocol.moved_at[market] = 0

    # log
    return [MarketOpened(market, is_guarded, seen.spot), _parameters_event(market, parameters)]


def _validate_key(protocol: Protocol, market: int) -> None:
    """MKT-1. The key is of a subnet or of MTSOS, is not listed, and follows a generation that is wound down.

    Errors, in this order: MarketUnknown, MarketListed, GenerationWrong, TooManyMarkets.
    """
    if market % GENERATION > INDEX_KEY:
        raise MarketUnknown
    if market in protocol.markets:
        raise MarketListed
    if market >= GENERATION and not _is_wound_down(protocol, market - GENERATION):
        raise GenerationWrong
    if len(protocol.markets) == MAX_MARKETS:
        raise TooManyMarkets


def _is_wound_down(protocol: Protocol, market: int) -> bool:
    return market in protocol.markets and protocol.markets[market].status == WOUND_DOWN


def _parameters_event(market: int, parameters: Parameters) -> ParametersSet:
    return ParametersSet(market, *parameters.values())


def process_set_parameters(
    protocol: Protocol, block: Block, sender: int, market: int, parameters: Parameters
) -> list[Logged]:
    """MKT-2. Changes a market's parameters, after it has accrued by the old ones.

    Errors, in this order: NotAdmin, MarketUnknown, MarketWoundDown, those of PAR-4, PAR-3 of maintenance + buffer,
    PAR-3 of maintenance, PAR-5.
    """
    # authorize
    validate_admin(protocol, sender)

    # touch
    context = touch(protocol, block, market)
    validate_live(context.market.status)

    # check
    validate_parameters(market, parameters)
    before, elapsed = context.parameters, block.timestamp - protocol.raised_at[market]
    threshold, new_threshold = before.maintenance + before.buffer, parameters.maintenance + parameters.buffer
    validate_rise(threshold, new_threshold, elapsed)
    validate_rise(before.maintenance, parameters.maintenance, elapsed)
    validate_pool_move(before.pool, parameters.pool, block.timestamp - protocol.moved_at[market])

    # store
    if new_threshold > threshold or parameters.maintenance > before.maintenance:
        protocol.raised_at[market] = block.timestamp
    if parameters.pool != before.pool:
        protocol.moved_at[market] = block.timestamp
    logged = store(protocol, context)
    protocol.parameters[market] = parameters

    # log
    return [*logged, _parameters_event(market, parameters)]


def process_poke(protocol: Protocol, block: Block, market: int) -> list[Logged]:
    """MKT-3. Touches a market, in every state. Open to all. Errors: MarketUnknown."""
    # touch
    context = touch(protocol, block, market)

    # store
    logged = store(protocol, context)

    # log
    return [*logged, _touched_event(context)]


def _touched_event(context: Context) -> Touched:
    """MKT-3. The market as the touch has found it."""
    market = context.market
    return Touched(
        market=context.key,
        cause=context.seen.cause,
        spot=market.spot,
        mark=market.mark,
        funding_index=market.funding_index,
        interest_index=context.interest_index,
        exposure=context.exposure,
        value=market.value,
    )


def process_delist(protocol: Protocol, block: Block, sender: int, market: int) -> list[Logged]:
    """MKT-4. Ends all increases in a market. Errors, in this order: NotAdmin, MarketUnknown, MarketClosed."""
    # authorize
    validate_admin(protocol, sender)

    # touch
    context = touch(protocol, block, market)
    if context.market.status != OPEN:
        raise MarketClosed

    # store
    dead_since = context.market.dead_since or block.timestamp
    context = replace(context, market=replace(context.market, status=DELISTED, dead_since=dead_since))
    logged = store(protocol, context)

    # log
    return [*logged, MarketDelisted(market)]


def process_wind_down(protocol: Protocol, block: Block, market: int) -> list[Logged]:
    """MKT-5. Freezes the mark and both indices of a market whose end has come. Open to all.

    Errors, in this order: Paused, MarketUnknown, MarketWoundDown, FeedAlive, PriceOutOfBand.
    """
    # authorize
    validate_running(protocol)

    # touch
    previous_spot = protocol.markets.get(market, Market()).spot
    context = touch(protocol, block, market)
    before = context.market
    validate_live(before.status)

    # check
    if not _is_dead(context, block):
        if before.status != DELISTED:
            raise FeedAlive
        if not _has_arrived(context, previous_spot):
            raise PriceOutOfBand

    # store
    after = replace(before, status=WOUND_DOWN, frozen_interest_index=context.interest_index)
    logged = store(protocol, recache(replace(context, market=after)))

    # log
    event = WoundDown(
        market=market,
        mark=after.mark,
        funding_index=after.funding_index,
        interest_index=after.frozen_interest_index,
    )
    return [*logged, event]


def _is_dead(context: Context, block: Block) -> bool:
    """MKT-5. The feed has been dead for a day and shows no price, or for a week: the moment is nobody's choice then."""
    dead_since = context.market.dead_since
    if dead_since == 0:
        return False

    dead_for = block.timestamp - dead_since
    return dead_for >= END_PERIOD or (dead_for >= DEAD_PERIOD and not is_spot_known(context.seen.cause))


def _has_arrived(context: Context, previous_spot: int) -> bool:
    """MKT-5. The mark of a delisted market is where its prices are. previous_spot: stored before this touch, WAD."""
    market, seen = context.market, context.seen
    if not market.is_guarded:
        return True
    if not is_spot_known(seen.cause):
        return False
    if is_index(context.key):
        return is_range_in_band(market.mark, seen.spot, previous_spot, INDEX_END)

    return is_range_in_band(market.mark, seen.high, seen.low, ALPHA_END)


def process_close_wound_down(protocol: Protocol, block: Block, account: int, market: int) -> list[Logged]:
    """MKT-6. Closes any position of a wound-down market for its owner, at the frozen mark: no fee, no impact, no ratio.

    Open to all, never paused. Errors, in this order: PositionUnknown, NotWoundDown, AmountTooLarge.
    """
    # authorize
    before = protocol.position(account, market)

    # touch
    context = touch(protocol, block, market)
    if context.market.status != WOUND_DOWN:
        raise NotWoundDown

    # settle
    settlement = settle(context, before)
    payout, after = max(settlement.equity, 0), Position(before.is_long)
    context, owner = update_sums(context, protocol.account(account), before, after)

    # pay
    vault, claimed = pay(context.vault, calculate_freed_margin(before, after) - payout)
    vault, made, claims = claim(vault, account, claimed)
    vault, debt, covered, paused = book_bad_debt(vault, settlement.equity, settlement.pnl)
    context = recache(replace(context, vault=vault))
    owner = replace(owner, cash=owner.cash + payout - claimed, count=owner.count - 1)

    # store
    logged = store(protocol, context)
    store_claim(protocol, made)
    store_position(protocol, account, market, owner, after)

    # log
    event = _closed_event(context, account, before, settlement, claimed, debt, covered)
    return [*claims, *paused, *logged, event]


def _closed_event(
    context: Context, account: int, before: Position, settlement: Settlement, claimed: int, debt: int, covered: int
) -> WoundDownClosed:
    return WoundDownClosed(
        account=account,
        market=context.key,
        is_long=before.is_long,
        size=before.size,
        entry_notional=before.entry_notional,
        mark=context.market.mark,
        equity=settlement.equity,
        result=settlement.pnl,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
        payout=max(settlement.equity, 0),
        claimed=claimed,
        debt=debt,
        covered=covered,
    )
