"""Every rewriting and every lemma that a proof may use, compared with its meaning for all small numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from itertools import product as all_of

import pytest

from differential_tests.symbolic.solver import lemmas
from differential_tests.symbolic.terms import arithmetic
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import both, either, equal, less, negation, same
from differential_tests.symbolic.terms.terms import WORD, Formula, Polynomial, constant, variable, word_bits


def wrapped(value: int) -> int:
    return value % WORD.modulus


def signed(word: int) -> int:
    return (word + WORD.half) % WORD.modulus - WORD.half


def toward_zero(number: int, divisor: int) -> int:
    if divisor == 0:
        return 0
    quotient = abs(number) // abs(divisor)
    return quotient if (number < 0) == (divisor < 0) else -quotient


def unsigned_words() -> tuple[Polynomial, Polynomial]:
    return variable("x", 0, WORD.largest), variable("y", 0, WORD.largest)


def signed_words(facts: Facts) -> tuple[Polynomial, Polynomial]:
    return tuple(facts.wrap(variable(name, -WORD.half, WORD.half - 1)) for name in ("x", "y"))  # type: ignore[return-value]  # two


def unsigned_product(facts: Facts) -> Formula:
    """x · y as the compiler checks it."""
    x, y = unsigned_words()
    total = arithmetic.multiply(x, y, facts)
    fits = arithmetic.words_equal(arithmetic.divide(total, y, facts), x, facts)
    return either(fits, negation(arithmetic.is_nonzero(y, facts)))


def unsigned_product_half(facts: Facts) -> Formula:
    """The comparison alone: it is also false by y == 0 and x != 0."""
    x, y = unsigned_words()
    return arithmetic.words_equal(arithmetic.divide(arithmetic.multiply(x, y, facts), y, facts), x, facts)


def unsigned_sum(facts: Facts) -> Formula:
    x, y = unsigned_words()
    return negation(arithmetic.unsigned_less(facts.wrap(x + y), x, facts))


def unsigned_difference(facts: Facts) -> Formula:
    x, y = unsigned_words()
    return negation(arithmetic.unsigned_less(x, facts.wrap(x - y), facts))


def signed_product(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    total = arithmetic.multiply(x, y, facts)
    fits = arithmetic.words_equal(arithmetic.signed_divide(total, y, facts), x, facts)
    corner = both(equal(facts.signed(x), -WORD.half), equal(facts.signed(y), -1))
    return both(either(fits, negation(arithmetic.is_nonzero(y, facts))), negation(corner))


def signed_product_half(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    total = arithmetic.multiply(x, y, facts)
    return arithmetic.words_equal(arithmetic.signed_divide(total, y, facts), x, facts)


def signed_sum(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    return same(less(facts.signed(y), 0), arithmetic.signed_less(facts.wrap(x + y), x, facts))


def signed_sum_half(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    return arithmetic.signed_less(facts.wrap(x + y), x, facts)


def signed_difference(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    return same(less(facts.signed(y), 0), arithmetic.signed_less(x, facts.wrap(x - y), facts))


def signed_difference_half(facts: Facts) -> Formula:
    x, y = signed_words(facts)
    return arithmetic.signed_less(x, facts.wrap(x - y), facts)


def quotient_word(number: int, divisor: int) -> int:
    return number // divisor if divisor else 0


def fits_signed(value: int) -> bool:
    return -WORD.half <= value < WORD.half


UNSIGNED_CHECKS: list[tuple[Callable[[Facts], Formula], Callable[[int, int], bool]]] = [
    (unsigned_product, lambda x, y: x * y < WORD.modulus),
    (unsigned_product_half, lambda x, y: quotient_word(wrapped(x * y), y) == x),
    (unsigned_sum, lambda x, y: x + y < WORD.modulus),
    (unsigned_difference, lambda x, y: x >= y),
]

SIGNED_CHECKS: list[tuple[Callable[[Facts], Formula], Callable[[int, int], bool]]] = [
    (signed_product, lambda x, y: fits_signed(x * y)),
    (signed_product_half, lambda x, y: wrapped(toward_zero(signed(wrapped(x * y)), y)) == wrapped(x)),
    (signed_sum, lambda x, y: fits_signed(x + y)),
    (signed_sum_half, lambda x, y: signed(wrapped(x + y)) < x),
    (signed_difference, lambda x, y: fits_signed(x - y)),
    (signed_difference_half, lambda x, y: x < signed(wrapped(x - y))),
]


@pytest.mark.parametrize(("check", "meaning"), UNSIGNED_CHECKS, ids=lambda value: value.__name__)
def test_unsigned_overflow_checks_at_8_bits(
    check: Callable[[Facts], Formula], meaning: Callable[[int, int], bool]
) -> None:
    with word_bits(8):
        formula = check(Facts())
        for x, y in all_of(range(256), repeat=2):
            assert Evaluation({"x": x, "y": y}).holds(formula) == meaning(x, y), (x, y)


@pytest.mark.parametrize(("check", "meaning"), SIGNED_CHECKS, ids=lambda value: value.__name__)
def test_signed_overflow_checks_at_8_bits(
    check: Callable[[Facts], Formula], meaning: Callable[[int, int], bool]
) -> None:
    with word_bits(8):
        formula = check(Facts())
        for x, y in all_of(range(-128, 128), repeat=2):
            assert Evaluation({"x": x, "y": y}).holds(formula) == meaning(x, y), (x, y)


INSTRUCTIONS: dict[int, Callable[[int, int], int]] = {
    0x01: lambda x, y: wrapped(x + y),
    0x02: lambda x, y: wrapped(x * y),
    0x03: lambda x, y: wrapped(x - y),
    0x04: quotient_word,
    0x05: lambda x, y: wrapped(toward_zero(signed(x), signed(y))),
    0x06: lambda x, y: x % y if y else 0,
    0x07: lambda x, y: wrapped(signed(x) - signed(y) * toward_zero(signed(x), signed(y))) if y else 0,
    0x10: lambda x, y: int(x < y),
    0x11: lambda x, y: int(x > y),
    0x12: lambda x, y: int(signed(x) < signed(y)),
    0x13: lambda x, y: int(signed(x) > signed(y)),
    0x14: lambda x, y: int(x == y),
    0x16: lambda x, y: x & y,
    0x17: lambda x, y: x | y,
    0x18: lambda x, y: x ^ y,
}


def operands(facts: Facts) -> Iterator[tuple[Polynomial, Callable[[int, int], int]]]:
    """Words of several shapes over x and y, with their values."""
    x, y = unsigned_words()
    yield x, lambda x, _: x
    yield y, lambda _, y: y
    yield facts.wrap(x - y), lambda x, y: wrapped(x - y)
    yield facts.wrap(-x), lambda x, _: wrapped(-x)
    yield arithmetic.divide(x, y, facts), quotient_word
    yield (
        arithmetic.signed_divide(facts.wrap(x + y), y, facts),
        lambda x, y: wrapped(toward_zero(signed(wrapped(x + y)), signed(y))),
    )
    yield arithmetic.OPERATIONS[0x10][1](x, y, facts), lambda x, y: int(x < y)
    yield arithmetic.OPERATIONS[0x12][1](x, y, facts), lambda x, y: int(signed(x) < signed(y))
    yield facts.extreme("maximum", x, y), max
    yield constant(0), lambda _x, _y: 0
    yield constant(3), lambda _x, _y: 3
    yield constant(WORD.largest - 3), lambda _x, _y: WORD.largest - 3


def path_facts() -> Iterator[Facts]:
    """Nothing known; and several things that make terms simpler."""
    x, y = unsigned_words()
    yield Facts()
    for conditions in (
        [less(x, y), less(x, WORD.half)],
        [negation(less(x, y)), negation(equal(y, 0))],
        [less(x * y, WORD.modulus), negation(equal(x * y, 0))],
        [less(x + y, 7)],
    ):
        facts = Facts()
        for condition in conditions:
            facts.assume(condition)
        yield facts


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=hex)
def test_instructions_at_3_bits(instruction: int) -> None:
    """On operands of many shapes, under several facts, before and after resolving them."""
    meaning, (_, operation) = INSTRUCTIONS[instruction], arithmetic.OPERATIONS[instruction]
    with word_bits(3):
        for facts in path_facts():
            terms = []
            for (left, left_value), (right, right_value) in all_of(list(operands(Facts())), repeat=2):
                word = operation(facts.resolve(left), facts.resolve(right), facts)
                terms.append((word, left_value, right_value))
                terms.append((facts.resolve(operation(left, right, Facts())), left_value, right_value))
            for x, y in all_of(range(8), repeat=2):
                evaluation = Evaluation({"x": x, "y": y})
                if all(map(evaluation.holds, facts.conditions)):
                    for word, left_value, right_value in terms:
                        wanted = meaning(left_value(x, y), right_value(x, y))
                        assert evaluation.value(word) == wanted, (x, y, word, facts.conditions)


# ---- lemmas for the solvers


def evaluate(text: str, values: dict[str, int]) -> bool:
    """The truth of an SMT-LIB formula over integers."""
    tokens = re.findall(r"[()]|[^\s()]+", text)
    operations: dict[str, Callable[..., int | bool]] = {
        "and": lambda *parts: all(parts),
        "=>": lambda left, right: not left or right,
        "=": lambda left, right: left == right,
        "<=": lambda *parts: all(low <= high for low, high in pairwise(parts)),
        ">=": lambda left, right: left >= right,
        "<": lambda left, right: left < right,
        ">": lambda left, right: left > right,
        "+": lambda *parts: sum(parts),
        "-": lambda *parts: -parts[0] if len(parts) == 1 else parts[0] - parts[1],
        "*": lambda left, right: left * right,
    }

    def read() -> int | bool:
        token = tokens.pop(0)
        if token != "(":  # noqa: S105 (a bracket)
            return values[token] if token in values else int(token)
        operation = operations[tokens.pop(0)]
        parts = []
        while tokens[0] != ")":
            parts.append(read())
        tokens.pop(0)
        return operation(*parts)

    return bool(read())


def test_lemmas_of_a_product() -> None:
    texts = list(lemmas.product("a", "b", "p"))
    for a, b in all_of(range(-6, 7), repeat=2):
        assert all(evaluate(text, {"a": a, "b": b, "p": a * b}) for text in texts)


@pytest.mark.parametrize(
    "factors", [("a", "b", "a", "c"), ("b", "a", "a", "c"), ("b", "a", "c", "a"), ("a", "a", "a", "c")]
)
def test_lemmas_of_two_products(factors: tuple[str, str, str, str]) -> None:
    first, second = (factors[0], factors[1], "p"), (factors[2], factors[3], "q")
    texts = [*lemmas.products_in_order(first, second), *lemmas.products_in_order(second, first)]
    assert texts
    for a, b, c in all_of(range(-4, 5), repeat=3):
        values = {"a": a, "b": b, "c": c}
        values["p"], values["q"] = values[factors[0]] * values[factors[1]], values[factors[2]] * values[factors[3]]
        assert all(evaluate(text, values) for text in texts), values


def divided(number: int, divisor: int) -> Iterator[tuple[int, int]]:
    """Quotient and rest; anything, where the divisor is not positive."""
    return iter([divmod(number, divisor)] if divisor > 0 else [(-3, 5), (0, 0), (4, -1)])


def test_lemmas_of_a_quotient() -> None:
    quotient = lemmas.Quotient("q", "r", "n", "d", (("a", "b"), ("b", "a")))
    texts = [lemmas.definition(quotient, "t"), *lemmas.quotient(quotient)]
    for a, b, d in all_of(range(-5, 6), repeat=3):
        for q, r in divided(a * b, d):
            values = {"a": a, "b": b, "n": a * b, "d": d, "q": q, "r": r, "t": d * q}
            assert all(evaluate(text, values) for text in texts), values


@pytest.mark.parametrize(("divisor", "number"), [("d", "m"), ("e", "n"), ("d", "n")])
def test_lemmas_of_two_quotients(divisor: str, number: str) -> None:
    one, other = lemmas.Quotient("q", "r", "n", "d"), lemmas.Quotient("p", "s", number, divisor)
    texts = list(lemmas.quotients_in_order(one, other))
    assert texts
    for n, m, d, e in all_of(range(-6, 7), range(-6, 7), range(-1, 5), range(-1, 5)):
        values = {"n": n, "m": m, "d": d, "e": e}
        for (q, _), (p, _) in all_of(divided(n, d), divided(values[number], values[divisor])):
            if d > 0 and values[divisor] > 0:
                assert all(evaluate(text, values | {"q": q, "p": p}) for text in texts), values


@pytest.mark.parametrize("by", [2, 3, 4, 6, 8, 12])
def test_digits_of_a_packed_number(by: int) -> None:
    """Terms that are multiples of the divisor leave the quotient whole, if the rest is below it; if not, not."""
    a, b, c = variable("a", 0, 3), variable("b", -2, 1), variable("c", 0, 5)
    facts = Facts()
    for number in (a + b * 4 + c * 8, a * 4 + c * 8 + 3, a * 4 + c * 8 + 4, b * 12 - a, a + b * 4 + 5, c * 6 + b * 4):
        quotient, rest = facts.quotient(number, constant(by)), facts.remainder(number, constant(by))
        for values in all_of(range(4), range(-2, 2), range(6)):
            evaluation = Evaluation(dict(zip("abc", values, strict=True)))
            expected = divmod(evaluation.value(number), by)
            assert (evaluation.value(quotient), evaluation.value(rest)) == expected, values
    assert facts.quotient(a + b * 4 + c * 8, constant(4)) == b + c * 2
    assert facts.remainder(a + b * 4 + c * 8, constant(4)) == a
    assert facts.remainder(a + b * 3, constant(3)) != a, "a may be 3"
