"""A counterexample as one test for ape: contracts are deployed, calls sent, and what the reference says is asserted.

It is run once on ape's own chain, beside the reference, to know addresses and values, which are the same each time
there. The test that is written needs the repository's contracts and chains, and neither the reference nor the machines.
"""

import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

from differential_tests.chains import open_chain
from differential_tests.chains.base import Chain, Log, Receipt, Transaction
from differential_tests.contracts.artefacts import artefact, deployables
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.naming import read_logs
from differential_tests.fuzzer.world import Call, World

UNEXPLAINED = re.compile(r"storage (.+), slot (0x[0-9a-f]+), unexplained")

HEAD = '''"""{what}:
the reference says {expected}, the contract {actual}.

Written by `megatao export` from a counterexample of the machine {machine}, seed {seed}, scenario {scenario}.
"""

from differential_tests.contracts.artefacts import artefact
from differential_tests.chains.ape import open_ape_chain
from differential_tests.chains.base import Chain, Log, Receipt, Transaction

ACCOUNTS = {accounts}
ADDRESSES = {addresses}


def words(*values: int) -> bytes:
    """Values as ABI words."""
    return b"".join((value % 2**256).to_bytes(32, "big") for value in values)


def deploy(chain: Chain, account: int, name: str, address: str, initcode: bytes) -> None:
    """Deploy a contract, which must get its address."""
    assert chain.deploy(ACCOUNTS[account], initcode) == address, name


def send(chain: Chain, account: int, to: str, data: bytes, value: int = 0, gas: int = 8_000_000) -> Receipt:
    """Call a contract, in the open block."""
    receipt = chain.send(Transaction(ACCOUNTS[account], ADDRESSES[to], data, value, gas))
    assert receipt is not None
    return receipt


def assert_storage(chain: Chain, contract: str, slot: int, value: int, name: str) -> None:
    """A word of storage is what the reference says."""
    assert chain.storage(ADDRESSES[contract], slot) == value, name


def test_{name}() -> None:
    with open_ape_chain() as chain:
        for number, account in ACCOUNTS.items():
            assert chain.account(number) == account
'''


class ExportError(Exception):
    """A counterexample can't be a test; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract that was deployed. sender: None for the precompile's double."""

    sender: str | None
    address: str
    initcode: bytes


@dataclass(frozen=True, slots=True)
class Advanced:
    """Time that has passed."""

    blocks: int
    seconds: int


class Recorder:
    """A chain that remembers what was done with it; calls are noted by who compares them."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.done: list[Any] = []
        self.accounts: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def account(self, index: int) -> str:
        """An account."""
        self.accounts[index] = self._chain.account(index)
        return self.accounts[index]

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract."""
        address = self._chain.deploy(sender, initcode)
        self.done.append(Deployed(sender, address, initcode))
        return address

    def install_precompile(self, runtime: bytes) -> str:
        """Put the precompile's double on the chain."""
        address = self._chain.install_precompile(runtime)
        self.done.append(Deployed(None, address, runtime))
        return address

    def send(self, transaction: Transaction) -> Receipt | None:
        """Execute a call."""
        return self._chain.send(transaction)

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Let time pass."""
        self.done.append(Advanced(blocks, seconds))
        return self._chain.advance(blocks, seconds)


def write_test(found: Counterexample) -> str:
    """The text of a test that fails where the counterexample diverges.

    Errors: ExportError, if it shows a fault of the reference alone, which no chain can show.
    """
    from differential_tests.machines import MACHINES

    if found.what.startswith(("invariant:", "bug of the specification", "balance and ledger")):
        raise ExportError(f"no chain can show it: {found.what}")
    machine = MACHINES[found.machine]
    with open_chain("ape") as chain:
        recorder = Recorder(chain)
        world = machine.world(recorder)
        world.compare_period = 1
        world.calls_made = recorder.done
        for step in found.steps:
            recorder.done.append(step)
            try:
                machine.table.run(world, step)
            except Exception:  # the divergence, or what came before it on this chain
                break
    return _format(_Writer(found, world, recorder).write())


def _format(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "120", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own words


class _Writer:
    def __init__(self, found: Counterexample, world: World, recorder: Recorder) -> None:
        self._found, self._world, self._recorder = found, world, recorder
        self._numbers = {address: number for number, address in recorder.accounts.items()}
        self._names = {address: name for name, address in world.addresses.items()}
        self._lines: list[str] = []

    def write(self) -> str:
        found, accounts = self._found, sorted(self._recorder.accounts.items())
        last = next((each for each in reversed(self._recorder.done) if isinstance(each, Call)), None)
        for each in self._recorder.done:
            if isinstance(each, Step):
                self._add("", *(f"# {line}" for line in textwrap.wrap(str(each), 105)))
            elif isinstance(each, Deployed):
                self._deploy(each)
            elif isinstance(each, Advanced):
                self._add(f"chain.advance({each.blocks}, {each.seconds})")
            else:
                self._call(each, each is last)
        self._assert_place()
        name = f"counterexample_{found.machine}_{found.seed}_{found.scenario}"
        head = HEAD.format(
            what=found.what,
            expected=found.expected,
            actual=found.actual,
            machine=found.machine,
            seed=found.seed,
            scenario=found.scenario,
            name=re.sub(r"\W", "_", name),
            accounts=_show_table(accounts),
            addresses=_show_table(list(self._world.addresses.items())),
        )
        return head + "".join(f"        {line}".rstrip() + "\n" for line in self._lines)

    def _add(self, *lines: str) -> None:
        self._lines += lines

    def _deploy(self, deployed: Deployed) -> None:
        name = self._names[deployed.address]
        source = name.partition(" ")[0]
        if deployed.sender is None:
            self._add(f'assert chain.install_precompile(artefact("{source}").runtime) == "{deployed.address}"')
            return
        code = f'bytes.fromhex("{deployed.initcode.hex()}")'
        if source in {path.stem for path in deployables()}:
            arguments = _show_words(deployed.initcode[len(artefact(source).initcode) :])
            code = f'artefact("{source}").initcode' + (f" + {arguments}" if arguments else "")
        self._add(f'deploy(chain, {self._numbers[deployed.sender]}, "{name}", "{deployed.address}", {code})')

    def _call(self, call: Call, is_last: bool) -> None:
        sent = call.transaction
        options = f", value={sent.value}" if sent.value else ""
        options += f", gas={sent.gas}" if sent.gas != Transaction("", "", b"").gas else ""
        data = self._show_data(call.contract, sent.data)
        self._add(f'receipt = send(chain, {self._numbers[sent.sender]}, "{call.contract}", {data}{options})')
        if not call.is_open:
            self._add(f"assert receipt.failure == {call.failure!r}" if call.failure is not None else _SUCCESS)
        if is_last and call.failure is None:
            self._add(f"assert receipt.output == {_show_words(call.effect.output) or 'b' + repr('')}")
            self._assert_logs(call)
            for (contract, slot), value in call.writes.items():
                self._assert_slot(contract, slot, value)

    def _assert_logs(self, call: Call) -> None:
        logs = [
            Log(self._world.addresses[event.contract].lower(), event.topics, event.data) for event in call.effect.events
        ]
        for name, fields in read_logs(logs, self._world.addresses):
            told = f"{name}: {', '.join(f'{field} {value}' for field, value in fields.items())}"
            self._add(*(f"# {line}" for line in textwrap.wrap(told, 105)))
        self._add("assert receipt.logs == (")
        for log in logs:
            topics = "".join(f'bytes.fromhex("{topic.hex()}"), ' for topic in log.topics)
            self._add(f'    Log("{log.address}", ({topics}), {_show_words(log.data) or "b" + repr("")}),')
        self._add(")")

    def _assert_slot(self, contract: str, slot: int, value: int) -> None:
        name = self._world.names.get((contract, slot), "unexplained")
        self._add(f'assert_storage(chain, "{contract}", {slot:#x}, {value:#x}, "{name}")')

    def _assert_place(self) -> None:
        """The slot that differs, or the balances; what a call gave back is asserted with the call."""
        what, world = self._found.what, self._world
        unexplained = UNEXPLAINED.fullmatch(what)
        if unexplained:
            contract, slot = unexplained[1], int(unexplained[2], 16)
            self._assert_slot(contract, slot, world.storage[contract].get(slot, 0))
        elif what.startswith("storage "):
            places = {f"storage {name}": place for place, name in world.names.items()}
            if what not in places:
                raise ExportError(f"ape's chain has another slot than revm: {what}")
            contract, slot = places[what]
            self._assert_slot(contract, slot, world.storage[contract][slot])
        elif what.startswith("balance "):
            for address, amount in world.balances.items():
                self._add(f'assert chain.balance("{address}") == {amount}')

    def _show_data(self, contract: str, data: bytes) -> str:
        """Calldata: the function by its signature and the arguments as words, where they are."""
        source = contract.partition(" ")[0]
        known = {path.stem for path in deployables()} & {name.partition(" ")[0] for name in self._world.addresses}
        for name in (source, *sorted(known)):
            for signature, selector in artefact(name).selectors.items() if name in known else ():
                if data[:4] == selector:
                    arguments = _show_words(data[4:])
                    found = f'artefact("{name}").selectors["{signature}"]'
                    return found + (f" + {arguments}" if arguments else "")
        return _show_words(data) or "b" + repr("")


_SUCCESS = "assert receipt.failure is None, receipt.failure"


def _show_words(data: bytes) -> str:
    """Bytes as an expression: words where they are whole ones."""
    if not data:
        return ""
    if len(data) % 32:
        return f'bytes.fromhex("{data.hex()}")'
    values = [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]
    return f"words({', '.join(str(value) if value < 2**120 else hex(value) for value in values)})"


def _show_table(items: list[tuple[Any, str]]) -> str:
    return "{\n" + "".join(f'    {key!r}: "{value}",\n'.replace("'", '"') for key, value in items) + "}"
