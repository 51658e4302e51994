"""How depositors choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices, Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import EXTREMES, Arguments, near
from differential_tests.machines.protocol.roles import NOBODY, RECEIVER, TRADERS, TREASURY
from reference.math.units import RAO, WAD
from reference.modules.shares import CUT_PERIOD

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

DEPOSITORS = (*TRADERS[:3], RECEIVER, TREASURY)


def draw_request_deposit(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A depositor asks for shares, for a part of what the vault has or any amount."""
    sender, cash = choices.pick(DEPOSITORS), world.protocol.vault.cash
    kind = choices.integer(0, 9)
    value = choices.integer(1, 9) * 10 ** choices.pick((9, 14, 18, 19, 20, 21))
    if kind == 0:
        value = choices.pick((0, 1, RAO - 1, RAO, RAO + 1))
    elif kind <= 4:
        value = min(cash, 10**24) * choices.integer(1, 150) // 100 // RAO * RAO
    controller = sender if choices.integer(0, 9) else choices.integer(0, NOBODY)
    return {"sender": sender, "controller": controller, "value": value}


def draw_request_redeem(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Somebody with shares asks for TAO for some of them, all, or one more."""
    holders = [role for role in range(NOBODY) if world.protocol.share.balance(world.keys[role])]
    sender = choices.pick(holders) if holders and choices.integer(0, 15) else choices.integer(0, RECEIVER)
    held = world.protocol.share.balance(world.keys[sender])
    kind = choices.integer(0, 9)
    if kind == 0:
        amount = choices.pick(EXTREMES)
    elif kind <= 5:
        amount = near(choices, held) if kind == 1 else held
    else:
        amount = held * choices.integer(1, 99) // 100
    controller = sender if choices.integer(0, 9) else choices.integer(0, NOBODY)
    return {"sender": sender, "controller": controller, "amount": amount}


def draw_for_contract(_: ProtocolWorld, choices: Choices) -> Arguments:
    """A contract that can't hold shares."""
    return {"sender": choices.integer(0, RECEIVER), "contract": choices.pick(("MegaTAO", "VaultShare"))}


def draw_cancel_request(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Who asks something of this epoch, mostly."""
    number = world.protocol.window.number
    asking = [world.keys.index(key) for epoch, key in world.protocol.requests if epoch == number]
    asking = [role for role in asking if role <= RECEIVER]
    return {"sender": choices.pick(asking) if asking and choices.integer(0, 5) else choices.integer(0, RECEIVER)}


def draw_claim_request(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A request of a settled epoch, mostly."""
    number = world.protocol.window.number
    known = [(epoch, world.keys.index(key)) for epoch, key in world.protocol.requests]
    settled = [request for request in known if request[0] < number] or known
    if settled and choices.integer(0, 9):
        epoch, controller = choices.pick(settled)
    elif known and choices.integer(0, 1):
        epoch, controller = choices.pick(known)
    else:
        epoch, controller = choices.integer(0, number + 1), choices.integer(0, NOBODY)
    return {"sender": choices.integer(0, RECEIVER), "number": epoch, "controller": controller}


def draw_depositors(choices: Choices, size: int) -> list[Step]:
    """Depositors come before or after the treasury's first cash, and one epoch goes by. size: of the vault, TAO."""
    steps = []
    for depositor in DEPOSITORS[: choices.integer(1, len(DEPOSITORS))]:
        value = max(size, 1) * WAD * choices.integer(1, 30) // 20
        steps.append(Step("request_deposit", {"sender": depositor, "controller": depositor, "value": value}))
    turn = {"sender": KEEPER, "open_seconds": 0, "cut_seconds": CUT_PERIOD, "percent": 100, "poked": 0}
    return [*steps, Step("turn", turn)]
