"""A counterexample as one test for ape: actors and markets by name, units, calls of ape's contracts, one comparison.

It is run once on ape's own chain, beside the reference, to know the calls and the values, which are the same each time
there. The test that is written compares contracts with numbers alone, at the place where they diverge.
"""

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from differential_tests.chains.base import Chain, ChainUnavailableError, Log, Receipt, Transaction
from differential_tests.chains.open_block import EMPTY_REVERT, open_block_chain
from differential_tests.contracts.artefacts import artefact, canonical_type, deployables
from differential_tests.contracts.deployment import PROXY
from differential_tests.fuzzer import stage
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.machine import Machine, describe
from differential_tests.fuzzer.stage import find_abi, name_actors
from differential_tests.fuzzer.views import Difference, find_differences
from differential_tests.fuzzer.wording import Wording
from differential_tests.fuzzer.world import Call, World

UNEXPLAINED = re.compile(r"storage (.+), slot (0x[0-9a-f]+), unexplained")

HEAD = '''"""{what}:
the reference says {expected}, the contract {actual}.

Written by `megatao export` from a counterexample of the machine {machine}, seed {seed}, scenario {scenario}.
"""

{imports}
{markets}
def test_{name}() -> None:
    with open_stage("{machine}") as stage:
'''


class ExportError(Exception):
    """A counterexample can't be a test; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract that was deployed."""

    sender: str
    address: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """Time that has passed."""

    blocks: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a step does, in words."""

    text: str


class Recorder:
    """A chain that remembers what was done with it; calls are noted by who compares them."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.done: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract."""
        address = self._chain.deploy(sender, initcode)
        self.done.append(Deployed(sender, address))
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
    with open_block_chain() as chain:
        recorder = Recorder(chain)
        world = machine.world(recorder)
        recorder.done.clear()
        world.calls_made = recorder.done
        for step in found.steps:
            world.compare_period = int(step is found.steps[-1])  # all storage takes long to read on this chain
            if (what := _run(machine, world, recorder, step)) is not None:
                if not _is_same_place(what, found.what):
                    raise ExportError(f"ape's chain diverges in another place: {what}")
                break
        actors = name_actors(found.machine, chain)
        return _format(_Writer(found, world, recorder.done, Wording(actors, world.addresses)).write())


def _run(machine: Machine, world: World, recorder: Recorder, step: Step) -> str | None:
    """Run a step, and note in words what it does; where it diverges, None if it doesn't."""
    at, place = len(recorder.done), None
    tell = machine.narrator(world, step) if machine.narrator else None
    try:
        machine.table.run(world, step)
    except ChainUnavailableError as error:
        raise ExportError(str(error)) from error
    except Exception as error:  # mostly the divergence
        place, _, _ = describe(error)
    who, what, _ = (
        tell([each for each in recorder.done[at:] if isinstance(each, Call)]) if tell else ("", str(step), "")
    )
    recorder.done.insert(at, Told(f"{who} {what}".strip()))
    return place


def _is_same_place(one: str, other: str) -> bool:
    """Whether two divergences are of one kind: which word or balance is looked at first depends on the chain."""
    return one == other or any(one.startswith(kind) and other.startswith(kind) for kind in ("storage ", "balance "))


def _format(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "120", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own words


class _Writer:
    def __init__(self, found: Counterexample, world: World, done: Sequence[Any], wording: Wording) -> None:
        self._found, self._world, self._done, self._say = found, world, done, wording
        self._names = {address: name for name, address in world.addresses.items()}
        self._lines: list[str] = []

    def write(self) -> str:
        """The whole file."""
        last = next((each for each in reversed(self._done) if isinstance(each, Call)), None)
        for each in self._done:
            if isinstance(each, Told):
                self._add("", *(f"# {line}" for line in textwrap.wrap(each.text, 105)))
            elif isinstance(each, Deployed):
                self._deploy(each)
            elif isinstance(each, Advanced):
                self._advance(each)
            else:
                self._call(each, each is last)
        self._check_place()
        return self._head() + "".join(f"        {line}".rstrip() + "\n" for line in self._lines)

    def _head(self) -> str:
        found, say = self._found, self._say
        opened = [f'{variable} = stage.account("{name}")' for name, variable in sorted(say.used_actors.items())]
        opened += [f'{variable} = stage.contract("{name}")' for name, variable in sorted(say.used_contracts.items())]
        self._lines[:0] = opened
        body = "\n".join([*self._lines, *say.used_markets.values(), "open_stage"])
        words = sorted(name for name in stage.__all__ if re.search(rf"\b{name}\b", body))
        imports = ["import contextlib", ""] if "contextlib." in body else []
        imports += ["import ape", "from ape.exceptions import ContractLogicError", ""] if "contextlib." in body else []
        imports += ["import ape", ""] if "ape." in body and not imports else []
        imports += [f"from differential_tests.fuzzer.stage import {', '.join(words)}"]
        markets = [f"{name} = {key}" for name, key in sorted(say.used_markets.items())]
        return HEAD.format(
            what=found.what,
            expected=found.expected,
            actual=found.actual,
            machine=found.machine,
            seed=found.seed,
            scenario=found.scenario,
            name=re.sub(r"\W", "_", f"counterexample_{found.machine}_{found.seed}_{found.scenario}"),
            imports="\n".join(imports),
            markets="\n".join(["", *markets, "", ""] if markets else ["", ""]),
        )

    def _add(self, *lines: str) -> None:
        self._lines += lines

    def _deploy(self, deployed: Deployed) -> None:
        name = self._names[deployed.address]
        self._say.copies.add(name)
        source, sender = name.partition(" ")[0], self._say.address(deployed.sender)
        self._add(f'{self._say.contract(name)} = stage.deploy_copy("{source}", sender={sender})')

    def _advance(self, advanced: Advanced) -> None:
        minutes, seconds = divmod(advanced.seconds, 60)
        given = {"minutes": minutes, "seconds": seconds, "blocks": advanced.blocks if advanced.blocks > 1 else 0}
        self._add(f"stage.advance({', '.join(f'{name}={each:_}' for name, each in given.items() if each)})")

    def _call(self, call: Call, is_last: bool) -> None:
        sent, say = call.transaction, self._say
        options = [f"value={say.number('value', sent.value)}"] if sent.value else []
        options += [f"gas={sent.gas:_}"] if sent.gas != Transaction("", "", b"").gas else []
        text = say.call(call.contract, sent.data, options, call.timestamp, say.address(sent.sender))
        failure = None if call.failure is None else call.failure or EMPTY_REVERT
        if call.is_open:
            self._add("# whether its gas is enough is not what the reference says")
            self._add("with contextlib.suppress(ContractLogicError):", f"    {text}")
        elif is_last and self._found.what == "outcome":
            self._add(f'with outcome("{failure or "success"}"):', f"    {text}")
        elif failure is not None:
            self._add(f'with ape.reverts("{failure}"):', f"    {text}")
        elif is_last and "event" in self._found.what:
            self._add(f"receipt = {text}")
            self._check_events(call)
        elif is_last and "returned value" in self._found.what:
            self._check_answer(call, text)
        else:
            self._add(text)

    # ------------------------------------------------------------ the comparison

    def _check_events(self, call: Call) -> None:
        self._add("expected = [")
        for event in call.effect.events:
            log = Log(self._world.addresses[event.contract].lower(), event.topics, event.data)
            self._add(f"    {self._show_event(event.contract, log)},")
        self._add("]", "check_events(receipt, expected)")

    def _show_event(self, contract: str, log: Log) -> str:
        from eth_abi.abi import decode

        entry = next(
            each
            for path in deployables()
            for each in artefact(path.stem).abi
            if each["type"] == "event" and artefact(path.stem).events[each["name"]] == log.topics[0]
        )
        inputs, topics = entry["inputs"], iter(log.topics[1:])
        others = iter(decode([canonical_type(each) for each in inputs if not each["indexed"]], log.data))
        values = [decode([each["type"]], next(topics))[0] if each["indexed"] else next(others) for each in inputs]
        given = [f"{each['name']}={self._say.value(each, value)}" for each, value in zip(inputs, values, strict=True)]
        return f"{self._say.contract(contract)}.{entry['name']}({', '.join(given)})"

    def _check_answer(self, call: Call, text: str) -> None:
        """Each leaf of what a view returns, or the word of a transaction."""
        name = text.partition("(")[0].partition(".")[2]
        [entry] = [each for each in find_abi(call.contract) if each.get("name") == name and each["type"] == "function"]
        if entry["stateMutability"] not in ("view", "pure"):
            self._add(f"receipt = {text}")
            self._add(f'check("{name}", returned(receipt), {int.from_bytes(call.effect.output, "big"):_})')
            return
        self._add(f"answer = {text}")
        for path, leaf, value in _leaves(entry["outputs"], call.effect.output):
            self._add(f'check("{name}{path}", answer{path}, {self._say.value(leaf, value)})')

    def _check_place(self) -> None:
        """The field or the slot that differs, or the balances; what a call gave back is compared with the call."""
        what, world = self._found.what, self._world
        unexplained = UNEXPLAINED.fullmatch(what)
        if unexplained:
            contract, slot = unexplained[1], int(unexplained[2], 16)
            self._check_slot(contract, slot, what.removeprefix("storage "), world.storage[contract].get(slot, 0))
        elif what.startswith("storage "):
            self._check_storage(what)
        elif what.startswith("balance "):
            self._add("")
            differing = [each for each, amount in world.balances.items() if world.chain.balance(each) != amount]
            for address in differing or world.balances:
                holder, amount = self._say.address(address), self._say.number("cash", world.balances[address])
                self._add(f'check("balance of {holder}", {holder}.balance, {amount})')

    def _check_storage(self, what: str) -> None:
        """The fields of views that show it, or if none does the word."""
        world = self._world
        differences = list(find_differences(world)) if self._found.machine == "protocol" else []
        if differences:
            self._add("")
            for difference in differences:
                self._check_view(difference)
            return
        places = {f"storage {name}": place for place, name in world.names.items()}
        if what not in places:
            raise ExportError(f"ape's chain has another slot than revm: {what}")
        contract, slot = places[what]
        self._check_slot(contract, slot, what.removeprefix("storage "), world.storage[contract][slot])

    def _check_slot(self, contract: str, slot: int, name: str, value: int) -> None:
        place = f"stage.storage({self._say.contract(contract)}, {slot:#x})"
        self._add("", f'check("{name}", {place}, {value:#x})')

    def _check_view(self, difference: Difference) -> None:
        text = self._say.call(PROXY, difference.data, (), self._world.block.timestamp)
        name = text.partition("(")[0].partition(".")[2]
        [entry] = [each for each in find_abi(PROXY) if each.get("name") == name and each["type"] == "function"]
        actual = {path: value for path, _, value in _leaves(entry["outputs"], difference.actual)}
        for path, leaf, value in _leaves(entry["outputs"], difference.expected):
            if value != actual[path]:
                self._add(f'check("{name}{path}", {text}{path}, {self._say.value(leaf, value)})')


def _leaves(outputs: Sequence[dict[str, Any]], data: bytes) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """The path of each value that a function returns, as ape gives it, its entry in the ABI, and the value."""
    from eth_abi.abi import decode

    values = decode([canonical_type(each) for each in outputs], data)
    if len(outputs) == 1:
        yield from _walk("", outputs[0], values[0])
        return
    for number, (entry, value) in enumerate(zip(outputs, values, strict=True)):
        yield from _walk(f"[{number}]", entry, value)


def _walk(path: str, entry: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
    if entry["type"].endswith("]"):
        inner = {**entry, "type": entry["type"][: entry["type"].rindex("[")]}
        for number, each in enumerate(value):
            yield from _walk(f"{path}[{number}]", inner, each)
    elif entry["type"] == "tuple":
        for component, each in zip(entry["components"], value, strict=True):
            yield from _walk(f"{path}.{component['name']}", component, each)
    else:
        yield path, entry, value
