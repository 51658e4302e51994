"""A chapter of the specification whose tables a study makes, and what the commands of the studies share."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from differential_tests.cli.tools import FILE, FOLDER, make_folder
from differential_tests.contracts.files import write_whole
from differential_tests.machines.protocol.price_replay import PriceFileError

BEGIN: Final = "<!-- generated: begin -->"
END: Final = "<!-- generated: end -->"

prices_argument = click.argument("prices", type=FILE)
out_option = click.option(
    "--out",
    type=FOLDER,
    default="spec",
    show_default=True,
    metavar="DIR",
    help="The folder of the chapter; its figures go into the folder figures there.",
)


def insert_block(text: str, block: str) -> str:
    """The text with the block between its two markers.

    Errors: ValueError, if a marker is not there once, or they are in the wrong order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"needs one line {BEGIN} and one line {END} after it")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{rest.split(END)[1]}"


def write_chapter(chapter: Path, title: str, study: Callable[[Path], tuple[str, list[Path]]]) -> None:
    """Run a study and put its tables into a chapter, which is begun if it is not there; print what was written.

    study: draws its figures into a folder; its tables, and the figures' paths. A chapter that can't take the tables
    is found before the study runs.
    """
    figures = chapter.parent / "figures"
    make_folder(figures)
    try:
        text = chapter.read_text() if chapter.exists() else f"# {title}\n\n{BEGIN}\n{END}\n"
        insert_block(text, "")
        tables, paths = study(figures)
        write_whole(chapter, insert_block(text, tables))
    except PriceFileError as error:
        raise click.UsageError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(f"{chapter} {error}") from error
    except OSError as error:
        raise click.UsageError(f"{error.filename} can't be used: {error.strerror}") from error
    for path in (chapter, *paths):
        click.echo(path)
