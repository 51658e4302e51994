"""Runs the reference, as it stands, on symbolic integers.

`SymbolicInt` and `SymbolicBool` overload Python's operators. Where the reference asks for the truth of a condition,
the run takes one answer as a fact and the other answer is run again from the start (`explore`), until all are taken.
`min` and `max` of symbolic integers are terms and take no branch.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from differential_tests.symbolic.evm.outcome import ERROR, RETURN, REVERT
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import (
    absolute,
    as_word,
    both,
    either,
    equal,
    less,
    maximum,
    minimum,
    negation,
    same,
)
from differential_tests.symbolic.terms.terms import FALSE, TRUE, ZERO, Formula, Polynomial, constant
from reference.errors import MegaTAOError

MAX_PATHS: Final = 2_000

MAX_DECISIONS: Final = 400
"""Conditions on one path: a loop whose end depends on an argument has no end."""


@dataclass(frozen=True)
class ReferencePath:
    """One way through the reference: under the conditions in `facts` it ends like this."""

    facts: Facts
    kind: str
    value: object = None
    revert_name: str = ""
    error: Exception | None = None


class Run:
    """One run of the reference: the answers that are prescribed, then `True` for each further condition."""

    def __init__(self, facts: Facts, prescribed: list[bool]) -> None:
        self.facts = facts.fork()
        self.prescribed = prescribed
        self.answers: list[bool] = []
        self.alternatives: list[list[bool]] = []

    def decide(self, formula: Formula) -> bool:
        """One answer, which is a fact from now on; the other one is run later."""
        condition = self.facts.resolve_formula(formula)
        if condition is TRUE or condition is FALSE:
            return condition is TRUE
        place = len(self.answers)
        if place >= MAX_DECISIONS:
            raise Unsupported(f"more than {MAX_DECISIONS} conditions on one path through the reference")
        if place < len(self.prescribed):
            answer = self.prescribed[place]
        else:
            answer = True
            self.alternatives.append([*self.answers, False])
        self.answers.append(answer)
        self.facts.assume(condition if answer else negation(condition))
        return answer


_running: list[Run] = []


def running() -> Run:
    """The run of the reference in which this is called."""
    if not _running:
        raise Unsupported("a symbolic integer outside of an exploration")
    return _running[-1]


def explore(function: Callable[[], object], facts: Facts) -> list[ReferencePath]:
    """Every way through `function`, for arguments that satisfy `facts`."""
    paths: list[ReferencePath] = []
    waiting: list[list[bool]] = [[]]
    while waiting:
        run = Run(facts, waiting.pop())
        _running.append(run)
        try:
            with _symbolic_builtins():
                paths.append(_end(function, run.facts))
        finally:
            _running.pop()
        waiting.extend(run.alternatives)
        if len(paths) > MAX_PATHS:
            raise Unsupported(f"more than {MAX_PATHS} paths through the reference")
    return paths


def _end(function: Callable[[], object], facts: Facts) -> ReferencePath:
    try:
        return ReferencePath(facts, RETURN, function())
    except MegaTAOError as error:
        return ReferencePath(facts, REVERT, revert_name=error.revert_name())
    except Unsupported:
        raise
    except Exception as error:
        return ReferencePath(facts, ERROR, error=error)


@contextmanager
def _symbolic_builtins() -> Iterator[None]:
    """`min` and `max` give terms for symbolic integers, and do what they always did for anything else."""
    plain = {"min": builtins.min, "max": builtins.max}

    def extended(name: str, combine: Callable[[Polynomial, Polynomial], Polynomial]) -> Callable[..., Any]:
        def extreme(*values: Any, **options: Any) -> Any:
            if options or not any(isinstance(value, SymbolicInt) for value in values):
                return plain[name](*values, **options)
            total = _number(values[0])
            for value in values[1:]:
                total = combine(total, _number(value))
            return SymbolicInt(running().facts.resolve(total))

        return extreme

    setattr(builtins, "min", extended("min", minimum))  # noqa: B010  mypy takes an assignment for an error
    setattr(builtins, "max", extended("max", maximum))  # noqa: B010  the same
    try:
        yield
    finally:
        setattr(builtins, "min", plain["min"])  # noqa: B010  the same
        setattr(builtins, "max", plain["max"])  # noqa: B010  the same


def polynomial_of(value: object) -> Polynomial | None:
    """The polynomial of an integer, symbolic or not, or of a truth value as 1 or 0."""
    if isinstance(value, SymbolicInt):
        return value.polynomial
    if isinstance(value, SymbolicBool):
        return as_word(value.formula)
    return constant(int(value)) if isinstance(value, int) else None


def _number(value: object) -> Polynomial:
    polynomial = polynomial_of(value)
    if polynomial is None:
        raise TypeError(f"not an integer: {value!r}")
    return polynomial


def formula_of(value: object) -> Formula | None:
    """The formula of a truth value, symbolic or not."""
    if isinstance(value, SymbolicBool):
        return value.formula
    return (TRUE if value else FALSE) if isinstance(value, bool) else None


def _positive_divisor(number: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial, bool]:
    """Both sides with a positive divisor, and whether that turned the signs."""
    if running().decide(equal(divisor, 0)):
        raise ZeroDivisionError
    if running().decide(less(divisor, 0)):
        return -number, -divisor, True
    return number, divisor, False


def _floor(number: Polynomial, divisor: Polynomial) -> SymbolicInt:
    number, divisor, _ = _positive_divisor(number, divisor)
    return SymbolicInt(running().facts.quotient(number, divisor))


def _rest(number: Polynomial, divisor: Polynomial) -> SymbolicInt:
    number, divisor, is_turned = _positive_divisor(number, divisor)
    rest = running().facts.remainder(number, divisor)
    return SymbolicInt(-rest if is_turned else rest)


class SymbolicInt:
    """An integer that stands for all values of a polynomial."""

    __slots__ = ("polynomial",)
    __hash__ = None  # type: ignore[assignment]  # not to be hashed: that is how Python says it

    def __init__(self, polynomial: Polynomial) -> None:
        self.polynomial = polynomial

    def _combine(self, other: object, operation: Callable[[Polynomial, Polynomial], object]) -> Any:
        right = polynomial_of(other)
        return NotImplemented if right is None else operation(self.polynomial, right)

    def __add__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicInt(left + right))

    __radd__ = __add__

    def __mul__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicInt(left * right))

    __rmul__ = __mul__

    def __sub__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicInt(left - right))

    def __rsub__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicInt(right - left))

    def __floordiv__(self, other: object) -> Any:
        return self._combine(other, _floor)

    def __rfloordiv__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: _floor(right, left))

    def __mod__(self, other: object) -> Any:
        return self._combine(other, _rest)

    def __rmod__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: _rest(right, left))

    def __divmod__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: (_floor(left, right), _rest(left, right)))

    def __rdivmod__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: (_floor(right, left), _rest(right, left)))

    def __lt__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(less(left, right)))

    def __gt__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(less(right, left)))

    def __le__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(negation(less(right, left))))

    def __ge__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(negation(less(left, right))))

    def __eq__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(equal(left, right)))

    def __ne__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: SymbolicBool(negation(equal(left, right))))

    def __neg__(self) -> SymbolicInt:
        return SymbolicInt(-self.polynomial)

    def __pos__(self) -> SymbolicInt:
        return self

    def __abs__(self) -> SymbolicInt:
        return SymbolicInt(running().facts.resolve(absolute(self.polynomial)))

    def __pow__(self, exponent: object) -> SymbolicInt:
        if not isinstance(exponent, int) or exponent < 0:
            raise Unsupported("a power that is not a small constant")
        power = SymbolicInt(constant(1))
        for _ in range(exponent):
            power = power * self
        return power

    def __lshift__(self, bits: int) -> Any:
        return self * (1 << bits)

    def __rshift__(self, bits: int) -> Any:
        return self // (1 << bits)

    def __bool__(self) -> bool:
        return running().decide(negation(equal(self.polynomial, ZERO)))

    def __index__(self) -> int:
        number = self.polynomial.constant
        if number is None:
            raise Unsupported("a symbolic integer where the reference needs a number")
        return number

    def _unsupported(self, *_: object) -> Any:
        raise Unsupported("an operator of the reference that the prover does not know")

    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _unsupported
    __truediv__ = __rtruediv__ = __float__ = __rpow__ = __rlshift__ = __rrshift__ = _unsupported


class SymbolicBool:
    """A truth value that stands for a formula."""

    __slots__ = ("formula",)
    __hash__ = None  # type: ignore[assignment]  # not to be hashed: that is how Python says it

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def _combine(self, other: object, operation: Callable[[Formula, Formula], Formula]) -> Any:
        right = formula_of(other)
        return NotImplemented if right is None else SymbolicBool(operation(self.formula, right))

    def __bool__(self) -> bool:
        return running().decide(self.formula)

    def __eq__(self, other: object) -> Any:
        return self._combine(other, same)

    def __ne__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: negation(same(left, right)))

    def __and__(self, other: object) -> Any:
        return self._combine(other, both)

    __rand__ = __and__

    def __or__(self, other: object) -> Any:
        return self._combine(other, either)

    __ror__ = __or__

    def __xor__(self, other: object) -> Any:
        return self._combine(other, lambda left, right: negation(same(left, right)))

    __rxor__ = __xor__

    def _unsupported(self, *_: object) -> Any:
        raise Unsupported("arithmetic on a truth value in the reference")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = __index__ = _unsupported
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __lt__ = __gt__ = __le__ = __ge__ = __invert__ = _unsupported
