"""`megatao search`."""

import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from differential_tests.cli.ends import held_signals, stop_code
from differential_tests.cli.tools import json_option, prepare, quiet_option, write_json
from differential_tests.contracts.processes import Pool
from differential_tests.contracts.provenance import label, take
from reference.math.units import WAD

if TYPE_CHECKING:
    from differential_tests.search.report import Report

ROUND_SECONDS = 2.0
"""For so long each process searches until it says what it has."""
PLAIN_SECONDS = 10.0
"""Where the output is no terminal, a line of progress stands for so long."""


@click.command()
@click.option(
    "--machine", type=click.Choice(["protocol"]), default="protocol", show_default=True, help="What it plays."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    metavar="N",
    help="Stop after so long.",
)
@click.option("--accounts", type=click.IntRange(1, 2), default=2, show_default=True, help="How many traders collude.")
@click.option(
    "--seed", type=click.IntRange(min=0, max=2**64), metavar="S", help="Draw the same sequences.  [default: new ones]"
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    metavar="N",
    help="Search in so many processes.",
)
@click.option("--without", metavar="RULE", hidden=True, help="Switch a rule off, as a planted weakness.")
@json_option
@quiet_option
def search(
    machine: str,
    seconds: float,
    accounts: int,
    seed: int | None,
    workers: int,
    without: str | None,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Search for sequences by which two traders and a depositor gain together from others, in the reference.

    They push the pool, hold it, plant readings, trade before and after true jumps, and liquidate each other. What
    prices alone do is luck and counts for nothing; bad debt is told apart. Exit code 0: nothing was found beyond what
    the chapter of threats says is left. 1: something was. 130: stopped by an interrupt (143: by SIGTERM); what was
    found by then is shown.
    """
    from differential_tests.search.report import Report
    from differential_tests.search.weaknesses import WEAKNESSES

    if without is not None and without not in WEAKNESSES:
        raise click.UsageError(f"there is no weakness {without!r}; there is {', '.join(WEAKNESSES)}")
    made = take()
    prepare(json_file)
    report = Report(machine, secrets.randbelow(2**32) if seed is None else seed, accounts, workers, without)
    is_stopped = False
    try:
        _search(report, seconds, quiet)
    except KeyboardInterrupt:
        is_stopped = True
    with held_signals():
        report.finish()
        if json_file:
            write_json(json_file, label("search", made, report.to_json()))
        if not quiet or report.is_beyond:
            _show(Console(), report)
    if report.is_beyond:
        sys.exit(1)
    if is_stopped:
        sys.exit(stop_code())


def _search(report: "Report", seconds: float, quiet: bool) -> None:
    """Search in rounds, and say where it is between them. An interrupt leaves what the rounds before have found."""
    progress = _Progress(report, seconds, quiet)
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        workers = len(report.searches)
        pool = stack.enter_context(Pool(max_workers=workers)) if workers > 1 else None
        stack.enter_context(progress)
        while (left := end - time.monotonic()) > 0:
            _play_round(report, min(left, ROUND_SECONDS), pool)
            report.update()
            progress.update()


def _play_round(report: "Report", seconds: float, pool: Pool | None) -> None:
    from differential_tests.search.report import search_without

    if pool is None:
        report.searches = [search_without(each, seconds, report.without) for each in report.searches]
    else:
        running = [pool.submit(search_without, each, seconds, report.without) for each in report.searches]
        report.searches = [each.result() for each in running]


class _Progress:
    """One line: on a terminal in its place, elsewhere now and then, nothing when quiet."""

    def __init__(self, report: "Report", seconds: float, quiet: bool) -> None:
        self._report, self._seconds, self._quiet = report, seconds, quiet
        self._console = Console(stderr=True)
        self._status = self._console.status("searching") if self._console.is_terminal and not quiet else None
        self._next = PLAIN_SECONDS

    def __enter__(self) -> "_Progress":
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def update(self) -> None:
        """Say where the search is."""
        from differential_tests.search.sequence import show_tao

        report = self._report
        rate = report.tried / max(report.seconds, 1e-9)
        text = (
            f"{report.seconds:,.0f} of {self._seconds:,.0f} s, {report.tried:,} sequences, {rate:,.0f}/s, "
            f"best joint gain {show_tao(report.best)} TAO"
        )
        if self._status:
            self._status.update(text)
        elif not self._quiet and report.seconds >= self._next:
            self._next = report.seconds + PLAIN_SECONDS
            self._console.print(text, highlight=False)


def _show(console: Console, report: "Report") -> None:
    """The best of each class, and the best of all as a blotter."""
    from differential_tests.search.sequence import show_tao

    if report.rows:
        columns = ("gain", "may be left", "bad debt apart")
        table = Table("class", *(Column(each, justify="right") for each in columns), title="joint gain (TAO)")
        for row in report.rows:
            amounts = (row.gain, row.bound, row.debt)
            table.add_row(row.kind, *(Text(show_tao(amount)) for amount in amounts))
        console.print(table)
        _show_blotter(console, report)
    seed = f"{report.tried:,} sequences in {report.seconds:,.1f} s, seed {report.seed}"
    off = f", without {report.without}" if report.without else ""
    verdict = "a gain beyond what may be left" if report.is_beyond else "no gain beyond what may be left"
    console.print(Text(f"{verdict}; {seed}{off}", style="bold red" if report.is_beyond else "bold green"))


def _show_blotter(console: Console, report: "Report") -> None:
    from differential_tests.search.sequence import show_tao

    row = report.rows[0]
    setting = row.sequence.setting
    names = ("second", "what", "true", "spot", "mark", "gain")
    columns = (Column(name, justify="left" if name == "what" else "right", overflow="fold") for name in names)
    table = Table(*columns, title=f"{row.kind}: {show_tao(row.gain)} TAO; {setting.tell()}")
    for step in report.steps:
        prices = (f"{price / WAD:.4f}" for price in (step.true_price, step.spot, step.mark))
        what = f"{step.what} ({step.revert})" if step.revert else step.what
        cells = (f"{step.seconds:,}", what, *prices, show_tao(step.gain))
        table.add_row(*map(Text, cells))
    console.print(table)
