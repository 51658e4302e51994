"""The solvers: z3, and cvc5 as a second opinion. Both read the same text; each question is asked afresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import cvc5
import z3

from differential_tests.symbolic.solver.encode import symbol

SAT: Final = "sat"
UNSAT: Final = "unsat"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Answer:
    """What a solver says; of `sat`, the model's values of the variables asked for."""

    verdict: str
    model: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Solver:
    """A solver: its name with its version, and how it is asked."""

    name: str
    ask: Callable[[str, float, Sequence[str]], Answer]


def ask_z3(text: str, timeout: float, variables: Sequence[str]) -> Answer:
    """z3's answer within `timeout` seconds."""
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", max(1, int(timeout * 1000)))
    try:
        solver.from_string(text)
        verdict = str(solver.check())
    except z3.Z3Exception as error:
        if "canceled" in str(error) or "timeout" in str(error):
            return Answer(UNKNOWN)
        raise
    if verdict != SAT:
        return Answer(verdict)
    model = solver.model()
    values = {entry.name(): model[entry] for entry in model.decls() if entry.arity() == 0}
    found = {name: values.get(symbol(name)) for name in variables}
    return Answer(SAT, {name: 0 if value is None else value.as_long() for name, value in found.items()})


def ask_cvc5(text: str, timeout: float, variables: Sequence[str]) -> Answer:
    """cvc5's answer within `timeout` seconds."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(max(1, int(timeout * 1000))))
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    if not result.isSat():
        return Answer(UNSAT if result.isUnsat() else UNKNOWN)
    terms = {str(term): term for term in symbols.getDeclaredTerms()}
    return Answer(SAT, {name: int(solver.getValue(terms[symbol(name)]).getIntegerValue()) for name in variables})


Z3: Final = Solver(f"z3 {z3.get_version_string()}", ask_z3)
CVC5: Final = Solver(f"cvc5 {cvc5.__version__}", ask_cvc5)
