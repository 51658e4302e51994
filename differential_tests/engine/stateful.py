"""The readable lane: a Hypothesis state machine over a machine's action table."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from differential_tests.chains.revm import RevmChain
from differential_tests.engine.actions import Action, Step
from differential_tests.engine.machine import Machine

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


def stateful_machine(machine: Machine) -> type[RuleBasedStateMachine]:
    """A state machine with one rule an action. Slots that nobody explains are looked for at the end of each run."""

    class Scenario(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = machine.world(RevmChain())

        @initialize(data=st.data())
        def opening(self, data: st.DataObject) -> None:
            for step in machine.opening(DrawnChoices(data)):
                machine.table.run(self.world, step)

        def teardown(self) -> None:
            self.world.sweep()

    for action in machine.table.actions.values():
        setattr(Scenario, action.name, rule(data=st.data())(_method(machine, action)))
    Scenario.__name__ = Scenario.__qualname__ = f"{machine.name.capitalize()}Scenario"
    return Scenario


def _method(machine: Machine, action: Action):  # type: ignore[no-untyped-def]  # rule() reads its signature
    def method(self, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
        step = Step(action.name, action.draw(self.world, DrawnChoices(data)))
        machine.table.run(self.world, step)

    method.__name__ = action.name
    return method
