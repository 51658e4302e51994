"""revm in this process: the chain of the campaigns.

It keeps addresses and slots warm between calls, so no gas figure may be taken from it.
"""

import re
from functools import lru_cache

from eth_utils.address import to_checksum_address
from pyrevm import EVM, AccountInfo, BlockEnv

from differential_tests.chains.base import HALT, Log, Receipt, Transaction

FIRST_BLOCK = 1_000
FIRST_TIMESTAMP = 1_800_000_000
BLOCK_GAS = 2**63
FUNDS = 10**27
PRECOMPILE = to_checksum_address("0x" + "0808".rjust(40, "0"))

_ERROR_STRING = "0x08c379a0"
_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: (\d+) \}")


class RevmChain:
    """A chain that executes at once. Block fields are outside of its journal: `restore` sets them back too."""

    name = "revm"

    def __init__(self) -> None:
        self._evm = EVM(spec_id="SHANGHAI")
        self._funded: set[int] = set()
        self._open(FIRST_BLOCK, FIRST_TIMESTAMP)

    def _open(self, number: int, timestamp: int) -> None:
        self.number, self.timestamp = number, timestamp
        self._evm.set_block_env(BlockEnv(number=number, timestamp=timestamp, gas_limit=BLOCK_GAS))

    def account(self, index: int) -> str:
        """A funded account."""
        address = to_checksum_address(f"0x{0xA000 + index:040x}")
        if index not in self._funded:
            self._evm.insert_account_info(address, AccountInfo(balance=FUNDS))
            self._funded.add(index)
        return address

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract in the open block."""
        return to_checksum_address(self._evm.deploy(sender, initcode))

    def install_precompile(self, runtime: bytes) -> str:
        """Put the double at the true address."""
        self._evm.insert_account_info(PRECOMPILE, AccountInfo(code=runtime))
        return PRECOMPILE

    def send(self, transaction: Transaction) -> Receipt:
        """Execute a transaction in the open block."""
        evm = self._evm
        try:
            output = evm.message_call(
                transaction.sender, transaction.to, transaction.data, transaction.value, transaction.gas
            )
        except RuntimeError as error:
            return Receipt(_failure(str(error)))
        logs = []
        for log in evm.result.logs:
            topics, data = log.data
            logs.append(Log(log.address.lower(), tuple(topics), data))
        return Receipt(None, output, tuple(logs))

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Open a later block; no receipt is owed."""
        self._open(self.number + blocks, self.timestamp + seconds)
        return []

    def storage(self, address: str, slot: int) -> int:
        """The word in a storage slot."""
        return int(self._evm.storage(address, slot))

    def balance(self, address: str) -> int:
        """Wei held by an address."""
        return int(self._evm.get_balance(address))

    def touched_slots(self, address: str) -> dict[int, int]:
        """Every slot of a contract that any call has touched since the last `restore`, with its present value.

        A slot that is not in it was never touched. It costs a tenth of a millisecond and more: it parses text.
        """
        text = self._evm.journal_str
        start = text.find(address.lower() + ": Account")
        if start < 0:
            return {}
        start = text.index("storage: {", start)
        return {int(slot): int(value) for slot, value in _SLOT.findall(text, start, text.index(", status:", start))}

    def snapshot(self) -> tuple[object, int, int]:
        """A point to which `restore` goes back, once."""
        return self._evm.snapshot(), self.number, self.timestamp

    def restore(self, point: tuple[object, int, int]) -> None:
        """Back to a snapshot: state, block number and time."""
        self._evm.revert(point[0])
        self._open(point[1], point[2])


def _failure(text: str) -> str:
    """The failure in the text of revm's exception: a revert's name, "" for an empty revert, or HALT."""
    start = text.find(_ERROR_STRING)
    if start < 0:
        return "" if text.startswith("Revert") else HALT
    return _reason(text[start + len(_ERROR_STRING) + 64 : text.index(" ", start)])


@lru_cache(maxsize=1024)
def _reason(encoded: str) -> str:
    length = int(encoded[:64], 16)
    return bytes.fromhex(encoded[64 : 64 + 2 * length]).decode()
