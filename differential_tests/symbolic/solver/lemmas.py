"""True statements about products and quotients that the solvers are given, instance by instance.

A solver finds few of them by itself. Each is a formula of SMT-LIB over names of integers and holds for ALL integers,
given the definitions: product = left · right; and for a divisor above 0, number = divisor · name + rest with
0 <= rest < divisor. A test checks every lemma for all small integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Quotient(NamedTuple):
    """A floor division: the names of its parts, and the ways to see the number as a product of two."""

    name: str
    rest: str
    number: str
    divisor: str
    factors: tuple[tuple[str, str], ...] = ()


def product(left: str, right: str, name: str) -> Iterator[str]:
    """By 0, 1 and −1; the signs; a product of two positive numbers is at least either."""
    for one, other in ((left, right), (right, left)):
        yield f"(=> (= {one} 0) (= {name} 0))"
        yield f"(=> (= {one} 1) (= {name} {other}))"
        yield f"(=> (= {one} (- 1)) (= {name} (- {other})))"
        yield f"(=> (and (<= {one} 0) (>= {other} 0)) (<= {name} 0))"
    yield f"(=> (and (>= {left} 0) (>= {right} 0)) (>= {name} 0))"
    yield f"(=> (and (<= {left} 0) (<= {right} 0)) (>= {name} 0))"
    yield f"(=> (and (>= {left} 1) (>= {right} 1)) (and (>= {name} {left}) (>= {name} {right})))"


def products_in_order(first: tuple[str, str, str], second: tuple[str, str, str]) -> Iterator[str]:
    """Two products with a factor in common are in the order of the other factors, and by a step that far apart."""
    for shared, one in ((first[0], first[1]), (first[1], first[0])):
        if shared not in second[:2]:
            continue
        other = second[1] if second[0] == shared else second[0]
        for less, more, low, high in ((one, other, first[2], second[2]), (other, one, second[2], first[2])):
            yield f"(=> (and (>= {shared} 0) (<= {less} {more})) (<= {low} {high}))"
            yield f"(=> (and (> {shared} 0) (< {less} {more})) (<= (+ {low} {shared}) {high}))"


def definition(quotient: Quotient, divisor_times_name: str) -> str:
    """number = divisor · name + rest, 0 <= rest < divisor, for a divisor above 0."""
    _, rest, number, divisor, _ = quotient
    return f"(=> (> {divisor} 0) (and (= {number} (+ {divisor_times_name} {rest})) (<= 0 {rest}) (< {rest} {divisor})))"


def quotient(quotient: Quotient) -> Iterator[str]:
    """A quotient is not negative and at most the number; a · b / c is at most a when b <= c, at least a when b >= c."""
    name, _, number, divisor, factors = quotient
    yield f"(=> (and (> {divisor} 0) (>= {number} 0)) (and (<= 0 {name}) (<= {name} {number})))"
    for kept, scaled in factors:
        bounded = f"(> {divisor} 0) (>= {kept} 0)"
        yield f"(=> (and {bounded} (<= {scaled} {divisor})) (<= {name} {kept}))"
        yield f"(=> (and {bounded} (>= {scaled} {divisor})) (>= {name} {kept}))"


def quotients_in_order(one: Quotient, other: Quotient) -> Iterator[str]:
    """Quotients by one divisor are in the order of the numbers; quotients of one number against that of divisors."""
    for first, second in ((one, other), (other, one)):
        if first.divisor == second.divisor:
            order = f"(> {first.divisor} 0) (<= {first.number} {second.number})"
            yield f"(=> (and {order}) (<= {first.name} {second.name}))"
        if first.number == second.number:
            order = f"(< 0 {first.divisor}) (<= {first.divisor} {second.divisor})"
            yield f"(=> (and (>= {first.number} 0) {order}) (>= {first.name} {second.name}))"
