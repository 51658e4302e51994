"""Every contract behind the proxy keeps every record where the table of slots says, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle, JSONInput

from differential_tests.contracts import layout as namespaces
from differential_tests.contracts.artefacts import ROOT, artefact, deployables, with_imports
from differential_tests.contracts.layout import LAYOUT, LOCK, MODULE, NAMESPACES, calculate_base, variable_slots

LOCK_NAME = "$.nonreentrant_key"

SHARING = [path for path in deployables() if MODULE in with_imports(path)]
"""The contracts that share the storage: the proxy and its modules."""


def named(layout: dict[str, Any]) -> dict[str, Any]:
    """A storage layout without its gaps."""
    return {name: place for name, place in layout.items() if not name.startswith("_gap_")}


def test_the_generated_files_are_the_ones_that_are_checked_in(tmp_path: Path) -> None:
    namespaces.main(tmp_path / MODULE.name, tmp_path / LAYOUT.name)
    for path in (MODULE, LAYOUT):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), "python -m differential_tests.contracts.layout"


def test_the_base_is_that_of_erc_7201() -> None:
    """STO-20:7824. The example of the standard's text, under the same formula."""
    example = 0x183A6125C38840424C4A85FA12BAB2AB606C4B6D0E7CC73C0C06BA5300EAB500
    assert calculate_base("main", "example") == example


def test_namespaces_neither_meet_nor_repeat_a_name() -> None:
    names = [name for variables in NAMESPACES.values() for name, _, _ in variables]
    assert len(set(names)) == len(names)
    for namespace, variables in NAMESPACES.items():
        assert 0 < sum(slots for _, _, slots in variables) <= 256, namespace
        assert calculate_base(namespace) % 256 == 0


def test_the_proxy_shares_the_storage() -> None:
    assert "MegaTAO" in {path.stem for path in SHARING}


@pytest.mark.parametrize("path", SHARING, ids=lambda path: path.stem)
def test_storage_is_the_table_and_the_lock(path: Path) -> None:
    layout = artefact(path.stem).layout["storage_layout"]
    assert named(layout["storage"]) == json.loads(LAYOUT.read_text()) == variable_slots()
    assert set(layout) <= {"storage", LOCK_NAME}
    assert layout.get(LOCK_NAME, LOCK) == LOCK


def compile_with_slots(path: Path, root: Path, slots: dict[str, Any]) -> bytes:
    """The runtime code of a contract whose slots are given from outside, from sources below `root`."""
    bundle = FilesystemInputBundle([root])
    override = JSONInput(-1, Path("slots.json"), Path("slots.json"), json.dumps(slots), slots)
    source = bundle.load_file(str(path.relative_to(ROOT)))
    output = compile_from_file_input(
        source, input_bundle=bundle, output_formats=["bytecode_runtime"], storage_layout_override=override
    )
    return bytes.fromhex(output["bytecode_runtime"].removeprefix("0x"))


@pytest.fixture(scope="module")
def gapless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources whose storage module has no gaps."""
    root = tmp_path_factory.mktemp("gapless")
    shutil.copytree(ROOT / "vyper_contracts", root / "vyper_contracts")
    (root / MODULE.relative_to(ROOT)).write_text(namespaces.write_module(gaps=False))
    return root


@pytest.mark.parametrize("name", ["MegaTAO", "CustodyModule"])
def test_gaps_give_the_code_that_the_compiler_s_override_gives(name: str, gapless: Path) -> None:
    """Of the proxy and of a module: all share one storage module, and have its slots, as the test before says."""
    [path] = [path for path in SHARING if path.stem == name]
    contract = artefact(name)
    slots = {name: place for name, place in contract.layout["storage_layout"].items() if name == LOCK_NAME}
    assert compile_with_slots(path, gapless, {**slots, "storage": variable_slots()}) == contract.runtime
