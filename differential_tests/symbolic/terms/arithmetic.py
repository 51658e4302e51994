"""The arithmetic and logic instructions of the EVM on symbolic words.

Each function takes words (polynomials in [0, 2**256)) and the path's facts, and gives a word or a formula. Where the
operands have the shape of one of the compiler's checks, the result is the check's meaning, e.g. "x·y < 2**256".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import (
    SIGNED_DIFFERENCE_ABOVE,
    SIGNED_PRODUCT,
    SIGNED_SUM_BELOW,
    UNSIGNED_PRODUCT,
    absolute,
    as_word,
    at_least_zero,
    both,
    choose,
    either,
    equal,
    is_truth,
    less,
    negation,
    overflow_check,
    same,
)
from differential_tests.symbolic.terms.terms import (
    ONE,
    TRUE,
    WORD,
    ZERO,
    Choice,
    Formula,
    Polynomial,
    atom_of,
    constant,
)


class Unsupported(Exception):
    """The prover does not know this instruction or this construct: nothing is proved."""


LARGEST_EXPONENT: Final = 16


def is_nonzero(word: Polynomial, facts: Facts) -> Formula:
    """Whether `word` is true for a conditional jump."""
    atom = word.atom
    if isinstance(atom, Choice):
        if_true, if_false = (is_nonzero(argument, facts) for argument in atom.arguments)
        return either(both(atom.condition, if_true), both(negation(atom.condition), if_false))
    if atom is not None and atom.kind == "xor":
        return negation(words_equal(atom.arguments[0], atom.arguments[1], facts))
    if atom is not None and atom.kind == "or":
        return either(*(is_nonzero(argument, facts) for argument in atom.arguments))
    return negation(words_equal(word, ZERO, facts))


def words_equal(left: Polynomial, right: Polynomial, facts: Facts) -> Formula:
    """EQ."""
    for word, other in ((left, right), (right, left)):
        check = _quotient_equals(word, other, facts) or _wrapped_equals(word, other, facts)
        if check is not None:
            return check
    left_truth, right_truth = is_truth(left), is_truth(right)
    if left_truth is not None and right_truth is not None:
        return same(left_truth, right_truth)
    signed_left, signed_right = facts.signed(left), facts.signed(right)
    is_plain = all(atom.kind != "signed_wrap" for side in (signed_left, signed_right) for atom in side.atoms)
    return equal(signed_left, signed_right) if is_plain else equal(left, right)


def _quotient_equals(word: Polynomial, other: Polynomial, facts: Facts) -> Formula | None:
    """EQ of a quotient: the compiler's check of a product, or a quotient by a constant against a constant."""
    outer = word.atom
    if outer is None:
        return None
    if outer.kind == "signed_quotient":
        _, divisor, product = outer.arguments
        factor = facts.signed(other)
        return overflow_check(SIGNED_PRODUCT, factor, divisor, product) if product == divisor * factor else None
    atom = outer
    if isinstance(outer, Choice) and outer.arguments[0] == ZERO:
        inner = outer.arguments[1].atom
        if inner is not None and inner.kind == "quotient" and outer.condition is equal(inner.arguments[1], 0):
            atom = inner
    if atom.kind != "quotient":
        return None
    number, divisor = atom.arguments
    product = divisor * other
    is_constant = (divisor.constant or 0) > 0
    wrapped = number.atom
    if facts.is_word(other) and facts.is_word(divisor):
        if wrapped is not None and wrapped.kind == "wrap" and wrapped.arguments[0] == product:
            return (
                less(product, WORD.modulus)
                if is_constant
                else overflow_check(UNSIGNED_PRODUCT, other, divisor, product)
            )
        if number == product and facts.is_word(number):
            return TRUE if is_constant else either(negation(equal(divisor, 0)), equal(other, 0))
    if is_constant and other.constant is not None and atom is outer:
        return both(at_least_zero(number - product), less(number, product + divisor))
    return None


def _wrapped_equals(word: Polynomial, other: Polynomial, facts: Facts) -> Formula | None:
    """EQ of a number in the signed range, wrapped to a word: the same as signed numbers."""
    atom = word.atom
    if (
        atom is not None
        and atom.kind == "wrap"
        and atom.arguments[0].atom is None
        and facts.is_signed(atom.arguments[0])
    ):
        return equal(atom.arguments[0], facts.signed(other))
    return None


def unsigned_less(left: Polynomial, right: Polynomial, facts: Facts) -> Formula:
    """LT; of a wrapped sum or difference: whether it left the words."""
    left_atom, right_atom = left.atom, right.atom
    if left_atom is not None and left_atom.kind == "wrap":
        total = left_atom.arguments[0]
        if facts.is_word(total - right) and facts.is_within(total, 0, 2 * WORD.modulus - 1):
            return at_least_zero(total - WORD.modulus)
    if right_atom is not None and right_atom.kind == "wrap":
        total = right_atom.arguments[0]
        if facts.is_word(left - total) and facts.is_within(total, -WORD.modulus, WORD.largest):
            return less(total, 0)
    return less(left, right)


def signed_less(left: Polynomial, right: Polynomial, facts: Facts) -> Formula:
    """SLT; of a wrapped sum or difference: as one of the overflow checks."""
    signed_left, signed_right = facts.signed(left), facts.signed(right)
    left_atom, right_atom = signed_left.atom, signed_right.atom
    if left_atom is not None and left_atom.kind == "signed_wrap":
        total = left_atom.arguments[0]
        if facts.is_signed(total - signed_right):
            return overflow_check(SIGNED_SUM_BELOW, total, signed_right, total - signed_right)
    if right_atom is not None and right_atom.kind == "signed_wrap":
        total = right_atom.arguments[0]
        if facts.is_signed(signed_left - total):
            return overflow_check(SIGNED_DIFFERENCE_ABOVE, total, signed_left, signed_left - total)
    return less(signed_left, signed_right)


def multiply(left: Polynomial, right: Polynomial, facts: Facts) -> Polynomial:
    """MUL; by a truth value: a choice."""
    for word, other in ((left, right), (right, left)):
        atom = word.atom
        if isinstance(atom, Choice) and is_truth(word) is not None:
            return choose(atom.condition, *(multiply(argument, other, facts) for argument in atom.arguments))
    return facts.wrap(left * right)


def divide(number: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """DIV."""
    return choose(facts.decide(equal(divisor, 0)), ZERO, facts.quotient(number, divisor))


def modulo(number: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """MOD."""
    return choose(facts.decide(equal(divisor, 0)), ZERO, facts.remainder(number, divisor))


def _absolute(value: Polynomial, facts: Facts) -> Polynomial:
    bound = facts.bounds(value)
    if bound.low is not None and bound.low >= 0:
        return value
    return -value if bound.high is not None and bound.high <= 0 else absolute(value)


def signed_divide(number: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """SDIV."""
    signed_number, signed_divisor = facts.signed(number), facts.signed(divisor)
    atom = signed_number.atom
    if atom is not None and atom.kind == "signed_wrap":
        return atom_of("signed_quotient", signed_number, signed_divisor, atom.arguments[0])
    size = facts.quotient(_absolute(signed_number, facts), _absolute(signed_divisor, facts))
    is_negative = negation(same(facts.decide(less(signed_number, 0)), facts.decide(less(signed_divisor, 0))))
    return choose(facts.decide(equal(signed_divisor, 0)), ZERO, facts.wrap(choose(is_negative, -size, size)))


def signed_modulo(number: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """SMOD: the sign of the dividend."""
    signed_number, signed_divisor = facts.signed(number), facts.signed(divisor)
    size = facts.remainder(_absolute(signed_number, facts), _absolute(signed_divisor, facts))
    rest = choose(facts.decide(less(signed_number, 0)), -size, size)
    return choose(facts.decide(equal(signed_divisor, 0)), ZERO, facts.wrap(rest))


def add_modulo(left: Polynomial, right: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """ADDMOD: the sum does not wrap."""
    return modulo(left + right, divisor, facts)


def multiply_modulo(left: Polynomial, right: Polynomial, divisor: Polynomial, facts: Facts) -> Polynomial:
    """MULMOD: the product does not wrap."""
    return modulo(left * right, divisor, facts)


def power(base: Polynomial, exponent: Polynomial, facts: Facts) -> Polynomial:
    """EXP of a constant exponent."""
    times, number = exponent.constant, base.constant
    if times is None or (number is None and times > LARGEST_EXPONENT):
        raise Unsupported("EXP of an exponent that is not a small constant")
    if number is not None:
        return constant(pow(number, times, WORD.modulus))
    product, factor = ONE, facts.signed(base)
    for _ in range(times):
        product = product * factor
    return facts.wrap(product)


def sign_extend(size: Polynomial, word: Polynomial, facts: Facts) -> Polynomial:
    """SIGNEXTEND of a constant size."""
    bits = 8 * (_constant(size, "SIGNEXTEND") + 1)
    if bits >= WORD.bits:
        return word
    low = facts.remainder(word, constant(1 << bits))
    return choose(facts.decide(less(low, 1 << (bits - 1))), low, low + WORD.modulus - (1 << bits))


def bit_and(left: Polynomial, right: Polynomial, facts: Facts) -> Polynomial:
    """AND."""
    left_truth, right_truth = is_truth(left), is_truth(right)
    if left_truth is not None and right_truth is not None:
        return as_word(both(left_truth, right_truth))
    for word, other in ((left, right), (right, left)):
        mask = word.constant
        if mask is None:
            continue
        if other.constant is not None:
            return constant(mask & other.constant)
        if mask & (mask + 1) == 0:
            return facts.remainder(other, constant(mask + 1))
        cleared = WORD.modulus - mask
        if cleared & (cleared - 1) == 0:
            return other - facts.remainder(other, constant(cleared))
    return _bits("and", left, right)


def bit_or(left: Polynomial, right: Polynomial, _facts: Facts) -> Polynomial:
    """OR."""
    left_truth, right_truth = is_truth(left), is_truth(right)
    if left_truth is not None and right_truth is not None:
        return as_word(either(left_truth, right_truth))
    if left.constant is not None and right.constant is not None:
        return constant(left.constant | right.constant)
    for word, other in ((left, right), (right, left)):
        if word.constant == 0:
            return other
    return _bits("or", left, right)


def bit_xor(left: Polynomial, right: Polynomial, facts: Facts) -> Polynomial:
    """XOR; the compiler's `b ^ ((a ^ b) * condition)` becomes a choice."""
    left_truth, right_truth = is_truth(left), is_truth(right)
    if left_truth is not None and right_truth is not None:
        return as_word(negation(same(left_truth, right_truth)))
    if left == right:
        return ZERO
    if left.constant is not None and right.constant is not None:
        return constant(left.constant ^ right.constant)
    for word, other in ((left, right), (right, left)):
        if word.constant == 0:
            return other
        atom = word.atom
        if atom is not None and atom.kind == "xor" and other in atom.arguments:
            return atom.arguments[0] if atom.arguments[1] == other else atom.arguments[1]
    for word, other in ((left, right), (right, left)):
        atom = word.atom
        if isinstance(atom, Choice) and is_truth(word) is None:
            return choose(atom.condition, *(bit_xor(argument, other, facts) for argument in atom.arguments))
    return _bits("xor", left, right)


def _bits(kind: str, left: Polynomial, right: Polynomial) -> Polynomial:
    first, second = sorted((left, right), key=lambda word: word.order)
    return atom_of(kind, first, second)


def _constant(word: Polynomial, instruction: str) -> int:
    number = word.constant
    if number is None:
        raise Unsupported(f"{instruction} by a number that is not a constant")
    return number


def shift_left(by: Polynomial, word: Polynomial, facts: Facts) -> Polynomial:
    """SHL by a constant."""
    bits = _constant(by, "SHL")
    return facts.wrap(word * (1 << bits)) if bits < WORD.bits else ZERO


def shift_right(by: Polynomial, word: Polynomial, facts: Facts) -> Polynomial:
    """SHR by a constant."""
    bits = _constant(by, "SHR")
    return facts.quotient(word, constant(1 << bits)) if bits < WORD.bits else ZERO


def signed_shift_right(by: Polynomial, word: Polynomial, facts: Facts) -> Polynomial:
    """SAR by a constant."""
    bits = min(_constant(by, "SAR"), WORD.bits - 1)
    return facts.wrap(facts.quotient(facts.signed(word), constant(1 << bits)))


def _truth(formula: Formula, facts: Facts) -> Polynomial:
    return as_word(facts.decide(formula))


Operation = Callable[..., Polynomial]

OPERATIONS: Final[dict[int, tuple[int, Operation]]] = {
    0x01: (2, lambda left, right, facts: facts.wrap(left + right)),
    0x02: (2, multiply),
    0x03: (2, lambda left, right, facts: facts.wrap(left - right)),
    0x04: (2, divide),
    0x05: (2, signed_divide),
    0x06: (2, modulo),
    0x07: (2, signed_modulo),
    0x08: (3, add_modulo),
    0x09: (3, multiply_modulo),
    0x0A: (2, power),
    0x0B: (2, sign_extend),
    0x10: (2, lambda left, right, facts: _truth(unsigned_less(left, right, facts), facts)),
    0x11: (2, lambda left, right, facts: _truth(unsigned_less(right, left, facts), facts)),
    0x12: (2, lambda left, right, facts: _truth(signed_less(left, right, facts), facts)),
    0x13: (2, lambda left, right, facts: _truth(signed_less(right, left, facts), facts)),
    0x14: (2, lambda left, right, facts: _truth(words_equal(left, right, facts), facts)),
    0x15: (1, lambda word, facts: _truth(negation(is_nonzero(word, facts)), facts)),
    0x16: (2, bit_and),
    0x17: (2, bit_or),
    0x18: (2, bit_xor),
    0x19: (1, lambda word, facts: facts.wrap(-word - 1)),
    0x1B: (2, shift_left),
    0x1C: (2, shift_right),
    0x1D: (2, signed_shift_right),
}
"""The instruction's byte: how many words it takes, and what it gives."""
