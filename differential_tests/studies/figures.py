"""The figures of spec/real-prices.md."""

from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from differential_tests.studies.simulation import (
    DAY,
    EACH_SAMPLE,
    HOUR,
    MINUTE,
    WEEK,
    Floats,
    Study,
    after_first_week,
    distance,
    find_lasting_gap,
    moves,
    out_of_band,
)
from differential_tests.studies.style import FILL_COLOUR, MARK_COLOUR, SPOT_COLOUR, STYLE
from differential_tests.studies.tables import date, find_falls, largest_moves, share

# The history


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
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]  # matplotlib's dates
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # matplotlib's dates


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
    guarded = study.index_mark["marks"]
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
        largest = [np.abs(moves(track["times"], track[name])).max() for track in tracks]
        left.plot(largest, rows, marker, color=colour, label=label)
    whole = [share(out_of_band(track)) for track in tracks]
    late = [share(out_of_band(track)[after_first_week(track["times"])]) for track in tracks]
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
        times = track["times"]
        near = (times >= times[fall.at] - 1.5 * HOUR) & (times <= times[fall.at] + 6 * HOUR)
        hours = (times[near] - times[fall.at]) / HOUR
        lines = {name: track[name][near] for name in ("starts_up", "starts_down", "spots", "marks")}
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
    """Writes all figures as SVG into a folder that is there. The same study gives the same bytes."""
    paths = []
    with mpl.rc_context(STYLE):
        for name, plot in PLOTS.items():
            paths.append(folder / f"real-prices-{name}.svg")
            plot(study).savefig(paths[-1], metadata={"Date": None, "Creator": None})
    return paths


# The command line
