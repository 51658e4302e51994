"""The corpus: every scenario goes through, and reaches what it is for."""

from functools import cache
from pathlib import Path

import pytest

from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.counterexample import Counterexample, load
from differential_tests.fuzzer.machine import Start
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.states import STATES
from differential_tests.scenarios.corpus import REACHES, check, list_corpus


@cache
def start(machine: str) -> Start:
    """Fresh worlds of a machine."""
    return Start(MACHINES[machine])


@pytest.mark.parametrize("path", list_corpus(), ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    found = load(path, MACHINES)
    assert check(found, MACHINES[found.machine], start(found.machine)) is None, "megatao corpus may write it anew"


def test_corpus_reaches_every_state() -> None:
    reached = {load(path, MACHINES).what for path in list_corpus()}
    assert {f"{REACHES}the state {state}" for state in STATES} <= reached


def test_scenario_that_does_not_reach_it_is_seen() -> None:
    found = Counterexample("oracle", 1, 2, (Step("update_index", {}),), f"{REACHES}the outcome GasLow", "", "")
    assert check(found, MACHINES["oracle"], start("oracle")) == "it no longer reaches the outcome GasLow"
