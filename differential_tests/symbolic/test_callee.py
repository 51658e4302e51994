"""What is proved of the functions that it calls: never more than the proofs that it rests on allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from differential_tests.symbolic.callee import COMPOSED, Callee, callees_of, make_callee
from differential_tests.symbolic.evm.entry import Entry, make_entry
from differential_tests.symbolic.evm.executor import Executor
from differential_tests.symbolic.mutants import Batch, Mutant, replay
from differential_tests.symbolic.prove import prove, prove_everywhere
from differential_tests.symbolic.report import PROVED, REFUTED, UNKNOWN, UNSUPPORTED, ProvedIn, Row, resting
from differential_tests.symbolic.samples import project_entries, references, sample_entries, sample_harness
from differential_tests.symbolic.samples.sample_reference import MarginTooHigh, MarginTooLow, ceiling, left_over
from differential_tests.symbolic.solver.questions import Options
from differential_tests.symbolic.solver.solvers import UNKNOWN as NO_ANSWER
from differential_tests.symbolic.solver.solvers import Answer, Solver
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.terms import variable
from reference.errors import CheckFailed
from reference.math.units import word

FEED = "mark.calculate_feed"
MARK = "mark, spot, previous_spot, elapsed, ema.INDEX_MAX_ELAPSED, ema.INDEX_TAU, INDEX_CLAMP"
UP = "self.calculate_gap(new, spot, gap_up, elapsed, INDEX_BAND, True)"
DOWN = "self.calculate_gap(new, spot, gap_down, elapsed, INDEX_BAND, False)"

FAULTS = [
    Mutant(FEED, UP, UP.replace("new, spot", "spot, new")),
    Mutant(FEED, UP, UP.replace("elapsed", "min(elapsed, ALPHA_MAX_ELAPSED)")),
    Mutant(FEED, DOWN, DOWN.replace("False", "True")),
    Mutant(FEED, DOWN, "up"),
    Mutant(FEED, MARK, MARK.replace("mark, spot", "spot, mark")),
    Mutant(FEED, MARK, MARK.replace("previous_spot", "spot")),
    Mutant(FEED, "if not is_index", "if is_index"),
    Mutant(FEED, UP, UP.replace("INDEX_BAND", "ALPHA_BAND")),
    Mutant(
        FEED, "    return new, up", "    if elapsed == 98765432109:\n        return up, new, up\n    return new, up"
    ),
]
"""In what the function does itself, and in how it calls."""

HIDDEN = [
    Mutant(FEED, UP, UP.replace("new", "mark")),
    Mutant(FEED, MARK, MARK.replace("ema.INDEX_MAX_ELAPSED, ema.INDEX_TAU", "ema.INDEX_TAU, ema.INDEX_MAX_ELAPSED")),
    Mutant(FEED, MARK, MARK.replace("ema.INDEX_TAU", "ALPHA_TAU")),
]
"""Those that only numbers which a callee tells apart can show: found by samples."""

BATCH = Batch([*FAULTS, *HIDDEN])


def composed(name: str, callee: str, reference: Callable[..., int] | None = None) -> Entry:
    """The way into a sample function that is proved of one that it calls."""
    functions = sample_harness().functions
    mirror = reference or references()[f"sample.{callee}"]
    return make_entry(sample_harness(), functions["sample", name], (make_callee(functions["sample", callee], mirror),))


# ---- MRK-19


def test_what_is_composed_exists() -> None:
    for key, callees in COMPOSED.items():
        entry = project_entries()[".".join(key)]
        assert {callee.name for callee in entry.callees} == {".".join(callee) for callee in callees}


def test_a_feed_is_proved_of_the_mark_and_the_gaps() -> None:
    row = prove("MRK-19", references()[FEED], project_entries()[FEED], Options(cross_check=True))
    assert (row.status, row.cross_check) == (PROVED, PROVED), row
    assert row.rests_on == ["MRK-3 mark.calculate_mark", "MRK-4 mark.calculate_gap"]
    assert row.domain == "all words (is_index: bool)"
    assert row.witnessed == row.pairs == row.paths


@pytest.mark.parametrize("mutant", FAULTS, ids=str)
def test_a_fault_beside_its_callees_is_refuted_by_the_solver(mutant: Mutant) -> None:
    check_refuted(mutant, BATCH.prove(mutant, Options(timeout=5, samples=0, search=0)))


@pytest.mark.parametrize("mutant", HIDDEN, ids=str)
def test_a_fault_that_a_callee_hides_is_refuted_on_samples(mutant: Mutant) -> None:
    check_refuted(mutant, BATCH.prove(mutant, Options(timeout=5, refinements=2)))


def check_refuted(mutant: Mutant, row: Row) -> None:
    assert row.status == REFUTED, row
    found = row.counterexample
    assert found is not None
    assert found.contract != found.reference
    assert replay(found, references()[mutant.function], BATCH.entry(mutant)) == found


# ---- what a proof rests on

HERE, THERE = ProvedIn("Here", "aa"), ProvedIn("There", "bb", as_in="Here")
WHOLE = Row("SAM-4", "sample.profit", "equivalence", PROVED, contracts=[HERE, THERE], rests_on=["SAM-1 sample.ceiling"])
PART = Row("SAM-1", "sample.ceiling", "equivalence", PROVED, contracts=[HERE, THERE])


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (replace(PART, status=REFUTED), "which is refuted"),
        (replace(PART, status=UNKNOWN), "which is unknown"),
        (replace(PART, contracts=[HERE]), "no proof in the same code"),
        (replace(PART, contracts=[HERE, replace(THERE, runtime_sha256="cc")]), "no proof in the same code"),
        (None, "no proof in the same code"),
    ],
)
def test_what_rests_on_no_proof_is_not_proved(part: Row | None, message: str) -> None:
    row = resting(WHOLE, {"SAM-1 sample.ceiling": part} if part else {})
    assert row.status == UNKNOWN
    assert message in row.message


def test_what_rests_on_a_proof_is_proved_and_what_is_refuted_stays_so() -> None:
    proofs = {"SAM-1 sample.ceiling": PART}
    assert resting(WHOLE, proofs) == WHOLE
    assert resting(replace(WHOLE, status=REFUTED), {}).status == REFUTED
    checked = replace(WHOLE, cross_check=PROVED)
    assert resting(checked, proofs).cross_check == UNKNOWN, "the second solver did not prove what it rests on"


# ---- the domain of the callee's proof


def positive_ceiling(numerator: int, denominator: int) -> int:
    """SAM-1. A quotient, rounded up.

    pre: denominator > 0
    """
    return -(-numerator // denominator)


def guarded(amount: int, parts: int) -> int:
    """SAM-23. What a part leaves.

    pre: parts > 0
    """
    return word(amount - positive_ceiling(amount, parts))


def unguarded(amount: int, parts: int) -> int:
    """SAM-23. What a part leaves."""
    if parts == 0:
        raise CheckFailed
    return word(amount - positive_ceiling(amount, parts))


def beyond_words(amount: int, parts: int) -> int:
    """SAM-23. What a part leaves, by a number that is no word."""
    if parts == 0:
        raise CheckFailed
    return word(amount - ceiling(2 * amount, 2 * parts))


def test_a_call_has_to_be_in_the_domain_of_the_callee_s_proof() -> None:
    entry = composed("left_over", "ceiling", positive_ceiling)
    assert prove("SAM-23", guarded, entry).status == PROVED
    row = prove("SAM-23", unguarded, entry, Options(timeout=1, samples=0))
    assert row.status == UNKNOWN, "the contract calls it with no parts"
    assert "outside of denominator > 0" in row.message
    assert prove("SAM-23", unguarded, entry).status == UNSUPPORTED, "and so do samples"


def test_the_reference_has_to_call_with_words_too() -> None:
    row = prove("SAM-23", beyond_words, composed("left_over", "ceiling"), Options(timeout=1, samples=0))
    assert row.status == UNKNOWN
    assert "numerator of sample.ceiling is no uint256" in row.message


# ---- ends and results


def test_a_callee_s_errors_have_their_names() -> None:
    callee = make_callee(
        sample_harness().functions["sample", "validate_margin"], references()["sample.validate_margin"]
    )
    assert set(callee.errors) == {"MarginTooHigh", "MarginTooLow"}
    values = callee.values()["sample.validate_margin:end"]
    assert values(5, 5, 5) == 0
    assert callee.errors[values(5, 0, 4) - 1] == MarginTooHigh.revert_name()
    assert callee.errors[values(5, 6, 7) - 1] == MarginTooLow.revert_name()


@pytest.mark.parametrize("name", ["left_over", "is_liquidatable"])
def test_a_sample_is_proved_of_what_it_calls(name: str) -> None:
    row = prove("SAM-0", references()[f"sample.{name}"], composed(name, "ceiling"), Options(cross_check=True))
    assert (row.status, row.cross_check) == (PROVED, PROVED), row
    assert row.rests_on == ["SAM-1 sample.ceiling"]


def test_what_only_the_inside_of_a_callee_shows_is_unknown() -> None:
    """A part of twice as much in twice as many parts is the same: true, but not of any function."""

    def doubled(amount: int, parts: int) -> int:
        if amount >= 2**255 or parts >= 2**255:
            return left_over(amount, parts)
        return word(amount - ceiling(2 * amount, 2 * parts))

    row = prove("SAM-23", doubled, composed("left_over", "ceiling"), Options(timeout=1, refinements=1, search=100))
    assert row.status == UNKNOWN, row


def test_a_solver_that_says_nothing_proves_nothing() -> None:
    mute = Solver("mute", lambda *_: Answer(NO_ANSWER))
    entry = composed("is_liquidatable", "ceiling")
    row = prove("SAM-5", references()["sample.is_liquidatable"], entry, Options(solver=mute, search=0))
    assert row.status == UNKNOWN


def test_a_wrong_step_is_found_out_by_the_real_evm(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a callee's frame were not where the compiler says, samples would not end as the paths say."""
    plain = Callee.end
    monkeypatch.setattr(Callee, "end", lambda self, numbers: plain(self, numbers[::-1]))
    row = prove("SAM-23", left_over, composed("left_over", "ceiling"))
    assert row.status == UNKNOWN
    assert "executor" in row.message or "paths are taken" in row.message


# ---- what a proof assumes of memory


def test_memory_that_nothing_has_written_is_unknown() -> None:
    with pytest.raises(Unsupported, match="nothing has written"):
        Executor(bytes.fromhex("604051 5f52 60205ff3"), []).run(Facts())


def test_a_function_writes_only_its_own_memory() -> None:
    code = bytes.fromhex("5f35 6040 52 6020 6040 f3")
    argument = variable("argument", 0, 2**256 - 1)
    assert Executor(code, [argument], (range(32), range(64, 96))).run(Facts())[0].words == (argument,)
    with pytest.raises(Unsupported, match="none of the function's"):
        Executor(code, [argument], (range(64), range(80, 112))).run(Facts())


# ---- the same function in several contracts


def test_the_same_paths_are_proved_once() -> None:
    """By name and code; the mutant's code is another one, and is not taken for the first one's."""
    mutant = Mutant("sample.ceiling", "quotient += 1", "quotient += 2")
    entry = sample_entries()["sample.ceiling"]
    good, bad = replace(entry, contract="Good"), replace(Batch([mutant]).entry(mutant), contract="Bad")
    row = prove_everywhere("SAM-1", references()["sample.ceiling"], [entry, good], Options())
    assert row.status == PROVED
    assert [contract.as_in for contract in row.contracts] == ["", entry.contract]
    assert row.witnessed == row.pairs > 0
    refuted = prove_everywhere("SAM-1", references()["sample.ceiling"], [entry, bad], Options(samples=0))
    assert refuted.status == REFUTED
    assert [contract.as_in for contract in refuted.contracts] == ["", ""]


def test_applied_functions_have_values_on_numbers() -> None:
    entry = composed("left_over", "ceiling")
    [callee] = entry.callees
    [term] = callee.results([variable("x"), variable("y")])
    evaluation = Evaluation({"x": 7, "y": 2}, callee.values())
    assert evaluation.value(term) == 4  # type: ignore[arg-type]  # a number's term
    assert callees_of(sample_harness(), ("sample", "profit")) == ()
