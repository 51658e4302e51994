"""Properties: true ones are proved and confirmed, false ones refuted, and nothing else is called proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from differential_tests.symbolic.reference.properties import (
    crosshair_confirm,
    find_properties,
    properties_of,
    prove_property,
)
from differential_tests.symbolic.report import CONFIRMED, PROVED, REFUTED, UNKNOWN, UNSUPPORTED
from differential_tests.symbolic.samples import sample_properties as samples

TRUE = ["ema_between", "rounding_apart", "rate_grows", "round_trip"]
FALSE = ["ceiling_is_floor", "check_escapes"]
VOID = ["about_nothing", "about_no_square"]


def test_public_functions_are_properties() -> None:
    names = {function.__name__ for function in properties_of(samples)}
    assert names == {*TRUE, *FALSE, *VOID, "is_prime"}


def test_where_there_are_none_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError):
        find_properties("properties_of_nobody")
    (tmp_path / "properties_of_nobody").mkdir()
    (tmp_path / "properties_of_nobody" / "__init__.py").write_text("")
    with pytest.raises(LookupError, match="properties_of_nobody has no properties"):
        find_properties("properties_of_nobody")
    (tmp_path / "properties_of_nobody" / "fees.py").write_text("NUMBER = 1")
    with pytest.raises(LookupError, match="fees has no properties"):
        find_properties("properties_of_nobody")


@pytest.mark.parametrize("name", TRUE)
def test_a_true_property_is_proved(name: str) -> None:
    row = prove_property(getattr(samples, name))
    assert row.status == PROVED, row
    assert row.witnessed > 0
    assert "2**" in row.domain or "10**" in row.domain


@pytest.mark.parametrize("name", FALSE)
def test_a_false_property_is_refuted_by_numbers(name: str) -> None:
    function = getattr(samples, name)
    row = prove_property(function)
    assert row.status == REFUTED, row
    assert row.counterexample is not None
    try:
        assert not function(**row.counterexample.args)
    except Exception as error:
        assert type(error).__name__ in row.counterexample.reference  # noqa: PT017 (it may return or raise)


@pytest.mark.parametrize("name", VOID)
def test_a_property_of_nothing_is_not_proved(name: str) -> None:
    row = prove_property(getattr(samples, name))
    assert row.status == UNKNOWN
    assert "void" in row.message


def test_a_hard_property_is_unknown() -> None:
    assert prove_property(samples.is_prime, timeout=0.5).status == UNKNOWN


def test_a_property_without_a_rule_or_a_postcondition_is_not_judged() -> None:
    assert prove_property(samples._helper).status == UNSUPPORTED


@pytest.mark.parametrize("name", ["ema_between", "rounding_apart"])
def test_crosshair_confirms_a_true_property(name: str) -> None:
    row = crosshair_confirm(getattr(samples, name))
    assert row.status == CONFIRMED, row


def test_crosshair_refutes_a_false_property() -> None:
    row = crosshair_confirm(samples.ceiling_is_floor)
    assert row.status == REFUTED
    assert row.counterexample is not None


@pytest.mark.parametrize("name", ["about_nothing", "_helper"])
def test_crosshair_does_not_confirm_what_is_void(name: str) -> None:
    assert crosshair_confirm(getattr(samples, name), timeout=2).status == UNKNOWN
