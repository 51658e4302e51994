"""A machine: how its world is made, what can be done in it, and how a scenario goes."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from differential_tests.chains.base import Chain
from differential_tests.chains.revm import RevmChain
from differential_tests.fuzzer.actions import ActionTable, Choices, SeededChoices, Step
from differential_tests.fuzzer.world import Call, Divergence, World

REDRAWN = 64
"""Steps drawn where one is wanted that does the same in another state: an outcome of some percent is among them."""


@dataclass(frozen=True)
class Machine:
    """name: as the command line knows it. opening: the first steps of a scenario.

    states: names of those that its campaigns should meet.
    narrator: in the state before a step; what it gives says, after the step's calls, who did what, at what price.
    """

    name: str
    world: Callable[[Chain], World]
    table: ActionTable
    opening: Callable[[Choices], list[Step]]
    narrator: Callable[[Any, Step], Callable[[Sequence[Call]], tuple[str, str, str]]] | None = None
    states: frozenset[str] = frozenset()

    def scenario(self, world: World, choices: Choices, length: int) -> Iterator[Step]:
        """The steps of one scenario. Each is drawn in the state that the steps before have left."""
        opening = self.opening(choices)[:length]
        yield from opening
        for _ in range(length - len(opening)):
            yield self.table.draw(world, choices)

    def run(self, chain: Chain, steps: Sequence[Step]) -> tuple[int, Exception] | None:
        """Run steps on a fresh world. None, or the index of the step that diverged and why.

        Everything is compared after every step, and slots that nobody explains are looked for where the chain can
        list them.
        """
        return self.run_in(self.world(chain), steps)

    def run_on_revm(self, steps: Sequence[Step]) -> tuple[int, Exception] | None:
        """Run steps on a fresh world on a fresh revm, as `run` does."""
        return self.run(RevmChain(), steps)

    def run_in(self, world: World, steps: Sequence[Step], sweeps_each: bool = True) -> tuple[int, Exception] | None:
        """Run steps on a world that is fresh, as `run` does. sweeps_each: after each step, or after the last only."""
        world.compare_period = 1
        done = 0
        try:
            for step in steps:
                self.table.run(world, step)
                if sweeps_each or step is steps[-1]:
                    world.sweep()
                done += 1
            world.advance(1, 12)
        except Exception as error:  # a divergence, or a bug of the reference
            return min(done, len(steps) - 1), error
        return None


class Start:
    """A machine's fresh world on a revm of its own, to be had again and again: a world takes long to deploy."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._chain = RevmChain()
        self._world = machine.world(self._chain)
        self._point = self._chain.snapshot()

    @property
    def compare_period(self) -> int:
        """Calls after which a world compares every slot that it knows."""
        return self._world.compare_period

    def world(self) -> World:
        """A fresh world; the one before is lost."""
        self._chain.restore(self._point)
        self._point = self._chain.snapshot()
        return deepcopy(self._world, {id(self._chain): self._chain})

    def run(self, steps: Sequence[Step]) -> tuple[int, Exception] | None:
        """Run steps on a fresh world, as Machine.run does; the last is swept first, since a sweep takes long."""
        found = self._machine.run_in(self.world(), steps, sweeps_each=False)
        if found is None or found[0] < len(steps) - 1:
            return found
        return self._machine.run_in(self.world(), steps)

    def redraw(self, steps: Sequence[Step]) -> list[Step]:
        """Steps that do what the last one does, drawn in the state that the others leave. None if those diverge."""
        world, action = self.world(), self._machine.table.actions[steps[-1].action]
        if self._machine.run_in(world, steps[:-1], sweeps_each=False) is not None:
            return []
        drawn = [action.draw_step(world, SeededChoices(number)) for number in range(REDRAWN)]
        return [step for number, step in enumerate(drawn) if step not in drawn[:number]]


def describe(error: Exception) -> tuple[str, str, str]:
    """What differs, what the reference says, what the contract says."""
    if isinstance(error, Divergence):
        return error.what, error.expected, error.actual
    return "bug of the specification", "an expected failure or none", f"{type(error).__name__}: {error}"
