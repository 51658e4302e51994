"""The prover: the bytecode of each mathematical function equals the reference for all inputs, reverts included.

    rows = prove_all()                      every mathematical function, every property
    rows = prove_all("EMA-1")               one rule
    rows = prove_all(cross_check=True)      with cvc5 as a second opinion

How it works, from the outside in: `campaign` pairs functions (`rules`) and compiles contracts (`compiled`); `entry`
makes code that enters a function inside of the deployed bytecode; `prove` runs it symbolically (`executor`, on
`arithmetic` and `memory`) and the reference as it stands (`symbolic_int`), both over the terms of `terms`, `formulas`
and `facts`; what remains to be shown is asked in `questions` (`encode`, `lemmas`, `solvers`); every model is run on
the real EVM and on the reference (`concrete`) before anything is called refuted. Where the paths of what a function
calls multiply, it is proved of these functions' own proofs (`callee`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from differential_tests.symbolic.report import Counterexample, ProvedIn, Row

__all__ = ["Counterexample", "ProvedIn", "Row", "prove_all"]

ROOT = Path(__file__).resolve().parents[2]


def prove_all(
    rule: str | None = None,
    on_row: Callable[[Row], None] | None = None,
    timeout: float = 10.0,
    cross_check: bool = False,
    workers: int = 2,
    root: Path = ROOT,
    crosshair_timeout: float = 10.0,
    function_timeout: float = 120.0,
) -> list[Row]:
    """Prove every mathematical function and every property, or those of one rule.

    on_row: called with each row as soon as it is known.
    timeout: seconds for each question to a solver. function_timeout: for all of a function; what is not proved by then
        is unknown. crosshair_timeout: for CrossHair on each property.
    cross_check: prove everything again by a second solver.
    workers: processes; 1 stays in this one, except for CrossHair, which gets a new one for each property.
    root: where `vyper_contracts/` is. The reference is always the package `reference`.

    Raises LookupError for a rule that no function and no property has, CompilationFailed for a contract that
    does not compile.
    """
    from differential_tests.symbolic.campaign import Campaign, Limits  # the solvers and the compiler take a second

    campaign = Campaign(root, Limits(timeout, function_timeout, crosshair_timeout), cross_check, workers)
    if rule is not None:
        campaign.select(rule)
    return campaign.run(on_row or (lambda _: None))
