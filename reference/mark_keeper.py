"""Keeps the marks of the markets: when they move, what a dead feed leaves, where a fill starts."""

from dataclasses import dataclass, field, replace
from typing import Final

from reference.block import Block
from reference.errors import CheckFailed, MarketListed, MarketUnknown, PriceOutOfBand
from reference.math.mark import (
    ALPHA_BAND,
    INDEX_BAND,
    calculate_feed,
    calculate_start_down,
    calculate_start_up,
    is_in_band,
)
from reference.math.reading import GOOD, validate_reading
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.feed import try_read_alpha, try_read_index, validate_scale
from reference.oracles.index_price import IndexPriceOracle

INDEX_MARKET: Final = 0x10000
"""Key of MTSOS: just past the last netuid."""

MAX_TOUCHES: Final = 64
"""Markets that can be touched in one call."""


@dataclass(slots=True)
class Market:
    """A market's mark.

    mark: WAD. spot: of the last feed, WAD. gap_up, gap_down: parts of the mark, WAD.
    min_pool, pool: TAO, wei. fed_at, dead_since: seconds, dead_since 0 while the feed lives.
    """

    is_guarded: bool
    min_pool: int
    mark: int
    spot: int
    gap_up: int
    gap_down: int
    pool: int
    fed_at: int
    fed_block: int
    dead_since: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mark has started (WAD)."""

    market: int
    is_guarded: bool
    mark: int


@dataclass(frozen=True, slots=True)
class Touched:
    """A market was touched. cause: 0, or why its feed is dead. Prices and gaps: WAD."""

    market: int
    cause: int
    spot: int
    mark: int
    gap_up: int
    gap_down: int


@dataclass(slots=True)
class MarkKeeper:
    """The marks, by market key."""

    precompile: AlphaPrecompile
    index_oracle: IndexPriceOracle
    markets: dict[int, Market] = field(default_factory=dict)

    def process_list(self, block: Block, key: int, is_guarded: bool, min_pool: int) -> Listed:
        """MRK-8. Starts a mark at the spot price, published or guarded for good.

        Errors: MarketUnknown, MarketListed, those of ORC-8 and ORC-5, NotInitialized (published index).
        """
        if key > INDEX_MARKET:
            raise MarketUnknown
        if key in self.markets:
            raise MarketListed
        validate_scale(self.precompile)
        cause, spot, pool = self._read(key, is_guarded, min_pool)
        validate_reading(cause)
        self.markets[key] = Market(
            is_guarded=is_guarded,
            min_pool=min_pool,
            mark=spot,
            spot=spot,
            gap_up=0,
            gap_down=0,
            pool=pool,
            fed_at=block.timestamp,
            fed_block=block.number,
            dead_since=0,
        )
        return Listed(key, is_guarded, spot)

    def process_touch(self, block: Block, key: int) -> Touched:
        """MRK-9. Feeds the mark, or records that its feed is dead. Open to anyone.

        Errors: MarketUnknown.
        """
        touched, self.markets[key] = self._touch(block, key)
        return touched

    def process_touch_many(self, block: Block, keys: list[int]) -> list[Touched]:
        """MRK-9. Touches markets one after the other, all or none.

        Errors: MarketUnknown; CheckFailed for more than MAX_TOUCHES of them.
        """
        if len(keys) > MAX_TOUCHES:
            raise CheckFailed
        if any(key not in self.markets for key in keys):
            raise MarketUnknown
        return [self.process_touch(block, key) for key in keys]

    def process_start_fill(self, block: Block, key: int, is_buy: bool, is_increase: bool) -> tuple[Touched, int]:
        """MRK-10. Touches the market; the price (WAD) from which a fill starts, before impact.

        Errors: MarketUnknown; for an increase those of ORC-5 and PriceOutOfBand.
        """
        touched, market = self._touch(block, key)
        start = self._calculate_start(key, market, touched, is_buy, is_increase)
        self.markets[key] = market
        return touched, start

    def _calculate_start(self, key: int, market: Market, touched: Touched, is_buy: bool, is_increase: bool) -> int:
        spot = touched.spot
        if is_increase:
            validate_reading(touched.cause)
        if not market.is_guarded:
            return market.mark
        if is_increase and not is_in_band(market.mark, spot, INDEX_BAND if key == INDEX_MARKET else ALPHA_BAND):
            raise PriceOutOfBand
        if spot == 0:
            spot = market.mark
        if is_buy:
            return calculate_start_up(market.mark, spot, market.gap_up)
        return calculate_start_down(market.mark, spot, market.gap_down)

    def _touch(self, block: Block, key: int) -> tuple[Touched, Market]:
        if key not in self.markets:
            raise MarketUnknown
        market = replace(self.markets[key])
        cause, spot, pool = self._read(key, market.is_guarded, market.min_pool)
        if spot == 0:
            market.dead_since = market.dead_since or block.timestamp
        if cause == GOOD:
            market.dead_since = 0
            market.pool = pool
            _feed(block, key, market, spot)
        return Touched(key, cause, spot, market.mark, market.gap_up, market.gap_down), market

    def _read(self, key: int, is_guarded: bool, min_pool: int) -> tuple[int, int, int]:
        if key != INDEX_MARKET:
            return try_read_alpha(self.precompile, key, min_pool)
        if not is_guarded:
            return GOOD, self.index_oracle.price(), 0
        cause, spot = try_read_index(self.precompile)
        return cause, spot, 0


def _feed(block: Block, key: int, market: Market, spot: int) -> None:
    """MRK-9. A published mark is the oracle's price; a guarded one moves at a block's first good touch."""
    if not market.is_guarded:
        market.mark = spot
    elif block.number > market.fed_block:
        market.mark, market.gap_up, market.gap_down = calculate_feed(
            key == INDEX_MARKET,
            market.mark,
            spot,
            market.spot,
            market.gap_up,
            market.gap_down,
            block.timestamp - market.fed_at,
        )
    else:
        return
    market.spot = spot
    market.fed_at = block.timestamp
    market.fed_block = block.number
