"""Every mathematical function on the real EVM against its reference, on arguments that Hypothesis draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings

from differential_tests.symbolic import ROOT
from differential_tests.symbolic.evm.boundaries import Steered
from differential_tests.symbolic.evm.compiled import function_names
from differential_tests.symbolic.evm.concrete import Machine, run_reference
from differential_tests.symbolic.evm.entry import Entry
from differential_tests.symbolic.mutants import Batch, Mutant
from differential_tests.symbolic.samples import project_entries, references
from differential_tests.symbolic.terms.domain import Domain

NAMES = function_names(ROOT)

EXAMPLES = settings().max_examples * 3 // 5
"""Of each function, by the profile: 60 in the default one."""

ON_BOUNDARIES = [
    Mutant("vault.calculate_breaker", "utilization >= BREAKER", "utilization > BREAKER"),
    Mutant("parameters.validate_rise", "elapsed >= RISE", "elapsed > RISE"),
    Mutant("parameters.validate_rise", "new_threshold <= threshold", "new_threshold < threshold"),
    Mutant("parameters.validate_pool_move", "elapsed >= MOVE", "elapsed > MOVE"),
    Mutant("parameters.validate_pool_move", "new_pool == pool", "new_pool < pool"),
    Mutant("impact.calculate_skew_value_up", "units.AMOUNT_BOUND - 1", "units.AMOUNT_BOUND"),
    Mutant("funding.calculate_funding_delta", "= 4 * 8 * 3600", "= 4 * 8 * 3600 - 1"),
]
"""Faults that show on an exact value, or on two equal ones."""


@dataclass
class Draws:
    """How many assignments were drawn, and how many of them are in the domain."""

    all: int = 0
    inside: int = 0


def compare(reference: Callable[..., Any], entry: Entry, profile: settings) -> Draws:
    """Run both sides on drawn arguments; AssertionError if their values or the names of their reverts differ."""
    machine, types, draws = Machine(entry.code), entry.types, Draws()
    domain = Domain.of(reference, types)

    @profile
    @given(arguments=Steered(reference, types).arguments())
    def both_end_alike(arguments: dict[str, int]) -> None:
        draws.all += 1
        assume(domain.contains(arguments))
        draws.inside += 1
        contract = machine.call(types[name].to_word(value) for name, value in arguments.items())
        assert contract == run_reference(reference, arguments, types, entry.returns)

    both_end_alike()
    return draws


@pytest.mark.parametrize("name", NAMES)
def test_contract_and_reference_end_alike(name: str) -> None:
    draws = compare(references()[name], project_entries()[name], settings(max_examples=EXAMPLES))
    assert draws.inside * 3 >= draws.all, f"{draws.inside} of {draws.all} draws are in the domain"


@pytest.mark.parametrize("mutant", ON_BOUNDARIES, ids=str)
def test_a_fault_on_a_boundary_is_found(mutant: Mutant) -> None:
    same_draws = settings(max_examples=20_000, derandomize=True)
    with pytest.raises(AssertionError):
        compare(references()[mutant.function], Batch([mutant]).entry(mutant), same_draws)
