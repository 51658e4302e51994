"""The figures that are made while the book is built, each by a study on the reference.

Those of real prices are not among them: the prices are no part of the project. Their script is beside them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from differential_tests.book.storage import draw_storage
from differential_tests.contracts.files import write_whole
from differential_tests.studies.plots import draw_drift, draw_push
from differential_tests.studies.style import to_svg

FIGURES: Final[dict[str, Callable[[], Figure]]] = {"push.svg": draw_push, "drift.svg": draw_drift}
"""Files in spec/figures, and the studies that draw them."""
STORAGE: Final = "storage.svg"
"""The drawing of the storage, which is read off the sources."""


def draw_figures() -> dict[str, bytes]:
    """All of them, by file."""
    return {name: to_svg(draw()) for name, draw in FIGURES.items()} | {STORAGE: f"{draw_storage()}\n".encode()}


def write_figures(folder: Path) -> list[str]:
    """Write them, for those who read the chapters without building the book; the files that have changed."""
    changed = []
    for name, content in draw_figures().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)
            changed.append(f"spec/figures/{name}")
    return changed
