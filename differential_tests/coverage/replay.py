"""Runs a corpus of calls on py-evm and notes what every conditional jump and every revert of the contracts did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from differential_tests.chains.base import DEFAULT_GAS
from differential_tests.chains.revm import RevmChain
from differential_tests.coverage.points import contracts, revert_lines
from differential_tests.engine.actions import SeededChoices
from differential_tests.engine.shards import SCENARIO_STEPS
from differential_tests.vectors.calls import FORMAT, KINDS, WORLD_FORMAT, Kind
from differential_tests.vectors.check import addresses_of, find_problem, run_vector
from differential_tests.vectors.evms import Account, Ended, Message, calculate_intrinsic_gas, run_on_py_evm
from differential_tests.vectors.files import read_files
from differential_tests.vectors.recorder import Call, Recording

Names = Mapping[bytes, str]
"""Name of each account, by its address."""

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass
class Reached:
    """What was seen. jumps: contract, place, and whether it jumped. failures: source and line of each revert.

    constructor_failures: the names under which a constructor has reverted.
    """

    calls: int = 0
    jumps: set[tuple[str, int, bool]] = field(default_factory=set)
    failures: set[tuple[str, int]] = field(default_factory=set)
    constructor_failures: set[str] = field(default_factory=set)


class Replay:
    """Runs calls and collects what they reach."""

    def __init__(self) -> None:
        self.reached = Reached()
        self._names: Names = {}
        self._deployed = set(contracts())

    def run_vectors(self, folder: Path, progress: Progress) -> None:
        """Run the call vectors of a folder. ValueError if one does not agree: then its coverage means nothing."""
        worlds = read_files(folder, "worlds", WORLD_FORMAT)
        for file in progress(read_files(folder, "calls", FORMAT).values(), "vectors"):
            world = worlds[file["world"]]
            for vector in file["vectors"]:
                names = {place: name for name, place in addresses_of(world, vector).items()}
                ended = run_vector(world, vector, partial(self._run_vector, names))
                if vector["call"]["to"] is None and ended.failure is not None:
                    self.reached.constructor_failures.add(ended.failure)
                if problem := find_problem(world, vector, ended):
                    raise ValueError(f"{vector['id']}: {problem}")

    def run_scenarios(self, seed: int, count: int, progress: Progress) -> None:
        """Run every call of drawn scenarios of the machines."""
        for kind in KINDS:
            for number in progress(range(count), f"scenarios of {kind.name}"):
                world = kind.world(RevmChain())
                world.on_call = partial(self._run_call, kind, world)
                for step in kind.machine.scenario(world, SeededChoices(f"{seed}/{number}"), SCENARIO_STEPS):
                    kind.machine.table.run(world, step)
                    world.flush()

    def _run_vector(self, names: Names, state: Mapping[bytes, Account], message: Message) -> Ended:
        return self._run({} if message.creates else names, state, message)

    def _run_call(self, kind: Kind, world: Recording, call: Call) -> None:
        if call.contract not in kind.contracts or call.gas != DEFAULT_GAS:
            return
        places = {name: _raw(address) for name, address in {**world.people(), **world.addresses}.items()}
        state = {
            place: Account(
                call.balances_before[to_checksum_address(place)],
                world.chain.code(to_checksum_address(place)) if name in world.addresses else b"",  # type: ignore[attr-defined]
                {slot: int(value) for slot, value in call.before.get(name, {}).items() if value},
            )
            for name, place in places.items()
        }
        gas = call.gas - calculate_intrinsic_gas(call.data, creates=False)
        to = places[call.contract]
        message = Message(call.number, call.timestamp, _raw(call.sender), to, call.data, call.value, gas)
        ended = self._run({place: name for name, place in places.items()}, state, message)
        if ended.failure != call.failure:
            raise ValueError(f"a drawn call ends with {ended.failure!r}, the reference with {call.failure!r}")

    def _run(self, names: Names, state: Mapping[bytes, Account], message: Message) -> Ended:
        self._names = names
        self.reached.calls += 1
        return run_on_py_evm(state, message, self._on_jump)

    def _on_jump(self, address: bytes, pc: int, is_taken: bool) -> None:
        contract = self._names.get(address, "").partition(" ")[0]  # a module's copy has a number
        if contract in self._deployed:
            self.reached.jumps.add((contract, pc, is_taken))
            place = revert_lines(contract).get(pc)
            if place is not None:
                self.reached.failures.add(place)


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
