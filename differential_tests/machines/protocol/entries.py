"""The table of entry points: each has one row, of which calls, draws, bounds, words and lists are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from differential_tests.machines.protocol.arguments import (
    ACCOUNT,
    ACCOUNT_CAP,
    AMOUNT,
    BALANCE,
    CONTRACT,
    CONTROLLER,
    GLOBAL_CAP,
    IS_ALLOWED,
    IS_GUARDED,
    IS_LONG,
    IS_PAUSED,
    KEEPERS_ONLY,
    LEVERAGE,
    MARGIN,
    MARKET,
    MARKETS,
    NUMBER,
    ONE_RAO,
    OWNER,
    PARAMETER,
    PARAMETERS,
    SENDER,
    SIZE,
    TERMS,
    TO,
    TO_INSURANCE,
    VALUE,
    Given,
)
from differential_tests.machines.protocol.draws import administration, depositors, listings, money, trades
from differential_tests.machines.protocol.entry import Entry, View
from reference.core.pricing import Fill
from reference.modules import admin, custody, decrease, liquidation, margin, market, shares, view
from reference.modules import open as opening
from reference.state.records import owner_of

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld
    from reference.block import Block
    from reference.state.records import Terms
    from reference.state.storage import Protocol

# ------------------------------------------------------------ who may


def by_anyone(protocol: Protocol, sender: int, account: int) -> bool:
    """Everybody."""
    del protocol, sender, account
    return True


def by_owner(protocol: Protocol, sender: int, account: int) -> bool:
    """Whose account it is."""
    del protocol
    return sender == owner_of(account)


def by_admin(protocol: Protocol, sender: int, account: int) -> bool:
    """The admin."""
    del account
    return sender == protocol.admin


def by_next_admin(protocol: Protocol, sender: int, account: int) -> bool:
    """To whom the role was offered."""
    del account
    return sender == protocol.pending_admin


def by_guardian(protocol: Protocol, sender: int, account: int) -> bool:
    """The guardian."""
    del account
    return sender == protocol.guardian


def by_treasury(protocol: Protocol, sender: int, account: int) -> bool:
    """The treasury."""
    del account
    return sender == protocol.treasury


def by_keeper(protocol: Protocol, sender: int, account: int) -> bool:
    """A keeper, where only keepers may; and the owner, always."""
    return not protocol.keepers_only or sender in protocol.keepers or sender == owner_of(account)


# ------------------------------------------------------------ quotes, and states of interest


def quote_increase(
    protocol: Protocol, block: Block, account: int, market: int, margin: int, leverage: int, _: Terms
) -> Fill:
    """What opening more on the same side would do."""
    is_long = protocol.position(account, market).is_long
    return view.quote_open(protocol, block, account, market, is_long, margin, leverage)


def quote_close(protocol: Protocol, block: Block, account: int, market: int, _: Terms) -> Fill:
    """What closing all of it would do."""
    return view.quote_decrease(protocol, block, account, market, protocol.position(account, market).size)


def cancelled_late(world: ProtocolWorld) -> str:
    """After the cut-off of an epoch that is void."""
    return "cancelled in a void epoch" if world.protocol.window.cut_at else ""


def cut_again(world: ProtocolWorld) -> str:
    """As for a cancellation."""
    return "void epoch cut off again" if world.protocol.window.cut_at else ""


def settled_in_parts(world: ProtocolWorld) -> str:
    """Some of the markets have been touched in this block, not all of them."""
    held = [market for market in world.protocol.markets.values() if market.longs.size + market.shorts.size]
    fed = [market.fed_block == world.block.number for market in held]
    return "settled in parts" if any(fed) and not all(fed) else ""


def request_id(logged: Sequence[Any]) -> int:
    """The epoch of a request."""
    number: int = logged[-1].request_id
    return number


def claimant(world: ProtocolWorld, given: Given) -> int:
    """The account of a claim."""
    claim = world.protocol.claims.get(given["number"])
    return claim.account if claim else 0


def read_all_roles(world: ProtocolWorld) -> tuple[int, ...]:
    """Those of the protocol, and the proxy's."""
    return (*view.read_roles(world.protocol), world.upgrades.proxy.upgrader)


# ------------------------------------------------------------ the table

TRADES = (
    Entry(
        "open", opening.process_open, (ACCOUNT, MARKET, IS_LONG, MARGIN, LEVERAGE, TERMS), by_owner, 26,
        trades.draw_open, "opens {is_long} {market} with {margin} TAO at {leverage}x{account}",
        quote=lambda *given: view.quote_open(*given[:-1]),
    ),
    Entry(
        "increase", opening.process_increase, (ACCOUNT, MARKET, MARGIN, LEVERAGE, TERMS), by_owner, 10,
        trades.draw_increase, "adds {margin} TAO at {leverage}x to {market}{account}", quote=quote_increase,
    ),
    Entry(
        "decrease", decrease.process_decrease, (ACCOUNT, MARKET, SIZE, TERMS), by_owner, 10,
        trades.draw_decrease, "closes {size} of {market}{account}",
        quote=lambda *given: view.quote_decrease(*given[:-1]),
    ),
    Entry(
        "close", decrease.process_close, (ACCOUNT, MARKET, TERMS), by_owner, 9, trades.draw_close,
        "closes {market}{account}", quote=quote_close,
    ),
    Entry(
        "add_margin", margin.process_add_margin, (ACCOUNT, MARKET, AMOUNT), by_owner, 4, trades.draw_add_margin,
        "adds {amount} TAO of margin to {market}{account}",
    ),
    Entry(
        "remove_margin", margin.process_remove_margin, (ACCOUNT, MARKET, AMOUNT), by_owner, 8,
        trades.draw_remove_margin, "takes {amount} TAO of margin out of {market}{account}",
    ),
    Entry(
        "liquidate", liquidation.process_liquidate, (ACCOUNT, MARKET), by_keeper, 14, trades.draw_liquidate,
        "liquidates {market} of {owner}",
    ),
)  # fmt: skip

CUSTODY = (
    Entry(
        "deposit", custody.process_deposit, (ACCOUNT, VALUE), by_anyone, 6, money.draw_deposit,
        "pays {value} TAO in{account}",
    ),
    Entry(
        "withdraw", custody.process_withdraw, (ACCOUNT, AMOUNT), by_owner, 6, money.draw_withdraw,
        "pays {amount} TAO out{account}",
    ),
    Entry("seed", custody.process_seed, (VALUE,), by_treasury, 1, money.draw_seed, "fills the vault with {value} TAO"),
    Entry(
        "donate", custody.process_donate, (TO_INSURANCE, VALUE), by_anyone, 4, money.draw_donate,
        "gives {value} TAO to {to_insurance}",
    ),
    Entry(
        "collect_claim", custody.process_collect_claim, (NUMBER,), by_anyone, 6, money.draw_collect,
        "collects the claim {number}", account=claimant,
    ),
    Entry(
        "skim", custody.process_skim, (BALANCE,), by_anyone, 1, administration.draw_anyone,
        "books what came without a call",
    ),
)  # fmt: skip

MARKETS_LISTED = (
    Entry(
        "list_market", market.process_list_market, (MARKET, IS_GUARDED, PARAMETERS), by_admin, 5, listings.draw_list,
        "lists {market}, {is_guarded} ({preset}{change})",
    ),
    Entry(
        "set_parameters", market.process_set_parameters, (MARKET, PARAMETER), by_admin, 3, listings.draw_set_parameter,
        "sets {field} of {market} to {amount}", action="set_parameter",
    ),
    Entry("poke", market.process_poke, (MARKET,), by_anyone, 12, listings.draw_poke, "touches {market}"),
)  # fmt: skip

MARKETS_ENDED = (
    Entry("delist", market.process_delist, (MARKET,), by_admin, 1, listings.draw_delist, "delists {market}"),
    Entry(
        "wind_down", market.process_wind_down, (MARKET,), by_anyone, 2, listings.draw_wind_down, "winds {market} down",
    ),
    Entry(
        "close_wound_down", market.process_close_wound_down, (ACCOUNT, MARKET), by_anyone, 4,
        listings.draw_close_wound_down, "closes {market} of {owner}, which is wound down",
    ),
)  # fmt: skip

ADMINISTRATION = (
    Entry(
        "offer_admin", admin.process_offer_admin, (TO,), by_admin, 1, administration.draw_role,
        "offers the admin's role to {to}",
    ),
    Entry(
        "take_admin", admin.process_take_admin, (), by_next_admin, 1, administration.draw_take_admin,
        "takes the admin's role",
    ),
    Entry(
        "set_guardian", admin.process_set_guardian, (TO,), by_admin, 1, administration.draw_role,
        "makes {to} the guardian",
    ),
    Entry(
        "set_treasury", admin.process_set_treasury, (TO,), by_admin, 1, administration.draw_role,
        "makes {to} the treasury",
    ),
    Entry(
        "set_keeper", admin.process_set_keeper, (TO, IS_ALLOWED), by_admin, 1, administration.draw_set_keeper,
        "{is_allowed} {to} as a keeper",
    ),
    Entry(
        "set_limits", admin.process_set_limits, (ACCOUNT_CAP, GLOBAL_CAP, KEEPERS_ONLY), by_admin, 1,
        administration.draw_set_limits,
        "sets the caps: {account_cap} TAO an account, {global_cap} TAO in all; {keepers_only} may liquidate",
    ),
    Entry(
        "set_pause", admin.process_set_pause, (IS_PAUSED,), by_guardian, 4, administration.draw_set_pause,
        "{is_paused} the protocol",
    ),
    Entry(
        "clear_bad_debt", admin.process_clear_bad_debt, (), by_admin, 2, administration.draw_by_admin,
        "clears bad debt",
    ),
)  # fmt: skip

REQUESTS = (
    Entry(
        "requestDeposit", shares.process_request_deposit, (CONTROLLER, SENDER, VALUE), by_anyone, 8,
        depositors.draw_request_deposit, "asks for shares, for {value} TAO that {controller} gets",
        action="request_deposit", returns=request_id,
    ),
    Entry(
        "requestRedeem", shares.process_request_redeem, (AMOUNT, CONTROLLER, SENDER), by_anyone, 7,
        depositors.draw_request_redeem, "asks for the TAO of {amount} shares, which {controller} gets",
        action="request_redeem", returns=request_id,
    ),
    Entry(
        "requestDeposit", shares.process_request_deposit, (CONTRACT, SENDER, ONE_RAO), by_anyone, 1,
        depositors.draw_for_contract, "asks for shares that {contract} would get", action="request_for_contract",
        returns=request_id,
    ),
)  # fmt: skip

EPOCHS = (
    Entry(
        "cancelRequest", shares.process_cancel_request, (), by_anyone, 3, depositors.draw_cancel_request,
        "takes its request back", action="cancel_request",
        account=lambda world, given: world.account(given["sender"], 0), meets=cancelled_late,
    ),
    Entry(
        "cut_off", shares.process_cut_off, (), by_anyone, 3, administration.draw_anyone,
        "closes the window of requests", meets=cut_again,
    ),
    Entry(
        "settle", shares.process_settle, (), by_anyone, 4, administration.draw_anyone, "settles the epoch",
        meets=settled_in_parts,
    ),
    Entry(
        "claimRequest", shares.process_claim_request, (NUMBER, CONTROLLER), by_anyone, 8, depositors.draw_claim_request,
        "claims what epoch {number} gave {controller}", action="claim_request",
        account=lambda world, given: world.account(given["controller"], 0),
    ),
)  # fmt: skip

VIEWS = {
    each.function: each
    for each in (
        View("account", view.read_account, (ACCOUNT,)),
        View("position", view.read_position, (ACCOUNT, MARKET)),
        View("market", view.read_market, (MARKET,)),
        View("market_now", view.read_market_now, (MARKET,)),
        View("parameters", view.read_parameters, (MARKET,)),
        View("vault", view.read_vault),
        View("nav", view.read_nav),
        View("equity", view.read_equity, (ACCOUNT, MARKETS)),
        View("quote_open", view.quote_open, (ACCOUNT, MARKET, IS_LONG, AMOUNT, LEVERAGE)),
        View("quote_decrease", view.quote_decrease, (ACCOUNT, MARKET, AMOUNT)),
        View("claim", view.read_claim, (NUMBER,)),
        View("market_count", view.read_market_count),
        View("market_at", view.read_market_at, (NUMBER,)),
        View("roles", read_all_roles),
        View("is_keeper", view.read_is_keeper, (OWNER,)),
        View("limits", view.read_limits),
        View("performance", shares.read_performance),
        View("share", shares.read_share),
        View("window", shares.read_window),
        View("epoch", shares.read_epoch, (NUMBER,)),
        View("request", shares.read_request, (NUMBER, OWNER)),
        View("pendingDepositRequest", view.read_pending_deposit_request, (NUMBER, OWNER)),
        View("claimableDepositRequest", view.read_claimable_deposit_request, (NUMBER, OWNER)),
        View("pendingRedeemRequest", view.read_pending_redeem_request, (NUMBER, OWNER)),
        View("claimableRedeemRequest", view.read_claimable_redeem_request, (NUMBER, OWNER)),
    )
}
"""The views, by name."""

ENTRIES = (*TRADES, *CUSTODY, *MARKETS_LISTED, *MARKETS_ENDED, *ADMINISTRATION, *REQUESTS, *EPOCHS)
"""All that change something."""

LOCKED = tuple(dict.fromkeys([*(entry.function for entry in ENTRIES), *VIEWS]))
"""Functions that nobody may call while another one runs."""
WITH_ARGUMENTS = tuple(entry.function for entry in ENTRIES if entry.width and not entry.is_payable)
"""Functions that take arguments and no TAO."""
PAYABLE = tuple(dict.fromkeys(entry.function for entry in ENTRIES if entry.is_payable))
"""Functions that take TAO."""
