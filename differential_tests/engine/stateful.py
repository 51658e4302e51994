"""The readable lane: a Hypothesis state machine over a machine's action table."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from differential_tests.engine.actions import Action, Step
from differential_tests.engine.machine import Machine, Start

T = TypeVar("T")


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

        @initialize(data=st.data())
        def opening(self, data: st.DataObject) -> None:
            for step in machine.opening(DrawnChoices(data)):
                self.do(step)

        def do(self, step: Step) -> None:
            self.done.append(step)
            machine.table.run(self.world, step)

        def teardown(self) -> None:
            self.world.sweep()
            on_end(self.done, self.world.outcomes, self.world.states)

    for action in machine.table.actions.values():
        setattr(Scenario, action.name, rule(data=st.data())(_method(action)))
    Scenario.__name__ = Scenario.__qualname__ = f"{machine.name.capitalize()}Scenario"
    return Scenario


def _method(action: Action):  # type: ignore[no-untyped-def]  # rule() reads its signature
    def method(self, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
        self.do(Step(action.name, action.draw(self.world, DrawnChoices(data))))

    method.__name__ = action.name
    return method
