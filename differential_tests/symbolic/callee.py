"""A function that is proved by itself, as the proof of its caller takes it.

Where the paths of what a function calls multiply, it is proved of its calls instead of through them (`COMPOSED`). A
call is then one step on both sides: how it ends, and each of its results, are values of unknown functions of the
arguments (atoms of kind `apply`), the same ones for the bytecode and for the reference.

That is justified by the callee's own proof in the same bytecode: for all arguments of its domain both sides end alike.
So at each call, on either side, it has to be shown that the arguments are in that domain (`Obligation`), and what is
composed counts as proved only if its callees are (`campaign`). A callee's proof holds at every call, because it
assumes nothing but the calling convention: all memory but the arguments is unknown, and nothing beyond the callee's
frame and its result is written.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, NamedTuple

import reference.math
from differential_tests.symbolic.evm.compiled import CompiledContract, InternalFunction
from differential_tests.symbolic.evm.concrete import run_reference
from differential_tests.symbolic.evm.outcome import RETURN, REVERT
from differential_tests.symbolic.reference.rule_id import rule_of
from differential_tests.symbolic.reference.symbolic_int import (
    SymbolicBool,
    SymbolicInt,
    explore,
    polynomial_of,
    running,
)
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.domain import Domain
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import at_least_zero, both, equal, negation
from differential_tests.symbolic.terms.terms import FALSE, WORD, Atom, Formula, Polynomial, of_atom
from differential_tests.symbolic.terms.word_type import WordType
from reference.errors import MegaTAOError

Key = tuple[str, str]
"""Topic and name of a function."""

COMPOSED: Final[Mapping[Key, tuple[Key, ...]]] = {
    ("mark", "calculate_feed"): (("mark", "calculate_mark"), ("mark", "calculate_gap")),
}
"""Functions that are proved of the functions that they call. Its paths: 16 · 26 · 26, before the kind of the market."""


class Obligation(NamedTuple):
    """What may not happen: under these conditions a call is outside of what the callee's proof is about."""

    conditions: list[Formula]
    what: str


@dataclass(frozen=True)
class Callee:
    """A function inside of one contract, with its reference; `errors`: the names by which it may revert."""

    function: InternalFunction
    reference: Callable[..., Any]
    errors: tuple[str, ...]

    @property
    def name(self) -> str:
        """Topic and name."""
        return f"{self.function.topic}.{self.function.name}"

    @property
    def label(self) -> str:
        """The callee in the report: its rule and its name."""
        return f"{rule_of(self.reference)} {self.name}"

    @property
    def domain(self) -> Domain:
        """What its proof is about."""
        return Domain.of(self.reference, dict(self.function.arguments))

    # ---- its terms

    def end(self, numbers: Sequence[Polynomial]) -> Polynomial:
        """How a call ends: 0 for a return, else the number, from 1, of the error."""
        return of_atom(Atom("apply", *numbers, name=f"{self.name}:end", low=0, high=len(self.errors)))

    def results(self, numbers: Sequence[Polynomial]) -> list[Polynomial | Formula]:
        """What it returns, if it does: a formula for a truth value, otherwise any number that fits into a word."""
        found: list[Polynomial | Formula] = []
        for place, kind in enumerate(self.function.returns):
            low, high = (0, 1) if kind.is_bool else _word_range(kind)
            term = of_atom(Atom("apply", *numbers, name=f"{self.name}:{place}", low=low, high=high))
            found.append(negation(equal(term, 0)) if kind.is_bool else term)
        return found

    def values(self) -> dict[str, Callable[..., int]]:
        """What computes each of its terms on numbers, by the reference."""
        places = ["end", *map(str, range(len(self.function.returns)))]
        return {f"{self.name}:{place}": partial(self._value, place) for place in places}

    def _value(self, place: str, *numbers: int) -> int:
        types = dict(self.function.arguments)
        outcome = run_reference(self.reference, dict(zip(types, numbers, strict=True)), types, self.function.returns)
        if outcome.kind not in (RETURN, REVERT):
            raise Unsupported(f"{self.name} is called outside of its domain, of {numbers}: {outcome}")
        if place == "end":
            return 0 if outcome.kind == RETURN else 1 + self.errors.index(outcome.name)
        if outcome.kind != RETURN:
            return 0  # there is no result, and nothing depends on it
        word, kind = outcome.words[int(place)], self.function.returns[int(place)]
        return word - WORD.modulus if kind.low < 0 and word >= WORD.half else word

    # ---- its domain

    def obligations(self, numbers: Sequence[Polynomial], facts: Facts) -> list[Obligation]:
        """What has to be excluded for its proof to say something about a call with these arguments."""
        found: list[Obligation] = []
        for number, (argument, kind) in zip(numbers, self.function.arguments, strict=True):
            fits = both(at_least_zero(number - kind.low), at_least_zero(-number + kind.high))
            outside = facts.resolve_formula(negation(fits))
            if outside is not FALSE:
                found.append(Obligation([*facts.conditions, outside], f"{argument} of {self.name} is no {kind.name}"))
        if self.domain.preconditions:
            values = {
                argument: _symbolic(number, kind)
                for number, (argument, kind) in zip(numbers, self.function.arguments, strict=True)
            }
            for path in explore(lambda: self.domain.holds(values), facts):
                is_inside = path.kind == RETURN and path.value is True
                if not is_inside and not path.facts.is_contradiction:
                    found.append(Obligation(path.facts.conditions, f"{self.name} outside of {self.domain}"))
        return found

    # ---- in place of its reference

    def stand_in(self, obligations: list[Obligation]) -> Callable[..., Any]:
        """What the reference calls instead of the callee; `obligations` gets those of each call."""
        signature = inspect.signature(self.reference)

        def call(*values: Any, **named: Any) -> Any:
            run = running()
            numbers = []
            for value in signature.bind(*values, **named).args:
                number = polynomial_of(value)
                if number is None:
                    raise TypeError(f"{self.name} of {value!r}")
                numbers.append(run.facts.resolve(number))
            obligations.extend(self.obligations(numbers, run.facts))
            end = self.end(numbers)
            if run.decide(equal(end, 0)):
                results = [
                    SymbolicBool(value) if isinstance(value, Formula) else SymbolicInt(value)
                    for value in self.results(numbers)
                ]
                return results[0] if len(results) == 1 else tuple(results) or None
            errors = enumerate(self.errors, 1)
            name = next(name for number, name in errors if number == len(self.errors) or run.decide(equal(end, number)))
            raise _error_classes()[name]

        return call


def callees_of(contract: CompiledContract, key: Key) -> tuple[Callee, ...]:
    """The functions in this contract of which `key` is proved; none, if it is proved of its whole code."""
    found = []
    for topic, name in COMPOSED.get(key, ()):
        if (topic, name) in contract.functions:
            mirror = getattr(importlib.import_module(f"reference.math.{topic}"), name)
            found.append(make_callee(contract.functions[topic, name], mirror))
    return tuple(found)


def make_callee(function: InternalFunction, mirror: Callable[..., Any]) -> Callee:
    """The function inside of a contract, as one step; the errors are those that its reference has anywhere."""
    return Callee(function, mirror, _errors(mirror, function.arguments))


@cache
def _errors(mirror: Callable[..., Any], arguments: tuple[tuple[str, WordType], ...]) -> tuple[str, ...]:
    """The names by which the reference reverts somewhere in its domain."""
    domain = Domain.of(mirror, dict(arguments))
    paths = [path for facts in domain.parts() for path in explore(lambda: mirror(**domain.symbolic_values()), facts)]
    return tuple(dict.fromkeys(path.revert_name for path in paths if path.kind == REVERT))


@contextmanager
def summarised(mirror: Callable[..., Any], callees: Sequence[Callee]) -> Iterator[list[Obligation]]:
    """Run the reference with calls of `callees` as single steps; what these need is in the list."""
    obligations: list[Obligation] = []
    stand_ins = {id(callee.reference): callee.stand_in(obligations) for callee in callees}
    names = [info.name for info in pkgutil.iter_modules(reference.math.__path__, "reference.math.")]
    namespaces = [mirror.__globals__, *(vars(importlib.import_module(name)) for name in names)] if callees else []
    replaced = [
        (namespace, name, value)
        for namespace in namespaces
        for name, value in namespace.items()
        if id(value) in stand_ins
    ]
    for namespace, name, value in replaced:
        namespace[name] = stand_ins[id(value)]
    try:
        yield obligations
    finally:
        for namespace, name, value in replaced:
            namespace[name] = value


@cache
def _error_classes() -> dict[str, type[MegaTAOError]]:
    found: dict[str, type[MegaTAOError]] = {}
    waiting = [MegaTAOError]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        found.update({kind.revert_name(): kind for kind in kinds})
        waiting.extend(kinds)
    return found


def _symbolic(number: Polynomial, kind: WordType) -> SymbolicInt | SymbolicBool:
    return SymbolicBool(negation(equal(number, 0))) if kind.is_bool else SymbolicInt(number)


def _word_range(kind: WordType) -> tuple[int, int]:
    return (-WORD.half, WORD.half - 1) if kind.low < 0 else (0, WORD.largest)
