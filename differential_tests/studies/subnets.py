"""Guarded subnets under a keeper: what touches make of a price history, and what a trader or an attacker then finds.

The file has prices only. So a subnet's pool is one of a constant product, whose TAO goes with the square root of its
price. Its counter moves by what the pool's TAO moves from sample to sample, and by a part of the pool each day for what
is traded out and back between them. Marks are the reference's; the range of hidden prices is HID-6 and HID-7 in
floating point.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from reference.math.hidden import EVEN_POWER, HOLD
from reference.math.liquidation import ARRIVED_FOR
from reference.math.mark import ALPHA_BAND, ARRIVED, calculate_feed
from reference.math.units import WAD

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Feed = tuple[int, int]
"""A time (seconds) and the spot price then (WAD)."""
Track = npt.NDArray[np.void]
"""Rows over time, by the names of their columns. Prices in TAO."""

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
NEAR: Final = 600
"""Seconds: two samples further apart are not neighbours, and what happened between them is no move."""

PACES: Final = {"each minute": MINUTE, "each ten minutes": 10 * MINUTE, "each hour": HOUR}
"""How often a keeper touches a market, seconds."""
TRADED: Final = 0.20
"""Part of the pool that is traded out and back each day, beside what moves the price."""
TRADED_QUIET: Final = 0.02
"""The same of a quiet pool."""
VISIT: Final = 30
"""Seconds from a sample until a trader comes: neither with the keeper nor with the price's move."""
LARGE_UNSEEN: Final = 0.05

SEEN: Final = ("times", "spots", "marks", "highs", "lows", "quiet_highs", "quiet_lows", "waits")
"""Columns of what a touch finds. highs, lows: with TRADED; quiet: with TRADED_QUIET. waits: LIQ-24."""
MOVED: Final = ("times", "moves", "gains", "is_out")
"""Columns of unseen moves. moves: of spot since the last touch, a part. gains: of an attacker, parts of the notional at
spot. is_out: increases are refused."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A subnet under a keeper of one pace.

    touches: what each touch of the keeper's found. visits: what a trader found after each sample. unseen: what an
    attacker found, at each sample at which the price was far from where the last touch had seen it.
    """

    touches: Track
    visits: Track
    unseen: Track


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of a constant product over the samples. Only ratios of pools count, so their unit is any.

    reserves: TAO in it from each sample on. paths: what they have moved since the first. stood: their integral over
    time, seconds.
    """

    times: Floats
    reserves: Floats
    paths: Floats
    stood: Floats

    @classmethod
    def of(cls, times: Floats, spots: Floats) -> "Pool":
        """The pool of a price history."""
        reserves = np.sqrt(spots)
        paths, stood = np.zeros(len(times)), np.zeros(len(times))
        paths[1:] = np.cumsum(np.abs(np.diff(reserves)))
        stood[1:] = np.cumsum(reserves[:-1] * np.diff(times))
        return cls(times, reserves, paths, stood)

    def reserve(self, times: Floats) -> Floats:
        """TAO in it."""
        return self.reserves[self._at(times)]

    def counter(self, times: Floats, traded: float) -> Floats:
        """What its counter says, with this part of the pool traded out and back a day."""
        at = self._at(times)
        stood = self.stood[at] + self.reserves[at] * (times - self.times[at])
        result: Floats = self.paths[at] + traded / DAY * stood
        return result

    def _at(self, times: Floats) -> Places:
        return np.searchsorted(self.times, times, "right") - 1


def calculate_range(spots: Floats, now: Floats, before: Floats, counted: Floats) -> tuple[Floats, Floats]:
    """HID-6 and HID-7. now, before: TAO in the pool now and at the reading. counted: by the counter in between."""
    traded = np.maximum(counted - np.abs(now - before), 0)
    most, least = 2 * np.maximum(now, before) + traded, np.maximum(2 * np.minimum(now, before) - traded, 0)
    return spots * (most / (2 * now)) ** EVEN_POWER, spots * (least / (2 * now)) ** EVEN_POWER


def is_beyond(marks: Floats, highs: Floats, lows: Floats, part: float) -> Flags:
    """MRK-7 of both ends of a range: whether one of them is further from the mark than a part of it."""
    result: Flags = np.maximum(highs - marks, marks - lows) > part * marks
    return result


def keeper_times(times: Floats, pace: int) -> Floats:
    """When a keeper touches: at the first sample, then each `pace` seconds, and anew at the first after a hole."""
    holes = np.flatnonzero(np.diff(times) > NEAR)
    firsts, lasts = np.append(0, holes + 1), np.append(holes, len(times) - 1)
    return np.concatenate([np.arange(times[a], times[b] + 1, pace) for a, b in zip(firsts, lasts, strict=True)])


class Keeper:
    """A subnet that is listed at the first price, and its keeper. Between samples the price stays."""

    def __init__(self, feeds: Sequence[Feed], pace: int) -> None:
        self.prices = [price for _, price in feeds]
        self.samples = np.array([time for time, _ in feeds], dtype=np.float64)
        self.spots = np.array(self.prices, dtype=np.float64) / WAD
        self.pool = Pool.of(self.samples, self.spots)
        self.holes = self.samples[np.append(0, np.flatnonzero(np.diff(self.samples) > NEAR) + 1)]
        self.times = keeper_times(self.samples, pace)
        self.fed = [self.prices[at] for at in np.searchsorted(self.samples, self.times, "right") - 1]
        self.marks = self._feed()

    def _feed(self) -> list[int]:
        """MRK-9. The mark (WAD) after each touch."""
        marks, times = [self.fed[0]], [int(time) for time in self.times]
        for at in range(1, len(times)):
            elapsed = times[at] - times[at - 1]
            marks.append(calculate_feed(False, marks[-1], self.fed[at], self.fed[at - 1], 0, 0, elapsed)[0])
        return marks

    def find_marks(self, times: Floats, prices: Sequence[int], last: Places) -> Floats:
        """The marks that touches find which the keeper does not make. last: the keeper's touch before each."""
        found = [
            calculate_feed(False, self.marks[at], price, self.fed[at], 0, 0, int(time) - int(self.times[at]))[0]
            for time, price, at in zip(times, prices, last, strict=True)
        ]
        return np.array(found, dtype=np.float64) / WAD

    def find_readings(self, times: Floats) -> Floats:
        """HID-1. When the reading was made that counts. After a hole readings begin anew."""
        before = self.times[np.maximum(np.searchsorted(self.times, times - HOLD, "right") - 1, 0)]
        result: Floats = np.maximum(before, self.holes[np.searchsorted(self.holes, times, "right") - 1])
        return result

    def find_range(self, times: Floats, spots: Floats, traded: float) -> tuple[Floats, Floats]:
        """The range that touches find."""
        readings, pool = self.find_readings(times), self.pool
        counted = pool.counter(times, traded) - pool.counter(readings, traded)
        return calculate_range(spots, pool.reserve(times), pool.reserve(readings), counted)

    def see(self, times: Floats, spots: Floats, marks: Floats, apart_at: Floats | None = None) -> Track:
        """What touches find. apart_at: when the keeper last found the range apart; of its own touches none."""
        ranges = (*self.find_range(times, spots, TRADED), *self.find_range(times, spots, TRADED_QUIET))
        track = _track(SEEN, (times, spots, marks, *ranges, np.zeros(len(times))))
        last = find_apart(track) if apart_at is None else apart_at
        is_apart = is_beyond(marks, track["highs"], track["lows"], ARRIVED / WAD)
        track["waits"] = is_apart | (times - last < ARRIVED_FOR)
        return track


def watch(feeds: Sequence[Feed], pace: int) -> Watched:
    """A subnet under a keeper, and who comes between its touches."""
    keeper = Keeper(feeds, pace)
    spots = np.array(keeper.fed, dtype=np.float64) / WAD
    touches = keeper.see(keeper.times, spots, np.array(keeper.marks, dtype=np.float64) / WAD)

    next_sample = np.append(keeper.samples[1:], np.inf)
    times = np.minimum(keeper.samples + VISIT, next_sample - 1)
    last = np.searchsorted(keeper.times, times, "right") - 1
    marks = keeper.find_marks(times, keeper.prices, last)
    visits = keeper.see(times, keeper.spots, marks, find_apart(touches)[last])
    return Watched(touches, visits, attack(keeper))


def find_apart(touches: Track) -> Floats:
    """MRK-20. When a keeper last found the mark apart, at each of its touches; before that, the listing."""
    times, is_apart = touches["times"], is_beyond(touches["marks"], touches["highs"], touches["lows"], ARRIVED / WAD)
    result: Floats = np.maximum.accumulate(np.where(is_apart, times, times[0]))
    return result


def attack(keeper: Keeper) -> Track:
    """What trades in the direction of an unseen move gain, at the true spot, before fees and impact.

    The attacker comes at a sample, before the keeper. The better for it of two ways: as it is, and with spot pushed to
    the stored mark until the trade is done.
    """
    fed, kept = (np.array(prices, dtype=np.float64) / WAD for prices in (keeper.fed, keeper.marks))
    last = np.maximum(np.searchsorted(keeper.times, keeper.samples, "left") - 1, 0)
    moves = keeper.spots / fed[last] - 1
    chosen = np.flatnonzero((np.abs(moves) >= LARGE_UNSEEN) & ~np.isin(keeper.samples, keeper.holes))

    times, spots, moves, last = keeper.samples[chosen], keeper.spots[chosen], moves[chosen], last[chosen]
    marks = keeper.find_marks(times, [keeper.prices[at] for at in chosen], last)
    readings, pool = keeper.find_readings(times), keeper.pool
    counted = pool.counter(times, TRADED) - pool.counter(readings, TRADED)

    best, is_out = np.full(len(times), -np.inf), np.ones(len(times), dtype=np.bool_)
    for shown, mark in ((spots, marks), (kept[last], kept[last])):
        reserves = np.sqrt(shown)
        pushed = np.abs(reserves - pool.reserve(times))
        highs, lows = calculate_range(shown, reserves, pool.reserve(readings), counted + pushed)
        starts = np.where(moves < 0, np.minimum(mark, lows), np.maximum(mark, highs))
        best = np.maximum(best, np.sign(moves) * (spots - starts) / spots)
        is_out &= is_beyond(mark, highs, lows, ALPHA_BAND / WAD)
    return _track(MOVED, (times, moves, best, is_out))


def _track(names: Sequence[str], columns: Sequence[Floats | Flags]) -> Track:
    track = np.zeros(len(columns[0]), dtype=[(name, np.float64) for name in names])
    for name, column in zip(names, columns, strict=True):
        track[name] = column
    return track


# Statistics


def starts_up(track: Track, highs: str = "highs") -> Floats:
    """MRK-5. Where buyers' fills start."""
    return np.maximum(track["marks"], track[highs])


def starts_down(track: Track, lows: str = "lows") -> Floats:
    """MRK-6. Where sellers' fills start."""
    return np.minimum(track["marks"], track[lows])


def out_of_band(track: Track) -> Flags:
    """POS-9. Where increases are frozen: a price that may be hidden is out of the band."""
    return is_beyond(track["marks"], track["highs"], track["lows"], ALPHA_BAND / WAD)


def find_waits(touches: Track) -> Places:
    """Touches of each spell in which a liquidation would wait, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], touches["waits"], [0]))))
    result: Places = edges[1::2] - edges[::2]
    return result


# Simulated positions


OPENED_EACH: Final = DAY // MINUTE
"""Touches, a minute apart, between two openings of the simulated positions: a day."""
MARGIN: Final = 0.2
"""Of the notional at the entry. Half of it is the maintenance margin."""


@dataclass(slots=True)
class Liquidations:
    """What became of positions of five times their margin. waited: touches that each liquidation waited for."""

    opened: int = 0
    refused: int = 0
    bad: int = 0
    waited: list[int] = field(default_factory=list)

    def __iadd__(self, other: "Liquidations") -> "Liquidations":
        self.opened += other.opened
        self.refused += other.refused
        self.bad += other.bad
        self.waited += other.waited
        return self


def liquidate(
    marks: Floats, entries: Floats, may_open: Flags, is_long: bool, period: int, waits: Flags | None = None
) -> Liquidations:
    """Opens a position at every `period`-th touch, holds it, and liquidates it once its equity is under 10%.

    waits: where a liquidation waits, unless the equity is under 1%. Bad debt: it is below 0 when it is liquidated.
    Parts are of the notional at the entry. Fees, funding and interest are left out.
    """
    result, sign = Liquidations(), 1 if is_long else -1
    for at in range(0, len(marks), period):
        if not may_open[at]:
            result.refused += 1
            continue

        result.opened += 1
        after, entry = sign * marks[at + 1 :], sign * float(entries[at])
        below = after < entry - abs(entry) * MARGIN / 2
        if waits is not None:
            first = int(np.argmax(below)) if below.any() else len(below)
            after, below = after[first:], below[first:]
            passes = below & (~waits[at + 1 + first :] | (after < entry - abs(entry) * MARGIN * 19 / 20))
        else:
            passes = below
        if passes.any():
            end = int(np.argmax(passes))
            result.waited.append(int(below[:end].sum()))
            result.bad += bool(after[end] < entry - abs(entry) * MARGIN)
    return result


def liquidate_both(touches: Track, is_guarded: bool, is_waiting: bool = False) -> Liquidations:
    """Longs and shorts of one market, opened where a fill starts; of a published one at spot. touches: each minute."""
    spots = touches["spots"]
    result = Liquidations()
    for is_long in (True, False):
        if is_guarded:
            entries = starts_up(touches) if is_long else starts_down(touches)
            waits = touches["waits"] == 1 if is_waiting else None
            result += liquidate(touches["marks"], entries, ~out_of_band(touches), is_long, OPENED_EACH, waits)
        else:
            result += liquidate(spots, spots, np.ones(len(spots), dtype=np.bool_), is_long, OPENED_EACH)
    return result
