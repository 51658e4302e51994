"""The proof that one function's bytecode equals its reference, for every input of its domain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from differential_tests.symbolic.evm.concrete import Machine, run_reference, sample_arguments, split_result
from differential_tests.symbolic.evm.entry import Entry
from differential_tests.symbolic.evm.executor import BytecodePath, Executor
from differential_tests.symbolic.evm.outcome import ERROR, RETURN, REVERT, Outcome
from differential_tests.symbolic.reference.symbolic_int import ReferencePath, explore, formula_of, polynomial_of
from differential_tests.symbolic.report import (
    EQUIVALENCE,
    PROVED,
    REFUTED,
    UNKNOWN,
    UNSUPPORTED,
    Counterexample,
    ProvedIn,
    Row,
)
from differential_tests.symbolic.solver.questions import FUZZ, Disagreement, Options, Questions
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.domain import Domain, DomainError
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import as_word, either, equal, is_truth, negation, same
from differential_tests.symbolic.terms.terms import FALSE, TRUE, Formula, Polynomial
from differential_tests.symbolic.terms.word_type import WordType


class _OutOfTime(Exception):
    """The proof of a function takes too long."""


class _Refuted(Exception):
    def __init__(self, arguments: dict[str, int], bytecode: Outcome, reference: Outcome) -> None:
        super().__init__(f"{arguments}: contract {bytecode}, reference {reference}")
        self.counterexample = Counterexample(arguments, str(bytecode), str(reference))


@dataclass
class _Pair:
    """A path through the bytecode, and a path through the reference that is taken under its conditions."""

    bytecode: BytecodePath
    reference: ReferencePath
    difference: Formula
    """What would have to hold, on this pair, for the two to differ."""
    stated_difference: Formula
    """The same before any simplification by the facts of the pair; the second solver starts from this."""
    is_possible: bool = True
    """Whether no solver has excluded yet that an input takes both paths."""

    @property
    def conditions(self) -> list[Formula]:
        return self.reference.facts.conditions


@dataclass
class _Sample:
    """An input with what the bytecode and the reference, which agree, make of it."""

    evaluation: Evaluation
    outcome: Outcome


class Proof:
    """The proof of one function in one contract."""

    def __init__(self, rule: str, reference: Callable[..., Any], entry: Entry, options: Options | None = None) -> None:
        self.reference = reference
        self.entry = entry
        self.options = options or Options()
        self.domain = Domain.of(reference, entry.types)
        self.machine = Machine(entry.code)
        self.row = Row(
            rule=rule,
            function=f"{entry.topic}.{entry.name}",
            kind=EQUIVALENCE,
            status=UNKNOWN,
            domain=str(self.domain),
            solver=self.options.solver.name,
            contracts=[ProvedIn(entry.contract, entry.runtime_sha256)],
        )
        self.samples: list[_Sample] = []
        self._questions = Questions(list(entry.types), self.domain.contains, self._replay, self.options)
        self._started = 0.0
        self._undecided: list[str] = []
        self._unsupported: list[str] = []
        self._open_in_cross_check: list[str] = []

    def run(self) -> Row:
        """The row of the report. An exception inside never ends in `proved`."""
        self._started = time.monotonic()
        row = self.row
        try:
            self._prove()
        except _Refuted as refuted:
            row.status, row.counterexample = REFUTED, refuted.counterexample
            row.message = f"{self.entry.contract}: {refuted}"
        except Unsupported as unsupported:
            row.status, row.message = UNSUPPORTED, str(unsupported)
        except DomainError as error:
            row.status, row.message = UNSUPPORTED, str(error)
        except _OutOfTime:
            row.status, row.message = UNKNOWN, f"not done in {self.options.function_timeout:g} s"
        except Exception as error:
            row.status, row.message = UNKNOWN, f"the prover failed: {type(error).__name__}: {error}"
        row.tier = row.tier or self._questions.tier
        row.seconds = round(time.monotonic() - self._started, 3)
        return row

    def _prove(self) -> None:
        self._fuzz()
        pairs = self._pairs()
        for pair in pairs:
            self._check_time()
            self._exclude_difference(pair)
        self._count_witnesses(pairs)
        self._conclude()

    def _check_time(self) -> None:
        if time.monotonic() - self._started > self.options.function_timeout:
            raise _OutOfTime

    def _conclude(self) -> None:
        row = self.row
        if self.options.cross_check:
            row.cross_check = UNKNOWN if self._open_in_cross_check else PROVED
        if self._unsupported:
            row.status, row.message = UNSUPPORTED, self._unsupported[0]
        elif self._undecided:
            row.status, row.message = UNKNOWN, f"{len(self._undecided)} undecided, first: {self._undecided[0]}"
        elif row.witnessed == 0:
            row.status, row.message = UNKNOWN, "no input of the domain is known: the proof may be void"
        else:
            row.status = PROVED

    # ---- concrete runs

    def _replay(self, arguments: dict[str, int]) -> Outcome:
        """The common end of both sides on these numbers; a difference ends the proof."""
        types = self.entry.types
        bytecode = self.machine.call(types[name].to_word(value) for name, value in arguments.items())
        reference = run_reference(self.reference, arguments, types, self.entry.returns)
        if bytecode != reference:
            raise _Refuted(arguments, bytecode, reference)
        return bytecode

    def _fuzz(self) -> None:
        """Inputs at and around boundaries, before any thought."""
        self.row.tier = FUZZ
        numbers = constants_of(self.reference)
        for arguments in sample_arguments(self.entry.types, numbers, self.options.samples, self.options.seed):
            if self.domain.contains(arguments):
                self.samples.append(_Sample(Evaluation(arguments), self._replay(arguments)))
        self.row.tier = ""

    # ---- paths

    def _pairs(self) -> list[_Pair]:
        """Every pair of paths over the whole domain."""
        pairs: list[_Pair] = []
        all_paths: list[BytecodePath] = []
        for facts in self.domain.parts():
            paths = Executor(self.entry.code, self.domain.symbolic_words(facts)).run(facts)
            all_paths.extend(paths)
            for path in paths:
                self._check_time()
                for reference in explore(lambda: self.reference(**self.domain.symbolic_values()), path.facts):
                    if not reference.facts.is_contradiction:
                        stated = self._difference(path, reference)
                        difference = reference.facts.resolve_formula(stated)
                        pairs.append(_Pair(path, reference, difference, stated))
        self.row.paths = len(all_paths)
        self._check_executor(all_paths)
        return pairs

    def _check_executor(self, paths: list[BytecodePath]) -> None:
        """Every sample takes exactly one path, and ends as that path says."""
        for sample in self.samples:
            taken = [path for path in paths if all(map(sample.evaluation.holds, path.facts.conditions))]
            if len(taken) != 1:
                raise Disagreement(f"{len(taken)} paths are taken by {sample.evaluation.assignment}")
            said = predicted_outcome(taken[0], sample.evaluation)
            if said != sample.outcome:
                raise Disagreement(f"{sample.evaluation.assignment}: executor {said}, EVM {sample.outcome}")

    def _difference(self, path: BytecodePath, reference: ReferencePath) -> Formula:
        """What has to hold for the two ends to differ, on inputs that take both paths."""
        if path.kind != reference.kind:
            return TRUE
        if path.kind == REVERT:
            return FALSE if path.revert_name == reference.revert_name else TRUE
        returns = self.entry.returns
        values = split_result(reference.value, len(returns))
        if path.kind != RETURN or values is None or len(path.words) != len(returns):
            return TRUE
        return either(
            *(
                _word_difference(word, value, kind, reference.facts)
                for word, value, kind in zip(path.words, values, returns, strict=True)
            )
        )

    # ---- the solver

    def _exclude_difference(self, pair: _Pair) -> None:
        """Prove that no input takes both paths and ends differently; or find one that does."""
        questions, options = self._questions, self.options
        if pair.difference is not FALSE:
            if questions.is_excluded([*pair.conditions, pair.difference], options.solver):
                pair.is_possible = pair.difference is not TRUE
            elif pair.reference.kind == ERROR:
                self._unsupported.append(f"the reference may raise {pair.reference.error!r}")
            else:
                self._undecided.append(_describe(pair))
        if options.cross_check and pair.stated_difference is not FALSE:
            tier = questions.tier
            if not questions.is_excluded([*pair.conditions, pair.stated_difference], options.second_solver):
                self._open_in_cross_check.append(_describe(pair))
            questions.tier = tier

    # ---- no empty proofs

    def _count_witnesses(self, pairs: Iterable[_Pair]) -> None:
        """Look for an input that takes each pair, and run it on both sides."""
        for pair in pairs:
            if not pair.is_possible:
                continue
            if any(all(map(sample.evaluation.holds, pair.conditions)) for sample in self.samples):
                self.row.pairs += 1
                self.row.witnessed += 1
                continue
            found = self._has_witness(pair)
            self.row.pairs += found is not False
            self.row.witnessed += found is True

    def _has_witness(self, pair: _Pair) -> bool | None:
        """True: an input of this pair was run; False: there is none; None: not known."""
        found = self._questions.find_witness(pair.conditions)
        if isinstance(found, bool):
            return None if found else False
        said, outcome = predicted_outcome(pair.bytecode, Evaluation(found)), self._replay(found)
        if said != outcome:
            raise Disagreement(f"{found}: executor {said}, EVM {outcome}")
        return True


def predicted_outcome(path: BytecodePath, evaluation: Evaluation) -> Outcome:
    """How the executor says that an input on this path ends."""
    return Outcome(path.kind, tuple(evaluation.value(word) for word in path.words), path.revert_name)


def _word_difference(word: Polynomial, value: object, kind: WordType, facts: Facts) -> Formula:
    """What has to hold for a returned word and the reference's value to differ; TRUE for a value of another type."""
    truth = formula_of(value)
    if kind.is_bool:
        returned = is_truth(word)
        if truth is None:
            return TRUE
        return negation(equal(word, as_word(truth)) if returned is None else same(returned, truth))
    number = polynomial_of(value)
    if truth is not None or number is None:
        return TRUE
    return negation(equal(facts.signed(word) if kind.low < 0 else word, number))


def _describe(pair: _Pair) -> str:
    bytecode = f"{pair.bytecode.kind} {pair.bytecode.revert_name}".strip()
    reference = f"{pair.reference.kind} {pair.reference.revert_name}".strip()
    return f"contract {bytecode} (pc {pair.bytecode.pc}), reference {reference}"


def constants_of(function: Callable[..., Any]) -> list[int]:
    """Integers that the function's module and its code name."""
    found = {value for value in function.__globals__.values() if type(value) is int}
    found.update(value for value in function.__code__.co_consts if type(value) is int)
    return sorted(found)


def prove(rule: str, reference: Callable[..., Any], entry: Entry, options: Options | None = None) -> Row:
    """Prove that `entry`'s bytecode equals `reference`."""
    return Proof(rule, reference, entry, options).run()
