"""What the oracles and marks did to a real price history: figures and tables for spec/real-prices.md.

    python -m differential_tests.studies.real_prices PRICES.csv.gz

The arithmetic is the reference's. The statistics about it are in floating point.
"""

from pathlib import Path

import click

from differential_tests.cli.ends import run_command
from differential_tests.studies import subnet_tables, tables
from differential_tests.studies.chapter import out_option, prices_argument, write_chapter
from differential_tests.studies.figures import write_figures
from differential_tests.studies.simulation import Study, read_history, run_study


def write_tables(study: Study) -> str:
    """The generated block of the chapter."""
    blocks = enumerate((tables.BLOCKS | subnet_tables.BLOCKS).items(), start=1)
    return "\n\n".join(f"**Table {number}. {title}**\n\n{write(study)}" for number, (title, write) in blocks)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@prices_argument
@out_option
def command(prices: Path, out: Path) -> None:
    """Run the oracles and marks over a price history (CSV, gzipped or not) and write what they did."""

    def run(figures: Path) -> tuple[str, list[Path]]:
        study = run_study(read_history(prices))
        return write_tables(study), write_figures(study, figures)

    write_chapter(out / "real-prices.md", "Real prices", run)


def main() -> None:
    """Entry point."""
    run_command("real_prices", command)


if __name__ == "__main__":
    main()
