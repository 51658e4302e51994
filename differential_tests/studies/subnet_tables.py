"""The tables of spec/real-prices.md: the subnets, under a keeper of each pace."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from differential_tests.studies.simulation import (
    WEEK,
    Study,
    after_first_week,
    distance,
    find_at,
    find_lasting_fall,
    moves,
)
from differential_tests.studies.subnets import (
    MINUTE,
    PACES,
    TRADED,
    TRADED_QUIET,
    Flags,
    Floats,
    Liquidations,
    Track,
    find_waits,
    liquidate_both,
    out_of_band,
    starts_down,
    starts_up,
)
from differential_tests.studies.tables import date, percent, share, signed, table

MINUTELY: Final = "each minute"


def collect(study: Study, pace: str, of: Callable[[Track], Floats], without: int | None = None) -> Floats:
    """What is measured at all visits of all subnets, but for one of them."""
    chosen = [paces[pace].visits for netuid, paces in study.subnets.items() if netuid != without]
    return np.concatenate([of(visits) for visits in chosen]) if chosen else np.zeros(0)


def find_worst(study: Study) -> int:
    """The subnet whose mark is furthest from spot on average."""
    means = {netuid: _distance(paces[MINUTELY].visits).mean() for netuid, paces in study.subnets.items()}
    return max(means, key=lambda netuid: float(means[netuid]))


def _distance(track: Track) -> Floats:
    return distance(track["spots"], track["marks"])


def buys(track: Track, highs: str = "highs") -> Floats:
    """How far above spot buyers' fills start, parts of spot."""
    result: Floats = starts_up(track, highs) / track["spots"] - 1
    return result


def sells(track: Track, lows: str = "lows") -> Floats:
    """How far below spot sellers' fills start, parts of spot."""
    result: Floats = 1 - starts_down(track, lows) / track["spots"]
    return result


def _triple(values: Floats) -> str:
    """Mean, median and 99th percentile in percent; of nothing a dash."""
    if not len(values):
        return "–"
    each = float(values.mean()), float(np.median(values)), float(np.quantile(values, 0.99))
    return f"{100 * each[0]:.3f} / {100 * each[1]:.3f} / {100 * each[2]:.2f}"


def tabulate_marks(study: Study) -> str:
    """Largest moves of spot and mark, and the share of time out of the band at each pace."""
    rows = []
    frozen: list[list[Flags]] = [[] for _ in range(2 * len(PACES))]
    for netuid, paces in study.subnets.items():
        flags = []
        for pace in PACES:
            visits = paces[pace].visits
            out = out_of_band(visits)
            flags += [out, out[after_first_week(visits["times"])]]
        for column, found in zip(frozen, flags, strict=True):
            column.append(found)
        visits, touches = paces[MINUTELY].visits, paces[MINUTELY].touches
        largest = [
            np.abs(moves(track["times"], track[name])).max() for track, name in ((visits, "spots"), (touches, "marks"))
        ]
        row = [f"{netuid}", f"{len(visits):,}", percent(largest[0], 1), percent(largest[1], 3)]
        rows.append([*row, *(percent(share(found)) for found in flags)])
    rows.append(["all", f"{sum(map(len, frozen[0])):,}", "", "", *(percent(share(np.concatenate(f))) for f in frozen)])
    header = ["subnet", "samples", "largest move of spot", "of the mark in a feed"]
    for pace in PACES:
        header += [f"frozen, fed {pace}", "without the first week"]
    return table(header, rows)


def tabulate_traded(study: Study) -> str:
    """Where fills start, by the keeper's pace and by what is traded, of all subnets but the worst."""
    worst, rows = find_worst(study), []
    columns = {
        "the mark alone": ("spots", "spots"),
        f"range, {percent(TRADED_QUIET, 0)} a day": ("quiet_highs", "quiet_lows"),
        f"range, {percent(TRADED, 0)} a day": ("highs", "lows"),
    }
    for pace in PACES:
        for name, (highs, lows) in columns.items():
            found = [
                collect(study, pace, partial(buys, highs=highs), worst),
                collect(study, pace, partial(sells, lows=lows), worst),
            ]
            rows.append([pace, name, *map(_triple, found)])
    header = ["fed", "start by", "buy above spot, %: mean / median / 99th percentile", "sell below spot, %"]
    return f"{table(header, rows)}\n\nAll subnets but {worst}."


def tabulate_starts(study: Study) -> str:
    """Where fills start, by subnet."""
    rows = []
    for netuid, paces in study.subnets.items():
        cells = [_triple(of(paces[pace].visits)) for pace in PACES for of in (buys, sells)]
        rows.append([f"{netuid}", percent(float(_distance(paces[MINUTELY].visits).mean()), 3), *cells])
    for name, without in (("all", None), (f"all but {find_worst(study)}", find_worst(study))):
        cells = [_triple(collect(study, pace, of, without)) for pace in PACES for of in (buys, sells)]
        rows.append([name, percent(float(collect(study, MINUTELY, _distance, without).mean()), 3), *cells])
    header = ["subnet", "mean distance of the mark, fed each minute"]
    for pace in PACES:
        header += [f"buy, fed {pace}", f"sell, fed {pace}"]
    return table(header, rows)


def tabulate_unseen(study: Study) -> str:
    """What a trade gains that follows a move which no touch has seen."""
    rows = []
    for pace in PACES:
        found = [paces[pace].unseen for paces in study.subnets.values()]
        moved, gains, is_out = (
            np.concatenate([track[name] for track in found]) for name in ("moves", "gains", "is_out")
        )
        if not len(gains):
            rows.append([pace, "0", "–", "–", "–", "–"])
            continue
        middle = float(np.median(np.abs(moved))), float(np.median(gains))
        row = [pace, f"{len(gains):,}", percent(middle[0], 1), signed(middle[1], 3), signed(float(gains.max()), 3)]
        rows.append([*row, percent(share(is_out == 1), 0)])
    header = ["fed", "trades", "median move", "median gain", "largest gain", "refused, if they open or add"]
    return table(header, rows)


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
    for netuid, paces in study.subnets.items():
        visits = paces[MINUTELY].visits
        at, depth = find_lasting_fall(visits["times"], visits["spots"], FALL_SPAN)
        if depth < 0:
            falls.append(Fall(netuid, at, depth))
    return sorted(falls, key=lambda fall: fall.depth)


def tabulate_falls(study: Study) -> str:
    """How long the mark stayed behind after each market's largest lasting fall."""
    rows = []
    for fall in find_falls(study):
        visits = study.subnets[fall.netuid][MINUTELY].visits
        times = visits["times"]
        end = find_at(times, times[fall.at] + WEEK) or len(times)
        ratio = (visits["marks"] / visits["spots"])[fall.at : end]
        row = [f"{fall.netuid}", date(times[fall.at]), signed(fall.depth, 1), f"{ratio.max():,.2f}"]
        rows.append([*row, *(_lags(study.subnets[fall.netuid][pace].visits, times[fall.at]) for pace in PACES)])
    header = ["subnet", "at", "fall", "mark / spot, at most"]
    return table([*header, *(f"minutes to the band / 5% / 1%, fed {pace}" for pace in PACES)], rows)


def _lags(track: Track, start: float) -> str:
    """Minutes from a time until the range is in the band, and the mark less than 5% and 1% above spot."""
    times = track["times"]
    window = slice(int(np.searchsorted(times, start)), int(np.searchsorted(times, start + WEEK)))
    ahead = (track["marks"] / track["spots"] - 1)[window]
    reached = (~out_of_band(track)[window], ahead < 0.05, ahead < 0.01)
    return " / ".join(_minutes(times[window], flags) for flags in reached)


def _minutes(times: Floats, reached: Flags) -> str:
    """Minutes until a condition first holds."""
    return f"{(times[int(np.argmax(reached))] - times[0]) / MINUTE:.0f}" if reached.any() else "over a week"


def tabulate_liquidations(study: Study) -> str:
    """Positions of five times their margin, at spot and at guarded marks."""
    rows = []
    for name, is_guarded, is_waiting in (
        ("published (spot)", False, False),
        ("guarded, at once", True, False),
        ("guarded, waits for arrival", True, True),
    ):
        total = Liquidations()
        for paces in study.subnets.values():
            total += liquidate_both(paces[MINUTELY].touches, is_guarded, is_waiting)
        counts = [f"{n:,}" for n in (total.opened, total.refused, len(total.waited), total.bad)]
        rows.append([name, *counts, *(_spread(np.array(total.waited)) if is_waiting else ["–"] * 4)])
    header = ["mark", "opened", "refused, out of the band", "liquidated", "with bad debt"]
    return table([*header, "at once", "waited: median", "90th percentile", "longest"], rows)


def _spread(minutes: Floats) -> list[str]:
    """Share of zeros; median, 90th percentile and largest, in minutes."""
    if not len(minutes):
        return ["–"] * 4
    most = float(np.median(minutes)), float(np.quantile(minutes, 0.9)), float(minutes.max())
    return [percent(share(minutes == 0), 0), *(f"{each:,.0f} min" for each in most)]


def tabulate_waits(study: Study) -> str:
    """How often, and for how long, a liquidation would have waited."""
    rows, spells = [], list[Floats]()
    for netuid, paces in study.subnets.items():
        spells.append(find_waits(paces[MINUTELY].touches).astype(np.float64))
        rows.append([f"{netuid}", *_waits(paces[pace].visits["waits"] == 1 for pace in PACES), *_spell(spells[-1])])
    every = [np.concatenate([paces[pace].visits["waits"] for paces in study.subnets.values()]) == 1 for pace in PACES]
    rows.append(["all", *_waits(every), *_spell(np.concatenate(spells))])
    header = ["subnet", *(f"would wait, fed {pace}" for pace in PACES)]
    return table([*header, "spells, fed each minute", "median", "90th percentile", "longest"], rows)


def _waits(flags: Iterable[Flags]) -> list[str]:
    return [percent(share(found)) for found in flags]


def _spell(minutes: Floats) -> list[str]:
    return [f"{len(minutes):,}", *_spread(minutes)[1:]]


BLOCKS: Final = {
    "The subnets: largest moves, share of samples out of the band": tabulate_marks,
    "The subnets: where fills start, by pace and by what is traded": tabulate_traded,
    "The subnets: where fills start. Mean / median / 99th percentile, percent of spot": tabulate_starts,
    "The subnets: trades after an unseen move of 5% or more": tabulate_unseen,
    "The subnets: the largest lasting fall of each": tabulate_falls,
    "Positions of five times their margin, opened once a day": tabulate_liquidations,
    "The subnets: when a liquidation would wait": tabulate_waits,
}
