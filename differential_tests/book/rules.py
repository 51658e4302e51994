"""The rules of the specification, as its chapters have them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from differential_tests.contracts.files import find_files

ROOT: Final = Path(__file__).resolve().parents[2]
SPEC: Final = ROOT / "spec"
RULE_ID: Final = r"[A-Z]{3}-\d+"
ERRATUM_ID: Final = r"E-\d+"
HEADING: Final = re.compile(r"^(#{1,6}) (.+?)\s*$")
RULE_HEADING: Final = re.compile(rf"^({RULE_ID}|{ERRATUM_ID}) (.+)$")
FENCE: Final = re.compile(r"^(```+|~~~+)")
STAMP_DIGITS: Final = 4


@dataclass(frozen=True)
class Rule:
    """A rule, or an erratum: its text from the heading to the next heading. chapter: the file's stem. line: from 1."""

    id: str
    title: str
    text: str
    chapter: str
    line: int

    @property
    def place(self) -> str:
        """File and line, as they are printed."""
        return f"spec/{self.chapter}.md:{self.line}"

    @property
    def prefix(self) -> str:
        """The letters of the id."""
        return self.id.partition("-")[0]

    @property
    def is_erratum(self) -> bool:
        """Errata have no code; they are cited, and tested where they can be."""
        return self.prefix == "E"

    @cached_property
    def stamp(self) -> str:
        """The short hash of title and text. How the text is broken into lines makes no difference."""
        words = " ".join(f"{self.title} {self.text}".split())
        return sha256(words.encode()).hexdigest()[:STAMP_DIGITS]

    @property
    def anchor(self) -> str:
        """The heading's anchor, on forges and in the book."""
        return slug(f"{self.id} {self.title}")

    @property
    def target(self) -> str:
        """Where a link from another chapter leads."""
        return f"{self.chapter}.md#{self.anchor}"

    @property
    def link(self) -> str:
        """A link from another chapter."""
        return f"[{self.id}]({self.target})"


def slug(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def slugify(value: str, separator: str) -> str:
    """The same, as markdown's extension calls it."""
    del separator
    return slug(value)


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of fences, with their numbers from 1."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        elif not fence:
            yield number, line


def headings(text: str) -> list[tuple[int, int, str]]:
    """Line, level and text of each heading."""
    found = ((number, HEADING.match(line)) for number, line in prose_lines(text))
    return [(number, len(match[1]), match[2]) for number, match in found if match]


def rules_of(chapter: str, text: str) -> list[Rule]:
    """The rules of one chapter, in its order."""
    lines = text.splitlines()
    all_headings = headings(text)
    ends = [number - 1 for number, _, _ in all_headings[1:]] + [len(lines)]
    rules = []
    for (number, _, heading), end in zip(all_headings, ends, strict=True):
        match = RULE_HEADING.match(heading)
        if match:
            rules.append(Rule(match[1], match[2], "\n".join(lines[number:end]).strip(), chapter, number))
    return rules


def load_rules(folder: Path = SPEC) -> list[Rule]:
    """All rules and errata, those of duplicate ids included."""
    return [rule for path in find_files(folder, "*.md") for rule in rules_of(path.stem, path.read_text())]


def id_order(rule_id: str) -> tuple[str, int]:
    """Ids sort by letters, then by number."""
    prefix, _, number = rule_id.partition("-")
    return prefix, int(number)


def sort_ids(ids: Iterable[str]) -> list[str]:
    """The ids in their order, each once."""
    return sorted(set(ids), key=id_order)
