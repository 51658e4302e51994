"""Faults planted in the protocol are found in both lanes, made short, told, replayed, and exported as tests."""

import io
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from differential_tests.chains.revm import RevmChain
from differential_tests.cli.counterexample import show_counterexample
from differential_tests.contracts.artefacts import sources_in
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.blotter import write_blotter
from differential_tests.fuzzer.campaign import run_campaign
from differential_tests.fuzzer.counterexample import Counterexample, load, shrink
from differential_tests.fuzzer.export import ExportError, write_test
from differential_tests.fuzzer.machine import Start
from differential_tests.fuzzer.world import Divergence
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.arguments import name_market
from differential_tests.mutation.faults import Fault, plant

PROTOCOL = MACHINES["protocol"]
CUSTODY = "modules/CustodyModule"

FAULTS = {
    "storage MegaTAO.totals_word": Fault(CUSTODY, "owner_after.cash += msg.value", "owner_after.cash += msg.value + 1"),
    "event Deposited.amount": Fault(CUSTODY, "msg.sender, amount=msg.value)", "msg.sender, amount=msg.value + 1)"),
    "outcome": Fault(CUSTODY, "owner_before.cash >= amount", "owner_before.cash + 10**9 >= amount"),
    "balance of ": Fault(CUSTODY, 'b"", value=amount, revert', 'b"", value=amount // 2, revert'),
    ", unexplained": Fault(CUSTODY, "cash += msg.value", "cash += msg.value\n    storage.order_words[7] = msg.value"),
}
"""A fault for each kind of difference: the beginning or the end of its name."""


def export_fails(text: str) -> bool:
    """Whether an exported test fails, for the contracts that are taken now. It must not fail in another way."""
    names: dict[str, object] = {}
    exec(compile(text, "exported", "exec"), names)  # noqa: S102  the text was just written
    [test] = [value for name, value in names.items() if name.startswith("test_")]
    try:
        test()  # type: ignore[operator]  # by its name a function
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("lane", ["seeded", "stateful"])
@pytest.mark.parametrize("what", FAULTS)
def test_fault_is_found_told_replayed_and_exported(what: str, lane: str, tmp_path: Path) -> None:
    with sources_in(plant(FAULTS[what], tmp_path / "planted")):
        (found,) = run_campaign(PROTOCOL, 1, 40_000, None, lane=lane).divergences
        assert what in found.what
        assert len(found.steps) <= 6
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


def test_every_action_has_its_sentence() -> None:
    assert all(action.says for action in PROTOCOL.table.actions.values())


def test_a_narrow_blotter_is_folded() -> None:
    steps = (
        Step("set_parameter", {"sender": 0, "market": 2**160 - 1, "field": "open_interest_cap", "amount": 10**18}),
        Step("deposit", {"sender": 2, "owner": 10, "index": 2**96 - 1, "value": 123_456_789_123_456_789_000}),
        Step("set_limits", {"sender": 0, "account_cap": 2**256 - 1, "global_cap": 7, "keepers_only": True}),
    )
    output = io.StringIO()
    show_counterexample(Counterexample("protocol", 1, 2, steps, "", "", ""), Console(file=output, width=80))
    text = output.getvalue()
    assert "…" not in text
    shown = "".join(row.split("│")[5].strip() for row in text.splitlines() if row.startswith("│"))
    for word in ("open_interest_cap", name_market(2**160 - 1), f"receiver.{2**96 - 1}", "1.158e+77", "keepers only"):
        assert word.replace(" ", "") in shown.replace(" ", "")


def test_fault_of_the_reference_alone_is_not_exported() -> None:
    found = Counterexample("protocol", 1, 2, (), "invariant: no negative bucket", "0 or more", "-1")
    with pytest.raises(ExportError, match="no chain"):
        write_test(found)


def needs(steps: Sequence[Step]) -> tuple[int, Exception] | None:
    """Diverges after as many steps as the first has items; its number counts while there are more than two.

    It waits more than it works.
    """
    time.sleep(0.01)
    first, others = steps[0].arguments, len(steps) - 1
    if others < len(first.get("items", steps)) or (others > 1 and first["number"] != 1_234):
        return None
    return others, Divergence("it", 0, 1)


def test_shrinking_goes_on_until_nothing_changes_whatever_the_clock_says() -> None:
    steps = (Step("first", {"items": [1, 2, 3, 4], "number": 1_234}), *(30 * (Step("other", {}),)))
    short = shrink(Counterexample("oracle", 1, 2, steps, "?", "?", "?"), needs, seconds=0.1)
    assert short.is_short
    assert short.steps == (Step("first", {"items": [], "number": 1_000}), Step("other", {}))


def test_a_last_step_that_fits_one_state_only_is_drawn_anew() -> None:
    def counts(steps: Sequence[Step]) -> tuple[int, Exception] | None:
        is_met = steps[-1].arguments.get("number") == len(steps)
        return (len(steps) - 1, Divergence("it", 0, 1)) if is_met else None

    steps = (*(30 * (Step("other", {}),)), Step("last", {"number": 31}))
    found = Counterexample("oracle", 1, 2, steps, "?", "?", "?")
    assert shrink(found, counts).steps == steps
    drawn = shrink(found, counts, lambda steps: [Step("last", {"number": len(steps)})])
    assert drawn.steps == (Step("last", {"number": 1}),)


def test_what_was_not_shrunk_to_the_end_says_so(tmp_path: Path) -> None:
    steps = (Step("init_ema", {"account": 0}), Step("update_index", {}))
    left = shrink(
        Counterexample("oracle", 1, 2, steps, "?", "?", "?"), lambda _: (1, Divergence("it", 0, 1)), seconds=0.0
    )
    again = load(left.save(tmp_path), MACHINES)
    assert (again, again.steps) == (left, steps)
    for found, said in ((left, True), (Counterexample("oracle", 1, 2, steps, "", "", "", is_short=True), False)):
        output = io.StringIO()
        show_counterexample(found, Console(file=output, width=160))
        assert ("not fully shrunk" in output.getvalue()) == said
