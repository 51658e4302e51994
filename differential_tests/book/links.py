"""Links of the markdown files: that their files and anchors are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from differential_tests.book.rules import headings, prose_lines, slug

LINK: Final = re.compile(r"(?<!`)!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
CODE: Final = re.compile(r"`[^`]*`")
ANCHOR: Final = re.compile(r'<a id="([^"]+)">')


def anchors_of(path: Path) -> set[str]:
    """The anchors of a markdown file: of its headings, and those that are written out."""
    text = path.read_text()
    found = set(ANCHOR.findall(text))
    for _, _, heading in headings(text):
        anchor, count = slug(heading), 0
        while anchor in found:
            count += 1
            anchor = f"{slug(heading)}-{count}"
        found.add(anchor)
    return found


def links_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and target of each link in a markdown file."""
    for number, line in prose_lines(path.read_text()):
        for match in LINK.finditer(CODE.sub("``", line)):
            yield number, match[1]


def broken_links(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Line and what is wrong of each link whose file or anchor is not there."""
    for number, target in links_of(path):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or not there.is_relative_to(root):
            yield number, f"{target} leads to no file of the project"
        elif anchor and there.suffix == ".md" and anchor not in anchors_of(there):
            yield number, f"{target} leads to no heading of {there.name}"
