"""The subcommand `megatao mutate`."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from differential_tests.cli.ends import FailureError
from differential_tests.cli.tools import FILE, json_option, prepare, quiet_option, write_json
from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.provenance import label, take
from differential_tests.fuzzer.malformed import explain

COUNTS = {"contracts": 420, "reference": 160}
"""How many mutants of each side are tested, beside those that are dropped."""

SECONDS = 60.0
PLAIN_SECONDS = 30.0
"""Where the output is no terminal, a line of progress stands for so long."""


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which mutants are taken.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="How many of each side.  [default: 420 and 160]")
@click.option("--only", type=click.Choice(list(COUNTS)), help="Only one side.")
@click.option("--file", "files", multiple=True, metavar="PATH", help="Only mutants of this source; may be repeated.")
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=SECONDS, show_default=True, help="Processor time of each."
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default=True, help="Processes."
)
@click.option("--resume", type=FILE, metavar="FILE", help="Keep what is done in this file, and go on from it.")
@json_option
@quiet_option
def mutate(
    seed: int,
    count: int | None,
    only: str | None,
    files: tuple[str, ...],
    seconds: float,
    workers: int,
    resume: Path | None,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Break the contracts and the reference in many small ways, and see whether the suite notices.

    Exit code 0: every mutant that nothing saw is in the ledger, with its class. 1: there is another one.
    """
    import warnings

    from differential_tests.book.evidence import hash_sources
    from differential_tests.mutation.report import Report
    from differential_tests.mutation.scenarios import BaselineError

    made = take()
    warnings.filterwarnings("ignore", "Use of large arrays", module="vyper")
    prepare(resume, json_file)
    console = Console(stderr=True, quiet=quiet)
    entries, notes = _read(resume, seconds)
    if notes.ignored:
        console.print(f"{notes.ignored} results of other sources or limits in {resume} do not count")
    sides = _find(only, files)
    results: list[Any] = []
    is_stopped = False
    try:
        _run(console, sides, seed, count, seconds, workers, notes, results)
    except BaselineError as error:
        raise FailureError(str(error)) from error
    except KeyboardInterrupt:  # what was done is reported
        is_stopped = True
    report = Report(seed, seconds, results, entries)
    if json_file:
        judged = sorted({each.mutant.file for each in results})
        sources = {file: hash_sources(ROOT, [file]) if made.holds() else "" for file in judged}
        content = {"sources": sources, "is_stopped": is_stopped, **report.to_json()}
        write_json(json_file, label("mutation", made, content))
    if not quiet:
        report.print(Console())
    if only is None and not files:
        _warn_of_stale(console, entries, sides)
    if not report.unclassed and is_stopped:
        raise KeyboardInterrupt
    if report.unclassed:
        click.echo(f"megatao: {len(report.unclassed)} mutants survive and are not in the ledger", err=True)
        sys.exit(1)


def _read(resume: Path | None, seconds: float) -> tuple[Any, Any]:
    """The ledger, and what a run before has done."""
    from differential_tests.mutation import ledger, runner

    try:
        return ledger.load(), runner.Notes(resume, seconds)
    except (ledger.LedgerError, OSError) as error:
        raise click.UsageError(str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise click.UsageError(f"{resume} is not the file of a run: {explain(error)}") from error


def _find(only: str | None, files: tuple[str, ...]) -> list[tuple[Any, list[Any]]]:
    """Each side with its mutants."""
    from differential_tests.mutation.contracts import Contracts
    from differential_tests.mutation.reference import Reference

    sides = [side for side in (Contracts(), Reference()) if only in (None, side.side)]
    found = [(side, side.find()) for side in sides]
    known = {mutant.file for _, mutants in found for mutant in mutants}
    for file in files:
        if file not in known:
            raise click.UsageError(f"{file} has no mutants; sources are named like vyper_contracts/math/mark.vy")
    kept = [(side, [mutant for mutant in mutants if not files or mutant.file in files]) for side, mutants in found]
    return [(side, mutants) for side, mutants in kept if mutants]


def _run(
    console: Console,
    sides: list[tuple[Any, list[Any]]],
    seed: int,
    count: int | None,
    seconds: float,
    workers: int,
    notes: Any,
    results: list[Any],
) -> None:
    """Judge the mutants of both sides; the results are added as they come."""
    from differential_tests.mutation import runner, steering

    with _Progress(console) as progress:
        known = steering.load(workers, progress.learn)
        for side, mutants in sides:
            wanted = min(count or COUNTS[side.side], len(mutants))
            progress.start(f"{side.side}, seed {seed}: {wanted} of {len(mutants)} mutants", wanted)
            side.prepare(known)
            order = runner.select(mutants, seed)
            before = len(results)

            def note(result: Any, done: int) -> None:
                results.append(result)
                progress.update(result, done)

            results[before:] = runner.run(side, order, wanted, workers, seconds, notes, note)


def _warn_of_stale(console: Console, entries: Any, sides: list[tuple[Any, list[Any]]]) -> None:
    from differential_tests.mutation.ledger import find_stale

    stale = find_stale(entries, [mutant for _, mutants in sides for mutant in mutants])
    if stale:
        console.print(f"{len(stale)} entries of the ledger fit no mutant any more, the first: {' '.join(stale[0])}")


class _Progress:
    """A bar on a terminal, a line now and then elsewhere. It has no thread: processes are forked while it is shown."""

    def __init__(self, console: Console) -> None:
        self._console, self._next = console, 0.0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
        self._task: Any = None

    def __enter__(self) -> "_Progress":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, title: str, total: int) -> None:
        """Something else begins."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(title, total=total)
        if not self._console.is_terminal:
            self._console.print(title)

    def learn(self, done: int, total: int) -> None:
        """Scenarios are traced, which happens once."""
        if done <= 1 or self._task is None:
            self.start("which scenario reaches what, learnt once", total)
        self._show(done, total, "")

    def update(self, result: Any, done: int) -> None:
        """A mutant is done."""
        self._show(done, None, f", the last one {result.verdict.status}")

    def _show(self, done: int, total: int | None, text: str) -> None:
        self._bar.update(self._task, completed=done, total=total)
        if self._console.is_terminal:
            self._bar.refresh()
        elif time.monotonic() > self._next:
            self._console.print(f"{done} done{text}")
            self._next = time.monotonic() + PLAIN_SECONDS
