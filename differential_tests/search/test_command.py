"""`megatao search`: what it finds without a rule, what it says, writes and returns, and how it ends."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from differential_tests.cli.main import main
from differential_tests.search import command, draw
from differential_tests.search.climb import Found, Search
from differential_tests.search.report import Report
from differential_tests.search.residuals import RESIDUALS, classify, find_facts
from differential_tests.search.sequence import Sequence, play
from differential_tests.search.speed import fast_records
from differential_tests.search.weaknesses import WEAKNESSES, is_in_force, without
from differential_tests.search.world import Setting
from reference.math.units import WAD

Command = Callable[..., int]


@pytest.fixture
def megatao(monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process: its exit code."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str | Path) -> int:
        monkeypatch.setattr(sys, "argv", ["megatao", "search", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.mark.parametrize(("rule", "is_index"), [("H1", False), ("H2", False), ("H15", True)])
def test_the_search_finds_what_a_rule_prevents(rule: str, is_index: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It draws sequences of the market where the rule matters: of both it would take three times as long."""
    monkeypatch.setitem(draw.SETTINGS, "is_index", (is_index,))
    search, found = Search(Random(1)), None  # noqa: S311  it has to be repeatable

    with without(rule), fast_records():
        while search.tried < 10_000 and (found is None or found.excess < WAD):
            found = search.step()

    assert found is not None
    assert play(found.sequence).gain <= found.bound


@pytest.mark.parametrize("rule", WEAKNESSES)
def test_each_rule_that_can_be_switched_off_is_in_force(rule: str) -> None:
    assert is_in_force(rule)


def test_a_minute_finds_nothing_beyond_what_is_left(megatao: Command) -> None:
    assert megatao("--seconds", "40", "--quiet") == 0


def test_a_gain_is_told_and_written(
    megatao: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = Sequence(Setting(), (("jump", -2_000), ("wait", 60), ("push", 1_260), ("open", 0, 0, 100, 20), ("pull",)))

    def find(report: Report, seconds: float, pool: None) -> None:
        assert pool is None
        time.sleep(seconds)
        with without("H1"):
            report.searches[0].best[frozenset()] = Found.of(attack, play(attack))

    monkeypatch.setattr(command, "_play_round", find)
    monkeypatch.setattr(command, "PLAIN_SECONDS", 0.1)
    file = tmp_path / "found" / "search.json"

    code = megatao("--without", "H1", "--seed", "1", "--seconds", "0.3", "--json", file)

    content, shown = json.loads(file.read_text()), capsys.readouterr()
    [found] = content["classes"]
    assert code == 1
    assert content["format"] == "megatao-search-1"
    assert content["is_beyond"]
    assert (content["without"], content["seed"]) == ("H1", 1)
    assert (found["class"], found["bound"]) == ("a liquidation after a jump", WAD)
    assert "a gain beyond what may be left" in shown.out
    assert "push the pool to +12.6% of the true price" in shown.out
    assert "best joint gain" in shown.err
    with without("H1"):
        assert play(Sequence.from_json(found)).gain == found["gain"] > WAD
    assert [step["what"] for step in content["blotter"]][-1] == "close all at the true price"


def test_workers_search_side_by_side(megatao: Command, tmp_path: Path) -> None:
    file = tmp_path / "search.json"

    assert megatao("--seed", "4", "--seconds", "3", "--workers", "2", "--accounts", "1", "--quiet", "--json", file) == 0

    content = json.loads(file.read_text())
    assert content["workers"] == 2
    assert content["tried"] > 2


def test_an_interrupt_keeps_what_was_found(
    megatao: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds: list[float] = []
    play_round = command._play_round

    def interrupted(report: Report, seconds: float, pool: None) -> None:
        if rounds:
            raise KeyboardInterrupt
        rounds.append(seconds)
        play_round(report, 1, pool)

    monkeypatch.setattr(command, "_play_round", interrupted)
    file = tmp_path / "search.json"

    assert megatao("--seed", "4", "--json", file) == 130

    assert json.loads(file.read_text())["tried"] > 0
    assert "no gain beyond" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [("--without", "H99"), ("--accounts", "3"), ("--machine", "share"), ("--seconds", "0"), ("--seed", "-1")],
)
def test_bad_input_is_refused(megatao: Command, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert megatao(*arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_bound_goes_by_what_was_done() -> None:
    held = ("push", -2_000), ("wait", 60), ("open", 0, 1, 100, 20), ("pull",)
    sequences = {
        "any other": Sequence(Setting(), (("push", 1_000), ("wait", 48), *held[2:])),
        "a liquidation after a jump": Sequence(Setting(), (("open", 0, 1, 100, 20), ("jump", -2_000))),
        "a pool of uneven weights": Sequence(Setting(power=210), (("open", 0, 1, 100, 20),)),
        "a push that is held for a minute or longer": Sequence(Setting(), held),
        "MTSOS with a push": Sequence(Setting(is_index=True), (*held, ("jump", -5_000))),
        "MTSOS, delisted": Sequence(Setting(is_index=True), (*held, ("wind_down",))),
    }

    assert [each.name for each in RESIDUALS] == list(sequences)
    assert [classify(each)[0].name for each in sequences.values()] == list(sequences)
    bounds = [classify(each)[1] / WAD for each in sequences.values()]
    assert bounds == pytest.approx([0, 1, 1, 26, 101, 5])
    assert find_facts(sequences["MTSOS with a push"]).move == 10_000
