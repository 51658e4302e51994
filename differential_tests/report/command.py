"""`megatao report`: a campaign as one HTML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from differential_tests.cli_tools import FILE, json_option, make_folder, quiet_option, write_json

NEEDED = ("machine", "seed", "steps", "scenarios", "seconds", "actions", "outcomes", "states", "divergences")


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
    from differential_tests.report.page import render_page, to_json
    from differential_tests.report.sample import take_sample

    content = _read(campaign, NEEDED)
    covered = _read(coverage, ("calls", "contracts", "not reached", "totals")) if coverage else None
    if content["machine"] not in MACHINES:
        raise click.UsageError(f"{campaign}: there is no machine {content['machine']!r}")
    sample = take_sample(MACHINES[content["machine"]], content["seed"], scenarios) if scenarios else None
    shown = to_json(content, sample, covered)
    output = output or campaign.with_suffix(".html")
    make_folder(output.parent)
    try:
        output.write_text(render_page(shown, sample))
    except OSError as error:
        raise click.UsageError(f"{output} can't be written: {error.strerror}") from error
    if json_file:
        make_folder(json_file.parent)
        write_json(json_file, shown)
    if not quiet:
        click.echo(f"report: {output}")


def _read(path: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object that has what is needed. Bad usage if it is none."""
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"{path} is not JSON: {error}") from error
    missing = [name for name in needed if not isinstance(content, dict) or name not in content]
    if missing:
        raise click.UsageError(f"{path} has no {missing[0]!r}")
    found: dict[str, Any] = content
    return found
