"""What the protocol machine can do, and how often; custody, markets and administration are drawn here."""

from differential_tests.fuzzer.actions import Action, ActionTable, Choices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.core import (
    ADMIN,
    DELAY,
    GUARDIAN,
    INSISTS,
    NOBODY,
    RECEIVER,
    TAKES,
    TRADERS,
    TREASURY,
    UPGRADER,
)
from differential_tests.machines.protocol.draws import (
    EXTREMES,
    KEYS,
    POOL_RAO,
    Arguments,
    draw_account,
    draw_add_margin,
    draw_advance,
    draw_close,
    draw_decrease,
    draw_drift,
    draw_increase,
    draw_liquidate,
    draw_listed,
    draw_mode,
    draw_open,
    draw_position,
    draw_push,
    draw_remove_margin,
    draw_sender,
    draw_set_prices,
    draw_set_subnet,
)
from differential_tests.machines.protocol.shares_draws import ACTIONS, BOUNDS
from differential_tests.machines.protocol.views import NUMBER, ROLE, VIEWS
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.parameters import MAX_RISE
from reference.math.units import AMOUNT_BOUND, RAO, WAD
from reference.oracles.alpha_precompile import SETTABLE_PRICE, Mode
from reference.oracles.feed import INDEX_GAS
from reference.presets import PRESETS
from reference.state.records import DELISTED, GENERATION, INDEX_KEY, MAX_POSITIONS, WOUND_DOWN

MOST = 10**25
"""Most that one call brings in: what an account has is more than a scenario can use (wei)."""

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
)
WITH_ARGUMENTS = ("open", "increase", "decrease", "close", "liquidate", "withdraw", "poke", "list_market", "set_limits")
"""Functions that take arguments and no TAO."""
LOCKED = (
    "open", "increase", "decrease", "close", "add_margin", "remove_margin", "liquidate", "deposit", "withdraw", "seed",
    "donate", "collect_claim", "skim", "list_market", "set_parameters", "poke", "delist", "wind_down",
    "close_wound_down", "offer_admin", "take_admin", "set_guardian", "set_treasury", "set_keeper", "set_limits",
    "set_pause", "clear_bad_debt", "requestDeposit", "requestRedeem", "cancelRequest", "cut_off", "settle",
    "claimRequest", *VIEWS,
)  # fmt: skip
"""Functions that nobody may call while another one runs."""


def draw_amount(choices: Choices) -> int:
    """TAO that comes in (wei): whole rao, mostly."""
    kind = choices.integer(0, 15)
    if kind == 0:
        return choices.pick((0, 1, RAO - 1, RAO, RAO + 1, WAD + 1))
    return choices.integer(1, 9) * 10 ** choices.pick((18, 18, 19, 19, 20, 20, 21, 9, 14))


def draw_deposit(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone pays into an account, now and then up to a cap."""
    owner, index = draw_account(choices)
    protocol, amount = world.protocol, draw_amount(choices)
    kind = choices.integer(0, 19)
    held = protocol.account(world.account(owner, index))
    room = protocol.account_cap - held.cash - held.margin
    if kind == 1:
        room = protocol.global_cap - protocol.free_cash - protocol.margins
    if kind <= 1 and 0 < room < MOST:
        amount = room // RAO * RAO + choices.pick((0, RAO))
    sender = owner if owner != RECEIVER and choices.integer(0, 4) else choices.integer(0, RECEIVER)
    if choices.integer(0, 60) == 0:
        owner = NOBODY
    return {"sender": sender, "owner": owner, "index": index, "value": amount}


def draw_withdraw(world: ProtocolWorld, choices: Choices) -> Arguments:
    """An account with cash pays out some of it, all of it, or a rao more."""
    owner, index = draw_account(choices)
    rich = [key for key, account in world.protocol.accounts.items() if account.cash]
    if rich and choices.integer(0, 15):
        account = choices.pick(rich)
        if choices.integer(0, 2) == 0:
            account = next((key for key in rich if key >> 96 == world.keys[RECEIVER]), account)
        owner, index = world.keys.index(account >> 96), account % 2**96
    cash = world.protocol.account(world.account(owner, index)).cash
    kind = choices.integer(0, 7)
    if kind == 0:
        amount = choices.pick((*EXTREMES, RAO - 1, RAO))
    elif kind == 1:
        amount = cash // RAO * RAO + choices.pick((0, 0, RAO, 1))
    else:
        amount = cash * kind // 20 // RAO * RAO
    return {"sender": draw_sender(choices, owner), "owner": owner, "index": index, "amount": amount}


def draw_seed(_: ProtocolWorld, choices: Choices) -> Arguments:
    """The treasury fills the vault."""
    sender = TREASURY if choices.integer(0, 9) else choices.integer(0, RECEIVER)
    return {"sender": sender, "value": draw_amount(choices)}


def draw_donate(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone gives; often what feeds a part of the claims."""
    vault, amount = world.protocol.vault, draw_amount(choices)
    unfed = vault.claimed - vault.fed
    if unfed and choices.integer(0, 2):
        amount = unfed * choices.pick((20, 50, 100, 150)) // 100 // RAO * RAO + RAO
    sender = choices.integer(0, RECEIVER)
    return {"sender": sender, "to_insurance": bool(choices.integer(0, 1)), "value": min(amount, MOST)}


def draw_collect(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A claim that is there, mostly."""
    numbers = tuple(world.protocol.claims)
    number = choices.pick(numbers) if numbers and choices.integer(0, 15) else choices.integer(0, 5)
    return {"sender": choices.integer(0, RECEIVER), "number": number}


def draw_program(_: ProtocolWorld, choices: Choices) -> Arguments:
    """What the receiver does."""
    return {"mode": choices.integer(TAKES, INSISTS), "function": choices.pick(LOCKED)}


def draw_field(world: ProtocolWorld, choices: Choices, market: int, field: str) -> int:
    """A value for a parameter: a step from the present one, or next to a bound."""
    now = int(getattr(world.protocol.parameters.get(market, PRESETS["current"]), field))
    kind = choices.integer(0, 9)
    if kind == 0:
        return choices.pick((0, AMOUNT_BOUND, 2**96 - 1, 2**96, 50 * WAD, 51 * WAD, WAD, WAD + RAO))
    if kind == 1:
        return now + 1
    if field in ("min_pool", "pool"):
        return choices.pick((0, POOL_RAO * RAO, 1_000 * WAD, 49_999 * WAD))
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
    raised = [key for key, at in world.protocol.raised_at.items() if at]
    if raised and choices.integer(0, 1):
        amount = world.protocol.parameters[raised[-1]].maintenance + choices.pick((RAO, MAX_RISE))
        return {"sender": sender, "market": raised[-1], "field": "maintenance", "amount": amount}
    return {"sender": sender, "market": market, "field": field, "amount": draw_field(world, choices, market, field)}


def draw_poke(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone touches a market."""
    return {"sender": choices.integer(0, RECEIVER), "market": draw_listed(world, choices)}


def draw_poke_with_gas(world: ProtocolWorld, choices: Choices) -> Arguments:
    """A market is touched with gas from nearly nothing to enough."""
    most = choices.pick((100_000, 300_000, 600_000, INDEX_GAS, 4 * INDEX_GAS))
    return {"market": draw_listed(world, choices), "gas": choices.integer(25_000, most)}


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
        owner, index = world.keys.index(account >> 96), account % 2**96
    return {"sender": choices.integer(0, RECEIVER), "owner": owner, "index": index, "market": market}


def draw_role(world: ProtocolWorld, choices: Choices) -> Arguments:
    """The admin gives a role to someone, mostly to who has it."""
    return {"sender": draw_admin(world, choices), "to": choices.integer(0, NOBODY)}


def draw_admin(world: ProtocolWorld, choices: Choices) -> int:
    """The admin, mostly."""
    return world.find_admin() if choices.integer(0, 4) else choices.integer(0, RECEIVER)


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


def draw_misuse(_: ProtocolWorld, choices: Choices) -> Arguments:
    """A call that can't be."""
    how = choices.pick(("value", "short", "unknown", "empty", "direct"))
    function = choices.pick(("deposit", "seed", "donate") if how == "direct" else WITH_ARGUMENTS)
    return {"sender": choices.pick((KEEPER, *TRADERS)), "function": function, "how": how}


def draw_upgrade(_: ProtocolWorld, choices: Choices) -> Arguments:
    """A module is upgraded, after the delay or a second too early; or cancelled."""
    modules = ("OpenModule", "DecreaseModule", "LiquidationModule", "CustodyModule", "MarketModule", "SharesModule")
    return {
        "module": choices.pick(modules),
        "sender": UPGRADER if choices.integer(0, 5) else choices.integer(0, RECEIVER),
        "seconds": DELAY + choices.pick((0, 0, 0, -1, 1)),
        "canceller": choices.pick((NOBODY, NOBODY, NOBODY, GUARDIAN, UPGRADER, KEEPER)),
    }


def draw_view(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Any view, of what there is."""
    owner, index, market, position = draw_position(world, choices)
    function = choices.pick(tuple(VIEWS))
    number = choices.integer(0, len(world.protocol.claims) + 5)
    requests = tuple(world.protocol.requests)
    if VIEWS[function][2] == (NUMBER, ROLE) and requests and choices.integer(0, 3):
        number, controller = choices.pick(requests)
        owner = world.keys.index(controller)
    return {
        "function": function,
        "owner": owner,
        "index": index,
        "market": market,
        "number": number,
        "is_long": position.is_long if position and choices.integer(0, 9) else bool(choices.integer(0, 1)),
        "amount": choices.pick((WAD, position.size if position else WAD, *EXTREMES)),
        "leverage": choices.pick((WAD, WAD, 3 * WAD, 5 * WAD, 0)),
    }


W = ProtocolWorld
TABLE = ActionTable(
    [
        Action("open", 26, draw_open, W.open),
        Action("increase", 10, draw_increase, W.increase),
        Action("decrease", 10, draw_decrease, W.decrease),
        Action("close", 9, draw_close, W.close),
        Action("add_margin", 4, draw_add_margin, W.add_margin),
        Action("remove_margin", 8, draw_remove_margin, W.remove_margin),
        Action("liquidate", 14, draw_liquidate, W.liquidate),
        Action("push", 3, draw_push, W.push),
        Action("deposit", 6, draw_deposit, W.deposit),
        Action("withdraw", 6, draw_withdraw, W.withdraw),
        Action("seed", 1, draw_seed, W.seed),
        Action("donate", 4, draw_donate, W.donate),
        Action("collect_claim", 6, draw_collect, W.collect_claim),
        Action("skim", 1, lambda _, c: {"sender": c.integer(0, RECEIVER)}, W.skim),
        Action("force_tao", 1, lambda _, c: {"value": RAO * c.integer(1, 10**9)}, W.force_tao),
        Action("program_receiver", 2, draw_program, W.program_receiver),
        Action("list_market", 5, draw_list, W.list_market),
        Action("set_parameter", 3, draw_set_parameter, W.set_parameter),
        Action("poke", 12, draw_poke, W.poke),
        Action("drift", 4, draw_drift, W.drift),
        Action("delist", 1, draw_delist, W.delist),
        Action("wind_down", 2, draw_wind_down, W.wind_down),
        Action("close_wound_down", 4, draw_close_wound_down, W.close_wound_down),
        Action("offer_admin", 1, draw_role, W.offer_admin),
        Action("take_admin", 1, draw_take_admin, W.take_admin),
        Action("set_guardian", 1, draw_role, W.set_guardian),
        Action("set_treasury", 1, draw_role, W.set_treasury),
        Action("set_keeper", 1, draw_set_keeper, W.set_keeper),
        Action("set_limits", 1, draw_set_limits, W.set_limits),
        Action("set_pause", 4, draw_set_pause, W.set_pause),
        Action("clear_bad_debt", 2, lambda w, c: {"sender": draw_admin(w, c)}, W.clear_bad_debt),
        Action("upgrade", 1, draw_upgrade, W.upgrade),
        Action("schedule_wrongly", 1, lambda _, c: {"how": c.pick(("empty", "reserved"))}, W.schedule_wrongly),
        Action("misuse", 2, draw_misuse, W.misuse),
        Action("set_subnet", 6, draw_set_subnet, W.set_subnet),
        Action("set_prices", 20, draw_set_prices, W.set_prices),
        Action("set_mode", 3, draw_mode, W.set_mode),
        Action("update_index", 4, lambda _w, _c: {}, W.update_index),
        Action("init_ema", 1, lambda _, c: {"account": c.pick((ADMIN, KEEPER))}, W.init_ema),
        Action("advance", 26, draw_advance, W.advance),
        Action("poke_with_gas", 2, draw_poke_with_gas, W.poke_with_gas),
        Action("view", 8, draw_view, W.view),
        *ACTIONS,
        Action("crowd", 0, lambda _w, _c: {"owner": TRADERS[0], "count": MAX_POSITIONS + 1}, W.crowd),
    ],
    bounds={
        "account": (0, TRADERS[-1]),
        "sender": (0, RECEIVER),
        "owner": (0, NOBODY),
        "to": (0, NOBODY + 2),
        **BOUNDS,
        "canceller": (0, NOBODY),
        "index": (0, 2**96 - 1),
        "market": (0, 2**160 - 1),
        "blocks": (1, 10**6),
        "seconds": (0, 10**9),
        "rounds": (0, 100),
        "count": (0, 100),
        "gas": (21_000, 10**8),
        "value": (0, MOST),
        "netuid": (0, 2**16 - 1),
        "netuids": (0, 2**16 - 1),
        "mode": (min(Mode), max(Mode)),
        "pool_rao": (0, 2**64 - 1),
        "price": (0, SETTABLE_PRICE),
    },
)
