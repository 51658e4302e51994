"""Builds the book with mkdocs: a folder of pages that needs no server and no network."""

import json
import logging
from pathlib import Path
from typing import Final

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, BuildError, ConfigurationError

from differential_tests.book.rules import ROOT
from differential_tests.contracts.files import write_whole
from differential_tests.contracts.provenance import label, take

CONFIG: Final = "mkdocs.yml"
MADE: Final = "made.json"
"""What the book was made of; its folder is known by it."""


class BookError(Exception):
    """The book can't be built: what is wrong, a line each."""


class _Collector(logging.Handler):
    """What mkdocs warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the message."""
        self.lines.append(record.getMessage())


def is_taken(folder: Path) -> bool:
    """Whether a folder holds other things than a book: building one removes whatever was there."""
    return folder.is_dir() and any(folder.iterdir()) and not (folder / MADE).is_file()


def build_site(output: Path, root: Path = ROOT) -> int:
    """Build the book into a folder; how many pages. Errors: BookError, for any warning of mkdocs, too."""
    made = take()
    collector = _Collector()
    logger = logging.getLogger("mkdocs")
    logger.addHandler(collector)
    logger.propagate = False
    try:
        build(load_config(str(root / CONFIG), site_dir=str(output.resolve()), strict=True))
    except (Abort, BuildError, ConfigurationError, SystemExit) as error:
        raise BookError("\n".join(collector.lines or [str(error)])) from error
    finally:
        logger.removeHandler(collector)
    write_whole(output / MADE, json.dumps(label("book", made, {}), indent=1) + "\n")
    return sum(1 for _ in output.rglob("*.html"))
