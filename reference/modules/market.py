"""Markets: listing, parameters, pokes, and the end of a market."""

from reference.block import Block
from reference.core.accrual import read_market, store, touch, touched_event, validate_live
from reference.core.authorization import validate_admin, validate_running
from reference.core.settlement import replace, settle
from reference.core.vault_ledger import book_bad_debt, claim, pay, store_claim
from reference.errors import (
    FeedAlive,
    GenerationWrong,
    MarketClosed,
    MarketListed,
    MarketUnknown,
    NotWoundDown,
    OpenInterestCapOutOfRange,
    ParameterTooFine,
    PoolOutOfRange,
    WeightOutOfRange,
)
from reference.events import Logged, MarketDelisted, MarketOpened, ParametersSet, WoundDown, WoundDownClosed
from reference.math.parameters import validate_margins, validate_rates, validate_rise
from reference.math.reading import validate_reading
from reference.math.units import WAD
from reference.oracles.feed import validate_scale
from reference.state.records import DELISTED, GENERATION, INDEX_KEY, OPEN, WOUND_DOWN, Market, Parameters, Position
from reference.state.storage import Protocol, store_position

DEAD_PERIOD = 86_400
"""Seconds for which a feed must have been dead until anyone may wind its market down."""
PARAMETER_STEP = 10**9
"""Parameters are kept in units of this (WAD)."""
POOL_BOUND = 2**96
"""Pools are below this (wei)."""


def validate_parameters(parameters: Parameters) -> None:
    """PAR-4. Whether a market may have these parameters.

    Errors, in this order: those of PAR-1 and PAR-2, WeightOutOfRange, OpenInterestCapOutOfRange, PoolOutOfRange,
    ParameterTooFine.
    """
    validate_margins(parameters.max_leverage, parameters.maintenance, parameters.buffer, parameters.taker_fee)
    validate_rates(parameters.maker_fee, parameters.liquidation_fee, parameters.max_funding_rate)
    if parameters.funding_weight > WAD:
        raise WeightOutOfRange
    if parameters.open_interest_cap > WAD:
        raise OpenInterestCapOutOfRange
    if parameters.min_pool >= POOL_BOUND or parameters.pool >= POOL_BOUND:
        raise PoolOutOfRange
    if any(rate % PARAMETER_STEP for rate in parameters.values()[:9]):
        raise ParameterTooFine


def process_list_market(
    protocol: Protocol, block: Block, sender: int, market: int, is_guarded: bool, parameters: Parameters
) -> list[Logged]:
    """MKT-1. Lists a market at the spot price, published or guarded for good.

    Errors, in this order: NotAdmin, MarketUnknown, MarketListed, GenerationWrong, those of PAR-4, ORC-8, MKT-7, ORC-5.
    """
    validate_admin(protocol, sender)
    if market % GENERATION > INDEX_KEY:
        raise MarketUnknown
    if market in protocol.markets:
        raise MarketListed
    if market >= GENERATION and not _is_wound_down(protocol, market - GENERATION):
        raise GenerationWrong
    validate_parameters(parameters)
    validate_scale(protocol.precompile)
    cause, spot, pool = read_market(protocol, market, is_guarded, parameters)
    validate_reading(cause)
    protocol.markets[market] = Market(
        status=OPEN,
        is_guarded=is_guarded,
        mark=spot,
        spot=spot,
        pool=pool,
        fed_at=block.timestamp,
        fed_block=block.number,
        touched_at=block.timestamp,
    )
    protocol.parameters[market] = parameters
    protocol.raised_at[market] = 0
    return [MarketOpened(market, is_guarded, spot), _parameters_event(market, parameters)]


def _is_wound_down(protocol: Protocol, market: int) -> bool:
    return market in protocol.markets and protocol.markets[market].status == WOUND_DOWN


def _parameters_event(market: int, parameters: Parameters) -> ParametersSet:
    return ParametersSet(market, *parameters.values())


def process_set_parameters(
    protocol: Protocol, block: Block, sender: int, market: int, parameters: Parameters
) -> list[Logged]:
    """MKT-2. Changes a market's parameters, after it has accrued by the old ones.

    Errors, in this order: NotAdmin, MarketUnknown, MarketWoundDown, those of PAR-4, PAR-3 of maintenance + buffer,
    PAR-3 of maintenance.
    """
    validate_admin(protocol, sender)
    context = touch(protocol, block, market)
    validate_live(context.market.status)
    validate_parameters(parameters)
    old, raised_at = context.parameters, protocol.raised_at[market]
    elapsed = block.timestamp - raised_at
    threshold, new_threshold = old.maintenance + old.buffer, parameters.maintenance + parameters.buffer
    validate_rise(threshold, new_threshold, elapsed)
    validate_rise(old.maintenance, parameters.maintenance, elapsed)
    if new_threshold > threshold or parameters.maintenance > old.maintenance:
        protocol.raised_at[market] = block.timestamp
    logged = store(protocol, context)
    protocol.parameters[market] = parameters
    return [*logged, _parameters_event(market, parameters)]


def process_poke(protocol: Protocol, block: Block, market: int) -> list[Logged]:
    """MKT-3. Touches a market, in every state; open to all. Errors: MarketUnknown."""
    context = touch(protocol, block, market)
    return [*store(protocol, context), touched_event(context)]


def process_delist(protocol: Protocol, block: Block, sender: int, market: int) -> list[Logged]:
    """MKT-4. Ends all increases in a market. Errors, in this order: NotAdmin, MarketUnknown, MarketClosed."""
    validate_admin(protocol, sender)
    context = touch(protocol, block, market)
    if context.market.status != OPEN:
        raise MarketClosed
    context.market.status = DELISTED
    return [*store(protocol, context), MarketDelisted(market)]


def process_wind_down(protocol: Protocol, block: Block, market: int) -> list[Logged]:
    """MKT-5. Freezes the mark and both indices of a market that is delisted, or whose feed is dead for a day.

    Open to all. Errors, in this order: Paused, MarketUnknown, MarketWoundDown, FeedAlive.
    """
    validate_running(protocol)
    context = touch(protocol, block, market)
    state = context.market
    validate_live(state.status)
    is_dead = state.dead_since != 0 and block.timestamp - state.dead_since >= DEAD_PERIOD
    if state.status != DELISTED and not is_dead:
        raise FeedAlive
    state.status = WOUND_DOWN
    state.frozen_interest_index = context.interest_index
    context.recache()
    logged = store(protocol, context)
    return [*logged, WoundDown(market, state.mark, state.funding_index, context.interest_index)]


def process_close_wound_down(protocol: Protocol, block: Block, account: int, market: int) -> list[Logged]:
    """MKT-6. Closes any position of a wound-down market for its owner, at the frozen mark: no fee, no impact, no ratio.

    Open to all, never paused. Errors, in this order: PositionUnknown, NotWoundDown, AmountTooLarge.
    """
    before = protocol.position(account, market)
    context = touch(protocol, block, market)
    if context.market.status != WOUND_DOWN:
        raise NotWoundDown
    settlement = settle(context, before.copy())
    payout = max(settlement.equity, 0)
    owner, after = protocol.account(account), Position(before.is_long)
    replace(context, owner, before, after)
    owner.count -= 1
    claimed = pay(context.vault, max(before.margin, 0) - payout)
    made, claims = claim(context.vault, account, claimed)
    owner.cash += payout - claimed
    debt, covered, paused = book_bad_debt(context.vault, settlement.equity, settlement.pnl)
    context.recache()
    logged = store(protocol, context)
    store_claim(protocol, made)
    store_position(protocol, account, market, owner, after)
    event = WoundDownClosed(
        account,
        market,
        before.is_long,
        before.size,
        before.entry_notional,
        context.market.mark,
        settlement.equity,
        settlement.pnl,
        settlement.funding_owed,
        settlement.interest_owed,
        payout,
        claimed,
        debt,
        covered,
    )
    return [*claims, *paused, *logged, event]
