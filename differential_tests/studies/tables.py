"""The tables of spec/real-prices.md: the history, the index and MTSOS. And how all tables are written."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import numpy as np

from differential_tests.studies.simulation import (
    ADDED,
    FELL,
    GAPS,
    LARGE,
    MOVED,
    REMOVED,
    ROSE,
    WEEK,
    Study,
    distance,
    explain_move,
    find_at,
    find_lasting_gap,
    moves,
    name_mover,
)
from differential_tests.studies.subnets import DAY, HOUR, MINUTE, NEAR, Flags, Floats


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
    for name, marks in (("published", study.index), ("guarded", study.index_mark["marks"])):
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
    spots, marks = track["spots"], track["marks"]
    rows = []
    for name, column, sign in (
        ("buy: open or add to a long", "opens_up", 1),
        ("sell: open or add to a short", "opens_down", -1),
        ("buy: close or shrink a short", "closes_up", 1),
        ("sell: close or shrink a long", "closes_down", -1),
    ):
        cells = [name]
        for base in (spots, marks):
            paid = sign * (track[column] - base) / base
            cells += [percent(float(paid.mean())), percent(float(np.quantile(paid, 0.99)), 1)]
        rows.append(cells)
    header = ["MTSOS, guarded", "mean start beyond spot", "99th percentile"]
    return table([*header, "mean start beyond the mark", "99th percentile"], rows)


BLOCKS: Final = {
    "The history": tabulate_history,
    "The index: share of samples with spot further away than that": tabulate_index,
    "The largest moves of the sum within one sample": tabulate_moves,
    "All moves of the sum by more than 10% within one sample": tabulate_causes,
    "MTSOS: distance of spot from the mark": tabulate_index_market,
    "MTSOS: where a fill starts": tabulate_index_fills,
}
