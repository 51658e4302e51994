"""NatSpec of the contracts: what a function's docstring says under each tag."""

import re
from pathlib import Path
from typing import Final

from differential_tests.book.claims import HEAD, Place

DOCSTRING: Final = re.compile(r'def (?:[^:]|:(?!\n))*:\n\s*"""((?:.|\n)*?)"""')
TAG: Final = re.compile(r"@(notice|dev|return|param \w+)\s+")


def natspec(root: Path, place: Place) -> dict[str, str]:
    """The text under each tag, in one line; a parameter's under `param NAME`. Ids of rules are left out."""
    lines = (root / place.file).read_text().splitlines()[place.line - 1 : place.last]
    found = DOCSTRING.search("\n".join(lines))
    if found is None:
        return {}
    _, *parts = TAG.split(found[1])
    texts = {tag: " ".join(text.split()) for tag, text in zip(parts[::2], parts[1::2], strict=True)}
    return {tag: _without_ids(text) for tag, text in texts.items()}


def _without_ids(text: str) -> str:
    head = HEAD.match(text)
    return text[head.end() :].lstrip(".:,( ") if head else text
