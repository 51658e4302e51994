"""A campaign: scenario after scenario from seeds, until the steps or the time are used up or something differs."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from differential_tests.chains.revm import RevmChain
from differential_tests.engine.actions import SeededChoices, Step
from differential_tests.engine.counterexample import Counterexample, shrink
from differential_tests.engine.machine import Machine, describe

SCENARIO_STEPS = 200
"""Steps of a scenario. At its end the storage is swept for slots that nobody explains."""


@dataclass
class Campaign:
    """What a campaign has done so far."""

    machine: str
    seed: int
    steps: int = 0
    scenarios: int = 0
    seconds: float = 0.0
    actions: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    divergences: list[Counterexample] = field(default_factory=list)

    @property
    def steps_per_second(self) -> float:
        """Fully compared steps a second, everything included."""
        return self.steps / self.seconds if self.seconds else 0.0


def run_campaign(
    machine: Machine,
    seed: int,
    max_steps: int | None,
    max_seconds: float | None,
    on_progress: Callable[[Campaign], None] = lambda _: None,
) -> Campaign:
    """Run scenarios on revm until a limit is reached, it is interrupted, or one diverges; that one is made short."""
    campaign = Campaign(machine.name, seed)
    started = time.perf_counter()
    chain = RevmChain()
    while not campaign.divergences:
        length = SCENARIO_STEPS if max_steps is None else min(SCENARIO_STEPS, max_steps - campaign.steps)
        if length <= 0 or (max_seconds is not None and campaign.seconds >= max_seconds):
            break
        point = chain.snapshot()
        try:
            _run_scenario(machine, chain, campaign, length)
        except KeyboardInterrupt:  # what was done is reported
            break
        chain.restore(point)
        campaign.seconds = time.perf_counter() - started
        on_progress(campaign)
    return campaign


def _run_scenario(machine: Machine, chain: RevmChain, campaign: Campaign, length: int) -> None:
    world = machine.world(chain)
    choices = SeededChoices(f"{campaign.seed}/{campaign.scenarios}")
    done: list[Step] = []
    try:
        for step in machine.scenario(world, choices, length):
            done.append(step)
            machine.table.run(world, step)
        world.sweep()
    except Exception as error:
        found = Counterexample(machine.name, campaign.seed, campaign.scenarios, tuple(done), *describe(error))
        campaign.divergences.append(found)  # before it is made short, which may be interrupted
        campaign.divergences[-1] = shrink(found, machine.run_on_revm)
    campaign.scenarios += 1
    campaign.steps += len(done)
    campaign.actions.update(step.action for step in done)
    campaign.outcomes.update(world.outcomes)
    campaign.states.update(world.states)
