"""`megatao vectors`: makes the test vectors, and runs them on three independent EVMs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import track

from differential_tests.cli.tools import FOLDER, json_option, make_folder, prepare, quiet_option, write_json, writing
from differential_tests.contracts.provenance import label, take
from differential_tests.vectors.files import VECTORS, VectorError, holds_vectors, write_files

T = TypeVar("T")

EVM_NAMES = ("revm", "py-evm", "eels")
DEFAULT_SEED = 1


@click.group()
def vectors() -> None:
    """Test vectors for implementations in any language; spec/vectors.md is their format."""


@vectors.command()
@click.option("--output", type=FOLDER, default=VECTORS, metavar="DIR", help="Where they go.  [default: the checked-in]")
@click.option("--seed", type=click.IntRange(min=0, max=2**64), default=DEFAULT_SEED, show_default=True, metavar="S")
@quiet_option
def build(output: Path, seed: int, quiet: bool) -> None:
    """Make the vectors anew. The same seed and the same sources make the same bytes. What is there is replaced."""
    from differential_tests.vectors.build import build_all

    make_folder(output)
    if any(output.iterdir()) and not holds_vectors(output):  # all of their files may be replaced
        raise click.UsageError(f"{output} holds other things than vectors")
    files = build_all(seed, progress=lambda each, what: show(each, what, quiet))
    with writing(output):
        write_files(output, files)
    if not quiet:
        count = sum(count_vectors(content) for content in files.values())
        size = sum(path.stat().st_size for path in output.rglob("*.json"))
        click.echo(f"{count:,} vectors in {len(files)} files, {size:,} bytes, seed {seed}: {output}")


@vectors.command()
@click.argument("folder", type=FOLDER, default=VECTORS, metavar="[DIR]")
@click.option("--evm", type=click.Choice(EVM_NAMES), multiple=True, help="Where to run them.  [default: all there are]")
@json_option
@quiet_option
def check(folder: Path, evm: tuple[str, ...], json_file: Path | None, quiet: bool) -> None:
    """Run the vectors on the contracts. Exit code 0: all agree. 1: one does not."""
    from differential_tests.vectors.build import check_all
    from differential_tests.vectors.evms import EVMS

    missing = [name for name in evm or EVM_NAMES if name not in EVMS]
    if missing:
        click.echo(f"{', '.join(missing)} has no build for this Python: nothing is run on it", err=True)
    if missing and evm:
        raise click.UsageError(f"there is {', '.join(EVMS)}")
    made = take()
    prepare(json_file)
    result: dict[str, dict[str, Any]] = {}
    for name in evm or EVMS:
        try:
            ran = list(check_all(folder, name, progress=lambda each, what: show(each, what, quiet)))
        except VectorError as error:
            raise click.UsageError(str(error)) from error
        if not ran:
            raise click.UsageError(f"the files in {folder} hold no vectors")
        problems = {vector: problem for vector, problem in ran if problem}
        result[name] = {"vectors": len(ran), "problems": problems}
        for vector, problem in problems.items():
            click.echo(f"{name}: {vector}: {problem}", err=True)
        if not quiet:
            click.echo(f"{name}: {len(ran) - len(problems):,} of {len(ran):,} vectors agree")
    if json_file:
        write_json(json_file, label("vector-check", made, {"evms": result}))
    if any(each["problems"] for each in result.values()):
        sys.exit(1)


def show(each: Iterable[T], what: str, quiet: bool) -> Iterator[T]:
    """The same, with a bar on the terminal."""
    console = Console(stderr=True)
    yield from track(each, what, console=console, transient=True, disable=quiet or not console.is_terminal)


def count_vectors(content: dict[str, Any]) -> int:
    """Vectors in a file."""
    return len(content.get("vectors", ())) + sum(len(each["vectors"]) for each in content.get("functions", ()))
