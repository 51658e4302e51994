"""What changes in the subnets' pools but by a price: washes, emission, and edges of pool, alpha and counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.protocol.draws.common import NETUIDS, POOL_RAO, Arguments
from reference.math.units import RAO, WAD
from reference.oracles.alpha_precompile import MAX_RAO, UNKNOWN, Subnet, calculate_even_alpha_down

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

GUARDED_BOUND = 2**56
"""Pool and alpha of a guarded subnet are below this (rao)."""
COUNTER_BOUND = 2**64
"""Its counter is below this (rao)."""


def draw_wash(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A part of the pool goes in and out: a thousandth of it, or several times of it."""
    netuid = choices.pick(NETUIDS)
    pool = world.precompile.subnets.get(netuid, UNKNOWN).pool_rao
    amount = pool * choices.pick((1, 10, 25, 50, 100, 1_000, 5_000)) // 1_000
    return {"netuid": netuid, "amount": max(amount, choices.integer(0, 10)) * RAO}


def draw_emit(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Blocks of emission: up to an alpha each, and TAO for all of it, for more, or for less."""
    netuid = choices.pick(NETUIDS)
    alpha_in = choices.integer(1, 7_200) * RAO
    worth = alpha_in * min(world.precompile.subnets.get(netuid, UNKNOWN).price, 100 * WAD) // WAD
    return {
        "netuid": netuid,
        "tao_in": worth * choices.pick((0, 50, 100, 100, 200, 1_000)) // 100,
        "alpha_in": alpha_in,
    }


def draw_set_pool(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A pool whose weights are at an edge, or its counter is, mostly comes to itself; else it goes there."""
    broken = [netuid for netuid in NETUIDS if is_odd(world.precompile.subnets.get(netuid, UNKNOWN))]
    if broken and choices.integer(0, 3):
        netuid = choices.pick(broken)
        subnet = world.precompile.subnets.get(netuid, UNKNOWN)
        alpha = calculate_even_alpha_down(POOL_RAO, subnet.price)
        drawn: Arguments = {"netuid": netuid, "price": subnet.price, "pool_rao": POOL_RAO, "alpha_rao": alpha}
        return {**drawn, "volume": subnet.volume if subnet.volume < COUNTER_BOUND // 2 else RAO}

    netuid = choices.pick(NETUIDS)
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    drawn = {"netuid": netuid, "price": subnet.price, "pool_rao": subnet.pool_rao}
    if choices.integer(0, 1):
        pool, alpha = draw_weights(choices, subnet)
        return {**drawn, "pool_rao": pool, "alpha_rao": alpha}

    return {**drawn, "volume": draw_counter(choices, subnet.volume)}


def is_odd(subnet: Subnet) -> bool:
    """Whether a pool can't be, is far from even, or has counted more than a market bears."""
    worth = subnet.alpha_rao * subnet.price
    return (
        max(subnet.pool_rao, subnet.alpha_rao) >= GUARDED_BOUND
        or subnet.volume >= COUNTER_BOUND // 2
        or not subnet.pool_rao * WAD < 2 * worth < 4 * subnet.pool_rao * WAD
    )


def draw_weights(choices: Choices, subnet: Subnet) -> tuple[int, int]:
    """TAO and alpha (rao) at an edge of the power or of evenness, at one of their bounds, or on the far side."""
    pool, price = subnet.pool_rao, subnet.price
    edge = choices.pick((0, 0, 1, -1))
    kind = choices.integer(0, 7)
    if kind <= 2 and price:  # 10 · pool = 11 · worth, 2 · worth = pool: alpha in steps in which that is exact
        more, less = (11, 10) if kind < 2 else (2, 1)
        alpha = less * pool * WAD // (more * price) // (10 * RAO) * 10 * RAO
        return min(max(more * alpha * price // (less * WAD) + edge, 0), MAX_RAO), min(alpha, MAX_RAO)
    if kind == 3:
        return pool, choices.pick((0, 1))
    if kind == 4:
        return choices.pick((0, GUARDED_BOUND - 1, GUARDED_BOUND, MAX_RAO)), subnet.alpha_rao
    if kind == 5:
        return pool, choices.pick((GUARDED_BOUND - 1, GUARDED_BOUND, MAX_RAO))

    even = calculate_even_alpha_down(pool, price)
    return pool, min(even * choices.integer(40, 300) // 100, MAX_RAO)


def draw_counter(choices: Choices, counter: int) -> int:
    """Below what a market has seen, at its bound, or anything: a bit more, mostly."""
    kind = choices.integer(0, 5)
    if kind == 0:
        return choices.pick((0, max(counter - 1, 0), counter // 2))
    if kind == 1:
        return choices.pick((COUNTER_BOUND - 1, COUNTER_BOUND, 2**128 - 1))

    return min(counter + choices.integer(0, 5_000) * RAO, COUNTER_BOUND)
