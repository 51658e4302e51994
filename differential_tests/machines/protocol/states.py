"""Names of the states that a campaign of the protocol should have met: what a call was about, and what it led to."""

from collections.abc import Iterator
from functools import singledispatch

from differential_tests.machines.protocol.invariants import Change
from differential_tests.machines.protocol.looks import LOOKS, Look
from reference import events
from reference.math.fees import calculate_fee_up
from reference.math.liquidation import calculate_reward, is_last_tenth
from reference.math.margin import calculate_pnl
from reference.math.mark import ALPHA_BAND, INDEX_BAND, is_in_band
from reference.math.reading import is_spot_known
from reference.math.units import RAO, WAD
from reference.modules.market import END_PERIOD
from reference.state.records import GENERATION, INDEX_KEY, Position
from reference.state.storage import Protocol

SIDES = ("long", "short")
RESULTS = ("profit", "loss")

STATES = frozenset(
    {f"{side} {result} {what}" for side in SIDES for result in RESULTS for what in ("decrease", "close")}
    | {f"{side} {result} {kind} liquidation" for side in SIDES for result in RESULTS for kind in ("partial", "full")}
    | {f"{side} opened on a {kind} market" for side in SIDES for kind in ("published", "guarded")}
    | {f"wound-down close, {result}" for result in (*RESULTS, "bad debt")}
    | {
        "bad debt covered",
        "bad debt uncovered",
        "bad debt written off",
        "auto-pause",
        "breaker tripped",
        "breaker reset",
        "claim made",
        "claim fed",
        "claim collected",
        "claim collected in part",
        "dead feed with open interest",
        "negative margin",
        "funding received",
        "funding paid",
        "funding by the utilization",
        "interest paid",
        "reward topped up",
        "full where a part would do",
        "index market traded",
        "second generation traded",
        "out of band",
        "sub-account",
        "at the limit price",
        "at the deadline",
        "re-entrancy",
        "treasury owns what was there",
        "deposited",
        "redeemed in full",
        "redeemed pro rata",
        "settled in parts",
        "cancelled in a void epoch",
        "void epoch cut off again",
        "shares back from a claim",
        "upgrade",
        "traded where a price was hidden",
        "liquidated once the mark had arrived",
        "liquidated in the last tenth while the mark was behind",
        "liquidated in a guarded market whose spot was unknown",
        "closed below maintenance while the mark was behind",
        "margin removed where the exit price was worse than the mark",
        "skew at its cap",
        "side at its cap",
        "side above the skew's cap",
        "side at half of the vault's cash",
        "increase that lowers a skew",
        "wound down: published",
        "wound down: a delisted subnet's mark had arrived",
        "wound down: a delisted MTSOS' mark had arrived",
        "wound down: dead for a day",
        "wound down: dead for a week",
    }
    | LOOKS
)
"""All of them."""


def name_states(protocol: Protocol, change: Change) -> Iterator[str]:
    """The states that a call was in or led to."""
    vault = protocol.vault
    if vault.fed > change.vault.fed:
        yield "claim fed"
    for event in change.logged:
        yield from name_event(event, protocol, change)
    if change.key is None:
        return
    account, key = change.key
    if account % 2**96:
        yield "sub-account"
    if change.after is not None and change.after.margin < 0:
        yield "negative margin"
    market = protocol.markets.get(key)
    if market is None:
        return
    if market.dead_since and market.longs.size + market.shorts.size:
        yield "dead feed with open interest"
    if change.terms and change.terms.deadline == market.touched_at:
        yield "at the deadline"
    band = INDEX_BAND if key % GENERATION == INDEX_KEY else ALPHA_BAND
    if not is_in_band(market.mark, market.spot, band):
        yield "out of band"


@singledispatch
def name_event(event: events.Logged, protocol: Protocol, change: Change) -> Iterator[str]:
    """States that an event tells of."""
    del event, protocol, change
    yield from ()


def _settled(protocol: Protocol, market: int, funding: int, interest: int) -> Iterator[str]:
    if funding:
        yield "funding paid" if funding > 0 else "funding received"
        if protocol.parameters[market].funding_weight:
            yield "funding by the utilization"
    if interest:
        yield "interest paid"


def _before(change: Change) -> Position:
    assert change.before is not None  # noqa: S101  what is closed was there
    return change.before


def _debt(debt: int, covered: int, pnl: int) -> Iterator[str]:
    price_part = min(debt, max(-pnl, 0))
    if covered:
        yield "bad debt covered"
    if covered < price_part:
        yield "bad debt uncovered"
    if price_part < debt:
        yield "bad debt written off"


def _at_limit(change: Change, price: int) -> Iterator[str]:
    if change.terms and change.terms.limit_price == price:
        yield "at the limit price"


def _name_waiting(seen: Look | None, equity: int, entry_notional: int, maintenance: int) -> Iterator[str]:
    """What let a liquidation in a guarded subnet pass."""
    if seen is None or not seen.has_readings:
        return
    if not is_spot_known(seen.seen.cause):
        yield "liquidated in a guarded market whose spot was unknown"
    elif not seen.is_waiting:
        yield "liquidated once the mark had arrived"
    elif is_last_tenth(equity, entry_notional, maintenance):
        yield "liquidated in the last tenth while the mark was behind"


def _name_caps(event: events.Increased, protocol: Protocol, depth: int) -> Iterator[str]:
    """Where skew and side are after an increase (VLT-39): at a cap within a percent of it. depth: rao."""
    market, cash = protocol.markets[event.market], protocol.vault.cash
    cap = depth * RAO * protocol.parameters[event.market].open_interest_cap
    before, other = market.side(event.is_long).size - event.size, market.side(not event.is_long).size
    side, skew = (before + event.size) * market.mark, abs(before + event.size - other) * market.mark
    if 99 * cap <= 100 * skew:
        yield "skew at its cap"
    if side > cap:
        yield "side above the skew's cap"
    if 99 * cap <= 50 * side:
        yield "side at its cap"
    if 99 * cash * WAD <= 200 * side:
        yield "side at half of the vault's cash"
    if abs(before + event.size - other) < abs(before - other):
        yield "increase that lowers a skew"


@name_event.register
def _(event: events.Increased, protocol: Protocol, change: Change) -> Iterator[str]:
    yield from _at_limit(change, event.fill)
    yield from _settled(protocol, event.market, event.funding_owed, event.interest_owed)
    if change.seen:
        yield from _name_caps(event, protocol, change.seen.seen.depth)
    if event.market % GENERATION == INDEX_KEY:
        yield "index market traded"
    if event.market >= GENERATION:
        yield "second generation traded"
    if change.before is None:
        kind = "guarded" if protocol.markets[event.market].is_guarded else "published"
        yield f"{SIDES[not event.is_long]} opened on a {kind} market"


@name_event.register
def _(event: events.Decreased, protocol: Protocol, change: Change) -> Iterator[str]:
    yield from _at_limit(change, event.fill)
    yield from _settled(protocol, event.market, event.funding_owed, event.interest_owed)
    before, maintenance = _before(change), protocol.parameters[event.market].maintenance
    equity = before.margin - event.funding_owed - event.interest_owed
    equity += calculate_pnl(before.size, before.entry_notional, event.mark, before.is_long)
    if not change.after and equity * WAD < before.entry_notional * maintenance:
        yield "closed below maintenance while the mark was behind"
    if event.result:
        what = "decrease" if change.after else "close"
        yield f"{SIDES[not event.is_long]} {RESULTS[event.result < 0]} {what}"


@name_event.register
def _(event: events.Liquidated, protocol: Protocol, change: Change) -> Iterator[str]:
    yield from _settled(protocol, event.market, event.funding_owed, event.interest_owed)
    before = _before(change)
    pnl = calculate_pnl(before.size, before.entry_notional, event.mark, before.is_long)
    parameters = protocol.parameters[event.market]
    yield from _name_waiting(change.seen, event.equity, before.entry_notional, parameters.maintenance)
    kind = "full" if event.is_full else "partial"
    yield f"{SIDES[not before.is_long]} {RESULTS[pnl < 0]} {kind} liquidation"
    yield from _debt(event.debt, event.covered, pnl)
    if not event.is_full:
        return
    if event.reward > calculate_reward(event.fee, event.equity, True) and calculate_fee_up(
        before.entry_notional, parameters.taker_fee
    ):
        yield "reward topped up"
    if event.equity * 10**18 >= before.entry_notional * parameters.maintenance:
        yield "full where a part would do"


@name_event.register
def _(event: events.WoundDownClosed, protocol: Protocol, change: Change) -> Iterator[str]:
    yield from _settled(protocol, event.market, event.funding_owed, event.interest_owed)
    before = _before(change)
    pnl = calculate_pnl(before.size, before.entry_notional, event.mark, before.is_long)
    yield f"wound-down close, {'bad debt' if event.debt else RESULTS[pnl < 0]}"
    yield from _debt(event.debt, event.covered, pnl)


@name_event.register
def _(event: events.MarginRemoved, protocol: Protocol, change: Change) -> Iterator[str]:
    if change.seen and change.before:
        seen, mark = change.seen.seen, protocol.markets[event.market].mark
        if seen.low < mark if change.before.is_long else seen.high > mark:
            yield "margin removed where the exit price was worse than the mark"


@name_event.register
def _(event: events.WoundDown, protocol: Protocol, change: Change) -> Iterator[str]:
    market, seen = protocol.markets[event.market], change.seen
    dead_for = market.touched_at - market.dead_since if market.dead_since else 0
    if dead_for >= END_PERIOD:
        yield "wound down: dead for a week"
    elif seen and not is_spot_known(seen.seen.cause):
        yield "wound down: dead for a day"
    elif not market.is_guarded:
        yield "wound down: published"
    elif event.market % GENERATION == INDEX_KEY:
        yield "wound down: a delisted MTSOS' mark had arrived"
    else:
        yield "wound down: a delisted subnet's mark had arrived"


@name_event.register
def _(event: events.BreakerSet, protocol: Protocol, change: Change) -> Iterator[str]:
    del protocol, change
    yield "breaker tripped" if event.is_tripped else "breaker reset"


@name_event.register
def _(event: events.BadDebtPaused, protocol: Protocol, change: Change) -> Iterator[str]:
    del event, protocol, change
    yield "auto-pause"


@name_event.register
def _(event: events.Claimed, protocol: Protocol, change: Change) -> Iterator[str]:
    del event, protocol, change
    yield "claim made"


@name_event.register
def _(event: events.ClaimCollected, protocol: Protocol, change: Change) -> Iterator[str]:
    del change
    yield "claim collected in part" if event.claim in protocol.claims else "claim collected"


@name_event.register
def _(event: events.EpochSettled, protocol: Protocol, change: Change) -> Iterator[str]:
    del protocol
    if any(isinstance(each, events.Transfer) and each.sender == 0 for each in change.logged[:-1]):
        minted = [each for each in change.logged if isinstance(each, events.Transfer) and each.sender == 0]
        if len(minted) > 1 or not event.minted:
            yield "treasury owns what was there"
    if event.assets:
        yield "deposited"
    if event.redeemed < event.shares:
        yield "redeemed pro rata"
    elif event.shares:
        yield "redeemed in full"


@name_event.register
def _(event: events.RequestClaimed, protocol: Protocol, change: Change) -> Iterator[str]:
    del protocol, change
    if event.returned:
        yield "shares back from a claim"
