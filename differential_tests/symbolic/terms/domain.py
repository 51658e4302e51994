"""The inputs that a statement is about: every value of the arguments' types, or what `pre:` lines leave of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from differential_tests.symbolic.evm.outcome import RETURN
from differential_tests.symbolic.reference.symbolic_int import SymbolicBool, SymbolicInt, explore
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import as_word, equal, negation
from differential_tests.symbolic.terms.terms import Polynomial, variable
from differential_tests.symbolic.terms.word_type import WordType


def contract_lines(function: Callable[..., Any], keyword: str) -> list[str]:
    """The expressions after `keyword:` in the function's docstring, one a line (PEP 316)."""
    lines = (line.strip() for line in (inspect.getdoc(function) or "").splitlines())
    return [line.removeprefix(f"{keyword}:").strip() for line in lines if line.startswith(f"{keyword}:")]


class DomainError(Exception):
    """A precondition cannot be evaluated."""


@dataclass(frozen=True)
class Domain:
    """The arguments of a function, their types (None: any integer), and its preconditions."""

    types: Mapping[str, WordType | None]
    preconditions: tuple[tuple[str, CodeType], ...]
    namespace: Mapping[str, Any]

    @classmethod
    def of(cls, function: Callable[..., Any], arguments: Mapping[str, WordType | None]) -> Domain:
        """The domain that the function's docstring states."""
        lines = contract_lines(function, "pre")
        compiled = tuple((line, compile(line, f"<pre: {line}>", "eval")) for line in lines)
        return cls(arguments, compiled, getattr(function, "__globals__", {}))

    def __str__(self) -> str:
        """The domain in words."""
        if not self.preconditions:
            others = {n: t.name for n, t in self.types.items() if t and t.name not in ("uint256", "int256")}
            narrow = ", ".join(f"{name}: {kind}" for name, kind in others.items())
            everything = "all words" if all(self.types.values()) else "all integers"
            return f"{everything} ({narrow})" if narrow else everything
        return "; ".join(line for line, _ in self.preconditions)

    def contains(self, arguments: Mapping[str, int]) -> bool:
        """Whether the preconditions hold of these numbers."""
        values = {name: self._python(name, value) for name, value in arguments.items()}
        try:
            return self.holds(values)
        except Exception as error:
            raise DomainError(f"a precondition raises {error!r} on {arguments}") from error

    def _python(self, name: str, value: int) -> int | bool:
        word_type = self.types[name]
        return value if word_type is None else word_type.to_python(value)

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the preconditions hold of these values, as Python takes them: numbers or symbols."""
        namespace = dict(self.namespace)
        return all(eval(code, namespace, dict(values)) for _, code in self.preconditions)  # noqa: S307 (our docstrings)

    # ---- symbolically

    def variables(self) -> dict[str, Polynomial]:
        """A variable for each argument."""
        return {
            name: variable(name) if kind is None else variable(name, kind.low, kind.high)
            for name, kind in self.types.items()
        }

    def symbolic_values(self) -> dict[str, SymbolicInt | SymbolicBool]:
        """The arguments as the reference takes them."""
        return {
            name: SymbolicBool(negation(equal(value, 0))) if self._is_bool(name) else SymbolicInt(value)
            for name, value in self.variables().items()
        }

    def symbolic_words(self, facts: Facts) -> list[Polynomial]:
        """The arguments as the bytecode takes them."""
        return [
            as_word(negation(equal(value, 0))) if self._is_bool(name) else facts.wrap(value)
            for name, value in self.variables().items()
        ]

    def _is_bool(self, name: str) -> bool:
        word_type = self.types[name]
        return word_type is not None and word_type.is_bool

    def parts(self) -> list[Facts]:
        """Facts of which exactly one set holds for each input of the domain, and none outside of it."""
        if not self.preconditions:
            return [Facts()]
        parts = []
        for path in explore(lambda: self.holds(self.symbolic_values()), Facts()):
            if path.kind != RETURN:
                raise DomainError(f"a precondition raises {path.error or path.revert_name!r}")
            if path.value is True:
                parts.append(path.facts)
        return parts
