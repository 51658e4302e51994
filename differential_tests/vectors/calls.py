"""Vectors of the protocol: scenarios of the machines are recorded, and calls that show something new are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import MODULES, PROXY, SHARE, list_routes
from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.fuzzer.machine import Machine
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.machines import MACHINES
from differential_tests.vectors.abi import describe_call, describe_event, describe_result, functions_of
from differential_tests.vectors.check import find_problem, run_vector
from differential_tests.vectors.deployments import build_deployments
from differential_tests.vectors.evms import EVMS, Evm, calculate_intrinsic_gas, run_on_py_evm
from differential_tests.vectors.recorder import Call, Recording, RecordingOracles, RecordingProtocol, RecordingShare
from reference.errors import GasLow

FORMAT = "megatao-call-vectors-1"
WORLD_FORMAT = "megatao-world-1"

ORACLES = ("PriceOracle", "IndexPriceOracle")
RECEIVER = "Receiver"
FORCER = "Forcer"
"""What makes TAO come without a call: no artefact, and no part of a vector."""

Fields = dict[str, Any]
"""An object of JSON."""

ALIKE = {"success": 3}
"""Vectors of one function with the same outcome; else 1, and 1 of each state of interest."""


@dataclass
class Kind:
    """Scenarios of one machine. contracts: calls of these are kept. most: scenarios at most."""

    name: str
    machine: Machine
    world: type[Recording]
    contracts: tuple[str, ...]
    most: int


KINDS = (
    Kind("protocol", MACHINES["protocol"], RecordingProtocol, (PROXY, *MODULES, RECEIVER), 480),
    Kind("oracles", MACHINES["oracle"], RecordingOracles, ORACLES, 20),
    Kind("share", MACHINES["share"], RecordingShare, (SHARE,), 20),
)


@dataclass
class _Builder:
    kind: Kind
    base: Fields = field(default_factory=dict)
    slots: dict[str, dict[str, str]] = field(default_factory=dict)
    vectors: dict[str, list[Fields]] = field(default_factory=dict)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)

    def run(self, scenario: int, seed: int) -> bool:
        """Record one scenario; whether anything of it was kept."""
        chain = RevmChain()
        world = self.kind.world(chain)
        if not self.base:
            self._start(world)
            if self.kind.name == "protocol":
                for vector in build_deployments(self.base["accounts"]):
                    self._keep(PROXY, vector)
        before = self.kept.total()
        world.on_call = lambda call: self._consider(world, call)
        world.read_all()
        for step in self.kind.machine.scenario(world, SeededChoices(f"{seed}/{scenario}"), SCENARIO_STEPS):
            self.kind.machine.table.run(world, step)
            world.flush()
        return self.kept.total() > before

    def finish(self) -> Fields:
        """The world's file: of all slots those whose words are in a vector."""
        accounts = [self.base["accounts"]]
        for vectors in self.vectors.values():
            accounts += [vector[part] for vector in vectors for part in ("pre", "post") if part in vector]
        used = {(name, word) for each in accounts for name in each for word in each[name].get("storage", {})}
        for contract, slots in self.slots.items():
            self.base["slots"][contract] = {word: slots[word] for word in sorted(slots) if (contract, word) in used}
        return self.base

    def _start(self, world: Recording) -> None:
        """The accounts that all vectors share: actors, contracts, and the proxy's routes."""
        accounts: Fields = {}
        for role, address in world.people().items():
            accounts[role] = {"address": address.lower(), "balance": str(world.chain.balance(address))}
        for contract, address in world.addresses.items():
            if contract == FORCER:
                continue
            accounts[contract] = {"address": address.lower(), "code": code_of(contract, address, world)}
            storage = self._name_words(world, contract, world.storage[contract])
            if storage:
                accounts[contract]["storage"] = storage
        self.base = {"format": WORLD_FORMAT, "fork": "shanghai", "accounts": accounts, "slots": self.slots}

    def _consider(self, world: Recording, call: Call) -> None:
        """Keep a call if it shows something new."""
        if call.contract not in self.kind.contracts:
            return
        entry = functions_of(call.contract).get(call.data[:4])
        function = entry["name"] if entry else "no function"
        if call.contract in MODULES:
            function = f"{function} without the proxy"
        if call.contract == SHARE:
            function = f"{function} of the share"
        outcome = "success" if call.failure is None else call.failure or "empty revert"
        keys = [(function, outcome), *(("state", state) for state in sorted(call.shows))]
        fresh = [key for key in keys if self.kept[key] < ALIKE.get(key[1], 1)]
        if not fresh:
            return
        vector = {"id": f"{function}/{outcome}/{self.numbers[f'{function}/{outcome}'] + 1}"}
        if call.shows:
            vector["shows"] = "; ".join(sorted(call.shows))
        vector |= self._describe(world, call)
        if outcome == GasLow.revert_name() and self._problem(vector, run_on_py_evm):
            return  # revm takes given words for warm: there is less gas elsewhere
        self.kept.update(keys)
        self.numbers[f"{function}/{outcome}"] += 1
        self._keep(list_routes().get(call.data[:4], PROXY) if call.contract == PROXY else call.contract, vector)

    def _keep(self, file: str, vector: Fields) -> None:
        self.vectors.setdefault(file, []).append(vector)
        problem = self._problem(vector, next(iter(EVMS.values())))
        if problem:
            raise RuntimeError(f"{vector['id']}, which was just made: {problem}")

    def _problem(self, vector: Fields, evm: Evm) -> str:
        return find_problem(self.base, vector, run_vector(self.base, vector, evm))

    def _describe(self, world: Recording, call: Call) -> Fields:
        """The vector of a call."""
        role = {address.lower(): name for name, address in {**world.people(), **world.addresses}.items()}
        gas = call.gas - calculate_intrinsic_gas(call.data, creates=False)
        vector: Fields = {
            "block": {"number": call.number, "timestamp": call.timestamp},
            "pre": {},
            "call": {
                "from": role[call.sender.lower()],
                "to": call.contract,
                "value": str(call.value),
                "gas": gas,
                "data": f"0x{call.data.hex()}",
                **describe_call(call.contract, call.data),
            },
        }
        vector["pre"] = self._choose_words(world, call, vector)
        if call.failure is not None:
            return {**vector, "revert": call.failure}
        events = [
            {
                "address": event.contract,
                "topics": [f"0x{topic.hex()}" for topic in event.topics],
                "data": f"0x{event.data.hex()}",
                **describe_event(event.contract, event.topics, event.data),
            }
            for event in call.events
        ]
        returned: Fields = {"returned": f"0x{call.output.hex()}"}
        if call.output:
            returned["result"] = describe_result(call.contract, call.data, call.output)
        return {**vector, "post": self._changes(world, call), **returned, "events": events}

    def _choose_words(self, world: Recording, call: Call, vector: Fields) -> Fields:
        """The state before: each record of which the call touches a word, whole, and each single word, if not as in
        the base; the balances of who takes part; contracts that the base has not.
        """
        everything = {contract: self._name_words(world, contract, words) for contract, words in call.before.items()}
        balances = self._name_balances(world, call.balances_before)
        new = {name: at for name, at in world.addresses.items() if name not in {FORCER, *self.base["accounts"]}}
        pre: Fields = {
            name: {"address": address.lower(), "code": code_of(name, address, world)}
            for name, address in new.items()
            if hex(int(address, 16))[2:] in f"{call.data.hex()} {everything.get(PROXY)}"  # words have no leading zeros
        }
        taking_part = {vector["call"]["from"], call.contract, PROXY} & set(balances)
        after = self._name_balances(world, call.balances_after)
        taking_part |= {name for name, wei in after.items() if wei != balances[name]}
        for name in sorted(taking_part):
            if balances[name] != self.base["accounts"].get(name, {}).get("balance", "0"):
                pre.setdefault(name, {})["balance"] = balances[name]
        touched = self._touched_records(world, everything, balances, pre, vector)
        for contract, words in everything.items():
            base = self.base["accounts"].get(contract, {}).get("storage", {})
            chosen = {
                name: value
                for name, value in words.items()
                if (_record(name) in touched.get(contract, ()) or "[" not in name) and value != base.get(name, "0x0")
            }
            if chosen and (contract == PROXY or touched.get(contract)):
                pre.setdefault(contract, {})["storage"] = chosen
        return pre

    def _touched_records(
        self, world: Recording, words: Fields, balances: dict[str, str], pre: Fields, vector: Fields
    ) -> dict[str, set[str]]:
        """The records of each contract that the call touches, found by running it on the whole state."""
        whole = {
            name: {"address": address.lower(), "storage": words.get(name, {}), "balance": balances[name]}
            for name, address in {**world.people(), **world.addresses}.items()
        }
        for name, account in pre.items():
            whole[name] = {**whole[name], **account}
        names = {
            (bytes.fromhex(whole[contract]["address"][2:]), int(slot, 16)): (contract, name)
            for contract, slots in self.slots.items()
            for name, slot in slots.items()
            if contract in whole
        }
        touched: dict[str, set[str]] = {}
        for word in run_vector(self.base, {**vector, "pre": whole}, run_on_py_evm).touched & names.keys():
            contract, name = names[word]
            touched.setdefault(contract, set()).add(_record(name))
        return touched

    def _changes(self, world: Recording, call: Call) -> Fields:
        """What is another value than before: words and balances."""
        post: Fields = {}
        before = self._name_balances(world, call.balances_before)
        for name, wei in self._name_balances(world, call.balances_after).items():
            if wei != before[name]:
                post.setdefault(name, {})["balance"] = wei
        for contract, words in call.after.items():
            was = call.before[contract]
            changed = {slot: value for slot, value in words.items() if value != was.get(slot, 0)}
            if changed:
                post.setdefault(contract, {})["storage"] = self._name_words(world, contract, changed)
        return post

    def _name_words(self, world: Recording, contract: str, words: dict[int, int]) -> dict[str, str]:
        """Words by their names, whose slots are noted."""
        slots = self.slots.setdefault(contract, {}) if words else {}
        named: dict[str, str] = {}
        for slot, value in words.items():
            name = world.names.get((contract, slot), f"slot {slot:#x}").removeprefix(f"{contract}.")
            if slots.setdefault(name, hex(slot)) != hex(slot):
                raise RuntimeError(f"{contract} has two words of the name {name}")
            named[name] = hex(value)
        return named

    def _name_balances(self, world: Recording, balances: dict[str, int]) -> dict[str, str]:
        names = {address: name for name, address in {**world.people(), **world.addresses}.items()}
        return {names[address]: str(wei) for address, wei in balances.items()}


def code_of(contract: str, address: str, world: Recording) -> dict[str, str]:
    """The code of a contract: its artefact, and the immutables behind it."""
    built = artefact(contract.split()[0])  # a module's copy has a number
    code = world.chain.code(address)  # type: ignore[attr-defined]  # revm's own
    if not code.startswith(built.runtime):
        raise RuntimeError(f"{contract} has another code")
    size = _size_of(built.layout.get("code_layout", {}))
    return {"artefact": built.name, "immutables": f"0x{code[len(built.runtime) :][:size].hex()}"}


def _size_of(layout: Fields) -> int:
    """Bytes of the immutables: of the contract, and module by module."""
    return sum(each["length"] if "length" in each else _size_of(each) for each in layout.values())


def _record(name: str) -> str:
    """The record to which a word belongs, by its name."""
    return name.partition("]")[0]


def build_calls(
    seed: int, scenarios: Mapping[str, Iterable[int]] | None, progress: Callable[[Iterable[int], str], Iterable[int]]
) -> tuple[Fields, dict[str, list[int]]]:
    """The content of each file, by its path, and the scenarios of each kind that gave a vector.

    scenarios: to look at no others; those that gave a vector give the same ones again.
    """
    files: Fields = {}
    used: dict[str, list[int]] = {}
    for kind in KINDS:
        builder = _Builder(kind)
        wanted = scenarios[kind.name] if scenarios else range(kind.most)
        used[kind.name] = [number for number in progress(wanted, kind.name) if builder.run(number, seed)]
        files[f"worlds/{kind.name}.json"] = builder.finish()
        for file, vectors in builder.vectors.items():
            ordered = sorted(vectors, key=lambda vector: str(vector["id"]))
            files[f"calls/{file}.json"] = {"format": FORMAT, "world": kind.name, "vectors": ordered}
    return files, used
