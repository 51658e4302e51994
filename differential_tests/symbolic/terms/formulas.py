"""How formulas are built, simplified on the way.

Among them are the overflow checks that the Vyper compiler emits. It computes modulo 2**256 and then looks whether the
result can be right:

    x · y   (unsigned)   DIV(x·y, y) == x or y == 0
    x · y   (signed)     SDIV(x·y, y) == x or y == 0, and not (x == −2**255 and y == −1)
    x ± y   (signed)     (y < 0) == (x ± y < x), with > for −

Each comparison on its own is a formula kind with an exact meaning in plain terms (`expand`); `both`, `either` and
`same` fold a whole check into "the product (sum, difference) fits". A test compares each step with its meaning for all
words of 8 bits.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from differential_tests.symbolic.terms.terms import (
    FALSE,
    ONE,
    TRUE,
    WORD,
    ZERO,
    Choice,
    Formula,
    Polynomial,
    as_polynomial,
    atom_of,
    constant,
    of_atom,
)

UNSIGNED_PRODUCT: Final = "unsigned_product"
"""(x, y, x·y): DIV(x·y mod 2**256, y) == x."""

SIGNED_PRODUCT: Final = "signed_product"
"""(x, y, x·y): SDIV(x·y mod 2**256, y) == x."""

SIGNED_PRODUCT_OR_ZERO: Final = "signed_product_or_zero"
"""(x, y, x·y): the same, or y == 0."""

SIGNED_SUM_BELOW: Final = "signed_sum_below"
"""(s, x, d) with s = x + d: the wrapped s is below x; x and d in the signed range."""

SIGNED_DIFFERENCE_ABOVE: Final = "signed_difference_above"
"""(s, x, d) with s = x − d: the wrapped s is above x; x and d in the signed range."""

OVERFLOW_CHECKS: Final = frozenset(
    {UNSIGNED_PRODUCT, SIGNED_PRODUCT, SIGNED_PRODUCT_OR_ZERO, SIGNED_SUM_BELOW, SIGNED_DIFFERENCE_ABOVE}
)


def at_least_zero(value: Polynomial) -> Formula:
    """value >= 0."""
    number = value.constant
    if number is not None:
        return TRUE if number >= 0 else FALSE
    return Formula("at_least_zero", polynomials=(value,))


def less(left: Polynomial | int, right: Polynomial | int) -> Formula:
    """left < right."""
    return at_least_zero(as_polynomial(right) - as_polynomial(left) - 1)


def equal(left: Polynomial | int, right: Polynomial | int) -> Formula:
    """left == right."""
    difference = as_polynomial(left) - as_polynomial(right)
    number = difference.constant
    if number is not None:
        return FALSE if number else TRUE
    return Formula("is_zero", polynomials=(-difference if difference.leading < 0 else difference,))


def in_signed_range(value: Polynomial) -> Formula:
    """−2**255 <= value < 2**255."""
    return both(at_least_zero(value + WORD.half), less(value, WORD.half))


def overflow_check(kind: str, first: Polynomial, second: Polynomial, third: Polynomial) -> Formula:
    """One of `OVERFLOW_CHECKS`."""
    return Formula(kind, polynomials=(first, second, third))


def negation(formula: Formula) -> Formula:
    """Not `formula`."""
    if formula is TRUE:
        return FALSE
    if formula is FALSE:
        return TRUE
    if formula.kind == "not":
        return formula.parts[0]
    if formula.kind == "at_least_zero":
        return at_least_zero(-formula.polynomials[0] - 1)
    return Formula("not", parts=(formula,))


def _flatten(kind: str, formulas: tuple[Formula, ...]) -> list[Formula]:
    """The formulas without repetition, those of the same kind replaced by their parts."""
    flat: dict[Formula, None] = {}
    for formula in formulas:
        flat.update(dict.fromkeys(formula.parts if formula.kind == kind else (formula,)))
    return list(flat)


def _join(kind: str, parts: list[Formula], empty: Formula) -> Formula:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else Formula(kind, parts=tuple(sorted(parts, key=lambda part: part.serial)))


def both(*formulas: Formula) -> Formula:
    """All of them hold."""
    parts = [part for part in _flatten("and", formulas) if part is not TRUE]
    if FALSE in parts or any(negation(part) in parts for part in parts):
        return FALSE
    for part in parts:
        if part.kind == SIGNED_PRODUCT_OR_ZERO:
            left, right, product = part.polynomials
            not_the_corner = either(negation(equal(left, -WORD.half)), negation(equal(right, -1)))
            if not_the_corner is TRUE or not_the_corner in parts:
                rest = [other for other in parts if other not in (part, not_the_corner)]
                return both(in_signed_range(product), *rest)
    return _join("and", parts, TRUE)


def either(*formulas: Formula) -> Formula:
    """At least one of them holds."""
    parts = [part for part in _flatten("or", formulas) if part is not FALSE]
    if TRUE in parts or any(negation(part) in parts for part in parts):
        return TRUE
    for part in parts:
        if part.kind in (UNSIGNED_PRODUCT, SIGNED_PRODUCT):
            left, right, product = part.polynomials
            factor_is_zero = equal(right, 0)
            if factor_is_zero in parts:
                rest = [other for other in parts if other not in (part, factor_is_zero)]
                if part.kind == UNSIGNED_PRODUCT:
                    return either(less(product, WORD.modulus), *rest)
                return either(overflow_check(SIGNED_PRODUCT_OR_ZERO, left, right, product), *rest)
    return _join("or", parts, FALSE)


def same(left: Formula, right: Formula) -> Formula:
    """Both hold, or neither does."""
    if left is right:
        return TRUE
    for one, other in ((left, right), (right, left)):
        if one is TRUE:
            return other
        if one is FALSE:
            return negation(other)
        folded = _fold_signed_sum(one, other)
        if folded is not None:
            return folded
    if negation(left) is right:
        return FALSE
    return Formula("iff", parts=(left, right) if left.serial < right.serial else (right, left))


def _fold_signed_sum(sign: Formula, comparison: Formula) -> Formula | None:
    """(d < 0) == (wrapped x + d < x) says that x + d is in the signed range; likewise for x − d and >."""
    is_negated = comparison.kind == "not"
    check = comparison.parts[0] if is_negated else comparison
    if check.kind not in (SIGNED_SUM_BELOW, SIGNED_DIFFERENCE_ABOVE):
        return None
    total, _, step = check.polynomials
    falls = less(step, 0)
    return in_signed_range(total) if sign is (negation(falls) if is_negated else falls) else None


def choose(condition: Formula, if_true: Polynomial, if_false: Polynomial) -> Polynomial:
    """`if_true` where `condition` holds, else `if_false`; a minimum, a maximum or an absolute value as such."""
    if condition is TRUE or if_true == if_false:
        return if_true
    if condition is FALSE:
        return if_false
    if condition.kind == "is_zero" and condition is equal(if_true, if_false):
        return if_false
    if condition.kind == "at_least_zero":
        tested = condition.polynomials[0]
        difference = if_true - if_false
        if tested in (-difference, -difference - 1):
            return minimum(if_true, if_false)
        if tested in (difference, difference - 1):
            return maximum(if_true, if_false)
        if if_true == -if_false:
            if tested in (if_true, if_true - 1):
                return maximum(if_true, if_false)
            if tested in (if_false, if_false - 1):
                return minimum(if_true, if_false)
    return of_atom(Choice.of(condition, if_true, if_false))


def minimum(left: Polynomial, right: Polynomial) -> Polynomial:
    """The lesser of two."""
    return _extreme("minimum", left, right)


def maximum(left: Polynomial, right: Polynomial) -> Polynomial:
    """The greater of two. Of p and −p: the minimum's opposite, so that there is one form of an absolute value."""
    if left == -right:
        return -minimum(left, right)
    return _extreme("maximum", left, right)


def _extreme(kind: str, left: Polynomial, right: Polynomial) -> Polynomial:
    difference = (left - right).constant
    if difference is not None:
        return left if (difference < 0) == (kind == "minimum") else right
    first, second = sorted((left, right), key=lambda side: side.order)
    return atom_of(kind, first, second)


def absolute(value: Polynomial) -> Polynomial:
    """|value|."""
    number = value.constant
    return constant(abs(number)) if number is not None else maximum(value, -value)


def expand(formula: Formula) -> Formula:
    """An overflow check in plain terms; any other formula unchanged."""
    return _expand_check(formula, WORD.bits) if formula.kind in OVERFLOW_CHECKS else formula


@cache
def _expand_check(formula: Formula, _bits: int) -> Formula:
    first, second, third = formula.polynomials
    if formula.kind == UNSIGNED_PRODUCT:
        return both(less(third, WORD.modulus), either(negation(equal(second, 0)), equal(first, 0)))
    if formula.kind in (SIGNED_PRODUCT, SIGNED_PRODUCT_OR_ZERO):
        fits = either(in_signed_range(third), both(equal(first, -WORD.half), equal(second, -1)))
        by_zero = equal(second, 0)
        if formula.kind == SIGNED_PRODUCT_OR_ZERO:
            return either(fits, by_zero)
        return either(both(negation(by_zero), fits), both(by_zero, equal(first, 0)))
    rises = at_least_zero(third)
    if formula.kind == SIGNED_SUM_BELOW:
        return either(
            both(rises, at_least_zero(first - WORD.half)), both(negation(rises), at_least_zero(first + WORD.half))
        )
    return either(both(rises, less(first, -WORD.half)), both(negation(rises), less(first, WORD.half)))


def expand_signed_quotient(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    """SDIV of two numbers in the signed range, as a word: rounded towards 0; 0 by 0; −2**255 / −1 wraps."""
    return _expand_signed_quotient(dividend, divisor, WORD.bits)


@cache
def _expand_signed_quotient(dividend: Polynomial, divisor: Polynomial, _bits: int) -> Polynomial:
    size = atom_of("quotient", absolute(dividend), absolute(divisor))
    is_negative = negation(same(less(dividend, 0), less(divisor, 0)))
    return choose(equal(divisor, 0), ZERO, atom_of("wrap", choose(is_negative, -size, size)))


def is_truth(word: Polynomial) -> Formula | None:
    """The formula that `word` stands for, if it is 1 or 0 by its form."""
    number = word.constant
    if number in (0, 1):
        return TRUE if number else FALSE
    atom = word.atom
    if isinstance(atom, Choice):
        if_true, if_false = (is_truth(argument) for argument in atom.arguments)
        if if_true is not None and if_false is not None:
            return either(both(atom.condition, if_true), both(negation(atom.condition), if_false))
    return None


def as_word(formula: Formula) -> Polynomial:
    """1 where `formula` holds, else 0."""
    return choose(formula, ONE, ZERO)
