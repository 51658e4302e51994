"""Seeded bugs in Vyper and in the reference are refuted, each with inputs on which both sides were run."""

from __future__ import annotations

import pytest

from differential_tests.symbolic.mutants import Batch, Mutant, replay
from differential_tests.symbolic.report import PROVED, REFUTED
from differential_tests.symbolic.samples import prove_sample, references
from differential_tests.symbolic.samples.sample_reference import ceiling, signed
from differential_tests.symbolic.solver.questions import Options
from reference.errors import CheckFailed
from reference.math.units import word

BUGS = [  # beside those that the operators of `megatao mutate` make
    Mutant("ema.ema", "// (elapsed + tau)", "// (elapsed + tau) + 1"),
    Mutant("ema.ema", "(sample * elapsed + average * tau)", "(average * elapsed + sample * tau)"),
    Mutant("ema.ema", "average * tau)", "unsafe_mul(average, tau))"),
    Mutant("ema.ema", "(elapsed + tau)", "unsafe_add(elapsed, tau)"),
    Mutant("ema.ema", "sample * elapsed + average * tau", "unsafe_add(sample * elapsed, average * tau)"),
    Mutant("mark.median", "min(max(a, b), c)", "min(max(a, c), b)"),
    Mutant("mark.clamp", "units.WAD - width", "unsafe_sub(units.WAD, width)"),
    Mutant("mark.clamp", "min(max(price, lowest), highest)", "max(price, lowest)"),
    Mutant("mark.calculate_mark", "min(elapsed, max_elapsed)", "elapsed"),
    Mutant("mark.calculate_mark", "self.median(mark, spot, previous_spot)", "self.median(mark, spot, spot)"),
    Mutant("mark.calculate_mark", "self.clamp(self.median(mark, spot, previous_spot), mark, width)", "spot"),
    Mutant("mark.calculate_gap", "units.mul_div_up(gap, GAP_TAU, GAP_TAU + min(elapsed, GAP_MAX_ELAPSED))", "0"),
    Mutant("mark.calculate_gap", "min(band, max(distance, remembered))", "max(distance, remembered)"),
    Mutant("mark.calculate_gap", "if not is_up and spot < mark", "if is_up and spot < mark"),
    Mutant("units.mul_div_down", "a * b //", "unsafe_mul(a, b) //"),
    Mutant("units.mul_div_up", "unsafe_sub(product, 1)", "product"),
    Mutant("units.mul_div_up", "    if product == 0:\n        return 0 // denominator\n", ""),
    Mutant("units.mul_div_up", "return 0 // denominator", "return 0"),
    Mutant("sample.validate_margin", '"MarginTooLow"', '"MarginTooHigh"'),
    Mutant("sample.validate_margin", '    assert margin <= limit, "MarginTooHigh"\n', ""),
    Mutant("sample.validate_margin", 'margin <= limit, "MarginTooHigh"', "margin <= limit"),
    Mutant("sample.validate_margin", "margin < needed", "margin <= needed"),
    Mutant("sample.ceiling", "numerator % denominator != 0", "numerator % denominator > 1"),
    Mutant("sample.interest_rate", "2 * 10 ** 17 * utilisation * utilisation", "2 * 10 ** 17 * utilisation"),
    Mutant("sample.interest_rate", "8 * 10 ** 17)", "8 * 10 ** 17 - 1)"),
    Mutant("sample.funding_rate", "longs == 0 and shorts", "longs == 0 or shorts"),
    Mutant("sample.funding_rate", "(long_size - short_size)", "(short_size - long_size)"),
    Mutant("sample.profit", "-convert(self.ceiling(size * distance, entry)", "-convert((size * distance // entry)"),
    Mutant("sample.shares", "total_shares + 1000", "total_shares + 999"),
    Mutant("sample.shares", "if up and", "if not up and"),
    Mutant("sample.accrued", "rate * price // WAD * elapsed", "rate * price * elapsed // WAD"),
    Mutant("sample.signed_mix", "a * b, a // b", "unsafe_mul(a, b), a // b"),
    Mutant("sample.is_liquidatable", "equity <", "equity <="),
    Mutant("sample.narrow", "else -scaled", "else scaled"),
    Mutant("sample.signed_extremes", "max(min(a, b)", "max(max(a, b)"),
    Mutant("sample.compound", "range(3)", "range(2)"),
]

REWRITES = [
    Mutant("ema.ema", "sample * elapsed + average * tau", "average * tau + elapsed * sample"),
    Mutant("mark.median", "max(min(a, b), min(max(a, b), c))", "min(max(a, b), max(min(a, b), c))"),
    Mutant(
        "mark.is_in_band",
        "unsafe_sub(spot, mark) if spot >= mark else unsafe_sub(mark, spot)",
        "max(spot, mark) - min(spot, mark)",
    ),
    Mutant("mark.clamp", "min(max(price, lowest), highest)", "max(min(price, highest), lowest)"),
    Mutant("units.mul_div_up", "unsafe_sub(product, 1) // denominator, 1", "(product - 1) // denominator, 1"),
    Mutant("units.signed_div_up", "numerator >= 0", "numerator > 0"),
    Mutant("impact.calculate_fill_down", "units.WAD - rate", "unsafe_sub(units.WAD, rate)"),
    Mutant("impact.validate_slippage", "fill > mark", "fill >= mark"),
    Mutant("funding.calculate_funding_rate", "magnitude if longs >= shorts", "magnitude if longs > shorts"),
    Mutant(
        "interest.calculate_interest_rate_up", ">= MAX_UTILIZATION", "> MAX_UTILIZATION"
    ),  # 80.01% there, cut to 80%
    Mutant("interest.calculate_interest_owed_up", "index - entry_index", "unsafe_sub(index, entry_index)"),
    Mutant("margin.is_ratio_at_least", "entry_notional * ratio", "unsafe_mul(ratio, entry_notional)"),
    Mutant("liquidation.calculate_payout", "max(fee, reward) - reward", "fee - min(fee, reward)"),
    Mutant("parameters.validate_rise", "new_threshold - threshold", "unsafe_sub(new_threshold, threshold)"),
    Mutant("vault.calculate_fed", "fed <= claimed_before", "fed < claimed_before"),
    Mutant("sample.ceiling", "        quotient += 1", "        quotient = unsafe_add(quotient, 1)"),
    Mutant(
        "sample.shares",
        "result: uint256 = numerator // denominator",
        "result: uint256 = unsafe_div(numerator, denominator)",
    ),
    Mutant(
        "sample.signed_extremes",
        "max(min(a, b), -(10 ** 18))",
        "((a if a < b else b) if min(b, a) > -(10 ** 18) else -(10 ** 18))",
    ),
]


BATCH = Batch([*BUGS, *REWRITES])


@pytest.mark.parametrize("mutant", BUGS, ids=str)
def test_a_bug_in_vyper_is_refuted(mutant: Mutant) -> None:
    """Without any run before the proof, so that it is the solver that has to find the bug."""
    row = BATCH.prove(mutant, Options(timeout=5, samples=0))
    assert row.status == REFUTED, row
    found = row.counterexample
    assert found is not None
    assert found.contract != found.reference
    assert replay(found, references()[mutant.function], BATCH.entry(mutant)) == found


@pytest.mark.parametrize("mutant", REWRITES, ids=str)
def test_an_equal_rewrite_is_proved(mutant: Mutant) -> None:
    row = BATCH.prove(mutant, Options(timeout=5, samples=100))
    assert row.status == PROVED, row


# ---- bugs in the reference


def funding_rate_that_floors(longs: int, shorts: int, max_rate: int) -> int:
    if longs == 0 and shorts == 0:
        return 0
    product = signed(max_rate * signed(signed(longs) - signed(shorts)))
    total = signed(longs + shorts)
    if total == 0:
        raise CheckFailed
    return product // total


def profit_that_forgets_a_check(size: int, entry: int, price: int, is_long: bool) -> int:
    product = word(size * abs(price - entry))
    if (price >= entry) == is_long:
        if entry == 0:
            raise CheckFailed
        return signed(product // entry)
    return signed(-ceiling(product, entry))


def accrued_that_divides_by_nothing(rate: int, price: int, elapsed: int) -> int:
    if elapsed == 12_345_678_901:
        return rate // (elapsed - 12_345_678_901)
    return word(word(rate * price) // 10**18 * elapsed) // (365 * 86_400)


def identity_of_another_type(x: int) -> bool:
    return x == 1


def test_a_floor_in_place_of_a_truncation_is_refuted() -> None:
    assert prove_sample("funding_rate", funding_rate_that_floors, samples=0, timeout=2).status == REFUTED


def test_a_loss_of_exactly_the_least_number_is_refuted() -> None:
    assert prove_sample("profit", profit_that_forgets_a_check, samples=0).status == REFUTED


def test_an_error_outside_of_the_tree_is_a_bug_of_the_reference() -> None:
    row = prove_sample("accrued", accrued_that_divides_by_nothing)
    assert row.status == REFUTED
    assert row.counterexample is not None
    assert row.counterexample.args["elapsed"] == 12_345_678_901
    assert "ZeroDivisionError" in row.counterexample.reference


def test_a_result_of_another_type_is_a_bug_of_the_reference() -> None:
    assert prove_sample("identity", identity_of_another_type, samples=0).status == REFUTED
