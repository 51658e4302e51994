"""What the oracles and marks did to a real price history: figures and tables for spec/real-prices.md.

    python -m differential_tests.studies.real_prices PRICES.csv.gz

The arithmetic is the reference's. The statistics about it are in floating point.
"""

import csv
import gzip
import heapq
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from differential_tests.machines.price_replay import PriceFileError, Sample, read_prices
from reference.alpha import counts_in_index
from reference.ema import INDEX_MAX_ELAPSED, INDEX_TAU, calculate_index, ema
from reference.mark import (
    ALPHA_BAND,
    ALPHA_CLAMP,
    ALPHA_MAX_ELAPSED,
    ALPHA_TAU,
    INDEX_BAND,
    INDEX_CLAMP,
    calculate_gap,
    calculate_mark,
    calculate_start_down,
    calculate_start_up,
    is_in_band,
)
from reference.units import RAO, WAD

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Feed = tuple[int, int]
"""A time (seconds) and the spot price then (WAD)."""

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
WEEK: Final = 7 * DAY
NEAR: Final = 600
"""Seconds: two samples further apart are not neighbours, and what happened between them is no move."""
GAPS: Final = (0.01, 0.05, 0.10, 0.25, 0.50)
LARGE: Final = 0.10
"""A large move of the sum, from one sample to the next."""
OPENING_PERIOD: Final = 720
"""Samples between two openings of the simulated positions: a day."""

BEGIN: Final = "<!-- generated: begin -->"
END: Final = "<!-- generated: end -->"
CHAPTER: Final = "real-prices.md"

SPOT_COLOUR: Final = "#999999"
MARK_COLOUR: Final = "#0072b2"
FILL_COLOUR: Final = "#d55e00"
STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "megatao",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "path.simplify": False,
}


# The history


@dataclass(frozen=True, slots=True)
class Total:
    """What a sample says of all subnets but root. price_sum: of all of them, at any price, WAD."""

    subnets: int
    price_sum: int


@dataclass(frozen=True, slots=True)
class History:
    """A price file: its samples, and a total for each of them."""

    samples: list[Sample]
    totals: list[Total]

    def index_feeds(self) -> list[Feed]:
        """The sum of the subnets below 1 TAO."""
        return [(sample.timestamp, sample.index) for sample in self.samples]

    def feeds(self, netuid: int) -> list[Feed]:
        """A subnet's prices, where it has one."""
        return [(sample.timestamp, sample.prices[netuid]) for sample in self.samples if sample.prices.get(netuid)]

    def subnets(self) -> list[int]:
        """All subnets that have a price at some time, in order."""
        return sorted({netuid for sample in self.samples for netuid, price in sample.prices.items() if price})


def read_history(path: Path, limit: int | None = None) -> History:
    """The first samples of a price file, or all of them.

    Errors: PriceFileError.
    """
    samples = [sample for sample, _ in zip(read_prices(path), range(limit or sys.maxsize), strict=False)]
    if any(sample.index == 0 for sample in samples):
        raise PriceFileError(f"{path} has a sample whose sum is 0")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        rows = csv.DictReader(file)
        missing = {"n_subnets", "sum_price_rao"} - set(rows.fieldnames or ())
        if missing:
            raise PriceFileError(f"{path} has no column {', '.join(sorted(missing))}")
        try:
            pairs = zip(rows, samples, strict=False)
            totals = [Total(int(row["n_subnets"]), int(row["sum_price_rao"]) * RAO) for row, _ in pairs]
        except ValueError as error:
            raise PriceFileError(f"{path}: {error}") from error
    return History(samples, totals)


# The reference, run over it


@dataclass(frozen=True, slots=True)
class Rules:
    """The constants of a guarded mark."""

    max_elapsed: int
    tau: int
    clamp: int
    band: int


ALPHA_RULES: Final = Rules(ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP, ALPHA_BAND)
INDEX_RULES: Final = Rules(INDEX_MAX_ELAPSED, INDEX_TAU, INDEX_CLAMP, INDEX_BAND)


def _floats() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class Track:
    """The course of a guarded mark, one entry a feed. Prices in TAO, gaps in parts of the mark."""

    times: "array[float]" = field(default_factory=_floats)
    spots: "array[float]" = field(default_factory=_floats)
    marks: "array[float]" = field(default_factory=_floats)
    gaps_up: "array[float]" = field(default_factory=_floats)
    gaps_down: "array[float]" = field(default_factory=_floats)
    starts_up: "array[float]" = field(default_factory=_floats)
    starts_down: "array[float]" = field(default_factory=_floats)
    in_band: "array[float]" = field(default_factory=_floats)

    def column(self, name: str) -> Floats:
        """A column by its name."""
        return np.array(getattr(self, name), dtype=np.float64)

    def out_of_band(self) -> Flags:
        """Where increases are frozen."""
        outside: Flags = self.column("in_band") == 0
        return outside

    def add(self, time: int, spot: int, mark: int, gap_up: int, gap_down: int, band: int) -> None:
        """Appends a feed's results (WAD)."""
        self.times.append(time)
        self.spots.append(spot / WAD)
        self.marks.append(mark / WAD)
        self.gaps_up.append(gap_up / WAD)
        self.gaps_down.append(gap_down / WAD)
        self.starts_up.append(calculate_start_up(mark, spot, gap_up) / WAD)
        self.starts_down.append(calculate_start_down(mark, spot, gap_down) / WAD)
        self.in_band.append(is_in_band(mark, spot, band))


def follow_mark(feeds: Iterable[Feed], rules: Rules) -> Track:
    """A guarded mark, listed at the first feed and fed by all others (MRK-8, MRK-9)."""
    track, rest = Track(), iter(feeds)
    time, spot = next(rest)
    mark, up, down = spot, 0, 0
    track.add(time, spot, mark, up, down, rules.band)
    for now, price in rest:
        elapsed = now - time
        mark = calculate_mark(mark, price, spot, elapsed, rules.max_elapsed, rules.tau, rules.clamp)
        up = calculate_gap(mark, price, up, elapsed, rules.band, True)
        down = calculate_gap(mark, price, down, elapsed, rules.band, False)
        time, spot = now, price
        track.add(time, spot, mark, up, down, rules.band)
    return track


def feed_each_minute(feeds: Iterable[Feed]) -> Iterator[Feed]:
    """The feeds, and between them one a minute at the price of the last, where they are near."""
    last: Feed | None = None
    for now, price in feeds:
        if last is not None and now - last[0] <= NEAR:
            for time in range(last[0] + MINUTE, now, MINUTE):
                yield time, last[1]
        yield now, price
        last = now, price


def follow_index(feeds: list[Feed], period: int, is_capped: bool) -> Floats:
    """The index (TAO) at each sample, updated at the first sample `period` seconds after the update before."""
    updated, average = feeds[0]
    course = array("d")
    for now, spot in feeds:
        elapsed = now - updated
        if elapsed >= max(period, 1):
            average = calculate_index(average, spot, elapsed) if is_capped else ema(average, spot, elapsed, INDEX_TAU)
            updated = now
        course.append(average / WAD)
    return np.array(course, dtype=np.float64)


# Statistics

MOVED: Final = "moved below 1 TAO"
FELL: Final = "fell through 1 TAO"
ROSE: Final = "rose through 1 TAO"
ADDED: Final = "was added"
REMOVED: Final = "was removed"


def moves(times: Floats, prices: Floats) -> Floats:
    """Relative move at each sample against the one before; 0 at the first and after a hole."""
    result = np.zeros(len(prices))
    result[1:] = np.where(np.diff(times) <= NEAR, prices[1:] / prices[:-1] - 1, 0)
    return result


def distance(spots: Floats, marks: Floats) -> Floats:
    """How far spot is from the mark, as a part of the mark, without sign."""
    result: Floats = np.abs(spots - marks) / marks
    return result


def after_first_week(times: Floats) -> Flags:
    """The samples that are a week or more after the first."""
    result: Flags = times >= times[0] + WEEK
    return result


def find_at(times: Floats, time: float) -> int | None:
    """The first sample at a time or after it."""
    position = int(np.searchsorted(times, time))
    return position if position < len(times) else None


def find_lasting_fall(times: Floats, spots: Floats, span: int) -> tuple[int, float]:
    """The lasting fall of a series: the sample at which it ends, and its depth.

    All of the `span` samples from there on are below all of the `span` before by that part; 0 if no such fall.
    Windows with a hole in them do not count.
    """
    if len(spots) < 2 * span:
        return 0, 0.0
    windows = np.lib.stride_tricks.sliding_window_view(spots, span)
    before, after = windows[:-span].min(axis=1), windows[span:].max(axis=1)
    is_whole = times[2 * span - 1 :] - times[: len(before)] <= 2 * span * 2 * MINUTE + NEAR
    ratio = np.where(is_whole, after / before - 1, 0)
    start = int(np.argmin(ratio))
    return start + span, min(float(ratio[start]), 0.0)


def find_lasting_gap(times: Floats, gaps: Floats, span: int) -> tuple[int, float]:
    """The widest gap that lasts for `span` samples: the sample in their middle, and the least gap of them."""
    if len(gaps) < span:
        return 0, 0.0
    least = np.lib.stride_tricks.sliding_window_view(gaps, span).min(axis=1)
    is_whole = times[span - 1 :] - times[: len(least)] <= span * 2 * MINUTE + NEAR
    start = int(np.argmax(np.where(is_whole, least, 0)))
    return start + span // 2, float(least[start])


def explain_move(history: History, at: int) -> str:
    """What entered, left or moved within the sum at a sample, as far as the file tells."""
    before, after = history.samples[at - 1], history.samples[at]
    count = history.totals[at].subnets - history.totals[at - 1].subnets
    change = after.index - before.index
    outside = history.totals[at].price_sum - after.index - (history.totals[at - 1].price_sum - before.index)
    if count != 0:
        return ADDED if count > 0 else REMOVED
    if outside <= -WAD and change > 0:
        return FELL
    if outside >= WAD and change < 0:
        return ROSE
    return MOVED


def name_mover(history: History, at: int) -> int | None:
    """The subnet that makes up more than half of a move of the sum, if the file has its price."""
    before, after = history.samples[at - 1], history.samples[at]
    for netuid in after.prices:
        change = _counted(netuid, after) - _counted(netuid, before)
        if 2 * change / (after.index - before.index) > 1:
            return netuid
    return None


def _counted(netuid: int, sample: Sample) -> int:
    price = sample.prices.get(netuid, 0)
    return price if counts_in_index(netuid, price) else 0


# Simulated positions


@dataclass(slots=True)
class Liquidations:
    """What became of positions of five times their margin."""

    opened: int = 0
    refused: int = 0
    liquidated: int = 0
    bad: int = 0

    def __iadd__(self, other: "Liquidations") -> "Liquidations":
        self.opened += other.opened
        self.refused += other.refused
        self.liquidated += other.liquidated
        self.bad += other.bad
        return self


def liquidate(marks: Floats, entries: Floats, may_open: Flags, is_long: bool, period: int) -> Liquidations:
    """Opens a position at every `period`-th sample, holds it, and liquidates it once its equity is under 10%.

    Margin is 20% of the notional at the entry; so is the 10%. Bad debt: the equity is below 0 when it is liquidated.
    Fees, funding and interest are left out.
    """
    result, sign = Liquidations(), 1 if is_long else -1
    entered: list[float] = []
    for at in range(len(marks)):
        mark = float(marks[at])
        while entered and 0.2 + sign * (mark / (-sign * entered[0]) - 1) < 0.1:
            entry = -sign * heapq.heappop(entered)
            result.liquidated += 1
            result.bad += 0.2 + sign * (mark / entry - 1) < 0
        if at % period == 0:
            result.opened += bool(may_open[at])
            result.refused += not may_open[at]
            if may_open[at]:
                heapq.heappush(entered, -sign * float(entries[at]))
    return result


def liquidate_both(track: Track, is_guarded: bool, period: int = OPENING_PERIOD) -> Liquidations:
    """Longs and shorts of one market, opened where a fill starts."""
    spots = track.column("spots")
    result = Liquidations()
    for is_long in (True, False):
        if is_guarded:
            entries = track.column("starts_up" if is_long else "starts_down")
            result += liquidate(track.column("marks"), entries, ~track.out_of_band(), is_long, period)
        else:
            result += liquidate(spots, spots, np.ones(len(spots), dtype=np.bool_), is_long, period)
    return result


# The study


@dataclass(frozen=True, slots=True)
class Study:
    """All that the tables and figures are made of."""

    history: History
    times: Floats
    spots: Floats
    indices: dict[str, Floats]
    index_mark: Track
    marks: dict[int, Track]
    minute_marks: dict[int, Track]

    @property
    def index(self) -> Floats:
        """The index as the contract keeps it, updated at every sample."""
        return self.indices[EACH_SAMPLE]


EACH_SAMPLE: Final = "each sample"
VARIANTS: Final = {
    EACH_SAMPLE: (1, True),
    "hourly": (HOUR, True),
    "daily": (DAY, True),
    "each sample, uncapped": (1, False),
    "hourly, uncapped": (HOUR, False),
    "daily, uncapped": (DAY, False),
}
"""Ways to update the index: seconds between updates, and whether the elapsed time is capped (IDX-1)."""


def run_study(history: History) -> Study:
    """Runs the reference over a history."""
    feeds = history.index_feeds()
    netuids = history.subnets()
    return Study(
        history=history,
        times=np.array([time for time, _ in feeds], dtype=np.float64),
        spots=np.array([spot / WAD for _, spot in feeds], dtype=np.float64),
        indices={name: follow_index(feeds, *how) for name, how in VARIANTS.items()},
        index_mark=follow_mark(feeds, INDEX_RULES),
        marks={netuid: follow_mark(history.feeds(netuid), ALPHA_RULES) for netuid in netuids},
        minute_marks={netuid: follow_mark(feed_each_minute(history.feeds(netuid)), ALPHA_RULES) for netuid in netuids},
    )


# Tables


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table; all columns but the first are aligned right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(part: float, digits: int = 2) -> str:
    """A part as a percentage."""
    return f"{100 * part:.{digits}f}%"


def signed(part: float, digits: int = 2) -> str:
    """A part as a percentage with its sign."""
    return f"{100 * part:+.{digits}f}%"


def share(flags: Flags) -> float:
    """The part of the samples for which a flag is set; 0 of none."""
    return float(flags.mean()) if len(flags) else 0.0


def date(time: float) -> str:
    """Day and minute of a time, UTC."""
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}"


def tabulate_history(study: Study) -> str:
    """What there is in the file."""
    steps = np.diff(study.times)
    holes = [f"{date(study.times[at])}, {steps[at] / DAY:.1f} days" for at in np.flatnonzero(steps > DAY)]
    rows = [
        ["samples", f"{len(study.times):,}"],
        ["from", date(study.times[0])],
        ["to", date(study.times[-1])],
        ["median time between samples", f"{np.median(steps) if len(steps) else 0:.0f} s"],
        ["holes of more than ten minutes", str(int((steps > NEAR).sum()))],
        ["of these, more than a day", "; ".join(holes) or "none"],
        ["least and greatest sum", f"{study.spots.min():.3f} and {study.spots.max():.3f} TAO"],
    ]
    return table(["history", ""], rows)


def tabulate_index(study: Study) -> str:
    """How far spot was from the index, by the way it is updated."""
    rows = []
    for name, index in study.indices.items():
        gap = distance(study.spots, index)
        move = np.zeros(len(index))
        move[1:] = index[1:] / index[:-1] - 1
        row = [name, *(percent(share(gap > limit), 1 if limit < 0.5 else 3) for limit in GAPS)]
        largest, at = int(np.argmax(gap)), int(np.argmax(np.abs(move)))
        rows.append(
            [*row, percent(gap[largest], 1), date(study.times[largest]), signed(move[at]), date(study.times[at])]
        )
    header = ["updated", *(f"over {percent(limit, 0)}" for limit in GAPS), "largest gap", "at", "largest move", "at"]
    return table(header, rows)


def largest_moves(study: Study, count: int = 10) -> list[int]:
    """The samples with the largest moves of the sum, largest first."""
    size = np.abs(moves(study.times, study.spots))
    order = np.argsort(-size, kind="stable")[:count]
    return [int(at) for at in order if size[at] > 0]


def tabulate_moves(study: Study) -> str:
    """The largest moves of the sum, and what the index did."""
    rows = []
    for at in largest_moves(study):
        mover = name_mover(study.history, at)
        row = [date(study.times[at]), f"{mover or 'a subnet'} {explain_move(study.history, at)}"]
        row += [
            f"{study.spots[at - 1]:.3f}",
            f"{study.spots[at]:.3f}",
            signed(study.spots[at] / study.spots[at - 1] - 1, 1),
        ]
        row += [_moved(study.times, study.spots, at, later, 1) for later in (HOUR, DAY)]
        row += [_moved(study.times, study.index, at, later, 3) for later in (0, HOUR, DAY)]
        rows.append(row)
    header = ["at", "cause", "sum before", "sum after", "move", "1 h later", "1 day later"]
    return table([*header, "index at once", "index 1 h later", "index 1 day later"], rows)


def _moved(times: Floats, prices: Floats, at: int, later: int, digits: int) -> str:
    """The move from just before a sample until some seconds after it."""
    end = find_at(times, times[at] + later)
    return "–" if end is None else signed(prices[end] / prices[at - 1] - 1, digits)


def tabulate_causes(study: Study) -> str:
    """How often the sum moved by over 10%, by cause, and how much of that was there an hour and a day later."""
    change = moves(study.times, study.spots)
    found = [int(at) for at in np.flatnonzero(np.abs(change) > LARGE)]
    rows = []
    for direction, is_up in (("up", True), ("down", False)):
        chosen = [at for at in found if (change[at] > 0) == is_up]
        for cause in (MOVED, FELL, ROSE, ADDED, REMOVED):
            of_cause = [at for at in chosen if explain_move(study.history, at) == cause]
            if of_cause:
                rows.append([f"a subnet {cause}", direction, *_count_left(study, of_cause)])
        rows.append(["all", direction, *_count_left(study, chosen)])
    return table(["cause", "sum", "moves", "half left 2 min later", "1 h later", "1 day later"], rows)


def _count_left(study: Study, found: list[int]) -> list[str]:
    counts = [sum(_is_left(study, at, later) for at in found) for later in (2 * MINUTE, HOUR, DAY)]
    return [str(len(found)), *map(str, counts)]


def _is_left(study: Study, at: int, later: int) -> bool:
    """Whether more than half of a move is there some seconds later."""
    end = find_at(study.times, study.times[at] + later)
    move = study.spots[at] - study.spots[at - 1]
    return end is not None and bool((study.spots[end] - study.spots[at - 1]) / move > 0.5)


def tabulate_index_market(study: Study) -> str:
    """MTSOS, published and guarded."""
    rows = []
    for name, marks in (("published", study.index), ("guarded", study.index_mark.column("marks"))):
        gap = distance(study.spots, marks)
        largest = np.abs(moves(study.times, marks)).max()
        row = [name, percent(largest, 3), percent(float(gap.mean())), percent(float(np.quantile(gap, 0.99)), 1)]
        rows.append(
            [*row, percent(float(gap.max()), 1), *(percent(share(gap > limit), 3) for limit in (0.1, 0.25, 0.5))]
        )
    lasting = find_lasting_gap(study.times, distance(study.spots, study.index), WEEK // (2 * MINUTE))
    least, middle = percent(lasting[1], 1), date(study.times[lasting[0]])
    note = f"The widest gap of the published index that lasted a week, around {middle}, was never under {least}."
    header = [
        "MTSOS",
        "largest move",
        "mean distance",
        "99th percentile",
        "largest",
        "over 10%",
        "over 25%",
        "over 50%",
    ]
    return f"{table(header, rows)}\n\n{note}"


def tabulate_index_fills(study: Study) -> str:
    """What the guarded MTSOS adds to a fill, against spot and against the mark."""
    track = study.index_mark
    spots, marks = track.column("spots"), track.column("marks")
    rows = []
    for name, side in (("buy", track.column("starts_up") - spots), ("sell", spots - track.column("starts_down"))):
        paid = side / spots
        at_mark = (side + (spots - marks if name == "buy" else marks - spots)) / marks
        row = [name, percent(float(paid.mean())), percent(float(np.quantile(paid, 0.99)), 1)]
        rows.append([*row, percent(float(at_mark.mean())), percent(float(np.quantile(at_mark, 0.99)), 1)])
    return table(
        [
            "MTSOS, guarded",
            "mean start beyond spot",
            "99th percentile",
            "mean start beyond the mark",
            "99th percentile",
        ],
        rows,
    )


def tabulate_marks(study: Study) -> str:
    """Largest moves, and the share of time out of the band, of each subnet's guarded mark."""
    rows, frozen = [], [list[Flags](), list[Flags](), list[Flags](), list[Flags]()]
    for netuid, track in study.marks.items():
        flags = []
        for one in (track, study.minute_marks[netuid]):
            out, late = one.out_of_band(), after_first_week(one.column("times"))
            flags += [out, out[late]]
        for column, found in zip(frozen, flags, strict=True):
            column.append(found)
        times = track.column("times")
        largest = [np.abs(moves(times, track.column(name))).max() for name in ("spots", "marks")]
        row = [f"{netuid}", f"{len(times):,}", percent(largest[0], 1), percent(largest[1], 3)]
        rows.append([*row, *(percent(share(found)) for found in flags)])
    rows.append(["all", f"{sum(map(len, frozen[0])):,}", "", "", *(percent(share(np.concatenate(f))) for f in frozen)])
    header = ["subnet", "samples", "largest move of spot", "of the mark", "frozen", "without the first week"]
    return table([*header, "frozen, fed each minute", "without the first week"], rows)


def tabulate_costs(study: Study) -> str:
    """How far the marks were from spot, and what the gaps cost."""
    rows, columns = [], []
    for netuid, track in study.marks.items():
        spots, marks = track.column("spots"), track.column("marks")
        gap = distance(spots, marks)
        ups, downs = track.column("gaps_up"), track.column("gaps_down")
        buy, sell = track.column("starts_up") / spots - 1, 1 - track.column("starts_down") / spots
        columns.append((gap, ups, downs, buy, sell))
        rows.append([f"{netuid}", *_costs(*columns[-1])])
    worst = max(range(len(columns)), key=lambda at: float(columns[at][0].mean()))
    others = [column for at, column in enumerate(columns) if at != worst]
    for name, chosen in (("all", columns), (f"all but {list(study.marks)[worst]}", others)):
        if chosen:
            rows.append([name, *_costs(*(np.concatenate(column) for column in zip(*chosen, strict=True)))])
    header = ["subnet", "mean distance", "99th percentile", "mean gap up", "mean gap down"]
    return table([*header, "mean buy above spot", "mean sell below spot", "median buy", "median sell"], rows)


def _costs(gap: Floats, ups: Floats, downs: Floats, buy: Floats, sell: Floats) -> list[str]:
    means = [percent(float(column.mean()), 3) for column in (ups, downs, buy, sell)]
    medians = [percent(float(np.median(column)), 3) for column in (buy, sell)]
    return [percent(float(gap.mean()), 3), percent(float(np.quantile(gap, 0.99))), *means, *medians]


@dataclass(frozen=True, slots=True)
class Fall:
    """A market's largest lasting fall. at: the first low sample. depth: negative, a part."""

    netuid: int
    at: int
    depth: float


FALL_SPAN: Final = 30
"""Samples before and after a lasting fall: an hour."""


def find_falls(study: Study) -> list[Fall]:
    """The largest lasting fall of each market, deepest first."""
    falls = []
    for netuid, track in study.marks.items():
        at, depth = find_lasting_fall(track.column("times"), track.column("spots"), FALL_SPAN)
        if depth < 0:
            falls.append(Fall(netuid, at, depth))
    return sorted(falls, key=lambda fall: fall.depth)


def tabulate_falls(study: Study) -> str:
    """How long the mark stayed behind after each market's largest lasting fall."""
    rows = []
    for fall in find_falls(study):
        track = study.marks[fall.netuid]
        times = track.column("times")
        end = find_at(times, times[fall.at] + WEEK) or len(times)
        ratio = (track.column("marks") / track.column("spots"))[fall.at : end]
        row = [f"{fall.netuid}", date(times[fall.at]), signed(fall.depth, 1), f"{ratio.max():,.2f}"]
        for one in (track, study.minute_marks[fall.netuid]):
            row += _lags(one, times[fall.at])
        rows.append(row)
    header = ["subnet", "at", "fall", "mark / spot, at most", "minutes to the band", "to 5%", "to 1%"]
    return table([*header, "fed each minute: to the band", "to 5%", "to 1%"], rows)


def _lags(track: Track, start: float) -> list[str]:
    """Minutes from a time until spot is in the band, and the mark less than 5% and 1% above it."""
    times = track.column("times")
    window = slice(int(np.searchsorted(times, start)), int(np.searchsorted(times, start + WEEK)))
    ahead = (track.column("marks") / track.column("spots") - 1)[window]
    return [_minutes(times[window], reached) for reached in (~track.out_of_band()[window], ahead < 0.05, ahead < 0.01)]


def _minutes(times: Floats, reached: Flags) -> str:
    """Minutes until a condition first holds."""
    return f"{(times[int(np.argmax(reached))] - times[0]) / MINUTE:.0f}" if reached.any() else "over a week"


def tabulate_liquidations(study: Study) -> str:
    """Positions of five times their margin, at spot and at guarded marks."""
    rows = []
    for name, is_guarded in (("published (spot)", False), ("guarded", True)):
        total = Liquidations()
        for track in study.marks.values():
            total += liquidate_both(track, is_guarded)
        rows.append([name, *(f"{n:,}" for n in (total.opened, total.refused, total.liquidated, total.bad))])
    return table(["mark", "opened", "refused, out of the band", "liquidated", "with bad debt"], rows)


def write_tables(study: Study) -> str:
    """The generated block."""
    blocks = [
        ("Table 1. The history", tabulate_history(study)),
        ("Table 2. The index: share of samples with spot further away than that", tabulate_index(study)),
        ("Table 3. The largest moves of the sum within one sample", tabulate_moves(study)),
        ("Table 4. All moves of the sum by more than 10% within one sample", tabulate_causes(study)),
        ("Table 5. MTSOS: distance of spot from the mark", tabulate_index_market(study)),
        ("Table 6. MTSOS: where a fill starts", tabulate_index_fills(study)),
        ("Table 7. The subnets: moves within one sample, share of feeds out of the band", tabulate_marks(study)),
        ("Table 8. The subnets: distance from spot, gaps, starts", tabulate_costs(study)),
        ("Table 9. The subnets: the largest lasting fall of each", tabulate_falls(study)),
        ("Table 10. Positions of five times their margin, opened once a day", tabulate_liquidations(study)),
    ]
    return "\n\n".join(f"**{title}**\n\n{content}" for title, content in blocks)


# Figures


def thin(times: Floats, values: Floats, bins: int) -> tuple[Floats, Floats]:
    """The least and the greatest value of each bin of samples, in order of time: spikes survive."""
    if len(values) <= 2 * bins:
        return times, values
    kept = set[int]()
    for part in np.array_split(np.arange(len(values)), bins):
        kept |= {int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])}
    chosen = np.array(sorted(kept))
    return times[chosen], values[chosen]


def draw(
    axes: Axes,
    times: Floats,
    values: Floats,
    colour: str,
    label: str,
    width: float = 1.2,
    bins: int = 700,
    style: str = "-",
) -> None:
    """A thinned line over time, broken at holes of a day."""
    holes = np.flatnonzero(np.diff(times) > DAY) + 1
    for number, part in enumerate(np.split(np.arange(len(times)), holes)):
        if len(part) > 1:
            x, y = thin(times[part], values[part], max(2, bins * len(part) // len(times)))
            axes.plot(_days(x), y, style, color=colour, linewidth=width, label=None if number else label)


def _days(times: Floats) -> Floats:
    return times / DAY


def _date_axis(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _figure(rows: int, columns: int, height: float, shares_x: bool = False) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(8, height), layout="constrained", facecolor="white")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=shares_x)
    return figure, list(grid.flat)


def plot_index(study: Study) -> Figure:
    """The sum and the index, and how far they are apart."""
    figure, (top, bottom) = _figure(2, 1, 5.2, shares_x=True)
    draw(top, study.times, study.spots, SPOT_COLOUR, "spot sum", 0.7)
    draw(top, study.times, study.index, MARK_COLOUR, "index, updated at each sample", 1.8)
    top.set(ylabel="TAO", title="The sum of the subnets below 1 TAO, and the index")
    top.set_ylim(0)
    draw(bottom, study.times, study.spots / study.index - 1, FILL_COLOUR, "spot / index − 1", 0.7)
    bottom.axhline(0, color="black", linewidth=0.8)
    bottom.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    bottom.set(ylabel="part of the index", title="Distance of the sum from the index")
    top.legend(loc="upper right")
    _date_axis(bottom)
    return figure


def plot_updates(study: Study) -> Figure:
    """The index by the way it is updated."""
    figure, (axes,) = _figure(1, 1, 3.4)
    draw(axes, study.times, study.spots, "#cccccc", "spot sum", 0.7)
    draw(axes, study.times, study.index, "#56b4e9", EACH_SAMPLE, 3.5)
    draw(axes, study.times, study.indices["daily"], FILL_COLOUR, "once a day, capped at an hour", 1.8)
    draw(
        axes,
        study.times,
        study.indices["daily, uncapped"],
        "black",
        "once a day, uncapped (as published)",
        1,
        style="--",
    )
    axes.set(ylabel="TAO", title="The index, by how it is updated")
    axes.set_ylim(0)
    axes.legend(loc="upper right")
    _date_axis(axes)
    return figure


def plot_jumps(study: Study) -> Figure:
    """The largest jump within a sample, and the largest lasting fall of the sum."""
    figure, (left, right) = _figure(1, 2, 3.2)
    found = largest_moves(study, 1)
    jump = found[0] if found else 0
    lasting, _ = find_lasting_gap(study.times, distance(study.spots, study.index), WEEK // (2 * MINUTE))
    guarded = study.index_mark.column("marks")
    for axes, at, span, title in (
        (left, jump, 2 * HOUR, "The largest move within one sample"),
        (right, lasting, 14 * DAY, "The widest gap that lasted a week"),
    ):
        near = np.abs(study.times - study.times[at]) <= span
        draw(axes, study.times[near], study.spots[near], SPOT_COLOUR, "spot sum", 0.8, 300)
        draw(axes, study.times[near], study.index[near], "#56b4e9", "index (published MTSOS)", 3.5, 300)
        draw(axes, study.times[near], guarded[near], "black", "guarded MTSOS", 1, 300, "--")
        axes.set(ylabel="TAO", title=title)
        axes.set_ylim(0)
        _date_axis(axes)
    left.legend(loc="lower left")
    return figure


def plot_marks(study: Study) -> Figure:
    """For each subnet the largest move within a sample, and the share of time out of the band."""
    figure, (left, right) = _figure(1, 2, 3.8)
    order = list(study.marks)[::-1]
    rows = range(len(order))
    tracks = [study.marks[netuid] for netuid in order]
    for name, colour, marker, label in (
        ("spots", SPOT_COLOUR, "o", "spot"),
        ("marks", MARK_COLOUR, "s", "guarded mark"),
    ):
        largest = [np.abs(moves(track.column("times"), track.column(name))).max() for track in tracks]
        left.plot(largest, rows, marker, color=colour, label=label)
    whole = [share(track.out_of_band()) for track in tracks]
    late = [share(track.out_of_band()[after_first_week(track.column("times"))]) for track in tracks]
    right.plot(whole, rows, "o", color=FILL_COLOUR, label="all")
    right.plot(late, rows, "s", color=MARK_COLOUR, markersize=4, label="without the first week")
    left.set(title="Largest move within one sample", xlabel="part of the price before (logarithmic)", xscale="log")
    right.set(title="Out of the band: increases frozen", xlabel="part of the samples")
    left.xaxis.set_major_formatter(PercentFormatter(1))
    right.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.set_xlim(left=0)
    for axes in (left, right):
        axes.set_yticks(list(rows), [f"subnet {netuid}" for netuid in order])
    left.legend(loc="lower center", frameon=True)
    right.legend(loc="center right", frameon=True)
    return figure


def plot_falls(study: Study, count: int = 4) -> Figure:
    """The mark, and where fills start, around the deepest falls."""
    figure, panels = _figure(2, 2, 5.6)
    falls = find_falls(study)[:count]
    for axes, fall in zip(panels, falls, strict=False):
        track = study.marks[fall.netuid]
        times = track.column("times")
        near = (times >= times[fall.at] - 1.5 * HOUR) & (times <= times[fall.at] + 6 * HOUR)
        hours = (times[near] - times[fall.at]) / HOUR
        lines = {name: track.column(name)[near] for name in ("starts_up", "starts_down", "spots", "marks")}
        axes.fill_between(
            hours,
            lines["starts_down"],
            lines["starts_up"],
            color=FILL_COLOUR,
            alpha=0.2,
            linewidth=0,
            label="between the starts of fills",
        )
        axes.plot(hours, lines["spots"], color="#555555", linewidth=1, label="spot")
        axes.plot(hours, lines["marks"], color=MARK_COLOUR, linewidth=1.8, label="guarded mark")
        axes.set(title=f"Subnet {fall.netuid}, {date(times[fall.at])}", xlabel="hours", ylabel="TAO per alpha")
        axes.set_ylim(0)
    for axes in panels[len(falls) :]:
        axes.set_visible(False)
    if falls:
        panels[len(falls) - 1].legend(loc="lower right")
    return figure


PLOTS: Final = {
    "index": plot_index,
    "index-updates": plot_updates,
    "index-jumps": plot_jumps,
    "marks": plot_marks,
    "falls": plot_falls,
}


def write_figures(study: Study, folder: Path) -> list[Path]:
    """Writes all figures as SVG. The same study gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context(STYLE):
        for name, plot in PLOTS.items():
            paths.append(folder / f"real-prices-{name}.svg")
            plot(study).savefig(paths[-1], metadata={"Date": None, "Creator": None})
    return paths


# The command line


def insert_block(text: str, block: str) -> str:
    """The text with the block between its two markers.

    Errors: ValueError, if a marker is not there once, or they are in the wrong order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"needs one line {BEGIN} and one line {END} after it")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{rest.split(END)[1]}"


def write_study(prices: Path, out: Path) -> list[Path]:
    """Runs the study and writes its chapter and figures into a folder.

    Errors: PriceFileError; ValueError, OSError for a chapter that can't be written.
    """
    chapter = out / CHAPTER
    text = chapter.read_text() if chapter.exists() else f"# Real prices\n\n{BEGIN}\n{END}\n"
    insert_block(text, "")
    study = run_study(read_history(prices))
    paths = write_figures(study, out / "figures")
    chapter.write_text(insert_block(text, write_tables(study)))
    return [chapter, *paths]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("prices", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="spec",
    show_default=True,
    metavar="DIR",
    help="The folder of the chapter real-prices.md; the figures go into its folder figures.",
)
def command(prices: Path, out: Path) -> None:
    """Run the oracles and marks over a price history (CSV, gzipped or not) and write what they did."""
    try:
        paths = write_study(prices, out)
    except PriceFileError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.ClickException(f"{out / CHAPTER} {error}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename} can't be used: {error.strerror}") from error
    for path in paths:
        click.echo(path)


def main() -> None:
    """Entry point: bad usage is one line and exit code 2."""
    try:
        command(standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"real_prices: {error.format_message()}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("real_prices: stopped", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
