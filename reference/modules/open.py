"""Open and increase a position."""

from dataclasses import replace

from reference.block import Block
from reference.core.accrual import Context, recache, store, touch
from reference.core.authorization import validate_owner, validate_running, validate_terms
from reference.core.pricing import Fill, calculate_increase
from reference.core.settlement import Settlement, calculate_freed_margin, settle, update_sums
from reference.core.vault_ledger import calculate_reserves_utilization_up, pay, share_fee
from reference.errors import (
    CashTooLow,
    LeverageTooHigh,
    MarginRatioTooLow,
    PositionExists,
    SizeZero,
    TooManyPositions,
    TotalLimitReached,
    UtilizationTooHigh,
    VaultShort,
)
from reference.events import Increased, Logged
from reference.math.impact import validate_limit, validate_slippage
from reference.math.margin import calculate_equity, calculate_pnl, is_leverage_allowed, is_ratio_at_least
from reference.math.units import RAO
from reference.math.vault import BREAKER_LIMIT, TOTAL_LIMIT, is_exposure_allowed, validate_open_interest
from reference.state.records import BLOCK_MODULUS, MAX_POSITIONS, Account, Position, Terms
from reference.state.storage import Protocol, store_position


def process_open(
    protocol: Protocol,
    block: Block,
    sender: int,
    account: int,
    market: int,
    is_long: bool,
    margin: int,
    leverage: int,
    terms: Terms,
) -> list[Logged]:
    """POS-1. Opens a position of margin · leverage, paid out of the account's free cash.

    margin: wei. leverage: WAD. terms: POS-18.
    Errors, in this order: Paused, NotOwner, those of POS-18, PositionExists, then those of POS-2.
    """
    # authorize
    validate_running(protocol)
    validate_owner(account, sender)
    validate_terms(terms, block)
    if (account, market) in protocol.positions:
        raise PositionExists

    return _increase(protocol, block, account, market, Position(is_long), margin, leverage, terms)


def process_increase(
    protocol: Protocol,
    block: Block,
    sender: int,
    account: int,
    market: int,
    margin: int,
    leverage: int,
    terms: Terms,
) -> list[Logged]:
    """POS-2. Adds margin · leverage to a position.

    margin: wei. leverage: WAD. terms: POS-18.
    Errors, in this order: Paused, NotOwner, those of POS-18, PositionUnknown, MarketUnknown, those of POS-14, POS-15,
    SlippageTooHigh, PriceLimitReached, those of POS-7, SizeZero, LeverageTooHigh, those of POS-8,
    MarginRatioTooLow, CashTooLow, TooManyPositions, VaultShort, those of POS-16.
    """
    # authorize
    validate_running(protocol)
    validate_owner(account, sender)
    validate_terms(terms, block)
    position = protocol.position(account, market)

    return _increase(protocol, block, account, market, position, margin, leverage, terms)


def _increase(
    protocol: Protocol,
    block: Block,
    key: int,
    market: int,
    before: Position,
    margin: int,
    leverage: int,
    terms: Terms,
) -> list[Logged]:
    # touch
    context = touch(protocol, block, market)

    # price
    fill = calculate_increase(context, before.is_long, margin, leverage, before.entry_notional)
    validate_slippage(context.market.mark, fill.price, terms.max_slippage, before.is_long)
    validate_limit(fill.price, terms.limit_price, before.is_long)

    # settle
    settlement = settle(context, before)
    _validate_leverage(context, settlement, margin, fill)
    after = _grow(settlement.position, block, margin, fill)
    found = context
    context, account = update_sums(context, protocol.account(key), before, after)

    # check
    _validate_position(context, after)
    account = _charge(account, margin, is_new=before.size == 0)

    # pay
    vault, missing = pay(context.vault, margin + calculate_freed_margin(before, after))
    if missing:
        raise VaultShort
    vault, insured = share_fee(vault, fill.fee)
    context = recache(replace(context, vault=vault))
    _validate_limits(found, context, before.is_long)

    # store
    logged = store(protocol, context)
    store_position(protocol, key, market, account, after)

    # log
    return [*logged, _event(context, key, margin, fill, settlement, insured)]


def _grow(position: Position, block: Block, margin: int, fill: Fill) -> Position:
    """POS-2. A settled position with the margin and the fill of an increase added to it."""
    return replace(
        position,
        size=position.size + fill.size,
        margin=position.margin + margin - fill.fee,
        entry_notional=position.entry_notional + fill.value,
        increased_at=block.number % BLOCK_MODULUS,
    )


def _charge(account: Account, margin: int, is_new: bool) -> Account:
    """POS-1. The account without the margin (wei) that it puts up, and with one more position where that is new.

    Errors, in this order: CashTooLow, TooManyPositions.
    """
    if account.cash < margin:
        raise CashTooLow

    count = account.count + is_new
    if is_new and count > MAX_POSITIONS:
        raise TooManyPositions

    return replace(account, cash=account.cash - margin, count=count)


def _event(context: Context, account: int, margin: int, fill: Fill, settlement: Settlement, insured: int) -> Increased:
    return Increased(
        account=account,
        market=context.key,
        is_long=settlement.position.is_long,
        margin=margin,
        size=fill.size,
        notional=fill.value,
        mark=context.market.mark,
        fill=fill.price,
        fee=fill.fee,
        insured=insured,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
    )


def _validate_leverage(context: Context, settlement: Settlement, margin: int, fill: Fill) -> None:
    """POS-2. Settled margin, added margin and the old part's loss carry the whole notional, before the new fee."""
    if fill.size == 0:
        raise SizeZero

    position = settlement.position
    carried = position.margin + margin + min(settlement.pnl, 0)
    if not is_leverage_allowed(carried, position.entry_notional + fill.value, context.parameters.max_leverage):
        raise LeverageTooHigh


def _validate_position(context: Context, position: Position) -> None:
    """POS-2. The position is out of reach of liquidation."""
    parameters = context.parameters
    pnl = calculate_pnl(position.size, position.entry_notional, context.market.mark, position.is_long)
    equity = calculate_equity(position.margin, pnl, 0, 0)
    if not is_ratio_at_least(equity, position.entry_notional, parameters.maintenance + parameters.buffer):
        raise MarginRatioTooLow


def _validate_limits(found: Context, context: Context, is_long: bool) -> None:
    """POS-16. Pool and vault can carry what has grown: the side always, skew and exposure where they have.

    found: as the touch has left it.

    Errors: those of VLT-39, TotalLimitReached, UtilizationTooHigh.
    """
    market, vault = context.market, context.vault
    before, skew = (abs(each.longs.size - each.shorts.size) for each in (found.market, market))
    validate_open_interest(
        market.side(is_long).size,
        skew if skew > before else 0,
        market.mark,
        context.seen.depth * RAO,
        context.parameters.open_interest_cap,
        vault.cash,
    )
    if context.exposure > found.exposure:
        if not is_exposure_allowed(vault.exposure, vault.cash, TOTAL_LIMIT):
            raise TotalLimitReached
        if calculate_reserves_utilization_up(vault) >= BREAKER_LIMIT:
            raise UtilizationTooHigh
