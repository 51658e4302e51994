"""Each seeded fault of a mathematical function is refuted by the solver; each rewrite that is none is proved."""

from __future__ import annotations

import pytest

from differential_tests.mutation.faults import Fault
from differential_tests.mutation.math_faults import EQUIVALENT, MATH_FAULTS
from differential_tests.symbolic import ROOT
from differential_tests.symbolic.evm.compiled import math_functions
from differential_tests.symbolic.mutants import Batch, mutant_of, replay
from differential_tests.symbolic.report import PROVED, REFUTED
from differential_tests.symbolic.samples import references
from differential_tests.symbolic.solver.questions import FUZZ, Options

MUTANTS = {fault: mutant_of(fault) for fault in [*MATH_FAULTS, *EQUIVALENT]}
BATCH = Batch(MUTANTS.values())

TIMEOUT = 20.0
"""Of a question. None needs more than a few seconds, but how long one takes depends on those before it."""

TOPICS = {mutant.topic for mutant in MUTANTS.values()}


def identify(fault: Fault) -> str:
    return f"{fault.rule} {fault.name}"


@pytest.mark.parametrize("fault", MATH_FAULTS, ids=identify)
def test_a_seeded_fault_is_refuted(fault: Fault) -> None:
    """Without any run before the proof, so that it is the solver that has to find the fault."""
    mutant = MUTANTS[fault]
    row = BATCH.prove(mutant, Options(timeout=TIMEOUT, samples=0))
    assert row.status == REFUTED, row
    found = row.counterexample
    assert row.tier != FUZZ
    assert found is not None
    assert found.contract != found.reference
    assert replay(found, references()[mutant.function], BATCH.entry(mutant)) == found


@pytest.mark.parametrize("fault", EQUIVALENT, ids=identify)
def test_a_rewrite_that_changes_nothing_is_proved(fault: Fault) -> None:
    row = BATCH.prove(MUTANTS[fault], Options(timeout=TIMEOUT, samples=50))
    assert row.status == PROVED, row


COMPOSED = {"mark.calculate_feed"}
"""It only calls functions that have faults of their own; to refute one of its own takes the solver two minutes."""


def test_every_function_has_a_fault() -> None:
    functions = {f"{function.topic}.{function.name}" for topic in TOPICS for function in math_functions(ROOT, topic)}
    assert functions - COMPOSED == {MUTANTS[fault].function for fault in MATH_FAULTS}


def test_faults_are_told_apart() -> None:
    assert len(set(map(identify, MUTANTS))) == len(MUTANTS) == len(MATH_FAULTS) + len(EQUIVALENT)


def test_a_fault_that_no_function_of_its_rule_sees_is_an_error() -> None:
    file = "vyper_contracts/math/fees.vy"
    for rule, good in (("FEE-1", "insurance, insurance"), ("FEE-1", "nowhere"), ("MRG-1", "notional, rate")):
        with pytest.raises(LookupError):
            mutant_of(Fault("misplaced", rule, file, good, ""))
