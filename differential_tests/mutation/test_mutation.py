"""The mutation tester: what it changes, how it chooses, what it takes for a kill, and what it remembers."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from differential_tests.cli.main import app
from differential_tests.contracts.artefacts import ROOT, deployables, replaced, sources
from differential_tests.contracts.files import find_files
from differential_tests.mutation import kill, ledger
from differential_tests.mutation.compiling import Compiler, is_same
from differential_tests.mutation.contracts import Contracts, kill_by_proof
from differential_tests.mutation.fork import DiedError, call
from differential_tests.mutation.kill import Verdict
from differential_tests.mutation.operators import OPERATORS, find_mutants
from differential_tests.mutation.reference import Reference
from differential_tests.mutation.report import Report, score
from differential_tests.mutation.runner import Notes, Result, run, select
from differential_tests.mutation.scenarios import CRASH, DEPLOY, SCRIPT, BaselineError, Finding, ToolError, run_scenario
from differential_tests.mutation.spans import Edit, Mutant, Source, apply_edits
from differential_tests.mutation.steering import SCENARIOS, Steering
from differential_tests.mutation.trees import Names, Tree, find_names, kind, number
from differential_tests.scenarios.corners import SCRIPTS

EMA = "vyper_contracts/math/ema.vy"
FEED = "vyper_contracts/oracles/feed.vy"

VYPER = """
event Done:
    amount: uint256

struct Books:
    cash: uint256
    debt: uint256

TAU: constant(uint256) = 10**2

kept: uint256
other: uint256

@external
@nonreentrant
def act(amount: uint256, rate: uint256):
    assert amount < rate, "Low"
    self.kept = amount // rate
    self.other = rate + 3
    log Done(amount=amount)
    if amount > 0 and rate == 2:
        self.kept += self.scale_down(amount, rate)
    raw_call(msg.sender, b"", value=amount)

@internal
@pure
def scale_down(amount: uint256, rate: uint256) -> uint256:
    b: Books = Books(cash=amount, debt=rate)
    return max(b.cash, rate)

@internal
@pure
def scale_up(amount: uint256, is_long: bool) -> uint256:
    return amount if is_long else 0
"""

PYTHON = '''
"""Docstring 1."""
from typing import Final

TAU: Final = 10**2

def act(amount: int, rate: int, is_long: bool) -> list[Done]:
    """Docstring 2."""
    if amount >= rate:
        raise Low
    state.kept = scale_down(amount, rate)
    accrue(state)
    return [Done(amount)]

def scale_down(amount: int, rate: int) -> int:
    return amount // rate

def scale_up(amount: int, rate: int) -> int:
    return -(-amount // rate)
'''


def mutants_of(file: str, text: str) -> list[Mutant]:
    """All mutants of a text."""
    return find_mutants(Tree(file, text, find_names([(file, text)])), "test")


def afters(file: str, text: str, operator: str) -> set[str]:
    """What an operator makes of the lines of a text."""
    return {mutant.after for mutant in mutants_of(file, text) if mutant.operator == operator}


VYPER_CHANGES = {
    "arithmetic": {"self.kept = amount * rate", "self.other = rate - 3", "return min(b.cash, rate)"},
    "comparison": {'assert amount <= rate, "Low"', "if amount > 0 and rate != 2:"},
    "rounding": {
        "self.kept = ((amount) + (rate) - 1) // (rate)",
        "self.kept += self.scale_up(amount, rate)",
    },
    "constant": {
        "self.other = rate + 4",
        "self.other = rate + 2",
        "TAU: constant(uint256) = 10**2 + 1",
        "TAU: constant(uint256) = 10**2 - 1",
    },
    "check": {"pass"},
    "condition": {"if not (amount > 0 and rate == 2):", "if amount > 0 or rate == 2:", "if (rate == 2):"},
    "write": {"pass", "self.kept = rate + 3\nself.other = amount // rate"},
    "side": {"return amount if (not is_long) else 0"},
    "event": {"pass"},
    "lock": {""},
    "receiver": {'raw_call(self, b"", value=amount)', 'raw_call(tx.origin, b"", value=amount)'},
    "name": {
        'assert rate < rate, "Low"',
        "self.kept += self.scale_down(rate, amount)",
        "return max(b.debt, rate)",
        "self.other = amount // rate",
    },
}

PYTHON_CHANGES = {
    "comparison": {"if amount > rate:"},
    "check": {"if False:"},
    "write": {"pass"},
    "accrual": {"pass"},
    "event": {"return []"},
    "rounding": {"state.kept = scale_up(amount, rate)"},
    "constant": {"TAU: Final = 10**2 - 1"},
    "name": {"state.kept = scale_down(rate, amount)", "if rate >= rate:"},
}


@pytest.mark.parametrize("operator", VYPER_CHANGES)
def test_operators_change_vyper(operator: str) -> None:
    assert VYPER_CHANGES[operator] <= afters("a.vy", VYPER, operator)


@pytest.mark.parametrize("operator", PYTHON_CHANGES)
def test_operators_change_python(operator: str) -> None:
    assert PYTHON_CHANGES[operator] <= afters("a.py", PYTHON, operator)


def test_an_accrual_moves_past_what_depends_on_it_only() -> None:
    text = "def f(a: int) -> int:\n    b = accrue(a)\n    {}\n    return b\n"
    assert "c = b\nb = accrue(a)" in afters("a.py", text.format("c = b"), "accrual")
    assert not afters("a.py", text.format("c = a"), "accrual")


def test_a_value_that_nothing_reads_stays() -> None:
    text = """
@internal
def f(a: uint256) -> uint256:
    b: uint256 = 5
    c: uint256 = 7
    b, c = self.g(a)
    d: uint256 = 9
    d = d + 1
    return b + c + d
"""
    assert afters("a.vy", text, "constant") == {"d: uint256 = 10", "d: uint256 = 8", "d = d + 2", "d = d + 0"}
    assert afters("a.vy", text, "write") == {"c, b = self.g(a)"}


def test_docstrings_types_and_texts_stay() -> None:
    for file, text in (("a.vy", VYPER), ("a.py", PYTHON)):
        for mutant in mutants_of(file, text):
            changed = mutant.apply(text)
            assert changed != text
            for word in ("Docstring 1", "Docstring 2", "amount: ", '"Low"'):
                assert changed.count(word) >= text.count(word) - (mutant.operator == "check")


def test_every_operator_has_mutants_of_the_contracts() -> None:
    assert {mutant.operator for mutant in Contracts().find()} == set(OPERATORS)


@pytest.mark.parametrize("path", [*sources(), *find_files(ROOT / "reference", "*.py")], ids=lambda path: path.name)
def test_spans_are_exact(path: Path) -> None:
    tree = Tree(str(path.relative_to(ROOT)), path.read_text(), Names())
    for function in tree.functions():
        for node in tree.nodes(function):
            text = tree.source.of(node)
            if kind(node) == "Name":
                assert text == node.id
            elif kind(node) == "Attribute":
                assert tree.source.of(node.value) in text
                assert text.endswith(f".{node.attr}")
            elif number(node) is not None:
                assert int(text, 0) == number(node)


def test_edits_change_nothing_else() -> None:
    assert apply_edits("one two three", [Edit(4, 7, "2"), Edit(0, 3, "")]) == " 2 three"
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("one two", [Edit(0, 4, ""), Edit(3, 7, "")])
    source = Source("a = 'é' + b\n")
    assert source.of(Tree("a.py", source.text, Names()).root.body[0].value.right) == "b"


def test_a_mutant_is_the_same_wherever_its_function_stands() -> None:
    moved = VYPER.replace("@external", "# a comment\n\n@external")
    assert [mutant.key for mutant in mutants_of("a.vy", moved)] == [mutant.key for mutant in mutants_of("a.vy", VYPER)]


def test_selection_is_that_of_the_seed_and_even() -> None:
    mutants = Contracts().find()
    order = select(mutants, 7)
    assert order == select(mutants, 7) != select(mutants, 8)
    assert sorted(order, key=str) == sorted(mutants, key=str)
    strata = {(mutant.file, mutant.operator) for mutant in mutants}
    assert {(mutant.file, mutant.operator) for mutant in order[: len(strata)]} == strata


def test_enough_mutants_can_be_made() -> None:
    assert len(Contracts().find()) > 2_000
    assert len(Reference().find()) > 2_000


# ---------------------------------------------------------------- compiling


def compile_in_fork(compiler: Compiler, name: str, changed: dict[str, str]) -> bytes:
    return call(compiler.compile, name, changed, seconds=120)


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    made = Compiler()
    made.analyse()
    return made


@pytest.mark.filterwarnings("ignore:Use of large arrays")
@pytest.mark.parametrize("name", ["AdminModule", "IndexPriceOracle", "MegaTAO"])
def test_the_code_is_that_of_the_artefact(name: str, compiler: Compiler) -> None:
    own = next(str(path.relative_to(ROOT)) for path in deployables() if path.stem == name)
    assert is_same(compile_in_fork(compiler, name, {}), name)
    assert is_same(compile_in_fork(compiler, name, {own: (ROOT / own).read_text() + "# a comment\n"}), name)
    units = "vyper_contracts/math/units.vy"
    changed = (
        (ROOT / units)
        .read_text()
        .replace("AMOUNT_BOUND: public(constant(uint256)) = 2**112", "AMOUNT_BOUND: public(constant(uint256)) = 2**111")
    )
    assert not is_same(compile_in_fork(compiler, name, {units: changed}), name)


# ---------------------------------------------------------------- processes


def hang() -> None:
    while True:
        pass


def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise LookupError("as it should")


@pytest.mark.parametrize(("function", "how"), [(hang, "too long"), (crash, "SIGKILL")])
def test_a_process_that_dies_is_reported(function: Callable[[], None], how: str) -> None:
    with pytest.raises(DiedError, match=how):
        call(function, seconds=1)


def test_a_failure_comes_back() -> None:
    with pytest.raises(LookupError, match="as it should"):
        call(fail, seconds=5)


class FakeSide:
    """Kills what becomes 'kill', drops 'drop', hangs in 'hang', breaks in 'break'; counts its calls in a file."""

    side = "test"

    def __init__(self, log: Path) -> None:
        self.log = log

    def judge(self, mutant: Mutant, seconds: float) -> Verdict:
        with self.log.open("a") as file:
            file.write(mutant.after + "\n")
        if mutant.after == "hang":
            time.sleep(seconds * 1_000)
        if mutant.after == "break":
            raise ToolError("broken")
        status = {"kill": kill.KILLED, "drop": kill.DROPPED}.get(mutant.after, kill.SURVIVED)
        return Verdict(status, "oracle" if status == kill.KILLED else "")


def fake(after: str, nth: int) -> Mutant:
    return Mutant("test", "a.vy", "f", "name", nth, "before", after, nth, ())


def test_runs_count_what_is_not_dropped_and_go_on(tmp_path: Path) -> None:
    order = [fake(after, nth) for nth, after in enumerate(["kill", "drop", "stay", "break", "drop", "kill", "kill"])]
    side, notes = FakeSide(tmp_path / "log"), tmp_path / "notes"
    first = run(side, order, 2, 1, 5.0, Notes(notes, 5.0))
    assert [result.verdict.status for result in first] == [kill.KILLED, kill.DROPPED, kill.SURVIVED]
    with notes.open("ab") as file:
        file.write(b'{"stamp": "of a line that was cut o')
    second = run(side, order, 4, 2, 5.0, Notes(notes, 5.0))
    assert [result.verdict.status for result in second][:4] == [kill.KILLED, kill.DROPPED, kill.SURVIVED, kill.ERROR]
    assert sum(result.verdict.status != kill.DROPPED for result in second) == 4
    assert side.log.read_text().split() == ["kill", "drop", "stay", "break", "drop", "kill"]
    assert Notes(notes, 6.0).ignored == 6, "another limit is another run"


def test_an_unclassed_survivor_counts() -> None:
    results = [
        Result(fake("kill", 1), Verdict(kill.KILLED, "prover", "refuted", seconds=1.0)),
        Result(fake("same", 2), Verdict(kill.EQUIVALENT, "prover")),
        Result(fake("stay", 3), Verdict(kill.SURVIVED)),
        Result(fake("gap", 4), Verdict(kill.SURVIVED)),
        Result(fake("drop", 5), Verdict(kill.DROPPED)),
        Result(fake("break", 6), Verdict(kill.ERROR)),
    ]
    entries = {
        results[3].mutant.key: ledger.Entry(ledger.GAP, "why"),
        results[2].mutant.key: ledger.Entry("equivalent", "why"),
    }
    assert Report(1, 60.0, results, {}).unclassed == [results[2], results[3], results[5]]
    report = Report(1, 60.0, results, entries)
    assert report.unclassed == [results[5]]
    counts = report.count(results)
    assert (counts["made"], counts["tested"], counts["dropped"], counts["killed"], counts["equivalent"]) == (
        6,
        5,
        1,
        1,
        2,
    )
    assert score(counts) == 1 / 3
    assert report.to_json()["sides"]["test"]["score"] == 1 / 3


# ---------------------------------------------------------------- kills


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    side = Contracts()
    side.prepare(Steering({}))
    return side


@pytest.fixture(scope="module")
def reference() -> Reference:
    side = Reference()
    oracle = "reference/oracles/index_price.py"
    side.prepare(Steering({"oracle": {oracle: {line: {0, 1} for line in range(1, 200)}}}))
    return side


def find(side: Contracts | Reference, file: str, after: str, **wanted: str) -> Mutant:
    """The first mutant of a file whose changed lines have this in them."""
    found = [mutant for mutant in side.find() if mutant.file == file and after in mutant.after]
    return next(each for each in found if all(getattr(each, name) == value for name, value in wanted.items()))


@pytest.mark.filterwarnings("ignore:Use of large arrays")
@pytest.mark.parametrize(
    ("file", "after", "status", "lane", "kind_"),
    [
        (EMA, "// (elapsed - tau)", kill.KILLED, "prover", kill.REFUTED),
        ("vyper_contracts/math/vault.vy", "if fed < claimed_before:", kill.EQUIVALENT, "prover", "proved"),
        (FEED, "if len(answer) <= 32:", kill.KILLED, "oracle", "divergence"),
    ],
)
def test_contracts_end_to_end(file: str, after: str, status: str, lane: str, kind_: str, contracts: Contracts) -> None:
    verdict = call(contracts.judge, find(contracts, file, after), 60.0, seconds=120)
    assert (verdict.status, verdict.lane, verdict.kind) == (status, lane, kind_)


@pytest.mark.parametrize(
    ("file", "after", "status", "lane"),
    [
        ("reference/math/ema.py", "(elapsed - tau)", kill.KILLED, "prover"),
        ("reference/math/vault.py", "if fed < claimed_before:", kill.EQUIVALENT, "prover"),
        ("reference/oracles/index_price.py", "pass", kill.KILLED, "oracle"),
    ],
)
def test_reference_end_to_end(file: str, after: str, status: str, lane: str, reference: Reference) -> None:
    verdict = call(reference.judge, find(reference, file, after), 60.0, seconds=120)
    assert (verdict.status, verdict.lane) == (status, lane)


def test_a_contract_that_can_t_be_deployed_is_a_kill_of_its_own() -> None:
    with replaced({"PriceOracle": b"\xfe"}):
        found = run_scenario("oracle", 0)
    assert found is not None
    assert found.kind == DEPLOY


def test_tests_that_do_not_run_are_no_baseline() -> None:
    with pytest.raises(BaselineError, match="exit code 4"):
        kill.check_baseline(["test_nowhere.py"])


def test_our_own_failure_is_no_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    from differential_tests.machines.oracle import actions as oracle_actions
    from differential_tests.machines.oracle.machine import OracleWorld

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(oracle_actions.TABLE, "draw", broken)
    with pytest.raises(ToolError):
        run_scenario("oracle", 0)
    monkeypatch.undo()
    monkeypatch.setattr(OracleWorld, "update_index", broken)  # not what the table runs
    assert run_scenario("oracle", 0) is None


def test_a_reference_that_raises_what_it_may_not_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    from reference.oracles.index_price import IndexPriceOracle

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(IndexPriceOracle, "process_update", broken)
    found = run_scenario("oracle", 0)
    assert isinstance(found, Finding)
    assert found.kind == CRASH


# ---------------------------------------------------------------- the ledger and the command


def test_the_ledger_is_right() -> None:
    assert all(len(entry.reason) > 20 for entry in ledger.load().values())


ROW = {"file": "a", "function": "f", "operator": "name", "before": "b", "after": "c", "class": "gap", "reason": "why"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ([ROW, ROW], "two entries"),
        ([{**ROW, "class": "fine"}], "no class"),
        ([{**ROW, "reason": " "}], "no reason"),
        ([{"file": "a"}], "no list|not a list"),
        ({"a": 1}, "not a list"),
    ],
)
def test_a_wrong_ledger_is_refused(content: object, error: str, tmp_path: Path) -> None:
    (tmp_path / "survivors.json").write_text(json.dumps(content))
    with pytest.raises(ledger.LedgerError, match=error):
        ledger.load(tmp_path / "survivors.json")


def test_entries_that_fit_nothing_are_stale() -> None:
    key = fake("kill", 1).key
    assert ledger.find_stale([key, fake("kill", 2).key], [fake("kill", 1)]) == [fake("kill", 2).key]


@pytest.mark.parametrize(
    "arguments", [["--file", "no/such.vy"], ["--only", "all"], ["--count", "0"], ["--seconds", "0"]]
)
def test_bad_usage_is_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["mutate", *arguments]).exit_code == 2


def test_a_resume_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[1]\n")
    assert CliRunner().invoke(app, ["mutate", "--resume", str(tmp_path / "other")]).exit_code == 2


def test_every_script_is_run() -> None:
    assert SCENARIOS[SCRIPT] == len(SCRIPTS)


@dataclass(frozen=True)
class Proof:
    """What of a row of the prover decides about a mutant."""

    status: str
    message: str = ""
    rule: str = "FEE-1"
    domain: str = "all"


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([Proof("proved")], kill.EQUIVALENT),
        ([Proof("proved"), Proof("unknown", "2 undecided")], None),
        ([Proof("proved"), Proof("unknown", "the prover failed: KeyError: 7")], kill.ERROR),
        ([Proof("unknown", "the prover failed: KeyError: 7"), Proof("refuted")], kill.KILLED),
        ([], None),
    ],
)
def test_a_proof_that_broke_is_a_fault_of_ours(rows: list[Proof], status: str | None) -> None:
    verdict = kill_by_proof(rows, is_function=True)
    assert (verdict and verdict.status) == status
    assert status != kill.ERROR or (verdict and verdict.detail == "FEE-1 the prover failed: KeyError: 7")
