"""Adds up what became of mutants: tables, the score, and all of it as JSON."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from differential_tests.mutation import kill, ledger
from differential_tests.mutation.runner import Result

UNCLASSED = "unclassed"

COLUMNS = ("made", "dropped", "tested", "prover", "oracle", "protocol", "other", "survived", "equivalent", "score")


class Report:
    """The results of a run beside the ledger."""

    def __init__(
        self, seed: int, seconds: float, results: Sequence[Result], entries: Mapping[Any, ledger.Entry]
    ) -> None:
        self.seed, self.seconds, self.results, self.entries = seed, seconds, results, entries

    def class_of(self, result: Result) -> str:
        """What a mutant that nothing sees is; "" of those that something sees, and of those that were dropped."""
        if result.verdict.status in (kill.KILLED, kill.DROPPED):
            return ""
        entry = self.entries.get(result.mutant.key)
        if entry:
            return entry.kind
        return ledger.EQUIVALENT if result.verdict.status == kill.EQUIVALENT else UNCLASSED

    @property
    def unclassed(self) -> list[Result]:
        """Survivors of which the ledger says nothing."""
        return [result for result in self.results if self.class_of(result) == UNCLASSED]

    def count(self, results: Iterable[Result]) -> dict[str, int]:
        """How many were made, dropped, tested, seen by each lane, and not seen, by their class."""
        counts: Counter[str] = Counter()
        for result in results:
            verdict, counts["made"] = result.verdict, counts["made"] + 1
            counts["dropped" if verdict.status == kill.DROPPED else "tested"] += 1
            if verdict.status == kill.KILLED:
                counts["killed"] += 1
                counts[verdict.lane] += 1
            elif verdict.status != kill.DROPPED:
                counts["survived"] += self.class_of(result) not in ledger.HARMLESS
                counts[self.class_of(result)] += 1
        counts["other"] = counts["killed"] - counts["prover"] - counts["oracle"] - counts["protocol"]
        return dict(counts)

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "seed": self.seed,
            "limit_seconds": self.seconds,
            "sides": {side: self._summary(rows) for side, rows in self._by("side").items()},
            "files": {file: self.count(rows) for file, rows in self._by("file").items()},
            "operators": {operator: self.count(rows) for operator, rows in self._by("operator").items()},
            "kinds": dict(Counter(f"{r.verdict.status} {r.verdict.kind}".strip() for r in self.results)),
            "mutants": [self._row(result) for result in self.results],
        }

    def _summary(self, results: Sequence[Result]) -> dict[str, Any]:
        counts = self.count(results)
        return {**counts, "score": score(counts), "seconds": times(results, "seconds"), "cpu": times(results, "cpu")}

    def _row(self, result: Result) -> dict[str, Any]:
        row = {**asdict(result.mutant), **asdict(result.verdict), "class": self.class_of(result)}
        entry = self.entries.get(result.mutant.key)
        del row["edits"]
        return {**row, "reason": entry.reason} if entry and row["class"] else row

    def _by(self, field: str) -> dict[str, list[Result]]:
        groups: dict[str, list[Result]] = {}
        for result in self.results:
            groups.setdefault(getattr(result.mutant, field), []).append(result)
        return dict(sorted(groups.items()))

    def print(self, console: Console) -> None:
        """Tables by file and by operator, the survivors, and the score."""
        for field in ("file", "operator"):
            table = Table(Column(field, no_wrap=True), *(Column(each, justify="right") for each in COLUMNS), box=SIMPLE)
            for group, rows in self._by(field).items():
                table.add_row(group.removeprefix("vyper_contracts/"), *self._cells(rows))
            console.print(table)
        for result in self.results:
            found = self.class_of(result)
            if found and found != ledger.EQUIVALENT:
                style = "bold red" if found == UNCLASSED else "yellow"
                line = Text(f"{found}: ", style).append(f"{result.mutant} {result.verdict.detail}".strip(), "default")
                console.print(line, soft_wrap=True)
        for side, rows in self._by("side").items():
            console.print(Text(self._sentence(side, rows), "bold red" if self.unclassed else "bold green"))

    def _cells(self, rows: Sequence[Result]) -> list[str]:
        counts = self.count(rows)
        cells = [f"{counts[name]:,}" if counts.get(name) else "" for name in COLUMNS[:-1]]
        part = score(counts)
        return [*cells, "" if part is None else f"{part:.1%}"]

    def _sentence(self, side: str, rows: Sequence[Result]) -> str:
        counts, wall, cpu = self.count(rows), times(rows, "seconds"), times(rows, "cpu")
        harmless = sum(counts.get(each, 0) for each in ledger.HARMLESS)
        part = score(counts)
        return (
            f"{side}: {counts.get('killed', 0)} of {counts.get('tested', 0) - harmless} that are not equivalent are"
            f" killed ({'-' if part is None else f'{part:.1%}'}); {harmless} equivalent,"
            f" {counts.get('dropped', 0)} dropped, seed {self.seed};"
            f" a kill takes {wall['median']} s ({cpu['median']} s of processor time),"
            f" 95% at most {wall['p95']} s ({cpu['p95']} s), at most {wall['max']} s ({cpu['max']} s)"
        )


def score(counts: Mapping[str, int]) -> float | None:
    """Killed, of those that are not equivalent; None if there is none."""
    possible = counts.get("tested", 0) - sum(counts.get(each, 0) for each in ledger.HARMLESS)
    return counts.get("killed", 0) / possible if possible else None


def times(results: Iterable[Result], field: str) -> dict[str, float]:
    """Seconds until a kill: median, 95% and most."""
    taken = sorted(getattr(r.verdict, field) for r in results if r.verdict.status == kill.KILLED)
    if not taken:
        return {"median": 0.0, "p95": 0.0, "max": 0.0}
    p95 = taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    return {"median": round(statistics.median(taken), 2), "p95": p95, "max": taken[-1]}
