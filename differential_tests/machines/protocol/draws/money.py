"""How those choose who pay in and out, give, or collect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.protocol.draws.common import (
    EXTREMES,
    Arguments,
    draw_account,
    draw_amount,
    draw_sender,
)
from differential_tests.machines.protocol.roles import MOST, NOBODY, RECEIVER, TREASURY
from reference.math.units import RAO

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld


def draw_deposit(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone pays into an account, now and then up to a cap."""
    owner, index = draw_account(choices)
    protocol, amount = world.protocol, draw_amount(choices)
    kind = choices.integer(0, 19)
    held = protocol.account(world.account(owner, index))
    room = protocol.account_cap - held.cash - held.margin
    if kind == 1:
        room = protocol.global_cap - protocol.free_cash - protocol.margins
    if kind <= 1 and 0 < room < MOST:
        amount = room // RAO * RAO + choices.pick((0, RAO))
    sender = owner if owner != RECEIVER and choices.integer(0, 4) else choices.integer(0, RECEIVER)
    if choices.integer(0, 60) == 0:
        owner = NOBODY
    return {"sender": sender, "owner": owner, "index": index, "value": amount}


def draw_withdraw(world: ProtocolWorld, choices: Choices) -> Arguments:
    """An account with cash pays out some of it, all of it, or a rao more."""
    owner, index = draw_account(choices)
    rich = [key for key, account in world.protocol.accounts.items() if account.cash]
    if rich and choices.integer(0, 15):
        account = choices.pick(rich)
        if choices.integer(0, 2) == 0:
            account = next((key for key in rich if world.find_owner(key)[0] == RECEIVER), account)
        owner, index = world.find_owner(account)
    cash = world.protocol.account(world.account(owner, index)).cash
    kind = choices.integer(0, 7)
    if kind == 0:
        amount = choices.pick((*EXTREMES, RAO - 1, RAO))
    elif kind == 1:
        amount = cash // RAO * RAO + choices.pick((0, 0, RAO, 1))
    else:
        amount = cash * kind // 20 // RAO * RAO
    return {"sender": draw_sender(choices, owner), "owner": owner, "index": index, "amount": amount}


def draw_seed(_: ProtocolWorld, choices: Choices) -> Arguments:
    """The treasury fills the vault."""
    sender = TREASURY if choices.integer(0, 9) else choices.integer(0, RECEIVER)
    return {"sender": sender, "value": draw_amount(choices)}


def draw_donate(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone gives; often what feeds a part of the claims."""
    vault, amount = world.protocol.vault, draw_amount(choices)
    unfed = vault.claimed - vault.fed
    if unfed and choices.integer(0, 2):
        amount = unfed * choices.pick((20, 50, 100, 150)) // 100 // RAO * RAO + RAO
    sender = choices.integer(0, RECEIVER)
    return {"sender": sender, "to_insurance": bool(choices.integer(0, 1)), "value": min(amount, MOST)}


def draw_collect(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A claim that is there, mostly."""
    numbers = tuple(world.protocol.claims)
    number = choices.pick(numbers) if numbers and choices.integer(0, 15) else choices.integer(0, 5)
    return {"sender": choices.integer(0, RECEIVER), "number": number}
