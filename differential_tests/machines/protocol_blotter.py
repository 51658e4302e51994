"""The steps of the protocol machine in words."""

from collections.abc import Callable, Sequence
from typing import Any

from differential_tests.engine.actions import Step
from differential_tests.engine.world import Call
from differential_tests.machines.protocol import ProtocolWorld
from differential_tests.machines.protocol_core import ROLES
from reference.protocol import GENERATION, INDEX_KEY
from reference.units import RAO, WAD

Told = tuple[str, str, str]
"""Who, what, at what price."""

SENTENCES: dict[str, str] = {
    "open": "opens {side} {market} with {margin} TAO at {leverage}x{account}",
    "increase": "adds {margin} TAO at {leverage}x to {market}{account}",
    "decrease": "closes {size} of {market}{account}",
    "close": "closes {market}{account}",
    "add_margin": "adds {amount} TAO of margin to {market}{account}",
    "remove_margin": "takes {amount} TAO of margin out of {market}{account}",
    "liquidate": "liquidates {market} of {owner}",
    "deposit": "pays {value} TAO in{account}",
    "withdraw": "pays {amount} TAO out{account}",
    "seed": "fills the vault with {value} TAO",
    "donate": "gives {value} TAO",
    "collect_claim": "collects the claim {number}",
    "skim": "books what came without a call",
    "force_tao": "{value} TAO come without a call",
    "list_market": "lists {market} ({preset})",
    "poke": "touches {market}",
    "drift": "{market} stays at {price} TAO for {rounds} blocks of {seconds} s, and is touched in each",
    "push": "pushes {market} to {price} TAO, does {what}, and lets it come back",
    "delist": "delists {market}",
    "wind_down": "winds {market} down",
    "close_wound_down": "closes {market} of {owner}, which is wound down",
    "request_deposit": "asks for shares, for {value} TAO that {controller} gets",
    "request_redeem": "asks for the TAO of {amount} shares, which {controller} gets",
    "request_for_owner": "calls {function} in the name of {owner}",
    "cancel_request": "takes its request back",
    "cut_off": "closes the window of requests",
    "settle": "settles the epoch",
    "claim_request": "claims what epoch {number} gave {controller}",
    "transfer_shares": "sends {amount} shares to {to}",
    "turn": "an epoch: {open_seconds} s, cut off, spot at {percent}% of marks, {cut_seconds} s, {poked} pokes, settled",
    "set_subnet": "subnet {netuid}: {price} TAO, {pool_rao} TAO in its pool, mechanism {mechanism}",
    "set_prices": "prices: {prices}; other subnets {other_sum} TAO",
    "set_mode": "the precompile's {question} is now in mode {mode}",
    "advance": "{seconds} s pass, {blocks} blocks",
    "view": "asks {function}",
}
"""What an action does, in the words of its arguments; an action that is not here is told by its arguments."""

AMOUNTS = {"margin", "amount", "value", "price", "other_sum", "leverage"}
"""Arguments in WAD or wei."""
ENVIRONMENT = {"set_subnet", "set_prices", "set_mode", "advance", "force_tao", "drift"}


def narrate(world: ProtocolWorld, step: Step) -> Callable[[Sequence[Call]], Told]:
    """Who does what in a step, in the state before it; its price is known after its calls."""
    given = step.arguments
    words = {name: _show(name, value) for name, value in given.items()}
    market = given.get("market")
    if step.action in SENTENCES:
        if market is not None:
            words["market"] = name_market(market)
        if "owner" in given:
            owner, index = given["owner"], given.get("index", 0)
            words["owner"] = name_account(owner, index)
            words["account"] = "" if (owner, index) == (given.get("sender"), 0) else f" for {words['owner']}"
        for name in ("controller", "to"):
            if name in given:
                words[name] = ROLES[given[name]] if given[name] < len(ROLES) else "a contract"
        words["side"] = "long" if given.get("is_long") else "short"
        if "netuids" in given:
            pairs = zip(given["netuids"], given["prices"], strict=True)
            words["prices"] = ", ".join(f"{netuid} at {show_amount(price)}" for netuid, price in pairs) or "none"
        if "pool_rao" in given:
            words["pool_rao"] = show_amount(given["pool_rao"] * RAO)
        what = SENTENCES[step.action].format(**words)
    else:
        what = str(step)
    who = "" if step.action in ENVIRONMENT else ROLES[given["sender"]] if "sender" in given else "keeper"

    def tell(calls: Sequence[Call]) -> Told:
        return who, what, _price(world, market, calls)

    return tell


def name_account(owner: int, index: int) -> str:
    """An account, by the role that owns it."""
    return f"{ROLES[owner]}.{index}" if index else ROLES[owner]


def name_market(key: int) -> str:
    """A market, by its subnet."""
    number, generation = key % GENERATION, key // GENERATION
    name = "MTSOS" if number == INDEX_KEY else f"subnet {number}"
    return f"{name}, listed again ({generation})" if generation else name


def show_amount(amount: int) -> str:
    """An amount (WAD), as long as it must be."""
    if abs(amount) >= 10**12 * WAD:
        return f"{amount:.3e} wei" if amount < 10**300 else "a huge number of wei"
    whole, part = divmod(abs(amount), WAD)
    digits = f"{whole:,}.{part:018d}".rstrip("0").rstrip(".")
    return f"-{digits}" if amount < 0 else digits


def _show(name: str, value: Any) -> str:
    if name in AMOUNTS and isinstance(value, int):
        return show_amount(value)
    if name == "size":
        return f"{show_amount(value)} alpha"
    return str(value)


def _price(world: ProtocolWorld, market: int | None, calls: Sequence[Call]) -> str:
    """The price of a step: that of its fill, else the mark that it found or left."""
    for call in reversed(calls):
        for event in reversed(call.effect.logged):
            for name in ("fill", "mark"):
                price = getattr(event, name, None)
                if price is not None:
                    return f"{name} {show_amount(price)}"
    state = world.protocol.markets.get(market) if market is not None else None
    return f"mark {show_amount(state.mark)}" if state else ""
