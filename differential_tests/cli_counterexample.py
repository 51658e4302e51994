"""`megatao replay`."""

import sys
from pathlib import Path

import click

from differential_tests.cli_tools import FILE


@click.command()
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
