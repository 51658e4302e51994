"""Terms without a solver: integer polynomials over atoms, and formulas over polynomials.

A word of the EVM is a polynomial whose value lies in [0, 2**256); a value of the reference is a polynomial over
the integers. Both sides of a proof are built from the same terms, so that equal computations become equal objects.

Atoms (`Atom.kind`):

    variable        an argument
    wrap            its argument modulo 2**256
    signed_wrap     its argument modulo 2**256, read as two's complement
    quotient        floor of a division by a positive number
    remainder       what that division leaves
    choose          the second argument if the first (a formula) holds, else the third
    minimum, maximum
    signed_quotient SDIV of a wrapped number (see `overflow.py`)
    apply           the value of an unknown function (see `callee.py`), called `name`, in [low, high]
    xor, and, or    the bits of two words, about which nothing is known but their range
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final


@dataclass
class WordSize:
    """How wide a word is. 256 bits; the tests of the lemmas make it 8 for an exhaustive search."""

    bits: int

    @property
    def modulus(self) -> int:
        """The number of words."""
        return int(1 << self.bits)

    @property
    def half(self) -> int:
        """The least word that is negative when read as two's complement."""
        return int(1 << (self.bits - 1))

    @property
    def largest(self) -> int:
        """The largest word."""
        return self.modulus - 1


WORD: Final = WordSize(256)


@contextmanager
def word_bits(bits: int) -> Iterator[None]:
    """Compute with words of `bits` bits inside of the block."""
    before = WORD.bits
    WORD.bits = bits
    try:
        yield
    finally:
        WORD.bits = before


_serials = itertools.count(1)
_atoms: dict[tuple[object, ...], Atom] = {}
_formulas: dict[tuple[object, ...], Formula] = {}


class Atom:
    """An indivisible term. Equal atoms are the same object."""

    __slots__ = ("arguments", "high", "kind", "low", "name", "serial")

    kind: str
    arguments: tuple[Polynomial, ...]
    name: str
    low: int | None
    high: int | None
    serial: int

    def __new__(
        cls,
        kind: str,
        *arguments: Polynomial,
        name: str = "",
        low: int | None = None,
        high: int | None = None,
    ) -> Atom:
        """The atom; `name`, `low` and `high` belong to variables and to applied functions."""
        key = (kind, arguments, name, low, high)
        atom = _atoms.get(key)
        if atom is None:
            atom = super().__new__(cls)
            atom.kind, atom.arguments, atom.name = kind, arguments, name
            atom.low, atom.high, atom.serial = low, high, next(_serials)
            _atoms[key] = atom
        return atom

    def __lt__(self, other: Atom) -> bool:
        return self.serial < other.serial

    def __repr__(self) -> str:
        return self.name if self.kind == "variable" else f"{self.name or self.kind}{self.arguments!r}"


class Choice(Atom):
    """The atom of kind `choose`: the only one with a formula inside."""

    __slots__ = ("condition",)

    condition: Formula

    @staticmethod
    def of(condition: Formula, if_true: Polynomial, if_false: Polynomial) -> Choice:
        """`if_true` where `condition` holds, else `if_false`."""
        key = ("choose", condition, if_true, if_false)
        atom = _atoms.get(key)
        if atom is None:
            atom = object.__new__(Choice)
            atom.kind, atom.arguments, atom.name = "choose", (if_true, if_false), ""
            atom.low, atom.high, atom.serial = None, None, next(_serials)
            atom.condition = condition
            _atoms[key] = atom
        assert isinstance(atom, Choice)  # noqa: S101 (the key says so)
        return atom

    def __repr__(self) -> str:
        return f"choose({self.condition!r}, {self.arguments[0]!r}, {self.arguments[1]!r})"


Monomial = tuple[Atom, ...]
"""A product of atoms, in the order of their serials; the empty one is the constant 1."""


class Polynomial:
    """A sum of monomials with integer coefficients. Immutable."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: dict[Monomial, int]) -> None:
        self.terms = terms
        self._hash = hash(frozenset(terms.items()))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self._hash == other._hash and self.terms == other.terms

    def __repr__(self) -> str:
        parts = (f"{factor}" + "".join(f"·{atom!r}" for atom in monomial) for monomial, factor in self.terms.items())
        return " + ".join(parts) or "0"

    def plus(self, other: Polynomial, times: int = 1) -> Polynomial:
        """self + times · other."""
        terms = dict(self.terms)
        for monomial, factor in other.terms.items():
            total = terms.get(monomial, 0) + times * factor
            if total:
                terms[monomial] = total
            else:
                terms.pop(monomial, None)
        return Polynomial(terms)

    def __add__(self, other: Polynomial | int) -> Polynomial:
        return self.plus(as_polynomial(other))

    def __sub__(self, other: Polynomial | int) -> Polynomial:
        return self.plus(as_polynomial(other), -1)

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -factor for monomial, factor in self.terms.items()})

    def __mul__(self, other: Polynomial | int) -> Polynomial:
        right = as_polynomial(other)
        terms: dict[Monomial, int] = {}
        for left_monomial, left_factor in self.terms.items():
            for right_monomial, right_factor in right.terms.items():
                monomial = tuple(sorted(left_monomial + right_monomial))
                total = terms.get(monomial, 0) + left_factor * right_factor
                if total:
                    terms[monomial] = total
                else:
                    terms.pop(monomial, None)
        return Polynomial(terms)

    @property
    def constant(self) -> int | None:
        """The value, if no atom is left."""
        if not self.terms:
            return 0
        return self.terms.get(()) if len(self.terms) == 1 else None

    @property
    def offset(self) -> int:
        """The constant part."""
        return self.terms.get((), 0)

    @property
    def atom(self) -> Atom | None:
        """The atom, if the polynomial is nothing but one."""
        if len(self.terms) == 1:
            ((monomial, factor),) = self.terms.items()
            if factor == 1 and len(monomial) == 1:
                return monomial[0]
        return None

    @property
    def atoms(self) -> Iterator[Atom]:
        """The atoms, with repetitions."""
        return (atom for monomial in self.terms for atom in monomial)

    @property
    def leading(self) -> int:
        """The coefficient of the last monomial in a fixed order: the sign that makes p and −p one."""
        if not self.terms:
            return 0
        return self.terms[max(self.terms, key=_monomial_order)]

    @property
    def order(self) -> tuple[tuple[tuple[int, ...], int], ...]:
        """A key by which polynomials can be sorted."""
        return tuple(sorted((tuple(atom.serial for atom in monomial), c) for monomial, c in self.terms.items()))

    def divided_by(self, divisor: Polynomial) -> Polynomial | None:
        """The quotient, if the division leaves nothing and is seen at once: by a constant or by one monomial."""
        if len(divisor.terms) != 1:
            return constant(1) if self == divisor else None
        ((monomial, factor),) = divisor.terms.items()
        terms: dict[Monomial, int] = {}
        for own_monomial, own_factor in self.terms.items():
            rest = list(own_monomial)
            for atom in monomial:
                if atom not in rest:
                    return None
                rest.remove(atom)
            if own_factor % factor:
                return None
            terms[tuple(rest)] = own_factor // factor
        return Polynomial(terms)


def _monomial_order(monomial: Monomial) -> tuple[int, tuple[int, ...]]:
    return len(monomial), tuple(atom.serial for atom in monomial)


def constant(value: int) -> Polynomial:
    """The polynomial that is `value`."""
    return Polynomial({(): value} if value else {})


ZERO: Final = constant(0)
ONE: Final = constant(1)


def as_polynomial(value: Polynomial | int) -> Polynomial:
    """`value` itself, or the constant."""
    return constant(value) if isinstance(value, int) else value


def of_atom(atom: Atom) -> Polynomial:
    """The polynomial that is one atom."""
    return Polynomial({(atom,): 1})


def variable(name: str, low: int | None = None, high: int | None = None) -> Polynomial:
    """A variable in [low, high]; None: without that bound."""
    return of_atom(Atom("variable", name=name, low=low, high=high))


def atom_of(kind: str, *arguments: Polynomial) -> Polynomial:
    """The polynomial that is one atom of that kind."""
    return of_atom(Atom(kind, *arguments))


class Formula:
    """A condition. Equal formulas are the same object; build them by the functions of `formulas.py`.

    Kinds: true, false, at_least_zero (one polynomial), is_zero (one polynomial), not, and, or, iff (formulas), and
    the overflow checks of `overflow.py` (three polynomials).
    """

    __slots__ = ("kind", "parts", "polynomials", "serial")

    kind: str
    parts: tuple[Formula, ...]
    polynomials: tuple[Polynomial, ...]
    serial: int

    def __new__(
        cls, kind: str, *, parts: tuple[Formula, ...] = (), polynomials: tuple[Polynomial, ...] = ()
    ) -> Formula:
        """The formula of that kind over `parts` or over `polynomials`."""
        key = (kind, parts, polynomials)
        formula = _formulas.get(key)
        if formula is None:
            formula = super().__new__(cls)
            formula.kind, formula.parts, formula.polynomials = kind, parts, polynomials
            formula.serial = next(_serials)
            _formulas[key] = formula
        return formula

    def __repr__(self) -> str:
        return f"{self.kind}{self.parts or self.polynomials or ''}"


TRUE: Final = Formula("true")
FALSE: Final = Formula("false")


def atoms_in(formulas: Iterable[Formula]) -> Iterator[Atom]:
    """Every atom anywhere inside of the formulas, once."""
    seen: set[Formula | Atom] = set()
    waiting: list[Formula | Atom] = list(formulas)
    while waiting:
        item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        if isinstance(item, Formula):
            waiting += item.parts
            polynomials = item.polynomials
        else:
            yield item
            polynomials = item.arguments
            if isinstance(item, Choice):
                waiting.append(item.condition)
        for polynomial in polynomials:
            waiting += polynomial.atoms
