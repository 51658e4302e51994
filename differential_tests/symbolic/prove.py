"""The proof that one function's bytecode equals its reference, for every input of its domain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from differential_tests.symbolic.callee import Obligation, summarised
from differential_tests.symbolic.evm.concrete import Machine, run_reference, sample_arguments, split_result
from differential_tests.symbolic.evm.entry import Entry
from differential_tests.symbolic.evm.executor import BytecodePath
from differential_tests.symbolic.evm.outcome import ERROR, RETURN, REVERT, Outcome
from differential_tests.symbolic.reference.symbolic_int import ReferencePath, explore, formula_of, polynomial_of
from differential_tests.symbolic.report import (
    EQUIVALENCE,
    FAILURE,
    PROVED,
    REFUTED,
    UNKNOWN,
    UNSUPPORTED,
    Counterexample,
    ProvedIn,
    Row,
    merge,
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
    """The proof of one function in one contract; `others`: proofs of the same function in other contracts."""

    def __init__(
        self,
        rule: str,
        reference: Callable[..., Any],
        entry: Entry,
        options: Options | None = None,
        others: Sequence[Proof] = (),
    ) -> None:
        self.reference = reference
        self.others = others
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
            rests_on=[callee.label for callee in entry.callees],
        )
        self.samples: list[_Sample] = []
        functions = {name: value for callee in entry.callees for name, value in callee.values().items()}
        self._evaluate = partial(Evaluation, functions=functions)
        self._questions = Questions(list(entry.types), self.domain.contains, self._replay, self.options, self._evaluate)
        self._paths: list[list[BytecodePath]] = []
        """Those through the bytecode, for each part of the domain."""
        self._calls: list[Obligation] = []
        """What calls on these paths need."""
        self._obligations: list[Obligation] = []
        """What calls on the reference's paths need."""
        self._witnesses: list[dict[str, int]] = []
        """Inputs of pairs that no sample takes."""
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
            row.status, row.message = UNKNOWN, f"{FAILURE}: {type(error).__name__}: {error}"
        row.tier = row.tier or self._questions.tier
        row.seconds = round(time.monotonic() - self._started, 3)
        return row

    def _prove(self) -> None:
        self._fuzz(self.options.samples)
        self._run_bytecode()
        twin = next((other for other in self.others if other.row.status != REFUTED and other.ends == self.ends), None)
        if twin is not None:
            self._take_over(twin)
            return
        pairs = self._pairs()
        for obligation in (*self._calls, *self._obligations):
            self._check_time()
            self._exclude(obligation)
        if self._undecided:
            self._conclude()
            return
        for pair in pairs:
            self._check_time()
            self._exclude_difference(pair)
        if self._undecided and self.entry.callees:
            self._fuzz(self.options.search)
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

    def _fuzz(self, count: int) -> None:
        """Inputs at and around boundaries: before any thought, and where a solver knows too little of a callee."""
        self.row.tier = FUZZ
        numbers = constants_of(self.reference)
        for arguments in sample_arguments(self.entry.types, numbers, count, self.options.seed):
            if self.domain.contains(arguments):
                self.samples.append(_Sample(self._evaluate(arguments), self._replay(arguments)))
        self.row.tier = ""

    # ---- paths

    def _run_bytecode(self) -> None:
        """Every path through the bytecode, over the whole domain."""
        self._paths = []
        for facts in self.domain.parts():
            executor = self.entry.executor(self.domain.symbolic_words(facts))
            self._paths.append(executor.run(facts))
            self._calls += executor.obligations
        paths = [path for part in self._paths for path in part]
        self.row.paths = len(paths)
        self._check_executor(paths)

    @property
    def ends(self) -> list[tuple[object, ...]]:
        """All that a proof asks of the bytecode: conditions and end of each path, and what the calls on it need."""
        paths = [
            (number, tuple(path.facts.conditions), path.kind, path.words, path.revert_name)
            for number, part in enumerate(self._paths)
            for path in part
        ]
        return [*paths, *((tuple(each.conditions), each.what) for each in self._calls)]

    def _take_over(self, twin: Proof) -> None:
        """The verdict on the same paths; the inputs that were needed there are run here too."""
        for arguments in twin._witnesses:
            self._replay(arguments)
        row, other = self.row, twin.row
        row.status, row.message, row.tier, row.cross_check = other.status, other.message, other.tier, other.cross_check
        row.pairs, row.witnessed = other.pairs, other.witnessed
        row.contracts = [replace(row.contracts[0], as_in=other.contracts[0].name)]

    def _pairs(self) -> list[_Pair]:
        """Every pair of paths over the whole domain."""
        pairs: list[_Pair] = []
        for part in self._paths:
            for path in part:
                self._check_time()
                for reference in self._reference_paths(path.facts):
                    if not reference.facts.is_contradiction:
                        stated = self._difference(path, reference)
                        difference = reference.facts.resolve_formula(stated)
                        pairs.append(_Pair(path, reference, difference, stated))
        return pairs

    def _reference_paths(self, facts: Facts) -> list[ReferencePath]:
        """Every way through the reference, for arguments that satisfy `facts`."""
        with summarised(self.reference, self.entry.callees) as obligations:
            paths = explore(lambda: self.reference(**self.domain.symbolic_values()), facts)
        self._obligations += obligations
        return paths

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

    def _exclude(self, obligation: Obligation) -> None:
        """Prove that no call leaves the domain in which the callee is proved."""
        questions, options = self._questions, self.options
        if not questions.is_impossible(obligation.conditions, options.solver):
            self._undecided.append(obligation.what)
        if options.cross_check and not questions.is_impossible(obligation.conditions, options.second_solver):
            self._open_in_cross_check.append(obligation.what)

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
        said, outcome = predicted_outcome(pair.bytecode, self._evaluate(found)), self._replay(found)
        if said != outcome:
            raise Disagreement(f"{found}: executor {said}, EVM {outcome}")
        self._witnesses.append(found)
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


def prove_everywhere(rule: str, reference: Callable[..., Any], entries: Sequence[Entry], options: Options) -> Row:
    """The same in every contract that contains the function, as one row.

    Each contract's code is run, symbolically and on samples. Where that gives the very paths of another contract's,
    what was proved of those is not asked again.
    """
    proofs: list[Proof] = []
    for entry in entries:
        proof = Proof(rule, reference, entry, options, list(proofs))
        proof.run()
        proofs.append(proof)
    return merge(proof.row for proof in proofs)
