"""What changes in the subnets' pools but by a price: washes, emission, and edges of pool, alpha and counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.protocol.draws.common import NETUIDS, POOL_RAO, Arguments
from reference.math.alpha import calculate_answer
from reference.math.packing import unpack_readings
from reference.math.reading import RESERVE_BOUND, VOLUME_BOUND
from reference.math.units import RAO, WAD
from reference.oracles.alpha_precompile import MAX_RAO, MAX_VOLUME, UNKNOWN, Subnet, calculate_even_alpha_down
from reference.state.records import GENERATION

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld


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
    subnets = {netuid: world.precompile.subnets.get(netuid, UNKNOWN) for netuid in NETUIDS}
    broken = [netuid for netuid, subnet in subnets.items() if is_odd(subnet, find_counter(world, netuid))]
    if broken and choices.integer(0, 3):
        netuid = choices.pick(broken)
        subnet = world.precompile.subnets.get(netuid, UNKNOWN)
        alpha = calculate_even_alpha_down(POOL_RAO, subnet.price)
        drawn: Arguments = {"netuid": netuid, "price": subnet.price, "pool_rao": POOL_RAO, "alpha_rao": alpha}
        return {**drawn, "volume": max(subnet.volume % VOLUME_BOUND, find_counter(world, netuid)) + RAO}

    guarded = [key % GENERATION for key, market in world.protocol.markets.items() if market.readings]
    netuid = choices.pick(guarded) if guarded and choices.integer(0, 7) else choices.pick(NETUIDS)
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    drawn = {"netuid": netuid, "price": subnet.price, "pool_rao": subnet.pool_rao}
    if choices.integer(0, 1):
        pool, alpha = draw_weights(choices, subnet)
        return {**drawn, "pool_rao": pool, "alpha_rao": alpha}

    return {**drawn, "volume": draw_counter(choices, subnet.volume, find_counter(world, netuid))}


def find_counter(world: ProtocolWorld, netuid: int) -> int:
    """The counter of the later reading of the last market on a subnet; 0 if there is none."""
    markets = world.protocol.markets
    readings = [market.readings for key, market in markets.items() if key % GENERATION == netuid and market.readings]
    return unpack_readings(readings[-1])[1] if readings else 0


def is_odd(subnet: Subnet, least: int) -> bool:
    """Whether a pool can't be, is far from even, or has counted more than a market bears, or less than it has seen."""
    worth = subnet.alpha_rao * subnet.price
    return (
        max(subnet.pool_rao, subnet.alpha_rao) >= RESERVE_BOUND
        or not least <= subnet.volume < VOLUME_BOUND
        or not subnet.pool_rao * WAD < 2 * worth < 4 * subnet.pool_rao * WAD
    )


def draw_weights(choices: Choices, subnet: Subnet) -> tuple[int, int]:
    """TAO and alpha (rao) at an edge of the power or of evenness, at one of their bounds, or on the far side."""
    pool, price = subnet.pool_rao, calculate_answer(subnet.price)
    edge = choices.pick((0, 0, 1, -1))
    kind = choices.integer(0, 7)
    if kind <= 2 and price:  # 10 · pool = 11 · worth, 2 · worth = pool: alpha in steps in which that is exact
        more, less = (11, 10) if kind < 2 else (2, 1)
        alpha = less * pool * WAD // (more * price) // (10 * RAO) * 10 * RAO
        return min(max(more * alpha * price // (less * WAD) + edge, 0), MAX_RAO), min(alpha, MAX_RAO)
    if kind == 3:
        return pool, choices.pick((0, 1))
    if kind == 4:
        return choices.pick((0, 999 * RAO, 1_000 * RAO, RESERVE_BOUND - 1, RESERVE_BOUND, MAX_RAO)), subnet.alpha_rao
    if kind == 5:
        return pool, choices.pick((RESERVE_BOUND - 1, RESERVE_BOUND, MAX_RAO))

    even = calculate_even_alpha_down(pool, price)
    return pool, min(even * choices.integer(40, 300) // 100, MAX_RAO)


def draw_counter(choices: Choices, counter: int, least: int) -> int:
    """Around what a market has seen, at the bound, or anything: a bit more, mostly."""
    kind = choices.integer(0, 5)
    if kind <= 1:
        return choices.pick((0, max(least - 1, 0), least, counter // 2))
    if kind == 2:
        return choices.pick((VOLUME_BOUND - 1, VOLUME_BOUND, MAX_VOLUME))

    return min(counter + choices.integer(0, 5_000) * RAO, VOLUME_BOUND)
