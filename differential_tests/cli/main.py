"""The command line: the `megatao` group, its shorter commands, and the others that are made elsewhere."""

import sys
from pathlib import Path

import click

from differential_tests.book.commands import spec
from differential_tests.cli import display
from differential_tests.cli.campaign import campaign
from differential_tests.cli.counterexample import corpus, export, replay
from differential_tests.cli.ends import run_command
from differential_tests.cli.gas import gas
from differential_tests.cli.tools import FOLDER, json_option, make_folder, prepare, quiet_option, write_json, writing
from differential_tests.contracts.artefacts import ROOT, watch_compilation
from differential_tests.contracts.deploy import deploy_command
from differential_tests.contracts.provenance import label, take
from differential_tests.contracts.verify import verify
from differential_tests.coverage.command import coverage
from differential_tests.mutation.command import mutate
from differential_tests.report.command import report
from differential_tests.search.command import search
from differential_tests.vectors.command import vectors


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="megatao", message="%(package)s %(version)s")
def app() -> None:
    """The executable specification of MegaTAO, held against its Vyper contracts."""


@app.command()
@click.option("--rule", metavar="ID", help="Only this rule.")
@click.option("--cross-check", is_flag=True, help="Prove it again with a second solver.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=120,
    show_default=True,
    help="For each function in each contract.",
)
@json_option
@quiet_option
def prove(rule: str | None, cross_check: bool, seconds: float, json_file: Path | None, quiet: bool) -> None:
    """Prove that the bytecode of every pure function equals the reference, for all inputs; and the properties.

    Exit code 0: all proved or confirmed. 1: something is refuted, unknown or unsupported.
    """
    from differential_tests.book.evidence import hash_proof
    from differential_tests.symbolic import prove_all

    made = take()
    prepare(json_file)
    try:
        with display.ProofTable(quiet) as table:
            rows = prove_all(rule=rule, on_row=table.add, cross_check=cross_check, function_timeout=seconds)
    except LookupError as error:
        raise click.UsageError(str(error.args[0])) from error
    if json_file:
        hashes = [hash_proof(ROOT, row.kind, row.function) if made.holds() else "" for row in rows]
        proofs = [{**row.to_json(), "sources": each} for row, each in zip(rows, hashes, strict=True)]
        write_json(json_file, label("proofs", made, {"rows": proofs}))
    if not rows or any(row.status not in ("proved", "confirmed") for row in rows):
        sys.exit(1)


@app.command()
@click.option(
    "--output",
    type=FOLDER,
    default="build",
    show_default=True,
    metavar="DIR",
    help="Where the files go.",
)
@quiet_option
def build(output: Path, quiet: bool) -> None:
    """Write code, ABI, layout, NatSpec and an archive of every contract: the code that campaigns fuzz and tests deploy.

    Beside them stand the proxy's ABI, NatSpec and storage with those of its modules, and build.json: hashes of all.
    `vyper NAME.vyz` makes the same code again.
    """
    from differential_tests.contracts.build import write_build

    make_folder(output)
    with writing(output):
        sizes = write_build(output)
    if not quiet:
        display.print_sizes(sizes)
        click.echo(f"{len(sizes)} contracts, and the proxy with its modules: {output}")


COMMANDS = (
    campaign,
    corpus,
    coverage,
    deploy_command,
    export,
    gas,
    mutate,
    replay,
    report,
    search,
    spec,
    vectors,
    verify,
)
for command in COMMANDS:
    app.add_command(command)


def main() -> None:
    """Run what the command line asks for, and exit as it ends."""
    if "--quiet" not in sys.argv:
        watch_compilation(lambda name, number, count: click.echo(f"compiling {name} ({number} of {count})", err=True))
    run_command("megatao", app)
