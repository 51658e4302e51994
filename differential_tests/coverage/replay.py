"""Runs a corpus of calls on py-evm and notes what every conditional jump and every revert of the contracts did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from differential_tests.chains.base import DEFAULT_GAS
from differential_tests.chains.revm import RevmChain
from differential_tests.coverage.points import contracts, revert_lines
from differential_tests.fuzzer.actions import Step
from differential_tests.scenarios.corners import SCRIPTS
from differential_tests.scenarios.share_corners import SCRIPT
from differential_tests.vectors.calls import FORMAT, KINDS, RECEIVER, WORLD_FORMAT
from differential_tests.vectors.check import addresses_of, find_problem, run_vector
from differential_tests.vectors.evms import Account, Ended, Message, calculate_intrinsic_gas, run_on_py_evm
from differential_tests.vectors.files import read_files
from differential_tests.vectors.recorder import Call, Recording

Names = Mapping[bytes, str]
"""Name of each account, by its address."""

Progress = Callable[[Iterable[Any], str], Iterable[Any]]

ALIKE = 20
"""Calls of one script that are replayed, of those of one function with one outcome."""


def list_scripts() -> list[tuple[str, Sequence[Step]]]:
    """Machine and steps of what is written out: the protocol's story and corners, and the share's script."""
    return [*(("protocol", steps) for steps in SCRIPTS), ("share", SCRIPT)]


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
    """Runs calls and collects what they reach. only_failures: leaves out calls that succeed."""

    def __init__(self, only_failures: bool = False) -> None:
        self.reached = Reached()
        self._only_failures = only_failures
        self._names: Names = {}
        self._deployed = set(contracts())

    def run_vectors(self, folder: Path, progress: Progress) -> None:
        """Run the call vectors of a folder. ValueError if one does not agree: then its coverage means nothing."""
        worlds = read_files(folder, "worlds", WORLD_FORMAT)
        for file in progress(read_files(folder, "calls", FORMAT).values(), "vectors"):
            world = worlds[file["world"]]
            for vector in file["vectors"]:
                if self._only_failures and "revert" not in vector:
                    continue
                names = {place: name for name, place in addresses_of(world, vector).items()}
                ended = run_vector(world, vector, partial(self._run_vector, names))
                if vector["call"]["to"] is None and ended.failure is not None:
                    self.reached.constructor_failures.add(ended.failure)
                if problem := find_problem(world, vector, ended):
                    raise ValueError(f"{vector['id']}: {problem}")

    def run_scripts(self, progress: Progress) -> None:
        """Run the calls of the scripts. ValueError if one does not end as the reference says."""
        kinds = {kind.machine.name: kind for kind in KINDS}
        for machine, steps in progress(list_scripts(), "scripts"):
            kind = kinds[machine]
            world = kind.world(RevmChain())
            world.on_call = partial(self._consider, world, Counter())
            for step in steps:
                kind.machine.table.run(world, step)
                world.flush()

    def _run_vector(self, names: Names, state: Mapping[bytes, Account], message: Message) -> Ended:
        return self._run({} if message.creates else names, state, message)

    def _consider(self, world: Recording, made: Counter[tuple[Any, ...]], call: Call) -> None:
        """Run a call, unless there were many like it. made: those of the script so far."""
        contract = call.contract.partition(" ")[0]
        if contract not in {*self._deployed, RECEIVER} or call.gas != DEFAULT_GAS:
            return
        key = (contract, call.data[:4], call.failure)
        made[key] += 1
        if made[key] <= ALIKE and not (self._only_failures and call.failure is None):
            self._run_call(world, call)

    def _run_call(self, world: Recording, call: Call) -> None:
        places = {name: _raw(address) for name, address in {**world.people(), **world.addresses}.items()}
        state = {
            place: Account(
                call.balances_before[to_checksum_address(place)],
                world.chain.code(to_checksum_address(place)) if name in world.addresses else b"",  # type: ignore[attr-defined]  # revm's own
                {slot: int(value) for slot, value in call.before.get(name, {}).items() if value},
            )
            for name, place in places.items()
        }
        gas = call.gas - calculate_intrinsic_gas(call.data, creates=False)
        to = places[call.contract]
        message = Message(call.number, call.timestamp, _raw(call.sender), to, call.data, call.value, gas)
        ended = self._run({place: name for name, place in places.items()}, state, message)
        if ended.failure != call.failure:
            raise ValueError(f"a call of a script ends with {ended.failure!r}, the reference with {call.failure!r}")

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
