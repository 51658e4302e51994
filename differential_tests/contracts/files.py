"""Finds the files of a layer: a search that finds nothing is a fault, never an empty list. Writes files whole."""

import os
from pathlib import Path


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files below a folder that match, sorted: at least one.

    pattern: of Path.rglob, so that it also looks into the folders below. Errors: LookupError, where nothing matches.
    """
    found = sorted(path for path in folder.rglob(pattern) if "__pycache__" not in path.parts)
    if not found:
        raise LookupError(f"nothing below {folder} matches {pattern}")
    return found


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file: who reads it meanwhile, or after the process has died, sees what was there, or all of it."""
    path = path.resolve()  # a link stays one
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():  # a terminal, a pipe
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
