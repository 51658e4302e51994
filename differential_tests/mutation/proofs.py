"""The proof of single functions, on changed bytecode or against a changed reference."""

from functools import cache
from pathlib import Path

from vyper.exceptions import VyperException

from differential_tests.contracts.artefacts import ROOT
from differential_tests.mutation.compiling import NotCompiledError
from differential_tests.symbolic.callee import callees_of
from differential_tests.symbolic.evm.compiled import CompilationFailed, compile_harness, math_functions
from differential_tests.symbolic.evm.entry import Entry, make_entry
from differential_tests.symbolic.prove import prove
from differential_tests.symbolic.reference.rules import find_mirrors
from differential_tests.symbolic.report import Row
from differential_tests.symbolic.solver.questions import Options

OPTIONS = Options(timeout=3.0, witness_timeout=1.0, witness_budget=2.0)
"""Less patience than a proof of the contracts has: what is not refuted soon goes to the machines."""


def prove_mutant(topic: str, names: list[str], root: Path) -> list[Row]:
    """The proofs of functions of a module below `root`, one by one until one is refuted.

    Errors: NotCompiledError.
    """
    rows: list[Row] = []
    for mirror in find_mirrors(ROOT)[0]:
        if mirror.source.topic != topic or mirror.source.name not in names:
            continue
        try:
            contract = compile_harness([mirror.source], root)
        except CompilationFailed as error:
            if isinstance(error.__cause__, VyperException):
                raise NotCompiledError.of(error.__cause__) from None
            raise
        found = contract.functions.get(mirror.key)
        if found is None:
            continue  # nothing of it is left that could be entered
        entry = make_entry(contract, found, callees_of(contract, mirror.key))
        rows.append(prove(mirror.rule, mirror.reference, entry, OPTIONS))
        if rows[-1].counterexample:
            break
    return rows


def prove_reference(topic: str, names: list[str], entries: dict[str, Entry]) -> list[Row]:
    """The proofs of functions of the reference as it is in this process, until one is refuted."""
    rows: list[Row] = []
    for mirror in find_mirrors(ROOT)[0]:
        if mirror.source.topic == topic and mirror.source.name in names:
            rows.append(prove(mirror.rule, mirror.reference, entries[mirror.source.name], OPTIONS))
            if rows[-1].counterexample:
                break
    return rows


@cache
def entries(topic: str) -> dict[str, Entry]:
    """The way into each function of a module, as it is."""
    functions = math_functions(ROOT, topic)
    contract = compile_harness(functions, ROOT)
    return {
        key[1]: make_entry(contract, found, callees_of(contract, key))
        for key, found in contract.functions.items()
        if key[0] == topic
    }
