"""The protocol machine: no divergence, every outcome and state reached, the invariants see what is broken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.deployment import MODULES, PROXY
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.campaign import run_campaign
from differential_tests.fuzzer.stateful import stateful_machine
from differential_tests.fuzzer.world import Divergence
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol import records
from differential_tests.machines.protocol.draws.common import NETUIDS, POOL_RAO
from differential_tests.machines.protocol.entries import ENTRIES
from differential_tests.machines.protocol.invariants import INEQUALITIES, RATIO, Ledger, Slack
from differential_tests.machines.protocol.receiver import MOST_ARGUMENTS
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, DELAY, NOBODY, UPGRADER
from differential_tests.machines.protocol.states import STATES
from differential_tests.machines.protocol.world import ProtocolWorld
from reference import errors
from reference.core import settlement, vault_ledger
from reference.errors import MegaTAOError
from reference.math.alpha import DYNAMIC
from reference.math.units import WAD
from reference.modules import custody, decrease, liquidation, market
from reference.modules import open as open_module
from reference.state.records import MAX_MARKETS, Vault

PROTOCOL = MACHINES["protocol"]

UNREACHED = {
    errors.CheckFailed,
    errors.RoutesUneven,
    errors.AllowanceTooLow,
    errors.NotVault,
    errors.PermitExpired,
    errors.SignatureInvalid,
    errors.TooManyMarkets,
}
"""Failures that have no name, are met only while the proxy is deployed, are met in the share's own machine, or after
16,383 listings."""
OUTCOMES = {"success", "empty revert"} | {
    failure.revert_name()
    for failure in MegaTAOError.__subclasses__()
    if failure.__module__ == errors.__name__ and failure not in UNREACHED  # the prover's samples have their own
}


SEED, STEPS = 2, 40_000
"""A run that meets everything; how many steps that takes is luck, but repeatable."""


def test_campaign_reaches_every_action_outcome_and_state_without_divergence() -> None:
    campaign = run_campaign(PROTOCOL, seed=SEED, max_steps=STEPS, max_seconds=None)
    assert not campaign.divergences
    assert set(campaign.actions) == set(PROTOCOL.table.actions)
    assert set(campaign.outcomes) - {"Halt"} == OUTCOMES
    assert set(campaign.states) == STATES


def test_same_seed_makes_the_same_campaign() -> None:
    first, second = (run_campaign(PROTOCOL, seed=7, max_steps=400, max_seconds=None) for _ in range(2))
    assert (first.actions, first.outcomes, first.states) == (second.actions, second.outcomes, second.states)


def test_every_module_can_be_upgraded_and_all_goes_on() -> None:
    """A campaign draws six of them."""
    world, choices = PROTOCOL.world(RevmChain()), SeededChoices("every upgrade")
    for number, step in enumerate(PROTOCOL.scenario(world, choices, 150)):
        PROTOCOL.table.run(world, step)
        if number < len(MODULES):
            arguments = {"module": MODULES[number], "sender": UPGRADER, "seconds": DELAY, "canceller": NOBODY}
            PROTOCOL.table.run(world, Step("upgrade", arguments))
    world.sweep()
    assert world.states["upgrade"] >= len(MODULES)


def test_no_function_takes_more_than_the_receiver_gives() -> None:
    assert max(entry.width for entry in ENTRIES) == MOST_ARGUMENTS


def test_stateful_lane_does_not_diverge() -> None:
    run_state_machine_as_test(stateful_machine(PROTOCOL), settings=settings(max_examples=10, stateful_step_count=20))


def test_stateful_lane_chooses_actions_by_their_weights() -> None:
    campaign = run_campaign(PROTOCOL, seed=1, max_steps=10_000, max_seconds=None, lane="stateful")
    assert not campaign.divergences
    assert len(campaign.actions) > 0.9 * len(PROTOCOL.table.actions)
    assert len(campaign.outcomes) > 0.7 * len(OUTCOMES)
    assert campaign.actions["advance"] > 10 * campaign.actions["skim"]


def test_sweep_finds_a_slot_that_nobody_explains() -> None:
    world = PROTOCOL.world(RevmChain())
    PROTOCOL.table.run(world, Step("seed", {"sender": 8, "value": 10**18}))
    world.sweep()
    slot, value = next(item for item in world.storage["MegaTAO"].items() if item[1] == 10**18)
    del world.storage["MegaTAO"][slot]
    with pytest.raises(Divergence, match=f"the reference says 0, the contract {value}"):
        world.sweep()


def run_reference(scenarios: int) -> None:
    """Scenarios of the machine on the reference alone, with all invariants checked."""
    for scenario in range(scenarios):
        world = ReferenceWorld()
        for step in PROTOCOL.scenario(world, SeededChoices(f"invariants/{scenario}"), 150):
            PROTOCOL.table.run(world, step)
        world.check_all()


def pay_too_much(vault: Vault, net: int) -> tuple[Vault, int]:
    """As vault_ledger.pay, but a wei is lost whenever the vault pays."""
    return vault_ledger.pay(vault, net - 1 if net < 0 else net)


def feed_nothing(vault: Vault, amount: int) -> tuple[Vault, int]:
    """As vault_ledger.receive, but claims are not fed."""
    return vault, amount


def insure_twice(vault: Vault, amount: int) -> tuple[Vault, int]:
    """As vault_ledger.insure, but the vault keeps what the insurance gets."""
    moved = min(amount, vault.cash)
    return replace(vault, insurance=vault.insurance + moved), moved


def forget_margin(context: Any, account: Any, before: Any, after: Any) -> tuple[Any, Any]:
    """As settlement.update_sums, but the account does not hear of its margin: it stays cash."""
    context, changed = settlement.update_sums(context, account, before, after)
    return context, replace(changed, cash=changed.cash + changed.margin - account.margin, margin=account.margin)


FAULTS: list[tuple[Any, str, Callable[..., Any], str]] = [
    (decrease, "pay", pay_too_much, "sum of all buckets"),
    (vault_ledger, "insure", insure_twice, "all buckets"),
    (custody, "receive", feed_nothing, "unfed claim"),
    (open_module, "update_sums", forget_margin, "margin of an account"),
    (open_module, "_validate_position", lambda *_: None, "liquidatable"),
    (decrease, "validate_owner", lambda *_: None, "who may call"),
    (liquidation, "calculate_closed_size_up", lambda size, *_: max(size // 50, 1), "healthy position"),
]


@pytest.mark.parametrize(("module", "name", "broken", "what"), FAULTS, ids=[what for *_, what in FAULTS])
def test_invariants_find_a_broken_reference(
    module: Any, name: str, broken: Callable[..., Any], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(Divergence, match=f"invariant: .*{what}"):
        run_reference(100)


def test_invariants_hold_for_the_reference() -> None:
    run_reference(20)


def test_slack_is_the_least_that_was_left() -> None:
    ledger = Ledger()
    for low, high in ((0, 1), (5, 10), (90, 100), (10**30, 10**30 + 1), (1, 3)):
        ledger.note(RATIO, low, high)
    ledger.slacks[RATIO].add(Slack(2, 1, 2))
    assert ledger.slacks == {RATIO: Slack(6, 10**30, 10**30 + 1)}
    assert 0 < ledger.slacks[RATIO].left < 1.1e-30


def test_every_inequality_is_looked_at() -> None:
    met = set[str]()
    for scenario in (*range(12), 46):
        world = ReferenceWorld()
        for step in PROTOCOL.scenario(world, SeededChoices(f"slack/{scenario}"), 200):
            PROTOCOL.table.run(world, step)
        met |= world.ledger.slacks.keys()
    assert met == set(INEQUALITIES)


@pytest.mark.parametrize("kind", records.RESERVED)
def test_a_reserved_bit_that_is_set_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for word, bits in records.RESERVED[kind].items():
        for bit in bits:
            kept = tuple(1 << bit if place == word else 0 for place in range(9))
            monkeypatch.setattr(records, "kept_words", lambda _, kept=kept: {kind: [kept]})
            with pytest.raises(Divergence, match=f"reserved bits of {kind} {word}"):
                records.check_reserved_bits(ReferenceWorld().protocol)


def test_a_market_beyond_the_last_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign lists a handful: here the contract's count is set, and the reference's bound is what it has listed."""
    chain = RevmChain()
    world = PROTOCOL.world(chain)
    assert isinstance(world, ProtocolWorld)
    for netuid in NETUIDS[:2]:
        world.do("set_subnet", netuid, WAD, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, NETUIDS[0], False, "current", "", 0)
    chain.set_storage(world.addresses[PROXY], records.SLOTS["market_count"], MAX_MARKETS)
    world.write(PROXY, records.SLOTS["market_count"], (MAX_MARKETS,), "market_count", ("",))
    monkeypatch.setattr(market, "MAX_MARKETS", 1)

    world.do("list_market", ADMIN, NETUIDS[1], False, "current", "", 0)

    assert world.outcomes["TooManyMarkets"] == 1
