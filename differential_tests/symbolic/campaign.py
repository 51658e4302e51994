"""All proofs: which there are, in which contracts, on how many processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from differential_tests.contracts.processes import Pool
from differential_tests.symbolic.callee import COMPOSED, callees_of
from differential_tests.symbolic.evm.compiled import CompiledContract, compile_harness, compile_path, deployable_paths
from differential_tests.symbolic.evm.entry import Entry, make_entry
from differential_tests.symbolic.prove import prove_everywhere
from differential_tests.symbolic.reference.properties import Property, PropertyProof, crosshair_confirm, find_properties
from differential_tests.symbolic.reference.rule_id import rule_of
from differential_tests.symbolic.reference.rules import Mirror, find_mirrors, problem_row
from differential_tests.symbolic.report import PROPERTY, Row, resting, second_opinion
from differential_tests.symbolic.solver.questions import Options

Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """Times in seconds."""

    timeout: float = 10.0
    """Of one question to a solver."""
    function_timeout: float = 120.0
    """Of the proof of one function in one contract."""
    crosshair_timeout: float = 10.0
    """Of CrossHair on one property, by its own clock."""


class Campaign:
    """The proofs of the contracts below `root`."""

    def __init__(self, root: Path, limits: Limits, cross_check: bool, workers: int) -> None:
        self.root = root.resolve()
        self.limits = limits
        self.options = Options(
            timeout=limits.timeout, function_timeout=limits.function_timeout, cross_check=cross_check
        )
        self.workers = workers
        self.mirrors, self.problems = find_mirrors(self.root)
        self.properties = find_properties()

    def select(self, rule: str) -> None:
        """Keep the proofs of one rule, and those that they rest on."""
        known = {mirror.rule for mirror in self.mirrors} | {row.rule for row in self.problems}
        known |= set(map(rule_of, self.properties))
        if rule not in known:
            raise LookupError(f"no rule {rule}; there are {', '.join(sorted(known - {''}))}")
        wanted = {mirror.key for mirror in self.mirrors if mirror.rule == rule}
        wanted |= {callee for key in wanted for callee in COMPOSED.get(key, ())}
        self.mirrors = [mirror for mirror in self.mirrors if mirror.key in wanted]
        self.problems = [row for row in self.problems if row.rule == rule]
        self.properties = [function for function in self.properties if rule_of(function) == rule]

    def run(self, on_row: Callable[[Row], None]) -> list[Row]:
        """Every row, in the order of the sources; `on_row` gets each as soon as it is there."""
        rows: dict[tuple[int, int], Row] = {}
        with self._pool() as pool:
            for place, row in self._rows(pool):
                rows[place] = row
                on_row(row)
        return [rows[place] for place in sorted(rows)]

    def _pool(self) -> AbstractContextManager[Executor | None]:
        if self.workers <= 1:
            return nullcontext(None)
        return Pool(self.workers, mp_context=multiprocessing.get_context("spawn"))

    def _rows(self, pool: Executor | None) -> Iterator[tuple[tuple[int, int], Row]]:
        for number, row in enumerate(self.problems):
            yield (0, number), row
        jobs: list[tuple[tuple[int, int], Job]] = []
        for number, function in enumerate(self.properties):
            jobs.append(((2, number), Job(_prove_property, (function, self.options))))
        for number, (mirror, entries, problem) in enumerate(self._entries(pool)):
            if problem is not None:
                yield (1, number), problem
            else:
                jobs.append(
                    ((1, number), Job(prove_everywhere, (mirror.rule, mirror.reference, entries, self.options)))
                )
        waiting: list[tuple[tuple[int, int], Row]] = []
        functions: dict[str, Row] = {}
        proofs: dict[int, Row] = {}
        for place, row in _finished(pool, jobs):
            if row.kind == PROPERTY:
                proofs[place[1]] = row
            elif row.rests_on:
                waiting.append((place, row))
            else:
                functions[f"{row.rule} {row.function}"] = row
                yield place, row
        for place, row in waiting:
            yield place, resting(row, functions)
        yield from self._second_opinions(proofs)

    def _second_opinions(self, proofs: dict[int, Row]) -> Iterator[tuple[tuple[int, int], Row]]:
        """CrossHair on each property, each in a process of its own: its verdict changes with what ran before.

        The processes are copies of one that has imported what they need.
        """
        if not proofs:
            return
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(["crosshair.core_and_libs", crosshair_confirm.__module__])
        with Pool(max(1, self.workers), mp_context=server, max_tasks_per_child=1) as pool:
            futures = {
                pool.submit(crosshair_confirm, self.properties[number], self.limits.crosshair_timeout): number
                for number in proofs
            }
            for future in as_completed(futures):
                number = futures[future]
                yield (2, number), second_opinion(proofs[number], future.result())

    def _entries(self, pool: Executor | None) -> Iterator[tuple[Mirror, list[Entry], Row | None]]:
        """Where each function can be proved: in every contract that contains it, else in the harness."""
        if not self.mirrors:
            return
        contracts = _all(pool, [Job(compile_path, (path, self.root)) for path in deployable_paths(self.root)])
        orphans = [mirror for mirror in self.mirrors if not any(mirror.key in c.functions for c in contracts)]
        harness = self._harness(orphans)
        for mirror in self.mirrors:
            places = contracts if mirror not in orphans else [harness] if harness else []
            reasons = [place.unsupported[mirror.key] for place in places if mirror.key in place.unsupported]
            entries = [
                make_entry(place, place.functions[mirror.key], callees_of(place, mirror.key))
                for place in places
                if mirror.key in place.functions
            ]
            if reasons or not entries:
                message = reasons[0] if reasons else "the compiler leaves no such function in the code"
                yield mirror, [], problem_row(mirror.source, message)
            else:
                yield mirror, entries, None

    def _harness(self, orphans: list[Mirror]) -> CompiledContract | None:
        return compile_harness([mirror.source for mirror in orphans], self.root) if orphans else None


@dataclass(frozen=True)
class Job:
    """A call that may run in another process."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def run(self) -> Any:
        """The result of the call."""
        return self.function(*self.arguments)


def _prove_property(function: Property, options: Options) -> Row:
    return PropertyProof(function, options).run()


def _all(pool: Executor | None, jobs: list[Job]) -> list[Any]:
    """The results, in order."""
    if pool is None:
        return [job.run() for job in jobs]
    return [future.result() for future in [pool.submit(job.run) for job in jobs]]


def _finished(pool: Executor | None, jobs: list[tuple[tuple[int, int], Job]]) -> Iterator[tuple[tuple[int, int], Row]]:
    """The results as they come."""
    if pool is None:
        for place, job in jobs:
            yield place, job.run()
        return
    futures: dict[Future[Row], tuple[int, int]] = {pool.submit(job.run): place for place, job in jobs}
    for future in as_completed(futures):
        yield futures[future], future.result()
