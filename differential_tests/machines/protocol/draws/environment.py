"""How prices move and time passes, and what else happens around the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import (
    NETUIDS,
    POOL_RAO,
    Arguments,
    draw_listed,
    draw_position,
)
from differential_tests.machines.protocol.invariants import calculate_position_equity
from differential_tests.machines.protocol.roles import (
    DELAY,
    GUARDIAN,
    NOBODY,
    RECEIVER,
    UPGRADER,
)
from reference.math.alpha import DYNAMIC, ONE_TAO, PRICE_STEP
from reference.math.funding import FUNDING_INTERVAL, MAX_FUNDING_ELAPSED
from reference.math.hidden import HOLD
from reference.math.liquidation import ARRIVED_FOR
from reference.math.margin import calculate_liquidation_price_down, calculate_pnl
from reference.math.mark import ALPHA_BAND, INDEX_BAND
from reference.math.units import AMOUNT_BOUND, RAO, WAD
from reference.modules.market import DEAD_PERIOD, END_PERIOD
from reference.modules.shares import CUT_PERIOD, VOID_PERIOD, WINDOW_PERIOD, is_open
from reference.oracles.alpha_precompile import SETTABLE_PRICE, Mode, Question
from reference.oracles.feed import INDEX_GAS
from reference.state.records import GENERATION, INDEX_KEY

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

HELD = (0, 0, 0, 0, 0, 0, 12, 12, HOLD - 1, HOLD, HOLD + 1, ARRIVED_FOR)
"""Seconds for which a push is held."""
MOST_TOUCHED = 6
"""Markets that are poked before a settlement, at most."""


def draw_push(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Spot is pushed for one call, within a block, over its edge, or for longer."""
    owner, index, market, _ = draw_position(world, choices)
    price = draw_price(world, choices, market % 2**16)
    state = world.protocol.markets.get(market)
    if state and choices.integer(0, 2) == 0:  # back to where the mark still is
        price = state.mark // PRICE_STEP * PRICE_STEP
    amount = world.protocol.account(world.account(owner, index)).cash * choices.integer(1, 30) // 100
    what = choices.pick(("open", "close", "liquidate", "poke"))
    return {
        "sender": owner if owner <= RECEIVER else KEEPER,
        "owner": owner,
        "index": index,
        "market": market,
        "price": price,
        "what": what,
        "amount": amount,
        "held": choices.pick(HELD),
        "is_touched": bool(choices.integer(0, 1)),
    }


def draw_price(world: ProtocolWorld, choices: Choices, netuid: int) -> int:
    """A price for a subnet (WAD): near the last one, far from it, where a position is liquidated, or at an edge."""
    subnet = world.precompile.subnets.get(netuid)
    last = (subnet.price if subnet else 0) or ONE_TAO // 4
    kind = choices.integer(0, 23)
    if kind <= 6:
        return last * choices.integer(970, 1030) // 1000
    if kind <= 9:
        return min(max(last * choices.integer(60, 160) // 100, PRICE_STEP), 100 * WAD)
    if kind == 10:
        return min(max(last * choices.integer(10, 500) // 100, PRICE_STEP), 100 * WAD)
    if kind == 11 and choices.integer(0, 3) == 0:
        return choices.pick((0, PRICE_STEP - 1, PRICE_STEP, 2**94, AMOUNT_BOUND, SETTABLE_PRICE - 1))
    held = [(account, market) for account, market in world.position_keys() if market % GENERATION == netuid]
    if held and kind <= 13:
        return draw_profit(world, choices, held[0][1], last)
    if held and kind <= 20:
        return draw_liquidation_price(world, choices, *choices.pick(held))
    market = world.protocol.markets.get(netuid)
    base = market.mark if market else last
    edge = choices.pick((0, ALPHA_BAND, -ALPHA_BAND))
    wanted = base * (WAD + edge) // WAD + choices.pick((0, 0, PRICE_STEP, -PRICE_STEP))
    return min(max(wanted, 0), SETTABLE_PRICE - 1)


def draw_profit(world: ProtocolWorld, choices: Choices, market: int, last: int) -> int:
    """A price far away, on the side where the vault loses."""
    state = world.protocol.markets[market]
    percent = choices.integer(120, 500) if state.longs.size >= state.shorts.size else choices.integer(10, 80)
    return min(max(last * percent // 100, PRICE_STEP), 100 * WAD)


def draw_liquidation_price(world: ProtocolWorld, choices: Choices, account: int, market: int) -> int:
    """The price at which a position falls below one of its thresholds, or has nothing left, and its neighbours."""
    position, parameters = world.protocol.positions[account, market], world.protocol.parameters[market]
    threshold = choices.pick((parameters.maintenance + parameters.buffer, parameters.maintenance, 0))
    mark = world.protocol.markets[market].mark
    settled = calculate_position_equity(world.protocol, market, position)
    settled -= calculate_pnl(position.size, position.entry_notional, mark, position.is_long)
    price = calculate_liquidation_price_down(
        position.size, position.entry_notional, settled, min(threshold, WAD), position.is_long
    )
    kind = choices.integer(0, 5)
    if kind == 0:  # a bit beyond
        price = price * (98 if position.is_long else 102) // 100
    if kind == 1:  # far beyond
        price = price * (75 if position.is_long else 130) // 100
    rounded = price // PRICE_STEP * PRICE_STEP + choices.pick((0, 0, PRICE_STEP, -PRICE_STEP))
    return min(max(rounded, PRICE_STEP), 1_000 * WAD)


def draw_set_subnet(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A subnet changes: mostly its price, now and then its pool or all of it."""
    netuid = choices.pick(NETUIDS)
    kind = choices.integer(0, 19)
    pool = choices.pick((0, 999 * RAO, 1_000 * RAO, 2**64 - 1, 20_000 * RAO, 200_000 * RAO)) if kind <= 2 else POOL_RAO
    mechanism = choices.pick((0, 2)) if kind == 3 else DYNAMIC
    return {
        "netuid": netuid,
        "price": draw_price(world, choices, netuid),
        "mechanism": mechanism,
        "pool_rao": pool,
    }


def draw_prices(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Prices move in one block: of a subnet, of those that are not here, or of all of them."""
    kind, netuids, other_sum = choices.integer(0, 4), list[int](), world.precompile.other_sum
    if kind <= 2:
        netuids = [choices.pick(NETUIDS)]
    elif kind == 4:
        netuids = [netuid for netuid in NETUIDS if choices.integer(0, 1)]
    if kind >= 3:
        other_sum = draw_other_sum(world, choices)
    prices = [draw_price(world, choices, netuid) for netuid in netuids]
    return {"netuids": netuids, "prices": prices, "other_sum": other_sum}


def draw_other_sum(world: ProtocolWorld, choices: Choices) -> int:
    """What the subnets that are not here add to the index: the spot goes near the mark, or to an edge of its band."""
    market = world.protocol.markets.get(INDEX_KEY)
    base = market.mark if market else 2 * ONE_TAO
    edge = choices.pick((0, 0, INDEX_BAND // 20, -INDEX_BAND // 20, INDEX_BAND, -INDEX_BAND))
    wanted = base * (WAD + edge) // WAD + choices.pick((0, 0, PRICE_STEP, -PRICE_STEP))
    return min(max(wanted - world.precompile.index_sum, 0), SETTABLE_PRICE - 1)


def draw_mode(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A view of the precompile fails, or, if one does, mostly works again."""
    broken = [question for question, mode in world.precompile.modes.items() if mode != Mode.NORMAL]
    if broken and choices.integer(0, 3):
        return {"question": choices.pick(broken).value, "mode": int(Mode.NORMAL)}
    return {"question": choices.pick(tuple(Question)).value, "mode": int(choices.pick(tuple(Mode)))}


def draw_advance(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Time passes: blocks as the chain makes them, or up to one of the limits."""
    if choices.integer(0, 3):
        blocks = choices.integer(1, 5)
        return {"blocks": blocks, "seconds": 12 * blocks}
    limit = choices.pick(
        (HOLD, HOLD, ARRIVED_FOR, 3_600, FUNDING_INTERVAL, DEAD_PERIOD, MAX_FUNDING_ELAPSED, END_PERIOD)
    )
    markets = world.protocol.markets.values()
    since = {
        HOLD: [market.read_at for market in markets if market.read_at],
        ARRIVED_FOR: [market.apart_at for market in markets if market.apart_at],
        DEAD_PERIOD: [market.dead_since for market in markets if market.dead_since],
    }
    if since[DEAD_PERIOD] and choices.integer(0, 1):
        limit = DEAD_PERIOD
    seconds = limit + choices.pick((0, -1, 1))
    if since.get(limit):
        period = END_PERIOD if limit == DEAD_PERIOD and choices.integer(0, 2) == 0 else limit
        left = choices.pick(since[limit]) + period - world.block.timestamp + choices.pick((0, -1, 1))
        seconds = left if left > 0 else seconds
    return {"blocks": choices.pick((1, 1, max(1, min(seconds, 5)))), "seconds": seconds}


def draw_drift(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market is touched again and again: a guarded mark follows spot, funding eats margins. Or once, at a limit."""
    market = draw_listed(world, choices)
    subnet, state = world.precompile.subnets.get(market % 2**16), world.protocol.markets.get(market)
    if subnet and state and state.read_at and choices.integer(0, 2) == 0:
        limits = (state.read_at + HOLD, state.apart_at + ARRIVED_FOR, state.apart_at + ARRIVED_FOR)
        limit = choices.pick(limits) + choices.pick((0, -1, 1))
        seconds = max(limit - world.block.timestamp, 1)
        return {"market": market, "price": subnet.price, "rounds": 1, "seconds": seconds}

    price = draw_price(world, choices, market % 2**16)
    if subnet and choices.integer(0, 1):
        price = subnet.price * choices.integer(995, 1005) // 1000
    return {
        "market": market,
        "price": price,
        "rounds": choices.integer(1, 12) if choices.integer(0, 15) else choices.integer(20, 50),
        "seconds": choices.pick((HOLD, HOLD, HOLD, HOLD - 1, FUNDING_INTERVAL, MAX_FUNDING_ELAPSED)),
    }


def draw_poke_with_gas(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market is touched with gas from nearly nothing to enough."""
    most = choices.pick((100_000, 300_000, 600_000, INDEX_GAS, 4 * INDEX_GAS))
    return {"market": draw_listed(world, choices), "gas": choices.integer(25_000, most)}


def draw_upgrade(_: ProtocolWorld, choices: Choices) -> Arguments:
    """A module is upgraded, after the delay or a second too early; or cancelled."""
    modules = ("OpenModule", "DecreaseModule", "LiquidationModule", "CustodyModule", "MarketModule", "SharesModule")
    return {
        "module": choices.pick(modules),
        "sender": UPGRADER if choices.integer(0, 5) else choices.integer(0, RECEIVER),
        "seconds": DELAY + choices.pick((0, 0, 0, -1, 1)),
        "canceller": choices.pick((NOBODY, NOBODY, NOBODY, GUARDIAN, UPGRADER, KEEPER)),
    }


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
