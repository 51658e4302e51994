"""The places in code and tests that claim to be a rule's: functions, properties, tests.

A function claims the rules with which its docstring begins, in Vyper after `@dev` or `@notice`. A test claims those
that its docstring names, and the one in its name: `test_fee_1_...` is FEE-1's. In Vyper and in tests an id may carry
the hash of the rule's text that it was written for, its stamp: `FEE-1:4f2a`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from differential_tests.book.rules import ERRATUM_ID, RULE_ID
from differential_tests.contracts.files import find_files

STAMPED: Final = re.compile(rf"\b({RULE_ID}|{ERRATUM_ID})(?::([0-9a-f]{{4}}))?(?![\w:])")
HEAD: Final = re.compile(rf"(?:{RULE_ID})(?::[0-9a-f]{{4}})?(?:(?:, | and ){RULE_ID}(?::[0-9a-f]{{4}})?)*(?=[.:,( ])")
TEST_NAME: Final = re.compile(r"test_(?:erratum_)?([a-z]{3}|e)_(\d+)(?=_|$)")
VYPER_FUNCTION: Final = re.compile(r"((?:^@.*\n)*)^def (\w+)\((?:[^:]|:(?!\n))*:\n(    \"\"\"(?:.|\n)*?\"\"\")?", re.M)
VYPER_NEXT: Final = re.compile(r"^\S", re.M)

REFERENCE: Final = "reference"
CONTRACT: Final = "contract"
PROPERTY: Final = "property"
TEST: Final = "test"
ACTION: Final = "action"
STAMPED_KINDS: Final = (CONTRACT, PROPERTY, TEST, ACTION)
"""What carries a rule's hash. The reference does not: it is the rule, in another language."""


@dataclass(frozen=True)
class Place:
    """A function, with what it claims. line, last: of the function. public: it needs a rule. ids: with their stamps."""

    kind: str
    file: str
    name: str
    line: int
    last: int
    public: bool
    ids: tuple[tuple[str, str], ...]
    decorators: tuple[str, ...] = ()
    module: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids, each once."""
        return tuple(dict.fromkeys(rule for rule, _ in self.ids))

    @property
    def where(self) -> str:
        """File and line, as they are printed."""
        return f"{self.file}:{self.line}"

    @property
    def key(self) -> str:
        """Module and name, as they are shown."""
        return f"{self.module}.{self.name}"

    @property
    def dotted(self) -> str:
        """Package, module and name, as Python finds them."""
        return f"{self.file.rpartition('.')[0].replace('/', '.')}.{self.name}"


def head_ids(docstring: str) -> tuple[tuple[str, str], ...]:
    """The ids that a docstring begins with, and their stamps ("" without)."""
    text = docstring.strip().strip('"').strip()
    match = HEAD.match(re.sub(r"^@(?:dev|notice)\s+", "", text))
    return _stamped(match[0]) if match else ()


def _stamped(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((match[1], match[2] or "") for match in STAMPED.finditer(text))


def named_id(name: str) -> str:
    """The id in a test's name; "" if there is none."""
    match = TEST_NAME.match(name)
    return f"{match[1].upper()}-{match[2]}" if match else ""


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def parse(path: Path) -> ast.Module:
    """The tree of a Python file."""
    return _parse(path.read_text())


def python_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of a module and methods of its classes, by qualified name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def _python_places(root: Path, path: Path, kind: str) -> Iterator[Place]:
    file = path.relative_to(root).as_posix()
    for name, node in python_functions(parse(path)):
        if kind == TEST and not node.name.startswith("test_"):
            continue
        docstring = ast.get_docstring(node) or ""
        if kind == TEST:
            ids = _stamped(docstring)
            named = named_id(node.name)
            if named and named not in dict(ids):
                ids = ((named, ""), *ids)
        else:
            ids = head_ids(docstring)
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        public = kind == REFERENCE and file.startswith(f"{REFERENCE}/") and "." not in name and not name.startswith("_")
        yield Place(kind, file, name, first, node.end_lineno or first, public, ids, (), path.stem)


def _vyper_places(root: Path, path: Path) -> Iterator[Place]:
    file, text = path.relative_to(root).as_posix(), path.read_text()
    for match in VYPER_FUNCTION.finditer(text):
        decorators = tuple(line[1:] for line in match[1].splitlines())
        following = VYPER_NEXT.search(text, match.end())
        body = text[match.start() : following.start() if following else len(text)].rstrip()
        line = text.count("\n", 0, match.start()) + 1
        public = "testing" not in path.parts and not match[2].startswith("_")
        ids = head_ids(match[3] or "")
        yield Place(CONTRACT, file, match[2], line, line + body.count("\n"), public, ids, decorators, path.stem)


def load_places(root: Path) -> list[Place]:
    """Functions of the reference, the contracts and the properties; tests; actions that name a rule."""
    tests = root / "differential_tests"
    places: list[Place] = []
    for path in [*find_files(root / "reference", "*.py"), tests / "contracts" / "layout.py"]:
        places += _python_places(root, path, REFERENCE)
    for path in find_files(root / "vyper_contracts", "*.vy"):
        places += _vyper_places(root, path)
    for path in find_files(tests / "properties", "*.py"):
        places += _python_places(root, path, PROPERTY)
    for path in find_files(tests / "machines", "*.py"):
        places += [place for place in _python_places(root, path, ACTION) if place.ids]
    for path in find_files(tests, "test_*.py"):
        places += _python_places(root, path, TEST)
    return places
