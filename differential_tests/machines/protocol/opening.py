"""How a scenario of the protocol machine begins: prices, markets, a vault, traders, and at times a plot."""

from collections.abc import Callable
from math import log

from differential_tests.fuzzer.actions import Choices, Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import KEYS, NETUIDS, POOL_RAO, Arguments
from differential_tests.machines.protocol.draws.depositors import draw_depositors
from differential_tests.machines.protocol.roles import ADMIN, RECEIVER, TRADERS, TREASURY
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.funding import MAX_FUNDING_ELAPSED
from reference.math.hidden import HOLD
from reference.math.liquidation import ARRIVED_FOR
from reference.math.mark import ALPHA_MAX_ELAPSED, ALPHA_TAU
from reference.math.units import RAO, WAD
from reference.oracles.alpha_precompile import calculate_even_alpha_down
from reference.presets import INDEX_POOL
from reference.state.records import INDEX_KEY, MAX_POSITIONS

SIZES = (0, 10, 100, 1_000, 3_000, 10_000, 100_000)
"""Cash of the vault (TAO)."""


CROWD = 30
"""Of sixty scenarios this is the number of the one in which an account is in every market; those before have plots."""


def draw_opening(choices: Choices) -> list[Step]:
    """The first steps of a scenario."""
    prices = {netuid: choices.integer(1, 40) * ONE_TAO // 40 for netuid in NETUIDS}
    steps = [draw_subnet(netuid, price) for netuid, price in prices.items()]
    steps += [draw_first_pool(choices, netuid, price) for netuid, price in prices.items() if choices.integer(0, 2) == 0]
    steps.append(Step("set_prices", {"netuids": [], "prices": [], "other_sum": choices.integer(1, 40) * ONE_TAO // 10}))
    if choices.integer(0, 7):
        steps.append(Step("init_ema", {"account": ADMIN}))
    plot = choices.integer(0, 59)
    steps += draw_markets(choices, is_plot=plot < CROWD)
    if choices.integer(0, 3):
        steps.append(Step("advance", {"blocks": 5, "seconds": HOLD}))
    size = choices.pick(SIZES)
    steps.append(Step("seed", {"sender": TREASURY, "value": max(size, 1) * WAD}))
    if choices.integer(0, 2):
        steps += draw_depositors(choices, size)
    if choices.integer(0, 1):
        steps.append(Step("donate", {"sender": KEEPER, "to_insurance": True, "value": max(size // 20, 1) * WAD}))
    scale = max(choices.pick((size // 10, size, 1_000)), 1)
    for trader in (*TRADERS, RECEIVER):
        amount = choices.integer(1, 20) * scale * WAD // 10
        steps.append(Step("deposit", {"sender": KEEPER, "owner": trader, "index": 0, "value": amount}))
    if plot < CROWD:
        return steps + PLOTS[plot % len(PLOTS)](choices, prices, max(min(size, 3_000), 1) * WAD)
    if plot == CROWD:
        return [*steps, Step("crowd", {"owner": TRADERS[0], "count": MAX_POSITIONS + 1})]
    for trader in (*TRADERS, RECEIVER):
        if choices.integer(0, 2):
            margin = min(size, 10_000) * WAD * choices.integer(1, 8) // 100
            is_long, leverage = bool(choices.integer(0, 2)), choices.integer(10, 50) * WAD // 10
            steps.append(open_step(trader, choices.pick(KEYS), is_long, margin, leverage))
    return steps


def draw_markets(choices: Choices, is_plot: bool) -> list[Step]:
    """Most markets are listed. In a plot the first three are: two that are published, and one that is guarded.

    At times the pool of MTSOS then moves.
    """
    steps, fixed = [], dict.fromkeys(NETUIDS[:2], False) | {NETUIDS[2]: True} if is_plot else {}
    for market in KEYS:
        if market in fixed or choices.integer(0, 3):
            preset = "index" if market == INDEX_KEY else choices.pick(("beta", "current"))
            preset = "current" if fixed.get(market) else preset
            is_guarded = fixed.get(market, bool(choices.integer(0, 1)))
            weight = choices.pick((0, 0, WAD // 2, WAD))
            steps.append(list_step(market, is_guarded, preset, weight))
    return steps if choices.integer(0, 7) else steps + draw_pool_moves(choices)


def draw_pool_moves(choices: Choices) -> list[Step]:
    """The pool of MTSOS moves, and moves back within a day or at its end."""
    arguments: Arguments = {"sender": ADMIN, "market": INDEX_KEY, "field": "pool"}
    first, second = [Step("set_parameter", {**arguments, "amount": pool}) for pool in (INDEX_POOL // 2, INDEX_POOL)]
    return [first, Step("advance", {"blocks": 1, "seconds": choices.pick((12, 86_399, 86_400))}), second]


def draw_subnet(netuid: int, price: int) -> Step:
    """A subnet with a pool."""
    return Step("set_subnet", {"netuid": netuid, "price": price, "mechanism": DYNAMIC, "pool_rao": POOL_RAO})


def draw_first_pool(choices: Choices, netuid: int, price: int) -> Step:
    """A pool that has been traded in for years, and whose weights have drifted."""
    alpha = calculate_even_alpha_down(POOL_RAO, price) * choices.pick((100, 92, 91, 90, 80, 60, 120, 200)) // 100
    counter = choices.pick((0, choices.integer(0, 100) * POOL_RAO, choices.integer(0, 2**63), 2**64 - 50 * POOL_RAO))
    arguments = {"netuid": netuid, "price": price, "pool_rao": POOL_RAO, "alpha_rao": alpha, "volume": counter}
    return Step("set_pool", arguments)


def list_step(market: int, is_guarded: bool, preset: str, weight: int = 0) -> Step:
    """A market is listed under a preset, its funding weighed by the utilization (WAD) or not."""
    arguments: Arguments = {"sender": ADMIN, "market": market, "is_guarded": is_guarded, "preset": preset}
    return Step("list_market", {**arguments, "field": "funding_weight" if weight else "", "amount": weight})


def open_step(trader: int, market: int, is_long: bool, margin: int, leverage: int) -> Step:
    """A trader opens."""
    arguments: Arguments = {"sender": trader, "owner": trader, "index": 0, "market": market, "is_long": is_long}
    return Step("open", {**arguments, "margin": margin, "leverage": leverage, "max_slippage": WAD})


BLOCK = Step("advance", {"blocks": 1, "seconds": 12})


def open_all(is_long: bool, margin: int, market: int = NETUIDS[0]) -> list[Step]:
    """Everybody opens on one side at 3x, and a block passes."""
    return [*(open_step(trader, market, is_long, margin, 3 * WAD) for trader in (*TRADERS, RECEIVER)), BLOCK]


def draw_rush(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """All are long, the price multiplies, and some close: more than the vault has."""
    steps = open_all(True, vault * 3 // 100)
    steps.append(draw_subnet(NETUIDS[0], prices[NETUIDS[0]] * choices.integer(20, 60) // 10))
    for trader in TRADERS[: choices.integer(1, 4)]:
        arguments = {"sender": trader, "owner": trader, "index": 0, "market": NETUIDS[0], "max_slippage": 10 * WAD}
        steps.append(Step("close", arguments))
    last = TRADERS[-1]
    arguments = {"sender": last, "owner": last, "index": 0, "market": NETUIDS[0], "max_slippage": 10 * WAD}
    return [*steps, Step("decrease", {**arguments, "size": vault // 1_000})]


def draw_long_wait(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """All are on one side, the price goes their way, and funding eats more than the margins."""
    is_long = bool(choices.integer(0, 1))
    steps = open_all(is_long, vault * 2 // 100)
    percent, rounds = choices.integer(101, 180) if is_long else choices.integer(60, 99), choices.integer(3, 12)
    price = prices[NETUIDS[0]] * percent // 100
    arguments = {"market": NETUIDS[0], "price": price, "rounds": rounds, "seconds": MAX_FUNDING_ELAPSED}
    steps.append(Step("drift", arguments))
    for trader in TRADERS[:3]:
        arguments = {"sender": trader, "owner": trader, "index": 0, "market": NETUIDS[0]}
        steps.append(Step("decrease", {**arguments, "size": 10 ** choices.integer(0, 18), "max_slippage": 10 * WAD}))
        steps.append(Step("liquidate", {**arguments, "sender": KEEPER}))
    return steps


def draw_promises(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """Two markets owe their longs so much that utilization is nearly at its limit, and somebody goes on."""
    first, second = NETUIDS[:2]
    steps = [*open_all(True, vault * 11 // 1_000, first), *open_all(True, vault * 11 // 1_000, second)]
    for netuid in (first, second):
        steps.append(draw_subnet(netuid, prices[netuid] * choices.integer(155, 168) // 100))
        steps.append(Step("poke", {"sender": KEEPER, "market": netuid}))
    for _ in range(3):
        arguments: Arguments = {"sender": TRADERS[0], "owner": TRADERS[0], "index": 0, "market": first}
        margin = vault * choices.integer(10, 40) // 1_000
        steps.append(Step("increase", {**arguments, "margin": margin, "leverage": 2 * WAD, "max_slippage": WAD}))
    return steps


def draw_end(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """A market falls or rises, its feed dies, a day later it is wound down, and all its positions are closed."""
    market = NETUIDS[0]
    steps = open_all(bool(choices.integer(0, 1)), vault * 2 // 100)
    price = prices[market] * choices.integer(40, 170) // 100
    steps += [draw_subnet(market, price), Step("poke", {"sender": KEEPER, "market": market})]
    steps.append(Step("set_subnet", {"netuid": market, "price": price, "mechanism": 0, "pool_rao": 0}))
    steps += [Step("poke", {"sender": KEEPER, "market": market}), Step("advance", {"blocks": 1, "seconds": 86_400})]
    steps.append(Step("wind_down", {"sender": KEEPER, "market": market}))
    for trader in TRADERS[:3]:
        arguments = {"sender": KEEPER, "owner": trader, "index": 0, "market": market}
        steps.append(Step("close_wound_down", arguments))
    steps.append(draw_subnet(market, price))
    return steps


def draw_pull_back(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """A guarded price falls or rises for good, and is pushed back to where it was for a call: known by then, or not."""
    market = NETUIDS[2]
    steps = [Step("advance", {"blocks": 5, "seconds": HOLD})]
    steps += open_all(bool(choices.integer(0, 1)), vault * 2 // 100, market)
    fallen = prices[market] * choices.integer(60, 140) // 100
    arguments: Arguments = {"market": market, "price": fallen, "rounds": choices.integer(0, 3), "seconds": 60}
    steps.append(Step("drift", arguments))
    for trader, what in zip(TRADERS, ("close", "open", "liquidate", "open"), strict=False):
        arguments = {"sender": trader, "owner": trader, "index": 0, "market": market, "price": prices[market]}
        arguments |= {"what": what, "amount": vault // 100 + choices.integer(0, 1)}
        held, is_touched = choices.pick((0, 0, 12, 60)), bool(choices.integer(0, 1))
        steps.append(Step("push", {**arguments, "held": held, "is_touched": is_touched}))
    return steps


def draw_arrival(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """A guarded price moves for good, the mark follows feed by feed, and liquidations wait until it has arrived.

    Or the price has gone so far that the margins are nearly used up before.
    """
    market, is_long = NETUIDS[2], bool(choices.integer(0, 1))
    steps = [Step("advance", {"blocks": 5, "seconds": HOLD})]
    margin = vault * 2 // 100
    steps += [open_step(trader, market, is_long, margin, choices.integer(40, 48) * WAD // 10) for trader in TRADERS]
    way, is_far = choices.integer(5, 14), choices.integer(0, 2) == 0
    price = prices[market] * (100 - way if is_long else 100 + way) // 100
    feeds = int(ALPHA_TAU * log(way / 2) / ALPHA_MAX_ELAPSED) + choices.integer(-20, 12)
    if is_far:
        price, feeds = prices[market] * (50 if is_long else 160) // 100, choices.integer(34, 48)
    arguments: Arguments = {"market": market, "price": price, "rounds": feeds, "seconds": HOLD}
    steps.append(Step("drift", arguments))
    for trader in TRADERS:
        arguments = {"owner": trader, "index": 0, "market": market}
        if choices.integer(0, 2):
            steps.append(Step("liquidate", {**arguments, "sender": KEEPER}))
        else:
            steps.append(Step("close", {**arguments, "sender": trader, "max_slippage": 10 * WAD}))
        if choices.integer(0, 2) == 0:
            steps.append(
                Step("advance", {"blocks": 5, "seconds": ARRIVED_FOR - choices.pick((0, 0, 1, HOLD, HOLD + 1))})
            )
    return steps


def draw_delisting(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """A market with positions is delisted, its price is calm or not, and it is wound down as soon as it can be."""
    market = choices.pick((NETUIDS[2], NETUIDS[2], INDEX_KEY))
    steps = [Step("advance", {"blocks": 5, "seconds": HOLD})]
    steps += open_all(bool(choices.integer(0, 1)), vault * 2 // 100, market)
    steps.append(Step("delist", {"sender": ADMIN, "market": market}))
    if market != INDEX_KEY:
        price = prices[market] * choices.pick((1_000, 1_000, 1_005, 995, 1_020, 900)) // 1_000
        rounds = choices.integer(1, 12)
        steps.append(Step("drift", {"market": market, "price": price, "rounds": rounds, "seconds": HOLD}))
    steps.append(Step("wind_down", {"sender": KEEPER, "market": market}))
    for trader in TRADERS[:3]:
        arguments = {"sender": KEEPER, "owner": trader, "index": 0, "market": market}
        steps.append(Step("close_wound_down", arguments))
    return steps


def draw_straddle(choices: Choices, prices: dict[int, int], vault: int) -> list[Step]:
    """Longs and shorts by turns, in a pool so small that skew and sides come to their caps."""
    market = choices.pick((NETUIDS[0], NETUIDS[2]))
    arguments: Arguments = {"netuid": market, "price": prices[market], "mechanism": DYNAMIC}
    steps = [Step("set_subnet", {**arguments, "pool_rao": vault * 3 // RAO})]
    wait = Step("advance", {"blocks": 5, "seconds": HOLD})
    steps += [wait, Step("poke", {"sender": KEEPER, "market": market}), wait]
    for turn, trader in enumerate((*TRADERS, *TRADERS)):
        margin = vault * choices.integer(10, 40) // 1_000
        steps.append(open_step(trader, market, turn % 2 == 0, margin, choices.integer(20, 30) * WAD // 10))
        arguments = {"sender": trader, "owner": trader, "index": 0, "market": market, "margin": margin}
        steps.append(Step("increase", {**arguments, "leverage": 2 * WAD, "max_slippage": WAD}))
    return steps


PLOTS: tuple[Callable[[Choices, dict[int, int], int], list[Step]], ...] = (
    draw_rush,
    draw_long_wait,
    draw_promises,
    draw_end,
    draw_rush,
    draw_long_wait,
    draw_pull_back,
    draw_straddle,
    draw_arrival,
    draw_delisting,
)
