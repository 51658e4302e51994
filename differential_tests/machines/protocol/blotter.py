"""The steps of the protocol machine in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.world import Call
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.core import INSISTS, NOBODY, RECEIVER, ROLES, UPGRADER
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.units import RAO, WAD
from reference.state.records import GENERATION, INDEX_KEY

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
    "donate": "gives {value} TAO to {whom}",
    "collect_claim": "collects the claim {number}",
    "skim": "books what came without a call",
    "force_tao": "{value} TAO come without a call",
    "list_market": "lists {market}, {kind} ({preset}{change})",
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
    "program_receiver": "is told to {reaction} when TAO comes",
    "request_for_contract": "asks for shares that {contract} would get",
    "set_parameter": "sets {field} of {market} to {amount}",
    "poke_with_gas": "touches {market} with {gas} gas",
    "misuse": "calls {function} wrongly: {how}",
    "offer_admin": "offers the admin's role to {to}",
    "take_admin": "takes the admin's role",
    "set_guardian": "makes {to} the guardian",
    "set_treasury": "makes {to} the treasury",
    "set_keeper": "{permits} {to} as a keeper",
    "set_limits": "sets the caps: {account_cap} TAO an account, {global_cap} TAO in all; {liquidators} may liquidate",
    "set_pause": "{pauses} the protocol",
    "clear_bad_debt": "clears bad debt",
    "upgrade": "upgrades {module} after {seconds} s{cancelled}",
    "schedule_wrongly": "announces an upgrade that can't be: {how}",
    "update_index": "updates the index",
    "init_ema": "starts the index",
    "crowd": "opens a long in each of {count} new markets",
}
"""What an action does, in the words of its arguments."""

AMOUNTS = {"margin", "amount", "value", "price", "other_sum", "leverage", "account_cap", "global_cap"}
"""Arguments in WAD or wei."""
ENVIRONMENT = {"set_subnet", "set_prices", "set_mode", "advance", "force_tao", "drift"}
REACTIONS = ("take it", "refuse it", "call {function}", "call {function}, and to insist that it ends well")
"""What the receiver does, by its mode."""
CHOSEN = {
    "is_long": ("side", "short", "long"),
    "is_guarded": ("kind", "published", "guarded"),
    "is_allowed": ("permits", "no longer allows", "allows"),
    "is_paused": ("pauses", "resumes", "pauses"),
    "keepers_only": ("liquidators", "all", "keepers only"),
    "to_insurance": ("whom", "the vault", "the insurance"),
}
"""Arguments that are yes or no: the name of the word, and the words for no and yes."""


def narrate(world: ProtocolWorld, step: Step) -> Callable[[Sequence[Call]], Told]:
    """Who does what in a step, in the state before it; its price is known after its calls."""
    who, what = _name_actor(step), SENTENCES[step.action].format(**_find_words(step.arguments))
    market = step.arguments.get("market")

    def tell(calls: Sequence[Call]) -> Told:
        return who, what, _price(world, market, calls)

    return tell


def _name_actor(step: Step) -> str:
    """Who takes a step; nobody where the environment does."""
    if step.action in ENVIRONMENT:
        return ""
    if step.action == "schedule_wrongly":
        return ROLES[UPGRADER]
    if step.action == "program_receiver":
        return ROLES[RECEIVER]
    name = {"init_ema": "account", "crowd": "owner"}.get(step.action, "sender")
    role: int = step.arguments.get(name, KEEPER)
    return ROLES[role]


def _find_words(given: Mapping[str, Any]) -> dict[str, str]:
    """The words for the arguments of a step."""
    words = {name: _show(name, value) for name, value in given.items()}
    for name, (word, *choice) in CHOSEN.items():
        if name in given:
            words[word] = choice[bool(given[name])]
    if "owner" in given:
        owner, index = given["owner"], given.get("index", 0)
        words["owner"] = name_account(owner, index)
        words["account"] = "" if (owner, index) == (given.get("sender"), 0) else f" for {words['owner']}"
    if "netuids" in given:
        pairs = zip(given["netuids"], given["prices"], strict=True)
        words["prices"] = ", ".join(f"{netuid} at {show_amount(price)}" for netuid, price in pairs) or "none"
    if "mode" in given and "function" in given:
        words["reaction"] = REACTIONS[min(given["mode"], INSISTS)].format(**words)
    if "canceller" in given:
        canceller = given["canceller"]
        words["cancelled"] = "" if canceller == NOBODY else f", which {ROLES[canceller]} cancels before"
    if "preset" in given:
        words["change"] = f", but {given['field']} {words['amount']}" if given["field"] else ""
    return words


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
    if name == "pool_rao":
        return show_amount(value * RAO)
    if name == "market":
        return name_market(value)
    if name in ("controller", "to"):
        return ROLES[value] if value < len(ROLES) else "a contract"
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
