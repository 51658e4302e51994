"""`megatao campaign`."""

import math
import secrets
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from differential_tests.cli import display
from differential_tests.cli.counterexample import show_counterexample
from differential_tests.cli.ends import FailureError, held_signals, stop_code
from differential_tests.cli.tools import (
    FILE,
    FOLDER,
    OutputError,
    json_option,
    prepare,
    quiet_option,
    set_aside,
    write_json,
    writing,
)
from differential_tests.fuzzer.campaign import Campaign, CampaignError, Plan, run_here, run_plan
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.results import Results, read_results

DEFAULT_MINUTES = 1.0
DEFAULT_MACHINE = "protocol"
REPORT, PAGE = "campaign.json", "campaign.html"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks of a campaign, as it was given."""

    machine: str | None
    lane: str | None
    steps: int | None
    minutes: float | None
    seed: int | None
    workers: int
    scheduler: str | None
    output: Path | None
    resume: Path | None
    profile: bool
    quiet: bool


@click.command()
@click.option("--machine", help=f"What to run: protocol, oracle or share.  [default: {DEFAULT_MACHINE}]")
@click.option(
    "--lane",
    type=click.Choice(["seeded", "stateful"]),
    help="Who draws the steps: numbers from the seed, fast, or Hypothesis, more slowly.  [default: seeded]",
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Stop after so many steps.")
@click.option("--minutes", type=float, metavar="M", help="Stop after so long.  [default: 1]")
@click.option(
    "--seed", type=click.IntRange(min=0, max=2**64), metavar="S", help="Repeat a campaign.  [default: a new one]"
)
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=1024),
    metavar="N",
    help="Run in so many processes of this machine.  [default: 1, this one]",
)
@click.option("--scheduler", metavar="ADDRESS", help="Run on the workers of a scheduler of Dask's.")
@click.option("--output", type=FILE, metavar="FILE", help="Keep what is done in a file, a line for each shard.")
@click.option("--resume", type=FILE, metavar="FILE", help="Go on with a campaign that has left such a file.")
@click.option("--profile", is_flag=True, help="Show which part of a step takes which share of the time.")
@click.option(
    "--prices",
    type=FILE,
    metavar="FILE",
    help="Replay a price history (CSV, gzipped or not): all of it, unless --steps or --minutes stops it.",
)
@click.option(
    "--report",
    type=FOLDER,
    default="report",
    show_default=True,
    metavar="DIR",
    help="Where the report (JSON, and a page that follows it) and counterexamples go.",
)
@json_option
@quiet_option
def campaign(
    machine: str | None,
    lane: str | None,
    steps: int | None,
    minutes: float | None,
    seed: int | None,
    workers: int | None,
    scheduler: str | None,
    output: Path | None,
    resume: Path | None,
    profile: bool,
    prices: Path | None,
    report: Path,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Run contracts and reference side by side, and compare them after every step.

    Exit code 0: no divergence. 1: one was found, made short and written to a file for `megatao replay`. 130: stopped
    by an interrupt (143: by SIGTERM). 3: it could not go on. What was done by then is reported.
    """
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers and --scheduler exclude each other")
    options = Options(machine, lane, steps, minutes, seed, workers or 1, scheduler, output, resume, profile, quiet)
    _validate(options)
    page = report / PAGE
    prepare(report / REPORT, page, json_file, output, read=(resume, prices))
    result = _run_machine(options, page) if prices is None else _replay_prices(prices, options, page)
    with held_signals():
        _report(result, report, json_file, quiet)
    if result.divergences:
        sys.exit(1)
    if result.failure:
        raise FailureError(result.failure)
    if result.is_stopped:
        sys.exit(stop_code())


def _report(result: Campaign, folder: Path, json_file: Path | None, quiet: bool) -> None:
    """Write and show what was done: first what was found."""
    files = []
    for found in result.divergences:
        show_counterexample(found)
        files.append(_save(found, folder))
        if files[-1]:
            click.echo(f"counterexample: {files[-1]}", err=True)
    content = display.campaign_to_json(result, files)
    written = []
    for path in filter(None, (folder / REPORT, json_file, folder / PAGE)):
        try:
            _write_page(path, content, result) if path == folder / PAGE else write_json(path, content)
            written.append(str(path))
        except OutputError as error:  # the rest is written all the same
            result.failure = result.failure or error.format_message()
            with suppress(OSError):
                (folder / PAGE).unlink(missing_ok=True)  # it would say that the campaign runs
    if not quiet:
        display.print_campaign(Console(), result)
        click.echo(f"report: {', '.join(written) or 'none'}")
    if result.failure and result.divergences:
        click.echo(f"megatao: {result.failure}", err=True)


def _validate(options: Options) -> None:
    """Raises click.UsageError if the options don't go together."""
    if options.steps is not None and options.minutes is not None:
        raise click.UsageError("--steps and --minutes exclude each other")
    if options.minutes is not None and not (math.isfinite(options.minutes) and options.minutes > 0):
        raise click.UsageError("--minutes must be a number above 0")
    if options.profile and (options.workers > 1 or options.scheduler is not None):
        raise click.UsageError("--profile looks at one process: it excludes --workers and --scheduler")
    if options.resume is not None:
        others = (options.machine, options.lane, options.steps, options.minutes, options.seed, options.output)
        if any(other is not None for other in others):
            raise click.UsageError("--resume goes on with what its file says: give --workers or --scheduler beside it")


def _write_page(page: Path, content: dict[str, Any], result: Campaign) -> None:
    """The report as a page; of a campaign that was stopped without running any of it again. Errors: OutputError."""
    from differential_tests.machines import MACHINES
    from differential_tests.report.page import write_report

    scenarios = 0 if result.is_stopped else None
    with writing(page):
        write_report(page, dict(content), MACHINES[result.machine], result.divergences, scenarios=scenarios)


def _show(options: Options, progress: display.Progress, page: Path) -> Callable[[Campaign], None]:
    """What shows where a campaign is: on the terminal, and on its page, from its beginning on.

    It begins when it is first shown: the report of an earlier one is set aside then.
    """
    from differential_tests.report.page import LivePage

    live: LivePage | None = None

    def update(campaign: Campaign) -> None:
        nonlocal live
        if live is None:
            set_aside(page.with_name(REPORT), page)
            live = LivePage(page)
            if not options.quiet:
                click.echo(f"page: {page}", err=True)
        progress.update(campaign)
        unsaved = [None] * len(campaign.divergences)
        live.update(lambda: display.campaign_to_json(campaign, unsaved), is_urgent=bool(unsaved))

    return update


def _run_machine(options: Options, page: Path) -> Campaign:
    from differential_tests.fuzzer.cluster import open_cluster
    from differential_tests.machines import MACHINES

    done: Campaign | None = None
    try:
        kept = read_results(options.resume, MACHINES) if options.resume else None
        plan = kept.plan if kept else _plan(options)
        title = f"{plan.machine.name}, seed {plan.seed}"
        with ExitStack() as stack:
            run, workers = run_here(plan.machine), 1
            if options.workers > 1 or options.scheduler is not None:
                run, workers = stack.enter_context(open_cluster(options.workers, options.scheduler))
                title += f", {workers} workers"
            file = options.resume or options.output
            results = stack.enter_context(Results(file, plan, kept)) if file else None
            progress = stack.enter_context(display.Progress(title, plan.max_steps, plan.max_seconds, options.quiet))
            done = run_plan(
                plan,
                run,
                workers,
                kept,
                on_result=results.add if results else lambda _result, _seconds: None,
                on_progress=_show(options, progress, page),
            )
    except KeyboardInterrupt:
        if done is None:
            raise
        done.is_stopped = True  # while workers were let go
    except CampaignError as error:
        raise click.UsageError(str(error)) from error
    return done


def _plan(options: Options) -> Plan:
    from differential_tests.machines import MACHINES

    name = options.machine or DEFAULT_MACHINE
    if name not in MACHINES:
        raise click.UsageError(f"there is no machine {name!r}; there is {', '.join(MACHINES)}")
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    seconds = None if options.steps else 60 * (options.minutes or DEFAULT_MINUTES)
    return Plan(MACHINES[name], seed, options.steps, seconds, options.lane or "seeded", options.profile)


def _replay_prices(prices: Path, options: Options, page: Path) -> Campaign:
    from differential_tests.machines.protocol.price_replay import PriceFileError, replay_prices

    others = (options.seed, options.lane, options.scheduler, options.output, options.resume, options.profile or None)
    if options.machine not in (None, "protocol") or options.workers > 1 or any(each is not None for each in others):
        raise click.UsageError(
            "--prices drives the protocol machine, in this process, and there is nothing to seed or to draw in it"
        )
    seconds = 60 * options.minutes if options.minutes else None
    try:
        with display.Progress(f"protocol, {prices.name}", options.steps, seconds, options.quiet) as progress:
            return replay_prices(prices, options.steps, seconds, _show(options, progress, page))
    except PriceFileError as error:
        raise click.UsageError(str(error)) from error


def _save(found: Counterexample, report: Path) -> Path | None:
    """Its file; None where none can be written: it was shown, and is in the report."""
    try:
        return found.save(report)
    except OSError as error:
        click.echo(f"megatao: the counterexample can't be written: {error.strerror}", err=True)
        return None
