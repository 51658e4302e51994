"""The rows of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

PROVED: Final = "proved"
"""For all inputs of the domain, by a solver or by the identity of both sides."""
CONFIRMED: Final = "confirmed"
"""Over all paths, by CrossHair."""
UNKNOWN: Final = "unknown"
"""Neither a proof nor a counterexample that the real EVM and the reference confirm."""
UNSUPPORTED: Final = "unsupported"
"""Something that the prover cannot judge: an instruction, a construct, a function without its mirror."""
REFUTED: Final = "refuted"
"""There is a counterexample, run on the real EVM and on the reference."""

FAILURE: Final = "the prover failed"
"""How the message of a row begins whose proof broke: it is unknown, and the fault is ours."""
SEVERITY: Final = (PROVED, CONFIRMED, UNKNOWN, UNSUPPORTED, REFUTED)

EQUIVALENCE: Final = "equivalence"
PROPERTY: Final = "property"


@dataclass(frozen=True)
class ProvedIn:
    """A contract, by the hash of its runtime code."""

    name: str
    runtime_sha256: str
    as_in: str = ""
    """Another contract, in which the function's code takes the same paths, term by term: those are proved there."""


@dataclass(frozen=True)
class Counterexample:
    """Arguments, and how the contract and the reference end on them."""

    args: dict[str, int]
    contract: str
    reference: str


@dataclass
class Row:
    """What is known of one rule's function."""

    rule: str
    function: str
    kind: str
    status: str
    domain: str = ""
    solver: str = ""
    tier: str = ""
    """The strongest means that was needed: syntactic, uf, nia; fuzz for a refutation without a solver; crosshair."""
    seconds: float = 0.0
    paths: int = 0
    """Through the bytecode; of a property: through the reference."""
    pairs: int = 0
    """Of a bytecode path and a reference path that no solver excludes."""
    witnessed: int = 0
    """Pairs of which an input is known; it was run on both sides with the same outcome."""
    contracts: list[ProvedIn] = field(default_factory=list)
    counterexample: Counterexample | None = None
    message: str = ""
    rests_on: list[str] = field(default_factory=list)
    """Functions that were one step in this proof, which their own proofs justify."""
    cross_check: str = ""
    """What the second solver says, if it was asked; of a property: what CrossHair says, which is always asked."""

    def to_json(self) -> dict[str, Any]:
        """The row as JSON's types. Integers beyond 2**53 stay integers."""
        return asdict(self)


def second_opinion(proof: Row, opinion: Row) -> Row:
    """One row of a property: our proof and CrossHair's opinion. One of them is enough; a refutation is final."""
    row = proof
    if opinion.status == REFUTED or (opinion.status == CONFIRMED and proof.status in (UNKNOWN, UNSUPPORTED)):
        row = opinion
    row.cross_check = f"crosshair {opinion.status}" if row is proof else f"prover {proof.status}"
    row.seconds = round(proof.seconds + opinion.seconds, 3)
    return row


def resting(row: Row, proofs: Mapping[str, Row]) -> Row:
    """A composed proof in the light of the proofs that it rests on, by rule and function: in the same code each."""
    codes = {contract.runtime_sha256 for contract in row.contracts}
    for name in row.rests_on if row.status == PROVED else ():
        proof = proofs.get(name)
        if proof is None or not codes <= {contract.runtime_sha256 for contract in proof.contracts}:
            return replace(row, status=UNKNOWN, message=f"rests on {name}, of which there is no proof in the same code")
        if proof.status != PROVED:
            return replace(row, status=UNKNOWN, message=f"rests on {name}, which is {proof.status}")
        if row.cross_check and proof.cross_check != PROVED:
            row = replace(row, cross_check=UNKNOWN)
    return row


TIERS: Final = ("", "syntactic", "uf", "nia", "fuzz", "crosshair")


def merge(rows: Iterable[Row]) -> Row:
    """One row for one function in several contracts: the worst status, the sums of the counts."""
    all_rows = list(rows)
    worst = max(all_rows, key=lambda row: SEVERITY.index(row.status))
    return Row(
        rule=worst.rule,
        function=worst.function,
        kind=worst.kind,
        status=worst.status,
        domain=worst.domain,
        solver=worst.solver,
        tier=max((row.tier for row in all_rows), key=TIERS.index),
        seconds=round(sum(row.seconds for row in all_rows), 3),
        paths=sum(row.paths for row in all_rows),
        pairs=sum(row.pairs for row in all_rows),
        witnessed=sum(row.witnessed for row in all_rows),
        contracts=[contract for row in all_rows for contract in row.contracts],
        counterexample=worst.counterexample,
        message=worst.message,
        rests_on=worst.rests_on,
        cross_check=max((row.cross_check for row in all_rows), key=lambda s: SEVERITY.index(s) if s else -1),
    )
