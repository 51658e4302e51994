"""The bytecode that is fuzzed and proved is what ape compiles, and what plain vyper compiles."""

import subprocess
from pathlib import Path

import ape
import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import ROOT, artefact, deployables
from differential_tests.machines.protocol.world import ProtocolWorld

CODE_LIMIT = 23_500
"""Bytes; the chain's own limit is 24,576."""


@pytest.mark.parametrize("path", deployables(), ids=lambda path: path.stem)
def test_bytecode_is_that_of_ape(path: Path) -> None:
    contract = artefact(path.stem)
    compiled = ape.project.get_contract(path.stem).contract_type
    assert bytes.fromhex(compiled.deployment_bytecode.bytecode.removeprefix("0x")) == contract.initcode
    assert bytes.fromhex(compiled.runtime_bytecode.bytecode.removeprefix("0x")) == contract.runtime


@pytest.mark.parametrize("name", ["MegaTAO", "CustodyModule", "VaultShare", "PriceOracle"])
def test_bytecode_is_that_of_plain_vyper(name: str) -> None:
    """One of each kind of contract; plain vyper has the settings of the sources, and none of ape's."""
    [path] = [path for path in deployables() if path.stem == name]
    command = ["vyper", "-p", ".", "-f", "bytecode_runtime", str(path.relative_to(ROOT))]
    plain = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert bytes.fromhex(plain.strip().removeprefix("0x")) == artefact(name).runtime


def test_what_is_deployed_is_small() -> None:
    """With the immutables, which the runtime code of an artefact does not have yet."""
    chain = RevmChain()
    world = ProtocolWorld(chain)
    sizes = {name: len(chain.code(address)) for name, address in world.addresses.items()}
    assert {path.stem for path in deployables() if path.parent.name != "testing"} <= sizes.keys()
    assert {name: size for name, size in sizes.items() if size > CODE_LIMIT} == {}


@pytest.mark.parametrize("path", deployables(), ids=lambda path: path.stem)
def test_contract_is_pinned(path: Path) -> None:
    assert path.read_text().startswith("# pragma version 0.4.3\n# pragma evm-version shanghai\n")
