"""The tables of spec/real-prices.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from differential_tests.studies.simulation import (
    ADDED,
    DAY,
    FELL,
    GAPS,
    HOUR,
    LARGE,
    MINUTE,
    MOVED,
    NEAR,
    REMOVED,
    ROSE,
    WEEK,
    Flags,
    Floats,
    Liquidations,
    Study,
    Track,
    after_first_week,
    distance,
    explain_move,
    find_at,
    find_lasting_fall,
    find_lasting_gap,
    liquidate_both,
    moves,
    name_mover,
    out_of_band,
)


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
    for name, side in (("buy", track["starts_up"] - spots), ("sell", spots - track["starts_down"])):
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
            out, late = out_of_band(one), after_first_week(one["times"])
            flags += [out, out[late]]
        for column, found in zip(frozen, flags, strict=True):
            column.append(found)
        times = track["times"]
        largest = [np.abs(moves(times, track[name])).max() for name in ("spots", "marks")]
        row = [f"{netuid}", f"{len(times):,}", percent(largest[0], 1), percent(largest[1], 3)]
        rows.append([*row, *(percent(share(found)) for found in flags)])
    rows.append(["all", f"{sum(map(len, frozen[0])):,}", "", "", *(percent(share(np.concatenate(f))) for f in frozen)])
    header = ["subnet", "samples", "largest move of spot", "of the mark", "frozen", "without the first week"]
    return table([*header, "frozen, fed each minute", "without the first week"], rows)


def tabulate_costs(study: Study) -> str:
    """How far the marks were from spot, and what the gaps cost."""
    rows, columns = [], []
    for netuid, track in study.marks.items():
        spots, marks = track["spots"], track["marks"]
        gap = distance(spots, marks)
        ups, downs = track["gaps_up"], track["gaps_down"]
        buy, sell = track["starts_up"] / spots - 1, 1 - track["starts_down"] / spots
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
        at, depth = find_lasting_fall(track["times"], track["spots"], FALL_SPAN)
        if depth < 0:
            falls.append(Fall(netuid, at, depth))
    return sorted(falls, key=lambda fall: fall.depth)


def tabulate_falls(study: Study) -> str:
    """How long the mark stayed behind after each market's largest lasting fall."""
    rows = []
    for fall in find_falls(study):
        track = study.marks[fall.netuid]
        times = track["times"]
        end = find_at(times, times[fall.at] + WEEK) or len(times)
        ratio = (track["marks"] / track["spots"])[fall.at : end]
        row = [f"{fall.netuid}", date(times[fall.at]), signed(fall.depth, 1), f"{ratio.max():,.2f}"]
        for one in (track, study.minute_marks[fall.netuid]):
            row += _lags(one, times[fall.at])
        rows.append(row)
    header = ["subnet", "at", "fall", "mark / spot, at most", "minutes to the band", "to 5%", "to 1%"]
    return table([*header, "fed each minute: to the band", "to 5%", "to 1%"], rows)


def _lags(track: Track, start: float) -> list[str]:
    """Minutes from a time until spot is in the band, and the mark less than 5% and 1% above it."""
    times = track["times"]
    window = slice(int(np.searchsorted(times, start)), int(np.searchsorted(times, start + WEEK)))
    ahead = (track["marks"] / track["spots"] - 1)[window]
    return [_minutes(times[window], reached) for reached in (~out_of_band(track)[window], ahead < 0.05, ahead < 0.01)]


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
