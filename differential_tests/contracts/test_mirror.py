"""Contracts, reference and specification name the same things: functions, constants, failures and rules."""

import ast
import inspect
import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
from vyper import ast as vy_ast

from differential_tests.contracts.artefacts import (
    ROOT,
    artefact,
    deployables,
    interfaces,
    revert_strings,
    sources,
    to_snake,
)
from differential_tests.contracts.files import find_files
from reference import errors, events
from reference.errors import MegaTAOError

RULE = re.compile(
    r"\b(?:UNT|CHN|EMA|IDX|ORC|HID|MRK|FEE|IMP|FND|INT|MRG|LIQ|PAR|VLT|STO|PRX|ACC|POS|MKT|ADM|VIW|SHR|TOK)-\d+\b"
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

LAYERS = ("math", "core", "modules")

LONE_FUNCTIONS = {
    "reference/math/units.py: div_down": "integer division is checked by the EVM itself",
    "reference/math/units.py: word": "so is that a product is below 2**256",
    "reference/core/accrual.py: calculate_market_exposure": "recache does both, with what it has loaded",
    "reference/core/accrual.py: calculate_market_value": "recache does both, with what it has loaded",
    "reference/core/pricing.py: calculate_increase_fill": "calculate_increase does it: a call would copy the context",
    "reference/core/pricing.py: validate_increase": "calculate_increase does it: a call would copy the context",
    "reference/core/vault_ledger.py: store_claim": "the contracts store a claim where it is made: a revert undoes it",
    "reference/core/accrual.py: breaker_events": "the contracts' log_breaker logs it",
    "vyper_contracts/core/accrual.vy: log_breaker": "the reference's breaker_events returns what is logged",
    "vyper_contracts/core/accrual.vy: validate_reading": "the oracle is a contract here; the reference calls reading",
    "vyper_contracts/core/accrual.vy: validate_refusal": "as validate_reading",
    "vyper_contracts/core/accrual.vy: validate_scale": "the oracle is a contract here; the reference calls feed",
    "vyper_contracts/core/authorization.vy: begin": "saves code where three entry points begin alike",
    "vyper_contracts/modules/ViewModule.vy: module_of": "the routes are of the reference's Proxy, which is no module",
    "vyper_contracts/modules/ViewModule.vy: ready_at": "the upgrades are of the reference's Proxy, which is no module",
}
"""Public functions without a twin of their name, each with why."""


def tree(path: Path) -> vy_ast.Module:
    return vy_ast.parse_to_ast(path.read_text(), resolved_path=str(path))


def twins(layer: str) -> dict[str, tuple[Path | None, Path | None]]:
    """The files of a layer in both languages, by the reference's name of it: OpenModule is open."""
    ours = {path.stem: path for path in find_files(ROOT / "reference" / layer, "*.py") if path.stem != "__init__"}
    theirs = {
        to_snake(path.stem.removesuffix("Module")).removeprefix("_"): path
        for path in find_files(ROOT / "vyper_contracts" / layer, "*.vy")
    }
    return {name: (ours.get(name), theirs.get(name)) for name in sorted(ours.keys() | theirs.keys())}


def functions_of(path: Path) -> set[str]:
    """The functions of a source; in Python also the methods of its classes."""
    if path.suffix == ".vy":
        return {function.name for function in tree(path).get_children(vy_ast.FunctionDef)}
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def public_functions_of(path: Path) -> set[str]:
    """The functions that others may call, methods left out."""
    if path.suffix == ".vy":
        return {name for name in functions_of(path) if not name.startswith("_")}
    nodes = ast.parse(path.read_text()).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}


def twin_name(name: str, layer: str) -> str:
    """The name that a function and its twin have in common.

    What one language calls from outside may be private to the module in the other. An entry point of the reference is
    called process_ or read_ and its name, or that of a standard in snake_case.
    """
    plain = to_snake(name).lstrip("_")
    return re.sub("^(process|read)_", "", plain) if layer == "modules" else plain


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_has_its_twin(layer: str) -> None:
    assert {name for name, (ours, theirs) in twins(layer).items() if ours is None or theirs is None} == set()


def test_every_public_function_has_its_twin_or_a_reason() -> None:
    """Both ways; a reason that is no longer needed goes."""
    lone = set()
    for layer in LAYERS:
        for ours, theirs in twins(layer).values():
            for path, other in ((ours, theirs), (theirs, ours)):
                if path is None or other is None:
                    continue  # said by the test before
                known = {twin_name(name, layer) for name in functions_of(other)}
                names = {name for name in public_functions_of(path) if twin_name(name, layer) not in known}
                lone |= {f"{path.relative_to(ROOT)}: {name}" for name in names - {"__init__"}}
    assert lone == LONE_FUNCTIONS.keys()


def test_events_mirror_the_reference() -> None:
    """In the reference's order, with the reference's fields; those of a share are the token's own."""
    token = ROOT / "vyper_contracts" / "tokens" / "VaultShare.vy"
    declared = {
        event.name: [to_snake(field.target.id) for field in event.body]
        for path in (ROOT / "vyper_contracts" / "events.vy", token)
        for event in tree(path).get_children(vy_ast.EventDef)
    }
    mirrored = {
        name: [field.name for field in fields(each)]
        for name, each in vars(events).items()
        if inspect.isclass(each) and issubclass(each, events.Logged) and is_dataclass(each)
    }
    assert declared == mirrored
    own = [event.name for event in tree(ROOT / "vyper_contracts" / "events.vy").get_children(vy_ast.EventDef)]
    assert own == [name for name in mirrored if name in own]


@pytest.mark.parametrize("path", [*sources(), *interfaces()], ids=lambda path: path.stem)
def test_a_source_is_called_like_its_file_and_mirrors_one(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^@title (.+)$", text, re.MULTILINE) == [path.stem]
    assert all((ROOT / mirrored).is_file() for mirrored in re.findall(r"Mirrors\s+(reference/[\w/]+\.py)", text))


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


def test_no_error_is_called_like_an_event() -> None:
    named = {entry["name"] for path in deployables() for entry in artefact(path.stem).abi if entry["type"] == "event"}
    assert named & {error.__name__ for error in all_errors(MegaTAOError)} == set()


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
