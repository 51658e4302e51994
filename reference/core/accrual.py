"""A market and the vault's books as an action finds them: loaded, accrued, fed and cached; stored at its end."""

from dataclasses import dataclass, replace

from reference.block import Block
from reference.core.vault_ledger import accrue_interest, calculate_reserves_utilization_up
from reference.errors import MarketUnknown, MarketWoundDown
from reference.events import BreakerSet, Logged
from reference.math.funding import (
    accrue_index,
    calculate_funding_delta,
    calculate_funding_rate,
    calculate_kept_utilization_down,
)
from reference.math.liquidation import ARRIVED_FOR
from reference.math.reading import GOOD, is_spot_known
from reference.math.units import RAO
from reference.math.vault import (
    calculate_breaker,
    calculate_exposure_up,
    calculate_side_owed_down,
    calculate_side_value,
    saturate,
)
from reference.oracles.feed import Observation, try_observe, try_observe_index, try_read_alpha
from reference.state.records import (
    GENERATION,
    OPEN,
    UNLISTED,
    WOUND_DOWN,
    Market,
    Parameters,
    Side,
    Vault,
    has_readings,
    is_index,
)
from reference.state.storage import Protocol


def validate_live(status: int) -> None:
    """MKT-5. A market of this status is not wound down. Errors: MarketWoundDown."""
    if status == WOUND_DOWN:
        raise MarketWoundDown


@dataclass(frozen=True, slots=True)
class Context:
    """A touched market and the vault's books beside it, not stored yet.

    seen: what the touch read; where spot is unknown, its prices are the mark and its depth is the stored pool's.
    exposure: of the market, wei. utilization: after the touch, WAD. interest_index: the one that counts in this market,
    WAD.
    """

    key: int
    market: Market
    parameters: Parameters
    vault: Vault
    seen: Observation
    exposure: int = 0
    utilization: int = 0
    interest_index: int = 0


def touch(protocol: Protocol, block: Block, key: int, books: Vault | None = None) -> Context:
    """MKT-3. Accrues interest and funding, feeds the mark, caches the market's exposure and value, sets the breaker.

    A market that is wound down accrues interest only. books: of the vault, where an earlier touch of the same call has
    left them. Errors: MarketUnknown.
    """
    stored = protocol.markets.get(key)
    if stored is None or stored.status == UNLISTED:
        raise MarketUnknown

    vault = accrue_interest(books or protocol.vault, block)
    context = Context(
        key=key,
        market=stored,
        parameters=protocol.parameters[key],
        vault=vault,
        seen=Observation(spot=stored.mark, high=stored.mark, low=stored.mark, depth=stored.pool // RAO),
        exposure=calculate_market_exposure(stored),
        interest_index=stored.frozen_interest_index if stored.status == WOUND_DOWN else vault.interest_index,
    )

    if stored.status != WOUND_DOWN:
        context = recache(_feed(protocol, _accrue_funding(context, block), block))

    utilization = calculate_reserves_utilization_up(context.vault)
    if stored.status != WOUND_DOWN:
        kept = calculate_kept_utilization_down(utilization)
        context = replace(context, market=replace(context.market, utilization=kept))
    vault = replace(context.vault, is_tripped=calculate_breaker(context.vault.is_tripped, utilization))
    return replace(context, vault=vault, utilization=utilization)


def _accrue_funding(context: Context, block: Block) -> Context:
    """FND-12. The context with its funding index moved to now, at mark, skew and utilization of the last touch."""
    market, parameters = context.market, context.parameters
    rate = calculate_funding_rate(
        market.longs.size,
        market.shorts.size,
        parameters.max_funding_rate,
        parameters.funding_weight,
        market.utilization,
    )
    delta = calculate_funding_delta(rate, market.mark, block.timestamp - market.touched_at)

    index = accrue_index(market.funding_index, delta)
    return replace(context, market=replace(market, funding_index=index, touched_at=block.timestamp))


def read_market(protocol: Protocol, block: Block, key: int, market: Market, parameters: Parameters) -> Observation:
    """MKT-7. A market's price and pool, by ORC-6, 7 or 10, and where its mark goes; the pool of MTSOS is a parameter.

    Only a guarded subnet has hidden prices, and readings: elsewhere high and low are spot.
    Errors: NotInitialized (MTSOS, published).
    """
    netuid, min_pool = key % GENERATION, parameters.min_pool
    if has_readings(key, market.is_guarded):
        return try_observe(
            protocol.precompile,
            block,
            netuid,
            min_pool,
            market.readings,
            market.read_at,
            market.mark,
            market.spot,
            _calculate_feed_age(market, block),
        )

    if is_index(key) and market.is_guarded:
        seen = try_observe_index(
            protocol.precompile,
            market.mark,
            market.spot,
            market.gap_up,
            market.gap_down,
            _calculate_feed_age(market, block),
        )
        return _with_pool(seen, market, parameters.pool)

    cause, spot, pool = GOOD, 0, parameters.pool
    if is_index(key):
        spot = protocol.index_oracle.price()
    else:
        cause, spot, pool = try_read_alpha(protocol.precompile, netuid, min_pool)
    return _with_pool(Observation(cause, cause, spot, spot, spot, spot, is_deep=True), market, pool)


def _with_pool(seen: Observation, market: Market, pool: int) -> Observation:
    """MKT-7. What was seen, with a pool (wei) in which nothing hides; of a rejected reading the stored one's depth."""
    depth = pool if seen.cause == GOOD else market.pool
    return replace(seen, pool=pool // RAO, depth=depth // RAO)


def _calculate_feed_age(market: Market, block: Block) -> int:
    """MRK-9. Seconds since a guarded market's last feed; 0 where this block has had its feed."""
    return block.timestamp - market.fed_at if block.number > market.fed_block else 0


def _feed(protocol: Protocol, context: Context, block: Block) -> Context:
    """MRK-9. A published mark is the oracle's price; a guarded one moves at a block's first good touch.

    Too shallow a pool feeds nothing, but its prices count for fills.
    """
    seen = read_market(protocol, block, context.key, context.market, context.parameters)
    market = _record_death(context.market, seen, block)
    if not is_spot_known(seen.cause):
        return replace(context, market=market, seen=replace(context.seen, cause=seen.cause, refusal=seen.refusal))

    market = replace(market, readings=seen.readings, read_at=seen.read_at)
    if seen.is_apart:
        market = replace(market, apart_at=block.timestamp)
    if seen.cause == GOOD:
        market = _move_mark(replace(market, pool=seen.pool * RAO), block, seen)

    return replace(context, market=market, seen=seen)


def _record_death(market: Market, seen: Observation, block: Block) -> Market:
    """MRK-9. The market with the time since which its feed has been dead; only an open one's comes back to life.

    A good reading revives it, of a guarded subnet only one whose pool has been deep ever since the reading that counts.
    """
    if seen.cause != GOOD:
        return replace(market, dead_since=market.dead_since or block.timestamp)
    if market.status == OPEN and seen.is_deep:
        return replace(market, dead_since=0)

    return market


def is_waiting(context: Context, block: Block) -> bool:
    """LIQ-24. Whether a liquidation waits for the mark: it is not where the pool is, or has not been for long enough.

    Only a guarded subnet's does, and only while its spot is known.
    """
    if not has_readings(context.key, context.market.is_guarded) or not is_spot_known(context.seen.cause):
        return False

    return block.timestamp - context.market.apart_at < ARRIVED_FOR


def _move_mark(market: Market, block: Block, seen: Observation) -> Market:
    """MRK-9. The market after a good reading; a guarded mark is fed once in a block."""
    if market.is_guarded and block.number <= market.fed_block:
        return market

    return replace(
        market,
        mark=seen.mark,
        spot=seen.spot,
        gap_up=seen.gap_up,
        gap_down=seen.gap_down,
        fed_at=block.timestamp,
        fed_block=block.number,
    )


def recache(context: Context) -> Context:
    """VLT-34. The context with exposure and value of its market as they are now, and with the vault's sums of them."""
    market, vault = context.market, context.vault
    exposure = calculate_market_exposure(market)
    value = calculate_market_value(market, context.interest_index)

    vault = replace(
        vault,
        exposure=vault.exposure + exposure - context.exposure,
        promised=vault.promised + max(-value, 0) - max(-market.value, 0),
        value=vault.value + value - market.value,
    )
    return replace(context, market=replace(market, value=value), vault=vault, exposure=exposure)


def calculate_market_exposure(market: Market) -> int:
    """VLT-34. The vault's exposure in a market (wei), saturated; 0 once the market is wound down."""
    if market.status == WOUND_DOWN:
        return 0

    return calculate_saturated_exposure(market.longs.size, market.shorts.size, market.mark)


def calculate_saturated_exposure(longs: int, shorts: int, mark: int) -> int:
    """VLT-34. The vault's exposure at a skew (wei), at most 2**112 - 1. longs, shorts: alpha WAD. mark: WAD."""
    return saturate(calculate_exposure_up(longs, shorts, mark))


def calculate_market_value(market: Market, interest_index: int) -> int:
    """VLT-34. A market's value to the vault (wei, signed), saturated: VLT-7 of both sides. interest_index: WAD."""
    return saturate(
        _calculate_side_value(market.longs, market, interest_index, True)
        + _calculate_side_value(market.shorts, market, interest_index, False)
    )


def _calculate_side_value(side: Side, market: Market, interest_index: int, is_long: bool) -> int:
    owed = calculate_side_owed_down(
        side.size, side.entry_notional, side.carry, market.mark, market.funding_index, interest_index, is_long
    )
    return calculate_side_value(side.deficit + owed, side.margin)


def store(protocol: Protocol, context: Context) -> list[Logged]:
    """MKT-3. Stores a touched market and the vault. Logs the breaker where it has changed."""
    logged = breaker_events(protocol.vault, context.vault)
    protocol.markets[context.key] = context.market
    protocol.vault = context.vault
    return logged


def breaker_events(before: Vault, after: Vault) -> list[Logged]:
    """MKT-3. The event of the breaker, where it has changed."""
    return [BreakerSet(after.is_tripped)] if before.is_tripped != after.is_tripped else []
