"""A scenario that diverges: made short, written to a file, read back."""

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from differential_tests.contracts.files import write_whole
from differential_tests.contracts.provenance import Provenance, check_format, read_made
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.machine import Machine, describe
from differential_tests.fuzzer.malformed import explain

SHRINK_SECONDS = 20.0
"""Processor time for making a counterexample short: on a busy machine it is as much as on an idle one."""

KIND = "counterexample"

Run = Callable[[Sequence[Step]], tuple[int, Exception] | None]
Redraw = Callable[[Sequence[Step]], Iterable[Step]]


class CounterexampleError(Exception):
    """A file is not a counterexample."""


@dataclass(frozen=True)
class Counterexample:
    """Steps of which the last one diverges, and how. seed, scenario: where a campaign met it.

    is_short: no step that can be left out, and no number that can be simpler, was found in it. made: of what the
    campaign was.
    """

    machine: str
    seed: int
    scenario: int
    steps: tuple[Step, ...]
    what: str
    expected: str
    actual: str
    is_short: bool = False
    made: Provenance | None = None

    def to_json(self) -> dict[str, Any]:
        """The content of its file."""
        return {
            "format": f"megatao-{KIND}-1",
            **({"made": asdict(self.made)} if self.made else {}),
            "machine": self.machine,
            "seed": self.seed,
            "scenario": self.scenario,
            "what": self.what,
            "expected": self.expected,
            "actual": self.actual,
            "is_short": self.is_short,
            "steps": [{"action": step.action, "arguments": step.arguments} for step in self.steps],
        }

    def save(self, folder: Path) -> Path:
        """Write it to a file of its own in the folder, if none there holds the same; the path."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"counterexample-{self.machine}-{self.seed}-{self.scenario}"
        for number in itertools.count(1):
            path = folder / f"{name}{f'-{number}' if number > 1 else ''}.json"
            if not path.exists():
                self.write(path)
                return path
            with suppress(OSError, ValueError, KeyError, TypeError):
                if self._is_same(from_json(json.loads(path.read_text()))):
                    return path
        raise AssertionError  # there is always another number

    def _is_same(self, other: "Counterexample") -> bool:
        """Whether another one is the same, of the same sources."""
        sources = [each.made and each.made.sources for each in (self, other)]
        return replace(self, made=None) == replace(other, made=None) and sources[0] == sources[1]

    def write(self, path: Path) -> None:
        """Write it to a file: JSON, a line for each step."""
        content = self.to_json()
        steps = ",\n".join(f"  {json.dumps(step)}" for step in content.pop("steps"))
        head = json.dumps(content, indent=1).removesuffix("\n}")
        write_whole(path, f'{head},\n "steps": [\n{steps}\n ]\n}}\n')


def from_json(content: dict[str, Any]) -> Counterexample:
    """What `to_json` has made; is_short and made may be missing. ValueError, KeyError or TypeError if it has not."""
    check_format(content, KIND)
    made = read_made(content, KIND) if "made" in content else None
    steps = tuple(Step(str(step["action"]), dict(step["arguments"])) for step in content["steps"])
    texts = {name: str(content[name]) for name in ("machine", "what", "expected", "actual")}
    is_short = bool(content.get("is_short", True))
    seed, scenario = int(content["seed"]), int(content["scenario"])
    return Counterexample(seed=seed, scenario=scenario, steps=steps, is_short=is_short, made=made, **texts)


def load(path: Path, machines: Mapping[str, Machine]) -> Counterexample:
    """Read a counterexample's file.

    Errors: CounterexampleError, in one line.
    """
    try:
        content = json.loads(path.read_text())
        found = from_json(content)
        if found.machine not in machines:
            raise ValueError(f"there is no machine {found.machine!r}")
        if not found.steps:
            raise ValueError("it has no steps")
        for step in found.steps:
            machines[found.machine].table.validate(step)
        return found
    except OSError as error:
        raise CounterexampleError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise CounterexampleError(f"{path} is not a counterexample: {explain(error)}") from error


def shrink(
    found: Counterexample, run: Run, redraw: Redraw = lambda _: (), seconds: float = SHRINK_SECONDS
) -> Counterexample:
    """A short scenario that diverges in the same place: steps are left out and numbers made simple, until none can be.

    `run` runs steps on a fresh world, as Machine.run does. `redraw` gives steps that do what the last one does, in the
    state that the others leave: a number that was just enough is another one when a step is left out. seconds: of
    processor time, for all of it; what is left when they are over is not short.
    """
    return _Shrinker(found, run, redraw, seconds).shrink()


class _Shrinker:
    def __init__(self, found: Counterexample, run: Run, redraw: Redraw, seconds: float) -> None:
        self.best = found
        self._run, self._redraw = run, redraw
        self._deadline = time.process_time() + seconds
        self._is_over = False

    def shrink(self) -> Counterexample:
        outcome = self._run(self.best.steps)  # with everything compared after every step: it may show earlier
        if outcome is not None:  # else it does not repeat: better long than wrong
            index, error = outcome
            what, expected, actual = describe(error)
            steps = self.best.steps[: index + 1]
            self.best = replace(self.best, steps=steps, what=what, expected=expected, actual=actual)
            before: tuple[Step, ...] = ()
            while before != self.best.steps and not self._is_over:  # each change makes it shorter or simpler
                before = self.best.steps
                self._leave_out_steps(self._improves)
                if before == self.best.steps:
                    self._leave_out_steps(self._improves_redrawn)
                if before == self.best.steps:  # last: a step that is left out needs no simple numbers
                    self._simplify_arguments()
            self.best = replace(self.best, is_short=not self._is_over)
        return self.best

    def _improves(self, steps: list[Step]) -> bool:
        self._is_over = self._is_over or time.process_time() > self._deadline
        if self._is_over:
            return False
        outcome = self._run(steps)
        if outcome is None:
            return False
        index, error = outcome
        what, expected, actual = describe(error)
        if what != self.best.what:
            return False
        self.best = replace(self.best, steps=tuple(steps[: index + 1]), expected=expected, actual=actual)
        return True

    def _improves_redrawn(self, steps: list[Step]) -> bool:
        drawn = () if self._is_over else self._redraw(steps)
        return any(self._improves([*steps[:-1], last]) for last in drawn)

    def _leave_out_steps(self, improves: Callable[[list[Step]], bool]) -> None:
        width = len(self.best.steps) // 2
        while width:
            start = 0
            while start < len(self.best.steps) - 1:
                *before, last = self.best.steps
                if not improves([*before[:start], *before[start + width :], last]):
                    start += width
            width //= 2

    def _simplify_arguments(self) -> None:
        index = 0
        while index < len(self.best.steps):
            before, after = self.best.steps[:index], self.best.steps[index + 1 :]
            for step in _simpler(self.best.steps[index]):
                if self._improves([*before, step, *after]):
                    break
            index += 1


def _simpler(step: Step) -> Iterator[Step]:
    """Steps like this one with a simpler argument, the simplest first."""
    yield from _without_items(step)
    for name, value in step.arguments.items():
        if isinstance(value, int) and not isinstance(value, bool):
            length = len(str(abs(value)))
            for digits in range(1, length):
                rounded = value // 10 ** (length - digits) * 10 ** (length - digits)
                if rounded != value:
                    yield Step(step.action, {**step.arguments, name: rounded})


def _without_items(step: Step) -> Iterator[Step]:
    """Steps like this one with one item only, or one item less, in all of its lists, which go together."""
    lists = {name: value for name, value in step.arguments.items() if isinstance(value, list)}
    length = min(map(len, lists.values()), default=0)
    if length > 1:
        for kept in range(length):
            yield Step(step.action, {**step.arguments, **{name: [value[kept]] for name, value in lists.items()}})
    for left_out in range(length):
        shorter = {name: value[:left_out] + value[left_out + 1 :] for name, value in lists.items()}
        yield Step(step.action, {**step.arguments, **shorter})
