"""The command line of the specification: `megatao spec check`, `stamp`, `tables`, `diff`, `build`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from differential_tests.cli.tools import (
    FILE,
    FOLDER,
    json_option,
    make_folder,
    prepare,
    quiet_option,
    write_json,
    writing,
)
from differential_tests.contracts.provenance import label, take
from differential_tests.fuzzer.malformed import explain


@click.group()
def spec() -> None:
    """The specification: check that all of it fits together, and build the book."""


@spec.command()
@click.option("--stamped", is_flag=True, help="An id without the hash of its rule's text is a fault, too.")
@json_option
def check(stamped: bool, json_file: Path | None) -> None:
    """Rules, code, tests, hashes, links, tables and examples: whether each has what belongs to it.

    Exit code 0: they have. 1: they have not; a line for each fault, with its place.
    """
    from differential_tests.book.check import ALL_STAMPED, counts, find_problems
    from differential_tests.book.trace import Trace

    made = take()
    prepare(json_file)
    trace = Trace()
    problems = find_problems(trace, stamped or ALL_STAMPED)
    if json_file:
        faults = [{"file": each.file, "line": each.line, "message": each.message} for each in problems]
        write_json(json_file, label("check", made, {"counts": counts(trace), "problems": faults}))
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(1)
    click.echo(", ".join(f"{count} {name}" for name, count in counts(trace).items()) + ": all of them fit together")


@spec.command()
@click.option("--rule", metavar="ID", help="Only this rule.  [default: all]")
def stamp(rule: str | None) -> None:
    """Write the hash of each rule's text beside its id in contracts, properties and tests.

    A hash says: this was looked at, and fits the rule as it is now. Look first.
    """
    from differential_tests.book.stamps import write_stamps
    from differential_tests.book.trace import Trace

    trace = Trace()
    if rule is not None and rule not in trace.known:
        raise click.UsageError(f"there is no rule {rule}")
    for file in write_stamps(trace.root, trace.places, trace.known, rule):
        click.echo(file)


@spec.command()
@click.option("--proofs", type=FILE, metavar="FILE", help="Keep this result of `megatao prove --json`.")
@click.option("--gas", type=FILE, metavar="FILE", help="Keep this result of `megatao gas --json`.")
@click.option("--mutation", type=FILE, metavar="FILE", help="Keep this result of `megatao mutate --json`.")
@click.option("--coverage", type=FILE, metavar="FILE", help="Keep this result of `megatao coverage --json`.")
def tables(proofs: Path | None, gas: Path | None, mutation: Path | None, coverage: Path | None) -> None:
    """Write the generated tables into the markdown files that hold them, and the figures beside them.

    What is kept counts for the sources that it was measured on.
    """
    from differential_tests.book.evidence import store_coverage, store_gas, store_mutation, store_proofs
    from differential_tests.book.figures import write_figures
    from differential_tests.book.tables import write_tables
    from differential_tests.book.trace import Trace

    trace = Trace()
    stores = {store_proofs: proofs, store_gas: gas, store_mutation: mutation, store_coverage: coverage}
    for store, path in stores.items():
        if path:
            _keep(store, trace.root, path)
    for file in [*write_tables(trace), *write_figures(trace.root / "spec" / "figures")]:
        click.echo(file)


@spec.command()
@click.argument("revision", metavar="REV")
@json_option
@quiet_option
def diff(revision: str, json_file: Path | None, quiet: bool) -> None:
    """Show which rules are new, gone or changed since REV (a commit, a tag, a branch), and where they are claimed.

    How text is broken into lines makes no difference. Exit code 0: whatever has changed. 2: there is no such revision.
    """
    from differential_tests.book.difference import RevisionError, difference
    from differential_tests.book.trace import Trace

    try:
        found = difference(Trace(), revision)
    except RevisionError as error:
        raise click.UsageError(str(error)) from error
    if json_file:
        make_folder(json_file.parent)
        write_json(json_file, found)
    if quiet:
        return
    for each in found["rules"]:
        chapters = dict.fromkeys(side["chapter"] for side in (each["before"], each["after"]) if side)
        click.echo(f"{each['kind']} {each['id']} {each['title']} ({' to '.join(chapters)})")
        for line in each["lines"]:
            click.secho(f"  {line}", fg="green" if line.startswith("+") else "red")
        if each["places"]:
            click.echo(f"  see {', '.join(each['places'])}")
    counted = ", ".join(f"{count} {kind}" for kind, count in found["counts"].items())
    click.echo(f"since {revision} ({found['commit'][:10]}): {counted}")


@spec.command()
@click.option(
    "--output",
    type=FOLDER,
    default="book",
    show_default=True,
    metavar="DIR",
    help="Where the pages go.",
)
def build(output: Path) -> None:
    """Build the book: a folder of pages that needs no server and no network."""
    from differential_tests.book.site import BookError, build_site, is_taken

    make_folder(output)
    if is_taken(output):
        raise click.UsageError(f"{output} holds other things than a book, which would be removed")
    try:
        with writing(output):
            pages = build_site(output)
    except BookError as error:
        for line in str(error).splitlines():
            click.echo(line, err=True)
        sys.exit(1)
    click.echo(f"{pages} pages: {output / 'index.html'}")


def _keep(store: Callable[[Path, Any], None], root: Path, path: Path) -> None:
    """Keep what was measured. Bad usage if a file has none of it."""
    try:
        store(root, json.loads(path.read_text()))
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.UsageError(f"{path} is no such result: {explain(error)}") from error
