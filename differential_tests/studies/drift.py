"""What the lag of the seven-day average is worth, and what funding takes of it: run on the reference's mathematics.

Spot rises by a fifth and stays. The index is updated each hour. Whoever knows the rule goes long MTSOS at once and
holds. Parts are of the notional.
"""

from functools import cache
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from differential_tests.studies.style import FILL_COLOUR, MARK_COLOUR, STYLE, new_figure
from reference.ema import calculate_index
from reference.funding import accrue_index, calculate_funding_delta, calculate_funding_owed_up, calculate_funding_rate
from reference.margin import calculate_pnl, calculate_size
from reference.presets import INDEX
from reference.units import WAD

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


@mpl.rc_context(STYLE)
def figure() -> Figure:
    """Gains over the days, by skew; and of a guarded fill, which starts at spot."""
    drawn = new_figure(1, 3.2)
    [axes] = drawn.axes
    days = [hour / 24 for hour in range(24 * DAYS + 1)]
    axes.axhline(0, color="#bbbbbb", linewidth=0.8)
    for (name, (longs, shorts)), style in zip(SKEWS.items(), (":", "--", "-"), strict=True):
        axes.plot(days, gains(longs, shorts), style, color=FILL_COLOUR, label=f"published, {name}")
    axes.plot(days, gains(1, 1, AFTER), color=MARK_COLOUR, label="guarded, balanced")
    axes.set_xlabel("days after spot has risen by 20% and stayed")
    axes.set_ylabel("gain, part of the notional")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
    axes.set_ylim(-0.22, 0.22)
    axes.legend(loc="lower right")
    return drawn
