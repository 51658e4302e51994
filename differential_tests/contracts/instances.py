"""A recorded deployment, as ape's contracts: they are called by name, and traces show the names too."""

from typing import Any

import ape
from ethpm_types import ContractType

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import DOUBLE
from differential_tests.contracts.record import Record

QUESTIONS = (
    ("getAlphaPrice", "netuid"),
    ("getSubnetMechanism", "netuid"),
    ("getTaoInPool", "netuid"),
    ("getSumAlphaPrice",),
)
"""What the chain's precompile is asked; its double answers without an ABI."""


def load_contracts(record: Record) -> dict[str, Any]:
    """Each contract by its name; MegaTAO has the functions and the events of all its modules.

    ape is told of each of them, so that it decodes their calls and events.
    """
    contracts = {}
    for name, recorded in record.contracts.items():
        kind = ContractType.model_validate({"contractName": name, "abi": recorded.abi})
        ape.chain.contracts[recorded.address] = kind
        contracts[name] = ape.chain.contracts.instance_at(recorded.address, contract_type=kind, detect_proxy=False)
    questions = [describe_question(*question) for question in QUESTIONS]
    kind = ContractType.model_validate({"contractName": DOUBLE, "abi": [*artefact(DOUBLE).abi, *questions]})
    ape.chain.contracts[record.precompile] = kind
    return contracts


def describe_question(name: str, *arguments: str) -> dict[str, Any]:
    """A question of the precompile, as an ABI has it."""
    return {
        "type": "function",
        "name": name,
        "stateMutability": "view",
        "inputs": [{"name": argument, "type": "uint16"} for argument in arguments],
        "outputs": [{"name": "", "type": "uint256"}],
    }


def account_key(owner: Any, index: int = 0) -> int:
    """The key of an owner's account."""
    return (int(str(owner.address), 16) << 96) + index
