"""Two accounts of one owner hold both sides of a market, so that nobody else can trade there (T-33)."""

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.invariants import calculate_position_equity
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.hidden import HOLD
from reference.math.units import WAD
from reference.state.records import account_key

MARKET = 64
PRICE = ONE_TAO // 4
POOL_RAO = 10**13
SQUATTER, HONEST = TRADERS[:2]
LEVERAGE = 475 * WAD // 100
STEP = 10 * WAD
"""Margin of each call of the squatter: the smaller, the less impact."""


def make_world() -> ProtocolWorld:
    """A pool of 10,000 TAO, a vault of 5,000, and an owner of two accounts with 500 TAO each."""
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, MARKET, True, "current", "", 0)
    world.do("seed", TREASURY, 5_000 * WAD)
    for owner, index in ((SQUATTER, 0), (SQUATTER, 1), (HONEST, 0), (HONEST, 1)):
        world.do("deposit", owner, owner, index, 500 * WAD)
    world.advance(5, HOLD)
    assert set(world.outcomes) == {"success"}, world.outcomes
    return world


def grow(world: ProtocolWorld, owner: int, is_long: bool, margin: int) -> str:
    """How it ends where an owner adds to a side: longs are of its first account, shorts of its second."""
    before, index = world.outcomes.copy(), int(not is_long)
    if (account_key(world.keys[owner], index), MARKET) in world.protocol.positions:
        world.do("increase", owner, owner, index, MARKET, margin, LEVERAGE, WAD)
    else:
        world.do("open", owner, owner, index, MARKET, is_long, margin, LEVERAGE, WAD)
    [ended] = world.outcomes - before
    return ended


def squat(world: ProtocolWorld, calls: int) -> None:
    """Both sides grow in turn, until each is refused or so many calls are made."""
    for _ in range(calls):
        if "success" not in {grow(world, SQUATTER, is_long, STEP) for is_long in (True, False)}:
            return


def measure(world: ProtocolWorld) -> tuple[float, float]:
    """TAO that the squatter has locked, and TAO that it has lost, at the mark."""
    accounts = [account_key(world.keys[SQUATTER], index) for index in (0, 1)]
    positions = [(key, world.protocol.positions[key, MARKET]) for key in accounts]
    equity = sum(calculate_position_equity(world.protocol, MARKET, position) for _, position in positions)
    locked = sum(position.margin for _, position in positions)
    free = sum(world.protocol.account(key).cash for key in accounts)
    return round(locked / WAD, 1), round((1_000 * WAD - free - equity) / WAD, 1)


def test_a_matched_pair_takes_nobody_s_room() -> None:
    """POS-16:4c98, VLT-39:9ee8. 500 TAO a side, all that a cap of 5% once let in: both sides are still open to
    others."""
    world = make_world()
    squat(world, 10)
    side = world.protocol.markets[MARKET].longs.size * world.protocol.markets[MARKET].mark // WAD
    assert 470 * WAD < side < 500 * WAD
    assert measure(world) == (197.6, 5.4)
    for is_long in (True, False):
        assert grow(world, HONEST, is_long, 40 * WAD) == "success"
    world.sweep()


def test_what_a_full_squat_costs() -> None:
    """POS-16:4c98, VLT-39:9ee8. Twice the cap on each side shuts both, until the admin raises the cap."""
    world = make_world()
    squat(world, 30)
    assert measure(world) == (415.0, 11.1)
    assert {grow(world, HONEST, is_long, 5 * WAD) for is_long in (True, False)} == {"OpenInterestTooHigh"}
    world.do("set_parameter", ADMIN, MARKET, "open_interest_cap", WAD // 10)
    assert {grow(world, HONEST, is_long, 5 * WAD) for is_long in (True, False)} == {"success"}
    world.sweep()
