"""`megatao verify`: what a chain holds, against the record of a deployment, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from differential_tests.chains.base import ChainUnavailableError
from differential_tests.cli.tools import FILE, network_option
from differential_tests.contracts.artefacts import artefact, signature_of, source_hash
from differential_tests.contracts.deployment import INDEX_ORACLE, PRICE_ORACLE, PROXY, DeploymentError
from differential_tests.contracts.record import WORD, Contract, Immutable, Record, RecordError, read_record
from differential_tests.fuzzer.world import words
from reference.state.records import OPEN

NOBODY = "0x" + 40 * "0"
ROUTED = keccak(text="Routed(bytes4,address)")


@dataclass(frozen=True)
class Creation:
    """A transaction that made a contract. contract: "" if it made none, or failed. block: its number."""

    sender: str
    contract: str
    block: int


class Reader(Protocol):
    """What is asked of a chain."""

    @property
    def chain_id(self) -> int:
        """The chain's id."""
        ...

    def code(self, address: str) -> bytes:
        """The code at an address."""
        ...

    def call(self, to: str, data: bytes) -> bytes:
        """What a view returns. Errors: DeploymentError, with the revert's name."""
        ...

    def creation(self, transaction: str) -> Creation | None:
        """The transaction of that hash, None if the chain has none."""
        ...

    def events(self, address: str, topic: bytes, block: int) -> list[tuple[bytes, ...]]:
        """The topics of the events of a contract from a block on, in order. Errors: ChainUnavailableError."""
        ...


@dataclass(frozen=True)
class Difference:
    """A field in which the chain is not as the record says."""

    field: str
    recorded: str
    found: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.recorded}, found {self.found}"


def compare(chain: Reader, record: Record) -> Iterator[Difference]:
    """Every field in which the chain is not as the record says.

    Errors: ChainUnavailableError, where the chain does not answer a question.
    """
    if chain.chain_id != record.chain_id:
        yield Difference("chain_id", str(record.chain_id), str(chain.chain_id))
        return
    for name, contract in record.contracts.items():
        yield from _compare_code(chain, name, contract)
        yield from _compare_creation(chain, record, name, contract)
    proxy = _Contract(chain, record, PROXY)
    yield from _compare_settings(proxy, record)
    yield from _compare_routes(chain, proxy, record)
    yield from read_oracle(chain, record)
    yield from _compare_markets(chain, proxy, record)


def compare_sources(record: Record) -> Iterator[Difference]:
    """Every contract whose recorded code is not what today's sources compile to."""
    for name, contract in record.contracts.items():
        compiled = f"0x{keccak(artefact(name).runtime).hex()}"
        if contract.code_hash != compiled:
            yield Difference(f"{name}.code_hash", contract.code_hash, f"other code than these sources: {compiled}")


def _compare_code(chain: Reader, name: str, contract: Contract) -> Iterator[Difference]:
    code = chain.code(contract.address)
    body, rest = code[: contract.size], code[contract.size :]
    code_hash = f"0x{keccak(body).hex()}"
    if code_hash != contract.code_hash:
        yield Difference(f"{name}.code_hash", contract.code_hash, code_hash if code else "no code")
        return
    size = contract.size + WORD * len(contract.immutables)
    if len(code) != size:
        yield Difference(f"{name}.size", f"{size} bytes with the immutables", str(len(code)))
        return
    for at, (variable, expected) in enumerate(contract.immutables.items()):
        found = int.from_bytes(rest[WORD * at : WORD * (at + 1)], "big")
        yield from _compare_word(f"{name}.{variable}", expected, found)


def _compare_creation(chain: Reader, record: Record, name: str, contract: Contract) -> Iterator[Difference]:
    creation = chain.creation(contract.transaction)
    if creation is None:
        yield Difference(f"{name}.transaction", contract.transaction, "no such transaction")
        return
    if creation.contract != contract.address:
        yield Difference(f"{name}.address", contract.address, f"{creation.contract or 'none'} of its transaction")
    if creation.sender != record.deployer:
        yield Difference(f"{name}.deployer", record.deployer, creation.sender)
    if creation.block != contract.block:
        yield Difference(f"{name}.block", str(contract.block), str(creation.block))


class _Contract:
    """The views of a contract, by the ABI of its record."""

    def __init__(self, chain: Reader, record: Record, name: str) -> None:
        contract = record.contracts[name]
        functions = [entry for entry in contract.abi if entry["type"] == "function"]
        self.name = name
        self._chain, self._address = chain, contract.address
        self._selectors = {entry["name"]: keccak(text=signature_of(entry))[:4] for entry in functions}

    def compare(self, view: str, arguments: bytes, *expected: tuple[str, Immutable]) -> Iterator[Difference]:
        """Name and value of the first words that a view returns; a word without a name may be anything."""
        if view not in self._selectors:
            raise RecordError(f"the ABI of {self.name} has no {view}")
        try:
            output = self._chain.call(self._address, self._selectors[view] + arguments)
        except DeploymentError as error:
            yield Difference(f"{self.name}.{view}", "an answer", str(error))
            return
        if len(output) < WORD * len(expected):
            yield Difference(f"{self.name}.{view}", f"{len(expected)} words", f"{len(output)} bytes")
            return
        for at, (name, value) in enumerate(expected):
            if name:
                found = int.from_bytes(output[WORD * at : WORD * (at + 1)], "big")
                yield from _compare_word(f"{self.name}.{name}", value, found)


def _compare_word(name: str, expected: Immutable, found: int) -> Iterator[Difference]:
    if found != (int(expected, 16) if isinstance(expected, str) else expected):
        is_address = isinstance(expected, str) and found < 2**160
        yield Difference(name, str(expected), to_checksum_address(f"0x{found:040x}") if is_address else str(found))


def _compare_settings(proxy: _Contract, record: Record) -> Iterator[Difference]:
    settings = record.settings
    yield from proxy.compare(
        "roles",
        b"",
        ("admin", settings.admin),
        ("pending_admin", NOBODY),
        ("guardian", settings.guardian),
        ("treasury", settings.treasury),
        ("upgrader", settings.upgrader),
    )
    caps = ("account_cap", settings.account_cap), ("global_cap", settings.global_cap)
    yield from proxy.compare("limits", b"", *caps, ("keepers_only", 0))
    yield from proxy.compare("delay", b"", ("delay", settings.delay))


def _compare_routes(chain: Reader, proxy: _Contract, record: Record) -> Iterator[Difference]:
    """The module of each recorded function, and whether any other function has ever been routed."""
    for selector, route in record.routes.items():
        arguments = bytes.fromhex(selector[2:]).ljust(WORD, b"\0")
        module = record.contracts[route.module].address
        yield from proxy.compare("module_of", arguments, (f"route of {route.function}", module))
    made = record.contracts[PROXY]
    for _, routed, _ in chain.events(made.address, ROUTED, made.block):
        if f"0x{routed[:4].hex()}" not in record.routes:
            yield Difference(f"{PROXY}.route of 0x{routed[:4].hex()}", "none", "one")


def read_oracle(chain: Reader, record: Record) -> Iterator[Difference]:
    """The precompile is asked once, through the oracle, for its unit and its sum."""
    oracle = _Contract(chain, record, PRICE_ORACLE)
    yield from oracle.compare("precompile", b"", ("precompile", record.precompile))
    yield from oracle.compare("validate_scale", b"")
    yield from oracle.compare("read_index", b"", ("", 0))


def _compare_markets(chain: Reader, proxy: _Contract, record: Record) -> Iterator[Difference]:
    yield from proxy.compare("market_count", b"", ("market_count", len(record.markets)))
    if record.markets:
        yield from _Contract(chain, record, INDEX_ORACLE).compare("price", b"", ("", 0))
    for at, listed in enumerate(record.markets):
        yield from proxy.compare("market_at", words(at), (f"market_at({at})", listed.market))
        parameters = ((f"{listed.name}.{name}", value) for name, value in listed.parameters.items())
        yield from proxy.compare("parameters", words(int(listed.market, 16)), *parameters)
        status = (f"{listed.name}.status", OPEN), (f"{listed.name}.is_guarded", int(listed.is_guarded))
        yield from proxy.compare("market", words(int(listed.market, 16)), *status)


@click.command("verify")
@click.argument("file", type=FILE)
@network_option
def verify(file: Path, network: str) -> None:
    """Hold a chain against the FILE of a deployment: code, immutables, roles, caps, delay, routes, markets, oracle.

    Exit code 0: the chain is as the file says. 1: it is not; each field that differs is named. 2: the file is none of a
    deployment, or the network can't be had.
    """
    from differential_tests.chains.network import open_network

    try:
        record = read_record(file)
        with open_network(network) as chain:
            differences = list(compare(chain, record))
    except (RecordError, ChainUnavailableError) as error:
        raise click.UsageError(str(error)) from error
    if record.made.contracts == source_hash():
        differences = [*compare_sources(record), *differences]
    else:
        others = f"{file} is of other sources ({record.made})"
        click.echo(f"{others}: its code is held against the chain, not against these", err=True)
    for difference in differences:
        click.echo(str(difference))
    if differences:
        raise click.ClickException(f"{len(differences)} fields differ")
    click.echo(f"{record.network} is as {file} says: {count_fields(record)}")


def count_fields(record: Record) -> str:
    """What was compared."""
    immutables = sum(len(contract.immutables) for contract in record.contracts.values())
    return (
        f"the code of {len(record.contracts)} contracts, {immutables} immutables, {len(record.routes)} routes, "
        f"{len(record.markets)} markets, roles, caps and delay, and the oracle answers"
    )
