"""What an exported test is written in: a machine's contracts on ape's chain, its actors, units, and comparisons.

A comparison that fails names the field, what the reference says, and what the contract gave.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal, localcontext
from typing import Any

import ape
from ape.api.address import Address
from ape.exceptions import ContractLogicError
from eth_abi.abi import encode
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from ethpm_types import ContractType

from differential_tests.chains.base import Chain, Log, Receipt
from differential_tests.chains.open_block import open_block_chain
from differential_tests.contracts.artefacts import artefact, deployables
from differential_tests.contracts.build import proxy_abi
from differential_tests.contracts.deployment import DOUBLE, PROXY, module_initcode
from differential_tests.contracts.instances import QUESTIONS, account_key, describe_question
from differential_tests.fuzzer.naming import compare_logs
from differential_tests.fuzzer.world import World
from reference.math.units import RAO, WAD
from reference.presets import PRESETS
from reference.state.records import GENERATION, INDEX_KEY, Terms

SHARE_UNIT = 10**24
"""1 share."""
NOBODY = Address(to_checksum_address("0x" + 40 * "0"))
"""The address 0."""

__all__ = [
    "NOBODY", "RAO", "Stage", "account_key", "alpha", "check", "check_events", "market_key", "open_stage", "outcome",
    "percent", "preset", "returned", "selector", "shares", "tao", "terms", "times",
]  # fmt: skip


# ------------------------------------------------------------ units


def _scale(number: int | str, unit: int) -> int:
    with localcontext(prec=100):
        scaled = Decimal(number) * unit
    if scaled != int(scaled):
        raise ValueError(f"{number} is finer than its unit")
    return int(scaled)


def tao(number: int | str) -> int:
    """Wei of an amount of TAO."""
    return _scale(number, WAD)


def alpha(number: int | str) -> int:
    """An amount of alpha (WAD)."""
    return _scale(number, WAD)


def shares(number: int | str) -> int:
    """Units of an amount of shares."""
    return _scale(number, SHARE_UNIT)


def times(number: int | str) -> int:
    """A leverage (WAD)."""
    return _scale(number, WAD)


def percent(number: int | str) -> int:
    """A ratio (WAD)."""
    return _scale(number, WAD // 100)


# ------------------------------------------------------------ arguments


def market_key(netuid: int = INDEX_KEY, generation: int = 0) -> str:
    """The key of a subnet's market, or without one of MTSOS; generation: how often it was listed again."""
    return to_checksum_address(f"0x{netuid + generation * GENERATION:040x}")


def selector(signature: str) -> bytes:
    """The first bytes of a call of a function."""
    return bytes(keccak(text=signature)[:4])


def terms(max_slippage: int, **others: Any) -> dict[str, int]:
    """The terms of a trade; what is not named is as in the reference: no limit, no deadline, with the vault."""
    return asdict(Terms(max_slippage, **others))


def preset(name: str, **changes: int) -> dict[str, int]:
    """The parameters of a preset, but for some of them."""
    return {**asdict(PRESETS[name]), **changes}


# ------------------------------------------------------------ the stage


class Stage:
    """The contracts of a machine on a chain whose open block takes calls until time passes."""

    def __init__(self, chain: Chain, world: World, names: Mapping[str, str]) -> None:
        self.chain, self._world, self._names = chain, world, names
        self._abis: dict[str, list[dict[str, Any]]] = {}

    @property
    def now(self) -> int:
        """Timestamp of the open block."""
        return self.chain.timestamp

    def account(self, name: str) -> Any:
        """ape's account of an actor; where it is none of ape's, its address."""
        [address] = [address for address, known in self._names.items() if known == name]
        return next(
            (each for each in ape.accounts.test_accounts if each.address == address),
            Address(to_checksum_address(address)),
        )

    def contract(self, name: str) -> Any:
        """ape's contract; the proxy has the functions of its modules."""
        kind = ContractType.model_validate({"contractName": name, "abi": find_abi(name)})
        address = self._world.addresses[name]
        return ape.chain.contracts.instance_at(address, contract_type=kind, detect_proxy=False)

    def advance(self, minutes: int = 0, seconds: int = 0, blocks: int = 1) -> None:
        """Seal the open block; the next one is so many blocks and so much time later."""
        self.chain.advance(blocks, 60 * minutes + seconds)

    def deploy_copy(self, name: str, sender: Any) -> Any:
        """A module once more."""
        oracles = self._world.addresses["PriceOracle"], self._world.addresses["IndexPriceOracle"]
        initcode = module_initcode(name, *oracles, self._world.addresses["VaultShare"])
        kind = ContractType.model_validate({"contractName": name, "abi": find_abi(name)})
        address = self.chain.deploy(sender.address, initcode)
        return ape.chain.contracts.instance_at(address, contract_type=kind, detect_proxy=False)

    def selectors(self, name: str) -> list[bytes]:
        """The selectors of a module, in the order of its ABI."""
        return list(artefact(name).selectors.values())

    def storage(self, contract: Any, slot: int) -> int:
        """A word of storage."""
        return self.chain.storage(contract.address, slot)


@contextmanager
def open_stage(machine: str) -> Iterator[Stage]:
    """A machine's contracts, as its campaigns deploy them, on a fresh chain."""
    from differential_tests.machines import MACHINES

    with open_block_chain() as chain:
        yield Stage(chain, MACHINES[machine].world(chain), name_actors(machine, chain))


def name_actors(machine: str, chain: Chain) -> dict[str, str]:
    """Who takes part in a machine, by address."""
    from differential_tests.machines.oracle.machine import INITIALIZER, KEEPER, TRADER
    from differential_tests.machines.protocol.roles import RECEIVER, ROLES
    from differential_tests.machines.share.machine import LAST, SIGNERS, VAULT, private_key

    names: dict[int, str] = dict(enumerate(ROLES[:RECEIVER]))
    if machine == "oracle":
        names = {INITIALIZER: "initializer", KEEPER: "keeper", TRADER: "trader"}
    elif machine == "share":
        names = {VAULT: "vault", **{holder: f"holder {holder}" for holder in range(VAULT + 1, LAST + 1)}}
    actors = {chain.account(number): name for number, name in names.items()}
    if machine == "share":
        actors |= {Account.from_key(private_key(number)).address: f"signer {number}" for number in SIGNERS}
    return actors


def find_abi(contract: str) -> list[dict[str, Any]]:
    """What a contract has: the proxy all that it delegates, the precompile's double what it answers."""
    name = contract.partition(" ")[0]
    if name == PROXY:
        return proxy_abi()
    if name == DOUBLE:
        return [*artefact(DOUBLE).abi, *(describe_question(*question) for question in QUESTIONS)]
    return artefact(name).abi if name in {path.stem for path in deployables()} else []


# ------------------------------------------------------------ comparisons


def check(field: str, actual: object, expected: object) -> None:
    """A field is what the reference says. Errors: AssertionError, which names it and both."""
    if _plain(actual) != _plain(expected):
        raise AssertionError(
            f"{field}: the reference says {_show(_plain(expected))}, the contract {_show(_plain(actual))}"
        )


@contextmanager
def outcome(expected: str) -> Iterator[None]:
    """A call ends as the reference says: in success, or in a revert by its name. Errors: AssertionError."""
    actual = "success"
    try:
        yield
    except ContractLogicError as failure:
        actual = str(failure.message)
    check("outcome", actual, expected)


def check_events(receipt: Receipt, expected: Sequence[Any]) -> None:
    """A call's events are those, in order. Errors: AssertionError, by the first field that differs."""
    logs = [_to_log(event) for event in expected]
    if list(receipt.logs) != logs:
        what, said, given = compare_logs(logs, list(receipt.logs), [path.stem for path in deployables()])
        raise AssertionError(f"{what}: the reference says {said}, the contract {given}")


def returned(receipt: Receipt) -> int:
    """The word that a call returned."""
    return int.from_bytes(receipt.output, "big")


def _to_log(event: Any) -> Log:
    """An event as a chain records it; ape's `protocol.Deposited(...)`, with all fields."""
    name, fields = event.event_name, event.event_arguments
    contract, entry = next(
        (path.stem, entry)
        for path in deployables()
        for entry in artefact(path.stem).abi
        if entry["type"] == "event" and entry["name"] == name
    )
    topics = [artefact(contract).events[name]]
    topics += [encode([each["type"]], [fields[each["name"]]]) for each in entry["inputs"] if each["indexed"]]
    others = [each for each in entry["inputs"] if not each["indexed"]]
    data = encode([each["type"] for each in others], [fields[each["name"]] for each in others])
    return Log(str(event.contract_address).lower(), tuple(topics), data)


def _plain(value: Any) -> Any:
    """A value as ape's contracts give it: an account by its address."""
    return getattr(value, "address", value)


def _show(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
