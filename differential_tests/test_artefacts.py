"""The bytecode that is fuzzed and proved is what ape compiles, and what plain vyper compiles."""

import subprocess
from pathlib import Path

import ape
import pytest

from differential_tests.artefacts import ROOT, artefact, deployables

CODE_LIMIT = 22_000
"""Bytes; the chain's own limit is 24,576."""


@pytest.mark.parametrize("path", deployables(), ids=lambda path: path.stem)
def test_bytecode_is_that_of_ape_and_of_vyper(path: Path) -> None:
    contract = artefact(path.stem)
    compiled = ape.project.get_contract(path.stem).contract_type
    assert bytes.fromhex(compiled.deployment_bytecode.bytecode.removeprefix("0x")) == contract.initcode
    assert bytes.fromhex(compiled.runtime_bytecode.bytecode.removeprefix("0x")) == contract.runtime
    command = ["vyper", "-p", ".", "-f", "bytecode_runtime", str(path.relative_to(ROOT))]
    plain = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert bytes.fromhex(plain.strip().removeprefix("0x")) == contract.runtime


@pytest.mark.parametrize("path", deployables(), ids=lambda path: path.stem)
def test_contract_is_small_and_pinned(path: Path) -> None:
    assert len(artefact(path.stem).runtime) <= CODE_LIMIT
    assert path.read_text().startswith("# pragma version 0.4.3\n# pragma evm-version shanghai\n")
