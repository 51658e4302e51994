"""Decrease and close a position."""

from dataclasses import dataclass, replace

from reference.block import Block
from reference.core.accrual import Context, is_waiting, recache, store, touch, validate_live
from reference.core.authorization import validate_owner, validate_running, validate_terms
from reference.core.pricing import Fill, calculate_decrease_fill
from reference.core.settlement import (
    Settlement,
    calculate_close,
    calculate_freed_margin,
    calculate_result,
    settle,
    update_sums,
)
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
from reference.math.impact import validate_limit, validate_slippage
from reference.math.liquidation import calculate_closed_entry_up, is_last_tenth
from reference.math.margin import calculate_equity, calculate_pnl, is_ratio_at_least
from reference.state.records import BLOCK_MODULUS, MIN_NOTIONAL, Position, Terms
from reference.state.storage import Protocol, store_position


def process_decrease(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, size: int, terms: Terms
) -> list[Logged]:
    """POS-3. Closes a part of a position, at most all of it.

    size: alpha WAD. terms: POS-18.
    Errors, in this order: Paused, NotOwner, those of POS-18, PositionUnknown, SizeZero, SizeTooLarge, SameBlock,
    MarketWoundDown, those of POS-7, BelowMaintenance, those of POS-13, SlippageTooHigh, PriceLimitReached; where a part
    is left NotionalTooSmall, MarginRatioTooLow; those of POS-8; where a part is left VaultShort; of a full close's
    claim AmountTooLarge.
    """
    # authorize
    validate_running(protocol)
    validate_owner(account, sender)
    validate_terms(terms, block)
    position = protocol.position(account, market)
    if size == 0:
        raise SizeZero
    if size > position.size:
        raise SizeTooLarge

    return _decrease(protocol, block, account, market, position, size, terms)


def process_close(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, terms: Terms
) -> list[Logged]:
    """POS-4. Closes all of a position. max_slippage: WAD. Errors: those of POS-3, without SizeZero and SizeTooLarge."""
    # authorize
    validate_running(protocol)
    validate_owner(account, sender)
    validate_terms(terms, block)
    position = protocol.position(account, market)

    return _decrease(protocol, block, account, market, position, position.size, terms)


@dataclass(frozen=True, slots=True)
class Decrease:
    """A decrease at its fill, and the position that it leaves. entry_notional, result, fee, payout: wei.

    entry_notional: of what is closed. result: realised at the fill, signed.
    """

    after: Position
    fill: Fill
    entry_notional: int
    result: int
    fee: int
    payout: int


def _decrease(
    protocol: Protocol, block: Block, key: int, market: int, before: Position, size: int, terms: Terms
) -> list[Logged]:
    if before.increased_at == block.number % BLOCK_MODULUS:
        raise SameBlock

    # touch
    context = touch(protocol, block, market)
    validate_live(context.market.status)

    # settle
    settlement = settle(context, before)
    _validate_maintenance(context, block, settlement)

    # price
    fill = calculate_decrease_fill(context, before.is_long, size)
    validate_slippage(context.market.mark, fill.price, terms.max_slippage, not before.is_long)
    validate_limit(fill.price, terms.limit_price, not before.is_long)

    # check
    decrease = _shrink(settlement, fill)
    after = decrease.after
    if after.size:
        _validate_rest(context, after, before.entry_notional, settlement.equity)
    context, account = update_sums(context, protocol.account(key), before, after)

    # pay
    vault, missing = pay(context.vault, calculate_freed_margin(before, after) - decrease.payout)
    if missing and after.size:
        raise VaultShort
    vault, made, claims = claim(vault, key, missing)
    vault, insured = share_fee(vault, decrease.fee)
    context = recache(replace(context, vault=vault))
    cash, count = account.cash + decrease.payout - missing, account.count - (after.size == 0)

    # store
    logged = store(protocol, context)
    store_claim(protocol, made)
    store_position(protocol, key, market, replace(account, cash=cash, count=count), after)

    # log
    return [*claims, *logged, _event(context, key, decrease, settlement, insured, missing)]


def _validate_maintenance(context: Context, block: Block, settlement: Settlement) -> None:
    """POS-3. A position that can be liquidated now can't be closed. Errors: BelowMaintenance."""
    equity, entry_notional = settlement.equity, settlement.position.entry_notional
    maintenance = context.parameters.maintenance
    if is_ratio_at_least(equity, entry_notional, maintenance):
        return
    if not is_waiting(context, block) or is_last_tenth(equity, entry_notional, maintenance):
        raise BelowMaintenance


def _shrink(settlement: Settlement, fill: Fill) -> Decrease:
    """POS-3. A decrease of a settled position by a fill; a full close pays by POS-17, a part stays in the margin."""
    position = settlement.position
    entry_notional = calculate_closed_entry_up(position.entry_notional, fill.size, position.size)
    result = calculate_result(fill.value, entry_notional, position.is_long)

    if fill.size == position.size:
        fee, payout = calculate_close(settlement, result, fill.fee)
        return Decrease(Position(position.is_long), fill, entry_notional, result, fee, payout)

    after = replace(
        position,
        size=position.size - fill.size,
        margin=position.margin + result - fill.fee,
        entry_notional=position.entry_notional - entry_notional,
    )
    return Decrease(after, fill, entry_notional, result, fill.fee, 0)


def _event(
    context: Context, account: int, decrease: Decrease, settlement: Settlement, insured: int, claimed: int
) -> Decreased:
    return Decreased(
        account=account,
        market=context.key,
        is_long=decrease.after.is_long,
        size=decrease.fill.size,
        entry_notional=decrease.entry_notional,
        mark=context.market.mark,
        fill=decrease.fill.price,
        result=decrease.result,
        fee=decrease.fee,
        insured=insured,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
        payout=decrease.payout,
        claimed=claimed,
    )


def _validate_rest(context: Context, rest: Position, entry_notional: int, equity: int) -> None:
    """POS-3. The rest of a position is no dust, and no nearer to liquidation than the whole was, or out of its reach.

    entry_notional, equity: of the whole, wei.
    Errors, in this order: NotionalTooSmall, MarginRatioTooLow.
    """
    if rest.entry_notional < MIN_NOTIONAL:
        raise NotionalTooSmall

    pnl = calculate_pnl(rest.size, rest.entry_notional, context.market.mark, rest.is_long)
    left = calculate_equity(rest.margin, pnl, 0, 0)
    threshold = context.parameters.maintenance + context.parameters.buffer
    is_nearer = left * entry_notional < equity * rest.entry_notional
    if is_nearer and not is_ratio_at_least(left, rest.entry_notional, threshold):
        raise MarginRatioTooLow
