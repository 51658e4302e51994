"""Which function of the Vyper modules mirrors which function of the reference, by which rule."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from differential_tests.symbolic.evm.compiled import MathFunction, math_functions
from differential_tests.symbolic.reference.rule_id import rule_of
from differential_tests.symbolic.report import EQUIVALENCE, UNSUPPORTED, Row


@dataclass(frozen=True)
class Mirror:
    """A Vyper function and the function of the reference that it has to equal."""

    rule: str
    source: MathFunction
    reference: Callable[..., Any]

    @property
    def key(self) -> tuple[str, str]:
        """Topic and name."""
        return self.source.topic, self.source.name


def find_mirrors(root: Path) -> tuple[list[Mirror], list[Row]]:
    """Each mathematical function below `root` with its mirror; a row for each that has none, or not the right one."""
    mirrors: list[Mirror] = []
    problems: list[Row] = []
    for source in math_functions(root):
        try:
            reference = _reference(source)
            fault = _fault(source, reference)
        except Exception as error:
            reference, fault = (
                None,
                f"reference.math.{source.topic} cannot be imported: {type(error).__name__}: {error}",
            )
        if reference is None or fault:
            problems.append(problem_row(source, fault))
        else:
            mirrors.append(Mirror(source.rule, source, reference))
    return mirrors, problems


def problem_row(source: MathFunction, message: str) -> Row:
    """The row of a function that cannot be judged."""
    name = f"{source.topic}.{source.name}"
    return Row(source.rule, name, EQUIVALENCE, UNSUPPORTED, message=message)


def _reference(source: MathFunction) -> Callable[..., Any] | None:
    module_name = f"reference.math.{source.topic}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        return None
    function = getattr(module, source.name, None)
    return function if inspect.isfunction(function) and function.__module__ == module_name else None


def _fault(source: MathFunction, reference: Callable[..., Any] | None) -> str:
    """What is wrong with the pair; "" if nothing is."""
    place = f"{source.topic}.{source.name}"
    if reference is None:
        return f"reference.math.{place} does not exist"
    if not source.rule:
        return f"the docstring of {place} in Vyper does not begin with a rule id"
    rule = rule_of(reference)
    if rule != source.rule:
        return f"{place} is rule {source.rule} in Vyper and {rule or 'nameless'} in the reference"
    parameters = tuple(inspect.signature(reference).parameters)
    if parameters != source.arguments:
        return f"{place} takes {source.arguments} in Vyper and {parameters} in the reference"
    if set(source.decorators) != {"internal", "pure"}:
        return f"{place} is not @internal @pure"
    return ""
