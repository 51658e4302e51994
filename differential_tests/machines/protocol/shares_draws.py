"""How depositors and settlers of the protocol machine choose: towards every outcome, and the edges between them."""

from differential_tests.fuzzer.actions import Action, Choices, Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.core import NOBODY, RECEIVER, TRADERS, TREASURY
from differential_tests.machines.protocol.draws import EXTREMES, Arguments, near
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.units import RAO, WAD
from reference.modules.shares import CUT_PERIOD, VOID_PERIOD, WINDOW_PERIOD, is_open

DEPOSITORS = (*TRADERS[:3], RECEIVER, TREASURY)
MOST_TOUCHED = 6
"""Markets that are poked before a settlement, at most."""


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


def draw_transfer_shares(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Shares go to somebody, now and then where they can't."""
    holders = [role for role in range(RECEIVER) if world.protocol.share.balance(world.keys[role])]
    sender = choices.pick(holders) if holders and choices.integer(0, 9) else choices.integer(0, RECEIVER - 1)
    held = world.protocol.share.balance(world.keys[sender])
    amount = choices.pick((held, held + 1, held // 2, held // 10, 0, 1))
    return {"sender": sender, "to": choices.integer(0, NOBODY + 2), "amount": amount}


def draw_turn(world: ProtocolWorld, choices: Choices) -> Arguments:
    """An epoch goes by: the window is open for a day, mostly, and cut off for an hour or longer."""
    window, now = world.protocol.window, world.block.timestamp
    opened_at = window.opened_at
    if window.cut_at:
        opened_at = window.cut_at + VOID_PERIOD
    wait = max(opened_at + WINDOW_PERIOD - now, 0) if is_open(window, world.block) else 0
    edge = choices.pick((0, 0, 0, 0, 0, 0, 1, -1))
    return {
        "sender": choices.integer(0, RECEIVER),
        "open_seconds": max(wait + edge, 0),
        "cut_seconds": choices.pick(
            (CUT_PERIOD, CUT_PERIOD, CUT_PERIOD, CUT_PERIOD - 1, 3 * CUT_PERIOD, VOID_PERIOD - 1, VOID_PERIOD)
        ),
        "percent": choices.pick((100, 100, 100, 101, 99, 105, 95, 109, 92, 60, 150)),
        "poked": choices.pick((0, 0, 1, 2, MOST_TOUCHED)),
    }


def draw_depositors(choices: Choices, size: int) -> list[Step]:
    """Depositors come before or after the treasury's first cash, and one epoch goes by. size: of the vault, TAO."""
    steps = []
    for depositor in DEPOSITORS[: choices.integer(1, len(DEPOSITORS))]:
        value = max(size, 1) * WAD * choices.integer(1, 30) // 20
        steps.append(Step("request_deposit", {"sender": depositor, "controller": depositor, "value": value}))
    turn = {"sender": KEEPER, "open_seconds": 0, "cut_seconds": CUT_PERIOD, "percent": 100, "poked": 0}
    return [*steps, Step("turn", turn)]


W = ProtocolWorld
ACTIONS = [
    Action("request_deposit", 8, draw_request_deposit, W.request_deposit),
    Action("request_redeem", 7, draw_request_redeem, W.request_redeem),
    Action(
        "request_for_contract",
        1,
        lambda _, c: {"sender": c.integer(0, RECEIVER), "contract": c.pick(("MegaTAO", "VaultShare"))},
        W.request_for_contract,
    ),
    Action(
        "request_for_owner",
        1,
        lambda _, c: {
            "sender": c.integer(0, RECEIVER),
            "owner": c.integer(0, NOBODY),
            "function": c.pick(("requestDeposit", "requestRedeem")),
        },
        W.request_for_owner,
    ),
    Action("cancel_request", 3, draw_cancel_request, W.cancel_request),
    Action("cut_off", 3, lambda _, c: {"sender": c.integer(0, RECEIVER)}, W.cut_off),
    Action("settle", 4, lambda _, c: {"sender": c.integer(0, RECEIVER)}, W.settle),
    Action("claim_request", 8, draw_claim_request, W.claim_request),
    Action("transfer_shares", 3, draw_transfer_shares, W.transfer_shares),
    Action("turn", 7, draw_turn, W.turn),
]
"""What depositors and settlers do, and how often."""

BOUNDS = {
    "controller": (0, NOBODY),
    "open_seconds": (0, 10**9),
    "cut_seconds": (0, 10**9),
    "percent": (1, 1_000),
    "poked": (0, 100),
}
