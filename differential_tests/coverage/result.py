"""What a replay has reached of the contracts, counted and listed, with the reasons for what it has not.

A place of a module is in the code of every contract that imports it. In the sources it counts once, and is reached
where any of these has reached it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from differential_tests.coverage.points import (
    ASSERT,
    BRANCH,
    FAILED,
    KINDS,
    Failure,
    Point,
    contracts,
    list_failures,
    list_points,
)
from differential_tests.coverage.replay import Reached

REASONS = Path(__file__).parent / "unreached.json"
"""Why an assert or raise can't fail, by source and text; why a side can't be reached, by source, text and side; why a
check of the compiler can't fail, by its name.
"""

FAILURES = "asserts and raises"

Counts = dict[str, int]
"""reached; reasoned, which are not and have a reason; and all."""


@dataclass
class Side:
    """A side of a conditional jump. by: the contracts that have it, and whether they reach it.

    reason: why it can't be reached; "" if nobody says.
    """

    point: Point
    side: str
    reason: str
    by: dict[str, bool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """By which it has a reason."""
        return f"{self.point.path}: {self.point.text}: {self.side}"

    @property
    def kind(self) -> str:
        """As it is counted: of the compiler's own, the failing sides by themselves, since nobody should see them."""
        kind = self.point.kind
        return f"{kind}, {FAILED}" if kind not in (ASSERT, BRANCH) and self.side == FAILED else kind


@dataclass(frozen=True)
class Coverage:
    """What was seen of the sources as they are. unseen: asserts and raises that have not failed, and why.

    stale: reasons for what is reached after all, or is not there.
    """

    calls: int
    sides: list[Side]
    failures: int
    unseen: list[tuple[Failure, str]]
    stale: list[str]

    def is_complete(self) -> bool:
        """Whether every assert and raise has failed or has a reason, and each reason is needed."""
        return not self.stale and all(reason for _, reason in self.unseen)

    def missing(self) -> list[Side]:
        """The sides that nothing reaches."""
        return [each for each in self.sides if not any(each.by.values())]

    def totals(self) -> dict[str, Counts]:
        """Of the sources, by kind."""
        failed = {
            "reached": self.failures - len(self.unseen),
            "reasoned": sum(reason != "" for _, reason in self.unseen),
            "all": self.failures,
        }
        return {FAILURES: failed, **_count((each, any(each.by.values())) for each in self.sides)}

    def to_lcov(self) -> str:
        """The conditional jumps of the sources, as lcov's tools and editors read them: a line, and its sides.

        A line without a jump is not in it: whether it was run is not measured.
        """
        lines: dict[str, dict[int, list[bool]]] = {}
        for each in sorted(self.sides, key=lambda each: (each.point.path, each.point.line)):
            if each.point.path:  # else the compiler's dispatch, which no line stands for
                lines.setdefault(each.point.path, {}).setdefault(each.point.line, []).append(any(each.by.values()))
        return "".join(line for path, sides in lines.items() for line in _write_lcov(path, sides))

    def to_json(self) -> dict[str, Any]:
        """As written to a file: all of the sources, then contract by contract."""
        return {
            "calls": self.calls,
            "totals": self.totals(),
            "asserts and raises not reached": [
                {"source": f"{each.path}:{each.line}", "name": each.name, "reason": reason}
                for each, reason in self.unseen
            ],
            "contracts": {
                name: _count((each, each.by[name]) for each in self.sides if name in each.by) for name in contracts()
            },
            "not reached": [
                {
                    "contract": ", ".join(each.by),
                    "source": f"{each.point.path}:{each.point.line}",
                    "kind": each.point.kind,
                    "check": each.point.check,
                    "text": each.point.text,
                    "side": each.side,
                    "reason": each.reason,
                }
                for each in self.missing()
            ],
        }


def _write_lcov(path: str, lines: dict[int, list[bool]]) -> Iterator[str]:
    """The record of a source: whether each side of each line's jumps is reached."""
    yield f"TN:megatao\nSF:{path}\n"
    for line, sides in lines.items():
        for number, is_reached in enumerate(sides):
            yield f"BRDA:{line},0,{number},{int(is_reached) if any(sides) else '-'}\n"
    reached = [is_reached for sides in lines.values() for is_reached in sides]
    yield f"BRF:{len(reached)}\nBRH:{sum(reached)}\n"
    for line, sides in lines.items():
        yield f"DA:{line},{int(any(sides))}\n"
    yield f"LF:{len(lines)}\nLH:{sum(map(any, lines.values()))}\nend_of_record\n"


def measure(reached: Reached) -> Coverage:
    """Hold what was seen against all that there is."""
    reasons = read_reasons()
    unseen = find_unseen(reached)
    coverage = Coverage(reached.calls, _list_sides(reached, reasons), len(list_failures()), unseen, [])
    needed = {each.place for each, _ in unseen} | {each.name for each in coverage.missing()}
    coverage.stale.extend(name for kind in ("failures", "sides") for name in reasons[kind] if name not in needed)
    return coverage


def find_unseen(reached: Reached) -> list[tuple[Failure, str]]:
    """The asserts and raises that have not failed, and the reason of each."""
    reasons = read_reasons()["failures"]
    return [
        (each, reasons.get(each.place, ""))
        for each in list_failures()
        if not (
            each.name in reached.constructor_failures
            if each.in_constructor
            else (each.path, each.line) in reached.failures
        )
    ]


def read_reasons() -> dict[str, dict[str, str]]:
    """The written reasons: of failures, sides and checks."""
    reasons: dict[str, dict[str, str]] = json.loads(REASONS.read_text())
    return reasons


def _list_sides(reached: Reached, reasons: dict[str, dict[str, str]]) -> list[Side]:
    """Both sides of every jump of the sources."""
    sides: dict[tuple[Any, ...], Side] = {}
    for contract in contracts():
        numbers: Counter[tuple[Any, ...]] = Counter()
        for point in list_points(contract):
            place = (point.path or contract, point.line, point.kind, point.check, point.text)
            numbers[place] += 1  # a place may have several jumps; they are in the same order in every contract
            for is_taken, side in zip((True, False), point.sides, strict=True):
                found = sides.setdefault((*place, numbers[place], side), Side(point, side, ""))
                found.reason = _find_reason(found, reasons)
                found.by[contract] = found.by.get(contract, False) or (contract, point.pc, is_taken) in reached.jumps
    return list(sides.values())


def _find_reason(side: Side, reasons: dict[str, dict[str, str]]) -> str:
    """The written reason for a side; "" if there is none."""
    point = side.point
    if side.side != FAILED:
        return reasons["sides"].get(side.name, "")
    if point.kind == ASSERT:
        return reasons["failures"].get(f"{point.path}: {point.text}", "")
    return reasons["checks"].get(point.check or point.kind, "")


def _count(sides: Iterable[tuple[Side, bool]]) -> dict[str, Counts]:
    """How many of each kind there are, and are reached, in the order of the kinds."""
    counts = {kind: {"reached": 0, "reasoned": 0, "all": 0} for each in KINDS for kind in (each, f"{each}, {FAILED}")}
    for side, is_reached in sides:
        count = counts[side.kind]
        count["all"] += 1
        count["reached"] += is_reached
        count["reasoned"] += not is_reached and side.reason != ""
    return {kind: count for kind, count in counts.items() if count["all"]}
