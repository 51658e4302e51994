"""What is always true of the protocol's books, whatever was called: checked on the reference after every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from differential_tests.fuzzer.world import Divergence
from differential_tests.machines.protocol.looks import Look
from reference.block import Block
from reference.core.accrual import calculate_market_exposure, read_market
from reference.core.pricing import Fill
from reference.errors import AmountTooLarge, BelowMaintenance, MegaTAOError
from reference.events import Decreased, DepositRequest, EpochSettled, Increased, Liquidated, Logged, RedeemRequest
from reference.history.income import Statement, accrue_income
from reference.math.funding import calculate_funding_owed_up
from reference.math.interest import calculate_interest_owed_up
from reference.math.liquidation import HEALTHY, calculate_kind
from reference.math.margin import calculate_equity, calculate_pnl
from reference.math.shares import VIRTUAL_ASSETS, VIRTUAL_SHARES, WITHDRAWAL_RESERVE, calculate_assets_down
from reference.math.units import MAX_WORD, RAO, WAD
from reference.math.vault import TOTAL_LIMIT, calculate_carry, calculate_fed, calculate_side_owed_down
from reference.modules.custody import calculate_books, process_withdraw
from reference.modules.decrease import process_close
from reference.modules.liquidation import process_liquidate
from reference.modules.market import process_close_wound_down
from reference.modules.shares import (
    VOID_PERIOD,
    calculate_claim,
    is_open,
    process_cancel_request,
    process_claim_request,
)
from reference.state.records import WOUND_DOWN, Account, Epoch, Position, Side, Terms, Vault, is_index, owner_of
from reference.state.storage import Protocol

ABSURD_PRICE = 2**80
"""A mark from which on amounts may leave their bounds, so that a position can't be settled (WAD)."""

NONE = Account()


RATIO = "the ratio after a partial liquidation is maintenance + buffer, or more"
PRICE = "the price of a share after a settlement is that before, or more"
CASH = "the vault's cash after a settlement is 60% of that before, or more"
EXPOSURE = "exposure after a settlement is 80% of the vault's cash, or less"
PAYABLE = "TAO that can be claimed is payable"
CLAIMABLE = "shares that can be claimed are held"
UNITS = "units that nobody can claim are at most two a request"
DUST = "TAO that nobody can claim is at most what rounding leaves"
INEQUALITIES = (RATIO, PRICE, CASH, EXPOSURE, PAYABLE, CLAIMABLE, UNITS, DUST)
"""What compares two amounts, and may hold by much or by little."""


@dataclass(slots=True)
class Slack:
    """How an inequality has held. times: that it was looked at. low, high: its sides where they were nearest."""

    times: int = 0
    low: int = 0
    high: int = 1

    @property
    def left(self) -> float:
        """What was left, as a part of the greater side."""
        return (self.high - self.low) / self.high

    def add(self, other: "Slack") -> None:
        """It has held once more, or in another scenario."""
        self.times += other.times
        if (other.high - other.low) * self.high < (self.high - self.low) * other.high:
            self.low, self.high = other.low, other.high


@dataclass(slots=True)
class Ledger:
    """TAO that crossed the contract's border: by calls in and out, and in without a call (wei). And what was asked and
    settled; and the slack of each inequality."""

    paid_in: int = 0
    paid_out: int = 0
    forced: int = 0
    requests: int = 0
    """How often depositors have asked."""
    rounding: int = 0
    """What claims may leave in payable (wei)."""
    epochs: dict[int, Epoch] = field(default_factory=dict)
    """Each epoch as it was settled."""
    slacks: dict[str, Slack] = field(default_factory=dict)
    statement: Statement = field(default_factory=Statement)
    """What the events say."""

    def note(self, inequality: str, low: int, high: int) -> None:
        """An inequality has held; where its lower side is nothing, it could not but."""
        if low > 0:
            self.slacks.setdefault(inequality, Slack()).add(Slack(1, low, high))

    def balance(self) -> int:
        """What the contract must hold."""
        return self.paid_in + self.forced - self.paid_out


@dataclass(frozen=True, slots=True)
class Change:
    """One call that went through. key: account and market of the position it was about. vault: before.

    is_allowed: whether its sender might call it, by the state before. is_owner: whether the account is the sender's.
    terms: those of a trade. seen: what it saw of its market.
    """

    is_allowed: bool
    is_owner: bool
    key: tuple[int, int] | None
    before: Position | None
    after: Position | None
    vault: Vault
    logged: Sequence[Logged]
    terms: Terms | None = None
    seen: Look | None = None


def check_step(protocol: Protocol, ledger: Ledger, change: Change) -> None:
    """Check everything that a call may have broken. Raises Divergence.

    A call changes one market at most: the sums of the others are what they were.
    """
    _equal("who may call", True, change.is_allowed)
    check_conservation(protocol, ledger)
    check_totals(protocol, ledger)
    for event in change.logged:
        accrue_income(ledger.statement, event)
        if isinstance(event, DepositRequest | RedeemRequest):
            ledger.requests += 1
        elif isinstance(event, EpochSettled):
            check_settlement(protocol, ledger, event)
            ledger.rounding += calculate_rounding(protocol, event)
            ledger.epochs[event.epoch] = protocol.epochs[event.epoch]
    check_income(protocol, ledger.statement)
    if change.key is None:
        return
    account, market = change.key
    check_holding(ledger.statement, change)
    check_account(protocol, account)
    if market in protocol.markets:
        check_market(protocol, market)
    if change.is_owner:
        _check_own_call(protocol, change)
    for event in change.logged:
        if isinstance(event, Liquidated):
            _check_liquidation(protocol, ledger, change, event)


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


def check_everything(protocol: Protocol, ledger: Ledger) -> None:
    """Check all books of all markets and accounts. Raises Divergence."""
    check_conservation(protocol, ledger)
    check_totals(protocol, ledger)
    check_dust(protocol, ledger)
    check_holdings(protocol, ledger.statement)
    for account in protocol.accounts:
        check_account(protocol, account)
    for market in protocol.markets:
        check_market(protocol, market)
        _equal("MTSOS alone has a pool of its own", is_index(market), protocol.parameters[market].pool > 0)


def _equal(what: str, computed: object, kept: object) -> None:
    if computed != kept:
        raise Divergence(f"invariant: {what}", computed, kept)


def check_conservation(protocol: Protocol, ledger: Ledger) -> None:
    """All TAO that came in and did not go out is in exactly one bucket, or came in without a call; by whole rao."""
    _equal("what crosses the border is whole rao", (0, 0), (ledger.paid_in % RAO, ledger.paid_out % RAO))
    books = calculate_books(protocol)
    _equal("paid in − paid out = the sum of all buckets", ledger.balance() - ledger.forced, books)


def check_totals(protocol: Protocol, ledger: Ledger) -> None:
    """The protocol's sums are those over its accounts, markets and claims; nothing is negative."""
    vault, accounts = protocol.vault, protocol.accounts.values()
    _equal("free cash of all accounts", sum([each.cash for each in accounts]), protocol.free_cash)
    _equal("margins of all accounts", sum([each.margin for each in accounts]), protocol.margins)
    markets = protocol.markets.values()
    _equal("exposure of all markets", sum([calculate_market_exposure(each) for each in markets]), vault.exposure)
    _equal("promises of all markets", sum([-each.value for each in markets if each.value < 0]), vault.promised)
    _equal("values of all markets", sum([each.value for each in markets]), vault.value)
    numbers = (vault.cash, vault.insurance, vault.bucket, vault.uncovered, vault.claimed - vault.fed, vault.exposure)
    if min(numbers) < 0:
        raise Divergence("invariant: no negative bucket", "0 or more", numbers)
    if vault.claims:
        check_claims(protocol)
    check_shares(protocol, ledger)


def check_claims(protocol: Protocol) -> None:
    """Claims are what was claimed and not collected; while one is unfed, vault and insurance are empty."""
    vault, claims = protocol.vault, protocol.claims.values()
    fed = sum([calculate_fed(each.before, each.amount, vault.fed) for each in claims])
    _equal("the bucket holds what is fed and not collected", fed, vault.bucket)
    _equal("unfed claims", sum([each.amount for each in claims]) - fed, vault.claimed - vault.fed)
    if vault.claimed > vault.fed:
        _equal("an unfed claim leaves no cash and no insurance", (0, 0), (vault.cash, vault.insurance))


def check_shares(protocol: Protocol, ledger: Ledger) -> None:
    """Requests add up, each epoch before the window is settled once, and what can be claimed is there."""
    window, share = protocol.window, protocol.share
    _equal("shares of all holders", sum(share.balances.values()), share.supply)
    _equal("settled epochs", list(range(window.number)), list(protocol.epochs))
    asked = [request for (number, _), request in protocol.requests.items() if number == window.number]
    assets, shares = sum([each.assets for each in asked]), sum([each.shares for each in asked])
    _equal("what is asked of the window", (assets, shares), (window.assets, window.shares))
    payable, claimable = calculate_claimable(protocol)
    held = share.balance(protocol.address) - shares
    if payable > window.payable or claimable > held:
        raise Divergence("invariant: what can be claimed is there", (payable, claimable), (window.payable, held))
    ledger.note(PAYABLE, payable, window.payable)
    ledger.note(CLAIMABLE, claimable, held)


def calculate_claimable(protocol: Protocol) -> tuple[int, int]:
    """What all requests of settled epochs get together: TAO (wei) and shares."""
    payable, claimable = 0, 0
    for (number, _), request in protocol.requests.items():
        if number < protocol.window.number:
            minted, returned, paid = calculate_claim(protocol.epochs[number], request)
            claimable += minted + returned
            payable += paid
    return payable, claimable


def check_dust(protocol: Protocol, ledger: Ledger) -> None:
    """Settled prices stay, and what nobody can claim is rounding."""
    _equal("prices of settled epochs", ledger.epochs, protocol.epochs)
    payable, claimable = calculate_claimable(protocol)
    units = protocol.share.balance(protocol.address) - protocol.window.shares - claimable
    dust = protocol.window.payable - payable
    for what, left, most in ((UNITS, units, 2 * ledger.requests), (DUST, dust, ledger.rounding)):
        if left > most:
            raise Divergence(f"invariant: {what}", most, left)
        ledger.note(what, left, most)


def calculate_rounding(protocol: Protocol, event: EpochSettled) -> int:
    """SHR-7:23ef. What an epoch's claims leave at most (wei): one for each redemption, and a unit's price if it is
    cut."""
    redemptions = sum([number == event.epoch and asked.shares > 0 for (number, _), asked in protocol.requests.items()])
    is_cut = event.redeemed < event.shares
    return redemptions * (1 + is_cut * (calculate_assets_down(1, event.nav, event.supply) + 1))


def check_settlement(protocol: Protocol, ledger: Ledger, event: EpochSettled) -> None:
    """A settlement does not lower the price of a share, and keeps the limits of VLT-11."""
    nav = event.nav + event.assets - event.paid
    supply = event.supply + event.minted - event.redeemed
    _equal("supply after a settlement", protocol.share.supply, supply)
    before = (event.nav + VIRTUAL_ASSETS) * (supply + VIRTUAL_SHARES)
    after = (nav + VIRTUAL_ASSETS) * (event.supply + VIRTUAL_SHARES)
    if after < before:
        raise Divergence("invariant: a settlement does not lower the price of a share", before, after)
    ledger.note(PRICE, before, after)
    if not event.paid:
        return
    left = protocol.vault.cash
    reserve, exposure = (left + event.paid) * WITHDRAWAL_RESERVE, protocol.vault.exposure * WAD
    if left * WAD < reserve or exposure > left * TOTAL_LIMIT:
        raise Divergence("invariant: a settlement keeps the limits", left, event.paid)
    ledger.note(CASH, reserve, left * WAD)
    ledger.note(EXPOSURE, exposure, left * TOTAL_LIMIT)


def check_income(protocol: Protocol, statement: Statement) -> None:
    """SHR-16:9d65. The events alone tell what the vault has, and the sources of its income add up to it, to the wei."""
    told, vault = statement.vault, protocol.vault
    _equal("cash, by the events", told.cash, vault.cash)
    _equal("insurance, by the events", told.insurance, vault.insurance)
    _equal("unfed claims, by the events", told.claimed - told.fed, vault.claimed - vault.fed)
    owned = vault.cash + vault.insurance - (vault.claimed - vault.fed) + statement.deficits()
    _equal(
        "deposits, gifts and income, by source", statement.deposits + statement.gifts + statement.income.total(), owned
    )


def check_holding(statement: Statement, change: Change) -> None:
    """SHR-16:9d65. The events alone tell size and margin of the position that a call was about."""
    told = statement.holdings.get(change.key) if change.key else None
    kept = change.after
    _equal("position, by the events", told and (told.size, told.margin), kept and (kept.size, kept.margin))


def check_holdings(protocol: Protocol, statement: Statement) -> None:
    """SHR-16:9d65. The events alone tell which positions are open, and what they owe beyond their margins."""
    told = {key: (each.size, each.margin) for key, each in statement.holdings.items()}
    kept = {key: (each.size, each.margin) for key, each in protocol.positions.items()}
    _equal("positions, by the events", told, kept)
    deficits = sum([each.longs.deficit + each.shorts.deficit for each in protocol.markets.values()])
    _equal("deficits, by the events", statement.deficits(), deficits)


def check_account(protocol: Protocol, account: int) -> None:
    """An account's margin and count are those of its positions."""
    held = [position for (owner, _), position in protocol.positions.items() if owner == account]
    kept = protocol.accounts.get(account, NONE)
    _equal("margin of an account's positions", sum([max(each.margin, 0) for each in held]), kept.margin)
    _equal("number of an account's positions", len(held), kept.count)
    if kept.cash < 0:
        raise Divergence("invariant: no negative cash", "0 or more", kept.cash)


def check_market(protocol: Protocol, key: int) -> None:
    """The sums of a market's sides are those over its positions."""
    held = [position for (_, market), position in protocol.positions.items() if market == key]
    kept = protocol.markets[key]
    for is_long, name in ((True, "longs"), (False, "shorts")):
        side = [each for each in held if each.is_long == is_long]
        _equal(f"{name} of market {key:#x}", sum_side(side), kept.side(is_long))
        check_owed(protocol, key, is_long, side)


def sum_side(positions: Sequence[Position]) -> Side:
    """The sums that a side of these positions has."""
    return Side(
        size=sum([each.size for each in positions]),
        entry_notional=sum([each.entry_notional for each in positions]),
        margin=sum([max(each.margin, 0) for each in positions]),
        deficit=sum([max(-each.margin, 0) for each in positions]),
        carry=sum(
            [
                calculate_carry(each.size, each.entry_notional, each.funding_index, each.interest_index, each.is_long)
                for each in positions
            ]
        ),
    )


def check_owed(protocol: Protocol, key: int, is_long: bool, positions: Sequence[Position]) -> None:
    """VLT-6:d13d, VLT-38:8b67. A side owes no more than its positions one by one, and at most 3 wei each less."""
    market = protocol.markets[key]
    side = market.side(is_long)
    index = market.frozen_interest_index if market.status == WOUND_DOWN else protocol.vault.interest_index
    owed = calculate_side_owed_down(
        side.size, side.entry_notional, side.carry, market.mark, market.funding_index, index, is_long
    )
    alone = sum(each.margin - calculate_position_equity(protocol, key, each) for each in positions)
    if not 0 <= alone - owed <= 3 * len(positions):
        raise Divergence("invariant: what a side owes", f"{alone} less {3 * len(positions)} at most", owed)


def calculate_position_equity(protocol: Protocol, market: int, position: Position) -> int:
    """Equity (wei, signed) of a position, at its market's mark and the indices as they are."""
    state = protocol.markets[market]
    index = state.frozen_interest_index if state.status == WOUND_DOWN else protocol.vault.interest_index
    return calculate_equity(
        position.margin,
        calculate_pnl(position.size, position.entry_notional, state.mark, position.is_long),
        calculate_funding_owed_up(position.size, state.funding_index, position.funding_index, position.is_long),
        calculate_interest_owed_up(position.entry_notional, index, position.interest_index),
    )


def calculate_position_kind(protocol: Protocol, market: int, position: Position) -> int:
    """Which liquidation a position is due, at its market's mark."""
    parameters = protocol.parameters[market]
    equity = calculate_position_equity(protocol, market, position)
    return calculate_kind(equity, position.entry_notional, parameters.maintenance, parameters.buffer)


def _check_own_call(protocol: Protocol, change: Change) -> None:
    """No call of its owner brings a position nearer to liquidation than it was."""
    if change.key is None or change.after is None:
        return
    _, market = change.key
    before = HEALTHY if change.before is None else calculate_position_kind(protocol, market, change.before)
    after = calculate_position_kind(protocol, market, change.after)
    if after > before:
        raise Divergence("invariant: no call makes its caller's position liquidatable", before, after)


def _check_liquidation(protocol: Protocol, ledger: Ledger, change: Change, event: Liquidated) -> None:
    """After a full liquidation the position is gone, after a partial one it is out of reach."""
    if event.is_full or change.after is None:
        _equal("a full liquidation leaves nothing", event.is_full, change.after is None)
        return
    entry, parameters = change.after.entry_notional, protocol.parameters[event.market]
    equity = calculate_position_equity(protocol, event.market, change.after)
    kind = calculate_kind(equity, entry, parameters.maintenance, parameters.buffer)
    _equal("a partial liquidation leaves a healthy position", HEALTHY, kind)
    ledger.note(RATIO, entry * (parameters.maintenance + parameters.buffer), equity * WAD)


def copy_protocol(protocol: Protocol) -> Protocol:
    """A copy on which anything may be called: records are replaced, never changed in place."""
    return Protocol(
        protocol.precompile,
        protocol.index_oracle,
        protocol.admin,
        protocol.guardian,
        protocol.treasury,
        protocol.address,
        protocol.share.copy(),
        protocol.account_cap,
        protocol.global_cap,
        protocol.pending_admin,
        protocol.keepers_only,
        protocol.keepers.copy(),
        protocol.accounts.copy(),
        protocol.positions.copy(),
        protocol.markets.copy(),
        protocol.parameters.copy(),
        protocol.raised_at.copy(),
        protocol.moved_at.copy(),
        protocol.vault,
        protocol.claims.copy(),
        protocol.window,
        protocol.epochs.copy(),
        protocol.requests.copy(),
        protocol.free_cash,
        protocol.margins,
    )


def check_way_out(protocol: Protocol, block: Block) -> None:
    """Whatever the state, each account can withdraw its free cash, close (or be liquidated) in the next block, and
    withdraw what that left. Only the guardian's pause defers closing. Each request can be claimed, or cancelled once
    its epoch is open or void.
    """
    state = copy_protocol(protocol)
    void = block if is_open(state.window, block) else Block(block.number + 1, state.window.cut_at + VOID_PERIOD)
    for number, controller in protocol.requests:
        if number < state.window.number:
            _must(f"{controller:#x} claims", partial(process_claim_request, state, number, controller))
        else:
            _must(f"{controller:#x} cancels", partial(process_cancel_request, state, void, controller))
    later = Block(block.number + 1, block.timestamp + 12)
    for account in protocol.accounts:
        _withdraw_all(state, account)
    state.vault = replace(state.vault, is_paused=False)
    for account, market in protocol.positions:
        if _is_sane(state, later, market):
            _leave(state, later, account, market)
    for account in protocol.accounts:
        _withdraw_all(state, account)
    check_totals(state, Ledger())


def _is_sane(state: Protocol, block: Block, key: int) -> bool:
    """Whether a market's prices are such that nothing can leave the bounds of amounts."""
    market = state.markets[key]
    seen = read_market(state, block, key, market, state.parameters[key])
    return max(seen.high, market.mark) < ABSURD_PRICE


def _withdraw_all(state: Protocol, account: int) -> None:
    amount = state.account(account).cash // RAO * RAO
    if amount:
        _must(f"{account:#x} withdraws", lambda: process_withdraw(state, owner_of(account), account, amount))


def _leave(state: Protocol, block: Block, account: int, market: int) -> None:
    owner = owner_of(account)
    if state.markets[market].status == WOUND_DOWN:
        what = f"{account:#x} leaves wound-down {market:#x}"
        _must(what, lambda: process_close_wound_down(state, block, account, market))
        return
    close = partial(process_close, state, block, owner, account, market, Terms(MAX_WORD))
    try:
        close()
    except AmountTooLarge:
        return  # an amount has left 2**112 wei, 250 million times the supply: it can't be paid by anyone
    except BelowMaintenance:
        _must(f"{account:#x} is liquidated", partial(process_liquidate, state, block, owner, account, market))
    except MegaTAOError as failure:
        raise Divergence(f"invariant: a way out: {account:#x} closes", "success", failure.revert_name()) from failure


def _must(what: str, call: Callable[[], object]) -> None:
    try:
        call()
    except AmountTooLarge:
        return
    except MegaTAOError as failure:
        raise Divergence(f"invariant: a way out: {what}", "success", failure.revert_name()) from failure
