"""What an interval of funding costs, whatever others trade elsewhere before it is counted (T-30)."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.funding import calculate_kept_utilization_down
from reference.math.hidden import HOLD
from reference.math.units import WAD
from reference.modules.view import read_market_now

MARKET, OTHER = 64, 51
PRICE = ONE_TAO // 4
TRADER, ATTACKER = TRADERS[:2]
HOUR = 3_600


def make_world() -> ProtocolWorld:
    """Two markets, a vault with 1,000 TAO, and a long in the first, whose funding goes by the utilization alone."""
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    for market in (MARKET, OTHER):
        world.set_subnet(market, PRICE, DYNAMIC, POOL_RAO)
        world.do("list_market", ADMIN, market, True, "current", "funding_weight", WAD)
    world.do("seed", TREASURY, 1_000 * WAD)
    for trader in (TRADER, ATTACKER):
        world.do("deposit", trader, trader, 0, 1_000 * WAD)
    world.advance(1, HOLD)
    world.do("open", TRADER, TRADER, 0, MARKET, True, 20 * WAD, 3 * WAD, WAD)
    world.do("poke", KEEPER, MARKET)
    return world


def count(world: ProtocolWorld) -> int:
    """The funding index after the interval has been counted."""
    world.do("poke", KEEPER, MARKET)
    assert set(world.outcomes) == {"success"}, world.outcomes
    world.sweep()
    return world.protocol.markets[MARKET].funding_index


@pytest.mark.parametrize("is_long", [True, False])
def test_an_interval_keeps_its_price(is_long: bool) -> None:
    """FND-13:a17c. A trade that multiplies the utilization just before an interval is counted changes nothing of it."""
    world = make_world()
    world.advance(1, HOUR)
    left_alone = count(world)

    world = make_world()
    world.advance(1, HOUR)
    before = world.protocol.markets[MARKET].utilization
    world.do("open", ATTACKER, ATTACKER, 0, OTHER, is_long, 140 * WAD, 3 * WAD, WAD)
    assert count(world) == left_alone > 0
    assert world.protocol.markets[MARKET].utilization > 5 * before, "the next interval is counted by what is so now"


def test_a_market_keeps_what_its_touch_found() -> None:
    """FND-13:a17c, MKT-3:7883. The utilization before the call's own change; once wound down, a market keeps it for
    good."""
    world = make_world()
    world.advance(1, HOUR)
    found = read_market_now(world.protocol, world.block, MARKET).utilization
    world.do("open", ATTACKER, ATTACKER, 0, MARKET, True, 20 * WAD, 3 * WAD, WAD)
    kept = world.protocol.markets[MARKET].utilization
    assert kept == calculate_kept_utilization_down(found) > 0

    world.do("delist", ADMIN, MARKET)
    world.do("wind_down", KEEPER, MARKET)
    frozen = world.protocol.markets[MARKET].utilization
    assert frozen > kept
    world.do("open", ATTACKER, ATTACKER, 0, OTHER, True, 20 * WAD, 3 * WAD, WAD)
    count(world)
    assert world.protocol.markets[MARKET].utilization == frozen
