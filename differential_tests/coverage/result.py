"""What a replay has reached of the contracts, counted and listed, with the reasons for what it has not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from differential_tests.artefacts import source_hash
from differential_tests.coverage.points import FAILED, KINDS, Point, contracts, list_failures, list_points
from differential_tests.coverage.replay import Reached

REASONS = Path(__file__).parent / "unreached.json"
"""Why a place can't be reached, by its source and text; for the compiler's checks, by the check."""


@dataclass(frozen=True)
class Side:
    """One side of a conditional jump that was not seen. reason: why it can't be; "" is a gap."""

    point: Point
    side: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """reached: sides seen, and sides in all, by contract and kind. failures: of the sources, seen and in all."""

    calls: int
    sources: str
    sides: dict[str, dict[str, tuple[int, int]]]
    missing: list[Side]
    failures: tuple[int, int]
    failures_missing: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """As written to a file."""
        return {
            "calls": self.calls,
            "sources": self.sources,
            "asserts and raises": {"reached": self.failures[0], "all": self.failures[1]},
            "asserts and raises not reached": self.failures_missing,
            "contracts": {
                name: {kind: {"reached": seen, "all": count} for kind, (seen, count) in kinds.items()}
                for name, kinds in self.sides.items()
            },
            "not reached": [
                {
                    "contract": each.point.contract,
                    "source": f"{each.point.path}:{each.point.line}",
                    "kind": each.point.kind,
                    "check": each.point.check,
                    "text": each.point.text,
                    "side": each.side,
                    "reason": each.reason,
                }
                for each in self.missing
            ],
        }

    def totals(self) -> dict[str, tuple[int, int]]:
        """Sides seen, and sides in all, by kind."""
        return {
            kind: (
                sum(kinds[kind][0] for kinds in self.sides.values() if kind in kinds),
                sum(kinds[kind][1] for kinds in self.sides.values() if kind in kinds),
            )
            for kind in KINDS
        }

    def gaps(self) -> list[Side]:
        """What is not reached, and has no reason."""
        return [each for each in self.missing if not each.reason]


def measure(reached: Reached) -> Coverage:
    """Hold what was seen against all that there is."""
    reasons: dict[str, dict[str, str]] = json.loads(REASONS.read_text())
    sides: dict[str, dict[str, tuple[int, int]]] = {}
    missing: list[Side] = []
    for contract in contracts():
        seen: Counter[str] = Counter()
        count: Counter[str] = Counter()
        for point in list_points(contract):
            for is_taken, side in ((True, point.sides[0]), (False, point.sides[1])):
                count[point.kind] += 1
                if (contract, point.pc, is_taken) in reached.jumps:
                    seen[point.kind] += 1
                else:
                    missing.append(Side(point, side, find_reason(reasons, point, side)))
        sides[contract] = {kind: (seen[kind], count[kind]) for kind in KINDS if count[kind]}
    failures = list_failures()
    unseen = [
        each
        for each in failures
        if not (
            each.name in reached.constructor_failures
            if each.in_constructor
            else (each.path, each.line) in reached.failures
        )
    ]
    listed = [{"source": f"{each.path}:{each.line}", "name": each.name} for each in unseen]
    counted = (len(failures) - len(unseen), len(failures))
    return Coverage(reached.calls, source_hash(), sides, missing, counted, listed)


def find_reason(reasons: dict[str, dict[str, str]], point: Point, side: str) -> str:
    """The written reason for a side that can't be reached; "" if there is none."""
    place = reasons["places"].get(f"{point.path}: {point.text}: {side}", "")
    if place or side != FAILED:
        return place
    return reasons["checks"].get(point.check or point.kind, "")
