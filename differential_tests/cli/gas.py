"""`megatao gas`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from differential_tests.cli import display
from differential_tests.cli.tools import json_option, prepare, quiet_option, write_json, writing
from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.provenance import label, take

if TYPE_CHECKING:
    from differential_tests.contracts.gas import Row


@click.command()
@click.option("--scale/--no-scale", default=True, show_default=True, help="Also with 1,000 positions and 64 markets.")
@click.option("--check", is_flag=True, help="Compare what is measured with the kept snapshot: to the last unit of gas.")
@click.option("--renew", is_flag=True, help="Keep what is measured as the snapshot.")
@json_option
@quiet_option
def gas(scale: bool, check: bool, renew: bool, json_file: Path | None, quiet: bool) -> None:
    """Measure the gas of every operation on anvil: first in a fresh market, then in a settled one (warm).

    The same code takes the same gas each time. Exit code 0: measured, and with --check all is as in the snapshot. 1: an
    operation has moved; a line for each.
    """
    from differential_tests.book.evidence import GAS, hash_contracts, read_gas, store_gas
    from differential_tests.contracts.gas import compare

    if renew and (check or not scale):
        raise click.UsageError("--renew keeps all figures, and compares none: without --check and --no-scale")
    kept = read_gas(ROOT) if check else []
    if kept is None:
        raise click.UsageError(f"there is no snapshot {GAS}: --renew makes one")

    made = take()
    prepare(json_file)
    rows = _measure(scale, (lambda _: None) if quiet else lambda stage: click.echo(f"measuring {stage}", err=True))
    sources = hash_contracts(ROOT) if made.holds() else ""
    content = label("gas", made, {"sources": sources, "rows": [row.to_json() for row in rows]})
    if json_file:
        write_json(json_file, content)
    if renew:
        with writing(ROOT / GAS):
            store_gas(ROOT, content)

    moved = compare(kept, rows) if check else []
    for line in moved:
        click.echo(line)
    if not (quiet or check):
        display.print_gas(rows)
    sys.exit(1 if moved else 0)


def _measure(scale: bool, on_step: Callable[[str], None]) -> "list[Row]":
    """Bad usage if there is no anvil."""
    from differential_tests.chains.base import ChainUnavailableError
    from differential_tests.contracts.gas import measure
    from differential_tests.contracts.gas_shares import measure_shares

    try:
        return [*measure(on_step, scale), *measure_shares(on_step)]
    except ChainUnavailableError as error:
        raise click.UsageError(str(error)) from error
