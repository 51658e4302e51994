"""Steps, and the table of actions from which every lane draws them."""

import inspect
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """A source of choices: seeded numbers in the fast lane, Hypothesis in the readable one."""

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        ...

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        ...


class SeededChoices:
    """Choices from a seed: the same seed makes the same choices."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311  a campaign must be repeatable, not secret

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included; the edges, and small distances from the low one, more often."""
        draw = self._random.random()
        if draw < 0.05:
            return low
        if draw < 0.1:
            return high
        width = high - low
        if draw < 0.4 and width > 2**16:
            return low + self._random.getrandbits(self._random.randint(1, width.bit_length() - 1))
        return low + int(self._random.random() * (width + 1)) if width < 2**52 else self._random.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[int(self._random.random() * len(options))]


@dataclass(frozen=True, slots=True)
class Step:
    """One action with its arguments, all of them plain values: it can be written to a file and run anywhere."""

    action: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.action}({', '.join(f'{name}={value}' for name, value in self.arguments.items())})"


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a step.

    low, high: its bounds in a file, both included. show: it in the words of the blotter. is_optional: whether a step
    may leave it out.
    """

    name: str
    low: int = 0
    high: int = 2**256 - 1
    show: Callable[[Any], str] = str
    is_optional: bool = False


@dataclass(frozen=True)
class Action:
    """An entry of a machine's table.

    `draw` chooses arguments, aiming at every outcome in the state that the world is in. `run` does it on the
    contract and on the reference and compares; it must take any arguments in any state. `weight`: how often.
    `says`, `who`: sentence and subject in the blotter, in the words of the arguments. `given`: their names, where the
    signature of `run` doesn't say them.
    """

    name: str
    weight: int
    draw: Callable[[Any, Choices], dict[str, Any]]
    run: Callable[..., None]
    says: str = ""
    given: tuple[str, ...] = ()
    who: str = "{sender}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its arguments."""
        return self.given or tuple(inspect.signature(self.run).parameters)[1:]

    def draw_step(self, world: object, choices: Choices) -> Step:
        """A step of it that makes sense now."""
        return Step(self.name, self.draw(world, choices))


class ActionTable:
    """A machine's actions, by name. values: what their arguments may be, where that is not any word."""

    def __init__(self, actions: Sequence[Action], values: Sequence[Value]) -> None:
        self.values = {value.name: value for value in values}
        self.actions = {action.name: action for action in actions}
        self._urn = [action for action in actions for _ in range(action.weight)]

    def pick(self, choices: Choices) -> Action:
        """An action, each as often as its weight says."""
        return choices.pick(self._urn)

    def draw(self, world: object, choices: Choices) -> Step:
        """A step that makes sense now."""
        return self.pick(choices).draw_step(world, choices)

    def validate(self, step: Step) -> None:
        """Whether a step that was read from a file is one of this table. ValueError says why not."""
        action = self.actions.get(step.action)
        if action is None:
            raise ValueError(f"there is no action {step.action!r}")
        needed = {name for name in action.names if not self.values.get(name, Value(name)).is_optional}
        if not needed <= set(step.arguments) <= set(action.names):
            raise ValueError(f"{step.action!r} takes other arguments than {', '.join(step.arguments) or 'none'}")
        for name, given in step.arguments.items():
            value = self.values.get(name, Value(name))
            items = given if isinstance(given, list) else [given]
            if not all(
                isinstance(each, str) or (isinstance(each, int) and value.low <= each <= value.high) for each in items
            ):
                raise ValueError(f"{name} of {step.action!r} is out of range")

    def run(self, world: object, step: Step) -> None:
        """Run a step and compare. Raises Divergence."""
        self.actions[step.action].run(world, **step.arguments)
