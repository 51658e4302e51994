"""Imports go down only, in both languages: modules → core → state → math; no module imports another."""

import ast
import sys
from pathlib import Path

import pytest
from vyper import ast as vy_ast

from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.files import find_files

MAY_IMPORT = {
    "math": {"math", "errors"},
    "state": {"math", "state", "errors", "oracles", "tokens"},
    "core": {"math", "state", "core", "errors", "events", "block", "interfaces", "oracles"},
    "modules": {"math", "state", "core", "errors", "events", "block", "interfaces", "oracles", "tokens"},
    # what the protocol asks, and what a state holds: below the state
    "oracles": {"math", "oracles", "errors", "events", "block", "interfaces"},
    "tokens": {"math", "errors", "events", "block", "interfaces"},
    # what everything may use, and what uses nothing
    "errors": set[str](),
    "events": set[str](),
    "block": set[str](),
    "interfaces": set[str](),
    # what nothing below imports
    "presets": {"math", "state"},
    "proxy": {"math", "state", "errors", "events", "block"},
    "MegaTAO": {"math", "state"},
    "history": {"math", "state", "core", "events", "history"},
    "testing": {"math", "oracles", "interfaces"},
}
"""What a folder, or a file beside the folders, may import of the others; one table for both languages."""

REFERENCE = find_files(ROOT / "reference", "*.py")
CONTRACTS = [*find_files(ROOT / "vyper_contracts", "*.vy"), *find_files(ROOT / "vyper_contracts", "*.vyi")]


def imports_of(path: Path) -> set[tuple[str, ...]]:
    """What a source imports: the parts of each name; a relative import begins with an empty part."""
    if path.suffix == ".py":
        nodes = list(ast.walk(ast.parse(path.read_text())))
        froms = [
            (node.level * "." + (node.module or ""), node.names) for node in nodes if isinstance(node, ast.ImportFrom)
        ]
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [f"{module}.{alias.name}" for module, aliases in froms for alias in aliases]
    else:
        tree = vy_ast.parse_to_ast(path.read_text(), resolved_path=str(path), is_interface=path.suffix == ".vyi")
        names = [node.name for node in tree.get_descendants(vy_ast.Import)]
        names += [f"{node.level * '.'}{node.module}.{node.name}" for node in tree.get_descendants(vy_ast.ImportFrom)]
    return {tuple(name.split(".")) for name in names}


def part_of(path: Path) -> str:
    """The folder of a source below its language's, or its own name beside the folders."""
    return path.relative_to(ROOT).with_suffix("").parts[1]


@pytest.mark.parametrize("path", [*REFERENCE, *CONTRACTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    if path == ROOT / "reference" / "__init__.py":
        assert imports_of(path) == set()
        return
    own = path.relative_to(ROOT).parts[0]
    imported = imports_of(path)
    assert {names for names in imported if names[0] == own and names[1] not in MAY_IMPORT[part_of(path)]} == set()
    outside = {names[0] for names in imported} - {own}
    assert outside <= (sys.stdlib_module_names if own == "reference" else {"ethereum"})


def test_every_rule_is_of_something() -> None:
    """Neither side of the table names what is not there."""
    parts = {part_of(path) for path in [*REFERENCE, *CONTRACTS]} - {"__init__"}
    assert set(MAY_IMPORT) == parts
    assert set().union(*MAY_IMPORT.values()) <= parts
