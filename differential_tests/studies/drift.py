"""What the lag of the seven-day average is worth, and what funding takes of it: run on the reference's mathematics.

Spot rises by a fifth and stays. The index is updated each hour. Whoever knows the rule goes long MTSOS at once and
holds. Parts are of the notional.
"""

from functools import cache
from typing import Final

from reference.math.ema import calculate_index
from reference.math.funding import (
    accrue_index,
    calculate_funding_delta,
    calculate_funding_owed_up,
    calculate_funding_rate,
)
from reference.math.margin import calculate_pnl, calculate_size
from reference.math.units import WAD
from reference.presets import INDEX

HOUR: Final = 3_600
DAYS: Final = 28
BEFORE: Final = WAD
AFTER: Final = 12 * WAD // 10
NOTIONAL: Final = 100 * WAD
SKEWS: Final = {"only longs": (1, 0), "longs 100, shorts 60": (100, 60), "balanced": (1, 1)}


@cache
def index_path() -> tuple[int, ...]:
    """The index (WAD) at each hour after the rise."""
    path = [BEFORE]
    for _ in range(24 * DAYS):
        path.append(calculate_index(path[-1], AFTER, HOUR))
    return tuple(path)


def gains(longs: int, shorts: int, start: int = BEFORE) -> list[float]:
    """What a long of MTSOS has gained at each hour, funding taken off, before fees. start: of its fill (WAD)."""
    size = calculate_size(NOTIONAL, start, True)
    rate = calculate_funding_rate(longs * WAD, shorts * WAD, INDEX.max_funding_rate, 0, 0)
    funding, found = 0, []
    for mark in index_path():
        owed = calculate_funding_owed_up(size, funding, 0, True)
        found.append((calculate_pnl(size, NOTIONAL, mark, True) - owed) / NOTIONAL)
        funding = accrue_index(funding, calculate_funding_delta(rate, mark, HOUR))
    return found
