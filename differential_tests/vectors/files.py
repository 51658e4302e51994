"""Vectors as files: JSON that people can read, the same bytes for the same content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.files import write_whole

VECTORS: Final = ROOT / "differential_tests" / "vectors" / "data"
"""Those that are checked in."""
WIDTH = 160
"""What fits in so many columns stands in one line."""


class VectorError(Exception):
    """A file is not of vectors; the text says why, in one line."""


def render(content: Any, indent: str = "") -> str:
    """JSON, a line for whatever fits into one."""
    line = json.dumps(content, ensure_ascii=False)
    if not content or not isinstance(content, dict | list) or len(indent) + len(line) <= WIDTH:
        return line
    deeper = indent + " "
    if isinstance(content, list):
        inner = [render(each, deeper) for each in content]
    else:
        inner = [f"{json.dumps(name)}: {render(each, deeper)}" for name, each in content.items()]
    opening, closing = ("[", "]") if isinstance(content, list) else ("{", "}")
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{closing}"


def holds_vectors(folder: Path) -> bool:
    """Whether a folder is one of vectors, by its index."""
    try:
        index = json.loads((folder / "index.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(index, dict) and str(index.get("format")).startswith("megatao-vectors-")


def write_files(folder: Path, files: dict[str, Any]) -> None:
    """Write the files, by their paths below the folder, and remove the vectors that were there and are no more."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, render(content) + "\n")
    for stale in set(folder.rglob("*.json")) - {folder / name for name in files}:
        stale.unlink()


def read_files(folder: Path, kind: str, form: str) -> dict[str, Any]:
    """The content of each file in `folder/kind`, by its name; `form` is the format that it must have.

    Errors: VectorError.
    """
    found: dict[str, Any] = {}
    for path in sorted((folder / kind).glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise VectorError(f"{path} can't be read: {error}") from error
        if not isinstance(found[path.stem], dict) or found[path.stem].get("format") != form:
            raise VectorError(f"{path}: its format is not {form}")
    if not found:
        raise VectorError(f"there are no vectors in {folder / kind}")
    return found
