"""A campaign: scenario after scenario from seeds, until the steps or the time are used up or something differs."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from differential_tests.contracts.artefacts import changed_root
from differential_tests.contracts.provenance import Provenance, take
from differential_tests.fuzzer.counterexample import Counterexample, from_json, shrink
from differential_tests.fuzzer.machine import Machine, Start
from differential_tests.fuzzer.shards import (
    BATCH_SCENARIOS,
    BATCH_STEPS,
    SCENARIO_STEPS,
    SHARD_SCENARIOS,
    Result,
    Shard,
    run_shard,
)

SHARD_STEPS = SCENARIO_STEPS * SHARD_SCENARIOS


class CampaignError(Exception):
    """A campaign can't begin, or go on; the text says why in one line."""


Run = Callable[[Iterable[Shard]], Iterator[Result]]
"""Runs shards, somewhere, and gives what each has done, in any order. It asks for shards as it has room for them."""


@dataclass
class Campaign:
    """What a campaign has done so far. lane: seeded, stateful, or prices, whose steps are those of a price history.

    seconds: since it began, those of before it was resumed included. busy_seconds, cpu_seconds: of all workers, waiting
    for a processor included, or not. samples: by part of a step, if it was profiled. known_states: that should be met.
    compare_period: calls after which every known slot is compared. hashes: of its scenarios, each different one once.
    is_stopped: by an interrupt. failure: why it could not go on, "" if it could. made: of what, when it began.
    """

    machine: str
    seed: int
    lane: str = "seeded"
    workers: int = 1
    compare_period: int = 1
    steps: int = 0
    scenarios: int = 0
    shards: int = 0
    seconds: float = 0.0
    busy_seconds: float = 0.0
    cpu_seconds: float = 0.0
    actions: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    known_states: frozenset[str] = frozenset()
    samples: Counter[str] = field(default_factory=Counter)
    hashes: set[str] = field(default_factory=set)
    divergences: list[Counterexample] = field(default_factory=list)
    is_stopped: bool = False
    failure: str = ""
    made: Provenance = field(default_factory=take)

    @property
    def steps_per_second(self) -> float:
        """Fully compared steps a second, everything included."""
        return self.steps / self.seconds if self.seconds else 0.0

    @property
    def distinct_scenarios(self) -> int | None:
        """Scenarios that differ in any step; None where they are not drawn."""
        return None if self.lane == "prices" else len(self.hashes)

    @property
    def missing_states(self) -> list[str]:
        """States that should be met and were not."""
        return sorted(self.known_states - self.states.keys())

    def add(self, result: Result) -> None:
        """Count what a shard has done."""
        self.shards += 1
        self.steps += result["steps"]
        self.scenarios += result["scenarios"]
        self.busy_seconds += result["seconds"]
        self.cpu_seconds += result["cpu_seconds"]
        self.actions.update(result["actions"])
        self.outcomes.update(result["outcomes"])
        self.states.update(result["states"])
        self.samples.update(result["samples"])
        self.hashes.update(result["hashes"])
        self.divergences += [replace(from_json(found), made=self.made) for found in result["divergences"]]


@dataclass(frozen=True)
class Plan:
    """What a campaign is to do. max_steps, max_seconds: None is no limit; they count what `done` has, too.

    made: of what it is, when it began.
    """

    machine: Machine
    seed: int
    max_steps: int | None
    max_seconds: float | None
    lane: str = "seeded"
    is_profiled: bool = False
    made: Provenance = field(default_factory=take)

    def shards(self, done: Mapping[int, Any]) -> Iterator[Shard]:
        """The shards that are not done yet."""
        name, number = secrets.token_hex(8), 0
        most = SHARD_STEPS if self.lane == "seeded" else BATCH_SCENARIOS * BATCH_STEPS
        while self.max_steps is None or number * most < self.max_steps:
            steps = most if self.max_steps is None else min(most, self.max_steps - number * most)
            if number not in done:
                yield Shard(
                    name, self.machine.name, self.lane, self.seed, number, steps, changed_root(), self.is_profiled
                )
            number += 1


def run_campaign(
    machine: Machine,
    seed: int,
    max_steps: int | None,
    max_seconds: float | None,
    on_progress: Callable[[Campaign], None] = lambda _: None,
    lane: str = "seeded",
) -> Campaign:
    """Run scenarios on revm, in this process, until a limit is reached, it is interrupted, or one diverges."""
    return run_plan(Plan(machine, seed, max_steps, max_seconds, lane), run_here(machine), on_progress=on_progress)


def run_here(machine: Machine) -> Run:
    """What runs shards in this process."""
    return lambda shards: (run_shard(shard, machine) for shard in shards)


@dataclass(frozen=True)
class Kept:
    """What an earlier run of a campaign has done: its plan, the results of shards by number, and the seconds.

    size: of what can be read of its file (bytes).
    """

    plan: Plan
    done: dict[int, Result]
    seconds: float
    size: int


def run_plan(
    plan: Plan,
    run: Run,
    workers: int = 1,
    kept: Kept | None = None,
    on_result: Callable[[Result, float], None] = lambda _result, _seconds: None,
    on_progress: Callable[[Campaign], None] = lambda _: None,
) -> Campaign:
    """Run a campaign until a limit is reached, it is interrupted, or a scenario diverges; that one is made short.

    Where it can't go on, what was done counts, and `failure` says why. kept: what it goes on with. on_result: is given
    what a shard has done, and the seconds of the campaign by then.
    """
    start = Start(plan.machine)
    campaign = Campaign(plan.machine.name, plan.seed, plan.lane, workers, start.compare_period, made=plan.made)
    campaign.known_states = plan.machine.states
    done = kept.done if kept else {}
    count = _Count(campaign)
    for result in done.values():
        count.add(result)
    campaign.seconds = kept.seconds if kept else 0.0
    began = time.perf_counter() - campaign.seconds
    on_progress(campaign)
    try:
        for result in run(plan.shards(done)) if not _is_over(plan, campaign) else ():
            count.add(result)
            campaign.seconds = time.perf_counter() - began
            if not result["is_complete"]:
                raise KeyboardInterrupt
            on_result(result, campaign.seconds)
            on_progress(campaign)
            if _is_over(plan, campaign):
                break
    except KeyboardInterrupt:  # what was done is reported
        campaign.is_stopped = True
    except CampaignError as error:
        campaign.failure = str(error)
    count.add_waiting()
    with suppress(KeyboardInterrupt):  # better long than lost
        for index, found in enumerate(campaign.divergences):
            campaign.divergences[index] = shrink(found, start.run, start.redraw)
    return campaign


class _Count:
    """Counts shards in the order of their numbers, up to one that diverges, whoever has run them, and when.

    So a campaign finds the same on any number of workers.
    """

    def __init__(self, campaign: Campaign) -> None:
        self._campaign, self._next = campaign, 0
        self._waiting: dict[int, Result] = {}

    def add(self, result: Result) -> None:
        """A shard is done. It waits for those before it."""
        self._waiting[result["shard"]] = result
        while self._next in self._waiting and not self._campaign.divergences:
            self._campaign.add(self._waiting.pop(self._next))
            self._next += 1

    def add_waiting(self) -> None:
        """Nothing more will come: those that wait for others count, too."""
        for number in sorted(self._waiting):
            if not self._campaign.divergences:
                self._campaign.add(self._waiting.pop(number))


def _is_over(plan: Plan, campaign: Campaign) -> bool:
    return bool(
        campaign.divergences
        or (plan.max_steps is not None and campaign.steps >= plan.max_steps)
        or (plan.max_seconds is not None and campaign.seconds >= plan.max_seconds)
    )
