"""`megatao replay`, `megatao export` and `megatao corpus`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from differential_tests.cli import display
from differential_tests.cli.tools import FILE, prepare, write_file
from differential_tests.fuzzer.counterexample import Counterexample


@click.command()
@click.argument("file", type=FILE)
@click.option("--chain", default="revm", show_default=True, help="Where to run it: revm, ape or anvil.")
def replay(file: Path, chain: str) -> None:
    """Run a counterexample again. Exit code 0: it does not diverge. 1: it does."""
    from dataclasses import replace

    from differential_tests.chains import open_chain
    from differential_tests.chains.base import ChainUnavailableError
    from differential_tests.fuzzer.machine import describe
    from differential_tests.machines import MACHINES

    found = _load(file)
    try:
        with open_chain(chain) as opened:
            outcome = MACHINES[found.machine].run(opened, found.steps)
    except ChainUnavailableError as error:
        raise click.UsageError(str(error)) from error
    if outcome is None:
        click.echo(f"{len(found.steps)} steps on {chain}: no divergence")
        return
    index, reason = outcome
    what, expected, actual = describe(reason)
    click.echo(f"step {index + 1} of {len(found.steps)} on {chain} diverges")
    show_counterexample(
        replace(found, steps=found.steps[: index + 1], what=what, expected=expected, actual=actual), Console()
    )
    sys.exit(1)


@click.command()
@click.argument("file", type=FILE)
@click.option("--output", type=FILE, metavar="FILE", help="Where the test goes.  [default: the terminal]")
def export(file: Path, output: Path | None) -> None:
    """Write a counterexample as one test for ape, which fails by the field that differs.

    It calls ape's contracts, with actors and markets by name and amounts in their units.
    """
    from differential_tests.fuzzer.export import ExportError, write_test

    prepare(output, read=[file])
    if output is not None and output.exists():
        raise click.UsageError(f"{output} is there already")
    try:
        text = write_test(_load(file))
    except ExportError as error:
        raise click.UsageError(str(error)) from error
    if output is not None:
        write_file(output, text)
    click.echo(text if output is None else f"ape test --network ethereum:local:test {output}", nl=output is not None)


@click.command()
@click.option("--machine", default="protocol", show_default=True, help="Whose scenarios.")
@click.option("--steps", type=click.IntRange(min=200), default=100_000, show_default=True, help="To look through.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def corpus(machine: str, steps: int, seed: int) -> None:
    """Add to the corpus a short scenario for each outcome and state that none of its scenarios reaches."""
    from differential_tests.machines import MACHINES
    from differential_tests.scenarios.corpus import collect

    if machine not in MACHINES:
        raise click.UsageError(f"there is no machine {machine!r}; there is {', '.join(MACHINES)}")
    collect(MACHINES[machine], seed, steps, click.echo)


def show_counterexample(found: Counterexample, console: Console | None = None) -> None:
    """Print a counterexample as a blotter, told on revm."""
    from differential_tests.chains.revm import RevmChain
    from differential_tests.fuzzer.blotter import write_blotter
    from differential_tests.machines import MACHINES

    blotter = write_blotter(MACHINES[found.machine], RevmChain(), found.steps)
    display.print_counterexample(console or Console(stderr=True), found, blotter)


def _load(file: Path) -> Counterexample:
    """Read a counterexample. Bad usage if it is none."""
    from differential_tests.fuzzer.counterexample import CounterexampleError, load
    from differential_tests.machines import MACHINES

    try:
        return load(file, MACHINES)
    except CounterexampleError as error:
        raise click.UsageError(str(error)) from error
