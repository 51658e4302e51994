"""Runs mutants, each in a process of its own, and keeps what became of each in a file, so that a run can go on."""

import json
import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from differential_tests.contracts.provenance import hash_sources
from differential_tests.mutation import kill
from differential_tests.mutation.fork import DiedError, Forked, clock
from differential_tests.mutation.kill import Verdict
from differential_tests.mutation.spans import Mutant

GRACE = 60
"""Seconds of processor time beyond its own limit after which a mutant's process is ended."""


class Side(Protocol):
    """The contracts or the reference."""

    side: str

    def judge(self, mutant: Mutant, seconds: float) -> Verdict:
        """Look for something that sees a mutant."""
        ...


@dataclass(frozen=True)
class Result:
    """A mutant, and what became of it."""

    mutant: Mutant
    verdict: Verdict


def select(mutants: Sequence[Mutant], seed: int) -> list[Mutant]:
    """All mutants in the order of a seed: one of each operator in each file in turn, until none is left."""
    draw = random.Random(seed)  # noqa: S311  it must be repeatable, not secret
    strata: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants:
        strata.setdefault((mutant.file, mutant.operator), []).append(mutant)
    for stratum in strata.values():
        draw.shuffle(stratum)
    order: list[Mutant] = []
    while strata:
        places = list(strata)
        draw.shuffle(places)
        order += [strata[place].pop() for place in places]
        strata = {place: stratum for place, stratum in strata.items() if stratum}
    return order


class Notes:
    """The file of a run: one line for each mutant that is done. Lines of other sources or limits do not count."""

    def __init__(self, path: Path | None, seconds: float) -> None:
        self._path, self._stamp = path, f"{hash_sources()} {seconds:g}"
        self.known: dict[tuple[str, ...], Verdict] = {}
        self.ignored = 0
        if path is None or not path.is_file():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:  # the process has died in the middle of a line
            os.truncate(path, len(whole))
        for line in whole.splitlines():
            row = json.loads(line)
            if row["stamp"] == self._stamp:
                self.known[tuple(row["key"])] = Verdict(**row["verdict"])
            else:
                self.ignored += 1

    def add(self, result: Result) -> None:
        """Write what became of a mutant."""
        self.known[result.mutant.key] = result.verdict
        if self._path is not None:
            row = {"stamp": self._stamp, "key": result.mutant.key, "verdict": asdict(result.verdict)}
            with self._path.open("a") as file:
                file.write(json.dumps(row) + "\n")


def run(
    side: Side,
    order: Sequence[Mutant],
    count: int,
    workers: int,
    seconds: float,
    notes: Notes,
    on_result: Callable[[Result, int], None] = lambda *_: None,
) -> list[Result]:
    """Judge mutants in order until so many were not dropped; all of these, those that were dropped among them.

    seconds: of processor time for each. on_result: called with each result, and the count so far.
    """
    done: dict[int, Result] = {}
    running: dict[Any, tuple[int, Forked[Verdict]]] = {}
    following = 0

    def note(number: int, verdict: Verdict, is_new: bool) -> None:
        done[number] = Result(order[number], verdict)
        if is_new:
            notes.add(done[number])
        on_result(done[number], _valid(done.values()))

    try:
        while following < len(order) or running:
            while following < len(order) and len(running) < workers and _valid(done.values()) + len(running) < count:
                mutant = order[following]
                if mutant.key in notes.known:
                    note(following, notes.known[mutant.key], is_new=False)
                else:
                    forked = Forked(_judge, (side, mutant, seconds), seconds + GRACE)
                    running[forked.answer] = following, forked
                following += 1
            if not running:
                break
            ready = wait(list(running), timeout=1.0)
            for answer in [
                *ready,
                *(each for each, (_, forked) in running.items() if forked.is_late and each not in ready),
            ]:
                number, forked = running.pop(answer)
                note(number, _result(forked), is_new=True)
    finally:
        for _, forked in running.values():
            forked.stop()
    return [done[number] for number in sorted(done)]


def _valid(results: Iterable[Result]) -> int:
    return sum(result.verdict.status != kill.DROPPED for result in results)


def _judge(side: Side, mutant: Mutant, seconds: float) -> Verdict:
    started, used = time.monotonic(), clock()
    verdict = side.judge(mutant, seconds)
    return replace(verdict, seconds=round(time.monotonic() - started, 2), cpu=round(clock() - used, 2))


def _result(forked: Forked[Verdict]) -> Verdict:
    try:
        return forked.result()
    except DiedError as error:
        return Verdict(kill.ERROR, kind="its process died", detail=str(error))
    except Exception as error:
        return Verdict(kill.ERROR, kind="our own code failed", detail=f"{type(error).__name__}: {error}"[:300])
