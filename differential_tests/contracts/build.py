"""Writes what is deployed: bytecode, ABI and layout of every contract, and the proxy's ABI as its users see it."""

import json
from pathlib import Path
from typing import Any

from differential_tests.contracts.artefacts import artefact, deployables
from differential_tests.contracts.deployment import MODULES, PROXY
from differential_tests.contracts.files import write_whole


def proxy_abi() -> list[dict[str, Any]]:
    """ABI of the proxy with all that it delegates: its own functions, and those and the events of the modules."""
    entries = [*artefact(PROXY).abi]
    for module in MODULES:
        entries += [entry for entry in artefact(module).abi if entry["type"] != "constructor" and entry not in entries]
    return entries


def write_build(folder: Path) -> dict[str, int]:
    """One JSON file a contract, and `MegaTAO.abi.json`; the sizes of the code, in bytes."""
    sizes = {}
    for path in deployables():
        built = artefact(path.stem)
        content = {
            "name": built.name,
            "abi": built.abi,
            "bytecode": f"0x{built.initcode.hex()}",
            "runtime": f"0x{built.runtime.hex()}",
            "layout": built.layout,
        }
        write_whole(folder / f"{path.stem}.json", json.dumps(content, indent=1) + "\n")
        sizes[path.stem] = len(built.runtime)
    write_whole(folder / f"{PROXY}.abi.json", json.dumps(proxy_abi(), indent=1) + "\n")
    return sizes
