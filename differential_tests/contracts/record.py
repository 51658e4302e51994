"""A deployment as a file: each contract's address, code and ABI, and what was asked for, to hold a chain against."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_utils.address import is_checksum_address
from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.build import proxy_abi
from differential_tests.contracts.deployment import PROXY, Deployment, DeploymentError, Settings
from differential_tests.contracts.provenance import Provenance, take

FORMAT: Final = "megatao-deployment/1"

WORD: Final = 32
"""Bytes of an immutable, behind the code of a contract."""

Immutable = int | str
"""A number, or a checksummed address."""


class RecordError(Exception):
    """A file is no record of a deployment; the text says why in one line."""


@dataclass(frozen=True)
class Made(Provenance):
    """What the contracts were made of."""

    evm_version: str


@dataclass(frozen=True)
class Contract:
    """A contract on a chain. code_hash: keccak256 of its first `size` bytes of code; its immutables, in order, follow.

    transaction and block: where it was made.
    """

    address: str
    transaction: str
    block: int
    size: int
    code_hash: str
    immutables: dict[str, Immutable]
    abi: list[dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """A function of the proxy, by its signature, and the name of the module that has it."""

    function: str
    module: str


@dataclass(frozen=True)
class ListedMarket:
    """A market that was listed. market: its key, as an address."""

    name: str
    market: str
    is_guarded: bool
    parameters: dict[str, int]


@dataclass
class Record:
    """A deployment, as far as it went. routes: by selector. failure: what went wrong, "" if nothing did."""

    network: str
    chain_id: int
    deployer: str
    precompile: str
    is_double: bool
    settings: Settings
    made: Made
    contracts: dict[str, Contract] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    markets: list[ListedMarket] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    failure: str = ""
    format: str = FORMAT

    def to_json(self) -> dict[str, Any]:
        """As written to a file."""
        content = asdict(self)
        return {"format": content.pop("format"), **content}


def describe_sources() -> Made:
    """The sources and the compiler of this checkout."""
    return Made(**asdict(take()), evm_version="shanghai")


def add_contract(record: Record, name: str, address: str, transaction: str, block: int) -> None:
    """Add a contract that has just been deployed."""
    runtime = artefact(name).runtime
    abi = proxy_abi() if name == PROXY else artefact(name).abi
    code_hash = f"0x{keccak(runtime).hex()}"
    record.contracts[name] = Contract(address, transaction, block, len(runtime), code_hash, {}, abi)


def complete(record: Record, deployed: Deployment) -> None:
    """Add what can be said once all contracts are there: immutables and routes."""
    for name, address in deployed.contracts().items():
        record.contracts[name].immutables.update(_expect_immutables(record, deployed, name, address))
    signatures = {
        selector: signature for module in deployed.modules for signature, selector in artefact(module).selectors.items()
    }
    for selector, module in deployed.routes.items():
        record.routes[f"0x{selector.hex()}"] = Route(signatures[selector], module)


def _expect_immutables(record: Record, deployed: Deployment, name: str, address: str) -> dict[str, Immutable]:
    known: dict[str, Immutable] = {
        "PRECOMPILE": record.precompile,
        "INITIALIZER": record.deployer,
        "PRICE_ORACLE": deployed.price_oracle,
        "INDEX_ORACLE": deployed.index_oracle,
        "SHARE": deployed.share,
        "THIS": address,
        "UPGRADE_DELAY": record.settings.delay,
        "vault": deployed.proxy,
    }
    return {variable: known[variable] for variable in list_immutables(name)}


def list_immutables(name: str) -> list[str]:
    """The immutables of a contract in the order in which they stand behind its code: a word each."""
    found = dict(_find_immutables(artefact(name).layout.get("code_layout") or {}))
    if list(found.values()) != [(WORD * at, WORD) for at in range(len(found))]:
        raise DeploymentError(f"the immutables of {name} are not one word each")
    return list(found)


def _find_immutables(layout: dict[str, Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, offset and length of each, those of imported modules too."""
    for name, entry in layout.items():
        if isinstance(entry.get("offset"), int):
            yield name, (entry["offset"], entry["length"])
        else:
            yield from _find_immutables(entry)


def read_record(path: Path) -> Record:
    """A record from its file. Errors: RecordError."""
    from pydantic import ValidationError

    try:
        record: Record = _adapter().validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise RecordError(f"{path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RecordError(f"{path} is no deployment: {place + ': ' if place else ''}{first['msg']}") from error
    if record.format != FORMAT:
        raise RecordError(f"{path} has the format {record.format!r}; this is {FORMAT!r}")
    if PROXY not in record.contracts or not record.routes:
        raise RecordError(f"{path} is of a deployment that was not completed: {record.failure}")
    for fault in _find_faults(record):
        raise RecordError(f"{path}: {fault}")
    return record


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Record)


def _find_faults(record: Record) -> Iterator[str]:
    """What can't be of any deployment, whatever the chain."""
    settings = record.settings
    addresses = {f"contracts.{name}.address": contract.address for name, contract in record.contracts.items()}
    addresses |= {f"settings.{role}": getattr(settings, role) for role in ("admin", "guardian", "treasury", "upgrader")}
    addresses |= {"deployer": record.deployer, "precompile": record.precompile}
    addresses |= {f"markets.{listed.name}.market": listed.market for listed in record.markets}
    yield from (
        f"{name} is no checksummed address" for name, each in addresses.items() if not is_checksum_address(each)
    )
    for selector, route in record.routes.items():
        if selector != f"0x{keccak(text=route.function)[:4].hex()}":
            yield f"{selector} is not the selector of {route.function}"
        if route.module not in record.contracts:
            yield f"{route.function} is of {route.module}, which is not there"
