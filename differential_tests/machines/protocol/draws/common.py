"""What all strategies share: edges, and who and what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.protocol.invariants import copy_protocol
from differential_tests.machines.protocol.roles import RECEIVER, TRADERS
from reference.errors import MegaTAOError
from reference.math.units import AMOUNT_BOUND, MAX_WORD, RAO, WAD
from reference.state.records import INDEX_KEY, Position, Terms

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

NETUIDS = (4, 34, 64, 65_535)
"""The subnets of a scenario."""
KEYS = (*NETUIDS, INDEX_KEY)
POOL_RAO = 50_000 * RAO
OWNERS = (*TRADERS, *TRADERS, RECEIVER)
EXTREMES = (0, 1, AMOUNT_BOUND - 1, AMOUNT_BOUND, 2**128, MAX_WORD)

Arguments = dict[str, Any]


def find_edge(low: int, high: int, is_allowed: Callable[[int], bool]) -> int:
    """The highest number from low to high that is allowed, if the low one is and what is allowed is an interval."""
    while low < high:
        middle = (low + high + 1) // 2
        if is_allowed(middle):
            low = middle
        else:
            high = middle - 1
    return low


def try_call(world: ProtocolWorld, process: Callable[..., object], *arguments: int | Terms) -> bool:
    """Whether the reference would do it, with nothing changed."""
    try:
        process(copy_protocol(world.protocol), world.block, *arguments)
    except MegaTAOError:
        return False
    return True


def near(choices: Choices, number: int) -> int:
    """The number or a neighbour, at least 0."""
    return max(number + choices.pick((0, 0, 1, -1)), 0)


def draw_sender(choices: Choices, owner: int) -> int:
    """The owner, mostly."""
    return owner if owner <= RECEIVER and choices.integer(1, 40) > 1 else choices.integer(0, RECEIVER)


def draw_listed(world: ProtocolWorld, choices: Choices) -> int:
    """A listed market, mostly."""
    listed = tuple(world.protocol.markets)
    return choices.pick(listed) if listed and choices.integer(1, 40) > 1 else choices.pick((*KEYS, 0, 7, 2**160 - 1))


def draw_account(choices: Choices) -> tuple[int, int]:
    """Role and number of an account of a trader."""
    return choices.pick(OWNERS), choices.pick((0, 0, 0, 0, 1, 2**96 - 1))


def draw_position(world: ProtocolWorld, choices: Choices) -> tuple[int, int, int, Position | None]:
    """Role, number and market of a position; now and then of none."""
    held = world.position_keys()
    if held and choices.integer(1, 25) > 1:
        account, market = choices.pick(held)
        owner, index = world.find_owner(account)
        return owner, index, market, world.protocol.positions[account, market]
    owner, index = draw_account(choices)
    return owner, index, draw_listed(world, choices), None


def draw_amount(choices: Choices) -> int:
    """TAO that comes in (wei): whole rao, mostly."""
    kind = choices.integer(0, 15)
    if kind == 0:
        return choices.pick((0, 1, RAO - 1, RAO, RAO + 1, WAD + 1))
    return choices.integer(1, 9) * 10 ** choices.pick((18, 18, 19, 19, 20, 20, 21, 9, 14))
