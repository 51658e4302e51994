"""What each contract's entry points can do, read off the compiler's typed tree: whom they refuse, what they revert
with, what they log and whom they call, in the order of the code.

A branch that an argument written out at the call rules out is left: `_increase(account, market, True, …)` never
asks whether the position is unknown. What depends on values is not followed, so an entry point may be said to revert
with a name that another check keeps away.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts.artefacts import CACHE, ROOT
from differential_tests.contracts.cache import keep
from differential_tests.contracts.files import find_files

TEXT: Final = re.compile(r'"""(?:.|\n)*?"""|#[^\n]*')
TESTING: Final = "testing"
UNKNOWN: Final = object()
SENDER: Final = "msg.sender"
OWN_AMOUNT: Final = re.compile(r"\(?[\w.]+\[msg\.sender\]\)? >= .*")
"""A condition about how much the caller has, not about who it is."""


@dataclass(frozen=True)
class Check:
    """A failure. name: of the revert. condition: what holds if it passes. guards: what holds where it is asked.

    is_access: whether it looks at who calls.
    """

    name: str
    condition: str
    guards: tuple[str, ...] = ()
    is_access: bool = False


@dataclass(frozen=True)
class External:
    """A call of another contract, or of an account, and the function that it stands in.

    kind: call, static call, delegate call. target, function, value, gas: as they are written; "" for none.
    is_caught: whether a failure of it is none of the caller's.
    """

    file: str
    place: str
    kind: str
    target: str
    function: str
    contract: str
    value: str
    gas: str
    is_caught: bool


CALLED: Final = "@"
"""What stands before a signature in place of the checks of the function that is called there."""
WRITTEN: Final = ("target", "function", "value", "gas")
"""What of an external call may be handed on from an argument."""


@dataclass(frozen=True)
class Entry:
    """A function that can be called from outside. arguments: names and types. file: "" of a variable's getter."""

    contract: str
    name: str
    signature: str
    selector: str
    arguments: tuple[tuple[str, str], ...]
    returned: str
    mutability: str
    is_locked: bool
    file: str
    checks: tuple[Check, ...] = ()
    events: tuple[str, ...] = ()
    externals: tuple[External, ...] = ()

    @property
    def is_view(self) -> bool:
        """Whether it changes nothing."""
        return self.mutability in ("view", "pure")

    @property
    def key(self) -> str:
        """Contract and name, as they are shown."""
        return f"{self.contract}.{self.name}"

    @property
    def reverts(self) -> tuple[str, ...]:
        """The names, each once, in the order of the checks."""
        return tuple(dict.fromkeys(check.name for check in self.checks))


@dataclass
class _Found:
    """What a function does, with all that it calls inside of its contract, in order and each once."""

    checks: dict[Check, None] = field(default_factory=dict)
    events: dict[str, None] = field(default_factory=dict)
    externals: dict[External, None] = field(default_factory=dict)

    def add(self, other: "_Found", guards: tuple[str, ...], given: dict[str, str]) -> None:
        """What a called function does, where these conditions hold. given: its arguments, as they are written."""
        for check in other.checks:
            asked = (*guards, *check.guards) if check.is_access else check.guards
            self.checks[Check(check.name, check.condition, asked, check.is_access)] = None
        self.events |= other.events
        for each in other.externals:
            written = {name: given.get(getattr(each, name), getattr(each, name)) for name in WRITTEN}
            self.externals[replace(each, **written)] = None


def load_entries(root: Path = ROOT) -> tuple[Entry, ...]:
    """The entry points of all contracts but those for tests; of what was compiled before, from the cache."""
    return _load(root, _hash_code(root))


def _hash_code(root: Path) -> str:
    """A hash of this reader, the compiler, and all contracts without their comments and docstrings."""
    digest = hashlib.sha256(version("vyper").encode() + Path(__file__).read_bytes())
    for path in find_files(root / "vyper_contracts", "*.vy*"):
        code = "\n".join(line.rstrip() for line in TEXT.sub("", path.read_text()).splitlines() if line.strip())
        digest.update(f"{path.relative_to(root).as_posix()}\0{code}\0".encode())
    return digest.hexdigest()[:20]


@cache
def _load(root: Path, code: str) -> tuple[Entry, ...]:
    def make() -> list[dict[str, Any]]:
        return [
            asdict(entry) for entry in _link([each for path in _deployables(root) for each in _analyse(root, path)])
        ]

    found = keep(CACHE.parent / "interface", "interface", code, make) if root == ROOT else make()
    return tuple(map(_from_json, found))


def _from_json(entry: dict[str, Any]) -> Entry:
    checks = (
        Check(each["name"], each["condition"], tuple(each["guards"]), each["is_access"]) for each in entry["checks"]
    )
    return Entry(
        **entry
        | {
            "arguments": tuple((name, kind) for name, kind in entry["arguments"]),
            "checks": tuple(checks),
            "events": tuple(entry["events"]),
            "externals": tuple(External(**each) for each in entry["externals"]),
        }
    )


def _deployables(root: Path) -> list[Path]:
    paths = find_files(root / "vyper_contracts", "*.vy")
    return [path for path in paths if path.stem[0].isupper() and TESTING not in path.parts]


def _analyse(root: Path, path: Path) -> Iterator[Entry]:
    """The entry points of one contract, the constructor last."""
    from vyper.compiler import CompilerData
    from vyper.compiler.input_bundle import FilesystemInputBundle

    bundle = FilesystemInputBundle([root])
    module = CompilerData(bundle.load_file(str(path.relative_to(root))), bundle).annotated_vyper_module
    kind = module._metadata["type"]
    walker = _Walker(root)
    constructor = [kind.init_function] if kind.init_function is not None else []
    for function in [*kind.exposed_functions, *constructor]:
        yield _entry(path.stem, function, walker)


def _entry(contract: str, function: Any, walker: "_Walker") -> Entry:
    is_getter = type(function.ast_def).__name__ != "FunctionDef"
    found = _Found() if is_getter else walker.follow(function, {})
    signature, selector = next(iter(function.method_ids.items()), ("", 0))
    is_called = signature and not (function.is_fallback or function.is_constructor)
    return Entry(
        contract,
        function.name,
        signature if is_called else "",
        f"0x{selector:08x}" if is_called else "",
        tuple((each.name, _short(each.typ)) for each in function.arguments),
        _short(function.return_type) if function.return_type is not None else "",
        "deploy" if function.is_constructor else str(function.mutability),
        bool(function.nonreentrant),
        "" if is_getter else walker.file_of(function.ast_def),
        tuple(found.checks),
        tuple(found.events),
        tuple(found.externals),
    )


def _short(kind: Any) -> str:
    """A type as it is written, without the module of a struct."""
    text = str(kind)
    declared = re.match(r"struct (\w+)|(\w+) declaration object", text)
    return next(filter(None, declared.groups()), text) if declared else text


def _link(entries: list[Entry]) -> Iterator[Entry]:
    """The same, with what comes back from the contracts that they call: reverts and events. None calls a third one."""
    by_signature = {
        entry.signature: entry for entry in entries if entry.signature and not entry.contract.endswith("Module")
    }
    for entry in entries:
        checks, events = dict[Check, None](), dict.fromkeys(entry.events)
        for check in entry.checks:
            if not check.name.startswith(CALLED):
                checks[check] = None
            elif called := by_signature.get(check.name.removeprefix(CALLED)):
                checks |= {Check(each.name, each.condition): None for each in called.checks}
                events |= dict.fromkeys(called.events)
        externals = [
            replace(each, contract=called.contract if (called := by_signature.get(each.function)) else "")
            for each in entry.externals
        ]
        yield replace(entry, checks=tuple(checks), events=tuple(events), externals=tuple(externals))


class _Walker:
    """Follows the functions of one contract; what was followed with the same known arguments is kept."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: dict[tuple[int, tuple[tuple[str, Any], ...]], _Found] = {}

    def file_of(self, node: Any) -> str:
        """The source that a node stands in, from the root."""
        return Path(node.module_node.resolved_path).relative_to(self._root.resolve()).as_posix()

    def follow(self, function: Any, known: dict[str, Any]) -> _Found:
        """What a function does. known: the arguments that are written out, by name."""
        key = (id(function.ast_def), tuple(sorted(known.items())))
        if key not in self._kept:
            self._kept[key] = _Body(self, function.ast_def, known).found
        return self._kept[key]


class _Body:
    """One function, statement by statement."""

    def __init__(self, walker: _Walker, node: Any, known: dict[str, Any]) -> None:
        self.found = _Found()
        self._walker, self._node, self._known = walker, node, known
        self._locals: dict[str, str] = {}
        self._block(node.body, ())

    def _block(self, statements: Iterable[Any], guards: tuple[str, ...]) -> None:
        for statement in statements:
            getattr(self, f"_on_{type(statement).__name__}", self._inside)(statement, guards)

    def _inside(self, node: Any, guards: tuple[str, ...]) -> None:
        """All that is below a node, the arguments of a call before the call."""
        for child in sorted(node.get_children(), key=lambda each: (each.lineno, each.col_offset)):
            getattr(self, f"_on_{type(child).__name__}", self._inside)(child, guards)

    def _on_If(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802  the compiler's name, here and below
        self._visit(node.test, guards)
        value, text = self._value(node.test), self._text(node.test)
        if value is not False:
            self._block(node.body, guards if value is True else (*guards, text))
        if value is not True:
            self._block(node.orelse, guards if value is False else (*guards, f"not ({text})"))

    def _on_For(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._visit(node.iter, guards)
        self._block(node.body, guards)

    def _on_AnnAssign(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._visit(node.value, guards)
        self._locals[node.target.id] = self._text(node.value)

    def _on_Assert(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._visit(node.test, guards)
        if self._value(node.test) is not True:
            self._check(node.msg, self._text(node.test), guards)

    def _on_Raise(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._check(node.exc, "", guards)

    def _check(self, reason: Any, condition: str, guards: tuple[str, ...]) -> None:
        is_access = SENDER in condition and "raw_call" not in condition and not OWN_AMOUNT.fullmatch(condition)
        check = Check(str(getattr(reason, "value", "")), condition, guards if is_access else (), is_access)
        self.found.checks[check] = None

    def _on_Log(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._inside(node.value, guards)
        self.found.events[node.value.func.node_source_code.rpartition(".")[2]] = None

    def _on_ExtCall(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._external(node.value, "call", guards)

    def _on_StaticCall(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._external(node.value, "static call", guards)

    def _external(self, call: Any, kind: str, guards: tuple[str, ...]) -> None:
        self._arguments(call, guards)
        function = call.func._metadata["type"]
        signature = next(iter(function.method_ids))
        self.found.checks[Check(f"{CALLED}{signature}", "")] = None
        self._add_external(kind, self._text(call.func.value), signature, _options(call), is_caught=False)

    def _on_Call(self, node: Any, guards: tuple[str, ...]) -> None:  # noqa: N802
        self._arguments(node, guards)
        function = node.func._metadata.get("type")
        if getattr(function, "is_internal", False):
            given = {each.name: self._text(value) for each, value in zip(function.arguments, node.args, strict=False)}
            self.found.add(self._walker.follow(function, self._bind(function, node)), guards, given)
        elif self._text(node.func) in ("raw_call", "send"):
            options = _options(node)
            kind = "delegate call" if "is_delegate_call" in options else "call"
            kind = "static call" if "is_static_call" in options else kind
            if self._text(node.func) == "send":
                options["value"] = self._text(node.args[1])
            asked = "" if self._text(node.args[1]) == 'b""' else self._text(node.args[1])
            is_caught = options.get("revert_on_failure") == "False"
            self._add_external(kind, self._text(node.args[0]), asked, options, is_caught)

    def _add_external(self, kind: str, target: str, function: str, options: dict[str, str], is_caught: bool) -> None:
        file = self._walker.file_of(self._node)
        value, gas = options.get("value", ""), options.get("gas", "")
        found = External(file, self._node.name, kind, target, function, "", value, gas, is_caught)
        self.found.externals[found] = None

    def _arguments(self, call: Any, guards: tuple[str, ...]) -> None:
        for each in [*call.args, *(keyword.value for keyword in call.keywords)]:
            self._visit(each, guards)

    def _visit(self, node: Any, guards: tuple[str, ...]) -> None:
        getattr(self, f"_on_{type(node).__name__}", self._inside)(node, guards)

    def _bind(self, function: Any, call: Any) -> dict[str, Any]:
        """The arguments of a call whose values are known."""
        values = {each.name: self._value(given) for each, given in zip(function.arguments, call.args, strict=False)}
        return {name: value for name, value in values.items() if value is not UNKNOWN}

    def _value(self, node: Any) -> Any:
        """What an expression is, as far as it is written out: a boolean, or UNKNOWN."""
        kind = type(node).__name__
        if kind == "NameConstant":
            return node.value
        if kind == "Name":
            return self._known.get(node.id, UNKNOWN)
        if kind == "UnaryOp" and type(node.op).__name__ == "Not":
            value = self._value(node.operand)
            return UNKNOWN if value is UNKNOWN else not value
        if kind == "BoolOp":
            values = [self._value(each) for each in node.values]
            decides = type(node.op).__name__ == "Or"
            if decides in values:
                return decides
            return UNKNOWN if UNKNOWN in values else not decides
        return UNKNOWN

    def _text(self, node: Any) -> str:
        """An expression as it is written, with what its local names that say who calls stand for."""
        text = " ".join(node.node_source_code.split())
        for name, meant in self._locals.items():
            if SENDER in meant:
                text = re.sub(rf"(?<![\w.]){name}\b", f"({meant})", text)
        return text


def _options(call: Any) -> dict[str, str]:
    return {each.arg: " ".join(each.value.node_source_code.split()) for each in call.keywords}
