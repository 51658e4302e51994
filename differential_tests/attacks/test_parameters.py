"""What an admin who means harm can do by the parameters of a market, and how fast (T-31)."""

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.impact import MAX_IMPACT
from reference.math.units import RAO, WAD
from reference.modules.view import quote_decrease
from reference.presets import INDEX_POOL
from reference.state.records import INDEX_KEY, account_key

OWNER, OTHER = TRADERS[:2]
DAY = 86_400


def make_world() -> ProtocolWorld:
    """A balanced book of 100 TAO a side on MTSOS: whoever closes moves the skew by 100."""
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    world.set_subnet(4, ONE_TAO // 2, DYNAMIC, POOL_RAO)
    world.do("init_ema", ADMIN)
    world.do("list_market", ADMIN, INDEX_KEY, True, "index", "", 0)
    world.do("seed", TREASURY, 1_000 * WAD)
    for trader, is_long in ((OWNER, True), (OTHER, False)):
        world.do("deposit", trader, trader, 0, 100 * WAD)
        world.do("open", trader, trader, 0, INDEX_KEY, is_long, 50 * WAD, 2 * WAD, WAD)
    assert set(world.outcomes) == {"success"}, world.outcomes
    return world


def set_pool(world: ProtocolWorld, pool: int) -> str:
    """How setting the pool of MTSOS ends."""
    before = world.outcomes.copy()
    world.do("set_parameter", ADMIN, INDEX_KEY, "pool", pool)
    [ended] = world.outcomes - before
    return ended


def cost(world: ProtocolWorld) -> int:
    """Impact on a close of the long, as a part of its notional (WAD)."""
    account = account_key(world.keys[OWNER], 0)
    size = world.protocol.position(account, INDEX_KEY).size
    return quote_decrease(world.protocol, world.block, account, INDEX_KEY, size).rate


def test_shrinking_the_pool_of_mtsos_takes_a_week() -> None:
    """PAR-5:afb4. Without the rule the first call of all closes every door but one that costs 20%."""
    world, pool, costs = make_world(), INDEX_POOL, [cost(make_world())]
    assert set_pool(world, 0) == "PoolOutOfRange"
    while costs[-1] < MAX_IMPACT:
        assert set_pool(world, pool // 2 // RAO * RAO - RAO) == "PoolMoveTooLarge"
        pool = (pool // 2 + RAO - 1) // RAO * RAO
        assert set_pool(world, pool) == "success"
        assert set_pool(world, pool - RAO) == "PoolMoveTooFast"
        costs.append(cost(world))
        world.advance(1, DAY - 1)
        assert set_pool(world, pool // 2 + RAO) == "PoolMoveTooFast"
        world.advance(1, 1)
    world.sweep()
    assert [round(1_000 * each / WAD) for each in costs] == [3, 5, 9, 17, 33, 65, 130, 200]
