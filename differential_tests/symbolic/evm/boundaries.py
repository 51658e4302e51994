"""Arguments for Hypothesis that keep to a function's preconditions and like its boundaries."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from types import CodeType
from typing import Any, Final

from hypothesis import strategies as st

from differential_tests.symbolic.prove import constants_of
from differential_tests.symbolic.terms.domain import contract_lines
from differential_tests.symbolic.terms.word_type import WordType

POWERS: Final = sorted(
    sign * (power + step)
    for power in [*(2**bits for bits in range(257)), *(10**digits for digits in range(78))]
    for step in (-1, 0, 1)
    for sign in (-1, 1)
)


@dataclass(frozen=True)
class _Bound:
    """What a comparison of a precondition says of one argument: name · factor below or above a limit."""

    name: str
    factor: CodeType | None
    limit: CodeType
    needs: frozenset[str]
    """The other arguments in it."""
    is_upper: bool
    is_strict: bool

    def value(self, namespace: Mapping[str, Any]) -> int | None:
        """The greatest or the least number that it allows; None if it says nothing."""
        limit, factor = _number(self.limit, namespace), 1 if self.factor is None else _number(self.factor, namespace)
        if factor <= 0:
            return None
        if self.is_upper:
            return (limit - self.is_strict) // factor
        return -((-limit - self.is_strict) // factor)


class Steered:
    """The arguments of a function, one after the other, each within what those before leave of the domain."""

    def __init__(self, function: Callable[..., Any], types: Mapping[str, WordType]) -> None:
        self.types = types
        self._bounds = [bound for line in contract_lines(function, "pre") for bound in _bounds_in(line, set(types))]
        self._namespace = function.__globals__
        self._constants = {number + step for number in constants_of(function) for step in (-1, 0, 1)}

    def arguments(self) -> st.SearchStrategy[dict[str, int]]:
        """Most of what is drawn is in the domain."""
        return st.composite(lambda draw: self._draw(partial(_draw_number, draw)))()

    def sample(self, chance: Random) -> dict[str, int]:
        """The same without Hypothesis: the same chance gives the same arguments."""
        return self._draw(partial(_sample_number, chance))

    def _draw(self, pick: Callable[[list[Sequence[int]], int, int], int]) -> dict[str, int]:
        drawn: dict[str, int] = {}
        while len(drawn) < len(self.types):
            ranges = {name: self._range(name, drawn) for name in self.types if name not in drawn}
            name = min(ranges, key=lambda name: ranges[name][1] - ranges[name][0])
            low, high = ranges[name]
            high = max(low, high)
            drawn[name] = pick(self._favourites(low, high, drawn.values()), low, high)
        return {name: drawn[name] for name in self.types}

    def _range(self, name: str, drawn: Mapping[str, int]) -> tuple[int, int]:
        """The least and the greatest value, as far as the drawn arguments decide; none if the first is greater."""
        low, high = self.types[name].low, self.types[name].high
        namespace = {**self._namespace, **drawn}
        for bound in self._bounds:
            if bound.name != name or not bound.needs <= drawn.keys():
                continue
            value = bound.value(namespace)
            if value is not None and bound.is_upper:
                high = min(high, value)
            elif value is not None:
                low = max(low, value)
        return low, high

    def _favourites(self, low: int, high: int, drawn: Iterable[int]) -> list[Sequence[int]]:
        """Numbers of a range: its edges, drawn numbers and constants with their neighbours; round ones."""
        near = {sign * number + step for number in drawn for step in (-1, 0, 1) for sign in (-1, 1)}
        special = {low, low + 1, high - 1, high} | near | self._constants
        choices = [
            sorted((number for number in special if low <= number <= high), key=abs),
            POWERS[bisect_left(POWERS, low) : bisect_right(POWERS, high)],
        ]
        return [choice for choice in choices if choice]


def _draw_number(draw: st.DrawFn, favourites: list[Sequence[int]], low: int, high: int) -> int:
    number: int = draw(st.one_of(*(st.sampled_from(choice) for choice in favourites), st.integers(low, high)))
    return number


def _sample_number(chance: Random, favourites: list[Sequence[int]], low: int, high: int) -> int:
    kind = chance.randrange(len(favourites) + 1)
    return chance.choice(favourites[kind]) if kind < len(favourites) else chance.randint(low, high)


def _number(code: CodeType, namespace: Mapping[str, Any]) -> int:
    return int(eval(code, dict(namespace)))  # noqa: S307 (our docstrings)


def _bounds_in(line: str, names: set[str]) -> Iterator[_Bound]:
    """What the comparisons of one precondition say of single arguments."""
    tree = ast.parse(line, mode="eval").body
    if not isinstance(tree, ast.Compare):
        return
    operands = [tree.left, *tree.comparators]
    for left, operator, right in zip(operands, tree.ops, operands[1:], strict=False):
        is_strict = isinstance(operator, ast.Lt | ast.Gt)
        if isinstance(operator, ast.Lt | ast.LtE):
            less, more = left, right
        elif isinstance(operator, ast.Gt | ast.GtE):
            less, more = right, left
        else:
            continue
        for side, limit, is_upper in ((less, more, True), (more, less, False)):
            for name, factor in _products(side):
                needs = (_names(limit) | (_names(factor) if factor else set())) & names
                if name in names and name not in needs:
                    code = _code(factor) if factor else None
                    yield _Bound(name, code, _code(limit), frozenset(needs), is_upper, is_strict)


def _products(side: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    """The ways to see one side of a comparison as a name times something."""
    if isinstance(side, ast.Name):
        yield side.id, None
    elif isinstance(side, ast.BinOp) and isinstance(side.op, ast.Mult):
        for one, other in ((side.left, side.right), (side.right, side.left)):
            if isinstance(one, ast.Name):
                yield one.id, other


def _names(tree: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _code(tree: ast.expr) -> CodeType:
    return compile(ast.Expression(tree), "<pre>", "eval")
