"""Threats: that their ids are in order, that each names its tests or says that there are none, and that these exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHAPTER: Final = Path("spec/threats.md")
THREAT: Final = re.compile(r"^(?:### |\| )(T-\d+)(?= )", re.M)
SECTION_END: Final = re.compile(r"^(?:#|\| T-)", re.M)
NAMED: Final = re.compile(r"\[`(?:\w+\.)*(\w+)`\]\(([^)#\s]+\.(?:py|vy))\)")
CITED: Final = re.compile(r"\bT-\d+\b")
NONE: Final = "no test"


def missing_names(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Line and what is wrong of each link whose text is the name of something that its source does not define."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for name, file in NAMED.findall(line):
            source = (path.parent / file).resolve()
            if source.is_file() and source.is_relative_to(root) and not _defines(source.read_text(), name):
                yield number, f"{file} does not define {name}"


def _defines(text: str, name: str) -> bool:
    return bool(re.search(rf"^\s*(?:(?:async )?def|class|event|struct|flag) {name}\b|^{name}\b.*[:=]", text, re.M))


def untold_threats(root: Path) -> Iterator[tuple[int, str]]:
    """Line and what is wrong of each threat whose id is taken or leaves one out, or that says nothing of tests.

    A threat stands where it belongs, so that ids need not be in order.
    """
    text = (root / CHAPTER).read_text()
    known = THREAT.findall(text)
    for place, match in enumerate(THREAT.finditer(text)):
        line = text.count("\n", 0, match.start()) + 1
        if match[1] in known[:place]:
            yield line, f"{match[1]} is taken: an id never changes, and a new one is the next"
        if int(match[1].removeprefix("T-")) > len(known):
            yield line, f"{match[1]} is not the next id: there are {len(known)} threats"
        end = SECTION_END.search(text, match.end())
        section = text[match.start() : end.start() if end else len(text)]
        if not NAMED.search(section) and NONE not in section:
            yield line, f'{match[1]} names no test, and does not say "{NONE}"'


def dead_threats(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Line and id of each threat that is cited and does not exist."""
    known = set(THREAT.findall((root / CHAPTER).read_text()))
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield from ((number, f"{found} is no threat") for found in CITED.findall(line) if found not in known)
