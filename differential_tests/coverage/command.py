"""`megatao coverage`: what the vectors and drawn scenarios reach of the deployed contracts."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Column, Table

from differential_tests.cli_tools import json_option, make_folder, quiet_option, write_json


@click.command()
@click.option(
    "--scenarios", type=click.IntRange(min=0), default=3, show_default=True, help="Drawn, beside the vectors."
)
@click.option("--seed", type=click.IntRange(min=0, max=2**64), default=1, show_default=True, metavar="S")
@click.option(
    "--all", "is_all", is_flag=True, help="List every side that is not reached, not only those without a reason."
)
@json_option
@quiet_option
def coverage(scenarios: int, seed: int, is_all: bool, json_file: Path | None, quiet: bool) -> None:
    """List each assert, branch and safety check of the contracts, and whether calls have reached both of its sides.

    The corpus is the checked-in vectors and drawn scenarios, replayed on py-evm and compared with the reference.
    """
    from differential_tests.coverage.replay import Replay
    from differential_tests.coverage.result import measure
    from differential_tests.vectors.command import show
    from differential_tests.vectors.files import VECTORS

    replay = Replay()
    replay.run_vectors(VECTORS, lambda each, what: show(each, what, quiet))
    replay.run_scenarios(seed, scenarios, lambda each, what: show(each, what, quiet))
    result = measure(replay.reached)
    if json_file:
        make_folder(json_file.parent)
        write_json(json_file, {"seed": seed, "scenarios": scenarios, **result.to_json()})
    if quiet:
        return
    console = Console()
    table = Table(
        "kind", *(Column(name, justify="right") for name in ("sides", "reached", "")), title=f"{result.calls:,} calls"
    )
    for kind, (seen, count) in {"asserts and raises": result.failures, **result.totals()}.items():
        table.add_row(kind, f"{count:,}", f"{seen:,}", f"{seen / count:.1%}" if count else "")
    console.print(table)
    for each in result.missing if is_all else result.gaps():
        point = each.point
        what = f"{point.contract:20} {point.path}:{point.line} {point.check or point.kind}, {each.side}: {point.text}"
        console.print(f"{what}  ({each.reason})" if each.reason else what, markup=False, soft_wrap=True)
