"""A campaign in parts: each shard is a range of its scenarios, run by whoever has a processor free."""

import hashlib
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import HypothesisDeprecationWarning
from hypothesis.stateful import run_state_machine_as_test

from differential_tests.contracts import artefacts
from differential_tests.contracts.provenance import hash_sources
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.machine import Machine, Start, describe
from differential_tests.fuzzer.profile import sampling
from differential_tests.fuzzer.stateful import Ended, stateful_machine

SCENARIO_STEPS = 200
"""Steps of a scenario of the seeded lane. At its end the storage is swept for slots that nobody explains."""
SHARD_SCENARIOS = 10
"""Scenarios of a shard of the seeded lane."""
BATCH_SCENARIOS = 25
"""Most scenarios of a shard of the stateful lane."""
BATCH_STEPS = 150
"""Steps of a scenario of the stateful lane, its opening counted as one. Hypothesis has room for about 170."""

Result = dict[str, Any]
"""What a shard has done, as JSON: see `run_shard`."""


class SourcesError(Exception):
    """A process has other contracts, or another reference, than the campaign."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Scenarios of a campaign. Nothing else than this is needed to run them, here or on another machine.

    campaign: a name that no other campaign has. number: from 0. steps: of all its scenarios in the seeded lane; the
    stateful one ends with the scenario that reaches them. root: the folder that has the contracts, if it is not this
    project.
    """

    campaign: str
    machine: str
    lane: str
    seed: int
    number: int
    steps: int
    root: Path | None = None
    is_profiled: bool = False


def run_shard(shard: Shard, machine: Machine) -> Result:
    """Run the scenarios of a shard, up to one that diverges, or to an interrupt: then it is not complete.

    What it has done: shard (its number), steps, scenarios, seconds, cpu_seconds (of this process), actions, outcomes,
    states, samples (each a count by name), hashes (one of each scenario's steps), divergences (as counterexamples'
    files have them, not yet short), is_complete.
    """
    done = _Done(machine, shard)
    began, cpu = time.perf_counter(), time.process_time()
    is_complete = True
    with sampling(shard.is_profiled) as samples:
        try:
            if shard.lane == "seeded":
                done.run_seeded()
            else:
                done.run_stateful()
        except KeyboardInterrupt:
            is_complete = False
    return {
        "shard": shard.number,
        "steps": done.steps,
        "scenarios": done.scenarios,
        "seconds": round(time.perf_counter() - began, 4),
        "cpu_seconds": round(time.process_time() - cpu, 4),
        "actions": dict(done.actions),
        "outcomes": dict(done.outcomes),
        "states": dict(done.states),
        "samples": dict(samples),
        "hashes": done.hashes,
        "divergences": [found.to_json() for found in done.divergences],
        "is_complete": is_complete,
    }


def run_shard_elsewhere(shard: Shard, sources: str) -> Result:
    """Run a shard in a process of Dask's. Errors: SourcesError."""
    from differential_tests.machines import MACHINES

    if shard.campaign not in _checked:  # once: files may change later, but not what this process has read of them
        artefacts.take_sources(shard.root)
        if hash_sources() != sources:
            raise SourcesError("a worker has other contracts, or another reference, than the campaign")
        _checked.add(shard.campaign)
    return run_shard(shard, MACHINES[shard.machine])


class _Done:
    """A shard on its way."""

    def __init__(self, machine: Machine, shard: Shard) -> None:
        self._machine, self._shard = machine, shard
        self.steps = self.scenarios = 0
        self.actions: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.hashes: list[str] = []
        self.divergences: list[Counterexample] = []

    def run_seeded(self) -> None:
        start = _start(self._shard, self._machine)
        for number, length in self._scenarios():
            world = start.world()
            choices = SeededChoices(f"{self._shard.seed}/{number}")
            done: list[Step] = []
            try:
                for step in self._machine.scenario(world, choices, length):
                    done.append(step)
                    self._machine.table.run(world, step)
                world.sweep()
            except Exception as error:  # a divergence, or a bug of the reference
                found = Counterexample(self._machine.name, self._shard.seed, number, tuple(done), *describe(error))
                self.divergences.append(found)
            self.add(done, world.outcomes, world.states)
            if self.divergences:
                break

    def _scenarios(self) -> Iterator[tuple[int, int]]:
        """Number and steps of each scenario: full ones, and what is left."""
        first = self._shard.number * SHARD_SCENARIOS
        for index, begin in enumerate(range(0, self._shard.steps, SCENARIO_STEPS)):
            yield first + index, min(SCENARIO_STEPS, self._shard.steps - begin)

    def run_stateful(self) -> None:
        # One scenario a run: of a second one Hypothesis makes variants, which reach less than others that are drawn
        plan = settings(
            max_examples=1,
            stateful_step_count=BATCH_STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            print_blob=False,
            # a step is a call of a chain, and there are many; in bytes, the simplest are as many as any
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
        )
        ended: list[Ended] = []
        start = _start(self._shard, self._machine)
        scenario = stateful_machine(self._machine, start, ended.append, skips_simplest=True)
        number = self._shard.number * BATCH_SCENARIOS
        while self.steps < self._shard.steps and not self.divergences:
            ended.clear()
            try:
                with warnings.catch_warnings():
                    # other threads use `random`, as Dask's do, which Hypothesis takes for a fault of ours
                    warnings.filterwarnings("ignore", "Do not use the `random` module", HypothesisDeprecationWarning)
                    run_state_machine_as_test(seed(f"{self._shard.seed}/{number}")(scenario), settings=plan)
            except Exception:
                if not any(run.error for run in ended):
                    raise
            last = next((run for run in ended if run.error), ended[-1])  # before it was the simplest
            if last.error:
                found = (number, tuple(last.steps), *describe(last.error))
                self.divergences.append(Counterexample(self._machine.name, self._shard.seed, *found))
            self.add(last.steps, last.outcomes, last.states)
            number += 1

    def add(self, steps: list[Step], outcomes: Counter[str], states: Counter[str]) -> None:
        """A scenario has ended."""
        self.scenarios += 1
        self.steps += len(steps)
        self.actions.update(step.action for step in steps)
        self.outcomes.update(outcomes)
        self.states.update(states)
        self.hashes.append(hashlib.blake2b(repr(steps).encode(), digest_size=8).hexdigest())


_checked: set[str] = set()
_kept: dict[str, Start] = {}


def _start(shard: Shard, machine: Machine) -> Start:
    """The fresh worlds of a campaign, made once in each process."""
    if shard.campaign not in _kept:
        _kept.clear()
        _kept[shard.campaign] = Start(machine)
    return _kept[shard.campaign]
