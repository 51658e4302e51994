"""A price history through the reference: what the index, the marks and simulated positions did.

The arithmetic is the reference's. The statistics about it are in floating point.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from differential_tests.machines.protocol.price_replay import PriceFileError, Sample, read_prices
from differential_tests.studies.subnets import (
    DAY,
    HOUR,
    MINUTE,
    NEAR,
    PACES,
    Feed,
    Flags,
    Floats,
    Track,
    Watched,
    watch,
)
from reference.math.alpha import counts_in_index
from reference.math.ema import INDEX_TAU, calculate_index, ema
from reference.math.mark import DECREASE_GAP, calculate_feed, calculate_start_down, calculate_start_up
from reference.math.units import WAD

WEEK: Final = 7 * DAY
GAPS: Final = (0.01, 0.05, 0.10, 0.25, 0.50)
LARGE: Final = 0.10
"""A large move of the sum, from one sample to the next."""


@dataclass(frozen=True, slots=True)
class History:
    """The samples of a price file."""

    samples: list[Sample]

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
    samples = list(islice(read_prices(path), limit))
    if any(sample.index == 0 for sample in samples):
        raise PriceFileError(f"{path} has a sample whose sum is 0")
    if not all(sample.subnets for sample in samples):
        raise PriceFileError(f"{path} has no column n_subnets, sum_price_rao, or not for each sample")
    return History(samples)


# The reference, run over it


COLUMNS: Final = ("times", "spots", "marks", "opens_up", "opens_down", "closes_up", "closes_down")
"""The course of guarded MTSOS, a row a feed; prices in TAO. opens: where what grows a position starts; closes: where
what shrinks it does."""


def follow_index_market(feeds: list[Feed]) -> Track:
    """Guarded MTSOS, listed at the first feed and fed by all others (MKT-1, MRK-9)."""
    return np.fromiter(_follow(feeds), dtype=[(name, np.float64) for name in COLUMNS])


def _follow(feeds: list[Feed]) -> Iterator[tuple[float, ...]]:
    time, spot = feeds[0]
    mark, up, down = spot, 0, 0
    for now, price in feeds:
        if now > time:
            mark, up, down = calculate_feed(True, mark, price, spot, up, down, now - time)
        time, spot = now, price
        opens = calculate_start_up(mark, spot, up), calculate_start_down(mark, spot, down)
        less_up, less_down = min(up, DECREASE_GAP), min(down, DECREASE_GAP)
        closes = calculate_start_up(mark, spot, less_up), calculate_start_down(mark, spot, less_down)
        yield time, *(price / WAD for price in (spot, mark, *opens, *closes))


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
    count = after.subnets - before.subnets
    change = after.index - before.index
    outside = after.price_sum - after.index - (before.price_sum - before.index)
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


# The study


@dataclass(frozen=True, slots=True)
class Study:
    """All that the tables and figures are made of. subnets: by netuid, then by the keeper's pace."""

    history: History
    times: Floats
    spots: Floats
    indices: dict[str, Floats]
    index_mark: Track
    subnets: dict[int, dict[str, Watched]]

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


def watch_all(feeds: list[Feed]) -> dict[str, Watched]:
    """A subnet under a keeper of each pace."""
    return {name: watch(feeds, pace) for name, pace in PACES.items()}


def run_study(history: History) -> Study:
    """Runs the reference over a history."""
    feeds = history.index_feeds()
    return Study(
        history=history,
        times=np.array([time for time, _ in feeds], dtype=np.float64),
        spots=np.array([spot / WAD for _, spot in feeds], dtype=np.float64),
        indices={name: follow_index(feeds, *how) for name, how in VARIANTS.items()},
        index_mark=follow_index_market(feeds),
        subnets={netuid: watch_all(history.feeds(netuid)) for netuid in history.subnets()},
    )
