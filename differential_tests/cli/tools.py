"""What the commands of the command line share."""

import itertools
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from differential_tests.cli.ends import FailureError
from differential_tests.contracts.files import write_whole

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


class OutputError(FailureError):
    """A result can't be written; the text says why in one line."""


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Bad usage if it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{path} can't be made: {error.strerror}") from error


def prepare(*files: Path | None, read: Iterable[Path | None] = ()) -> None:
    """Make the folders of what will be written. Bad usage if it can't be, or if it is one file with another.

    read: files that are looked into.
    """
    for file in filter(None, files):
        make_folder(file.parent)
        if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
            raise click.UsageError(f"{file} can't be written")
    named = [file for file in (*files, *read) if file is not None]
    places = [file.resolve() for file in named]
    for file, place in zip(named, places, strict=True):
        if places.count(place) > 1:
            raise click.UsageError(f"{file} is asked for twice, for different things")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What is done inside writes a file, or files below a folder. Errors: OutputError, in the place of OSError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}") from error


def write_json(path: Path, content: Any) -> None:
    """Write JSON, as `write_file` does."""
    write_file(path, json.dumps(content, indent=1) + "\n")


def replace_json(path: Path, content: Any) -> None:
    """Write JSON in the place of what this command has written before. Errors: OutputError."""
    with writing(path):
        write_whole(path, json.dumps(content, indent=1) + "\n")


def write_file(path: Path, text: str) -> None:
    """Write a file, all of it or nothing; one that is there is kept under another name, which is told.

    Errors: OutputError.
    """
    with writing(path):
        kept = keep_earlier(path)
        write_whole(path, text)
    if kept:
        click.echo(f"{path} was there: it is {kept} now", err=True)


def set_aside(*files: Path) -> None:
    """Give files that are there another name, the next number that is free for all of them; it is told."""
    there = [file for file in files if file.is_file()]
    if not there:
        return
    numbers = itertools.count(1)
    number = next(number for number in numbers if not any(_numbered(file, number).exists() for file in files))
    for file in there:
        file.rename(_numbered(file, number))
    click.echo(f"{there[0]} was there: it is {_numbered(there[0], number)} now", err=True)


def _numbered(file: Path, number: int) -> Path:
    return file.with_stem(f"{file.stem}-{number}")


def keep_earlier(path: Path) -> Path | None:
    """Copy what is there to the next name that is free; None if nothing is there."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    for number in itertools.count(1):
        kept = _numbered(path, number)
        with suppress(FileExistsError), kept.open("xb") as file:
            file.write(content)
            return kept
    raise AssertionError  # there is always another number
