"""What the commands of the command line share."""

import json
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
json_option = click.option("--json", "json_file", type=FILE, metavar="FILE", help="Also write the result as JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Nothing on the terminal but what went wrong.")
network_option = click.option(
    "--network",
    required=True,
    metavar="CHOICE",
    help="As ape names it: ethereum:local:test, ethereum:bittensor:http://127.0.0.1:8545, or an address alone.",
)


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Bad usage if it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{path} can't be made: {error.strerror}") from error


def write_json(path: Path, content: Any) -> None:
    """Write JSON. Bad usage if it can't be."""
    try:
        path.write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise click.UsageError(f"{path} can't be written: {error.strerror}") from error
