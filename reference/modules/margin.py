"""Margin of a position: more of it, less of it."""

from reference.block import Block
from reference.core.accrual import store, touch, validate_live
from reference.core.authorization import validate_owner, validate_running
from reference.core.pricing import validate_increase_price
from reference.core.settlement import replace, settle
from reference.core.vault_ledger import pay
from reference.errors import AmountZero, CashTooLow, LeverageTooHigh, MarginRatioTooLow, VaultShort
from reference.events import Logged, MarginAdded, MarginRemoved
from reference.math.margin import calculate_equity, is_leverage_allowed, is_ratio_at_least
from reference.state.records import validate_amount
from reference.state.storage import Protocol, store_position


def process_add_margin(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, amount: int
) -> list[Logged]:
    """POS-5. Moves free cash (wei) into a position's margin. Nothing is settled, no ratio asked for; never paused.

    Errors, in this order: NotOwner, AmountZero, PositionUnknown, MarketWoundDown, AmountTooLarge, CashTooLow, those of
    POS-8.
    """
    validate_owner(account, sender)
    if amount == 0:
        raise AmountZero
    before = protocol.position(account, market)
    context = touch(protocol, block, market)
    validate_live(context.market.status)
    owner = protocol.account(account)
    if owner.cash < validate_amount(amount):
        raise CashTooLow
    after = before.copy()
    after.margin += amount
    replace(context, owner, before, after)
    owner.cash -= amount
    pay(context.vault, amount + max(before.margin, 0) - max(after.margin, 0))
    context.recache()
    logged = store(protocol, context)
    store_position(protocol, account, market, owner, after)
    return [*logged, MarginAdded(account, market, amount)]


def process_remove_margin(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, amount: int
) -> list[Logged]:
    """POS-6. Settles a position and moves margin (wei) into free cash.

    Errors, in this order: Paused, NotOwner, AmountZero, PositionUnknown, MarketWoundDown, those of POS-9,
    those of POS-7, AmountTooLarge, LeverageTooHigh, MarginRatioTooLow, those of POS-8, VaultShort.
    """
    validate_running(protocol)
    validate_owner(account, sender)
    if amount == 0:
        raise AmountZero
    before = protocol.position(account, market)
    context = touch(protocol, block, market)
    validate_live(context.market.status)
    validate_increase_price(context)
    after = before.copy()
    settlement = settle(context, after)
    after.margin -= validate_amount(amount)
    parameters = context.parameters
    if not is_leverage_allowed(after.margin + min(settlement.pnl, 0), after.entry_notional, parameters.max_leverage):
        raise LeverageTooHigh
    equity = calculate_equity(after.margin, settlement.pnl, 0, 0)
    if not is_ratio_at_least(equity, after.entry_notional, parameters.maintenance + parameters.buffer):
        raise MarginRatioTooLow
    owner = protocol.account(account)
    replace(context, owner, before, after)
    owner.cash += amount
    if pay(context.vault, max(before.margin, 0) - max(after.margin, 0) - amount):
        raise VaultShort
    context.recache()
    logged = store(protocol, context)
    store_position(protocol, account, market, owner, after)
    return [*logged, MarginRemoved(account, market, amount, settlement.funding_owed, settlement.interest_owed)]
