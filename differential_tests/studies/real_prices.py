"""What the oracles and marks did to a real price history: figures and tables for spec/real-prices.md.

    python -m differential_tests.studies.real_prices PRICES.csv.gz

The arithmetic is the reference's. The statistics about it are in floating point.
"""

from pathlib import Path
from typing import Final

import click

from differential_tests.display import run_command
from differential_tests.machines.price_replay import PriceFileError
from differential_tests.studies.figures import write_figures
from differential_tests.studies.simulation import read_history, run_study
from differential_tests.studies.tables import write_tables

BEGIN: Final = "<!-- generated: begin -->"
END: Final = "<!-- generated: end -->"
CHAPTER: Final = "real-prices.md"


def insert_block(text: str, block: str) -> str:
    """The text with the block between its two markers.

    Errors: ValueError, if a marker is not there once, or they are in the wrong order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"needs one line {BEGIN} and one line {END} after it")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{rest.split(END)[1]}"


def write_study(prices: Path, out: Path) -> list[Path]:
    """Runs the study and writes its chapter and figures into a folder.

    Errors: PriceFileError; ValueError, OSError for a chapter that can't be written.
    """
    chapter = out / CHAPTER
    text = chapter.read_text() if chapter.exists() else f"# Real prices\n\n{BEGIN}\n{END}\n"
    insert_block(text, "")
    study = run_study(read_history(prices))
    paths = write_figures(study, out / "figures")
    chapter.write_text(insert_block(text, write_tables(study)))
    return [chapter, *paths]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("prices", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="spec",
    show_default=True,
    metavar="DIR",
    help="The folder of the chapter real-prices.md; the figures go into its folder figures.",
)
def command(prices: Path, out: Path) -> None:
    """Run the oracles and marks over a price history (CSV, gzipped or not) and write what they did."""
    try:
        paths = write_study(prices, out)
    except PriceFileError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.ClickException(f"{out / CHAPTER} {error}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename} can't be used: {error.strerror}") from error
    for path in paths:
        click.echo(path)


def main() -> None:
    """Entry point."""
    run_command("real_prices", command)


if __name__ == "__main__":
    main()
