"""Compiles the contracts, in process, and keeps the result by the hash of every source.

The bytecode that campaigns fuzz, that tests deploy and that proofs enter is this one.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "vyper_contracts"
CACHE = ROOT / ".build" / "artefacts"

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
        return {signature: keccak(text=signature)[:4] for signature in map(_signature, functions)}

    @cached_property
    def events(self) -> dict[str, bytes]:
        """First topic of each event, by its name."""
        events = [entry for entry in self.abi if entry["type"] == "event"]
        return {entry["name"]: keccak(text=_signature(entry)) for entry in events}

    def slot(self, variable: str) -> int:
        """Storage slot of a top-level variable."""
        return int(self.layout["storage_layout"][variable]["slot"])


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(argument['type'] for argument in entry['inputs'])})"


def source_hash() -> str:
    """Hash of every Vyper source, and of the compiler's version."""
    digest = hashlib.sha256(version("vyper").encode())
    for path in sorted(SOURCES.rglob("*.vy*")):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def deployables() -> list[Path]:
    """The sources of contracts: their names are in CamelCase; modules are in snake_case."""
    return sorted(path for path in SOURCES.rglob("*.vy") if path.stem[0].isupper())


@cache
def artefact(name: str) -> Artefact:
    """The contract `name`, compiled anew if any source has changed since it was."""
    path = next((path for path in deployables() if path.stem == name), None)
    if path is None:
        raise LookupError(f"no contract is called {name}")
    kept = CACHE / f"{name}-{source_hash()}.json"
    if not kept.is_file():
        for stale in CACHE.glob(f"{name}-*.json"):
            stale.unlink()
        CACHE.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_compile(path)))
    output = json.loads(kept.read_text())
    return Artefact(
        name=name,
        initcode=bytes.fromhex(output["bytecode"][2:]),
        runtime=bytes.fromhex(output["bytecode_runtime"][2:]),
        abi=output["abi"],
        layout=output["layout"],
    )


def _compile(path: Path) -> dict[str, Any]:
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle

    bundle = FilesystemInputBundle([ROOT])
    source = bundle.load_file(str(path.relative_to(ROOT)))
    output: dict[str, Any] = compile_from_file_input(source, input_bundle=bundle, output_formats=FORMATS)
    return output
