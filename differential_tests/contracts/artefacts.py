"""Compiles the contracts, in process, and keeps the result by the hash of every source.

The bytecode that campaigns fuzz, that tests deploy and that proofs enter is this one.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from differential_tests.contracts.cache import find, keep
from differential_tests.contracts.files import find_files

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".build" / "artefacts"

_IMPORT = re.compile(r"^from (vyper_contracts[.\w]*) import (\w+)", re.MULTILINE)

FORMATS = ["bytecode", "bytecode_runtime", "abi", "layout"]


@dataclass(frozen=True)
class Artefact:
    """A compiled contract."""

    name: str
    initcode: bytes
    runtime: bytes
    abi: list[dict[str, Any]]
    layout: dict[str, Any]

    @cached_property
    def selectors(self) -> dict[str, bytes]:
        """Selector of each external function, by its signature."""
        functions = [entry for entry in self.abi if entry["type"] == "function"]
        return {signature: keccak(text=signature)[:4] for signature in map(signature_of, functions)}

    @cached_property
    def events(self) -> dict[str, bytes]:
        """First topic of each event, by its name."""
        events = [entry for entry in self.abi if entry["type"] == "event"]
        return {entry["name"]: keccak(text=signature_of(entry)) for entry in events}

    def slot(self, variable: str) -> int:
        """Storage slot of a top-level variable."""
        return int(self.layout["storage_layout"][variable]["slot"])


def signature_of(entry: dict[str, Any]) -> str:
    """Signature of a function or an event of an ABI."""
    return f"{entry['name']}({','.join(map(canonical_type, entry['inputs']))})"


def to_snake(name: str) -> str:
    """A name of a standard's in camelCase, as the reference and the tests have it."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def canonical_type(argument: dict[str, Any]) -> str:
    """Canonical type of an argument: a struct is the tuple of its fields."""
    if not argument["type"].startswith("tuple"):
        return str(argument["type"])
    return f"({','.join(map(canonical_type, argument['components']))}){argument['type'].removeprefix('tuple')}"


@contextmanager
def sources_in(root: Path) -> Iterator[None]:
    """Take the contracts from another folder that has `vyper_contracts/` in it, and compile them anew."""
    before = _project.root
    _project.root = root
    _forget()
    try:
        yield
    finally:
        _project.root = before
        _forget()


def changed_root() -> Path | None:
    """The folder that the contracts are taken from, if it is not this project."""
    return None if _project.root == ROOT else _project.root


def take_sources(root: Path | None) -> None:
    """Take the contracts from another folder, or from this project again, from now on."""
    if (root or ROOT) != _project.root:
        _project.root = root or ROOT
        _forget()


@contextmanager
def replaced(initcodes: dict[str, bytes]) -> Iterator[None]:
    """Deploy these contracts by other code, under the interface that they have; they have no runtime code then."""
    _project.initcodes = initcodes
    artefact.cache_clear()
    try:
        yield
    finally:
        _project.initcodes = {}
        artefact.cache_clear()


def watch_compilation(on_compile: Callable[[str, int, int], object]) -> None:
    """From now on tell each contract of this project that is compiled: its name, its number, and how many there are."""
    _project.on_compile = on_compile


class _Project:
    root = ROOT
    on_compile: Callable[[str, int, int], object] | None = None
    compiled = missing = 0
    initcodes: dict[str, bytes] = {}  # noqa: RUF012  there is one project


_project = _Project()


def sources() -> list[Path]:
    """Every Vyper source."""
    return find_files(_project.root / "vyper_contracts", "*.vy")


def interfaces() -> list[Path]:
    """Every Vyper interface."""
    return find_files(_project.root / "vyper_contracts", "*.vyi")


def source_hash(paths: Iterable[Path] | None = None) -> str:
    """Hash of Vyper sources, all of them by default, and of the compiler's version."""
    digest = hashlib.sha256(version("vyper").encode())
    for path in sorted([*sources(), *interfaces()] if paths is None else paths):
        digest.update(str(path.relative_to(_project.root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def with_imports(path: Path) -> set[Path]:
    """A source and all that it imports, directly or not."""
    found, todo = set[Path](), [path]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            for package, module in _IMPORT.findall(path.read_text()):
                imported = _project.root / package.replace(".", "/") / f"{module}.vy"
                todo.append(imported if imported.is_file() else imported.with_suffix(".vyi"))
    return found


def deployables() -> list[Path]:
    """The sources of contracts: their names are in CamelCase; modules are in snake_case."""
    return [path for path in sources() if path.stem[0].isupper()]


def revert_strings(paths: Iterable[Path]) -> set[str]:
    """The names under which these sources revert. ValueError for a failure without one."""
    from vyper import ast

    reasons = set()
    for path in paths:
        tree = ast.parse_to_ast(path.read_text(), resolved_path=str(path))
        for statement in tree.get_descendants((ast.Assert, ast.Raise)):
            reason = statement.msg if isinstance(statement, ast.Assert) else statement.exc
            if not isinstance(reason, ast.Str):
                raise ValueError(f"{path.name}:{statement.lineno} fails without a name")
            reasons.add(reason.value)
    return reasons


@cache
def artefact(name: str) -> Artefact:
    """The contract `name`, compiled anew if it, or what it imports, has changed since it was."""
    made = _make(name)
    return replace(made, initcode=_project.initcodes[name], runtime=b"") if name in _project.initcodes else made


def _forget() -> None:
    artefact.cache_clear()
    _make.cache_clear()


@cache
def _make(name: str) -> Artefact:
    path = next((path for path in deployables() if path.stem == name), None)
    if path is None:
        raise LookupError(f"no contract is called {name}")
    key = source_hash(with_imports(path))
    if _project.root == ROOT:
        output = keep(CACHE, name, key, lambda: _compile_watched(path))
    else:  # another folder's contracts are compiled where they, or what they import, differ from this project's
        output = find(CACHE, name, key) or _compile(path)
    return Artefact(
        name=name,
        initcode=bytes.fromhex(output["bytecode"].removeprefix("0x")),
        runtime=bytes.fromhex(output["bytecode_runtime"].removeprefix("0x")),
        abi=output["abi"],
        layout=output["layout"],
    )


def _compile_watched(path: Path) -> dict[str, Any]:
    if _project.on_compile:
        if not _project.missing:
            hashes = ((each.stem, source_hash(with_imports(each))) for each in deployables())
            _project.missing = sum(find(CACHE, name, key) is None for name, key in hashes)
        _project.compiled += 1
        _project.on_compile(path.stem, _project.compiled, max(_project.missing, _project.compiled))
    return _compile(path)


def _compile(path: Path) -> dict[str, Any]:
    return compile_source(path, FORMATS)


def compile_source(path: Path, formats: list[str]) -> dict[str, Any]:
    """What vyper makes of a source, by the names of its output formats."""
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle

    bundle = FilesystemInputBundle([_project.root])
    source = bundle.load_file(str(path.relative_to(_project.root)))
    output: dict[str, Any] = compile_from_file_input(source, input_bundle=bundle, output_formats=formats)
    return output
