"""How markets are listed, changed, touched and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.protocol.draws.common import KEYS, POOL_RAO, Arguments, draw_listed, draw_position
from differential_tests.machines.protocol.roles import RECEIVER
from reference.math.parameters import MAX_RISE
from reference.math.units import AMOUNT_BOUND, RAO, WAD
from reference.modules.market import POOL_BOUND
from reference.presets import PRESETS
from reference.state.records import DELISTED, GENERATION, INDEX_KEY, WOUND_DOWN, is_index

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

FIELDS = (
    "max_leverage",
    "maintenance",
    "buffer",
    "taker_fee",
    "maker_fee",
    "liquidation_fee",
    "max_funding_rate",
    "funding_weight",
    "open_interest_cap",
    "min_pool",
    "pool",
    "cross_class",
)


def draw_field(world: ProtocolWorld, choices: Choices, market: int, field: str) -> int:
    """A value for a parameter: a step from the present one, or next to a bound."""
    now = int(getattr(world.protocol.parameters.get(market, PRESETS["current"]), field))
    kind = choices.integer(0, 9)
    if kind == 0:
        return choices.pick((0, AMOUNT_BOUND, 2**96 - 1, 2**96, 50 * WAD, 51 * WAD, WAD, WAD + RAO))
    if kind == 1:
        return now + 1
    if field == "funding_weight":
        return choices.pick((0, RAO, WAD // 2, WAD, WAD + RAO))
    if field == "cross_class":
        return choices.pick((0, 1, 2, 3))
    if field == "pool":
        return choices.pick(
            (0, RAO, now // 2 // RAO * RAO, (now + 1) // 2 + RAO, 2 * now, 2 * now + RAO, POOL_BOUND - RAO)
        )
    if field == "min_pool":
        return choices.pick((0, POOL_RAO * RAO, 1_000 * WAD, 49_999 * WAD, POOL_BOUND - RAO, POOL_BOUND))
    step = choices.pick((RAO, -RAO, MAX_RISE, MAX_RISE, MAX_RISE + RAO, -MAX_RISE, now // 2 // RAO * RAO))
    return max(now + step, 0)


def draw_list(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market is listed, or listed anew after its end; sometimes under parameters that can't be."""
    known = world.protocol.markets
    new = [key for key in KEYS if key not in known]
    over = [key + GENERATION for key in known if known[key].status == WOUND_DOWN and key + GENERATION not in known]
    market = choices.pick((*KEYS, 0, INDEX_KEY + 1, GENERATION + 4, 2**160 - 1))
    if over and choices.integer(0, 3):
        market = choices.pick(over)
    elif new and choices.integer(0, 3):
        market = choices.pick(new)
    field = choices.pick(FIELDS) if choices.integer(0, 3) == 0 else ""
    return {
        "sender": world.find_admin() if choices.integer(0, 15) else choices.integer(0, RECEIVER),
        "market": market,
        "is_guarded": bool(choices.integer(0, 1)),
        "preset": "index" if market % GENERATION == INDEX_KEY else choices.pick(("beta", "current")),
        "field": field,
        "amount": draw_field(world, choices, market, field) if field else 0,
    }


def draw_set_parameter(world: ProtocolWorld, choices: Choices) -> Arguments:
    """One parameter of a market changes."""
    market, field = draw_listed(world, choices), choices.pick(("maintenance", "buffer", *FIELDS))
    sender = world.find_admin() if choices.integer(0, 15) else choices.integer(0, RECEIVER)
    sums = [key for key in world.protocol.markets if is_index(key)]
    if sums and choices.integer(0, 1):
        market = next((key for key in sums if world.protocol.moved_at[key]), choices.pick(sums))
        amount = draw_field(world, choices, market, "pool")
        return {"sender": sender, "market": market, "field": "pool", "amount": amount}
    raised = [key for key, at in world.protocol.raised_at.items() if at]
    if raised and choices.integer(0, 1):
        amount = world.protocol.parameters[raised[-1]].maintenance + choices.pick((RAO, MAX_RISE))
        return {"sender": sender, "market": raised[-1], "field": "maintenance", "amount": amount}
    return {"sender": sender, "market": market, "field": field, "amount": draw_field(world, choices, market, field)}


def draw_poke(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone touches a market."""
    return {"sender": choices.integer(0, RECEIVER), "market": draw_listed(world, choices)}


def draw_delist(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market ends, not always."""
    sender = world.find_admin() if choices.integer(0, 3) == 0 else choices.integer(0, RECEIVER)
    return {"sender": sender, "market": draw_listed(world, choices)}


def draw_wind_down(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market that ended is wound down."""
    ended = [key for key, market in world.protocol.markets.items() if market.status == DELISTED or market.dead_since]
    market = choices.pick(ended) if ended and choices.integer(0, 9) else draw_listed(world, choices)
    return {"sender": choices.integer(0, RECEIVER), "market": market}


def draw_close_wound_down(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position of a wound-down market, if there is one."""
    owner, index, market, _ = draw_position(world, choices)
    over = [key for key in world.position_keys() if world.protocol.markets[key[1]].status == WOUND_DOWN]
    if over and choices.integer(0, 9):
        account, market = choices.pick(over)
        owner, index = world.find_owner(account)
    return {"sender": choices.integer(0, RECEIVER), "owner": owner, "index": index, "market": market}
