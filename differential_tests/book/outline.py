"""The order of the chapters: that of the tables in spec/README.md, one part a heading."""

import re
from pathlib import Path
from typing import Any, Final

ROW: Final = re.compile(r"^\| \[([^\]]+)\]\(([\w-]+\.md)\) \|")
PART: Final = re.compile(r"^#{2,3} (.+)$")
INDEX: Final = "README.md"


def outline(folder: Path) -> list[Any]:
    """Parts and chapters, as mkdocs takes them."""
    parts: list[Any] = [{"The specification": INDEX}]
    part = ""
    for line in (folder / INDEX).read_text().splitlines():
        heading, row = PART.match(line), ROW.match(line)
        if heading:
            part = heading[1]
        elif row:
            if not (isinstance(parts[-1], dict) and part in parts[-1]):
                parts.append({part: []})
            parts[-1][part].append({row[1]: row[2]})
    return parts


def chapters(folder: Path) -> list[str]:
    """The files that the tables name, in reading order."""
    rows = (ROW.match(line) for line in (folder / INDEX).read_text().splitlines())
    return [row[2] for row in rows if row]
