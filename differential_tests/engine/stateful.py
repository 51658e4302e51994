"""The readable lane: a Hypothesis state machine over a machine's action table."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from differential_tests.chains.revm import RevmChain
from differential_tests.engine.actions import Action, Step
from differential_tests.engine.campaign import Campaign
from differential_tests.engine.counterexample import Counterexample, shrink
from differential_tests.engine.machine import Machine, describe

T = TypeVar("T")

BATCH = 50
"""Scenarios that Hypothesis plans at once; between two batches the limits are looked at."""

SCENARIO_STEPS = 50
"""Steps of a scenario after its opening."""


class DrawnChoices:
    """Choices that Hypothesis makes, and can make simpler."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return self._data.draw(st.integers(low, high))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return self._data.draw(st.sampled_from(options))


def stateful_machine(machine: Machine, campaign: Campaign | None = None) -> type[RuleBasedStateMachine]:
    """A state machine with one rule an action. Slots that nobody explains are looked for at the end of each run.

    campaign: counts what is done. `last`, of the class, has the steps of the last run.
    """

    class Scenario(RuleBasedStateMachine):
        last: list[Step]

        def __init__(self) -> None:
            super().__init__()
            self.world = machine.world(RevmChain())
            self.done: list[Step] = []
            Scenario.last = self.done

        @initialize(data=st.data())
        def opening(self, data: st.DataObject) -> None:
            for step in machine.opening(DrawnChoices(data)):
                self.do(step)

        def do(self, step: Step) -> None:
            self.done.append(step)
            machine.table.run(self.world, step)

        def teardown(self) -> None:
            self.world.sweep()
            if campaign is not None:
                campaign.scenarios += 1
                campaign.steps += len(self.done)
                campaign.actions.update(step.action for step in self.done)
                campaign.outcomes.update(self.world.outcomes)
                campaign.states.update(self.world.states)

    for action in machine.table.actions.values():
        setattr(Scenario, action.name, rule(data=st.data())(_method(action)))
    Scenario.__name__ = Scenario.__qualname__ = f"{machine.name.capitalize()}Scenario"
    return Scenario


def run_stateful_campaign(
    machine: Machine,
    campaign_seed: int,
    max_steps: int | None,
    max_seconds: float | None,
    on_progress: Callable[[Campaign], None] = lambda _: None,
) -> Campaign:
    """Let Hypothesis run scenarios, in batches, until a limit is reached, it is interrupted, or one diverges.

    That one is made short as a campaign's is: Hypothesis can leave out what it has drawn, but not the opening.
    """
    campaign = Campaign(machine.name, campaign_seed)
    started = time.perf_counter()
    batch = 0
    plan = settings(
        max_examples=BATCH,
        stateful_step_count=SCENARIO_STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        print_blob=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],  # a step is a call of a chain
    )
    while not (
        campaign.divergences
        or (max_steps is not None and campaign.steps >= max_steps)
        or (max_seconds is not None and campaign.seconds >= max_seconds)
    ):
        scenario = stateful_machine(machine, campaign)
        try:
            run_state_machine_as_test(seed(f"{campaign_seed}/{batch}")(scenario), settings=plan)
        except KeyboardInterrupt:  # what was done is reported
            break
        except Exception as error:  # a divergence, or a bug of the reference
            last: list[Step] = vars(scenario)["last"]
            found = Counterexample(machine.name, campaign_seed, batch, tuple(last), *describe(error))
            campaign.divergences.append(found)
        batch += 1
        with suppress(KeyboardInterrupt):  # better long than lost
            campaign.divergences = [shrink(found, machine.run_on_revm) for found in campaign.divergences]
        campaign.seconds = time.perf_counter() - started
        on_progress(campaign)
    return campaign


def _method(action: Action):  # type: ignore[no-untyped-def]  # rule() reads its signature
    def method(self, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
        self.do(Step(action.name, action.draw(self.world, DrawnChoices(data))))

    method.__name__ = action.name
    return method
