"""Contracts and functions for the prover's own tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from differential_tests.symbolic import ROOT
from differential_tests.symbolic.callee import callees_of
from differential_tests.symbolic.evm.compiled import CompiledContract, compile_harness, math_functions
from differential_tests.symbolic.evm.entry import Entry, make_entry
from differential_tests.symbolic.prove import prove
from differential_tests.symbolic.reference.rules import find_mirrors
from differential_tests.symbolic.report import Row
from differential_tests.symbolic.samples import sample_reference
from differential_tests.symbolic.solver.questions import Options

SAMPLES = Path(__file__).parent


def harness(root: Path) -> CompiledContract:
    """A contract with every mathematical function below `root`."""
    return compile_harness(math_functions(root), root)


def harness_entries(harness: CompiledContract) -> dict[str, Entry]:
    """The way into each function of the contract, by `topic.name`."""
    return {
        ".".join(key): make_entry(harness, found, callees_of(harness, key)) for key, found in harness.functions.items()
    }


@cache
def sample_harness() -> CompiledContract:
    """A contract with the functions of the sample module."""
    return harness(SAMPLES)


@cache
def sample_entries() -> dict[str, Entry]:
    """The way into each function of the sample module."""
    return harness_entries(sample_harness())


@cache
def project_entries() -> dict[str, Entry]:
    """The way into each mathematical function of the project."""
    return harness_entries(harness(ROOT))


@cache
def references() -> dict[str, Any]:
    """The reference of each function, by `topic.name`."""
    mirrors, _ = find_mirrors(ROOT)
    found = {".".join(mirror.key): mirror.reference for mirror in mirrors}
    return found | {f"sample.{f.name}": getattr(sample_reference, f.name) for f in math_functions(SAMPLES)}


def prove_sample(name: str, reference: Any = None, **options: Any) -> Row:
    """Prove a function of the sample module, against another reference if one is given."""
    entry = sample_entries()[f"sample.{name}"]
    return prove("SAM-0", reference or references()[f"sample.{name}"], entry, Options(**options))
