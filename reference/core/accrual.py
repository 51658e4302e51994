"""The protocol's books, and what every entry point does with them: load, accrue, price; at the end store.

An action works on copies and stores them when nothing can fail any more: a failure changes nothing.
"""

from dataclasses import dataclass

from reference.block import Block
from reference.core.vault_ledger import accrue_interest, calculate_reserves_utilization_up
from reference.errors import MarketUnknown, MarketWoundDown
from reference.events import BreakerSet, Logged, Touched
from reference.math.funding import accrue_index, calculate_funding_delta, calculate_funding_rate
from reference.math.margin import calculate_pnl
from reference.math.mark import calculate_feed
from reference.math.reading import GOOD
from reference.math.vault import (
    calculate_breaker,
    calculate_exposure_up,
    calculate_side_funding_down,
    calculate_side_interest_down,
    calculate_side_owed,
    calculate_side_value,
    saturate,
)
from reference.oracles.feed import try_read_alpha, try_read_index
from reference.state.records import (
    GENERATION,
    UNLISTED,
    WOUND_DOWN,
    Market,
    Parameters,
    Side,
    Vault,
    is_index,
)
from reference.state.storage import Protocol


def validate_live(status: int) -> None:
    """MKT-5. A market of this status is not wound down. Errors: MarketWoundDown."""
    if status == WOUND_DOWN:
        raise MarketWoundDown


@dataclass(slots=True)
class Context:
    """A market that is touched, and the vault beside it: copies, until they are stored.

    cause: GOOD, or why the reading is rejected. spot: now, the mark where it is unknown, WAD. exposure: of the market,
    wei. utilization: after the touch, WAD. interest_index: the one that counts
    in this market, WAD.
    """

    key: int
    market: Market
    parameters: Parameters
    vault: Vault
    cause: int = GOOD
    spot: int = 0
    exposure: int = 0
    utilization: int = 0
    interest_index: int = 0

    def recache(self) -> None:
        """VLT-34. Exposure and value of the market as they are now, and the vault's sums of them."""
        market, vault = self.market, self.vault
        exposure = calculate_market_exposure(market)
        value = calculate_market_value(market, self.interest_index)
        vault.exposure += exposure - self.exposure
        vault.promised += max(-value, 0) - max(-market.value, 0)
        vault.value += value - market.value
        self.exposure = exposure
        market.value = value


def calculate_market_exposure(market: Market) -> int:
    """VLT-34. The vault's exposure in a market (wei), saturated; none once it is wound down."""
    if market.status == WOUND_DOWN:
        return 0
    return saturate(calculate_exposure_up(market.longs.size, market.shorts.size, market.mark))


def calculate_market_value(market: Market, interest_index: int) -> int:
    """VLT-34. What a market is worth to the vault (wei, signed), saturated: VLT-7 of both sides."""
    return saturate(
        _calculate_side_value(market.longs, market, interest_index, True)
        + _calculate_side_value(market.shorts, market, interest_index, False)
    )


def _calculate_side_value(side: Side, market: Market, interest_index: int, is_long: bool) -> int:
    owed = calculate_side_owed(
        side.deficit,
        calculate_pnl(side.size, side.entry_notional, market.mark, is_long),
        calculate_side_funding_down(side.size, market.funding_index, side.funding_sum, is_long),
        calculate_side_interest_down(side.entry_notional, interest_index, side.interest_sum),
    )
    return calculate_side_value(owed, side.margin)


def touch(protocol: Protocol, block: Block, key: int, books: Vault | None = None) -> Context:
    """MKT-3. Accrues interest and funding, feeds the mark, caches the market's exposure and value, sets the breaker.

    A market that is wound down accrues interest only. books: the vault's, where an earlier touch of the same call has
    left them. Errors: MarketUnknown.
    """
    stored = protocol.markets.get(key)
    if stored is None or stored.status == UNLISTED:
        raise MarketUnknown
    context = Context(key, stored.copy(), protocol.parameters[key], (books or protocol.vault).copy())
    market, vault = context.market, context.vault
    context.exposure = calculate_market_exposure(market)
    utilization = accrue_interest(vault, block)
    context.interest_index = market.frozen_interest_index if market.status == WOUND_DOWN else vault.interest_index
    if market.status != WOUND_DOWN:
        _accrue_funding(context, block, utilization)
        _feed(protocol, context, block)
        context.recache()
    else:
        context.spot = market.mark
    context.utilization = calculate_reserves_utilization_up(vault)
    vault.is_tripped = calculate_breaker(vault.is_tripped, context.utilization)
    return context


def _accrue_funding(context: Context, block: Block, utilization: int) -> None:
    market, parameters = context.market, context.parameters
    rate = calculate_funding_rate(
        market.longs.size,
        market.shorts.size,
        parameters.max_funding_rate,
        parameters.funding_weight,
        utilization,
    )
    delta = calculate_funding_delta(rate, market.mark, block.timestamp - market.touched_at)
    market.funding_index = accrue_index(market.funding_index, delta)
    market.touched_at = block.timestamp


def read_market(protocol: Protocol, key: int, is_guarded: bool, parameters: Parameters) -> tuple[int, int, int]:
    """MKT-7. Cause, spot (WAD) and TAO in the pool (wei), as ORC-6 and ORC-7 say; MTSOS' pool is a parameter.

    Errors: NotInitialized (MTSOS, published).
    """
    if not is_index(key):
        return try_read_alpha(protocol.precompile, key % GENERATION, parameters.min_pool)
    if not is_guarded:
        return GOOD, protocol.index_oracle.price(), parameters.pool
    cause, spot = try_read_index(protocol.precompile)
    return cause, spot, parameters.pool if cause == GOOD else 0


def _feed(protocol: Protocol, context: Context, block: Block) -> None:
    """MRK-9. A published mark is the oracle's price; a guarded one moves at a block's first good touch.

    A feed is dead where spot is unknown. Too shallow a pool feeds nothing, but its spot counts for fills.
    """
    market = context.market
    context.cause, spot, pool = read_market(protocol, context.key, market.is_guarded, context.parameters)
    context.spot = spot or market.mark
    if spot == 0:
        market.dead_since = market.dead_since or block.timestamp
    if context.cause != GOOD:
        return
    market.dead_since = 0
    market.pool = pool
    if not market.is_guarded:
        market.mark = spot
    elif block.number > market.fed_block:
        elapsed = block.timestamp - market.fed_at
        market.mark, market.gap_up, market.gap_down = calculate_feed(
            is_index(context.key), market.mark, spot, market.spot, market.gap_up, market.gap_down, elapsed
        )
    else:
        return
    market.spot = spot
    market.fed_at = block.timestamp
    market.fed_block = block.number


def store(protocol: Protocol, context: Context) -> list[Logged]:
    """MKT-3. Stores a touched market and the vault. What is logged: the breaker, if it has changed."""
    logged = breaker_events(protocol.vault, context.vault)
    protocol.markets[context.key] = context.market
    protocol.vault = context.vault
    return logged


def breaker_events(before: Vault, after: Vault) -> list[Logged]:
    """MKT-3. What is logged of the breaker: if it has changed."""
    return [BreakerSet(after.is_tripped)] if before.is_tripped != after.is_tripped else []


def touched_event(context: Context) -> Touched:
    """MKT-3. What a touch has found."""
    market = context.market
    return Touched(
        context.key,
        context.cause,
        market.spot,
        market.mark,
        market.funding_index,
        context.interest_index,
        context.exposure,
        market.value,
    )
