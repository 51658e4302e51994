# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title MarkKeeper
@license MIT
@notice Keeps marks and nothing else, so that their rules can be driven before there are markets to trade.
        Mirrors reference/mark_keeper.py.
"""

from vyper_contracts.interfaces import IIndexPriceOracle
from vyper_contracts.math import mark as mark_math
from vyper_contracts.math import reading
from vyper_contracts.oracles import feed

initializes: feed

INDEX_MARKET: constant(address) = 0x0000000000000000000000000000000000010000

INDEX_ORACLE: immutable(IIndexPriceOracle)


struct Market:
    is_guarded: bool
    min_pool: uint256
    mark: uint256
    spot: uint256
    gap_up: uint256
    gap_down: uint256
    pool: uint256
    fed_at: uint256
    fed_block: uint256
    dead_since: uint256


markets: public(HashMap[address, Market])


event Listed:
    market: indexed(address)
    is_guarded: bool
    mark: uint256


event Touched:
    market: indexed(address)
    cause: uint256
    spot: uint256
    mark: uint256
    gap_up: uint256
    gap_down: uint256


@deploy
def __init__(precompile: address, index_oracle: address):
    """
    @param precompile The Alpha precompile.
    @param index_oracle The IndexPriceOracle.
    """
    feed.__init__(precompile)
    INDEX_ORACLE = IIndexPriceOracle(index_oracle)


@external
def list_market(market: address, is_guarded: bool, min_pool: uint256):
    """
    @notice MRK-8:dce7. Starts a mark at the spot price, published or guarded for good.
    @param market The subnet's netuid as an address, or the index market's key.
    @param is_guarded Whether the mark follows spot slowly (guarded) or is the oracle's price (published).
    @param min_pool Least TAO in the subnet's pool (wei).
    """
    assert convert(market, uint256) <= convert(INDEX_MARKET, uint256), "MarketUnknown"
    assert self.markets[market].fed_at == 0, "MarketListed"
    feed.validate_scale()
    cause: uint256 = 0
    spot: uint256 = 0
    pool: uint256 = 0
    cause, spot, pool = self._read(market, is_guarded, min_pool)
    reading.validate_reading(cause)
    self.markets[market] = Market(
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
    log Listed(market=market, is_guarded=is_guarded, mark=spot)


@external
def touch(market: address) -> uint256:
    """
    @notice MRK-9:3afe. Feeds the mark, or records that its feed is dead. Open to anyone.
    @param market The market.
    @return The mark (WAD).
    """
    cause: uint256 = 0
    spot: uint256 = 0
    m: Market = empty(Market)
    cause, spot, m = self._touch(market)
    return m.mark


@external
def touch_many(markets: DynArray[address, 64]):
    """
    @notice MRK-9:3afe. Touches markets one after the other, all or none.
    @param markets The markets.
    """
    cause: uint256 = 0
    spot: uint256 = 0
    m: Market = empty(Market)
    for market: address in markets:
        cause, spot, m = self._touch(market)


@external
def start_fill(market: address, is_buy: bool, is_increase: bool) -> uint256:
    """
    @notice MRK-10:05f8. Touches the market and gives the price from which a fill starts, before impact.
    @param market The market.
    @param is_buy Whether the taker buys: opens a long or closes a short.
    @param is_increase Whether a position grows; that needs a good feed and spot within the band.
    @return Price (WAD).
    """
    cause: uint256 = 0
    spot: uint256 = 0
    m: Market = empty(Market)
    cause, spot, m = self._touch(market)
    if is_increase:
        reading.validate_reading(cause)
    if not m.is_guarded:
        return m.mark
    if is_increase:
        band: uint256 = mark_math.INDEX_BAND if market == INDEX_MARKET else mark_math.ALPHA_BAND
        assert mark_math.is_in_band(m.mark, spot, band), "PriceOutOfBand"
    if spot == 0:
        spot = m.mark
    if is_buy:
        return mark_math.calculate_start_up(m.mark, spot, m.gap_up)
    return mark_math.calculate_start_down(m.mark, spot, m.gap_down)


@internal
def _touch(market: address) -> (uint256, uint256, Market):
    m: Market = self.markets[market]
    assert m.fed_at != 0, "MarketUnknown"
    cause: uint256 = 0
    spot: uint256 = 0
    pool: uint256 = 0
    cause, spot, pool = self._read(market, m.is_guarded, m.min_pool)
    if spot == 0 and m.dead_since == 0:
        m.dead_since = block.timestamp
    if cause == reading.GOOD:
        m.dead_since = 0
        m.pool = pool
        m = self._feed(market, m, spot)
    self.markets[market] = m
    log Touched(market=market, cause=cause, spot=spot, mark=m.mark, gap_up=m.gap_up, gap_down=m.gap_down)
    return cause, spot, m


@internal
@view
def _feed(market: address, before: Market, spot: uint256) -> Market:
    m: Market = before
    if not m.is_guarded:
        m.mark = spot
    elif block.number > m.fed_block:
        m.mark, m.gap_up, m.gap_down = mark_math.calculate_feed(
            market == INDEX_MARKET, m.mark, spot, m.spot, m.gap_up, m.gap_down, block.timestamp - m.fed_at
        )
    else:
        return m
    m.spot = spot
    m.fed_at = block.timestamp
    m.fed_block = block.number
    return m


@internal
@view
def _read(market: address, is_guarded: bool, min_pool: uint256) -> (uint256, uint256, uint256):
    if market != INDEX_MARKET:
        return feed.try_read_alpha(convert(convert(market, uint256), uint16), min_pool)
    if not is_guarded:
        return reading.GOOD, staticcall INDEX_ORACLE.price(), 0
    cause: uint256 = 0
    spot: uint256 = 0
    cause, spot = feed.try_read_index()
    return cause, spot, 0
