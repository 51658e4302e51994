"""What sees a mutant: the proof of its function first, then the machines, then the tests of what no machine reaches."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from differential_tests.contracts.artefacts import ROOT
from differential_tests.mutation.fork import DiedError, call, clock
from differential_tests.mutation.scenarios import BaselineError, Finding, ToolError, run_scenario

KILLED, SURVIVED, EQUIVALENT, DROPPED, ERROR = "killed", "survived", "equivalent", "dropped", "error"
"""ERROR: our own code has failed. It counts as a mutant that nothing sees."""

PROVER, TESTS = "prover", "tests"
"""Lanes, beside the machines."""

REFUTED, FAILED = "refuted", "failed check"
"""Kinds of kill, beside those of `scenarios`."""

PROOF_SECONDS = 15
TEST_SECONDS = 60
"""Processor time of a proof and of a run of tests."""

TOOL_ERRORS = 3
"""After so many failures of our own code a mutant is given up."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. lane: what saw it. kind: how. seconds: by the clock; cpu: of processor time."""

    status: str
    lane: str = ""
    kind: str = ""
    detail: str = ""
    seconds: float = 0.0
    cpu: float = 0.0


@dataclass
class Budget:
    """Processor time that a mutant may still use (seconds)."""

    seconds: float
    started: float = field(default_factory=clock)

    @property
    def left(self) -> float:
        """What is left of it."""
        return self.seconds - (clock() - self.started)


@dataclass
class Search:
    """Runs scenarios of machines, in the order that steering says, until one finds something."""

    order: Callable[[str], list[int]]
    """The scenarios of a machine, the likeliest first."""
    budget: Budget
    failures: list[str] = field(default_factory=list)

    def run(self, machines: Sequence[str], count: int | None = None) -> Verdict | None:
        """Run so many scenarios of each machine, or all that there is time for; None: nothing was found."""
        for machine, number in self._plan(machines, count):
            if self.budget.left <= 0 or len(self.failures) >= TOOL_ERRORS:
                return None
            try:
                found = run_scenario(machine, number)
            except ToolError as error:
                self.failures.append(str(error))
                continue
            if found:
                return killed(machine, found)
        return None

    def _plan(self, machines: Sequence[str], count: int | None) -> Iterator[tuple[str, int]]:
        """One machine after the other for a few scenarios; in turns, to the end, if nothing limits them."""
        if count is not None:
            for machine in machines:
                yield from ((machine, number) for number in self.order(machine)[:count])
            return
        orders = {machine: self.order(machine) for machine in machines}
        for place in range(max(map(len, orders.values()), default=0)):
            yield from ((machine, order[place]) for machine, order in orders.items() if place < len(order))


def killed(lane: str, found: Finding) -> Verdict:
    """The verdict on what a finding kills."""
    return Verdict(KILLED, lane, found.kind, found.detail)


def surviving(search: Search) -> Verdict:
    """The verdict when nothing was found."""
    if len(search.failures) >= TOOL_ERRORS:
        return Verdict(ERROR, detail=search.failures[0])
    return Verdict(SURVIVED, detail="; ".join(search.failures[:1]))


def check_baseline(files: Sequence[str]) -> None:
    """Errors: BaselineError, if these tests fail without any mutant."""
    failure, code = call(_run_tests, files, seconds=TEST_SECONDS)
    if failure or code != 0:
        raise BaselineError(f"without any mutant the tests fail: {failure or f'exit code {code}'}")


def run_tests(files: Sequence[str], budget: Budget) -> Verdict | None:
    """Run files of tests of the suite. None: nothing failed."""
    if not files or budget.left <= 0:
        return None
    with suppress(DiedError):
        failure, _ = call(_run_tests, files, seconds=min(TEST_SECONDS, budget.left + 10))
        return Verdict(KILLED, TESTS, FAILED, failure) if failure else None
    return None


def _run_tests(files: Sequence[str]) -> tuple[str, int]:
    """The first test that fails, and why; "" if none does: a test that only breaks has not seen anything. Exit code."""
    import os

    import pytest

    class Failures:
        seen = ""

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(
            self, item: pytest.Item, call: pytest.CallInfo[None]
        ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
            report = yield
            error = call.excinfo.value if call.excinfo else None
            is_check = (
                isinstance(error, (AssertionError, pytest.fail.Exception))
                or type(error).__name__ == "Divergence"
                or (call.excinfo is not None and ROOT / "reference" in Path(call.excinfo.traceback[-1].path).parents)
            )
            if report.when == "call" and report.failed and is_check and not self.seen:
                self.seen = f"{item.nodeid}: {type(error).__name__}"
            return report

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    failures = Failures()
    options = ["-q", "-x", "-p", "no:ape_test", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "ignore"]
    code = pytest.main([*options, *(str(ROOT / "differential_tests" / file) for file in files)], plugins=[failures])
    return failures.seen, int(code)
