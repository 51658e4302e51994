"""What happens around the protocol in its machine: prices, time, upgrades, misuse, and several calls in one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from differential_tests.chains.base import HALT
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE, list_routes
from differential_tests.fuzzer.actions import Action, Choices, Value
from differential_tests.fuzzer.world import Effect, GasLimit, World, words
from differential_tests.machines.prices import KEEPER, PriceWorld
from differential_tests.machines.protocol.arguments import (
    NUMBER,
    ONE_RAO,
    ONE_UNIT,
    OWNER,
    SENDER,
    name_role,
    show_amount,
)
from differential_tests.machines.protocol.draws import environment as draws
from differential_tests.machines.protocol.draws import pools
from differential_tests.machines.protocol.draws.common import EXTREMES, Arguments, draw_position
from differential_tests.machines.protocol.entries import (
    LOCKED,
    PAYABLE,
    REQUESTS,
    VIEWS,
    WITH_ARGUMENTS,
)
from differential_tests.machines.protocol.pools import emit, swap, swap_to, wash
from differential_tests.machines.protocol.receiver import INSISTS, MOST_ARGUMENTS, TAKES
from differential_tests.machines.protocol.roles import ADMIN, NOBODY, RECEIVER, TRADERS, TREASURY
from reference.errors import CheckFailed, GasLow, MegaTAOError, NotDelegated, SelectorUnknown
from reference.math.alpha import DYNAMIC, PRICE_STEP
from reference.math.hidden import HOLD
from reference.math.units import RAO, WAD
from reference.modules.market import process_poke
from reference.oracles.alpha_precompile import SETTABLE_PRICE, UNKNOWN, Mode
from reference.oracles.feed import INDEX_GAS
from reference.state.records import GENERATION, INDEX_KEY, MAX_POSITIONS

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

# ------------------------------------------------------------ several calls in one step


def push(
    world: ProtocolWorld,
    sender: int,
    owner: int,
    index: int,
    market: int,
    price: int,
    what: str,
    amount: int,
    held: int = 0,
    is_touched: bool = False,
) -> None:
    """A swap pushes spot, one call is made, and a swap brings spot back.

    held: seconds for which it is held before the call; 0: all is in one block. is_touched: the push plants a reading.
    """
    netuid = market % 2**16
    before = world.precompile.subnets.get(netuid, UNKNOWN).price
    swap_to(world, netuid, price)
    if is_touched:
        world.do("poke", KEEPER, market)
    if held:
        world.advance(1, held)
    if what == "open":
        world.do("open", sender, owner, index, market, bool(amount % 2), amount, 2 * WAD, WAD)
    elif what == "close":
        world.do("close", sender, owner, index, market, WAD)
    elif what == "liquidate":
        world.do("liquidate", sender, owner, index, market)
    else:
        world.do("poke", sender, market)
    swap_to(world, netuid, before)


def drift(world: ProtocolWorld, market: int, price: int, rounds: int, seconds: int) -> None:
    """A swap carries the price, where it stays, and the market is touched again and again."""
    swap_to(world, market % 2**16, price)
    for _ in range(rounds):
        world.advance(1, seconds)
        world.do("poke", KEEPER, market)


def crowd(world: ProtocolWorld, owner: int, count: int) -> None:
    """Many markets are listed, and one account opens in all of them."""
    world.do("deposit", KEEPER, owner, 0, WAD)
    world.do("seed", TREASURY, WAD)
    for netuid in range(1_000, 1_000 + count):
        world.set_subnet(netuid, WAD, DYNAMIC, 50_000 * RAO)
        world.do("list_market", ADMIN, netuid, False, "current", "", 0)
        world.do("open", owner, owner, 0, netuid, True, 10**15, WAD, WAD)


def turn(world: ProtocolWorld, sender: int, open_seconds: int, cut_seconds: int, percent: int, poked: int) -> None:
    """The markets are calm, and an epoch goes by: cut off, prices move by a percentage, some pokes, settled.

    Before the cut-off all are touched, if there is the time: what counts then has seen the calm.
    """
    _calm(world, 100)
    if open_seconds >= HOLD:
        world.advance(1, open_seconds - HOLD)
        for market in tuple(world.protocol.markets)[: draws.MOST_TOUCHED]:
            world.do("poke", KEEPER, market)
    world.advance(1, min(open_seconds, HOLD))
    world.do("cut_off", sender)
    _calm(world, percent)
    world.advance(1, cut_seconds)
    for market in tuple(world.protocol.markets)[:poked]:
        world.do("poke", KEEPER, market)
    world.do("settle", sender)


def _calm(world: ProtocolWorld, percent: int) -> None:
    """Feeds live, and spot is a percentage of each mark."""
    for question, mode in list(world.precompile.modes.items()):
        if mode != Mode.NORMAL:
            world.set_mode(question.value, int(Mode.NORMAL))
    wanted = 0
    for key, market in world.protocol.markets.items():
        price = min(market.mark * percent // 100 // PRICE_STEP * PRICE_STEP, SETTABLE_PRICE - 1)
        if key % GENERATION == INDEX_KEY:
            wanted = market.mark * percent // 100
        elif key % GENERATION in world.precompile.subnets:
            swap_to(world, key % GENERATION, max(price, PRICE_STEP))
    rest = min(max(wanted - world.precompile.index_sum, 0), SETTABLE_PRICE - 1)
    world.set_prices([], [], rest or world.precompile.other_sum)


# ------------------------------------------------------------ one call, in another way than by the table


def view(world: ProtocolWorld, function: str, **given: Any) -> None:
    """Calls one view; each takes what it needs of the arguments."""
    world.ask(VIEWS[function], given)


def poke_with_gas(world: ProtocolWorld, market: int, gas: int) -> None:
    """ORC-1:9f14. Touches a market with little gas: all of it or nothing, and never takes a living feed for dead."""
    is_surely_enough = gas >= 3 * INDEX_GAS + 1_000_000
    limit = GasLimit(gas, {GasLow.revert_name(), HALT, ""}, False if is_surely_enough else None)

    def reference() -> Effect:
        return world.settle(process_poke(world.protocol, world.block, market))

    world.call_with_gas(world.actors[KEEPER], PROXY, world.selectors["poke"] + words(market), reference, limit)


FOR_OWNER = {
    entry.function: replace(entry, arguments=arguments)
    for entry, arguments in zip(REQUESTS, ((SENDER, OWNER, ONE_RAO), (ONE_UNIT, SENDER, OWNER)), strict=False)
}
"""Requests that name another owner than their sender."""


def request_for_owner(world: ProtocolWorld, sender: int, owner: int, function: str) -> None:
    """Asks for what is an owner's, who may be another: shares for a rao, or TAO for a unit."""
    world.enter(FOR_OWNER[function], {"sender": sender, "owner": owner})


def transfer_shares(world: ProtocolWorld, sender: int, to: int, amount: int) -> None:
    """Moves shares; to is a role, or one of the contracts that can't hold them."""
    contracts = [int(world.addresses[PROXY], 16), int(world.addresses[SHARE], 16)]
    receiver = [*world.keys, *contracts][to]

    def reference() -> Effect:
        return world.note(world.protocol.share.process_transfer(world.keys[sender], receiver, amount), words(1))

    data = artefact(SHARE).selectors["transfer(address,uint256)"] + words(receiver, amount)
    world.call(world.actors[sender], SHARE, data, reference)


def misuse(world: ProtocolWorld, sender: int, function: str, how: str) -> None:
    """Calls the protocol in a way that fails before anything of it runs, or its module without the proxy."""
    selector = world.selectors[function]
    data, value = selector + words(*[0] * 24), 0
    failure: type[MegaTAOError] = CheckFailed
    if how == "value":
        value = RAO
    elif how == "short":
        data = data[:20]
    elif how == "unknown":
        data, failure = b"\xff" * 4, SelectorUnknown
    elif how == "empty":
        data, value, failure = b"", RAO, SelectorUnknown
    else:
        failure = NotDelegated

    def reference() -> Effect:
        raise failure

    if failure is NotDelegated:
        world.call(world.actors[sender], list_routes()[selector], data, reference, value)
    else:
        world.send(sender, data, reference, value)


def force_tao(world: ProtocolWorld, value: int) -> None:
    """TAO comes without a call: a contract that destroys itself leaves it."""
    proxy = bytes.fromhex(world.addresses[PROXY][2:])

    def reference() -> Effect:
        world.ledger.forced += value
        world.move(value, world.actors[KEEPER], PROXY)
        return Effect()

    world.call(world.actors[KEEPER], "Forcer", b"\x73" + proxy + b"\xff", reference, value)
    world.compare_balances()


def program_receiver(world: ProtocolWorld, mode: int, function: str) -> None:
    """Tells the receiver what to do when TAO comes: `function` is what it then calls.

    Its arguments are right for every type: without the lock it would end well, or fail by a name.
    """
    world.receiver.program(mode, world.selectors[function] + words(*[0] * MOST_ARGUMENTS))


def upgrade(world: ProtocolWorld, module: str, sender: int, seconds: int, canceller: int) -> None:
    """Routes the functions of a module to a fresh copy of it, or fails to."""
    world.upgrades.announce_and_route(module, sender, seconds, canceller)


def schedule_wrongly(world: ProtocolWorld, how: str) -> None:
    """Announces an upgrade that can't be."""
    world.upgrades.announce_wrongly(how)


# ------------------------------------------------------------ draws by the table of entry points


def draw_program(_: ProtocolWorld, choices: Choices) -> Arguments:
    """What the receiver does."""
    return {"mode": choices.integer(TAKES, INSISTS), "function": choices.pick(LOCKED)}


def draw_misuse(_: ProtocolWorld, choices: Choices) -> Arguments:
    """A call that can't be."""
    how = choices.pick(("value", "short", "unknown", "empty", "direct"))
    function = choices.pick(PAYABLE if how == "direct" else WITH_ARGUMENTS)
    return {"sender": choices.pick((KEEPER, *TRADERS)), "function": function, "how": how}


def draw_view(world: ProtocolWorld, choices: Choices) -> Arguments:
    """Any view, of what there is."""
    owner, index, market, position = draw_position(world, choices)
    function = choices.pick(tuple(VIEWS))
    number = choices.integer(0, len(world.protocol.claims) + 5)
    requests = tuple(world.protocol.requests)
    if VIEWS[function].arguments == (NUMBER, OWNER) and requests and choices.integer(0, 3):
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


def draw_for_owner(_: ProtocolWorld, choices: Choices) -> Arguments:
    """Anyone, for anyone."""
    sender, owner = choices.integer(0, RECEIVER), choices.integer(0, NOBODY)
    return {"sender": sender, "owner": owner, "function": choices.pick(tuple(FOR_OWNER))}


# ------------------------------------------------------------ the table

PUSHES = (
    Action(
        "push", 5, draws.draw_push, push,
        "pushes {market} to {price} TAO{planted}, does {what}{later}, and lets it come back",
    ),
)  # fmt: skip
GIFTS = (
    Action(
        "force_tao", 1, lambda _, c: {"value": RAO * c.integer(1, 10**9)}, force_tao, "{value} TAO come without a call",
        who="",
    ),
    Action(
        "program_receiver", 2, draw_program, program_receiver, "is told to {reaction} when TAO comes", who="receiver",
    ),
)  # fmt: skip
DRIFTS = (
    Action(
        "drift", 4, draws.draw_drift, drift,
        "{market} stays at {price} TAO for {rounds} blocks of {seconds} s, and is touched in each", who="",
    ),
)  # fmt: skip
SURROUNDINGS = (
    Action("upgrade", 1, draws.draw_upgrade, upgrade, "upgrades {module} after {seconds} s{cancelled}"),
    Action(
        "schedule_wrongly", 1, lambda _, c: {"how": c.pick(("empty", "reserved"))}, schedule_wrongly,
        "announces an upgrade that can't be: {how}", who="upgrader",
    ),
    Action("misuse", 2, draw_misuse, misuse, "calls {function} wrongly: {how}"),
    Action(
        "set_subnet", 3, draws.draw_set_subnet, PriceWorld.set_subnet,
        "subnet {netuid}: {price} TAO, {pool_rao} TAO in its pool, mechanism {mechanism}", who="",
    ),
    Action(
        "set_pool", 6, pools.draw_set_pool, PriceWorld.set_pool,
        "subnet {netuid}: {price} TAO, {pool_rao} TAO in its pool{left}", who="",
    ),
    Action(
        "set_prices", 2, draws.draw_prices, PriceWorld.set_prices,
        "prices jump: {prices}; other subnets {other_sum} TAO", who="",
    ),
    Action("swap", 20, draws.draw_prices, swap, "swaps carry prices: {prices}; other subnets {other_sum} TAO", who=""),
    Action("wash", 2, pools.draw_wash, wash, "{amount} TAO go into subnet {netuid} and out again", who=""),
    Action(
        "emit", 2, pools.draw_emit, emit, "emission brings subnet {netuid} {tao_in} TAO and {alpha_in} alpha", who="",
    ),
    Action(
        "set_mode", 3, draws.draw_mode, PriceWorld.set_mode, "the precompile's {question} is now in mode {mode}",
        who="",
    ),
    Action("update_index", 4, lambda _w, _c: {}, PriceWorld.update_index, "updates the index", who="keeper"),
    Action(
        "init_ema", 1, lambda _, c: {"account": c.pick((ADMIN, KEEPER))}, PriceWorld.init_ema, "starts the index",
        who="{account}",
    ),
    Action("advance", 26, draws.draw_advance, World.advance, "{seconds} s pass, {blocks} blocks", who=""),
    Action(
        "poke_with_gas", 2, draws.draw_poke_with_gas, poke_with_gas, "touches {market} with {gas} gas", who="keeper",
    ),
    Action(
        "view", 8, draw_view, view, "asks {function}",
        ("function", "owner", "index", "market", "number", "is_long", "amount", "leverage"), "keeper",
    ),
)  # fmt: skip
FOR_OWNERS = (
    Action("request_for_owner", 1, draw_for_owner, request_for_owner, "calls {function} in the name of {owner}"),
)  # fmt: skip
SHARES = (
    Action("transfer_shares", 3, draws.draw_transfer_shares, transfer_shares, "sends {amount} shares to {to}"),
    Action(
        "turn", 7, draws.draw_turn, turn,
        "an epoch: {open_seconds} s, cut off, spot at {percent}% of marks, {cut_seconds} s, {poked} pokes, settled",
    ),
)  # fmt: skip
CROWDS = (
    Action(
        "crowd", 0, lambda _w, _c: {"owner": TRADERS[0], "count": MAX_POSITIONS + 1}, crowd,
        "opens a long in each of {count} new markets", who="{owner}",
    ),
)  # fmt: skip

VALUES = (
    Value("account", 0, TRADERS[-1], name_role),
    Value("canceller", 0, NOBODY),
    Value("blocks", 1, 10**6),
    Value("seconds", 0, 10**9),
    Value("open_seconds", 0, 10**9),
    Value("cut_seconds", 0, 10**9),
    Value("held", 0, 10**9, is_optional=True),
    Value("is_touched", 0, 1, is_optional=True),
    Value("rounds", 0, 100),
    Value("count", 0, 100),
    Value("poked", 0, 100),
    Value("percent", 1, 1_000),
    Value("gas", 21_000, 10**8),
    Value("netuid", 0, 2**16 - 1),
    Value("netuids", 0, 2**16 - 1),
    Value("mode", min(Mode), max(Mode)),
    Value("pool_rao", 0, 2**64 - 1, lambda pool: show_amount(pool * RAO)),
    Value("alpha_rao", 0, 2**64 - 1, lambda alpha: show_amount(alpha * RAO), is_optional=True),
    Value("volume", 0, 2**128 - 1, lambda volume: show_amount(volume * RAO), is_optional=True),
    Value("tao_in", 0, 2**64 - 1, lambda tao: show_amount(tao * RAO)),
    Value("alpha_in", 0, 2**64 - 1, lambda alpha: show_amount(alpha * RAO)),
    Value("price", 0, SETTABLE_PRICE, show_amount),
    Value("other_sum", show=show_amount),
)
"""What these steps name, beside what entry points do."""
