"""Changes of a source by position: the text is never printed anew, so that all that is not changed stays as it was."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Edit:
    """What stands from start to end becomes `text`."""

    start: int
    end: int
    text: str


class Source:
    """A text, and where in it the nodes of its tree are, be they Vyper's or Python's."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: Any) -> tuple[int, int]:
        """First character of a node and the one after its last. Both parsers count columns in bytes."""
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def of(self, node: Any) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_of(self, offset: int) -> int:
        """The number of the line, from 1, in which a character is."""
        return next(number for number, start in enumerate(self._starts) if start > offset)

    def lines(self, start: int, end: int) -> tuple[int, int]:
        """The same range, widened to whole lines, without the last one's end."""
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", max(end - 1, start))
        return first, len(self.text) if last < 0 else last

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made. ValueError if two of them overlap."""
    ordered = sorted(edits)
    if any(one.end > other.start for one, other in itertools.pairwise(ordered)):
        raise ValueError(f"edits overlap: {ordered}")
    for edit in reversed(ordered):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True)
class Mutant:
    """One change of one file. before, after: the lines that it touches, without their indentation.

    side: contracts or reference. function: "" for a constant. nth: of equal changes in one function, from 1.
    """

    side: str
    file: str
    function: str
    operator: str
    line: int
    before: str
    after: str
    nth: int
    edits: tuple[Edit, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What it is, wherever in its function it stands."""
        return self.file, self.function, self.operator, self.before, self.after, str(self.nth)

    def apply(self, text: str) -> str:
        """The file's text with the change in it."""
        return apply_edits(text, self.edits)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.operator}: {self.before} => {self.after}".replace("\n", " ")


def make_mutant(
    source: Source, side: str, file: str, function: str, operator: str, edits: Sequence[Edit], seen: dict[Any, int]
) -> Mutant | None:
    """A mutant of these edits; None if they change nothing. seen: how often each change was met, to number it."""
    changed = apply_edits(source.text, edits)
    if changed == source.text:
        return None
    first, last = source.lines(min(edit.start for edit in edits), max(edit.end for edit in edits))
    before = _stripped(source.text[first:last])
    after = _stripped(changed[first : len(changed) - (len(source.text) - last)])
    what = file, function, operator, before, after
    seen[what] = seen.get(what, 0) + 1
    line = source.line_of(min(edit.start for edit in edits))
    return Mutant(side, file, function, operator, line, before, after, seen[what], tuple(edits))


def _stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
