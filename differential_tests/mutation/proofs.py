"""The proof of single functions, on changed bytecode or against a changed reference."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from vyper.exceptions import VyperException

from differential_tests.contracts.artefacts import ROOT
from differential_tests.mutation.compiling import NotCompiledError
from differential_tests.symbolic.callee import callees_of
from differential_tests.symbolic.evm.compiled import (
    CompilationFailed,
    CompiledContract,
    compile_harness,
    math_functions,
)
from differential_tests.symbolic.evm.entry import make_entry
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


def prove_reference(topic: str, names: Sequence[str], compiled: bytes) -> list[Row]:
    """The proofs of functions of the reference as it is in this process, until one is refuted.

    compiled: the contract that has them, as `compile_topic` leaves it.
    """
    contract: CompiledContract = pickle.loads(compiled)  # noqa: S301  what `compile_topic` has made
    rows: list[Row] = []
    for mirror in find_mirrors(ROOT)[0]:
        found = contract.functions.get(mirror.key)
        if found is not None and mirror.source.topic == topic and mirror.source.name in names:
            entry = make_entry(contract, found, callees_of(contract, mirror.key))
            rows.append(prove(mirror.rule, mirror.reference, entry, OPTIONS))
            if rows[-1].counterexample:
                break
    return rows


def compile_topic(topic: str) -> tuple[list[str], bytes]:
    """The functions of a module as it is, and the contract with them.

    The contract is pickled: a mutant's process, which imports the prover anew, has to find it made of its own classes.
    """
    contract = compile_harness(math_functions(ROOT, topic), ROOT)
    return [name for each, name in contract.functions if each == topic], pickle.dumps(contract)
