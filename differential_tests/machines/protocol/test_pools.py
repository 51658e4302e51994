"""Pushes, washes and emission of the machine leave pools as the chain would (CHN-5, CHN-6)."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.machines.protocol.pools import emit, find_pool, swap_to, wash
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO, WAD
from reference.oracles.alpha_precompile import Subnet

NETUID, TAO = 4, 10_000 * RAO


@pytest.fixture
def world() -> ProtocolWorld:
    """A world with one subnet: 10,000 TAO at a quarter."""
    world = ProtocolWorld(RevmChain())
    world.set_subnet(NETUID, WAD // 4, DYNAMIC, TAO)
    return world


def subnet_of(world: ProtocolWorld) -> Subnet:
    """The subnet as the chain knows it."""
    return world.precompile.subnets[NETUID]


def test_a_push_and_its_pull_leave_the_pool_and_count_twice(world: ProtocolWorld) -> None:
    swap_to(world, NETUID, WAD * 36 // 100)
    subnet = subnet_of(world)
    assert subnet.price == WAD * 36 // 100
    assert subnet.pool_rao == pytest.approx(12_000 * RAO, abs=2)
    assert subnet.volume == pytest.approx(2_001 * RAO, abs=RAO // 10)
    swap_to(world, NETUID, WAD // 4)
    assert (subnet.price, subnet.mechanism) == (WAD // 4, DYNAMIC)
    assert (subnet.pool_rao, subnet.alpha_rao) == pytest.approx((TAO, 4 * TAO), abs=4)
    assert subnet.volume == pytest.approx(4_001 * RAO, abs=RAO // 10)


def test_a_wash_counts_and_moves_nothing(world: ProtocolWorld) -> None:
    wash(world, NETUID, 300 * WAD)
    subnet = subnet_of(world)
    assert subnet.price == WAD // 4
    assert (subnet.pool_rao, subnet.alpha_rao) == pytest.approx((TAO, 4 * TAO), abs=4)
    assert subnet.volume == pytest.approx(600 * RAO, abs=RAO)


def test_emission_is_not_counted_and_makes_the_price_steeper(world: ProtocolWorld) -> None:
    emit(world, NETUID, 2_000 * RAO, 0)
    subnet = subnet_of(world)
    assert (subnet.price, subnet.volume, subnet.pool_rao) == (WAD // 4, 0, 12_000 * RAO)
    before = subnet.pool_rao
    swap_to(world, NETUID, WAD * 3 // 10)
    assert (subnet.pool_rao / before) ** 2.2 == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("price", "pool", "alpha", "volume", "mechanism", "target"),
    [
        (WAD, TAO, TAO, 5, 0, 2 * WAD),
        (0, TAO, TAO, 5, DYNAMIC, WAD),
        (WAD, 0, TAO, 5, DYNAMIC, 2 * WAD),
        (WAD, TAO, 0, 5, DYNAMIC, 2 * WAD),
        (WAD, TAO, TAO, 5, DYNAMIC, 0),
        (WAD, TAO, 1_000 * TAO, 5, DYNAMIC, 2 * WAD),
        (WAD, TAO, TAO, 2**128 - 1, DYNAMIC, 2 * WAD),
        (WAD, 2**64 - 1, 2**64 - 1, 5, DYNAMIC, 2 * WAD),
    ],
    ids=["no pool", "no price", "no TAO", "no alpha", "to nothing", "weights", "counter is full", "pool is full"],
)
def test_where_no_swap_can_the_price_alone_jumps(
    world: ProtocolWorld, price: int, pool: int, alpha: int, volume: int, mechanism: int, target: int
) -> None:
    world.set_subnet(NETUID, price, mechanism, pool)
    world.set_pool(NETUID, price, pool, alpha, volume)
    swap_to(world, NETUID, target)
    assert subnet_of(world) == Subnet(target, mechanism, pool, alpha, volume)
    if mechanism != DYNAMIC or not (target and alpha and pool):
        wash(world, NETUID, WAD)
        emit(world, NETUID, 1, 1)
        assert subnet_of(world) == Subnet(target, mechanism, pool, alpha, volume)


def test_even_pools_stay_even(world: ProtocolWorld) -> None:
    swap_to(world, NETUID, WAD // 3)
    assert find_pool(world, NETUID).tao_weight == WAD // 2
