"""What the traceability table says of campaigns: each function that the sources lead to is called, and no other."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest

from differential_tests.book.claims import REFERENCE
from differential_tests.book.rules import ROOT
from differential_tests.book.trace import Trace
from differential_tests.fuzzer.actions import ActionTable
from differential_tests.fuzzer.campaign import run_campaign
from differential_tests.machines import MACHINES

STEPS = {"oracle": 1_500, "protocol": 8_000, "share": 1_500}
FOLDER = f"{ROOT / 'reference'}/"


@contextmanager
def recorded(called: set[CodeType]) -> Iterator[None]:
    """Calls of Python functions, for as long as it lasts."""

    def record(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(record)
    try:
        yield
    finally:
        sys.setprofile(None)


ALIKE = {"reference.state.records.account_key", "reference.state.records.owner_of"}
"""Found too much: the worlds share a method whose name the protocol's world has too, and only that one calls these."""


@pytest.mark.parametrize("machine", MACHINES)
def test_a_campaign_calls_what_its_actions_reach(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace()
    named = {place.dotted for place in trace.places if place.kind == REFERENCE and place.rules}
    found = set().union(*trace.graph.actions(trace.graph.tables()[machine]).values()) & named
    called = set[CodeType]()
    run: Callable[..., None] = ActionTable.run

    def run_recorded(self: ActionTable, world: object, step: Any) -> None:
        with recorded(called):
            run(self, world, step)

    monkeypatch.setattr(ActionTable, "run", run_recorded)
    run_campaign(MACHINES[machine], seed=1, max_steps=STEPS[machine], max_seconds=None)
    names = {
        f"reference.{code.co_filename.removeprefix(FOLDER).removesuffix('.py').replace('/', '.')}.{code.co_qualname}"
        for code in called
        if code.co_filename.startswith(FOLDER)
    }
    assert names & named == found - (ALIKE if machine != "protocol" else set())
