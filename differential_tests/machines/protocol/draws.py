"""How the steps of the protocol machine are chosen: towards every outcome and state, and the edges between them."""

from collections.abc import Callable
from typing import Any

from differential_tests.fuzzer.actions import Choices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.core import RECEIVER, TRADERS
from differential_tests.machines.protocol.invariants import (
    calculate_position_equity,
    calculate_position_kind,
    copy_protocol,
)
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.errors import MegaTAOError
from reference.math.alpha import DYNAMIC, ONE_TAO, PRICE_STEP
from reference.math.funding import FUNDING_INTERVAL, MAX_FUNDING_ELAPSED
from reference.math.liquidation import HEALTHY
from reference.math.margin import calculate_liquidation_price_down, calculate_pnl
from reference.math.mark import ALPHA_BAND, INDEX_BAND
from reference.math.units import AMOUNT_BOUND, MAX_WORD, RAO, WAD, mul_div_down
from reference.modules.decrease import process_decrease
from reference.modules.margin import process_remove_margin
from reference.modules.market import DEAD_PERIOD
from reference.modules.open import process_increase, process_open
from reference.oracles.alpha_precompile import SETTABLE_PRICE, Mode, Question
from reference.state.records import GENERATION, INDEX_KEY, MIN_NOTIONAL, OPEN, WOUND_DOWN, Position
from reference.state.storage import Protocol

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


def try_call(world: ProtocolWorld, process: Callable[..., object], *arguments: int) -> bool:
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
        owner, index = world.keys.index(account >> 96), account % 2**96
        return owner, index, market, world.protocol.positions[account, market]
    owner, index = draw_account(choices)
    return owner, index, draw_listed(world, choices), None


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
        room = mul_div_down(state.pool, protocol.parameters[market].open_interest_cap, WAD)
        room -= mul_div_down(state.side(is_long).size, state.mark, WAD)
        return max(room, 0) * WAD // leverage * choices.integer(98, 102) // 100
    if kind == 4 and leverage:
        return protocol.vault.cash * choices.integer(40, 60) // 100 * WAD // leverage
    if kind == 5:
        return find_edge(
            0, cash, lambda margin: margin == 0 or _would_grow(world, account, market, is_long, margin, leverage)
        ) + choices.pick((0, 1))
    if leverage:
        cash = min(cash, protocol.vault.cash // 2 * WAD // leverage or cash)
    return cash * choices.pick((1, 3, 10, 20, 30, 50, 80)) // 100


def _would_grow(world: ProtocolWorld, account: int, market: int, is_long: bool, margin: int, leverage: int) -> bool:
    owner = account >> 96
    if (account, market) in world.protocol.positions:
        return try_call(world, process_increase, owner, account, market, margin, leverage, WAD)
    return try_call(world, process_open, owner, account, market, is_long, margin, leverage, WAD)


def draw_open(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A trader with cash opens where there is no position yet, mostly."""
    owner, index = draw_account(choices)
    rich = [key for key, account in world.protocol.accounts.items() if account.cash > WAD]
    if rich and choices.integer(1, 20) > 1:
        account = choices.pick(rich)
        owner, index = world.keys.index(account >> 96), account % 2**96
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
    return {
        "sender": draw_sender(choices, owner),
        "owner": owner,
        "index": index,
        "market": market,
        "is_long": is_long,
        "margin": draw_margin(world, choices, account, market, is_long, leverage),
        "leverage": leverage,
        "max_slippage": draw_slippage(choices),
    }


def draw_increase(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position grows."""
    owner, index, market, position = draw_position(world, choices)
    is_long, leverage = position is not None and position.is_long, draw_leverage(world, choices, market)
    return {
        "sender": draw_sender(choices, owner),
        "owner": owner,
        "index": index,
        "market": market,
        "margin": draw_margin(world, choices, world.account(owner, index), market, is_long, leverage),
        "leverage": leverage,
        "max_slippage": draw_slippage(choices),
    }


def draw_decrease(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position shrinks, by anything up to all of it and one more."""
    owner, index, market, position = draw_position(world, choices)
    size = position.size if position else WAD
    kind = choices.integer(0, 9)
    if kind == 0:
        closed = near(choices, size)
    elif kind == 1:
        closed = choices.pick(EXTREMES)
    elif kind == 2 and position:
        closed = near(choices, size - size * MIN_NOTIONAL // max(position.entry_notional, 1))
    elif kind == 3 and position:
        account = world.account(owner, index)
        closed = near(
            choices,
            find_edge(
                0,
                size,
                lambda part: part == 0 or try_call(world, process_decrease, account >> 96, account, market, part, WAD),
            ),
        )
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
        "max_slippage": draw_slippage(choices),
    }


def draw_close(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A position is closed."""
    owner, index, market, _ = draw_position(world, choices)
    sender = draw_sender(choices, owner)
    return {"sender": sender, "owner": owner, "index": index, "market": market, "max_slippage": draw_slippage(choices)}


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
            lambda some: some == 0 or try_call(world, process_remove_margin, account >> 96, account, market, some),
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
        owner, index = world.keys.index(account >> 96), account % 2**96
    sender = choices.pick((KEEPER, KEEPER, KEEPER, owner if owner <= RECEIVER else KEEPER, *TRADERS[:2]))
    return {"sender": sender, "owner": owner, "index": index, "market": market}


def _is_due(world: ProtocolWorld, account: int, market: int) -> bool:
    state = world.protocol.markets[market]
    position = world.protocol.positions[account, market]
    if not state.is_guarded and market in world.precompile.subnets:
        spot = world.precompile.subnets[market].calculate_spot()
        if spot < AMOUNT_BOUND and spot != state.mark:
            probe: Protocol = copy_protocol(world.protocol)
            probe.markets[market] = state.copy()
            probe.markets[market].mark = spot
            return calculate_position_kind(probe, market, position) != HEALTHY
    return calculate_position_kind(world.protocol, market, position) != HEALTHY


def draw_push(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Spot is pushed for one call."""
    owner, index, market, _ = draw_position(world, choices)
    price = draw_price(world, choices, market % 2**16)
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
    }


# ------------------------------------------------------------ prices and time


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


def draw_set_prices(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Several prices move in one block."""
    netuids = [netuid for netuid in NETUIDS if choices.integer(0, 1)]
    prices = [draw_price(world, choices, netuid) for netuid in netuids]
    return {"netuids": netuids, "prices": prices, "other_sum": draw_other_sum(world, choices)}


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
    limit = choices.pick((3_600, FUNDING_INTERVAL, DEAD_PERIOD, MAX_FUNDING_ELAPSED, 7 * 86_400))
    dead = [market.dead_since for market in world.protocol.markets.values() if market.dead_since]
    seconds = limit + choices.pick((0, -1, 1))
    if dead and choices.integer(0, 1):
        left = choices.pick(dead) + DEAD_PERIOD - world.block.timestamp + choices.pick((0, -1, 1))
        seconds = left if left > 0 else seconds
    return {"blocks": choices.pick((1, 1, max(1, min(seconds, 5)))), "seconds": seconds}


def draw_drift(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market is touched again and again: a guarded mark follows spot, funding eats margins."""
    market = draw_listed(world, choices)
    subnet = world.precompile.subnets.get(market % 2**16)
    price = draw_price(world, choices, market % 2**16)
    if subnet and choices.integer(0, 1):
        price = subnet.price * choices.integer(995, 1005) // 1000
    return {
        "market": market,
        "price": price,
        "rounds": choices.integer(1, 12),
        "seconds": choices.pick((60, 60, FUNDING_INTERVAL, MAX_FUNDING_ELAPSED)),
    }
