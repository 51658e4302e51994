"""`megatao coverage`: what the vectors and the scripts reach of the deployed contracts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Column, Table

from differential_tests.cli.tools import FILE, json_option, prepare, quiet_option, write_file, write_json
from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.provenance import label, take

if TYPE_CHECKING:
    from differential_tests.coverage.result import Coverage


@click.command()
@click.option(
    "--all", "is_all", is_flag=True, help="List the failing sides of the compiler's own checks too, and every reason."
)
@click.option(
    "--lcov", "lcov_file", type=FILE, metavar="FILE", help="Also write it as lcov's tools and editors read it."
)
@json_option
@quiet_option
def coverage(is_all: bool, lcov_file: Path | None, json_file: Path | None, quiet: bool) -> None:
    """List each assert, branch and safety check of the contracts, and whether calls have reached both of its sides.

    The calls are the checked-in vectors and the scripts of the machines, replayed on py-evm and compared with the
    reference. Exit code 0: every assert and raise is reached, or has a written reason. 1: one has none, or a reason is
    for what is reached.
    """
    from differential_tests.book.evidence import hash_contracts
    from differential_tests.coverage.points import contracts, list_points
    from differential_tests.coverage.replay import Replay
    from differential_tests.coverage.result import measure
    from differential_tests.fuzzer.world import Divergence
    from differential_tests.vectors.command import show
    from differential_tests.vectors.files import VECTORS, VectorError

    made = take()
    prepare(json_file, lcov_file)
    for contract in show(contracts(), "source maps", quiet):
        list_points(contract)
    replay = Replay()
    try:
        replay.run_vectors(VECTORS, lambda each, what: show(each, what, quiet))
        replay.run_scripts(lambda each, what: show(each, what, quiet))
    except VectorError as error:
        raise click.UsageError(str(error)) from error
    except (ValueError, Divergence) as error:
        raise click.ClickException(f"a call does not end as the reference says: {error}") from error
    result = measure(replay.reached)
    if json_file:
        content = {"sources": hash_contracts(ROOT) if made.holds() else "", **result.to_json()}
        write_json(json_file, label("coverage", made, content))
    if lcov_file:
        write_file(lcov_file, result.to_lcov())
    if not quiet:
        _print(result, is_all)
    if not result.is_complete():
        sys.exit(1)


def _print(result: Coverage, is_all: bool) -> None:
    from differential_tests.coverage.points import ASSERT, BRANCH

    console = Console()
    columns = (Column(name, justify="right") for name in ("all", "reached", "not, for a reason"))
    table = Table("of the sources", *columns, title=f"{result.calls:,} calls")
    for kind, counts in result.totals().items():
        table.add_row(kind, *(f"{counts[each]:,}" for each in ("all", "reached", "reasoned")))
    console.print(table)
    lines = [f"{each.path}:{each.line} {each.name}: {reason or 'NO REASON'}" for each, reason in result.unseen]
    for side in result.missing():
        if is_all or (side.kind in (ASSERT, BRANCH) and not side.reason):
            point = side.point
            where = f"{point.path or ', '.join(side.by)}:{point.line} {point.check or point.kind}"
            lines.append(f"{where}, {side.side}: {point.text}" + (f"  ({side.reason})" if side.reason else ""))
    for line in [*lines, *(f"reached, or not there, in spite of a reason: {name}" for name in result.stale)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
