"""revm in this process: the chain of the campaigns.

It keeps addresses and slots warm between calls, so no gas figure may be taken from it.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from eth_utils.address import to_checksum_address

from differential_tests.chains.base import HALT, Log, Receipt, Transaction
from differential_tests.chains.engine import EVM, BlockEnv, JournalCheckpoint

FIRST_BLOCK = 1_000
FIRST_TIMESTAMP = 1_800_000_000
BLOCK_GAS = 2**63
FUNDS = 10**27
PRECOMPILE = to_checksum_address("0x" + "0808".rjust(40, "0"))

_ERROR_STRING = "0x08c379a0"
_ACCOUNT = ": Account {"
_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: (\d+) \}")


Point = tuple[JournalCheckpoint, int, int, dict[int, str]]


class RevmChain:
    """A chain that executes at once. Block fields are outside of its journal: `restore` sets them back too."""

    name = "revm"

    def __init__(self) -> None:
        self._evm = EVM(spec_id="SHANGHAI")
        self._accounts: dict[int, str] = {}
        self.storage: Callable[[str, int], int] = self._evm.storage
        self._open(FIRST_BLOCK, FIRST_TIMESTAMP)

    def _open(self, number: int, timestamp: int) -> None:
        self.number, self.timestamp = number, timestamp
        self._evm.set_block_env(BlockEnv(number=number, timestamp=timestamp, gas_limit=BLOCK_GAS))

    def account(self, index: int) -> str:
        """A funded account."""
        if index not in self._accounts:
            address = to_checksum_address(f"0x{0xA000 + index:040x}")
            self._evm.set_balance(address, FUNDS)
            self._accounts[index] = address
        return self._accounts[index]

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract in the open block."""
        return to_checksum_address(self._evm.deploy(sender, initcode))

    def install_precompile(self, runtime: bytes) -> str:
        """Put the double at the true address."""
        copy = b"\x61" + len(runtime).to_bytes(2, "big") + bytes.fromhex("80600a3d393df3") + runtime
        # revm analyses inserted code again at every call, unless it comes from a contract that it deployed
        self._evm.insert_account_info(PRECOMPILE, self._evm.basic(self._evm.deploy(self.account(0), copy)))
        return PRECOMPILE

    def send(self, transaction: Transaction) -> Receipt:
        """Execute a transaction in the open block."""
        evm = self._evm
        try:
            output = evm.message_call(
                transaction.sender, transaction.to, transaction.data, transaction.value, transaction.gas
            )
        except RuntimeError as error:
            return Receipt(failure_of(str(error)))
        logs: list[Log] = []
        for log in evm.result.logs if evm.result else ():
            topics, data = log.data
            logs.append(Log(log.address.lower(), tuple(topics), data))
        return Receipt(None, output, tuple(logs))

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Open a later block; no receipt is owed."""
        self._open(self.number + blocks, self.timestamp + seconds)
        return []

    def balance(self, address: str) -> int:
        """Wei held by an address."""
        return int(self._evm.get_balance(address))

    def code(self, address: str) -> bytes:
        """The code at an address."""
        return bytes(self._evm.basic(address).code or b"")

    def touched_slots(self, contracts: dict[str, str]) -> dict[str, dict[int, int]]:
        """Every slot of the contracts (name and address) that a call has touched, with its present value.

        A slot that is not in it was never touched. It parses text, most of a millisecond.
        """
        text = self._evm.journal_str
        if not text.startswith("JournaledState { state: {"):
            raise RuntimeError("revm's journal has another form than the one that is known")
        names = {address.lower(): name for name, address in contracts.items()}
        found: dict[str, dict[int, int]] = {name: {} for name in contracts}
        end = 0
        while (start := text.find(_ACCOUNT, end)) >= 0:  # one way through: code makes the text a megabyte long
            begin = text.index("storage: {", start)
            end = text.index(", status:", begin)
            name = names.get(text[start - 42 : start])
            if name is not None:
                found[name] = {int(slot): int(value) for slot, value in _SLOT.findall(text, begin, end)}
        return found

    def renew(self, contracts: dict[str, str], storage: dict[str, dict[int, int]]) -> None:
        """Go on with a new revm that has the same contracts, with the storage that was just found to be theirs.

        The journal of a revm grows with every call until it is restored; in a scenario that is longer than memory,
        this takes the place of a restore. Whatever else there was is lost.
        """
        before, accounts = self._evm, list(self._accounts)
        self._evm = EVM(spec_id="SHANGHAI")
        self.storage = self._evm.storage
        self._accounts.clear()
        for index in accounts:
            self.account(index)
        for name, address in contracts.items():
            self._evm.insert_account_info(address, before.basic(address))
            for slot, value in storage[name].items():
                self._evm.insert_account_storage(address, slot, value)
        self._open(self.number, self.timestamp)

    def set_storage(self, address: str, slot: int, value: int) -> None:
        """Change a word of storage, as no call does."""
        self._evm.insert_account_storage(address, slot, value)

    def snapshot(self) -> Point:
        """A point to which `restore` goes back, once."""
        return self._evm.snapshot(), self.number, self.timestamp, self._accounts.copy()

    def restore(self, point: Point) -> None:
        """Back to a snapshot: state, block number and time."""
        self._evm.revert(point[0])
        self._accounts = point[3].copy()  # what was funded since is poor again
        self._open(point[1], point[2])


def slots_of(journal: str, address: str) -> dict[int, int]:
    """Every slot of an account (its address in lower case) that a call has touched, from the text of revm's journal."""
    start = journal.find(address + ": Account")
    if start < 0:
        return {}
    start = journal.index("storage: {", start)
    return {int(slot): int(value) for slot, value in _SLOT.findall(journal, start, journal.index(", status:", start))}


def failure_of(text: str) -> str:
    """The failure in the text of revm's exception: a revert's name, "" for an empty revert, or HALT."""
    start = text.find(_ERROR_STRING)
    if start < 0:
        return HALT if not text.startswith("Revert") else "" if text.endswith("output: 0x }") else text
    return _reason(text[start + len(_ERROR_STRING) + 64 : text.index(" ", start)])


@lru_cache(maxsize=1024)
def _reason(encoded: str) -> str:
    length = int(encoded[:64], 16)
    return bytes.fromhex(encoded[64 : 64 + 2 * length]).decode()
