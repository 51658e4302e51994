"""What is known on one path: its conditions, and the bounds of polynomials that follow from them.

`Facts` simplifies terms as far as intervals decide. It never calls a solver, and every simplification holds for
all values that satisfy the conditions; a quotient or a remainder only matters where its divisor is positive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from differential_tests.symbolic.terms.formulas import (
    SIGNED_PRODUCT,
    SIGNED_PRODUCT_OR_ZERO,
    UNSIGNED_PRODUCT,
    at_least_zero,
    both,
    choose,
    either,
    equal,
    less,
    maximum,
    minimum,
    negation,
    overflow_check,
    same,
)
from differential_tests.symbolic.terms.terms import (
    FALSE,
    TRUE,
    WORD,
    ZERO,
    Atom,
    Choice,
    Formula,
    Monomial,
    Polynomial,
    atom_of,
    constant,
    of_atom,
)


class Interval(NamedTuple):
    """The integers from `low` to `high`; None: without that bound."""

    low: int | None
    high: int | None

    def meet(self, other: Interval) -> Interval:
        """The integers in both."""
        return Interval(_pick(max, self.low, other.low), _pick(min, self.high, other.high))

    def shifted(self, by: int) -> Interval:
        """Each integer plus `by`."""
        return Interval(None if self.low is None else self.low + by, None if self.high is None else self.high + by)

    def times(self, factor: int) -> Interval:
        """Each integer times `factor`, which is not 0."""
        ends = (self.low, self.high) if factor > 0 else (self.high, self.low)
        return Interval(*(None if end is None else end * factor for end in ends))

    def plus(self, other: Interval) -> Interval:
        """The sums."""
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(low, high)

    def product(self, other: Interval) -> Interval:
        """The products, or what encloses them."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            is_positive = self.low is not None and self.low >= 0 and other.low is not None and other.low >= 0
            return Interval((self.low or 0) * (other.low or 0), None) if is_positive else ANYTHING
        corners = [left * right for left in (self.low, self.high) for right in (other.low, other.high)]
        return Interval(min(corners), max(corners))


ANYTHING: Final = Interval(None, None)

_CONNECTIVES: Final[dict[str, Callable[..., Formula]]] = {"not": negation, "and": both, "or": either, "iff": same}


def _pick(better: object, left: int | None, right: int | None) -> int | None:
    if left is None:
        return right
    if right is None:
        return left
    return max(left, right) if better is max else min(left, right)


class Facts:
    """The conditions of one path, and what they say about the bounds of polynomials."""

    def __init__(self, parent: Facts | None = None) -> None:
        self.conditions: list[Formula] = list(parent.conditions) if parent else []
        self._known: set[Formula] = set(parent._known) if parent else set()
        self._learned: dict[Polynomial, Interval] = dict(parent._learned) if parent else {}
        self._bounds: dict[Polynomial, Interval] = {}
        self._resolved: dict[Polynomial | Formula, Polynomial | Formula] = {}

    def fork(self) -> Facts:
        """A copy that learns on its own."""
        return Facts(self)

    @property
    def is_contradiction(self) -> bool:
        """Whether the conditions exclude each other at sight."""
        return FALSE in self._known

    # ---- learning

    def assume(self, formula: Formula) -> None:
        """Add a condition to the path."""
        if formula is TRUE:
            return
        self.conditions.append(formula)
        for part in formula.parts if formula.kind == "and" else (formula,):
            self._known.add(part)
            if part.kind == "at_least_zero":
                self._learn(part.polynomials[0])
            elif part.kind == "is_zero":
                self._learn(part.polynomials[0])
                self._learn(-part.polynomials[0])
            elif part.kind == "not" and part.parts[0].kind == "is_zero":
                self._learn_nonzero(part.parts[0].polynomials[0])
        self._known.add(formula)
        self._bounds, self._resolved = {}, {}

    def _learn(self, value: Polynomial) -> None:
        """value >= 0."""
        key, offset, sign = _key(value)
        bound = Interval(-offset, None) if sign > 0 else Interval(None, offset)
        self._learned[key] = self._learned.get(key, ANYTHING).meet(bound)

    def _learn_nonzero(self, value: Polynomial) -> None:
        """value != 0: one more than a bound at 0."""
        self._bounds = {}
        bound = self.bounds(value)
        if bound.low == 0:
            self._learn(value - 1)
        if bound.high == 0:
            self._learn(-value - 1)

    # ---- bounds

    def bounds(self, value: Polynomial) -> Interval:
        """An interval that holds `value` on this path."""
        known = self._bounds.get(value)
        if known is not None:
            return known
        total = Interval(0, 0)
        is_single = len(value.terms) == 1
        for monomial, factor in value.terms.items():
            total = total.plus(self._monomial_bounds(monomial, is_single and factor == 1).times(factor))
        if not is_single:
            total = total.meet(self._factored_bounds(value))
        total = self._meet_learned(value, total)
        self._bounds[value] = total
        return total

    def _factored_bounds(self, value: Polynomial) -> Interval:
        """Bounds of a · b − a · c as those of a · (b − c)."""
        monomials = iter(value.terms)
        shared = next((atom for atom in next(monomials, ()) if all(atom in other for other in value.terms)), None)
        factor = None if shared is None else of_atom(shared)
        rest = None if factor is None else value.divided_by(factor)
        return ANYTHING if factor is None or rest is None else self.bounds(factor).product(self.bounds(rest))

    def _monomial_bounds(self, monomial: Monomial, is_whole: bool) -> Interval:
        total = Interval(1, 1)
        for atom in monomial:
            bound = self._atom_bounds(atom)
            if not (is_whole and len(monomial) == 1):
                bound = self._meet_learned(of_atom(atom), bound)
            total = total.product(bound) if len(monomial) > 1 else bound
        if len(monomial) == 2 and monomial[0] is monomial[1]:
            total = total.meet(Interval(0, None))
        if len(monomial) > 1 and not is_whole:
            total = self._meet_learned(Polynomial({monomial: 1}), total)
        return total

    def _meet_learned(self, value: Polynomial, bound: Interval) -> Interval:
        key, offset, sign = _key(value)
        learned = self._learned.get(key)
        return bound if learned is None else bound.meet(learned.times(sign).shifted(offset))

    def _atom_bounds(self, atom: Atom) -> Interval:
        match atom.kind:
            case "variable" | "apply":
                return Interval(atom.low, atom.high)
            case "wrap" | "signed_quotient" | "xor" | "or":
                return Interval(0, WORD.largest)
            case "and":
                return Interval(0, WORD.largest).meet(
                    Interval(0, _pick(min, *(self.bounds(word).high for word in atom.arguments)))
                )
            case "signed_wrap":
                return Interval(-WORD.half, WORD.half - 1)
            case "choose":
                return self._enclose(atom)
            case "minimum" | "maximum":
                return self._extreme_bounds(atom)
            case "quotient":
                return self._quotient_bounds(atom)
            case "remainder":
                return self._remainder_bounds(atom)
        return ANYTHING

    def _enclose(self, atom: Atom) -> Interval:
        left, right = (self.bounds(argument) for argument in atom.arguments)
        low = None if left.low is None or right.low is None else min(left.low, right.low)
        high = None if left.high is None or right.high is None else max(left.high, right.high)
        return Interval(low, high)

    def _extreme_bounds(self, atom: Atom) -> Interval:
        left, right = (self.bounds(argument) for argument in atom.arguments)
        around = self._enclose(atom)
        if atom.kind == "maximum":
            return Interval(_pick(max, left.low, right.low), around.high)
        bound = Interval(around.low, _pick(min, left.high, right.high))
        if atom.arguments[0] == -atom.arguments[1]:
            bound = bound.meet(Interval(None, 0))
        return bound

    def _quotient_bounds(self, atom: Atom) -> Interval:
        number, divisor = (self.bounds(argument) for argument in atom.arguments)
        least = max(divisor.low or 1, 1)
        most = None if divisor.high is None else max(divisor.high, 1)
        low = high = None
        if number.low is not None:
            far = 0 if most is None else number.low // most
            low = number.low // least if number.low < 0 else far
        if number.high is not None:
            far = -1 if most is None else number.high // most
            high = number.high // least if number.high >= 0 else far
        return Interval(low, high)

    def _remainder_bounds(self, atom: Atom) -> Interval:
        number, divisor = (self.bounds(argument) for argument in atom.arguments)
        high = None if divisor.high is None else max(divisor.high - 1, 0)
        if number.low is not None and number.low >= 0:
            high = _pick(min, high, number.high)
        return Interval(0, high)

    def is_within(self, value: Polynomial, low: int, high: int) -> bool:
        """Whether low <= value <= high follows from the bounds."""
        bound = self.bounds(value)
        return bound.low is not None and bound.high is not None and bound.low >= low and bound.high <= high

    def is_word(self, value: Polynomial) -> bool:
        """Whether `value` lies in [0, 2**256) by its bounds."""
        return self.is_within(value, 0, WORD.largest)

    def is_signed(self, value: Polynomial) -> bool:
        """Whether `value` lies in the signed range by its bounds."""
        return self.is_within(value, -WORD.half, WORD.half - 1)

    # ---- constructors that use the bounds

    def wrap(self, value: Polynomial) -> Polynomial:
        """`value` modulo 2**256."""
        value = _without_inner_wraps(value)
        if self.is_word(value):
            return value
        number = value.constant
        if number is not None:
            return constant(number % WORD.modulus)
        residues = {m: (factor + WORD.half) % WORD.modulus - WORD.half for m, factor in value.terms.items()}
        value = Polynomial({monomial: factor for monomial, factor in residues.items() if factor})
        return value if self.is_word(value) else atom_of("wrap", value)

    def signed(self, word: Polynomial) -> Polynomial:
        """`word` read as two's complement."""
        atom = word.atom
        value = atom.arguments[0] if atom is not None and atom.kind == "wrap" else word
        if self.is_signed(value):
            return value
        number = value.constant
        if number is not None:
            return constant((number + WORD.half) % WORD.modulus - WORD.half)
        if isinstance(atom, Choice):
            return choose(atom.condition, *(self.signed(argument) for argument in atom.arguments))
        return atom_of("signed_wrap", value)

    def quotient(self, number: Polynomial, divisor: Polynomial) -> Polynomial:
        """Floor of the division by `divisor`, which is positive wherever the result matters."""
        bound, by = self.bounds(number), divisor.constant
        is_positive = bound.low is not None and bound.low >= 0
        if by is not None and by > 0:
            if bound.low is not None and bound.high is not None and bound.low // by == bound.high // by:
                return constant(bound.low // by)
            inner = number.atom
            if inner is not None and inner.kind == "quotient" and (inner.arguments[1].constant or 0) > 0:
                return self.quotient(inner.arguments[0], inner.arguments[1] * by)
            high, low = _digits(number, by)
            if self.is_within(low, 0, by - 1):
                return high
        exact = number.divided_by(divisor) if by is None or by > 0 else None
        if exact is not None:
            return exact
        if self._is_below(bound, divisor):
            return ZERO
        if number.leading < 0 and number.constant is None and not is_positive:
            # floor(−n / d) = −ceil(n / d): one form for both signs
            rest = atom_of("remainder", -number, divisor)
            return choose(equal(rest, 0), ZERO, constant(-1)) - atom_of("quotient", -number, divisor)
        return atom_of("quotient", number, divisor)

    def remainder(self, number: Polynomial, divisor: Polynomial) -> Polynomial:
        """What `quotient` leaves."""
        by, value = divisor.constant, number.constant
        if by == WORD.modulus:
            return self.wrap(number)
        bound = self.bounds(number)
        if self._is_below(bound, divisor):
            return number
        if value is not None and by is not None and by > 0:
            return constant(value % by)
        if by is not None and by > 0:
            _, low = _digits(number, by)
            if self.is_within(low, 0, by - 1):
                return low
        if number.leading < 0 and value is None and not (bound.low is not None and bound.low >= 0):
            rest = atom_of("remainder", -number, divisor)
            return choose(equal(rest, 0), ZERO, divisor - rest)
        return atom_of("remainder", number, divisor)

    def _is_below(self, bound: Interval, divisor: Polynomial) -> bool:
        least = self.bounds(divisor).low
        return (
            bound.low is not None
            and bound.high is not None
            and least is not None
            and 0 <= bound.low <= bound.high < least
        )

    # ---- deciding and resolving

    def decide(self, formula: Formula) -> Formula:
        """`formula`, or true or false where the bounds and the conditions decide."""
        if formula.kind == "at_least_zero":
            bound = self.bounds(formula.polynomials[0])
            if bound.low is not None and bound.low >= 0:
                return TRUE
            if bound.high is not None and bound.high < 0:
                return FALSE
        elif formula.kind == "is_zero":
            bound = self.bounds(formula.polynomials[0])
            if (bound.low is not None and bound.low > 0) or (bound.high is not None and bound.high < 0):
                return FALSE
            if bound.low == bound.high == 0:
                return TRUE
        elif formula.kind in ("not", "and", "or", "iff"):
            formula = _CONNECTIVES[formula.kind](*(self.decide(part) for part in formula.parts))
        elif formula.kind in (UNSIGNED_PRODUCT, SIGNED_PRODUCT):
            formula = self._decide_product(formula)
        if formula in self._known:
            return TRUE
        return FALSE if negation(formula) in self._known else formula

    def _decide_product(self, formula: Formula) -> Formula:
        left, right, product = formula.polynomials
        if self.decide(equal(right, 0)) is not FALSE:
            return formula
        if formula.kind == UNSIGNED_PRODUCT:
            return self.decide(less(product, WORD.modulus))
        return overflow_check(SIGNED_PRODUCT_OR_ZERO, left, right, product)

    def resolve(self, value: Polynomial) -> Polynomial:
        """`value` with each choice, minimum, wrap and quotient inside of it simplified by what is known now."""
        known = self._resolved.get(value)
        if isinstance(known, Polynomial):
            return known
        if all(atom.kind == "variable" for atom in value.atoms):
            result = value
        else:
            result = ZERO
            for monomial, factor in value.terms.items():
                term = constant(factor)
                for atom in monomial:
                    term = term * (of_atom(atom) if atom.kind == "variable" else self._resolve_atom(atom))
                result = result + term
        self._resolved[value] = result
        return result

    def _resolve_atom(self, atom: Atom) -> Polynomial:
        if isinstance(atom, Choice):
            condition = self.resolve_formula(atom.condition)
            if condition is TRUE or condition is FALSE:
                return self.resolve(atom.arguments[0 if condition is TRUE else 1])
            return choose(condition, *(self.resolve(argument) for argument in atom.arguments))
        arguments = [self.resolve(argument) for argument in atom.arguments]
        match atom.kind:
            case "apply":
                return of_atom(Atom("apply", *arguments, name=atom.name, low=atom.low, high=atom.high))
            case "wrap":
                return self.wrap(arguments[0])
            case "signed_wrap":
                return arguments[0] if self.is_signed(arguments[0]) else atom_of("signed_wrap", arguments[0])
            case "quotient":
                return self.quotient(*arguments)
            case "remainder":
                return self.remainder(*arguments)
            case "minimum" | "maximum":
                return self.extreme(atom.kind, *arguments)
        return atom_of(atom.kind, *arguments)

    def extreme(self, kind: str, left: Polynomial, right: Polynomial) -> Polynomial:
        """The minimum or the maximum, decided where the bounds decide."""
        left_is_less = self.decide(at_least_zero(right - left))
        if left_is_less is TRUE:
            return left if kind == "minimum" else right
        right_is_less = self.decide(at_least_zero(left - right))
        if left_is_less is FALSE or right_is_less is TRUE:
            return right if kind == "minimum" else left
        return minimum(left, right) if kind == "minimum" else maximum(left, right)

    def resolve_formula(self, formula: Formula) -> Formula:
        """`formula` with everything inside of it resolved, and decided as far as possible."""
        known = self._resolved.get(formula)
        if isinstance(known, Formula):
            return known
        match formula.kind:
            case "at_least_zero":
                result = at_least_zero(self.resolve(formula.polynomials[0]))
            case "is_zero":
                result = equal(self.resolve(formula.polynomials[0]), 0)
            case "not" | "and" | "or" | "iff":
                result = _CONNECTIVES[formula.kind](*(self.resolve_formula(part) for part in formula.parts))
            case _:
                result = formula
        result = self.decide(result)
        self._resolved[formula] = result
        return result


def _key(value: Polynomial) -> tuple[Polynomial, int, int]:
    """`value` = sign · key + offset, with one key for p, −p and p + c."""
    offset = value.offset
    rest = value - offset if offset else value
    return (-rest, offset, -1) if rest.leading < 0 else (rest, offset, 1)


def _digits(value: Polynomial, by: int) -> tuple[Polynomial, Polynomial]:
    """`value` = by · high + low, with the terms in high that are multiples of `by` at sight."""
    high = Polynomial({monomial: factor // by for monomial, factor in value.terms.items() if factor % by == 0})
    return high, value - high * by


def _without_inner_wraps(value: Polynomial) -> Polynomial:
    """A polynomial that is equal to `value` modulo 2**256, without wraps among its atoms."""
    for _ in range(20):
        wrapped = next((atom for atom in value.atoms if atom.kind in ("wrap", "signed_wrap")), None)
        if wrapped is None:
            break
        total = ZERO
        for monomial, factor in value.terms.items():
            term = constant(factor)
            for atom in monomial:
                term = term * (atom.arguments[0] if atom is wrapped else of_atom(atom))
            total = total + term
        value = total
    return value
