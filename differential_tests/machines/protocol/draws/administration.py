"""How roles act and change; and what anyone, or the admin, does without a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import Arguments
from differential_tests.machines.protocol.roles import MOST, NOBODY, RECEIVER, TRADERS
from reference.math.units import AMOUNT_BOUND, WAD

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld


def draw_anyone(_: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone."""
    return {"sender": choices.integer(0, RECEIVER)}


def draw_admin(world: ProtocolWorld, choices: Choices) -> int:
    """The admin, mostly."""
    return world.find_admin() if choices.integer(0, 4) else choices.integer(0, RECEIVER)


def draw_by_admin(world: ProtocolWorld, choices: Choices) -> Arguments:
    """The admin, mostly."""
    return {"sender": draw_admin(world, choices)}


def draw_role(world: ProtocolWorld, choices: Choices) -> Arguments:
    """The admin gives a role to someone, mostly to who has it."""
    return {"sender": draw_admin(world, choices), "to": choices.integer(0, NOBODY)}


def draw_take_admin(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Who was offered the role, or not."""
    pending = world.protocol.pending_admin
    offered = world.keys.index(pending)
    return {"sender": offered if pending and choices.integer(0, 1) else choices.integer(0, RECEIVER)}


def draw_set_keeper(world: ProtocolWorld, choices: Choices) -> Arguments:
    """The admin allows a keeper."""
    to = choices.pick((KEEPER, KEEPER, *TRADERS))
    return {"sender": draw_admin(world, choices), "to": to, "is_allowed": bool(choices.integer(0, 2))}


def draw_set_limits(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Caps: far away, near what there is, or none that can be."""
    protocol = world.protocol
    total = protocol.free_cash + protocol.margins
    return {
        "sender": draw_admin(world, choices),
        "account_cap": choices.pick((MOST, MOST, total // 3, total, AMOUNT_BOUND - 1, AMOUNT_BOUND)),
        "global_cap": choices.pick((MOST, MOST, 2 * total, total + WAD, AMOUNT_BOUND - 1, AMOUNT_BOUND)),
        "keepers_only": choices.integer(0, 3) == 0,
    }


def draw_set_pause(world: ProtocolWorld, choices: Choices) -> Arguments:
    """The guardian pauses for a short time."""
    guardian = world.keys.index(world.protocol.guardian)
    sender = guardian if guardian <= RECEIVER and choices.integer(0, 4) else choices.integer(0, RECEIVER)
    return {"sender": sender, "is_paused": not world.protocol.vault.is_paused and choices.integer(0, 5) == 0}
