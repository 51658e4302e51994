"""Contracts on a chain beside their reference: what is called on both, and what must be equal afterwards."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from differential_tests.chains.base import DEFAULT_GAS, Chain, Log, Receipt, Transaction
from differential_tests.fuzzer.naming import compare_logs, compare_outputs
from reference.block import Block
from reference.errors import MegaTAOError


class Divergence(Exception):
    """The contract and the reference differ. `what` names the place, the first in the order of comparison."""

    def __init__(self, what: str, expected: object, actual: object) -> None:
        super().__init__(f"{what}: the reference says {expected}, the contract {actual}")
        self.what, self.expected, self.actual = what, str(expected), str(actual)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the reference expects it: the contract's name, topics and data."""

    contract: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does if it does not revert: returned bytes and events. logged: those as the reference has them."""

    output: bytes = b""
    events: tuple[Event, ...] = field(default=())
    logged: Sequence[object] = field(default=())


Referee = Callable[[], Effect]
"""The reference's part of a call. It either raises an expected failure and has changed nothing, or has said by
`World.write` what the storage becomes. Whatever else it raises is a bug of the specification and goes through."""


@dataclass(frozen=True, slots=True)
class GasLimit:
    """A gas limit that may be too low. The call may then end in one of the failures, and changes nothing.

    is_low: it must (True), it must not (False), or it may (None), which is for a limit between the two.
    """

    gas: int
    failures: set[str]
    is_low: bool | None


@dataclass(frozen=True, slots=True)
class _Expected:
    failure: str | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made, and what the reference says of it.

    failure: as in a receipt. writes: words by contract and slot. is_open: its gas decides how it ends, which the
    reference doesn't say.
    """

    transaction: Transaction
    contract: str
    number: int
    timestamp: int
    failure: str | None
    effect: Effect
    writes: dict[tuple[str, int], int]
    is_open: bool = False


def words(*values: int) -> bytes:
    """Integers, signed ones as two's complement, as ABI words."""
    return b"".join([(value if value >= 0 else value + 2**256).to_bytes(32, "big") for value in values])


class World:
    """One scenario's contracts and the storage that the reference expects of them."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.block = Block(chain.number, chain.timestamp)
        self.addresses: dict[str, str] = {}
        self.storage: dict[str, dict[int, int]] = {}
        self.names: dict[tuple[str, int], str] = {}
        self.balances: dict[str, int] = {}
        """What each address that counts must hold (wei)."""
        self.outcomes: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        """Named states of interest that were met."""
        self.compare_period = 1
        """Every known slot is compared after so many calls; those that a call has written, after each. 0: never."""
        self._calls = 0
        self.calls_made: list[Call] | None = None
        """Every call, if somebody asks for them by putting a list here."""
        self._written: list[tuple[str, int, int]] = []
        self._owed: list[_Expected] = []

    def place(self, contract: str, address: str) -> None:
        """Say where a contract is; its storage is expected to be empty."""
        self.addresses[contract] = address
        self.storage[contract] = {}

    def write(self, contract: str, slot: int, values: Sequence[int], record: str, fields: Sequence[str]) -> None:
        """Expect values in consecutive slots, those of a record's fields; the names are for reports."""
        slots = self.storage[contract]
        if slot + len(values) - 1 not in slots:  # a record may be longer than it was
            for offset, name in enumerate(fields):
                self.names[contract, slot + offset] = f"{contract}.{record}{name}"
        self._written.append((contract, slot, len(values)))
        for value in values:
            slots[slot] = value
            slot += 1

    def call(
        self, sender: str, contract: str, data: bytes, reference: Referee, value: int = 0, gas: int = DEFAULT_GAS
    ) -> None:
        """Call the contract and the reference, and compare everything."""
        transaction = Transaction(sender, self.addresses[contract], data, value, gas)
        receipt = self.chain.send(transaction)
        expected = _expect(reference)
        if self.calls_made is not None:
            self._note(transaction, contract, expected)
        if receipt is None:
            self._owed.append(expected)
            self._written.clear()
        else:
            self._compare(expected, receipt)
            self._compare_step()

    def call_with_gas(self, sender: str, contract: str, data: bytes, reference: Referee, limit: GasLimit) -> None:
        """As `call`, in a block of its own, with a gas limit, which the reference doesn't model."""
        self.advance(1, 12)
        transaction = Transaction(sender, self.addresses[contract], data, 0, limit.gas)
        receipt = self.chain.send(transaction)
        owed = self.chain.advance(1, 12)
        receipt = receipt or owed[0]
        if receipt.failure in limit.failures and limit.is_low is not False:
            self.outcomes[receipt.failure or "empty revert"] += 1
            if self.calls_made is not None:
                self._note(transaction, contract, _Expected(receipt.failure, Effect()), is_open=True)
        elif limit.is_low:
            raise Divergence("outcome", " or ".join(sorted(limit.failures)), _outcome(receipt.failure))
        else:
            expected = _expect(reference)
            if self.calls_made is not None:
                self._note(transaction, contract, expected)
            self._compare(expected, receipt)
        self.block.number, self.block.timestamp = self.chain.number, self.chain.timestamp
        self._compare_step()

    def _note(self, transaction: Transaction, contract: str, expected: _Expected, is_open: bool = False) -> None:
        writes = {
            (name, slot): self.storage[name][slot]
            for name, first, count in self._written
            for slot in range(first, first + count)
        }
        block, failure, effect = self.block, expected.failure, expected.effect
        call = Call(transaction, contract, block.number, block.timestamp, failure, effect, writes, is_open)
        assert self.calls_made is not None  # noqa: S101  who calls has looked
        self.calls_made.append(call)

    def advance(self, blocks: int, seconds: int) -> None:
        """Seal the block. A chain that mines is compared here, block by block."""
        receipts = self.chain.advance(blocks, seconds)
        self.block.number, self.block.timestamp = self.chain.number, self.chain.timestamp
        owed, self._owed = self._owed, []
        for expected, receipt in zip(owed, receipts, strict=True):
            self._compare(expected, receipt)
        if owed:
            self.compare_storage()

    def compare_storage(self) -> None:
        """Every slot that the reference knows, in every contract."""
        read = self.chain.storage
        for contract, slots in self.storage.items():
            address = self.addresses[contract]
            for slot, value in slots.items():
                if read(address, slot) != value:
                    self._diverge(contract, slot)

    def _compare_step(self) -> None:
        self._calls += 1
        if self.compare_period and self._calls % self.compare_period == 0:
            self.compare_storage()
        else:
            read = self.chain.storage
            for contract, first, count in self._written:
                address, slots = self.addresses[contract], self.storage[contract]
                for slot in range(first, first + count):
                    if read(address, slot) != slots[slot]:
                        self._diverge(contract, slot)
        self._written.clear()

    def _diverge(self, contract: str, slot: int) -> None:
        actual = self.chain.storage(self.addresses[contract], slot)
        expected = self.storage[contract][slot]
        raise Divergence(f"storage {self.names[contract, slot]}", expected, actual)

    def sweep(self) -> None:
        """No slot but those that the reference knows has a value. Only revm can list what was touched."""
        touched: Any = getattr(self.chain, "touched_slots", None)
        if touched is None:
            return
        for contract, found in touched(self.addresses).items():
            slots = self.storage[contract]
            for slot, value in found.items():
                if value != slots.get(slot, 0):
                    name = self.names.get((contract, slot), f"{contract}, slot {slot:#x}, unexplained")
                    raise Divergence(f"storage {name}", slots.get(slot, 0), value)

    def _compare(self, expected: _Expected, receipt: Receipt) -> None:
        failure = expected.failure
        if failure != receipt.failure:
            raise Divergence("outcome", _outcome(failure), _outcome(receipt.failure))
        self.outcomes["success" if failure is None else failure or "empty revert"] += 1
        effect = expected.effect
        if effect.output != receipt.output:
            raise Divergence(*compare_outputs(effect.output, receipt.output))
        logs = receipt.logs
        if len(effect.events) == len(logs):
            for event, log in zip(effect.events, logs, strict=True):
                if (self.addresses[event.contract].lower(), event.topics, event.data) != (
                    log.address,
                    log.topics,
                    log.data,
                ):
                    break
            else:
                return
        expected_logs = [
            Log(self.addresses[event.contract].lower(), event.topics, event.data) for event in effect.events
        ]
        raise Divergence(*compare_logs(expected_logs, list(logs), self.addresses))


def _expect(reference: Referee) -> _Expected:
    try:
        return _Expected(None, reference())
    except MegaTAOError as failure:
        return _Expected(failure.revert_name(), Effect())


def _outcome(failure: str | None) -> str:
    return "success" if failure is None else failure or "an empty revert"
