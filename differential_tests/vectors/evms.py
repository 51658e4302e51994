"""Three independent EVMs behind one small interface: one message on a state that is given, and what becomes of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from differential_tests.chains.base import HALT
from differential_tests.chains.engine import ENGINE
from differential_tests.chains.revm import failure_of, slots_of
from differential_tests.symbolic.evm.outcome import decode_revert_name

BLOCK_GAS = 2**62
COINBASE = bytes(20)


@dataclass(slots=True)
class Account:
    """An account. Only words that are not 0 are listed."""

    balance: int = 0
    code: bytes = b""
    storage: dict[int, int] = field(default_factory=dict)


Word = tuple[bytes, int]
"""Address of a contract, and a slot."""

State = dict[bytes, Account]
"""Accounts, by address (20 bytes)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A call, or a creation, whose address is then `to` and whose initcode is `data`. gas: without the intrinsic."""

    number: int
    timestamp: int
    sender: bytes
    to: bytes
    data: bytes
    value: int
    gas: int
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. failure: None, a revert's name ("" for none), or HALT. logs: address, topics, data.

    balances: of the accounts that were given. storage: all words of all accounts; one that is left out is 0.
    touched: words of those accounts that were read or written; not by eels.
    """

    failure: str | None
    output: bytes
    logs: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...]
    balances: dict[bytes, int]
    storage: dict[Word, int]
    touched: frozenset[Word] = frozenset()


OnJump = Callable[[bytes, int, bool], None]
"""Address of the code, place of the instruction, and whether it jumped; a revert is told as a jump not taken."""

Evm = Callable[[Mapping[bytes, Account], Message], Ended]


def run_on_revm(state: Mapping[bytes, Account], message: Message) -> Ended:
    """By revm, in Rust (pyrevm)."""
    import pyrevm

    evm = pyrevm.EVM(spec_id="SHANGHAI")
    _put(evm, pyrevm, state, message)
    return _run(evm, state, message)


def run_on_py_evm(state: Mapping[bytes, Account], message: Message, on_jump: OnJump | None = None) -> Ended:
    """By py-evm, in Python. on_jump: is told of every conditional jump and every revert, wherever it is."""
    from differential_tests.chains import stand_in

    evm = stand_in.EVM()
    _put(evm, stand_in, state, message)
    evm.begin(lambda kind: kind if on_jump is None else _watched(kind, on_jump))
    return _run(evm, state, message)


def _put(evm: Any, engine: Any, state: Mapping[bytes, Account], message: Message) -> None:
    """Block and accounts into an EVM of pyrevm's form. engine: the module that it is of."""
    evm.set_block_env(engine.BlockEnv(number=message.number, timestamp=message.timestamp, gas_limit=BLOCK_GAS))
    for address, account in state.items():
        evm.insert_account_info(_hex(address), engine.AccountInfo(code=account.code))
        evm.set_balance(_hex(address), account.balance)
        for slot, value in account.storage.items():
            evm.insert_account_storage(_hex(address), slot, value)


def _run(evm: Any, state: Mapping[bytes, Account], message: Message) -> Ended:
    """It takes a whole transaction, whose intrinsic gas is added."""
    gas = message.gas + calculate_intrinsic_gas(message.data, message.creates)
    failure, output = None, b""
    try:
        if message.creates:
            evm.deploy(_hex(message.sender), message.data, message.value, gas)
        else:
            output = evm.message_call(_hex(message.sender), _hex(message.to), message.data, message.value, gas)
    except RuntimeError as error:
        failure = failure_of(str(error))
    logs = evm.result.logs if failure is None and evm.result else ()
    journal = evm.journal_str
    touched = {(at, slot) for at in state for slot in slots_of(journal, f"0x{at.hex()}")}
    given = {(at, slot) for at, account in state.items() for slot in account.storage}
    return Ended(
        failure,
        output,
        tuple((_raw(log.address), tuple(log.data[0]), log.data[1]) for log in logs),
        {address: evm.get_balance(_hex(address)) for address in state},
        {(address, slot): evm.storage(_hex(address), slot) for address, slot in touched | given},
        frozenset(touched),
    )


def _watched(kind: Any, on_jump: OnJump) -> Any:
    """A kind of computation of py-evm whose conditional jumps and reverts are told of."""
    jumpi, revert = kind.opcodes[0x57], kind.opcodes[0xFD]

    def watched_jumpi(computation: Any) -> None:
        place = computation.code.program_counter
        jumpi(computation=computation)
        on_jump(computation.msg.code_address, place - 1, computation.code.program_counter != place)

    def watched_revert(computation: Any) -> None:
        on_jump(computation.msg.code_address, computation.code.program_counter - 1, False)
        revert(computation=computation)

    opcodes = {**kind.opcodes, 0x57: watched_jumpi, 0xFD: watched_revert}
    return type("Watched", (kind,), {"opcodes": opcodes})


def run_on_eels(state: Mapping[bytes, Account], message: Message) -> Ended:
    """By the Ethereum execution specification's own machine, in Python."""
    from ethereum.crypto.hash import Hash32
    from ethereum.forks.shanghai import state as eels
    from ethereum.forks.shanghai.fork_types import Account as EelsAccount
    from ethereum.forks.shanghai.fork_types import Address
    from ethereum.forks.shanghai.vm import BlockEnvironment, TransactionEnvironment, interpreter
    from ethereum.forks.shanghai.vm import Message as EelsMessage
    from ethereum.forks.shanghai.vm.exceptions import Revert
    from ethereum_types.bytes import Bytes0, Bytes32
    from ethereum_types.numeric import U64, U256, Uint

    vars(interpreter)["get_valid_jump_destinations"] = _jump_destinations
    evm = eels.State()
    for address, account in state.items():
        eels.set_account(evm, Address(address), EelsAccount(Uint(0), U256(account.balance), account.code))
        for slot, value in account.storage.items():
            eels.set_storage(evm, Address(address), Bytes32(slot.to_bytes(32, "big")), U256(value))
    sender, to, gas = Address(message.sender), Address(message.to), Uint(message.gas)
    block = BlockEnvironment(
        chain_id=U64(1),
        state=evm,
        block_gas_limit=Uint(BLOCK_GAS),
        block_hashes=[],
        coinbase=Address(COINBASE),
        number=Uint(message.number),
        base_fee_per_gas=Uint(0),
        time=U256(message.timestamp),
        prev_randao=Bytes32(bytes(32)),
    )
    call = EelsMessage(
        block_env=block,
        tx_env=TransactionEnvironment(sender, Uint(0), gas, set(), set(), Uint(0), Hash32(bytes(32))),
        caller=sender,
        target=Bytes0(b"") if message.creates else to,
        current_target=to,
        gas=gas,
        value=U256(message.value),
        data=b"" if message.creates else message.data,
        code_address=None if message.creates else to,
        code=message.data if message.creates else eels.get_account(evm, to).code,
        depth=Uint(0),
        should_transfer_value=True,
        is_static=False,
        accessed_addresses={Address(address) for address in _warm(message)},
        accessed_storage_keys=set(),
        parent_evm=None,
    )
    ended = interpreter.process_create_message(call) if message.creates else interpreter.process_message(call)
    failure = None
    if ended.error:
        failure = decode_revert_name(ended.output) if isinstance(ended.error, Revert) else HALT
    return Ended(
        failure,
        b"" if ended.error else ended.output,
        tuple((log.address, log.topics, log.data) for log in (() if ended.error else ended.logs)),
        {address: int(eels.get_account(evm, Address(address)).balance) for address in state},
        {
            (bytes(address), int.from_bytes(slot, "big")): int(value)
            for address, words in evm._storage_tries.items()
            for slot, value in words._data.items()
        },
    )


@lru_cache
def _jump_destinations(code: bytes) -> set[Any]:
    """What the specification's machine asks of a code at every call, kept: else that is nearly all of its time."""
    from ethereum.forks.shanghai.vm.runtime import get_valid_jump_destinations

    return get_valid_jump_destinations(code)


EVMS: dict[str, Evm] = {"revm": run_on_revm, "py-evm": run_on_py_evm, "eels": run_on_eels}
if ENGINE != "revm":  # its stand-in is py-evm: no EVM is counted twice
    del EVMS["revm"]


def calculate_intrinsic_gas(data: bytes, creates: bool) -> int:
    """What a transaction costs before its message runs, on shanghai (gas)."""
    zeros = data.count(0)
    gas = 21_000 + 4 * zeros + 16 * (len(data) - zeros)
    return gas + 32_000 + 2 * (-(-len(data) // 32)) if creates else gas


def _warm(message: Message) -> Iterator[bytes]:
    """The addresses that a transaction has touched before its message runs."""
    yield from (message.sender, message.to, COINBASE)
    yield from (number.to_bytes(20, "big") for number in range(1, 10))


def _hex(address: Iterable[int]) -> str:
    from eth_utils.address import to_checksum_address

    return to_checksum_address(bytes(address))


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
