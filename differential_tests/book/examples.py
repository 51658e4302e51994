"""The worked examples: what chapters show between ```pycon and ``` is run against the reference, chapter by chapter."""

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts.files import find_files

BLOCK: Final = re.compile(r"^```pycon\n(.*?)^```$", re.M | re.S)
FLAGS: Final = doctest.FAIL_FAST


@dataclass(frozen=True)
class Failure:
    """An example that does not give what the chapter says. line: in the chapter's file."""

    chapter: str
    line: int
    message: str


class _Runner(doctest.DocTestRunner):
    """Collects failures instead of printing them."""

    def __init__(self, chapter: str) -> None:
        super().__init__(verbose=False)
        self.chapter = chapter
        self.found: list[Failure] = []
        self.has_raised = False

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """What it gives is not what stands there."""
        del out
        message = f"{_first_line(example)} gives {got.strip()}, not {example.want.strip()}"
        self.found.append(Failure(self.chapter, (test.lineno or 0) + example.lineno + 1, message))

    def report_unexpected_exception(self, out: Any, test: doctest.DocTest, example: doctest.Example, info: Any) -> None:
        """It raises what does not stand there."""
        del out
        if self.has_raised:
            return
        self.has_raised = True
        message = f"{_first_line(example)} raises {info[0].__name__}: {info[1]}"
        self.found.append(Failure(self.chapter, (test.lineno or 0) + example.lineno + 1, message))


def _first_line(example: doctest.Example) -> str:
    return example.source.strip().splitlines()[0]


def examples_of(path: Path) -> list[doctest.DocTest]:
    """The blocks of a chapter that hold examples. What one block defines, those below it know."""
    text, parser, names = path.read_text(), doctest.DocTestParser(), dict[str, Any]()
    return [
        parser.get_doctest(match[1], names, path.stem, str(path), text.count("\n", 0, match.start(1)))
        for match in BLOCK.finditer(text)
    ]


def run_examples(folder: Path) -> Iterator[Failure]:
    """Run all examples of all chapters; those that fail. After one that raises, its chapter is left: what follows
    would fail for want of it.
    """
    for path in find_files(folder, "*.md"):
        runner, names = _Runner(path.stem), dict[str, Any]()
        for block in examples_of(path):
            block.globs = names
            runner.run(block, clear_globs=False)
            if runner.has_raised:
                break
        yield from runner.found
