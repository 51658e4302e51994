"""What the oracle machine can do, and how its steps are chosen: towards every outcome, and the edges between them."""

from typing import Any

from differential_tests.fuzzer.actions import Action, ActionTable, Choices, Step, Value
from differential_tests.machines.oracle.machine import INITIALIZER, KEEPER, LOW_GAS, TRADER, OracleWorld
from reference.math.alpha import DYNAMIC, ONE_TAO, PRICE_STEP, ROOT_NETUID
from reference.math.ema import INDEX_MAX_ELAPSED, INDEX_TAU
from reference.math.hidden import HOLD
from reference.math.mark import INDEX_BAND
from reference.math.reading import COUNTER_RESET, PRICE_OUT_OF_BAND, RESERVE_BOUND, VOLUME_BOUND
from reference.math.units import AMOUNT_BOUND, RAO
from reference.oracles.alpha_precompile import SETTABLE_PRICE, UNKNOWN, Mode, Question
from reference.oracles.feed import INDEX_GAS

NETUIDS = (0, 4, 34, 64, 65_535)
"""The subnets of a scenario: root, three others, the last netuid."""
FIRST_PRICE = 25 * 10**16
POOL_RAO = 50_000 * 10**9


def draw_price(world: OracleWorld, choices: Choices, netuid: int) -> int:
    """A price for a subnet (WAD): near the last one, far from it, or at an edge."""
    subnet = world.precompile.subnets.get(netuid)
    last = (subnet.price if subnet else 0) or FIRST_PRICE
    kind = choices.integer(0, 11)
    if kind <= 3:
        return last * choices.integer(980, 1020) // 1000
    if kind <= 5:
        return min(last * choices.integer(20, 500) // 100, SETTABLE_PRICE - 1)
    if kind == 6:
        return ONE_TAO + choices.pick((0, 0, -1, 1, PRICE_STEP, -PRICE_STEP))
    if kind == 7:
        return choices.pick((0, 1, PRICE_STEP - 1, PRICE_STEP, 2 * PRICE_STEP))
    if kind == 8:
        return choices.pick((2**94, 2**112, SETTABLE_PRICE - 1, SETTABLE_PRICE, choices.integer(0, SETTABLE_PRICE)))
    return choices.integer(1, 2 * ONE_TAO)


def draw_set_subnet(world: OracleWorld, choices: Choices) -> dict[str, Any]:
    """A subnet appears, changes, or is gone."""
    netuid = choices.pick(NETUIDS)
    kind = choices.integer(0, 9)
    if kind == 0:
        return {"netuid": netuid, "price": 0, "mechanism": 0, "pool_rao": 0}
    return {
        "netuid": netuid,
        "price": max(draw_price(world, choices, netuid), 0),
        "mechanism": choices.pick((0, 2)) if kind == 1 or (netuid == ROOT_NETUID and kind > 2) else DYNAMIC,
        "pool_rao": choices.pick((0, 999, 1_000, POOL_RAO - 1, POOL_RAO, 2**64 - 1)) if kind == 2 else POOL_RAO,
    }


def draw_set_pool(world: OracleWorld, choices: Choices) -> dict[str, Any]:
    """What is in a pool and its counter change: a bit, to an edge, or to anything."""
    netuid = choices.pick(NETUIDS)
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    return {
        "netuid": netuid,
        "price": max(draw_price(world, choices, netuid), 0),
        "pool_rao": choices.pick((POOL_RAO, POOL_RAO, 0, 2**56 - 1, 2**56, 2**64 - 1)),
        "alpha_rao": choices.pick((subnet.alpha_rao, 0, 1, 2**56 - 1, 2**56, 2**64 - 1)),
        "volume": choices.pick(
            (min(subnet.volume + RAO, 2**64), max(subnet.volume - 1, 0), 0, 2**64 - 1, 2**64, 2**128 - 1)
        ),
    }


def draw_set_prices(world: OracleWorld, choices: Choices) -> dict[str, Any]:
    """Several prices move in one block, and the rest of the index with them."""
    known = sorted(world.precompile.subnets)
    netuids = [netuid for netuid in known if choices.integer(0, 1)]
    others = world.precompile.other_sum
    return {
        "netuids": netuids,
        "prices": [max(draw_price(world, choices, netuid), 0) for netuid in netuids],
        "other_sum": choices.pick(
            (others, others, others + ONE_TAO // 100, others * 98 // 100, 2 * ONE_TAO, 0, SETTABLE_PRICE)
        ),
    }


def draw_mode(_: OracleWorld, choices: Choices) -> dict[str, Any]:
    """One view of the precompile fails in one of its ways, or works again."""
    modes = (Mode.NORMAL, Mode.NORMAL, Mode.NORMAL, Mode.NORMAL, *Mode)
    return {"question": choices.pick(tuple(Question)).value, "mode": int(choices.pick(modes))}


def draw_advance(_: OracleWorld, choices: Choices) -> dict[str, Any]:
    """Time passes: blocks as the chain makes them, or a gap around one of the limits."""
    if choices.integer(0, 2):
        blocks = choices.integer(1, 5)
        return {"blocks": blocks, "seconds": 12 * blocks}
    limit = choices.pick((1, INDEX_MAX_ELAPSED, 86_400, INDEX_TAU))
    seconds = limit + choices.pick((0, -1, 1))
    return {"blocks": choices.pick((1, 1, max(1, min(seconds, 5)))), "seconds": seconds}


def draw_read_with_gas(_: OracleWorld, choices: Choices) -> dict[str, Any]:
    """A subnet, or the sum, with gas from nearly nothing to enough."""
    most = choices.pick((LOW_GAS[1], 200_000, 600_000, INDEX_GAS, 4 * INDEX_GAS))
    return {"netuid": choices.pick((*NETUIDS, 5)), "gas": choices.integer(22_000, most)}


def draw_read_alpha(_: OracleWorld, choices: Choices) -> dict[str, Any]:
    """Any subnet, around the pool's size."""
    min_pool = choices.pick((0, POOL_RAO * RAO, POOL_RAO * RAO + 1, 2**256 - 1))
    return {"netuid": choices.pick((*NETUIDS, 5)), "min_pool": min_pool, "strict": bool(choices.integer(0, 1))}


def draw_observe(world: OracleWorld, choices: Choices) -> dict[str, Any]:
    """A subnet against readings around what it is now, of any age around the least one that counts."""
    netuid = choices.pick(NETUIDS)
    subnet = world.precompile.subnets.get(netuid, UNKNOWN)
    pool, counter = min(subnet.pool_rao, RESERVE_BOUND - 1), min(subnet.volume, VOLUME_BOUND - 1)
    readings = []
    for _ in range(2):
        tao = choices.pick((pool, pool * choices.integer(50, 100) // 100, pool * 101 // 100, 0, RESERVE_BOUND - 1))
        moved = choices.pick((0, abs(pool - tao), choices.integer(0, 2 * pool), -1))
        readings.append([min(tao, RESERVE_BOUND - 1), min(max(counter - moved, 0), VOLUME_BOUND - 1)])
    mark = min(max(subnet.price * choices.integer(90, 110) // 100, 1), AMOUNT_BOUND - 1)
    return {
        "netuid": netuid,
        "min_pool": choices.pick((0, POOL_RAO * RAO, POOL_RAO * RAO + 1)),
        "later": readings[0],
        "earlier": readings[1],
        "age": choices.pick((HOLD - 1, HOLD, HOLD + 1, choices.integer(0, 1_000))),
        "mark": mark,
        "previous_spot": choices.pick((mark, min(max(subnet.price, 1), AMOUNT_BOUND - 1))),
        "elapsed": choices.pick((0, 1, 12, 60, 61, 86_400)),
    }


def draw_observe_index(world: OracleWorld, choices: Choices) -> dict[str, Any]:
    """MTSOS with a mark near its sum or anywhere, and gaps up to the band."""
    spot = min(max(world.precompile.index_sum + world.precompile.other_sum, 1), AMOUNT_BOUND - 1)
    mark = min(max(spot * choices.pick((50, 67, 100, 150, choices.integer(20, 300))) // 100, 1), AMOUNT_BOUND - 1)
    return {
        "mark": mark,
        "previous_spot": choices.pick((mark, spot)),
        "gap_up": choices.integer(0, INDEX_BAND),
        "gap_down": choices.pick((0, INDEX_BAND)),
        "elapsed": choices.pick((0, 1, 3_599, 3_600, 3_601, 86_400)),
    }


TABLE = ActionTable(
    [
        Action("set_subnet", 10, draw_set_subnet, OracleWorld.set_subnet),
        Action("set_pool", 4, draw_set_pool, OracleWorld.set_pool),
        Action("set_prices", 8, draw_set_prices, OracleWorld.set_prices),
        Action("set_mode", 3, draw_mode, OracleWorld.set_mode),
        Action("advance", 16, draw_advance, OracleWorld.advance),
        Action(
            "init_ema",
            1,
            lambda _, c: {"account": c.pick((INITIALIZER, INITIALIZER, KEEPER, TRADER))},
            OracleWorld.init_ema,
        ),
        Action("update_index", 8, lambda _w, _c: {}, OracleWorld.update_index),
        Action("index_price", 1, lambda _w, _c: {}, OracleWorld.index_price),
        Action("read_alpha", 3, draw_read_alpha, OracleWorld.read_alpha),
        Action("read_with_gas", 2, draw_read_with_gas, OracleWorld.read_with_gas),
        Action("read_index", 2, lambda _, c: {"strict": bool(c.integer(0, 1))}, OracleWorld.read_index),
        Action("observe", 6, draw_observe, OracleWorld.observe),
        Action(
            "validate_reading", 1, lambda _, c: {"cause": c.integer(0, COUNTER_RESET)}, OracleWorld.validate_reading
        ),
        Action("observe_index", 4, draw_observe_index, OracleWorld.observe_index),
        Action(
            "validate_refusal",
            2,
            lambda _, c: {"refusal": c.integer(0, PRICE_OUT_OF_BAND)},
            OracleWorld.validate_refusal,
        ),
        Action("validate_scale", 1, lambda _w, _c: {}, OracleWorld.validate_scale),
    ],
    [
        Value("account", INITIALIZER, TRADER),
        Value("blocks", 1, 10**6),
        Value("seconds", 0, 10**12),
        Value("later", 0, VOLUME_BOUND - 1),
        Value("earlier", 0, VOLUME_BOUND - 1),
        Value("age", 0, 10**9),
        Value("mark", 1, AMOUNT_BOUND - 1),
        Value("previous_spot", 1, AMOUNT_BOUND - 1),
        Value("elapsed", 0, 2**40 - 1),
        Value("cause", 0, COUNTER_RESET),
        Value("refusal", 0, PRICE_OUT_OF_BAND),
        Value("gap_up", 0, INDEX_BAND),
        Value("gap_down", 0, INDEX_BAND),
        Value("gas", 21_000, 10**9),
        Value("netuid", 0, 2**16 - 1),
        Value("netuids", 0, 2**16 - 1),
        Value("mode", min(Mode), max(Mode)),
        Value("pool_rao", 0, 2**64 - 1),
        Value("alpha_rao", 0, 2**64 - 1, is_optional=True),
        Value("volume", 0, 2**128 - 1, is_optional=True),
    ],
)


def draw_opening(choices: Choices) -> list[Step]:
    """The first steps of a scenario: subnets with pools, the index started."""
    steps = []
    for netuid in NETUIDS[1:]:
        price = choices.integer(1, 40) * FIRST_PRICE // 10
        arguments = {"netuid": netuid, "price": price, "mechanism": DYNAMIC, "pool_rao": POOL_RAO}
        steps.append(Step("set_subnet", arguments))
    if choices.integer(0, 7):
        steps.append(Step("init_ema", {"account": INITIALIZER}))
    return steps
