"""The command line: `megatao campaign`, `replay`, `prove`, `gas`, `build`, `spec`."""

import json
import math
import secrets
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from differential_tests import display
from differential_tests.book.commands import spec
from differential_tests.deploy import deploy_command
from differential_tests.engine.campaign import Campaign
from differential_tests.engine.counterexample import Counterexample

DEFAULT_MINUTES = 1.0

FILE = click.Path(path_type=Path, dir_okay=False)
json_option = click.option("--json", "json_file", type=FILE, metavar="FILE", help="Also write the result as JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Nothing on the terminal but what went wrong.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def app() -> None:
    """The executable specification of MegaTAO, held against its Vyper contracts."""


@app.command()
@click.option("--machine", default="oracle", show_default=True, help="What to run.")
@click.option(
    "--lane",
    type=click.Choice(["seeded", "stateful"]),
    default="seeded",
    show_default=True,
    help="Who draws the steps: numbers from the seed, fast, or Hypothesis, slowly.",
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Stop after so many steps.")
@click.option("--minutes", type=float, metavar="M", help="Stop after so long.  [default: 1]")
@click.option(
    "--seed", type=click.IntRange(min=0, max=2**64), metavar="S", help="Repeat a campaign.  [default: a new one]"
)
@click.option(
    "--prices",
    type=FILE,
    metavar="FILE",
    help="Replay a price history (CSV, gzipped or not): all of it, unless --steps or --minutes stops it.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default="report",
    show_default=True,
    metavar="DIR",
    help="Where the report and counterexamples go.",
)
@json_option
@quiet_option
def campaign(
    machine: str,
    lane: str,
    steps: int | None,
    minutes: float | None,
    seed: int | None,
    prices: Path | None,
    report: Path,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Run contracts and reference side by side and compare everything after every step.

    Exit code 0: no divergence. 1: one was found, made short and written to a file for `megatao replay`.
    """
    _validate_limits(steps, minutes)
    for path in filter(None, (report, json_file and json_file.parent)):
        _make_folder(path)
    if prices is None:
        result = _run_machine(machine, lane, steps, minutes, seed, quiet)
    elif machine != "oracle" or seed is not None or lane != "seeded":
        raise click.UsageError("--prices drives the oracle machine, and there is nothing to seed or to draw in it")
    else:
        result = _replay_prices(prices, steps, minutes, quiet)
    for found in result.divergences:
        display.print_counterexample(Console(stderr=True), found)
    files = [_save(found, report) for found in result.divergences]
    content = display.campaign_to_json(result, files)
    for path in filter(None, (report / "campaign.json", json_file)):
        _write_json(path, content)
    if not quiet:
        display.print_campaign(Console(), result)
        click.echo(f"report: {report / 'campaign.json'}")
    for file in files:
        click.echo(f"counterexample: {file}", err=True)
    if files:
        sys.exit(1)


def _save(found: Counterexample, report: Path) -> Path:
    try:
        return found.save(report)
    except OSError as error:
        click.echo(f"megatao: the counterexample can't be written: {error.strerror}", err=True)
        sys.exit(1)


def _validate_limits(steps: int | None, minutes: float | None) -> None:
    if steps is not None and minutes is not None:
        raise click.UsageError("--steps and --minutes exclude each other")
    if minutes is not None and not (math.isfinite(minutes) and minutes > 0):
        raise click.UsageError("--minutes must be a number above 0")


def _run_machine(
    name: str, lane: str, steps: int | None, minutes: float | None, seed: int | None, quiet: bool
) -> Campaign:
    from differential_tests.engine.campaign import run_campaign
    from differential_tests.engine.stateful import run_stateful_campaign
    from differential_tests.machines import MACHINES

    if name not in MACHINES:
        raise click.UsageError(f"there is no machine {name!r}; there is {', '.join(MACHINES)}")
    seed = secrets.randbelow(2**32) if seed is None else seed
    seconds = None if steps else 60 * (minutes or DEFAULT_MINUTES)
    with display.Progress(f"{name}, seed {seed}", steps, seconds, quiet) as progress:
        run = run_campaign if lane == "seeded" else run_stateful_campaign
        return run(MACHINES[name], seed, steps, seconds, progress.update)


def _replay_prices(prices: Path, steps: int | None, minutes: float | None, quiet: bool) -> Campaign:
    from differential_tests.machines.price_replay import PriceFileError, replay_prices

    seconds = 60 * minutes if minutes else None
    try:
        with display.Progress(f"oracle, {prices.name}", steps, seconds, quiet) as progress:
            return replay_prices(prices, steps, seconds, progress.update)
    except PriceFileError as error:
        raise click.UsageError(str(error)) from error


@app.command()
@click.argument("file", type=FILE)
@click.option("--chain", default="revm", show_default=True, help="Where to run it: revm, ape or anvil.")
def replay(file: Path, chain: str) -> None:
    """Run a counterexample again. Exit code 0: it does not diverge. 1: it does."""
    from differential_tests.chains import open_chain
    from differential_tests.chains.base import ChainUnavailableError
    from differential_tests.engine.counterexample import CounterexampleError, load
    from differential_tests.engine.machine import describe
    from differential_tests.machines import MACHINES

    try:
        found = load(file, MACHINES)
        with open_chain(chain) as opened:
            outcome = MACHINES[found.machine].run(opened, found.steps)
    except (CounterexampleError, ChainUnavailableError) as error:
        raise click.UsageError(str(error)) from error
    if outcome is None:
        click.echo(f"{len(found.steps)} steps on {chain}: no divergence")
        return
    index, reason = outcome
    what, expected, actual = describe(reason)
    click.echo(f"step {index + 1} of {len(found.steps)} on {chain}: {found.steps[index]}")
    click.echo(f"{what}: the reference says {expected}, the contract {actual}")
    sys.exit(1)


@app.command()
@click.option("--rule", metavar="ID", help="Only this rule.")
@click.option("--cross-check", is_flag=True, help="Prove it again with a second solver.")
@json_option
@quiet_option
def prove(rule: str | None, cross_check: bool, json_file: Path | None, quiet: bool) -> None:
    """Prove that the bytecode of every pure function equals the reference, for all inputs; and the properties.

    Exit code 0: all proved or confirmed. 1: something is refuted, unknown or unsupported.
    """
    from differential_tests.symbolic import prove_all

    if json_file:
        _make_folder(json_file.parent)
    try:
        with display.ProofTable(quiet) as table:
            rows = prove_all(rule=rule, on_row=table.add, cross_check=cross_check)
    except LookupError as error:
        raise click.UsageError(str(error.args[0])) from error
    if json_file:
        _write_json(json_file, [row.to_json() for row in rows])
    if not rows or any(row.status not in ("proved", "confirmed") for row in rows):
        sys.exit(1)


@app.command()
@click.option("--scale/--no-scale", default=True, show_default=True, help="Also with 1,000 positions and 64 markets.")
@json_option
@quiet_option
def gas(scale: bool, json_file: Path | None, quiet: bool) -> None:
    """Measure the gas of every operation on anvil: first in a fresh market, then in a settled one (warm)."""
    from differential_tests.chains.base import ChainUnavailableError
    from differential_tests.gas import measure

    if json_file:
        _make_folder(json_file.parent)
    try:
        rows = measure(lambda stage: None if quiet else click.echo(f"measuring {stage}", err=True), scale)
    except ChainUnavailableError as error:
        raise click.UsageError(str(error)) from error
    if json_file:
        _write_json(json_file, [row.to_json() for row in rows])
    if not quiet:
        display.print_gas(rows)


@app.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="build",
    show_default=True,
    metavar="DIR",
    help="Where the files go.",
)
@quiet_option
def build(output: Path, quiet: bool) -> None:
    """Write ABI, bytecode and layout of every contract: the bytecode that campaigns fuzz and tests deploy."""
    from differential_tests.build import write_build

    _make_folder(output)
    try:
        sizes = write_build(output)
    except OSError as error:
        raise click.UsageError(f"{output} can't be written: {error.strerror}") from error
    if not quiet:
        display.print_sizes(sizes)


app.add_command(deploy_command)
app.add_command(spec)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{path} can't be made: {error.strerror}") from error


def _write_json(path: Path, content: Any) -> None:
    try:
        path.write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise click.UsageError(f"{path} can't be written: {error.strerror}") from error


def main() -> None:
    """Entry point."""
    display.run_command("megatao", app)
