"""The readable lane: a Hypothesis state machine over a machine's action table."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from differential_tests.engine.actions import Action, Step
from differential_tests.engine.machine import Machine, Start

T = TypeVar("T")

SOURCES = st.randoms(use_true_random=False)
"""Numbers that Hypothesis chooses. A scenario takes one such source: each draw from a strategy is slow."""


class DrawnChoices:
    """Choices that Hypothesis makes, and can make simpler."""

    def __init__(self, source: Random) -> None:
        self._source = source

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return self._source.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self._source.randint(0, len(options) - 1)]


def stateful_machine(
    machine: Machine,
    start: Start | None = None,
    on_end: Callable[[list[Step], Counter[str], Counter[str]], None] = lambda *_: None,
) -> type[RuleBasedStateMachine]:
    """A state machine with one rule an action. Slots that nobody explains are looked for at the end of each run.

    on_end: is given the steps, outcomes and states of a run. `last`, of the class, has the steps of the last run.
    """
    fresh = start or Start(machine)

    class Scenario(RuleBasedStateMachine):
        last: list[Step]

        def __init__(self) -> None:
            super().__init__()
            self.world = fresh.world()
            self.done: list[Step] = []
            Scenario.last = self.done

        @initialize(source=SOURCES)
        def opening(self, source: Random) -> None:
            self.choices = DrawnChoices(source)
            for step in machine.opening(self.choices):
                self.do(step)

        def do(self, step: Step) -> None:
            self.done.append(step)
            machine.table.run(self.world, step)

        def teardown(self) -> None:
            self.world.sweep()
            on_end(self.done, self.world.outcomes, self.world.states)

    for action in machine.table.actions.values():
        if action.weight:  # others are for openings only
            setattr(Scenario, action.name, rule()(_method(action)))
    Scenario.__name__ = Scenario.__qualname__ = f"{machine.name.capitalize()}Scenario"
    return Scenario


def _method(action: Action):  # type: ignore[no-untyped-def]  # rule() reads its signature
    def method(self) -> None:  # type: ignore[no-untyped-def]
        self.do(Step(action.name, action.draw(self.world, self.choices)))

    method.__name__ = action.name
    return method
