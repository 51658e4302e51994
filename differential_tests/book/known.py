"""What is known not to be shown: the tables of spec/known-issues.md."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from differential_tests.book.claims import PROPERTY, parse
from differential_tests.book.evidence import Proofs
from differential_tests.book.formulas import as_code
from differential_tests.book.markdown import table
from differential_tests.book.trace import Trace, is_pure
from differential_tests.contracts.files import find_files

SURVIVORS: Final = "differential_tests/mutation/survivors.json"
UNREACHED: Final = "differential_tests/coverage/unreached.json"
SHOWN: Final = ("proved", "confirmed")
GAPS: Final = ("gap", "bug")
"""Classes of surviving mutants that the suite should see."""
KINDS: Final = {
    "failures": "assert or raise",
    "sides": "side of a branch",
    "checks": "the compiler's check",
}
"""What has a reason not to be reached, in the words of the table."""
SKIPS: Final = ("skip", "skipif", "xfail", "importorskip")


def proofs(trace: Trace) -> str:
    """How many pure functions and properties are proved, and which are not."""
    of, rows = Proofs(trace.root), []
    properties = [each for each in trace.places if each.kind == PROPERTY and each.rules]
    for name, places in (("pure functions", list(filter(is_pure, trace.places))), ("properties", properties)):
        left = [each for each in places if not of.status_of(each).startswith(SHOWN)]
        named = ", ".join(f"`{each.key}` ({', '.join(each.rules)}: {of.status_of(each)})" for each in left) or "none"
        rows.append((name, f"{len(places)}", f"{len(places) - len(left)}", named))
    return table(("what", "all:", "proved:", "not proved"), rows)


def gaps(trace: Trace) -> str:
    """The mutants that survive and that the suite should kill."""
    entries = [each for each in _read(trace.root / SURVIVORS) if each["class"] in GAPS]
    rows = (
        (
            f"[`{Path(each['file']).stem}.{each['function']}`](../{each['file']})",
            *map(_code, (each["before"], each["after"])),
            each["reason"],
        )
        for each in sorted(entries, key=lambda each: (each["file"], each["function"]))
    )
    return table(("function", "written", "mutant that survives", "what would kill it"), rows)


def unreached(trace: Trace) -> str:
    """What no call of the vectors and scripts reaches in the contracts, with the reason."""
    rows = (
        (KINDS[kind], _code(place), reason)
        for kind, entries in _read(trace.root / UNREACHED).items()
        for place, reason in entries.items()
    )
    return table(("kind", "place", "why"), rows)


def skipped(trace: Trace) -> str:
    """The tests and fixtures that may be skipped, and when."""
    rows = []
    for path in find_files(trace.root / "differential_tests", "*.py"):
        file = path.relative_to(trace.root).as_posix()
        rows += [(f"[`{name}`](../{file})", _code(when)) for name, when in _skips(parse(path))]
    return table(("test or fixture", "skipped if"), rows)


def _skips(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The function and the condition of each skip."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for mark in function.decorator_list:
            if any(isinstance(each, ast.Attribute) and each.attr in SKIPS for each in ast.walk(mark)):
                yield function.name, ast.unparse(mark)
        for branch in ast.walk(function):
            if isinstance(branch, ast.If | ast.ExceptHandler) and any(map(_is_skip, branch.body)):
                yield function.name, ast.unparse(branch.test if isinstance(branch, ast.If) else branch.type or branch)


def _is_skip(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("pytest.skip(")


def _code(text: str) -> str:
    """A text of a program, as code that fits into a table's cell."""
    return as_code(" ".join(text.split()).replace("|", "¦").replace("`", "'"))


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
