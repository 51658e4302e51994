"""`megatao report`: a campaign as one HTML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from differential_tests.cli.tools import FILE, json_option, prepare, quiet_option, set_aside, write_json, writing
from differential_tests.contracts.provenance import read_made
from differential_tests.fuzzer.malformed import Shape, explain, fits

if TYPE_CHECKING:
    from differential_tests.fuzzer.counterexample import Counterexample
    from differential_tests.fuzzer.machine import Machine

COUNTS = {str: int}
CAMPAIGN = {
    "machine": str,
    "lane": str,
    "seed": int,
    "steps": int,
    "scenarios": int,
    "seconds": float,
    "actions": COUNTS,
    "outcomes": COUNTS,
    "states": COUNTS,
    "divergences": list,
}
PART = {"reached": int, "all": int}
PLACE = dict.fromkeys(("contract", "source", "kind", "text", "side", "reason"), str)
COVERAGE = {
    "calls": int,
    "contracts": {str: {str: PART}},
    "not reached": [PLACE],
    "totals": {"asserts and raises": PART},
}


@click.command()
@click.argument("campaign", type=FILE)
@click.option("--output", type=FILE, metavar="FILE", help="The page.  [default: the campaign's name with .html]")
@click.option("--coverage", type=FILE, metavar="FILE", help="What `megatao coverage --json` has written.")
@click.option("--scenarios", type=click.IntRange(0, 1_000), default=5, show_default=True, help="To replay.")
@json_option
@quiet_option
def report(
    campaign: Path, output: Path | None, coverage: Path | None, scenarios: int, json_file: Path | None, quiet: bool
) -> None:
    """Write what a campaign did (its JSON file) as one HTML file, readable offline."""
    from differential_tests.machines import MACHINES
    from differential_tests.report.page import write_report

    output = output or campaign.with_suffix(".html")
    prepare(output, json_file, read=(campaign, coverage))
    content = _read(campaign, CAMPAIGN)
    covered = _read(coverage, COVERAGE) if coverage else None
    if content["machine"] not in MACHINES:
        raise click.UsageError(f"{campaign}: there is no machine {content['machine']!r}")
    machine = MACHINES[content["machine"]]
    found = _read_divergences(campaign, content, machine)
    _check_made(campaign, content)
    set_aside(output)
    with writing(output):
        shown = write_report(output, content, machine, found, covered, scenarios)
    if json_file:
        write_json(json_file, shown)
    if not quiet:
        click.echo(f"report: {output}")


def _read(path: Path, shape: dict[str, Shape]) -> dict[str, Any]:
    """A JSON object that has what is needed. Bad usage if it is none."""
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{path} is not JSON: {error}") from error
    for name, needed in shape.items():
        if not isinstance(content, dict) or name not in content:
            raise click.UsageError(f"{path} has no {name!r}")
        if not fits(content[name], needed):
            raise click.UsageError(f"{path}: {name!r} is not what it should be")
    found: dict[str, Any] = content
    return found


def _check_made(path: Path, content: dict[str, Any]) -> None:
    """Bad usage if the file does not say what the campaign was made of."""
    try:
        read_made(content, "campaign")
    except (ValueError, KeyError, TypeError) as error:
        raise click.UsageError(f"{path} is no report of a campaign: {explain(error)}") from error


def _read_divergences(path: Path, content: dict[str, Any], machine: Machine) -> list[Counterexample]:
    """The counterexamples of a campaign. Bad usage if they are none of its machine."""
    from differential_tests.fuzzer.counterexample import from_json

    try:
        found = [from_json(each) for each in content["divergences"]]
        for each in found:
            for step in each.steps:
                machine.table.validate(step)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise click.UsageError(f"{path}: 'divergences' is not what it should be: {explain(error)}") from error
    return found
