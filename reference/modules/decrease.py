"""Decrease and close a position."""

from reference.block import Block
from reference.core.accrual import Context, store, touch, validate_live
from reference.core.authorization import validate_owner, validate_running
from reference.core.pricing import calculate_decrease_fill
from reference.core.settlement import calculate_close, calculate_result, replace, settle
from reference.core.vault_ledger import claim, pay, share_fee, store_claim
from reference.errors import (
    BelowMaintenance,
    MarginRatioTooLow,
    NotionalTooSmall,
    SameBlock,
    SizeTooLarge,
    SizeZero,
    VaultShort,
)
from reference.events import Decreased, Logged
from reference.math.impact import validate_slippage
from reference.math.liquidation import calculate_closed_entry_up
from reference.math.margin import calculate_equity, calculate_pnl, is_ratio_at_least
from reference.state.records import BLOCK_MODULUS, MIN_NOTIONAL, Position
from reference.state.storage import Protocol, store_position


def process_decrease(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, size: int, max_slippage: int
) -> list[Logged]:
    """POS-3. Closes a part of a position, at most all of it.

    Errors, in this order: Paused, NotOwner, PositionUnknown, SizeZero, SizeTooLarge, SameBlock, MarketWoundDown,
    those of POS-7, BelowMaintenance, those of POS-13, SlippageTooHigh; where a part is left NotionalTooSmall,
    MarginRatioTooLow; those of POS-8; where a part is left VaultShort; of a full close's claim AmountTooLarge.

    size: alpha WAD. max_slippage: WAD, against the mark.
    """
    validate_running(protocol)
    validate_owner(account, sender)
    position = protocol.position(account, market)
    if size == 0:
        raise SizeZero
    if size > position.size:
        raise SizeTooLarge
    return _decrease(protocol, block, account, market, position, size, max_slippage)


def process_close(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, max_slippage: int
) -> list[Logged]:
    """POS-4. Closes all of a position. Errors: those of POS-3, without SizeZero and SizeTooLarge."""
    validate_running(protocol)
    validate_owner(account, sender)
    position = protocol.position(account, market)
    return _decrease(protocol, block, account, market, position, position.size, max_slippage)


def _decrease(
    protocol: Protocol, block: Block, key: int, market: int, before: Position, size: int, max_slippage: int
) -> list[Logged]:
    if before.increased_at == block.number % BLOCK_MODULUS:
        raise SameBlock
    context = touch(protocol, block, market)
    validate_live(context.market.status)
    after = before.copy()
    settlement = settle(context, after)
    if not is_ratio_at_least(settlement.equity, before.entry_notional, context.parameters.maintenance):
        raise BelowMaintenance
    fill = calculate_decrease_fill(context, before.is_long, size)
    validate_slippage(context.market.mark, fill.price, max_slippage, not before.is_long)
    entry = calculate_closed_entry_up(before.entry_notional, size, before.size)
    result = calculate_result(fill.value, entry, before.is_long)
    account = protocol.account(key)
    if size == before.size:
        fee, payout = calculate_close(settlement, result, fill.fee)
        after = Position(before.is_long)
        account.count -= 1
    else:
        fee, payout = fill.fee, 0
        after.size -= size
        after.entry_notional -= entry
        after.margin += result - fee
        _validate_rest(context, after, before.entry_notional, settlement.equity)
    replace(context, account, before, after)
    claimed = pay(context.vault, max(before.margin, 0) - max(after.margin, 0) - payout)
    if claimed and after.size:
        raise VaultShort
    made, claims = claim(context.vault, key, claimed)
    account.cash += payout - claimed
    insured = share_fee(context.vault, fee)
    context.recache()
    logged = store(protocol, context)
    store_claim(protocol, made)
    store_position(protocol, key, market, account, after)
    return [
        *claims,
        *logged,
        Decreased(
            key,
            market,
            before.is_long,
            size,
            entry,
            context.market.mark,
            fill.price,
            result,
            fee,
            insured,
            settlement.funding_owed,
            settlement.interest_owed,
            payout,
            claimed,
        ),
    ]


def _validate_rest(context: Context, rest: Position, entry: int, equity: int) -> None:
    """POS-3. What is left is no dust, and no nearer to liquidation than it was, or out of its reach."""
    if rest.entry_notional < MIN_NOTIONAL:
        raise NotionalTooSmall
    pnl = calculate_pnl(rest.size, rest.entry_notional, context.market.mark, rest.is_long)
    left = calculate_equity(rest.margin, pnl, 0, 0)
    threshold = context.parameters.maintenance + context.parameters.buffer
    if not is_ratio_at_least(left, rest.entry_notional, threshold) and left * entry < equity * rest.entry_notional:
        raise MarginRatioTooLow
