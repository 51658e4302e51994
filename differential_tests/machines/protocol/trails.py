"""Where each pool has truly been, swap by swap, and that no trade starts better than anywhere there (HID-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from differential_tests.fuzzer.world import Divergence
from differential_tests.machines.protocol.looks import Look
from reference.events import Decreased, Increased, Logged
from reference.math.alpha import PRICE_STEP
from reference.math.hidden import calculate_power, choose_reading, is_uneven
from reference.math.reading import is_spot_known
from reference.oracles.alpha_precompile import AlphaPrecompile, Subnet

NEARLY = 1 + 1e-9
"""What whole rao add to a price."""

FAR = 1.001
"""A price so far away is hidden."""

HIDDEN = "no trade starts better than a price that the pool has had since the reading that counts"


class Trails:
    """By subnet, the pool after each swap since it last changed in another way."""

    def __init__(self, precompile: AlphaPrecompile) -> None:
        self._precompile = precompile
        self._trails: dict[int, list[Subnet]] = {}

    def find(self, netuid: int) -> list[Subnet]:
        """The way up to where the pool is now; from here on, where something but a swap has moved it."""
        now, trail = self._precompile.subnets[netuid], self._trails.setdefault(netuid, [])
        if not trail or trail[-1] != now:
            trail[:] = [replace(now)]
        return trail

    def add(self, netuid: int, passed: Sequence[Subnet] = ()) -> None:
        """A swap is done; passed: where it was on the way."""
        self._trails[netuid] += [*passed, replace(self._precompile.subnets[netuid])]


def check_hidden(trail: Sequence[Subnet], seen: Look, logged: Sequence[Logged]) -> bool:
    """HID-10:6e79. A trade starts no better than any price since the reading that counts. Whether it was hidden.

    A pool of uneven weights may hide what a power of at most 2.1 leaves beyond 2: then that much is allowed.
    Raises Divergence.
    """
    if not is_spot_known(seen.seen.cause) or _is_uneven(seen):
        return False
    pool, counter, _ = choose_reading(seen.market.readings, seen.age)
    starts = [number for number, was in enumerate(trail) if (was.pool_rao, was.volume) == (pool, counter)]
    if not starts:
        return False

    prices = [was.price for was in trail[starts[-1] :]]
    high, low = bound_hidden(seen)
    was_hidden = False
    for event in logged:
        if not isinstance(event, Increased | Decreased):
            continue
        is_buy = event.is_long == isinstance(event, Increased)
        worst = max(prices) if is_buy else min(prices)
        if event.fill * high < worst if is_buy else event.fill * low > worst:
            raise Divergence(f"invariant: {HIDDEN}", worst, event.fill)
        known = (seen.seen.spot, event.mark)
        was_hidden |= worst > max(known) * FAR if is_buy else worst * FAR < min(known)

    return was_hidden


def bound_hidden(seen: Look) -> tuple[float, float]:
    """By how much a price may be above the highest, and below the lowest, that is taken to be possible: as factors."""
    subnet, price = seen.subnet, seen.seen.spot
    power = calculate_power(subnet.pool_rao, subnet.alpha_rao, price)
    beyond = max(1 + subnet.pool_rao * 10**18 / (subnet.alpha_rao * price) - power, 0)
    high, low = seen.seen.high / price, seen.seen.low / price
    step = NEARLY + PRICE_STEP / price
    return step * high ** (beyond / power), low ** (beyond / power) / NEARLY


def _is_uneven(seen: Look) -> bool:
    return is_uneven(seen.subnet.pool_rao, seen.subnet.alpha_rao, seen.seen.spot)
