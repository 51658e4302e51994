"""Sources as pages of the book, and parts of them: highlighted, taken from the files while it is built."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from differential_tests.book.claims import Place

DOCSTRING: Final = re.compile(r'(def (?:[^:]|:(?!\n))*:\n)\s*"""(?:.|\n)*?"""[ ]*\n')
PYTHON: Final = get_lexer_by_name("python")
"""Vyper is lexed as Python."""


def page_of(file: str) -> str:
    """Where a source's page is, from the book's root."""
    return f"sources/{file}.html"


def markdown_of(file: str) -> str:
    """Where a source's page is before it is built."""
    return f"sources/{file}.md"


def source_page(root: Path, file: str) -> str:
    """A source as a page, in markdown, with an anchor for each line."""
    formatter = HtmlFormatter(cssclass="highlight source", lineanchors="L", linenos="inline", anchorlinenos=True)
    body = highlight((root / file).read_text(), PYTHON, formatter)
    front = "---\nhide:\n  - toc\n  - navigation\nsearch:\n  exclude: true\n---\n"
    return f"{front}# {file}\n\n{_protect(body)}\n"


def source_index(files: Iterable[str]) -> str:
    """The page that lists all sources, by folder."""
    folders: dict[str, list[str]] = {}
    for file in sorted(files):
        folders.setdefault(file.rpartition("/")[0], []).append(file)
    parts = [
        f"## {folder}/\n\n" + "\n".join(f"- [{Path(file).name}]({markdown_of(file)})" for file in found)
        for folder, found in folders.items()
    ]
    return "# Sources\n\nThe files that the rules lead to, as they were when the book was built.\n\n" + "\n\n".join(
        parts
    )


def _protect(html: str) -> str:
    """The same, so that markdown leaves it alone."""
    return html.replace("\n\n", "\n&#8203;\n")


@cache
def _text(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def code_of(root: Path, place: Place) -> str:
    """A function's source without its docstring, which says what the rule says."""
    source = "".join(_text(root / place.file)[place.line - 1 : place.last])
    return DOCSTRING.sub(r"\1", source, count=1)


def highlighted(code: str) -> str:
    """Code as HTML."""
    html: str = highlight(code, PYTHON, HtmlFormatter(cssclass="highlight"))
    return html
