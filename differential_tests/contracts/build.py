"""Writes what is deployed: code, ABI, layout, NatSpec and sources of each contract, and the proxy as its users see it.

A contract's archive holds its sources and settings: `vyper NAME.vyz` makes the same code of it, and warns if its
sources are not those of its integrity hash.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts.artefacts import (
    CACHE,
    ROOT,
    artefact,
    compile_source,
    deployables,
    source_hash,
    with_imports,
)
from differential_tests.contracts.cache import keep
from differential_tests.contracts.deployment import MODULES, PROXY
from differential_tests.contracts.files import write_whole
from differential_tests.contracts.provenance import label, take

INDEX: Final = "build.json"
DOCUMENTS: Final = ["userdoc", "devdoc", "integrity", "settings_dict", "archive"]


def proxy_abi() -> list[dict[str, Any]]:
    """ABI of the proxy with all that it delegates: its own functions, and those and the events of the modules."""
    entries = [*artefact(PROXY).abi]
    for module in MODULES:
        entries += [entry for entry in artefact(module).abi if entry["type"] != "constructor" and entry not in entries]
    return entries


def write_build(folder: Path) -> dict[str, int]:
    """Write all files, and an index of them with their hashes; the sizes of the code, in bytes."""
    made, written, contracts = take(), dict[str, str](), dict[str, Any]()
    for path in deployables():
        built, documents = artefact(path.stem), _document(path)
        contracts[path.stem] = {
            "source": str(path.relative_to(ROOT)),
            "size": len(built.runtime),
            "integrity": documents["integrity"],
            "settings": documents["settings_dict"],
        }
        content = {
            "name": built.name,
            **contracts[path.stem],
            "abi": built.abi,
            "bytecode": f"0x{built.initcode.hex()}",
            "runtime": f"0x{built.runtime.hex()}",
            "layout": built.layout,
            "userdoc": documents["userdoc"],
            "devdoc": documents["devdoc"],
        }
        archive = base64.b64decode(documents["archive"])
        for name, data in ((f"{path.stem}.json", _to_json(content)), (f"{path.stem}.vyz", archive)):
            written[name] = _write(folder / name, data)
    for what, data in _document_proxy():
        written[f"{PROXY}.{what}.json"] = _write(folder / f"{PROXY}.{what}.json", _to_json(data))
    index = label("build", made, {"contracts": contracts, "sha256": written})
    write_whole(folder / INDEX, _to_json(index))
    return {name: contract["size"] for name, contract in contracts.items()}


def _document_proxy() -> Iterator[tuple[str, Any]]:
    """The proxy as its users see it: ABI, NatSpec and storage, each with those of its modules."""
    yield "abi", proxy_abi()
    parts = [_document(path) for name in (PROXY, *MODULES) for path in deployables() if path.stem == name]
    for what in ("userdoc", "devdoc"):
        methods: dict[str, Any] = {}
        for part in parts:
            methods = {**part[what].get("methods", {}), **methods}
        yield what, {**parts[0][what], "methods": methods}
    storage: dict[str, Any] = {}
    for name in (PROXY, *MODULES):
        for variable, place in artefact(name).layout["storage_layout"].items():
            if storage.setdefault(variable, place) != place:
                raise ValueError(f"{name} has {variable} in another place than {PROXY}")
    yield "layout", {"storage_layout": storage}


def _document(path: Path) -> dict[str, Any]:
    """NatSpec, settings, integrity hash and archive (base 64) of a contract."""
    return dict(keep(CACHE.parent / "documents", path.stem, source_hash(with_imports(path)), lambda: _make(path)))


def _make(path: Path) -> dict[str, Any]:
    made = compile_source(path, DOCUMENTS)
    return {**made, "archive": base64.b64encode(_pack_again(made["archive"])).decode()}


def _pack_again(archive: bytes) -> bytes:
    """The same archive without the time at which it was made, so that the same sources make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _to_json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _write(path: Path, data: bytes) -> str:
    """Write a file; its hash."""
    write_whole(path, data)
    return sha256(data).hexdigest()
