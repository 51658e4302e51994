"""Finds the files of a layer: a search that finds nothing is a fault, never an empty list."""

from pathlib import Path


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files below a folder that match, sorted: at least one.

    pattern: of Path.rglob, so that it also looks into the folders below. Errors: LookupError, where nothing matches.
    """
    found = sorted(path for path in folder.rglob(pattern) if "__pycache__" not in path.parts)
    if not found:
        raise LookupError(f"nothing below {folder} matches {pattern}")
    return found
