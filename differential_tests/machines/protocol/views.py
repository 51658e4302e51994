"""The views in the protocol machine: each in every state, and quotes held against what the call then does."""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from differential_tests.contracts.deployment import PROXY
from differential_tests.fuzzer.world import Divergence, Effect, words
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.upgrades import UpgradeWorld
from reference.core.pricing import Fill
from reference.errors import MegaTAOError
from reference.events import Decreased, Increased, Logged
from reference.modules.shares import read_epoch, read_performance, read_request, read_share, read_window
from reference.modules.view import (
    quote_decrease,
    quote_open,
    read_account,
    read_claim,
    read_claimable_deposit_request,
    read_claimable_redeem_request,
    read_equity,
    read_is_keeper,
    read_limits,
    read_market,
    read_market_at,
    read_market_count,
    read_market_now,
    read_nav,
    read_parameters,
    read_pending_deposit_request,
    read_pending_redeem_request,
    read_position,
    read_roles,
    read_vault,
)
from reference.state.records import MAX_POSITIONS

ACCOUNT, MARKET, NUMBER, ROLE, IS_LONG, AMOUNT, LEVERAGE, MARKETS = range(8)
"""What a view is asked about."""

VIEWS: dict[str, tuple[Callable[..., object], bool, tuple[int, ...]]] = {
    "account": (read_account, False, (ACCOUNT,)),
    "position": (read_position, True, (ACCOUNT, MARKET)),
    "market": (read_market, False, (MARKET,)),
    "market_now": (read_market_now, True, (MARKET,)),
    "parameters": (read_parameters, False, (MARKET,)),
    "vault": (read_vault, False, ()),
    "nav": (read_nav, False, ()),
    "equity": (read_equity, True, (ACCOUNT, MARKETS)),
    "quote_open": (quote_open, True, (ACCOUNT, MARKET, IS_LONG, AMOUNT, LEVERAGE)),
    "quote_decrease": (quote_decrease, True, (ACCOUNT, MARKET, AMOUNT)),
    "claim": (read_claim, False, (NUMBER,)),
    "market_count": (read_market_count, False, ()),
    "market_at": (read_market_at, False, (NUMBER,)),
    "roles": (read_roles, False, ()),
    "is_keeper": (read_is_keeper, False, (ROLE,)),
    "limits": (read_limits, False, ()),
    "performance": (read_performance, False, ()),
    "share": (read_share, False, ()),
    "window": (read_window, False, ()),
    "epoch": (read_epoch, False, (NUMBER,)),
    "request": (read_request, False, (NUMBER, ROLE)),
    "pendingDepositRequest": (read_pending_deposit_request, False, (NUMBER, ROLE)),
    "claimableDepositRequest": (read_claimable_deposit_request, False, (NUMBER, ROLE)),
    "pendingRedeemRequest": (read_pending_redeem_request, False, (NUMBER, ROLE)),
    "claimableRedeemRequest": (read_claimable_redeem_request, False, (NUMBER, ROLE)),
}
"""Each view: its reference, whether that needs the block, and its arguments."""


def flatten(value: Any) -> list[int]:
    """The words of what a view returns."""
    if is_dataclass(value):
        return [word for each in fields(value) for word in flatten(getattr(value, each.name))]
    if isinstance(value, tuple):
        return [word for each in value for word in flatten(each)]
    return [int(value)]


class ViewWorld(UpgradeWorld):
    """The views."""

    def view(
        self,
        function: str,
        owner: int,
        index: int,
        market: int,
        number: int,
        is_long: bool,
        amount: int,
        leverage: int,
    ) -> None:
        """Calls one view; each takes what it needs of the arguments."""
        read, needs_block, kinds = VIEWS[function]
        account = self.account(owner, index)
        known: list[Any] = [account, market, number, self.keys[owner], is_long, amount, leverage]
        if MARKETS in kinds:
            held = sorted({market, *(key for of, key in self.protocol.positions if of == account)})[:MAX_POSITIONS]
            known.append(held)
        arguments = [known[kind] for kind in kinds]
        state = (self.protocol, self.block) if needs_block else (self.protocol,)

        proxy_roles = (self.proxy.upgrader,) if function == "roles" else ()

        def reference() -> Effect:
            return Effect(words(*flatten(read(*state, *arguments)), *proxy_roles))

        encoded = [account, 64, len(held), *held] if MARKETS in kinds else arguments
        self.call(self.actors[KEEPER], PROXY, self.encode_call(function, encoded), reference)

    def quote(self, function: str, arguments: Sequence[int]) -> Fill | None:
        """What a quote says of a trade that is about to be made; None where there is no such quote, or it fails."""
        account, market, *numbers = arguments
        try:
            if function == "open":
                is_long, margin, leverage, _ = numbers
                return quote_open(self.protocol, self.block, account, market, bool(is_long), margin, leverage)
            position = self.protocol.positions.get((account, market))
            if position is None:
                return None
            if function == "increase":
                margin, leverage, _ = numbers
                return quote_open(self.protocol, self.block, account, market, position.is_long, margin, leverage)
            if function in ("decrease", "close"):
                size = numbers[0] if function == "decrease" else position.size
                return quote_decrease(self.protocol, self.block, account, market, size)
        except MegaTAOError:
            pass
        return None


def check_quote(quote: Fill | None, logged: Sequence[Logged]) -> None:
    """A trade that was made had its quote's fill. Raises Divergence."""
    for event in logged:
        if isinstance(event, Increased):
            said: tuple[int, ...] | None = (quote.price, quote.size, quote.value, quote.fee) if quote else None
            done: tuple[int, ...] = (event.fill, event.size, event.notional, event.fee)
        elif isinstance(event, Decreased):
            said = (quote.price, quote.size, quote.value, quote.fee) if quote else None
            proceeds = event.entry_notional + event.result if event.is_long else event.entry_notional - event.result
            done = (event.fill, event.size, proceeds, event.fee)
        else:
            continue
        if said != done:
            raise Divergence("invariant: a quote is what the call then does", said, done)
