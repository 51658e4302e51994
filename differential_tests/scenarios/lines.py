"""The lines of scripts of the protocol: a step, and the outcome that it must have."""

from differential_tests.fuzzer.actions import Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.entries import VIEWS
from differential_tests.machines.protocol.opening import list_step
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from reference.math.alpha import DYNAMIC
from reference.math.funding import MAX_FUNDING_ELAPSED
from reference.math.units import RAO, WAD
from reference.modules.shares import CUT_PERIOD
from reference.oracles.alpha_precompile import Mode, Question
from reference.state.records import INDEX_KEY, is_index

Line = tuple[Step, str | None]
"""A step and the outcome that it must have; None for one of several calls, whose outcomes are those of the chapter."""

GUARDED, PUBLISHED, RUSH, LATE = 4, 34, 64, 65_535
"""Markets, by what they are for: the one of most trades; the one without a guard; the one of claims; the last."""
TRADER, MAKER, WHALE, NEWCOMER = TRADERS[:4]
PRICE = 5 * 10**17
POOL_RAO = 50_000 * RAO
DONE = "success"
DAY = 86_400


def line(outcome: str | None, action: str, **arguments: object) -> Line:
    """A step that must end so."""
    return Step(action, arguments), outcome


def subnet(netuid: int, price: int = PRICE, mechanism: int = DYNAMIC, pool_rao: int = POOL_RAO) -> Line:
    """A subnet appears or changes."""
    return line(DONE, "set_subnet", netuid=netuid, price=price, mechanism=mechanism, pool_rao=pool_rao)


def pool(netuid: int, **arguments: int) -> Line:
    """A subnet's pool has other alpha or another counter, at the price and with the TAO that subnets here have."""
    return line(DONE, "set_pool", netuid=netuid, price=PRICE, pool_rao=POOL_RAO, **arguments)


def mode(question: Question, value: Mode) -> Line:
    """A view of the precompile fails, or works again."""
    return line(DONE, "set_mode", question=question.value, mode=int(value))


def wait(seconds: int = 12, blocks: int = 1) -> Line:
    """Time passes."""
    return line(None, "advance", blocks=blocks, seconds=seconds)


def listing(
    outcome: str, market: int, field: str = "", amount: int = 0, sender: int = ADMIN, is_guarded: bool = True
) -> Line:
    """A market is listed under the present preset, or the index's, with one field changed."""
    step = list_step(market, is_guarded, "index" if is_index(market) else "current")
    return Step(step.action, {**step.arguments, "sender": sender, "field": field, "amount": amount}), outcome


def deposit(outcome: str, owner: int, value: int, sender: int = KEEPER, index: int = 0) -> Line:
    """Somebody pays into an account."""
    return line(outcome, "deposit", sender=sender, owner=owner, index=index, value=value)


def opening(
    outcome: str,
    owner: int,
    margin: int,
    market: int = GUARDED,
    is_long: bool = True,
    leverage: int = 2 * WAD,
    max_slippage: int = WAD,
    sender: int | None = None,
) -> Line:
    """A trader opens."""
    return line(
        outcome,
        "open",
        sender=owner if sender is None else sender,
        owner=owner,
        index=0,
        market=market,
        is_long=is_long,
        margin=margin,
        leverage=leverage,
        max_slippage=max_slippage,
    )


def on_position(outcome: str, action: str, owner: int, market: int = GUARDED, **arguments: object) -> Line:
    """The owner, or who is named, does something with a position."""
    named = {"sender": owner, "owner": owner, "index": 0, "market": market, **arguments}
    return line(outcome, action, **named)


def closing(outcome: str, owner: int, market: int = GUARDED, max_slippage: int = 10 * WAD) -> Line:
    """A trader closes."""
    return on_position(outcome, "close", owner, market, max_slippage=max_slippage)


def poke(outcome: str, market: int) -> Line:
    """The keeper touches a market."""
    return line(outcome, "poke", sender=KEEPER, market=market)


def move_pool(outcome: str, pool: int) -> Line:
    """The admin sets the pool of MTSOS."""
    return line(outcome, "set_parameter", sender=ADMIN, market=INDEX_KEY, field="pool", amount=pool)


def view(outcome: str, function: str, market: int = GUARDED, owner: int = TRADER, number: int = 0) -> Line:
    """A view is read; of a trade, what a whole alpha or a TAO without leverage would do."""
    asked = {"owner": owner, "index": 0, "market": market, "is_long": True, "amount": WAD, "leverage": WAD}
    return line(outcome, "view", function=function, number=number, **asked)


def views(market: int, owner: int = TRADER) -> list[Line]:
    """Every view, of a position that is there."""
    return [view(DONE, name, market, owner) for name in VIEWS if name != "claim"]


def request_views(owner: int, number: int) -> list[Line]:
    """What is pending and claimable of a request."""
    return [view(DONE, name, owner=owner, number=number) for name in VIEWS if name.endswith("Request")]


def market(netuid: int) -> list[Line]:
    """A subnet and its published market."""
    return [subnet(netuid), listing(DONE, netuid, is_guarded=False)]


def drift(rounds: int, price: int = PRICE, market: int = PUBLISHED) -> Line:
    """The longs of a market pay funding, again and again."""
    return line(None, "drift", market=market, price=price, rounds=rounds, seconds=MAX_FUNDING_ELAPSED)


START = [deposit(DONE, owner, 1_000 * WAD) for owner in (TRADER, MAKER, WHALE)]
SEED = line(DONE, "seed", sender=TREASURY, value=1_000 * WAD)
EPOCH = [
    wait(DAY, 7_200),
    line(DONE, "cut_off", sender=KEEPER),
    wait(CUT_PERIOD, 300),
    line(DONE, "settle", sender=KEEPER),
]
"""An epoch begins, is cut off, and settles."""
