"""The chains that users of ape run: its own local one (eth-tester on py-evm), and anvil through ape-foundry.

Both are slow: they confirm in hundreds of transactions what revm shows in millions. Measured on one busy core:

| | ape | anvil |
|---|---|---|
| transactions | 27/s; 150/s where coincurve is installed | 75/s alone in a block, 100/s otherwise |
| empty blocks | 400/s | 5,000/s |

Gas costs nothing on either, so balances move by value alone, as they do on the revm chain. The block gas limit
is a billion, so the gas limits of transactions are used as they are.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import ape
from ape_foundry.provider import FoundryProvider
from eth.db import get_db_backend
from eth.exceptions import Revert
from eth_abi.abi import decode
from eth_tester.backends.pyevm.main import generate_genesis_state_for_keys, get_default_genesis_params
from eth_utils.address import to_checksum_address
from requests import Session

from differential_tests.chains.base import HALT, ChainUnavailableError, Log, Receipt, Transaction

FIRST_TIMESTAMP = 2_000_000_000
"""Timestamp of a fresh chain's open block: later than any wall clock, which anvil's genesis block follows."""

BLOCK_GAS = 10**9
DEPLOY_GAS = 16_000_000
PRECOMPILE = to_checksum_address(f"0x{0x808:040x}")

_ERROR_STRING = bytes.fromhex("08c379a0")
_TRACE = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}


class ApeChain:
    """What the two chains of ape have in common: ape's test accounts, and the open block.

    An account's index must be less than `test: number_of_accounts` in ape-config.yaml. Gas below what the chain asks
    of any transaction is HALT, as on the revm chain. Any other transaction that may not enter a block (its value is
    more than the sender has) is an error of the scenario and raises.
    """

    name: str

    def __init__(self, number: int, timestamp: int) -> None:
        self.number = number
        self.timestamp = timestamp

    def account(self, index: int) -> str:
        """A test account of ape."""
        return _account(index)


class LocalChain(ApeChain):
    """ape's own local chain. It executes at once, in the open block, and mines by sealing that block."""

    name = "ape"

    def __init__(self, backend: Any) -> None:
        super().__init__(1, FIRST_TIMESTAMP)
        self._backend = backend
        self._read: tuple[Any, Any] = (None, None)
        self._keys = {key.public_key.to_checksum_address(): key for key in backend.account_keys}
        backend.chain.set_header_timestamp(self.timestamp)

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract in the open block."""
        computation = self._apply(Transaction(sender, "", initcode, gas=DEPLOY_GAS))
        if computation.is_error:
            raise RuntimeError(f"deployment failed: {computation.error!r}")
        return to_checksum_address(computation.msg.storage_address)

    def install_precompile(self, runtime: bytes) -> str:
        """Put the double at an ordinary address: this chain has no way to place code at a chosen one."""
        return self.deploy(self.account(0), _initcode(runtime))

    def send(self, transaction: Transaction) -> Receipt:
        """Execute a transaction in the open block."""
        if _is_below_intrinsic_gas(transaction):
            return Receipt(HALT)
        computation = self._apply(transaction)
        if computation.is_error:
            return Receipt(_reason(computation.output) if isinstance(computation.error, Revert) else HALT)
        logs = (
            Log(f"0x{address.hex()}", tuple(topic.to_bytes(32, "big") for topic in topics), data)
            for address, topics, data in computation.get_log_entries()
        )
        return Receipt(None, computation.output, tuple(logs))

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Mine one by one; no receipt is owed."""
        _check_advance(blocks, seconds)
        chain = self._backend.chain
        for _ in range(blocks):
            sealed = chain.mine_block()
            chain.set_header_timestamp(sealed.header.timestamp + 1)
        self.number += blocks
        self.timestamp += seconds
        chain.set_header_timestamp(self.timestamp)
        return []

    def storage(self, address: str, slot: int) -> int:
        """The word in a storage slot, after all calls."""
        # a state decodes an account once: it is kept for as long as the open block is the same
        header = self._backend.chain.header
        if self._read[0] is not header:
            self._read = header, self._backend.chain.get_vm().state
        return int(self._read[1].get_storage(_raw(address), slot))

    def balance(self, address: str) -> int:
        """Wei held by an address, after all calls."""
        return int(self._backend.get_balance(_raw(address), "pending"))

    def _apply(self, transaction: Transaction) -> Any:
        chain = self._backend.chain
        unsigned = chain.get_transaction_builder().new_unsigned_dynamic_fee_transaction(
            chain_id=chain.chain_id,
            nonce=self._backend.get_nonce(_raw(transaction.sender), "pending"),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=transaction.gas,
            to=_raw(transaction.to),
            value=transaction.value,
            data=transaction.data,
            access_list=(),
        )
        _, _, computation = chain.apply_transaction(unsigned.as_signed_transaction(self._keys[transaction.sender]))
        return computation


class AnvilChain(ApeChain):
    """anvil: it queues transactions, and executes them when the open block is sealed."""

    name = "anvil"

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._request = provider.make_request
        self._sent: list[str | None] = []
        self._known: dict[tuple[str, int], None] = {}
        self._words: dict[tuple[str, int], int] = {}
        self._session = Session()
        provider.set_block_gas_limit(BLOCK_GAS)
        # or the time of an empty block would follow the wall clock, and pass the time that is announced
        self._request("anvil_setBlockTimestampInterval", [1])
        head = provider.get_block("latest")
        super().__init__(head.number + 1, max(FIRST_TIMESTAMP, head.timestamp + 1))

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract in a block of its own: the open block must be empty."""
        if self._sent:
            raise RuntimeError("advance before deploying: the open block holds transactions")
        self._queue({"from": sender, "data": _hex(initcode), "gas": hex(DEPLOY_GAS)})
        [mined] = self._seal()
        if mined is None or mined["status"] != "0x1":
            raise RuntimeError("deployment failed")
        self.number += 1
        self.timestamp += 1
        return to_checksum_address(mined["contractAddress"])

    def install_precompile(self, runtime: bytes) -> str:
        """Put the double at the true address."""
        self._provider.set_code(PRECOMPILE, runtime)
        return PRECOMPILE

    def send(self, transaction: Transaction) -> None:
        """Queue a transaction for the open block."""
        if _is_below_intrinsic_gas(transaction):
            self._sent.append(None)
            return
        self._queue(
            {
                "from": transaction.sender,
                "to": transaction.to,
                "data": _hex(transaction.data),
                "value": hex(transaction.value),
                "gas": hex(transaction.gas),
            }
        )

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Seal the open block, whose receipts are returned, and mine the empty ones."""
        _check_advance(blocks, seconds)
        # before the empty blocks, since anvil soon forgets how a transaction went
        receipts = [self._receipt(mined) for mined in self._seal()]
        if blocks > 1:
            self._provider.mine(blocks - 1)
        self.number += blocks
        self.timestamp += seconds
        return receipts

    def storage(self, address: str, slot: int) -> int:
        """The word in a storage slot, after all blocks that were sealed.

        Where one is read, others soon are: all that were ever asked for come in one request, once a block.
        """
        place = address, slot
        if place not in self._words:
            self._known[place] = None
            wanted = [place] if self._words else list(self._known)
            self._words.update(zip(wanted, self._read_words(wanted), strict=True))
        return self._words[place]

    def balance(self, address: str) -> int:
        """Wei held by an address, after all blocks that were sealed."""
        return int(self._provider.get_balance(address))

    def _read_words(self, places: list[tuple[str, int]]) -> list[int]:
        asked = [
            {"jsonrpc": "2.0", "id": at, "method": "eth_getStorageAt", "params": [address, hex(slot), "latest"]}
            for at, (address, slot) in enumerate(places)
        ]
        answers = self._session.post(self._provider.uri, json=asked, timeout=120).json()
        return [int(answer["result"], 16) for answer in sorted(answers, key=lambda answer: int(answer["id"]))]

    def _queue(self, request: dict[str, str]) -> None:
        self._sent.append(self._request("eth_sendTransaction", [{**request, "gasPrice": "0x0"}]))

    def _seal(self) -> list[dict[str, Any] | None]:
        """Mine the open block; its transactions in order, None for one that was too poor in gas to be queued."""
        self._words = {}
        self._provider.set_timestamp(self.timestamp)
        self._provider.mine(1)
        mined = {receipt["transactionHash"]: receipt for receipt in self._request("eth_getBlockReceipts", ["latest"])}
        if list(mined) != [sent for sent in self._sent if sent is not None]:
            raise RuntimeError("anvil did not mine what was sent, in the order in which it was sent")
        in_order = [None if sent is None else mined[sent] for sent in self._sent]
        self._sent = []
        return in_order

    def _receipt(self, mined: dict[str, Any] | None) -> Receipt:
        if mined is None:
            return Receipt(HALT)
        trace = self._request("debug_traceTransaction", [mined["transactionHash"], _TRACE])
        output, gas = _unhex(trace.get("output", "0x")), int(mined["gasUsed"], 16)
        if mined["status"] != "0x1":
            return Receipt(_reason(output) if trace["error"] == "execution reverted" else HALT, gas=gas)
        logs = (
            Log(log["address"].lower(), tuple(map(_unhex, log["topics"])), _unhex(log["data"])) for log in mined["logs"]
        )
        return Receipt(None, output, tuple(logs), gas)


class _AnvilProvider(FoundryProvider):
    """ape's provider of anvil, told to forget old states, which it would write to the disk, and the steps inside of
    transactions, which would take gigabytes."""

    def build_command(self) -> list[str]:
        """The command that starts anvil."""
        command = [part for part in super().build_command() if part != "--steps-tracing"]
        return [*command, "--prune-history", "8"]


def anvil_available() -> bool:
    """Whether anvil can be started."""
    return shutil.which("anvil") is not None


@contextmanager
def open_ape_chain() -> Iterator[LocalChain]:
    """A fresh chain in ape's local provider: the active one, or one that is connected for it.

    The provider gets a genesis block of its own while the chain is open, and what it had before afterwards;
    so one such chain can be open at a time.
    """
    given = _active("test") or ape.networks.ethereum.local.use_provider("test")
    with given as provider, replace_chain(provider.evm_backend) as chain:
        yield chain


@contextmanager
def replace_chain(backend: Any) -> Iterator[LocalChain]:
    """A fresh chain in the place of the one that ape's backend has, which it gets back afterwards."""
    kept = backend.chain
    backend.chain = type(kept).from_genesis(
        get_db_backend(),
        {
            **get_default_genesis_params(),
            "timestamp": FIRST_TIMESTAMP - 1,
            "gas_limit": BLOCK_GAS,
            "base_fee_per_gas": 0,
        },
        generate_genesis_state_for_keys(backend.account_keys, {"balance": backend.balance}),
    )
    try:
        with warnings.catch_warnings():
            # that py-evm will forget the opcode, by which TAO comes without a call
            warnings.filterwarnings("ignore", "SELFDESTRUCT opcode", DeprecationWarning)
            yield LocalChain(backend)
    finally:
        backend.chain = kept


@contextmanager
def open_anvil_chain() -> Iterator[AnvilChain]:
    """A fresh chain on anvil: the active one of ape, or one that is started once for all chains of this process.

    It is a snapshot that is reverted afterwards, so it starts from the block at which anvil is.
    """
    if not anvil_available():
        raise ChainUnavailableError("anvil is not on the PATH")
    with _active("foundry") or ape.networks.ethereum.local.use_provider(_anvil_provider()) as provider:
        snapshot = provider.snapshot()
        mined_at_once = provider.auto_mine
        provider.auto_mine = False
        try:
            yield AnvilChain(provider)
        finally:
            provider.make_request("anvil_dropAllTransactions", [])
            provider.make_request("anvil_removeBlockTimestampInterval", [])
            provider.auto_mine = mined_at_once
            if not provider.restore(snapshot):
                raise RuntimeError("anvil did not revert to its snapshot")


def _active(name: str) -> AbstractContextManager[Any] | None:
    provider = ape.networks.active_provider
    if provider is None or (provider.name, provider.network.name) != (name, "local"):
        return None
    return nullcontext(provider)


@cache
def _anvil_provider() -> _AnvilProvider:
    return _AnvilProvider(name="foundry", network=ape.networks.ethereum.local)


@cache
def _account(index: int) -> str:
    return str(ape.accounts.test_accounts[index].address)


def _check_advance(blocks: int, seconds: int) -> None:
    if not seconds >= blocks >= 1:
        raise ChainUnavailableError(f"this chain can't make {blocks} blocks in {seconds} seconds: revm can")


def _is_below_intrinsic_gas(transaction: Transaction) -> bool:
    """Whether no block takes the transaction. The least gas is that of EIP-7623, which is the chain's own rule."""
    zeros = transaction.data.count(0)
    return transaction.gas < 21_000 + 10 * zeros + 40 * (len(transaction.data) - zeros)


def _initcode(runtime: bytes) -> bytes:
    """Code that returns `runtime`: PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN."""
    return bytes.fromhex(f"61{len(runtime):04x}80600a3d393df3") + runtime


def _reason(data: bytes) -> str:
    """The name in revert data; other data than an Error(string), which no contract of ours gives, in hexadecimal."""
    if data[:4] != _ERROR_STRING:
        return _hex(data) if data else ""
    return str(decode(["string"], data[4:])[0])


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])
