"""The steps of the protocol machine in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from differential_tests.fuzzer.actions import Step, Value
from differential_tests.fuzzer.world import Call
from differential_tests.machines.protocol.actions import TABLE
from differential_tests.machines.protocol.arguments import name_account, show_amount
from differential_tests.machines.protocol.receiver import INSISTS
from differential_tests.machines.protocol.roles import NOBODY, ROLES

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

Told = tuple[str, str, str]
"""Who, what, at what price."""

REACTIONS = ("take it", "refuse it", "call {function}", "call {function}, and to insist that it ends well")
"""What the receiver does, by its mode."""


def narrate(world: ProtocolWorld, step: Step) -> Callable[[Sequence[Call]], Told]:
    """Who does what in a step, in the state before it; its price is known after its calls."""
    action, words = TABLE.actions[step.action], _find_words(step.arguments)
    who, what = action.who.format(**words), action.says.format(**words)
    market = step.arguments.get("market")

    def tell(calls: Sequence[Call]) -> Told:
        return who, what, _price(world, market, calls)

    return tell


def _find_words(given: Mapping[str, Any]) -> dict[str, str]:
    """The words for the arguments of a step, and for what several of them say together."""
    words = {name: TABLE.values.get(name, Value(name)).show(value) for name, value in given.items()}
    if "owner" in given:
        owner, index = given["owner"], given.get("index", 0)
        words["owner"] = name_account(owner, index)
        words["account"] = "" if (owner, index) == (given.get("sender"), 0) else f" for {words['owner']}"
    if "netuids" in given:
        pairs = zip(given["netuids"], given["prices"], strict=True)
        words["prices"] = ", ".join(f"{netuid} at {show_amount(price)}" for netuid, price in pairs) or "none"
    if "what" in given:
        words["planted"] = ", touches it" if given.get("is_touched") else ""
        words["later"] = f" after {given['held']} s" if given.get("held") else ""
    if "pool_rao" in given:
        left = {"alpha_rao": "{alpha_rao} alpha", "volume": "{volume} TAO traded in all"}
        words["left"] = "".join(f", {text.format(**words)}" for name, text in left.items() if name in given)
    if "mode" in given and "function" in given:
        words["reaction"] = REACTIONS[min(given["mode"], INSISTS)].format(**words)
    if "canceller" in given:
        canceller = given["canceller"]
        words["cancelled"] = "" if canceller == NOBODY else f", which {ROLES[canceller]} cancels before"
    if "preset" in given:
        words["change"] = f", but {given['field']} {words['amount']}" if given["field"] else ""
    return words


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
