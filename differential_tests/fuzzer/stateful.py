"""The readable lane: a Hypothesis state machine over a machine's action table."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

from hypothesis import assume, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from differential_tests.fuzzer.actions import Action, Step
from differential_tests.fuzzer.machine import Machine, Start

T = TypeVar("T")

OPENING_BYTES = 128
ACTION_BYTES = 2
STEP_BYTES = 30
"""Bytes that choices are read from: an opening's, which action a step is, and its arguments. Few need more."""


class DrawnChoices:
    """Choices that bytes spell, zeros after the last: the simpler the bytes, the simpler the choices.

    So Hypothesis draws once for a step, which is fast, and still can make each choice simpler.
    """

    def __init__(self, script: bytes) -> None:
        self._script, self._position = script, 0

    def __repr__(self) -> str:
        return f"DrawnChoices({self._script.rstrip(bytes(1))!r})"

    @property
    def is_simplest(self) -> bool:
        """Whether nothing is simpler."""
        return not any(self._script)

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included; the edges, and small distances, as often as if it was seeded."""
        percent, width = self._read(100), high - low
        distance = self._read(width + 1)
        shift = self._read(width.bit_length()) if width > 2**16 else 0
        if percent < 5:  # after all is read: the bytes that come next are for the next choice, whatever this one is
            return low
        if percent < 10:
            return high
        return low + (distance >> shift if percent < 40 else distance)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[self._read(len(options))]

    def _read(self, bound: int) -> int:
        """A number below the bound, from as few bytes as make each about as likely."""
        size = bound.bit_length() // 8 + 1
        first = self._position
        self._position = first + size
        return int.from_bytes(self._script[first : self._position], "big") * bound >> 8 * size


def _scripts(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


class Ended(NamedTuple):
    """A run that is over. error: a divergence, or a bug of the reference."""

    steps: list[Step]
    outcomes: Counter[str]
    states: Counter[str]
    error: Exception | None


class _Scenario(RuleBasedStateMachine):
    """A run, but for its rules, which are the actions of a machine's table."""

    machine: ClassVar[Machine]
    start: ClassVar[Start]
    on_end: ClassVar[Callable[[Ended], object]]
    skips_simplest: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.start.world()
        self.done: list[Step] = []
        self.error: Exception | None = None

    @initialize(choices=_scripts(OPENING_BYTES).map(DrawnChoices))
    def opening(self, choices: DrawnChoices) -> None:
        assume(not (self.skips_simplest and choices.is_simplest))
        for step in self.machine.opening(choices):
            self.do(step)

    def do(self, step: Step) -> None:
        """Run a step and compare."""
        note(str(step))
        self.done.append(step)
        self._look(lambda: self.machine.table.run(self.world, step))

    def teardown(self) -> None:
        """Look for slots that nobody explains."""
        try:
            if self.error is None:  # else a step has diverged, which is what is to be told
                self._look(self.world.sweep)
        finally:
            type(self).on_end(Ended(self.done, self.world.outcomes, self.world.states, self.error))

    def _look(self, compare: Callable[[], None]) -> None:
        try:
            compare()
        except Exception as error:
            self.error = error
            raise


def stateful_machine(
    machine: Machine,
    start: Start | None = None,
    on_end: Callable[[Ended], object] = lambda _: None,
    skips_simplest: bool = False,
) -> type[RuleBasedStateMachine]:
    """A state machine with one rule an action. Slots that nobody explains are looked for at the end of each run.

    on_end: is given what each run was. skips_simplest: the simplest scenario, with which each test of Hypothesis
    begins, is not run.
    """

    class Scenario(_Scenario):
        def __init__(self) -> None:
            super().__init__()
            self._rules_strategy = rules  # type: ignore[assignment]  # Hypothesis' own takes as long as the step

    Scenario.machine, Scenario.start, Scenario.skips_simplest = machine, start or Start(machine), skips_simplest
    Scenario.on_end = on_end
    for action in machine.table.actions.values():
        if action.weight:  # others are for openings only
            setattr(Scenario, action.name, rule(choices=_scripts(STEP_BYTES).map(DrawnChoices))(_method(action)))
    Scenario.__name__ = Scenario.__qualname__ = f"{machine.name.capitalize()}Scenario"
    by_name = {rule.function.__name__: rule for rule in Scenario.setup_state().rules}

    def pick_rule(script: bytes) -> tuple[Any, dict[str, DrawnChoices]]:
        action = machine.table.pick(DrawnChoices(script[:ACTION_BYTES]))
        return by_name[action.name], {"choices": DrawnChoices(script[ACTION_BYTES:])}

    rules = _scripts(ACTION_BYTES + STEP_BYTES).map(pick_rule)
    return Scenario


def _method(action: Action) -> Callable[[Any, DrawnChoices], None]:
    def method(self: Any, choices: DrawnChoices) -> None:
        self.do(action.draw_step(self.world, choices))

    method.__name__ = action.name
    return method
