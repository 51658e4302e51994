"""One small interface for the chains on which a scenario can run."""

from dataclasses import dataclass, field
from typing import Protocol

DEFAULT_GAS = 8_000_000
"""Gas of a transaction that does not ask for another limit: plenty, on every chain."""

HALT = "Halt"
"""Failure of a call that ran out of gas or met an invalid opcode: neither a name nor an empty revert."""


class ChainUnavailableError(Exception):
    """A chain can't be had here; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call from an account to a contract. `sender` and `to` are checksummed addresses."""

    sender: str
    to: str
    data: bytes
    value: int = 0
    gas: int = DEFAULT_GAS


@dataclass(frozen=True, slots=True)
class Log:
    """An event as the chain recorded it; the address in lower case."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction did.

    `failure` is None on success, "" for an empty revert, the revert's name, or HALT. `gas`: used, on anvil only, and no
    part of what chains must agree on.
    """

    failure: str | None
    output: bytes = b""
    logs: tuple[Log, ...] = field(default=())
    gas: int = field(default=0, compare=False)


class Chain(Protocol):
    """A chain of its own, made for one scenario.

    Transactions go into the open block. A chain that executes at once returns the receipt from `send`;
    one that mines returns None there, and the receipts of the block, in order, from `advance`.
    """

    name: str
    number: int
    """Number of the open block."""
    timestamp: int
    """Timestamp of the open block, in seconds."""

    def account(self, index: int) -> str:
        """A funded account; the same index is the same account for the life of the chain."""
        ...

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract, in blocks of its own where the chain mines; its checksummed address."""
        ...

    def install_precompile(self, runtime: bytes) -> str:
        """Put the double of the Alpha precompile where this chain can have it; its checksummed address."""
        ...

    def send(self, transaction: Transaction) -> Receipt | None:
        """Execute or queue a transaction in the open block."""
        ...

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Seal the open block and open one that is `blocks` later and `seconds` after it.

        blocks: at least 1. seconds: at least 0, on chains that mine at least `blocks`.
        Returns the receipts that `send` still owes.
        """
        ...

    def storage(self, address: str, slot: int) -> int:
        """The word in a storage slot, after all blocks that were sealed (or all calls, where they run at once)."""
        ...

    def balance(self, address: str) -> int:
        """Wei held by an address."""
        ...
