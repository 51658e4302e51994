"""The share's machine: no divergence, every outcome reached; the published properties of ERC-20 tokens."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.fuzzer.campaign import run_campaign
from differential_tests.machines import MACHINES
from differential_tests.machines.share.machine import FIRST, NOBODY, SIGNERS, TOKEN, VAULT, WRONGS, ShareWorld
from reference.tokens.vault_share import UNLIMITED

SHARE = MACHINES["share"]
OUTCOMES = {
    "success",
    "AllowanceTooLow",
    "BalanceTooLow",
    "NotVault",
    "PermitExpired",
    "ReceiverInvalid",
    "SignatureInvalid",
}
OTHER = FIRST + 1


@pytest.fixture
def world() -> ShareWorld:
    """A token of which one holder and one signer have 100 units each."""
    world = ShareWorld(RevmChain())
    world.mint(VAULT, FIRST, 100)
    world.mint(VAULT, SIGNERS[0], 100)
    return world


def ends(world: ShareWorld, outcome: str, action: str, *arguments: object) -> None:
    """An action must end so."""
    before = world.outcomes[outcome]
    getattr(world, action)(*arguments)
    assert world.outcomes[outcome] == before + 1, world.outcomes


def test_campaign_reaches_every_action_and_outcome_without_divergence() -> None:
    campaign = run_campaign(SHARE, seed=2, max_steps=1_000, max_seconds=None)
    assert not campaign.divergences
    assert set(campaign.actions) == set(SHARE.table.actions)
    assert set(campaign.outcomes) == OUTCOMES


def test_transfers_of_nothing_and_to_oneself_change_nothing(world: ShareWorld) -> None:
    before = dict(world.token.balances)
    ends(world, "success", "transfer", FIRST, OTHER, 0)
    ends(world, "success", "transfer", FIRST, FIRST, 100)
    ends(world, "success", "transfer", OTHER, FIRST, 0)
    assert {**world.token.balances, world.keys[OTHER]: 0} == {**before, world.keys[OTHER]: 0}


@pytest.mark.parametrize("to", [VAULT, TOKEN, NOBODY])
def test_nothing_is_sent_where_it_would_be_lost(world: ShareWorld, to: int) -> None:
    ends(world, "ReceiverInvalid", "transfer", FIRST, to, 1)
    world.approve(FIRST, OTHER, 100)
    ends(world, "ReceiverInvalid", "transfer_from", OTHER, FIRST, to, 1)


def test_an_allowance_is_used_up_unless_it_has_no_end(world: ShareWorld) -> None:
    world.approve(FIRST, OTHER, 60)
    ends(world, "success", "transfer_from", OTHER, FIRST, OTHER, 40)
    ends(world, "AllowanceTooLow", "transfer_from", OTHER, FIRST, OTHER, 21)
    world.approve(FIRST, OTHER, UNLIMITED)
    ends(world, "success", "transfer_from", OTHER, FIRST, OTHER, 60)
    assert world.token.allowances[world.keys[FIRST], world.keys[OTHER]] == UNLIMITED
    ends(world, "BalanceTooLow", "transfer_from", OTHER, FIRST, OTHER, 1)


def test_a_failed_transfer_by_a_spender_keeps_the_allowance(world: ShareWorld) -> None:
    world.approve(FIRST, OTHER, 500)
    ends(world, "BalanceTooLow", "transfer_from", OTHER, FIRST, OTHER, 101)
    assert world.token.allowances[world.keys[FIRST], world.keys[OTHER]] == 500


def test_a_permit_counts_once_until_its_deadline(world: ShareWorld) -> None:
    ends(world, "SignatureInvalid", "permit", OTHER, SIGNERS[0], OTHER, 70, 2, "")  # the last second; then its replay
    assert world.token.allowances[world.keys[SIGNERS[0]], world.keys[OTHER]] == 70
    ends(world, "PermitExpired", "permit", OTHER, SIGNERS[0], OTHER, 70, 1, "amount")
    ends(world, "success", "transfer_from", OTHER, SIGNERS[0], OTHER, 70)


@pytest.mark.parametrize("wrong", [wrong for wrong in WRONGS if wrong != "nobody"])
def test_a_permit_with_anything_wrong_about_it_is_refused(world: ShareWorld, wrong: str) -> None:
    ends(world, "SignatureInvalid", "permit", OTHER, SIGNERS[0], OTHER, 70, 100, wrong)
    assert not world.token.allowances


def test_nobody_signs_for_the_empty_address(world: ShareWorld) -> None:
    ends(world, "SignatureInvalid", "permit", OTHER, NOBODY, OTHER, 70, 100, "v")


@pytest.mark.parametrize(("action", "arguments"), [("mint", (FIRST, 1)), ("burn", (1,)), ("lock", (FIRST, 1))])
def test_only_the_vault_makes_destroys_and_takes(world: ShareWorld, action: str, arguments: tuple[int, ...]) -> None:
    ends(world, "NotVault", action, OTHER, *arguments)
    ends(world, "BalanceTooLow" if action == "burn" else "success", action, VAULT, *arguments)
