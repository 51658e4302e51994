"""Contracts, reference and specification name the same things: functions, constants, failures and rules."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest
from vyper import ast as vy_ast

from differential_tests.contracts.artefacts import ROOT, revert_strings, sources
from differential_tests.contracts.files import find_files
from reference import errors
from reference.errors import MegaTAOError

RULE = re.compile(
    r"\b(?:UNT|CHN|EMA|IDX|ORC|MRK|FEE|IMP|FND|INT|MRG|LIQ|PAR|VLT|STO|PRX|ACC|POS|MKT|ADM|VIW|SHR|TOK)-\d+\b"
)
SHARED = [
    path
    for layer in ("state", "core", "oracles")
    for path in find_files(ROOT / "vyper_contracts" / layer, "*.vy")
    if path.stem.islower() and path.stem != "storage"
]
MATH = find_files(ROOT / "vyper_contracts" / "math", "*.vy")
TESTING = set(find_files(ROOT / "vyper_contracts" / "testing", "*.vy"))

SPECIFIED = {
    rule
    for chapter in find_files(ROOT / "spec", "*.md")
    for rule in re.findall(r"^#+ (\w{3}-\d+) ", chapter.read_text(), re.MULTILINE)
}


def tree(path: Path) -> vy_ast.Module:
    return vy_ast.parse_to_ast(path.read_text(), resolved_path=str(path))


@pytest.mark.parametrize("path", MATH, ids=lambda path: path.stem)
def test_functions_mirror_the_reference(path: Path) -> None:
    module = import_module(f"reference.math.{path.stem}")
    for function in tree(path).get_children(vy_ast.FunctionDef):
        mirror = getattr(module, function.name)
        assert [argument.arg for argument in function.args.args] == list(inspect.signature(mirror).parameters)
        assert RULE.findall(function.doc_string.value)[0] == RULE.findall(mirror.__doc__)[0]


@pytest.mark.parametrize("path", [*MATH, *SHARED], ids=lambda path: path.stem)
def test_constants_are_the_reference_s(path: Path) -> None:
    module = import_module(f"reference.{path.parent.name}.{path.stem}")
    for declaration in tree(path).get_children(vy_ast.VariableDecl, {"is_constant": True, "is_public": True}):
        value = eval(declaration.value.node_source_code, {})  # noqa: S307  a constant of our own source
        assert value == getattr(module, declaration.target.id), declaration.target.id


def test_revert_strings_are_the_names_of_the_tree() -> None:
    """Both ways; what is for tests only has texts of its own, the chain's among them."""
    reasons = revert_strings(set(sources()) - TESTING)
    assert reasons == {error.revert_name() for error in all_errors(MegaTAOError)} - {"", "MegaTAOError"}
    assert all(len(reason) <= 32 for reason in reasons)


def all_errors(root: type[MegaTAOError]) -> set[type[MegaTAOError]]:
    """The tree of the reference; the prover's samples have errors of their own."""
    tree = [error for error in root.__subclasses__() if error.__module__ == errors.__name__]
    return {root}.union(*map(all_errors, tree))


def test_every_rule_is_specified_and_every_specified_rule_is_used() -> None:
    """A rule stands in the specification, and in the reference or in a property; one that is coded, in a contract."""
    texts = {
        "reference": _texts("reference", "*.py"),
        "contracts": _texts("vyper_contracts", "*.vy"),
        "tests": _texts("differential_tests", "*.py"),
    }
    used = {place: set(RULE.findall(text)) for place, text in texts.items()}
    assert used["reference"] | used["contracts"] | used["tests"] == SPECIFIED
    assert used["contracts"] <= used["reference"] | {"ORC-1", "ORC-2"}, "the reference does not model gas"


def _texts(folder: str, pattern: str) -> str:
    # the tests of the specification's check make rules up
    paths = (path for path in find_files(ROOT / folder, pattern) if path.name != "test_check.py")
    return "\n".join(path.read_text() for path in paths)


def test_every_error_names_its_rule() -> None:
    for error in all_errors(MegaTAOError) - {MegaTAOError, errors.CheckFailed}:
        assert RULE.search(error.__doc__ or ""), error.__name__
