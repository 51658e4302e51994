"""A trade that starts better than a price the pool has had is seen (HID-10)."""

import pytest

from differential_tests.fuzzer.world import Divergence
from differential_tests.machines.alpha_pool import AlphaPool
from differential_tests.machines.protocol.looks import Look, look
from differential_tests.machines.protocol.trails import Trails, check_hidden
from reference.block import Block
from reference.events import Decreased, Increased
from reference.math.alpha import DYNAMIC
from reference.math.packing import pack_readings
from reference.math.units import RAO, WAD
from reference.oracles.alpha_precompile import AlphaPrecompile, Subnet
from reference.oracles.index_price import IndexPriceOracle
from reference.presets import CURRENT
from reference.state.records import Market
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

NETUID, TAO, PRICE = 4, 10_000 * RAO, WAD // 4


def subnet_of(pool: AlphaPool) -> Subnet:
    """A pool as the chain states it."""
    price, tao, alpha, volume = pool.state
    return Subnet(price, DYNAMIC, tao, alpha, volume)


def hide(weights: int, percent: int) -> tuple[list[Subnet], Look]:
    """A price moves by a percentage and comes back, a minute after a reading; weights: of alpha, in percent."""
    pool = AlphaPool.at_price(TAO, PRICE, 4 * TAO * weights // 100)
    trail = [subnet_of(pool)]
    for price in (PRICE * percent // 100, PRICE):
        pool.move_to(price)
        trail.append(subnet_of(pool))
    protocol = Protocol(AlphaPrecompile(), IndexPriceOracle("admin"), 1, 2, 3, 4, VaultShare(5, 4), 6, 7)
    protocol.precompile.set_subnet(NETUID, PRICE, DYNAMIC, TAO)
    protocol.precompile.set_pool(NETUID, *pool.state)
    readings = pack_readings(TAO, 0, 0, 0)
    protocol.markets[NETUID] = Market(is_guarded=True, mark=PRICE, spot=PRICE, read_at=1_000, readings=readings)
    protocol.parameters[NETUID] = CURRENT
    seen = look(protocol, Block(9, 1_060), NETUID)
    assert seen is not None
    return trail, seen


def increased(fill: int, is_long: bool) -> Increased:
    """A trade at a price."""
    return Increased(0, NETUID, is_long, 0, 0, 0, PRICE, fill, 0, 0, 0, 0)


def decreased(fill: int, is_long: bool) -> Decreased:
    """The same the other way."""
    return Decreased(0, NETUID, is_long, 0, 0, PRICE, fill, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("weights", [100, 92, 70])
@pytest.mark.parametrize("percent", [130, 70])
def test_a_start_at_what_the_rule_says_is_no_better(weights: int, percent: int) -> None:
    trail, seen = hide(weights, percent)
    for trade in (increased, decreased):
        for is_long in (True, False):
            fill = seen.seen.high if is_long == (trade is increased) else seen.seen.low
            was_hidden = (percent > 100) == (is_long == (trade is increased))
            assert check_hidden(trail, seen, [trade(fill, is_long)]) is was_hidden


@pytest.mark.parametrize("percent", [130, 70])
def test_a_start_at_spot_is_seen(percent: int) -> None:
    trail, seen = hide(100, percent)
    buys = percent > 100
    for event in (increased(PRICE, buys), decreased(PRICE, not buys)):
        with pytest.raises(Divergence, match="no trade starts better"):
            check_hidden(trail, seen, [event])
    for event in (increased(PRICE, not buys), decreased(PRICE, buys)):
        assert not check_hidden(trail, seen, [event])


def test_a_pool_that_no_swap_has_moved_starts_a_new_trail() -> None:
    precompile = AlphaPrecompile()
    precompile.set_subnet(NETUID, PRICE, DYNAMIC, TAO)
    trails = Trails(precompile)
    assert len(trails.find(NETUID)) == 1
    precompile.set_pool(NETUID, 2 * PRICE, TAO, TAO, 5)
    trails.add(NETUID)
    assert len(trails.find(NETUID)) == 2
    precompile.set_prices([NETUID], [PRICE], 0)
    assert [was.price for was in trails.find(NETUID)] == [PRICE]


def test_what_was_before_the_reading_is_not_asked() -> None:
    trail, seen = hide(100, 130)
    assert not check_hidden(trail[2:], seen, [increased(PRICE, True)])
