"""What a call is about to see of a market's price, and names for what is of interest in a guarded subnet's pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference.block import Block
from reference.core.accrual import read_market
from reference.errors import (
    CounterReset,
    CounterTooHigh,
    MarkBehind,
    NotLiquidatable,
    OracleMalformed,
    PoolTooShallow,
    PoolUneven,
    PriceOutOfBand,
    ReadingTooYoung,
)
from reference.math.hidden import EVEN_POWER, HOLD, calculate_power, choose_reading, is_uneven
from reference.math.liquidation import ARRIVED_FOR
from reference.math.reading import (
    COUNTER_RESET,
    COUNTER_TOO_HIGH,
    GOOD,
    ORACLE_MALFORMED,
    POOL_TOO_SHALLOW,
    RESERVE_BOUND,
    is_spot_known,
)
from reference.math.units import WAD
from reference.oracles.alpha_precompile import UNKNOWN, Subnet
from reference.oracles.feed import Observation
from reference.state.records import GENERATION, WOUND_DOWN, Market, has_readings
from reference.state.storage import Protocol

BY_PRICE = (
    CounterReset,
    CounterTooHigh,
    MarkBehind,
    NotLiquidatable,
    OracleMalformed,
    PoolTooShallow,
    PoolUneven,
    PriceOutOfBand,
    ReadingTooYoung,
)
"""Failures of a call that has seen the price."""

CAUSES = {
    COUNTER_TOO_HIGH: "counter too high",
    COUNTER_RESET: "counter reset",
    POOL_TOO_SHALLOW: "shallow pool read",
}

LOOKS = frozenset(
    {
        *CAUSES.values(),
        "reserves too large",
        "reading too young",
        "earlier reading counts",
        "later reading counts",
        "reading as old as it must be",
        "reading a second younger than it must be",
        "traded out and back",
        "traded one way",
        "pool moved without a count",
        "still pool",
        "depth of the reading",
        "depth of the pool",
        "power of two",
        "power of three",
        "as uneven as a power of two may be",
        "as uneven as a pool may be",
        "uneven pool",
        "highest price above the mark",
        "lowest price below the mark",
        "mark within hidden prices",
        "mark beyond hidden prices",
        "mark apart",
        "mark arrived",
        "mark arrived as long ago as it must have",
        "mark arrived a second too short ago",
        "dead feed revived",
        "good reading of a pool that was too shallow",
    }
)
"""All of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """A market before a call, the subnet, and what will be seen of it.

    age: of the later reading. arrived_for: since the mark was last apart. Both in seconds.
    """

    key: int
    market: Market
    subnet: Subnet
    seen: Observation
    age: int
    arrived_for: int

    @property
    def has_readings(self) -> bool:
        """Whether it is a guarded subnet's."""
        return has_readings(self.key, self.market.is_guarded)

    @property
    def is_waiting(self) -> bool:
        """Whether liquidations wait for the mark."""
        return self.has_readings and is_spot_known(self.seen.cause) and self.arrived_for < ARRIVED_FOR


def look(protocol: Protocol, block: Block, key: int) -> Look | None:
    """What a call is about to see; None where nothing is read."""
    market = protocol.markets.get(key)
    if market is None or market.status == WOUND_DOWN:
        return None

    seen = read_market(protocol, block, key, market, protocol.parameters[key])
    subnet = protocol.precompile.subnets.get(key % GENERATION, UNKNOWN)
    arrived_for = 0 if seen.is_apart else block.timestamp - market.apart_at
    return Look(key, market, subnet, seen, block.timestamp - market.read_at, arrived_for)


def name_look(seen_before: Look) -> Iterator[str]:
    """The states of interest, of a guarded subnet."""
    subnet, seen = seen_before.subnet, seen_before.seen
    if not seen_before.has_readings:
        return
    if seen.cause in CAUSES:
        yield CAUSES[seen.cause]
    if seen.cause == ORACLE_MALFORMED and max(subnet.pool_rao, subnet.alpha_rao) >= RESERVE_BOUND:
        yield "reserves too large"
    if not is_spot_known(seen.cause):
        return

    yield from _name_reading(seen_before)
    yield from _name_weights(subnet, seen)
    mark = seen_before.market.mark
    if seen.high > mark:
        yield "highest price above the mark"
    if seen.low < mark:
        yield "lowest price below the mark"
    yield from _name_arrival(seen_before)
    yield "mark within hidden prices" if seen.low <= mark <= seen.high else "mark beyond hidden prices"


def _name_reading(seen_before: Look) -> Iterator[str]:
    age, subnet = seen_before.age, seen_before.subnet
    pool, counter, is_young = choose_reading(seen_before.market.readings, age)
    if is_young:
        yield "reading too young"
    else:
        yield "later reading counts" if age >= HOLD else "earlier reading counts"
    if age == HOLD:
        yield "reading as old as it must be"
    if age == HOLD - 1:
        yield "reading a second younger than it must be"

    way, counted = abs(subnet.pool_rao - pool), subnet.volume - counter
    if counted < way:
        yield "pool moved without a count"
    elif counted > way:
        yield "traded out and back"
    else:
        yield "traded one way" if way else "still pool"
    if way:
        yield "depth of the reading" if pool < subnet.pool_rao else "depth of the pool"


def _name_arrival(seen_before: Look) -> Iterator[str]:
    seen, market, arrived_for = seen_before.seen, seen_before.market, seen_before.arrived_for
    yield "mark apart" if seen.is_apart else "mark arrived"
    if arrived_for == ARRIVED_FOR:
        yield "mark arrived as long ago as it must have"
    if arrived_for == ARRIVED_FOR - 1:
        yield "mark arrived a second too short ago"
    if market.dead_since and seen.cause == GOOD:
        yield "dead feed revived" if seen.is_deep else "good reading of a pool that was too shallow"


def _name_weights(subnet: Subnet, seen: Observation) -> Iterator[str]:
    pool, alpha, spot = subnet.pool_rao, subnet.alpha_rao, seen.spot
    if is_uneven(pool, alpha, spot):
        yield "uneven pool"
    else:
        yield "power of two" if calculate_power(pool, alpha, spot) == EVEN_POWER else "power of three"
    if 10 * pool * WAD == 11 * alpha * spot:
        yield "as uneven as a power of two may be"
    if pool * WAD == 2 * alpha * spot:
        yield "as uneven as a pool may be"
