"""The value of terms and formulas for given arguments."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from differential_tests.symbolic.terms.formulas import expand, expand_signed_quotient
from differential_tests.symbolic.terms.terms import WORD, Atom, Choice, Formula, Polynomial, atoms_in

NOTHING: Final[Mapping[str, Callable[..., int]]] = {}


class Evaluation:
    """Terms evaluated at one assignment of the variables; each atom once.

    functions: what the functions that are applied in terms do.
    """

    def __init__(self, assignment: Mapping[str, int], functions: Mapping[str, Callable[..., int]] = NOTHING) -> None:
        self.assignment = assignment
        self.functions = functions
        self._atoms: dict[Atom, int] = {}
        self._formulas: dict[Formula, bool] = {}

    def value(self, polynomial: Polynomial) -> int:
        """The number that `polynomial` is."""
        total = 0
        for monomial, factor in polynomial.terms.items():
            product = factor
            for atom in monomial:
                product *= self._atom(atom)
            total += product
        return total

    def holds(self, formula: Formula) -> bool:
        """Whether `formula` holds."""
        known = self._formulas.get(formula)
        if known is None:
            known = self._formulas[formula] = self._decide(expand(formula))
        return known

    def points(self, formulas: Iterable[Formula]) -> dict[tuple[str, tuple[int, ...]], int]:
        """The functions that are applied anywhere inside, by name and arguments, with their values."""
        found: dict[tuple[str, tuple[int, ...]], int] = {}
        for atom in atoms_in(formulas):
            if atom.kind == "apply":
                arguments = tuple(map(self.value, atom.arguments))
                found[atom.name, arguments] = self.functions[atom.name](*arguments)
        return found

    def _decide(self, formula: Formula) -> bool:
        kind = formula.kind
        if kind in ("true", "false"):
            return kind == "true"
        if kind == "at_least_zero":
            return self.value(formula.polynomials[0]) >= 0
        if kind == "is_zero":
            return self.value(formula.polynomials[0]) == 0
        if kind == "and":
            return all(self.holds(part) for part in formula.parts)
        if kind == "or":
            return any(self.holds(part) for part in formula.parts)
        truths = [self.holds(part) for part in formula.parts]
        return not truths[0] if kind == "not" else truths[0] == truths[1]

    def _atom(self, atom: Atom) -> int:
        value = self._atoms.get(atom)
        if value is None:
            value = self._atoms[atom] = self._compute(atom)
        return value

    def _compute(self, atom: Atom) -> int:
        if atom.kind == "variable":
            return self.assignment[atom.name]
        if isinstance(atom, Choice):
            return self.value(atom.arguments[0] if self.holds(atom.condition) else atom.arguments[1])
        if atom.kind == "apply":
            return self.functions[atom.name](*map(self.value, atom.arguments))
        if atom.kind == "signed_quotient":
            return self.value(expand_signed_quotient(atom.arguments[0], atom.arguments[1]))
        return _OPERATIONS[atom.kind](*(self.value(argument) for argument in atom.arguments))


_OPERATIONS: Final[dict[str, Callable[..., int]]] = {
    "wrap": lambda value: value % WORD.modulus,
    "signed_wrap": lambda value: (value + WORD.half) % WORD.modulus - WORD.half,
    "quotient": lambda number, divisor: number // divisor if divisor else 0,
    "remainder": lambda number, divisor: number % divisor if divisor else 0,
    "minimum": min,
    "maximum": max,
    "xor": operator.xor,
    "and": operator.and_,
    "or": operator.or_,
}
