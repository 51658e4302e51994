"""What a search of one market can't find: the weaknesses that an admin, or a trade in another market, would use."""

from contextlib import nullcontext

import pytest

from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.search.weaknesses import without
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.impact import MAX_IMPACT
from reference.math.units import WAD
from reference.modules.view import quote_decrease
from reference.state.records import INDEX_KEY, account_key

MARKET, OTHER = 64, 51
OWNER, ATTACKER = TRADERS[:2]
MINUTE, HOUR = 60, 3_600


def make_world(*markets: int, preset: str, changed: str = "", value: int = 0) -> ReferenceWorld:
    """Markets, a vault with 1,000 TAO, and two traders with cash."""
    world = ReferenceWorld()
    for netuid in (MARKET, OTHER):
        world.set_subnet(netuid, ONE_TAO // 4, DYNAMIC, POOL_RAO)
    for market in markets:
        world.do("list_market", ADMIN, market, True, preset, changed, value)
    world.do("seed", TREASURY, 1_000 * WAD)
    for trader in (OWNER, ATTACKER):
        world.do("deposit", trader, trader, 0, 1_000 * WAD)
    world.advance(1, MINUTE)
    return world


def count_funding(is_attacked: bool) -> int:
    """The funding index after an hour; where it is attacked, another market's trade raises the utilization before."""
    world = make_world(MARKET, OTHER, preset="current", changed="funding_weight", value=WAD)
    world.do("open", OWNER, OWNER, 0, MARKET, True, 20 * WAD, 3 * WAD, WAD)
    world.do("poke", KEEPER, MARKET)
    world.advance(1, HOUR)
    if is_attacked:
        world.do("open", ATTACKER, ATTACKER, 0, OTHER, False, 140 * WAD, 3 * WAD, WAD)
    world.do("poke", KEEPER, MARKET)
    assert set(world.outcomes) == {"success"}, world.outcomes
    return world.protocol.markets[MARKET].funding_index


def test_without_h14_a_trade_elsewhere_prices_an_hour_that_is_over() -> None:
    assert count_funding(True) == count_funding(False) > 0
    with without("H14"):
        assert count_funding(True) > 5 * count_funding(False)


@pytest.mark.parametrize("rule", ["", "H11"])
def test_without_h11_an_admin_closes_every_door_at_once(rule: str) -> None:
    world = make_world(INDEX_KEY, preset="index")
    for trader, is_long in ((OWNER, True), (ATTACKER, False)):
        world.do("open", trader, trader, 0, INDEX_KEY, is_long, 50 * WAD, 2 * WAD, WAD)
    assert set(world.outcomes) == {"success"}, world.outcomes

    with without(rule) if rule else nullcontext():
        world.do("set_parameter", ADMIN, INDEX_KEY, "pool", WAD)

    account = account_key(world.keys[OWNER], 0)
    size = world.protocol.position(account, INDEX_KEY).size
    rate = quote_decrease(world.protocol, world.block, account, INDEX_KEY, size).rate
    assert (rate == MAX_IMPACT) == (rule == "H11")
    assert ("PoolMoveTooLarge" in world.outcomes) == (rule == "")
