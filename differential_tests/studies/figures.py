"""The figures of spec/real-prices.md."""

from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from differential_tests.studies.simulation import EACH_SAMPLE, WEEK, Study, distance, find_lasting_gap, moves
from differential_tests.studies.style import FILL_COLOUR, MARK_COLOUR, SPOT_COLOUR, STYLE
from differential_tests.studies.subnet_tables import MINUTELY, buys, find_falls, sells
from differential_tests.studies.subnets import (
    DAY,
    HOUR,
    MINUTE,
    PACES,
    TRADED,
    TRADED_QUIET,
    Floats,
    Track,
    out_of_band,
    starts_down,
    starts_up,
)
from differential_tests.studies.tables import date, largest_moves, percent, share

PACE_COLOURS: Final = dict(zip(PACES, (MARK_COLOUR, "#56b4e9", FILL_COLOUR), strict=True))

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
    """For each subnet the largest move within a sample, and the share of time out of the band at each pace."""
    figure, (left, right) = _figure(1, 2, 3.8)
    order = list(study.subnets)[::-1]
    rows = range(len(order))
    watched = [study.subnets[netuid] for netuid in order]
    largest = [_largest(paces[MINUTELY].visits, "spots") for paces in watched]
    left.plot(largest, rows, "o", color=SPOT_COLOUR, label="spot, within one sample")
    largest = [_largest(paces[MINUTELY].touches, "marks") for paces in watched]
    left.plot(largest, rows, "s", color=MARK_COLOUR, label="guarded mark, in one feed")
    for pace, colour in PACE_COLOURS.items():
        parts = [share(out_of_band(paces[pace].visits)) for paces in watched]
        right.plot(parts, rows, "o", color=colour, label=f"fed {pace}")
    left.set(title="Largest moves", xlabel="part of the price before (logarithmic)", xscale="log")
    right.set(title="Out of the band: increases frozen", xlabel="part of the samples (logarithmic)", xscale="log")
    _name_rows([left, right], order)
    figure.legend(handles=left.get_legend_handles_labels()[0], loc="outside lower left")
    figure.legend(handles=right.get_legend_handles_labels()[0], loc="outside lower right")
    return figure


def _largest(track: Track, name: str) -> float:
    return float(np.abs(moves(track["times"], track[name])).max())


def _name_rows(panels: list[Axes], order: list[int]) -> None:
    for axes in panels:
        axes.set_yticks(range(len(order)), [f"subnet {netuid}" for netuid in order])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda part, _: f"{100 * part:g}%"))


def plot_starts(study: Study) -> Figure:
    """For each subnet how much the range adds to the starts of fills at each pace, by what is traded."""
    figure, panels = _figure(1, 2, 3.8)
    order = list(study.subnets)[::-1]
    for axes, of, full, quiet, title in (
        (panels[0], buys, "highs", "quiet_highs", "Added to buyers' starts, mean"),
        (panels[1], sells, "lows", "quiet_lows", "Added to sellers' starts, mean"),
    ):
        for pace, colour in PACE_COLOURS.items():
            for column, marker, traded in ((full, "o", TRADED), (quiet, "|", TRADED_QUIET)):
                visits = [study.subnets[netuid][pace].visits for netuid in order]
                added = [float((of(track, column) - of(track, "spots")).mean()) for track in visits]
                label = f"{pace}, {percent(traded, 0)} a day"
                axes.plot(added, range(len(order)), marker, color=colour, markersize=6, label=label)
        axes.set(title=title, xlabel="part of spot (logarithmic)", xscale="log")
    _name_rows(panels, order)
    figure.legend(handles=panels[0].get_legend_handles_labels()[0], loc="outside lower center", ncols=3)
    return figure


def plot_falls(study: Study, count: int = 4) -> Figure:
    """The mark, and where fills start, around the deepest falls."""
    figure, panels = _figure(2, 2, 5.6)
    falls = find_falls(study)[:count]
    for axes, fall in zip(panels, falls, strict=False):
        track = study.subnets[fall.netuid][MINUTELY].visits
        times = track["times"]
        near = (times >= times[fall.at] - 1.5 * HOUR) & (times <= times[fall.at] + 6 * HOUR)
        hours = (times[near] - times[fall.at]) / HOUR
        axes.fill_between(
            hours,
            starts_down(track)[near],
            starts_up(track)[near],
            color=FILL_COLOUR,
            alpha=0.2,
            linewidth=0,
            label="between the starts of fills",
        )
        axes.plot(hours, track["spots"][near], color="#555555", linewidth=1, label="spot")
        axes.plot(hours, track["marks"][near], color=MARK_COLOUR, linewidth=1.8, label="guarded mark")
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
    "starts": plot_starts,
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
