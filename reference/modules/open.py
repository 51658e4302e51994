"""Open and increase a position."""

from reference.block import Block
from reference.core.accrual import Context, store, touch
from reference.core.authorization import validate_owner, validate_running
from reference.core.pricing import Fill, calculate_increase
from reference.core.settlement import Settlement, replace, settle
from reference.core.vault_ledger import calculate_reserves_utilization_up, pay, share_fee
from reference.errors import (
    CashTooLow,
    LeverageTooHigh,
    MarginRatioTooLow,
    MarketLimitReached,
    OpenInterestTooHigh,
    PositionExists,
    SizeZero,
    TooManyPositions,
    TotalLimitReached,
    UtilizationTooHigh,
    VaultShort,
)
from reference.events import Increased, Logged
from reference.math.impact import validate_slippage
from reference.math.margin import calculate_equity, calculate_pnl, is_leverage_allowed, is_ratio_at_least
from reference.math.vault import BREAKER_LIMIT, MARKET_LIMIT, TOTAL_LIMIT, is_exposure_allowed
from reference.state.records import BLOCK_MODULUS, MAX_POSITIONS, Position
from reference.state.storage import Protocol


def process_open(
    protocol: Protocol,
    block: Block,
    sender: int,
    account: int,
    market: int,
    is_long: bool,
    margin: int,
    leverage: int,
    max_slippage: int,
) -> list[Logged]:
    """POS-1. Opens a position of margin · leverage, out of the account's free cash.

    margin: wei. leverage, max_slippage: WAD; the latter against the mark.
    Errors: Paused, NotOwner, PositionExists, then those of POS-2.
    """
    validate_running(protocol)
    validate_owner(account, sender)
    if (account, market) in protocol.positions:
        raise PositionExists
    return _increase(protocol, block, account, market, Position(is_long), margin, leverage, max_slippage)


def process_increase(
    protocol: Protocol,
    block: Block,
    sender: int,
    account: int,
    market: int,
    margin: int,
    leverage: int,
    max_slippage: int,
) -> list[Logged]:
    """POS-2. Adds margin · leverage to a position.

    Errors, in this order: Paused, NotOwner, PositionUnknown, MarketUnknown, those of POS-14, POS-15, SlippageTooHigh,
    those of POS-7, SizeZero, LeverageTooHigh, those of POS-8, OpenInterestTooHigh, MarginRatioTooLow, CashTooLow,
    TooManyPositions, VaultShort, those of POS-16.
    """
    validate_running(protocol)
    validate_owner(account, sender)
    position = protocol.position(account, market)
    return _increase(protocol, block, account, market, position, margin, leverage, max_slippage)


def _increase(
    protocol: Protocol,
    block: Block,
    key: int,
    market: int,
    before: Position,
    margin: int,
    leverage: int,
    max_slippage: int,
) -> list[Logged]:
    context = touch(protocol, block, market)
    fill = calculate_increase(context, before.is_long, margin, leverage, before.entry_notional)
    validate_slippage(context.market.mark, fill.price, max_slippage, before.is_long)
    account = protocol.account(key)
    after = before.copy()
    settlement = settle(context, after)
    _validate_leverage(context, after, settlement, margin, fill)
    after.size += fill.size
    after.entry_notional += fill.value
    after.margin += margin - fill.fee
    after.increased_at = block.number % BLOCK_MODULUS
    exposure = context.exposure
    replace(context, account, before, after)
    _validate_position(context, after)
    if account.cash < margin:
        raise CashTooLow
    account.cash -= margin
    if before.size == 0:
        account.count += 1
        if account.count > MAX_POSITIONS:
            raise TooManyPositions
    if pay(context.vault, margin + max(before.margin, 0) - max(after.margin, 0)):
        raise VaultShort
    insured = share_fee(context.vault, fill.fee)
    context.recache()
    if context.exposure > exposure:
        _validate_limits(context)
    logged = store(protocol, context)
    protocol.store_account(key, account)
    protocol.positions[key, market] = after
    return [
        *logged,
        Increased(
            key,
            market,
            after.is_long,
            margin,
            fill.size,
            fill.value,
            context.market.mark,
            fill.price,
            fill.fee,
            insured,
            settlement.funding_owed,
            settlement.interest_owed,
        ),
    ]


def _validate_leverage(context: Context, position: Position, settlement: Settlement, margin: int, fill: Fill) -> None:
    """POS-2. Settled margin, what is added, and the old part's loss carry the whole, before the new fee."""
    if fill.size == 0:
        raise SizeZero
    carried = position.margin + margin + min(settlement.pnl, 0)
    if not is_leverage_allowed(carried, position.entry_notional + fill.value, context.parameters.max_leverage):
        raise LeverageTooHigh


def _validate_position(context: Context, position: Position) -> None:
    """POS-2. Its side is within its part of the pool, and the position out of reach of liquidation."""
    market, parameters = context.market, context.parameters
    if market.side(position.is_long).size * market.mark > market.pool * parameters.open_interest_cap:
        raise OpenInterestTooHigh
    pnl = calculate_pnl(position.size, position.entry_notional, market.mark, position.is_long)
    equity = calculate_equity(position.margin, pnl, 0, 0)
    if not is_ratio_at_least(equity, position.entry_notional, parameters.maintenance + parameters.buffer):
        raise MarginRatioTooLow


def _validate_limits(context: Context) -> None:
    """POS-16. The vault can carry the exposure, now that it has grown.

    Errors: MarketLimitReached, TotalLimitReached, UtilizationTooHigh.
    """
    vault = context.vault
    if not is_exposure_allowed(context.exposure, vault.cash, MARKET_LIMIT):
        raise MarketLimitReached
    if not is_exposure_allowed(vault.exposure, vault.cash, TOTAL_LIMIT):
        raise TotalLimitReached
    if calculate_reserves_utilization_up(vault) >= BREAKER_LIMIT:
        raise UtilizationTooHigh
