"""Swaps and emission in the subnets' pools of the protocol machine, as the chain makes them (CHN-5, CHN-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.machines.alpha_pool import WEIGHT_ONE, AlphaPool, SwapError
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO
from reference.oracles.alpha_precompile import MAX_RAO, MAX_VOLUME, UNKNOWN, Subnet

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

NEARLY_EVEN = 10**6
"""Of WEIGHT_ONE: what whole rao take away from even weights, which are faster to swap with."""


def find_pool(world: ProtocolWorld, netuid: int) -> AlphaPool:
    """The pool of a subnet as it is now. Errors: SwapError if there is none that can be traded in."""
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    if subnet.mechanism != DYNAMIC or not (subnet.price and subnet.pool_rao and subnet.alpha_rao):
        raise SwapError

    pool = AlphaPool.at_price(subnet.pool_rao, subnet.price, subnet.alpha_rao, subnet.volume)
    if abs(2 * pool.tao_weight - WEIGHT_ONE) < NEARLY_EVEN:
        pool.tao_weight = WEIGHT_ONE // 2
    return pool


def store_pool(world: ProtocolWorld, netuid: int, price: int, pool: AlphaPool) -> None:
    """A pool becomes the subnet's, at a price that its own is within a rounding of. Errors: SwapError."""
    if max(pool.tao, pool.alpha) > MAX_RAO or pool.volume > MAX_VOLUME:
        raise SwapError

    world.set_pool(netuid, price, pool.tao, pool.alpha, pool.volume)


def swap_to(world: ProtocolWorld, netuid: int, price: int) -> None:
    """A swap carries a subnet to a price (WAD). Where no swap can, the price alone jumps, which nothing counts."""
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    if price == subnet.price:
        return
    try:
        pool = find_pool(world, netuid)
        if not price:
            raise SwapError
        pool.move_to(price)
        world.trails.find(netuid)
        store_pool(world, netuid, price, pool)
        world.trails.add(netuid)
    except SwapError:
        world.set_pool(netuid, price, subnet.pool_rao, subnet.alpha_rao, subnet.volume)


def swap(world: ProtocolWorld, netuids: list[int], prices: list[int], other_sum: int) -> None:
    """Swaps carry subnets to prices in one block, and what all others add to the index changes."""
    for netuid, price in zip(netuids, prices, strict=False):
        swap_to(world, netuid, price)
    if other_sum != world.precompile.other_sum:
        world.set_prices([], [], other_sum)


def wash(world: ProtocolWorld, netuid: int, amount: int) -> None:
    """Alpha is bought for an amount (wei) and sold again: the counter moves, the pool hardly. Or nothing, if it can't.

    What the buyer pays of fees is not in the pool.
    """
    try:
        pool = find_pool(world, netuid)
        before = pool.price
        pool.buy(amount // RAO)
        price, tao, alpha, volume = pool.state
        pool.move_to(before)
        world.trails.find(netuid)
        store_pool(world, netuid, world.precompile.subnets[netuid].price, pool)
        world.trails.add(netuid, [Subnet(price, DYNAMIC, tao, alpha, volume)])
    except SwapError:
        return


def emit(world: ProtocolWorld, netuid: int, tao_in: int, alpha_in: int) -> None:
    """Emission brings TAO and alpha (rao): the price stays, the weights drift. Or nothing, where they can't."""
    try:
        pool = find_pool(world, netuid)
        pool.emit(tao_in, alpha_in)
        store_pool(world, netuid, world.precompile.subnets[netuid].price, pool)
    except SwapError:
        return
