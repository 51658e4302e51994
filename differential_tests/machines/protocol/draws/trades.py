"""How traders and liquidators choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import (
    EXTREMES,
    Arguments,
    draw_account,
    draw_listed,
    draw_position,
    draw_sender,
    find_edge,
    near,
    try_call,
)
from differential_tests.machines.protocol.invariants import calculate_position_kind, copy_protocol
from differential_tests.machines.protocol.roles import RECEIVER, TRADERS
from reference.core.pricing import Fill
from reference.errors import MegaTAOError
from reference.math.liquidation import HEALTHY
from reference.math.units import AMOUNT_BOUND, MAX_WORD, WAD, mul_div_down
from reference.modules.decrease import process_decrease
from reference.modules.margin import process_remove_margin
from reference.modules.open import process_increase, process_open
from reference.modules.view import quote_decrease, quote_open
from reference.state.records import MIN_NOTIONAL, OPEN, WOUND_DOWN, Terms, owner_of
from reference.state.storage import Protocol

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld


def draw_slippage(choices: Choices) -> int:
    """What the taker allows: nearly anything, mostly."""
    return choices.pick((WAD, WAD, WAD, WAD, MAX_WORD, WAD // 100, WAD // 500, 0))


def draw_leverage(world: ProtocolWorld, choices: Choices, market: int) -> int:
    """A leverage (WAD), often the highest."""
    parameters = world.protocol.parameters.get(market)
    highest = parameters.max_leverage if parameters else 5 * WAD
    if choices.integer(1, 15) == 1:
        return choices.pick((WAD - 1, WAD, highest, highest + 1, 0, MAX_WORD))
    return highest if choices.integer(0, 2) == 0 else choices.integer(10, highest * 10 // WAD) * WAD // 10


def draw_margin(world: ProtocolWorld, choices: Choices, account: int, market: int, is_long: bool, leverage: int) -> int:
    """Margin (wei) for an increase: a part of the cash, or next to one of the limits."""
    protocol, state = world.protocol, world.protocol.markets.get(market)
    cash = protocol.account(account).cash
    kind = choices.integer(0, 19)
    if kind == 0:
        return choices.pick(EXTREMES)
    if kind == 1:
        return near(choices, cash)
    if kind in (2, 6):
        position = protocol.positions.get((account, market))
        return near(choices, MIN_NOTIONAL * WAD // max(leverage, 1) - (position.entry_notional if position else 0))
    if kind == 3 and state is not None and leverage:
        caps, held = choices.pick((1, 2)), state.side(is_long).size
        if caps == 1:
            held -= state.side(not is_long).size
        room = mul_div_down(state.pool, caps * protocol.parameters[market].open_interest_cap, WAD)
        room -= held * state.mark // WAD
        return max(room, 0) * WAD // leverage * choices.integer(98, 102) // 100
    if kind == 4 and state is not None and leverage:
        room = protocol.vault.cash // 2 - mul_div_down(state.side(is_long).size, state.mark, WAD)
        return max(room, 0) * choices.integer(90, 110) // 100 * WAD // leverage
    if kind == 5:
        return find_edge(
            0, cash, lambda margin: margin == 0 or _would_grow(world, account, market, is_long, margin, leverage)
        ) + choices.pick((0, 1))
    if leverage:
        cash = min(cash, protocol.vault.cash // 2 * WAD // leverage or cash)
    return cash * choices.pick((1, 3, 10, 20, 30, 50, 80)) // 100


def _would_grow(world: ProtocolWorld, account: int, market: int, is_long: bool, margin: int, leverage: int) -> bool:
    owner = owner_of(account)
    if (account, market) in world.protocol.positions:
        return try_call(world, process_increase, owner, account, market, margin, leverage, Terms(WAD))
    return try_call(world, process_open, owner, account, market, is_long, margin, leverage, Terms(WAD))


def draw_terms(choices: Choices, quote: Callable[[], Fill]) -> Arguments:
    """What a trade allows: mostly any price at any time; now and then an edge of one, or what is not built yet.

    quote: the fill that the trade would have now.
    """
    terms: Arguments = {"max_slippage": draw_slippage(choices)}
    kind = choices.integer(0, 31)
    if kind < 4:
        try:
            terms["limit_price"] = near(choices, quote().price)
        except MegaTAOError:
            terms["limit_price"] = choices.pick((1, WAD, MAX_WORD))
    elif kind < 7:
        terms["seconds_left"] = choices.pick((-1, 0, 1))
    elif kind == 7:
        terms |= choices.pick(({"makers": 1}, {"has_vault": False}, {"route": 1}, {"route": MAX_WORD}))
    return terms


def _draw_entry_terms(
    world: ProtocolWorld, choices: Choices, account: int, market: int, is_long: bool, margin: int, leverage: int
) -> Arguments:
    protocol, block = world.protocol, world.block
    return draw_terms(choices, lambda: quote_open(protocol, block, account, market, is_long, margin, leverage))


def _draw_exit_terms(world: ProtocolWorld, choices: Choices, account: int, market: int, size: int) -> Arguments:
    return draw_terms(choices, lambda: quote_decrease(world.protocol, world.block, account, market, size))


def draw_open(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A trader with cash opens where there is no position yet, mostly."""
    owner, index = draw_account(choices)
    rich = [key for key, account in world.protocol.accounts.items() if account.cash > WAD]
    if rich and choices.integer(1, 20) > 1:
        account = choices.pick(rich)
        owner, index = world.find_owner(account)
    account = world.account(owner, index)
    market = draw_listed(world, choices)
    free = [
        key
        for key, state in world.protocol.markets.items()
        if state.status == OPEN and (account, key) not in world.protocol.positions
    ]
    if free and choices.integer(1, 25) > 1:
        market = choices.pick(free)
    is_long, leverage = bool(choices.integer(0, 1)), draw_leverage(world, choices, market)
    sender, margin = draw_sender(choices, owner), draw_margin(world, choices, account, market, is_long, leverage)
    return {
        "sender": sender,
        "owner": owner,
        "index": index,
        "market": market,
        "is_long": is_long,
        "margin": margin,
        "leverage": leverage,
        **_draw_entry_terms(world, choices, account, market, is_long, margin, leverage),
    }


def draw_increase(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position grows."""
    owner, index, market, position = draw_position(world, choices)
    is_long, leverage = position is not None and position.is_long, draw_leverage(world, choices, market)
    account, sender = world.account(owner, index), draw_sender(choices, owner)
    margin = draw_margin(world, choices, account, market, is_long, leverage)
    return {
        "sender": sender,
        "owner": owner,
        "index": index,
        "market": market,
        "margin": margin,
        "leverage": leverage,
        **_draw_entry_terms(world, choices, account, market, is_long, margin, leverage),
    }


def draw_decrease(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position shrinks, by anything up to all of it and one more."""
    owner, index, market, position = draw_position(world, choices)
    account, size = world.account(owner, index), position.size if position else WAD
    kind = choices.integer(0, 9)
    if kind == 0:
        closed = near(choices, size)
    elif kind == 1:
        closed = choices.pick(EXTREMES)
    elif kind == 2 and position:
        closed = near(choices, size - size * MIN_NOTIONAL // max(position.entry_notional, 1))
    elif kind == 3 and position:
        edge = find_edge(
            0,
            size,
            lambda part: (
                part == 0 or try_call(world, process_decrease, world.keys[owner], account, market, part, Terms(WAD))
            ),
        )
        closed = near(choices, edge)
    elif kind == 4:
        closed = size * choices.integer(1, 20) // 10_000
    else:
        closed = size * choices.integer(1, 99) // 100
    return {
        "sender": draw_sender(choices, owner),
        "owner": owner,
        "index": index,
        "market": market,
        "size": closed,
        **_draw_exit_terms(world, choices, account, market, closed),
    }


def draw_close(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position is closed."""
    owner, index, market, position = draw_position(world, choices)
    sender, size = draw_sender(choices, owner), position.size if position else 0
    terms = _draw_exit_terms(world, choices, world.account(owner, index), market, size)
    return {"sender": sender, "owner": owner, "index": index, "market": market, **terms}


def draw_add_margin(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position gets margin."""
    owner, index, market, _ = draw_position(world, choices)
    cash = world.protocol.account(world.account(owner, index)).cash
    kind = choices.integer(0, 9)
    amount = near(choices, cash) if kind == 0 else choices.pick(EXTREMES) if kind == 1 else cash * kind // 100
    return {"sender": draw_sender(choices, owner), "owner": owner, "index": index, "market": market, "amount": amount}


def draw_remove_margin(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position loses margin: any, or exactly all that it may lose, and one wei more."""
    owner, index, market, position = draw_position(world, choices)
    account = world.account(owner, index)
    most = max(position.margin, 0) if position else WAD
    kind = choices.integer(0, 9)
    if kind == 0:
        amount = choices.pick(EXTREMES)
    elif kind <= 2 and position:
        amount = find_edge(
            0,
            most,
            lambda some: some == 0 or try_call(world, process_remove_margin, world.keys[owner], account, market, some),
        ) + choices.pick((0, 0, 0, 1))
    else:
        amount = most * choices.integer(1, 100) // 100
    return {"sender": draw_sender(choices, owner), "owner": owner, "index": index, "market": market, "amount": amount}


def draw_liquidate(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position that can be liquidated, if there is one."""
    owner, index, market, _ = draw_position(world, choices)
    due = [
        (account, key)
        for account, key in world.position_keys()
        if world.protocol.markets[key].status != WOUND_DOWN and _is_due(world, account, key)
    ]
    if due and choices.integer(1, 20) > 1:
        account, market = choices.pick(due)
        owner, index = world.find_owner(account)
    sender = choices.pick((KEEPER, KEEPER, KEEPER, owner if owner <= RECEIVER else KEEPER, *TRADERS[:2]))
    return {"sender": sender, "owner": owner, "index": index, "market": market}


def _is_due(world: ProtocolWorld, account: int, market: int) -> bool:
    state = world.protocol.markets[market]
    position = world.protocol.positions[account, market]
    if not state.is_guarded and market in world.precompile.subnets:
        spot = world.precompile.subnets[market].calculate_spot()
        if spot < AMOUNT_BOUND and spot != state.mark:
            probe: Protocol = copy_protocol(world.protocol)
            probe.markets[market] = replace(state, mark=spot)
            return calculate_position_kind(probe, market, position) != HEALTHY
    return calculate_position_kind(world.protocol, market, position) != HEALTHY
