"""Properties of the reference: proved on symbolic integers by our prover, and confirmed by CrossHair.

A property is a plain function of integers and truth values. Its docstring begins with the rule id; its `pre:` lines
say for which arguments, its `post:` line what holds of the result `_`, mostly the result itself.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import z3

from differential_tests.symbolic.evm.concrete import sample_arguments
from differential_tests.symbolic.evm.outcome import RETURN
from differential_tests.symbolic.reference.rule_id import rule_of
from differential_tests.symbolic.reference.symbolic_int import ReferencePath, explore, formula_of
from differential_tests.symbolic.report import (
    CONFIRMED,
    PROPERTY,
    PROVED,
    REFUTED,
    UNKNOWN,
    UNSUPPORTED,
    Counterexample,
    Row,
)
from differential_tests.symbolic.solver.questions import FUZZ, Options, Questions
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.domain import Domain, DomainError, contract_lines
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.formulas import negation
from differential_tests.symbolic.terms.terms import TRUE, Formula
from differential_tests.symbolic.terms.word_type import BOOL, WordType, integer_type

PACKAGE: Final = "differential_tests.properties"
CROSSHAIR: Final = "crosshair"

Property = Callable[..., Any]


def find_properties(package: str = PACKAGE) -> list[Property]:
    """The public functions of the package's modules, in order: at least one. LookupError if there is none."""
    folder = importlib.import_module(package)
    found: list[Property] = []
    for info in pkgutil.iter_modules(folder.__path__):
        if not info.name.startswith(("_", "test_")):
            properties = properties_of(importlib.import_module(f"{package}.{info.name}"))
            if not properties:
                raise LookupError(f"{package}.{info.name} has no properties")
            found += properties
    if not found:
        raise LookupError(f"{package} has no properties")
    return found


def properties_of(module: Any) -> list[Property]:
    """The public functions that the module defines."""
    functions = [value for name, value in vars(module).items() if inspect.isfunction(value) and name[0] != "_"]
    return [function for function in functions if function.__module__ == module.__name__]


def _arguments(function: Property) -> dict[str, WordType | None]:
    types: dict[str, WordType | None] = {}
    annotations = inspect.get_annotations(function, eval_str=True)
    for name in inspect.signature(function).parameters:
        kind = annotations.get(name)
        if kind not in (int, bool):
            raise Unsupported(f"argument {name} is neither int nor bool")
        types[name] = BOOL if kind is bool else None
    return types


def _row(function: Property) -> Row:
    module = function.__module__.rpartition(".")[2]
    return Row(rule=rule_of(function), function=f"{module}.{function.__name__}", kind=PROPERTY, status=UNKNOWN)


class _Refuted(Exception):
    def __init__(self, arguments: dict[str, int], result: str) -> None:
        super().__init__(f"{arguments}: {result}")
        self.counterexample = Counterexample(arguments, "", result)


class PropertyProof:
    """The proof that a property holds for all arguments that its preconditions allow."""

    def __init__(self, function: Property, options: Options | None = None) -> None:
        self.function = function
        self.options = options or Options()
        self.row = _row(function)
        self.row.solver = self.options.solver.name

    def run(self) -> Row:
        """The row of the report. An exception inside never ends in `proved`."""
        started = time.monotonic()
        row = self.row
        try:
            self._prove()
        except _Refuted as refuted:
            row.status, row.counterexample, row.message = REFUTED, refuted.counterexample, str(refuted)
        except (Unsupported, DomainError) as error:
            row.status, row.message = UNSUPPORTED, str(error)
        except Exception as error:
            row.status, row.message = UNKNOWN, f"the prover failed: {type(error).__name__}: {error}"
        row.seconds = round(time.monotonic() - started, 3)
        return row

    def _prove(self) -> None:
        row = self.row
        if not row.rule:
            raise Unsupported("the docstring does not begin with a rule id")
        self._posts = [
            (line, compile(line, f"<post: {line}>", "eval")) for line in contract_lines(self.function, "post")
        ]
        if not self._posts:
            raise Unsupported("the docstring has no post: line")
        self.domain = Domain.of(self.function, _arguments(self.function))
        row.domain = str(self.domain)
        questions = Questions(list(self.domain.types), self.domain.contains, self._replay, self.options)
        row.tier = FUZZ
        samples = self._fuzz()
        row.tier = questions.tier
        undecided = self._explore(questions, samples)
        row.tier = questions.tier
        if undecided:
            row.message = f"{undecided} undecided"
        elif row.witnessed == 0:
            row.message = "no input of the domain is known: the proof may be void"
        else:
            row.status = PROVED

    def _explore(self, questions: Questions, samples: list[Evaluation]) -> int:
        """Exclude the negation of the property on each path; how many paths stay undecided."""
        undecided = 0
        for facts in self.domain.parts():
            for path in explore(lambda: self._holds(self.domain.symbolic_values()), facts):
                self.row.paths += 1
                failure = self._failure(path)
                conditions = path.facts.conditions
                is_excluded = failure is None or questions.is_excluded([*conditions, failure], self.options.solver)
                if not is_excluded:
                    if path.error is not None:
                        raise Unsupported(f"the property may raise {path.error!r}")
                    undecided += 1
                if failure is TRUE:
                    continue
                sampled = any(all(map(sample.holds, conditions)) for sample in samples)
                found = sampled or questions.find_witness(conditions)
                self.row.pairs += found is not False
                self.row.witnessed += sampled or isinstance(found, dict)
        return undecided

    def _holds(self, values: Mapping[str, Any]) -> Any:
        result = self.function(**values)
        namespace = self.function.__globals__
        for line, code in self._posts:
            if line in ("_", "__return__"):
                verdict = result
            else:
                verdict = eval(code, namespace, {**values, "_": result, "__return__": result})  # noqa: S307  our own words
            if formula_of(verdict) is None:
                raise TypeError(f"the property gives {verdict!r}, which is no truth value")
            if len(self._posts) == 1:
                return verdict
            if not verdict:
                return False
        return True

    def _failure(self, path: ReferencePath) -> Formula | None:
        """What has to hold for the property to fail on this path; None if nothing can."""
        if path.kind != RETURN:
            return TRUE
        verdict = formula_of(path.value)
        failure = TRUE if verdict is None else path.facts.resolve_formula(negation(verdict))
        return None if negation(failure) is TRUE else failure

    def _replay(self, arguments: dict[str, int]) -> None:
        types = self.domain.types
        values = {name: bool(value) if types[name] is BOOL else value for name, value in arguments.items()}
        try:
            result = self._holds(values)
        except Exception as error:
            raise _Refuted(arguments, f"{type(error).__name__}: {error}") from error
        if result is not True:
            raise _Refuted(arguments, "False")

    def _fuzz(self) -> list[Evaluation]:
        samples = []
        types = {name: kind or integer_type(256, is_signed=True) for name, kind in self.domain.types.items()}
        for arguments in sample_arguments(types, (), self.options.samples, self.options.seed):
            if self.domain.contains(arguments):
                self._replay(arguments)
                samples.append(Evaluation(arguments))
        return samples


def prove_property(function: Property, timeout: float = 10.0) -> Row:
    """Prove a property for all its arguments; `timeout` in seconds for each question to the solver."""
    return PropertyProof(function, Options(timeout=timeout)).run()


def crosshair_confirm(function: Property, timeout: float = 20.0) -> Row:
    """Have CrossHair look at all paths of a property; `timeout` in seconds of its own processor time."""
    import crosshair
    from crosshair.core_and_libs import AnalysisKind, MessageType, analyze_function, run_checkables
    from crosshair.options import AnalysisOptionSet

    row = _row(function)
    row.solver = f"crosshair {crosshair.__version__} (z3 {z3.get_version_string()})"
    row.tier = CROSSHAIR
    row.domain = "; ".join(contract_lines(function, "pre")) or "all integers"
    started = time.monotonic()
    options = AnalysisOptionSet(
        analysis_kind=[AnalysisKind.PEP316],
        per_condition_timeout=timeout,
        report_all=True,
        max_uninteresting_iterations=0,
    )
    messages = run_checkables(analyze_function(function, options))
    states = {message.state for message in messages}
    failures = {MessageType.POST_FAIL, MessageType.POST_ERR, MessageType.EXEC_ERR}
    if states & failures:
        row.status = REFUTED
        row.counterexample = Counterexample({}, "", next(m.message for m in messages if m.state in failures))
    elif states == {MessageType.CONFIRMED}:
        row.status = CONFIRMED
    row.message = "" if row.status == CONFIRMED else "; ".join(message.message for message in messages) or "no answer"
    row.seconds = round(time.monotonic() - started, 3)
    return row
