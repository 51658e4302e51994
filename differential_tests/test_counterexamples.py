"""Faults planted in the protocol are found in both lanes, made short, told, replayed, and exported as tests."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from differential_tests.artefacts import sources_in
from differential_tests.chains.revm import RevmChain
from differential_tests.cli_counterexample import show_counterexample
from differential_tests.engine.actions import SeededChoices, Step
from differential_tests.engine.blotter import write_blotter
from differential_tests.engine.campaign import run_campaign
from differential_tests.engine.counterexample import Counterexample, load
from differential_tests.engine.export import ExportError, write_test
from differential_tests.engine.machine import Start
from differential_tests.faults import Fault, plant
from differential_tests.machines import MACHINES

PROTOCOL = MACHINES["protocol"]
CUSTODY = "vyper_contracts/CustodyModule.vy"

FAULTS = {
    "storage MegaTAO.totals_word": Fault(
        "cash of a deposit rounded up", "ACC-1", CUSTODY, "owned.cash += msg.value", "owned.cash += msg.value + 1"
    ),
    "event Deposited.amount": Fault(
        "a deposit logs another amount",
        "ACC-1",
        CUSTODY,
        "log Deposited(account=account, sender=msg.sender, amount=msg.value)",
        "log Deposited(account=account, sender=msg.sender, amount=msg.value + 1)",
    ),
    "outcome": Fault(
        "a withdrawal of a rao too much", "ACC-2", CUSTODY, "owner.cash >= amount", "owner.cash + 10**9 >= amount"
    ),
    "balance of ": Fault(
        "a withdrawal pays half", "ACC-2", CUSTODY, 'b"", value=amount, revert', 'b"", value=amount // 2, revert'
    ),
    ", unexplained": Fault(
        "a deposit writes what nobody knows",
        "ACC-1",
        CUSTODY,
        "owned.cash += msg.value",
        "owned.cash += msg.value\n    storage.order_words[7] = msg.value",
    ),
}
"""A fault for each kind of difference: the beginning or the end of its name."""


def export_fails(text: str) -> bool:
    """Whether an exported test fails, for the contracts that are taken now. It must not fail in another way."""
    names: dict[str, object] = {}
    exec(compile(text, "exported", "exec"), names)  # noqa: S102  the text was just written
    [test] = [value for name, value in names.items() if name.startswith("test_")]
    try:
        test()  # type: ignore[operator]
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("lane", ["seeded", "stateful"])
@pytest.mark.parametrize("what", FAULTS)
def test_fault_is_found_told_replayed_and_exported(what: str, lane: str, tmp_path: Path) -> None:
    with sources_in(plant(FAULTS[what], tmp_path / "planted")):
        (found,) = run_campaign(PROTOCOL, 1, 40_000, None, lane=lane).divergences
        assert what in found.what
        assert len(found.steps) <= 8
        again = load(found.save(tmp_path), MACHINES)
        outcome = PROTOCOL.run_on_revm(again.steps)
        assert outcome is not None
        output = io.StringIO()
        show_counterexample(again, Console(file=output, width=160))
        assert all(text in output.getvalue() for text in (found.what, found.expected, found.actual, "pays"))
        exported = write_test(again)
        assert export_fails(exported)
    assert PROTOCOL.run_on_revm(again.steps) is None
    assert not export_fails(exported)


def test_every_action_can_be_told() -> None:
    choices, start = SeededChoices(1), Start(PROTOCOL)
    for _ in range(3):
        steps = PROTOCOL.opening(choices)
        world = start.world()
        for step in steps:
            PROTOCOL.table.run(world, step)
        for action in PROTOCOL.table.actions.values():
            steps.append(Step(action.name, action.draw(world, choices)))
            PROTOCOL.table.run(world, steps[-1])
        lines = write_blotter(PROTOCOL, RevmChain(), steps)
        assert len(lines) == len(steps)
        assert all("{" not in line.what and line.what for line in lines)


def test_fault_of_the_reference_alone_is_not_exported() -> None:
    found = Counterexample("protocol", 1, 2, (), "invariant: no negative bucket", "0 or more", "-1")
    with pytest.raises(ExportError, match="no chain"):
        write_test(found)
