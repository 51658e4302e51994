"""The catalogues of what can be called, logged, reverted with and called in turn, as tables.

What happens is read off the contracts' code (`contracts.interface`), what it means off NatSpec and the docstrings of
the reference. Nothing here is typed twice: a name that has no meaning yet is an error.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_utils.crypto import keccak

from differential_tests.book.claims import CONTRACT, Place, head_ids, parse
from differential_tests.book.formulas import as_code
from differential_tests.book.markdown import cell, table
from differential_tests.book.natspec import natspec
from differential_tests.book.reverts import entry_points as list_reverts
from differential_tests.book.rules import RULE_ID, sort_ids
from differential_tests.book.trace import Trace
from differential_tests.contracts.files import find_files
from differential_tests.contracts.interface import TESTING, Check, Entry, External, load_entries

PROXY: Final = "MegaTAO"
DEFAULT: Final = "__default__"
CONSTRUCTOR: Final = "__init__"
MODULE: Final = "Module"
NONE: Final = "none"
ERRORS: Final = "reference/errors.py"
CALLS: Final = "differential_tests/vectors/data/calls"

ROLES: Final = {
    "admin": "admin",
    "pending_admin": "pending admin",
    "guardian": "guardian",
    "treasury": "treasury",
    "keepers": "keeper",
    "upgrader": "upgrader",
    "owner": "owner",
    "allowance": "spender",
    "vault": "proxy",
    "INITIALIZER": "deployer",
}
"""Who may call, by the name with which the code compares the caller; the columns of the matrix."""
OWNER: Final = re.compile(r">> 96\b|\bowner_of\b")
"""How the code asks for the owner of an account."""
METHOD: Final = re.compile(r"method_id\(\"([^\"]+)\"")
"""How the code names the function that a raw call is for."""
EVENT: Final = re.compile(r"^event (\w+):\n((?:    .+\n)+)", re.M)
FIELD: Final = re.compile(r"^    (\w+): (indexed\()?(.+?)\)?$", re.M)


@dataclass(frozen=True)
class Event:
    """An event. fields: name, type, and whether it is a topic."""

    name: str
    file: str
    fields: tuple[tuple[str, str, bool], ...]

    @property
    def topic(self) -> str:
        """The first topic: the hash of the signature."""
        types = ",".join(re.sub(r"DynArray\[(\w+), .*\]", r"\1[]", kind) for _, kind, _ in self.fields)
        return f"0x{keccak(text=f'{self.name}({types})').hex()}"


class Catalogue:
    """Entry points, and what ties them to rules and texts."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.entries = load_entries(trace.root)
        self._places = {(each.file, each.name): each for each in trace.places if each.kind == CONTRACT}

    def place(self, file: str, name: str) -> Place | None:
        """The function of a contract, if it is one and no getter."""
        return self._places.get((file, name))

    def callable(self) -> list[Entry]:
        """The entry points, without the constructors."""
        return [entry for entry in self.entries if entry.name != CONSTRUCTOR]

    def link(self, entry: Entry) -> str:
        """Its name, with a link to its source."""
        name = f"`{entry.key}`"
        return f"[{name}](../{entry.file})" if entry.file else name

    def rules(self, entry: Entry) -> str:
        """The rules of an entry point, as links."""
        place = self.place(entry.file, entry.name)
        return self.rule_links(place.rules if place else ())

    def rule_links(self, rules: Iterable[str]) -> str:
        """Links to rules' headings."""
        return ", ".join(self.trace.known[rule].link for rule in rules if rule in self.trace.known) or NONE

    def notice(self, entry: Entry) -> str:
        """What an entry point does, in the words of its NatSpec."""
        place = self.place(entry.file, entry.name)
        return cell(natspec(self.trace.root, place).get("notice", "")) if place else "A getter of the variable."

    def named(self, entries: Iterable[Entry]) -> str:
        """The names of entry points: of modules alone, of other contracts with the contract."""
        names = (name_of(entry) for entry in entries)
        return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or NONE


def name_of(entry: Entry) -> str:
    """How users know an entry point: those of modules are the proxy's."""
    is_own = entry.contract in (PROXY,) or entry.contract.endswith(MODULE)
    if entry.name == CONSTRUCTOR:
        return f"{entry.contract}'s constructor"
    return entry.name if is_own and entry.name != DEFAULT else f"{entry.contract}.{entry.name}"


# What can be called


def entry_points(trace: Trace) -> str:
    """Each function that can be called: how, and what it is for."""
    catalogue = Catalogue(trace)
    rows = (
        (
            catalogue.link(entry),
            ", ".join(f"`{name}: {kind}`" for name, kind in entry.arguments) or NONE,
            f"`{entry.returned}`" if entry.returned else NONE,
            {"payable": "takes TAO", "nonpayable": "changes state"}.get(entry.mutability, entry.mutability),
            f"`{entry.selector}`" if entry.selector else "any other",
            catalogue.rules(entry),
            catalogue.notice(entry),
        )
        for entry in catalogue.callable()
    )
    return table(("entry point", "arguments", "returns", "kind", "selector", "rule", "what"), rows)


def access(trace: Trace) -> str:
    """The matrix: who may call what changes something."""
    catalogue = Catalogue(trace)
    asked = {entry: [check for check in entry.checks if check.is_access] for entry in catalogue.callable()}
    chosen = {entry: checks for entry, checks in asked.items() if checks or not entry.is_view}
    present = {role for checks in chosen.values() for check in checks for role in roles_of(check)}
    columns = [role for role in ROLES.values() if role in present]
    rows = (
        (
            catalogue.link(entry),
            catalogue.rules(entry),
            *_permissions(checks, columns),
            "; ".join(map(_condition, checks)) or NONE,
        )
        for entry, checks in chosen.items()
    )
    return table(("entry point", "rule", *columns, "anyone", "what the code asks of the caller"), rows)


def roles_of(check: Check) -> list[str]:
    """Who passes a check of the caller. LookupError if nobody known does."""
    words = set(re.findall(r"\w+", check.condition))
    found = [role for name, role in ROLES.items() if name in words and name != "owner"]
    if OWNER.search(check.condition):
        found.append(ROLES["owner"])
    if not found:
        raise LookupError(f"no role passes the check {check.condition!r} ({check.name})")
    return found


def _permissions(checks: list[Check], columns: list[str]) -> list[str]:
    """A cell for each role, and one for anyone."""
    if not checks:
        return ["·"] * len(columns) + ["yes"]
    allowed = {role for check in checks for role in roles_of(check)}
    is_always = any(not check.guards for check in checks)
    return [*("yes" if role in allowed else "no" for role in columns), "no" if is_always else "where not asked"]


def _condition(check: Check) -> str:
    where = f", where {as_code(cell(' and '.join(check.guards)))}" if check.guards else ""
    return f"`{check.name}` unless {as_code(cell(check.condition))}{where}"


def outcomes(trace: Trace) -> str:
    """With how many names each entry point can revert, and what it logs and calls."""
    catalogue = Catalogue(trace)
    listed = {(each.place.file, each.place.name): each.place.name.lower() for each in list_reverts(trace)}
    rows = (
        (
            catalogue.link(entry),
            _reasons(entry, listed.get((entry.file, entry.name), "")),
            ", ".join(f"[`{name}`](events.md#{name.lower()})" for name in entry.events) or NONE,
            ", ".join(dict.fromkeys(map(_callee, entry.externals))) or NONE,
            "yes" if entry.is_locked else "no",
        )
        for entry in catalogue.entries
        if entry.reverts or entry.events or entry.externals
    )
    return table(("entry point", "reverts", "events", "calls", "lock"), rows)


def _reasons(entry: Entry, anchor: str) -> str:
    """How many names, with a link to their list; without a list the names."""
    if anchor and entry.reverts:
        return f"[{len(entry.reverts)}, in order](reverts.md#{anchor})"
    return ", ".join(f"[`{name}`](errors.md#{name.lower()})" for name in entry.reverts) or NONE


def _callee(external: External) -> str:
    function = _asked(external).partition("(")[0]
    whom = external.contract or external.target
    return f"`{whom}.{function}`" if "(" in _asked(external) else f"`{whom}`"


def _asked(external: External) -> str:
    """The signature of the function that is called; of other data what it is."""
    found = METHOD.search(external.function)
    return found[1] if found else external.function


def _shown(root: Path) -> dict[str, set[tuple[str, str]]]:
    """Contract and function of each revert that a test vector shows, by its name."""
    shown = defaultdict(set)
    for path in find_files(root / CALLS, "*.json"):
        for vector in json.loads(path.read_text())["vectors"]:
            if vector.get("revert") and vector["call"].get("function"):
                shown[vector["revert"]].add((path.stem, vector["call"]["function"].partition("(")[0]))
    return shown


# What is logged


def events(trace: Trace) -> str:
    """One section an event: what it means, its fields, and who logs it."""
    catalogue = Catalogue(trace)
    meanings = _meanings(trace.root, "**/*.py", ("Logged",), bare=("reference/oracles/index_price.py",))
    sections = []
    for event in sorted(load_events(trace.root), key=lambda each: each.name):
        if event.name not in meanings:
            raise LookupError(f"the reference has no event {event.name}")
        rules, text = meanings[event.name]
        logged = [entry for entry in catalogue.entries if event.name in entry.events]
        fields = ((f"`{name}`", f"`{kind}`", "topic" if is_topic else "data") for name, kind, is_topic in event.fields)
        sections.append(
            "\n\n".join(
                (
                    f"### {event.name}",
                    f"{catalogue.rule_links(rules)}. {text or catalogue.trace.known[rules[0]].title + '.'}",
                    f"Logged by {catalogue.named(logged)}. First topic: `{event.topic}`.",
                    table(("field", "type", "in"), fields),
                )
            )
        )
    return "\n\n".join(sections)


def load_events(root: Path) -> list[Event]:
    """The events of all contracts but those for tests. LookupError where two of one name differ."""
    found: dict[str, Event] = {}
    for path in find_files(root / "vyper_contracts", "*.vy*"):
        if TESTING in path.parts:
            continue
        for name, body in EVENT.findall(path.read_text()):
            fields = tuple((field, kind, bool(topic)) for field, topic, kind in FIELD.findall(body))
            event = Event(name, path.relative_to(root).as_posix(), fields)
            if found.setdefault(name, event).fields != fields:
                raise LookupError(f"{event.file} and {found[name].file} do not agree on the event {name}")
    return list(found.values())


def _meanings(
    root: Path, pattern: str, bases: tuple[str, ...], bare: tuple[str, ...] = ()
) -> dict[str, tuple[tuple[str, ...], str]]:
    """Rules and text of each class of the reference that has one of these bases; of some files, of each class."""
    found = {}
    for path in find_files(root / "reference", pattern.removeprefix("**/")):
        is_bare = path.relative_to(root).as_posix() in bare
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef) and (is_bare or {ast.unparse(base) for base in node.bases} & set(bases)):
                text = " ".join((ast.get_docstring(node) or "").split())
                rules = tuple(rule for rule, _ in head_ids(text))
                found[node.name] = (rules, re.sub(rf"^(?:{RULE_ID}(?:, | and )?)+[.:] ?", "", text))
    return found


# What is reverted with


def errors(trace: Trace) -> str:
    """One section an error: what it means, the rules that name it, and the entry points that revert with it."""
    catalogue = Catalogue(trace)
    shown = _shown(trace.root)
    meanings = _meanings(trace.root, ERRORS.rpartition("/")[2], ("MegaTAOError",))
    raised = defaultdict(list)
    for entry in catalogue.entries:
        for name in entry.reverts:
            raised[name].append(entry)
    unknown = raised.keys() - meanings.keys()
    if unknown:
        raise LookupError(f"the reference has no error {', '.join(sorted(unknown))}")
    rows = []
    for name in sorted(meanings):
        _, text = meanings[name]
        by = {name_of(entry): (entry.contract, entry.name) in shown.get(name, ()) for entry in raised[name]}
        named = ", ".join(f"`{entry}`" if is_shown else f"*`{entry}`*" for entry, is_shown in by.items())
        rows.append((f'<a id="{name.lower()}"></a>`{name}`', cell(text), _naming(catalogue, name, text), named or NONE))
    return table(("name", "when", "rules", "entry points"), rows)


def _naming(catalogue: Catalogue, name: str, text: str) -> str:
    """The rules whose text names an error, and those that its docstring names."""
    named = {rule.id for rule in catalogue.trace.rules if re.search(rf"\b{name}\b", rule.text) and not rule.is_erratum}
    return catalogue.rule_links(sort_ids(named | set(re.findall(RULE_ID, text))))


# What is called in turn


def externals(trace: Trace) -> str:
    """One row a call that leaves a contract: whom, with what, and who makes it."""
    catalogue = Catalogue(trace)
    by: dict[tuple[str, ...], list[tuple[External, Entry]]] = defaultdict(list)
    for entry in catalogue.entries:
        for each in entry.externals:
            by[_described(each)].append((each, entry))
    rows = []
    for described, found in sorted(by.items()):
        places = {(each.file, each.place): catalogue.place(each.file, each.place) for each, _ in found}
        rules = {rule for place in places.values() if place for rule in place.rules}
        entries = [entry for _, entry in found]
        links = (f"[`{Path(file).stem}.{name}`](../{file})" for file, name in places)
        rows.append(
            (
                *described,
                ", ".join(links),
                catalogue.rule_links(sort_ids(rules)),
                catalogue.named(entries),
                _lock(entries),
            )
        )
    heads = ("whom", "function or data", "kind", "TAO", "gas", "a failure", "in", "rule", "made by", "under the lock")
    return table(heads, rows)


def _described(external: External) -> tuple[str, ...]:
    """Whom a call is for, what it asks, and what it hands on."""
    return (
        f"`{external.target}`" + (f" ({external.contract})" if external.contract else ""),
        f"`{_asked(external)}`" if external.function else "no data",
        external.kind,
        f"`{external.value}`" if external.value else NONE,
        f"`{external.gas}`" if external.gas else "all but 1/64",
        "is a value" if external.is_caught else "is the caller's",
    )


def _lock(entries: list[Entry]) -> str:
    """Whether the reentrancy lock is held during a call."""
    without = [name_of(entry) for entry in entries if not entry.is_locked]
    if not without:
        return "yes"
    return "no" if len(without) == len(entries) else f"but for {', '.join(f'`{name}`' for name in without)}"
