"""pyrevm's interface on py-evm, in pure Python, for the Pythons that pyrevm has no build for: as much as is used here.

As in pyrevm, all calls are one transaction that never ends: nothing is committed, what was warm stays warm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import rlp
from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.exceptions import Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.shanghai.state import ShanghaiState
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_typing import Address, BlockNumber
from eth_utils.crypto import keccak

CODE_PADDING: Final = 33
"""Zeros that pyrevm shows behind any code."""

RETURN: Final = 0xF3

_WARM: Final = tuple(number.to_bytes(20, "big") for number in range(10))
"""The coinbase and the precompiles, which every transaction has touched before it runs."""

JournalCheckpoint = Any


@dataclass(frozen=True)
class BlockEnv:
    """A block."""

    number: int = 0
    timestamp: int = 1
    gas_limit: int = 2**62


@dataclass(frozen=True)
class AccountInfo:
    """An account without its storage."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""


class _State(ShanghaiState):
    """The state, which remembers the slots that were touched."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.touched: dict[Address, set[int]] = {}

    def get_storage(self, address: Address, slot: int, from_journal: bool = True) -> int:
        self.touched.setdefault(address, set()).add(slot)
        return int(super().get_storage(address, slot, from_journal))

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        self.touched.setdefault(address, set()).add(slot)
        super().set_storage(address, slot, value)


class EVM:
    """An EVM with a state of its own."""

    def __init__(self, spec_id: str = "SHANGHAI") -> None:
        if spec_id != "SHANGHAI":
            raise ValueError(f"the stand-in for revm has the rules of SHANGHAI alone, not those of {spec_id}")
        self._state = _State(AtomicDB(), _context(BlockEnv()), BLANK_ROOT_HASH)
        self.result: Any = None

    def set_block_env(self, block: BlockEnv) -> None:
        """Open a block."""
        self._state.execution_context = _context(block)

    def get_balance(self, address: str) -> int:
        """Wei."""
        return int(self._state.get_balance(_raw(address)))

    def set_balance(self, address: str, balance: int) -> None:
        """Make an account rich."""
        self._state.set_balance(_raw(address), balance)

    def storage(self, address: str, slot: int) -> int:
        """A word; it is touched then."""
        return self._state.get_storage(_raw(address), slot)

    def basic(self, address: str) -> AccountInfo:
        """An account."""
        raw = _raw(address)
        code = self._state.get_code(raw)
        return AccountInfo(self.get_balance(address), self._state.get_nonce(raw), code and code + bytes(CODE_PADDING))

    def insert_account_info(self, address: str, info: AccountInfo) -> None:
        """Put an account there."""
        raw = _raw(address)
        self._state.set_balance(raw, info.balance)
        self._state.set_nonce(raw, info.nonce)
        self._state.set_code(raw, info.code)

    def insert_account_storage(self, address: str, slot: int, value: int) -> None:
        """Put a word there."""
        self._state.set_storage(_raw(address), slot, value)

    def snapshot(self) -> JournalCheckpoint:
        """A point to which `revert` goes back."""
        return self._state.snapshot()

    def revert(self, point: JournalCheckpoint) -> None:
        """Back to a snapshot."""
        self._state.revert(point)

    def begin(self, watched: Callable[[Any], Any]) -> None:
        """What was put there is what the next call finds, and none of it was touched.

        watched: makes of the kind of computation one that is watched.
        """
        self._state.lock_changes()
        self._state.touched.clear()
        vars(self._state)["computation_class"] = watched(self._state.computation_class)  # also of the calls in a call

    @property
    def journal_str(self) -> str:
        """The slots that were touched, as pyrevm tells them."""
        accounts = []
        for address, slots in self._state.touched.items():
            words = ", ".join(
                f"{slot}: {_tell(ShanghaiState.get_storage(self._state, address, slot))}" for slot in slots
            )
            accounts.append(f"0x{address.hex()}: Account {{ info: {{}}, storage: {{{words}}}, status: Touched }}")
        return f"JournaledState {{ state: {{{', '.join(accounts)}}} }}"

    def message_call(
        self,
        caller: str,
        to: str,
        calldata: bytes = b"",
        value: int = 0,
        gas: int = 2**62,
        is_static: bool = False,
    ) -> bytes:
        """What a call returns. Errors: RuntimeError, with pyrevm's text."""
        message = Message(
            gas=self._pay(caller, calldata, value, gas, creates=False),
            to=_raw(to),
            sender=_raw(caller),
            value=value,
            data=calldata,
            code=self._state.get_code(_raw(to)),
            is_static=is_static,
        )
        return self._run(self._state.computation_class.apply_message, message)

    def deploy(self, deployer: str, code: bytes, value: int = 0, gas: int = 2**62) -> str:
        """The address of a new contract. Errors: RuntimeError, with pyrevm's text."""
        gas = self._pay(deployer, code, value, gas, creates=True)
        sender = _raw(deployer)
        nonce = self._state.get_nonce(sender)
        created = Address(keccak(rlp.encode([sender, nonce]))[12:])
        message = Message(
            gas=gas,
            to=CREATE_CONTRACT_ADDRESS,
            sender=sender,
            value=value,
            data=b"",
            code=code,
            create_address=created,
        )
        self._state.set_nonce(sender, nonce + 1)
        self._run(self._state.computation_class.apply_create_message, message)
        return f"0x{created.hex()}"

    def _pay(self, sender: str, data: bytes, value: int, gas: int, creates: bool) -> int:
        """The gas that is left of a transaction's when its message begins."""
        zeros = data.count(0)
        left = gas - 21_000 - 4 * zeros - 16 * (len(data) - zeros)
        left -= 32_000 + 2 * (-(-len(data) // 32)) if creates else 0
        if left < 0:
            raise RuntimeError("Transaction(CallGasCostMoreThanGasLimit)")
        if self.get_balance(sender) < value:
            raise RuntimeError("Transaction(LackOfFundForMaxFee)")
        return left

    def _run(self, apply: Any, message: Message) -> bytes:
        self.result = None
        for address in (message.sender, message.to, *_WARM):
            if address:
                self._state.mark_address_warm(Address(address))
        computation = apply(self._state, message, BaseTransactionContext(gas_price=0, origin=message.sender))
        if computation.is_error and isinstance(computation.error, Revert):
            raise RuntimeError(f"Revert {{ gas_used: 0, output: 0x{computation.output.hex()} }}")
        if computation.is_error:
            raise RuntimeError(f"Halt {{ reason: {type(computation.error).__name__}, gas_used: 0 }}")
        logs = [
            SimpleNamespace(
                address=f"0x{address.hex()}", data=([topic.to_bytes(32, "big") for topic in topics], bytes(data))
            )
            for address, topics, data in computation.get_log_entries()
        ]
        last = computation.code.program_counter - 1
        returned = message.code and last < len(message.code) and message.code[last] == RETURN
        self.result = SimpleNamespace(logs=logs, reason="Return" if returned else "Stop")
        return bytes(computation.output)


def _context(block: BlockEnv) -> ExecutionContext:
    number = BlockNumber(block.number)
    return ExecutionContext(Address(bytes(20)), block.timestamp, number, 0, ZERO_HASH32, block.gas_limit, (), 1, 0)


def _tell(value: int) -> str:
    return f"StorageSlot {{ previous_or_original_value: 0, present_value: {value} }}"


def _raw(address: str) -> Address:
    return Address(bytes.fromhex(address[2:]))
