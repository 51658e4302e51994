"""Compiled contracts, and their mathematical functions inside of the runtime bytecode.

What is compiled is kept below .build, by the hash of all that it is made of. The compiler itself is only imported
where something is compiled or parsed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts.cache import keep
from differential_tests.contracts.files import find_files
from differential_tests.symbolic.terms.word_type import WordType

SOURCES = "vyper_contracts"
MATH = "vyper_contracts/math"
HARNESS = "SymbolicHarness"

ROOT: Final = Path(__file__).resolve().parents[3]
KEPT: Final = ROOT / ".build" / "functions"

_IMPORT: Final = re.compile(r"^from (vyper_contracts[.\w]*) import (\w+)", re.MULTILINE)
_FUNCTION: Final = re.compile(r"^def (\w+)\(", re.MULTILINE)


class CompilationFailed(Exception):
    """A contract does not compile, or its code is not where the compiler says."""


@dataclass(frozen=True)
class InternalFunction:
    """A mathematical function inside of one contract's runtime code, under the legacy calling convention.

    The arguments stand in memory from `frame` on; on the stack are the pc of the return and, on top of it and only
    if something is returned, the place of the result.
    """

    topic: str
    name: str
    pc: int
    frame: int
    frame_end: int
    arguments: tuple[tuple[str, WordType], ...]
    returns: tuple[WordType, ...]


@dataclass(frozen=True)
class CompiledContract:
    """A contract's runtime code, without the immutables that are appended when it is deployed."""

    name: str
    runtime: bytes
    functions: dict[tuple[str, str], InternalFunction]
    unsupported: dict[tuple[str, str], str]
    """Functions that are in the code but cannot be entered, with the reason."""

    @property
    def runtime_sha256(self) -> str:
        """Hash of the runtime code."""
        return sha256(self.runtime).hexdigest()


def deployable_paths(root: Path) -> list[Path]:
    """The sources of contracts: their names begin with a capital, those of modules do not."""
    return [path for path in find_files(root / SOURCES, "*.vy") if path.stem[0].isupper()]


def math_paths(root: Path) -> list[Path]:
    """The sources of the mathematical modules."""
    return find_files(root / MATH, "*.vy")


def compile_path(path: Path, root: Path) -> CompiledContract:
    """The contract at `path`."""
    return compile_source(path.read_text(), path, root, path.stem)


def compile_source(source: str, path: Path, root: Path, label: str = "") -> CompiledContract:
    """The contract with this text; imports are looked up from `root`.

    label: under which it is kept, in place of what was kept under it before, if `root` is the project or inside of it.
    """
    from differential_tests.symbolic.evm.compiler import compile_text

    root = root.resolve()
    if not label or not root.is_relative_to(ROOT):
        return compile_text(source, path, root)
    label = label if root == ROOT else f"{root.name}-{label}"
    return _from_json(keep(KEPT, label, _hash(source, path, root), lambda: _to_json(compile_text(source, path, root))))


def _hash(source: str, path: Path, root: Path) -> str:
    """Of the source and all that it imports, of the compiler's version, and of how its result is read."""
    digest = sha256(version("vyper").encode())
    for reader in (Path(__file__), Path(__file__).with_name("compiler.py")):
        digest.update(reader.read_bytes())
    texts, todo = {path: source}, [source]
    while todo:
        for package, module in _IMPORT.findall(todo.pop()):
            imported = root / package.replace(".", "/") / f"{module}.vy"
            imported = imported if imported.is_file() else imported.with_suffix(".vyi")
            if imported not in texts:
                texts[imported] = imported.read_text()
                todo.append(texts[imported])
    for place, text in sorted(texts.items()):
        digest.update(str(place.relative_to(root)).encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()[:20]


def _to_json(contract: CompiledContract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "runtime": contract.runtime.hex(),
        "functions": [asdict(function) for function in contract.functions.values()],
        "unsupported": [[*key, reason] for key, reason in contract.unsupported.items()],
    }


def _from_json(data: dict[str, Any]) -> CompiledContract:
    functions = [
        InternalFunction(
            **{
                **each,
                "arguments": tuple((name, WordType(**kind)) for name, kind in each["arguments"]),
                "returns": tuple(WordType(**kind) for kind in each["returns"]),
            }
        )
        for each in data["functions"]
    ]
    return CompiledContract(
        name=data["name"],
        runtime=bytes.fromhex(data["runtime"]),
        functions={(function.topic, function.name): function for function in functions},
        unsupported={(topic, name): reason for topic, name, reason in data["unsupported"]},
    )


@dataclass(frozen=True)
class MathFunction:
    """A function of a mathematical module as its source declares it."""

    topic: str
    name: str
    rule: str
    arguments: tuple[str, ...]
    argument_types: tuple[str, ...]
    return_type: str | None
    decorators: tuple[str, ...]


def math_functions(root: Path, topic: str = "") -> list[MathFunction]:
    """Every function that the mathematical modules declare, or those of one module."""
    from differential_tests.symbolic.evm.compiler import declared_functions

    paths = [path for path in math_paths(root) if topic in ("", path.stem)]
    return [function for path in paths for function in declared_functions(path)]


def function_names(root: Path) -> list[str]:
    """The same as `topic.name`, seen without the compiler."""
    return [f"{path.stem}.{name}" for path in math_paths(root) for name in _FUNCTION.findall(path.read_text())]


def compile_harness(functions: list[MathFunction], root: Path) -> CompiledContract:
    """A contract with one external wrapper for each function, so that the compiler keeps the function itself."""
    lines = ["# pragma version 0.4.3", "# pragma evm-version shanghai"]
    lines += [f"from vyper_contracts.math import {topic}" for topic in sorted({f.topic for f in functions})]
    for function in functions:
        parameters = ", ".join(f"x{place}: {kind}" for place, kind in enumerate(function.argument_types))
        values = ", ".join(f"x{place}" for place in range(len(function.argument_types)))
        returned = f" -> {function.return_type}" if function.return_type else ""
        call = f"{function.topic}.{function.name}({values})"
        lines += [
            "@external",
            "@pure",
            f"def wrap_{function.topic}_{function.name}({parameters}){returned}:",
            f"    return {call}" if returned else f"    {call}",
        ]
    source = "\n".join(lines) + "\n"
    label = f"{HARNESS}-{sha256(source.encode()).hexdigest()[:8]}"
    return compile_source(source, root / f"{HARNESS}.vy", root, label)
