"""An exported counterexample sends the calls that the machine sent, and ape's pytest runs it; it names what differs."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from differential_tests.chains.ape import LocalChain
from differential_tests.chains.base import Receipt, Transaction
from differential_tests.contracts.artefacts import ROOT, signature_of
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.export import ExportError, write_test
from differential_tests.fuzzer.machine import Machine, Start
from differential_tests.fuzzer.stage import check, find_abi, outcome, percent, selector, tao
from differential_tests.machines import MACHINES
from differential_tests.mutation.faults import Fault, plant

APE = Path(sys.executable).with_name("ape")
SEED = 5
LEFT_OUT = ("crowd",)
"""Seventeen markets, by actions that are there anyway."""

VIEWS = [
    entry
    for contract in ("MegaTAO", "PriceOracle", "IndexPriceOracle", "VaultShare")
    for entry in find_abi(contract)
    if entry.get("stateMutability") in ("view", "pure")
]

DEPOSIT = Step("deposit", {"sender": 1, "owner": 2, "index": 0, "value": 5 * 10**18})
FOUND = Counterexample("protocol", 1, 0, (DEPOSIT,), "event Deposited.amount", "5000000000000000000", "none")


def draw_each_action(machine: Machine) -> tuple[Step, ...]:
    """A scenario in which each action is done once, in a way that ape's chain can have."""
    choices, world = SeededChoices(SEED), Start(machine).world()
    steps = machine.opening(choices)
    for step in steps:
        machine.table.run(world, step)
    for action in machine.table.actions.values():
        drawn = (action.draw_step(world, choices) for _ in range(100))
        step = next(step for step in drawn if min(map(int, _times(step)), default=1) >= step.arguments.get("blocks", 1))
        if action.name not in LEFT_OUT:
            machine.table.run(world, step)
            steps.append(step)
    return tuple(steps)


def _times(step: Step) -> list[int]:
    return [value for name, value in step.arguments.items() if name.endswith("seconds") and name != "seconds_left"]


def run(text: str) -> None:
    """Run the one test of an exported text."""
    names: dict[str, object] = {}
    exec(compile(text, "exported", "exec"), names)  # noqa: S102  the text was just written
    [test] = [value for name, value in names.items() if name.startswith("test_")]
    test()  # type: ignore[operator]  # by its name a function


@pytest.mark.parametrize("name", MACHINES)
def test_each_action_is_exported_with_its_calls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = draw_each_action(MACHINES[name])
    sent: list[Transaction] = []
    send = LocalChain.send

    def note(chain: LocalChain, transaction: Transaction) -> Receipt:
        sent.append(transaction)
        return send(chain, transaction)

    monkeypatch.setattr(LocalChain, "send", note)
    text = write_test(Counterexample(name, SEED, 0, steps, "outcome", "?", "?"))
    expected, sent[:] = list(sent), []
    run(text)
    # ape asks views, the machine sends them: only there the sender may be another
    assert [replace(each, sender="") for each in sent] == [replace(each, sender="") for each in expected]
    others = [before for before, after in zip(expected, sent, strict=True) if before.sender != after.sender]
    assert {each.data[:4] for each in others} <= {selector(signature_of(entry)) for entry in VIEWS}


def test_ape_runs_it_and_it_names_the_field(tmp_path: Path) -> None:
    text = write_test(FOUND)
    fault = Fault("modules/CustodyModule", "msg.sender, amount=msg.value)", "msg.sender, amount=msg.value + 1)")
    planted = tmp_path / "planted"
    planted.mkdir()
    (tmp_path / "test_right.py").write_text(text)
    (planted / "test_planted.py").write_text(text)
    (planted / "conftest.py").write_text(
        "from pathlib import Path\n"
        "import pytest\n"
        "from differential_tests.contracts.artefacts import sources_in\n\n\n"
        "@pytest.fixture(autouse=True)\n"
        "def planted():\n"
        f"    with sources_in(Path({str(plant(fault, tmp_path / 'sources'))!r})):\n"
        "        yield\n"
    )
    command = [str(APE), "test", "--network", "ethereum:local:test", "-q", "-n", "0", "--tb=short", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert re.search(r"FAILED .*test_planted.py", done.stdout)
    told = "event Deposited.amount: the reference says 5000000000000000000, the contract 5000000000000000001"
    assert told in done.stdout


def test_it_reads_as_a_person_would_write_it() -> None:
    lines = [
        Step("set_subnet", {"netuid": 64, "price": 10**17, "mechanism": 1, "pool_rao": 50_000 * 10**9}),
        Step(
            "list_market", {"sender": 0, "market": 64, "is_guarded": True, "preset": "beta", "field": "", "amount": 0}
        ),
        Step("seed", {"sender": 8, "value": 1_000 * 10**18}),
        Step("deposit", {"sender": 2, "owner": 2, "index": 1, "value": 10**18}),
        Step("advance", {"blocks": 1, "seconds": 720}),
        Step(
            "open",
            {"sender": 2, "owner": 2, "index": 1, "market": 64, "is_long": True, "margin": 5 * 10**17}
            | {"leverage": 15 * 10**17, "max_slippage": 10**16, "seconds_left": 60},
        ),
        Step("close", {"sender": 2, "owner": 2, "index": 1, "market": 64, "max_slippage": 10**16}),
    ]
    text = write_test(replace(FOUND, steps=tuple(lines), what="outcome", expected="SameBlock", actual="success"))
    for line in (
        "CHUTES = market_key(64)",
        'trader_0 = stage.account("trader 0")',
        'precompile.set_subnet(64, tao("0.1"), 1, tao(50_000) // RAO, sender=keeper)',
        'protocol.list_market(CHUTES, True, preset("beta"), sender=admin)',
        "protocol.deposit(account_key(trader_0, 1), sender=trader_0, value=tao(1))",
        "stage.advance(minutes=12)",
        "terms(max_slippage=percent(1), deadline=stage.now + 60)",
        'with outcome("SameBlock"):',
        "protocol.close(account_key(trader_0, 1), CHUTES, terms(max_slippage=percent(1)), sender=trader_0)",
    ):
        assert line in text, text
    run(text)


def test_a_place_that_ape_does_not_show_is_not_exported() -> None:
    zero = Step("advance", {"blocks": 1, "seconds": 0})
    with pytest.raises(ExportError, match="1 blocks in 0 seconds"):
        write_test(replace(FOUND, steps=(zero, DEPOSIT)))


def test_a_comparison_that_fails_says_what_was_expected_and_given() -> None:
    with pytest.raises(AssertionError, match=r"^account.cash: the reference says 2, the contract 3$"):
        check("account.cash", 3, 2)
    with (
        pytest.raises(AssertionError, match=r"^outcome: the reference says CashTooLow, the contract success$"),
        outcome("CashTooLow"),
    ):
        pass
    with pytest.raises(ValueError, match="finer"):
        tao("0.0000000000000000001")
    assert (tao("1.5"), percent("2.5")) == (15 * 10**17, 25 * 10**15)
