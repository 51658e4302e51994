"""Questions to a solver, tier by tier, every model run concretely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from differential_tests.symbolic.report import TIERS
from differential_tests.symbolic.solver.encode import NIA, UF, Encoder, Point
from differential_tests.symbolic.solver.solvers import CVC5, SAT, UNSAT, Z3, Answer, Solver
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.terms import Formula

SYNTACTIC: Final = "syntactic"
FUZZ: Final = "fuzz"


@dataclass(frozen=True)
class Options:
    """How long and how hard to try. Times in seconds."""

    timeout: float = 10.0
    """Of one question to a solver."""
    witness_timeout: float = 2.0
    """Of one question for an input that takes a given path."""
    witness_budget: float = 10.0
    """For all such questions of one function."""
    function_timeout: float = 120.0
    """Of the whole proof of one function, more or less: it is looked at between two questions."""
    refinements: int = 20
    """How often a solver is asked again, told what an applied function is on the numbers that it has thought of."""
    search: int = 5_000
    """Inputs that are run where what is composed of its callees is not proved."""
    samples: int = 300
    """Inputs that are run before any proof."""
    seed: int = 1
    cross_check: bool = False
    """Whether a second solver proves everything again."""
    solver: Solver = Z3
    second_solver: Solver = CVC5


class Disagreement(Exception):
    """Two parts of the prover contradict each other: nothing that it says about this function counts."""


class Questions:
    """Asks whether conditions on `names` can hold together.

    contains: says of numbers whether they are in the domain. replay: runs them, and raises if that ends the proof.
    evaluate: gives terms their values on numbers.
    """

    def __init__(
        self,
        names: Sequence[str],
        contains: Callable[[dict[str, int]], bool],
        replay: Callable[[dict[str, int]], object],
        options: Options,
        evaluate: Callable[[dict[str, int]], Evaluation] = Evaluation,
    ) -> None:
        self.names = list(names)
        self.options = options
        self.tier = SYNTACTIC
        self._contains = contains
        self._replay = replay
        self._evaluate = evaluate
        self._points: dict[Point, int] = {}
        """What applied functions are on numbers that a solver has thought of."""
        self._witness_seconds = 0.0

    def is_excluded(self, conditions: list[Formula], solver: Solver) -> bool:
        """Whether `solver` shows that the conditions exclude each other.

        They say "the two sides differ". So a model of theirs has to end the proof when it is run, unless the tier's
        abstraction made it up.
        """
        for tier in (UF, NIA):
            for answer in self._answers(solver, tier, conditions, lambda: self.options.timeout):
                if answer.verdict == UNSAT:
                    self.tier = max(self.tier, tier, key=TIERS.index)
                    return True
                if answer.verdict == SAT and self._contains(answer.model):
                    self.tier = max(self.tier, tier, key=TIERS.index)
                    self._replay(answer.model)
                    if all(map(self._evaluate(answer.model).holds, conditions)):
                        raise Disagreement(f"{solver.name}: {answer.model} should be a counterexample and is none")
        return False

    def is_impossible(self, conditions: list[Formula], solver: Solver) -> bool:
        """The same of conditions under which the two sides need not differ."""
        for tier in (UF, NIA):
            if self._ask(solver, tier, conditions, self.options.timeout).verdict == UNSAT:
                self.tier = max(self.tier, tier, key=TIERS.index)
                return True
        return False

    def find_witness(self, conditions: list[Formula]) -> dict[str, int] | bool:
        """Numbers that satisfy the conditions, and were run; False: there are none; True: there may be some."""
        for tier in (UF, NIA):
            for answer in self._answers(self.options.solver, tier, conditions, self._time_for_a_witness):
                if answer.verdict == UNSAT:
                    return False
                if answer.verdict == SAT and self._contains(answer.model):
                    self._replay(answer.model)
                    if all(map(self._evaluate(answer.model).holds, conditions)):
                        return answer.model
        return True

    def _time_for_a_witness(self) -> float:
        return min(self.options.witness_timeout, self.options.witness_budget - self._witness_seconds)

    def _answers(
        self, solver: Solver, tier: str, conditions: list[Formula], timeout: Callable[[], float]
    ) -> Iterator[Answer]:
        """The solver's answer; while a model makes up what applied functions are, another one, told what they are."""
        for _ in range(1 + self.options.refinements):
            seconds = timeout()
            if seconds <= 0:
                return
            started = time.monotonic()
            answer = self._ask(solver, tier, conditions, seconds)
            if timeout == self._time_for_a_witness:
                self._witness_seconds += time.monotonic() - started
            yield answer
            if answer.verdict != SAT or not self._contains(answer.model):
                return
            known = len(self._points)
            self._points |= self._evaluate(answer.model).points(conditions)
            if len(self._points) == known:
                return

    def _ask(self, solver: Solver, tier: str, conditions: list[Formula], timeout: float) -> Answer:
        return solver.ask(Encoder(tier).question(conditions, self.names, self._points), timeout, self.names)
