"""Adding margin to a position, and removing margin from it."""

from dataclasses import replace

from reference.block import Block
from reference.core.accrual import Context, recache, store, touch, validate_live
from reference.core.authorization import validate_owner, validate_running
from reference.core.pricing import calculate_start, validate_increase_price
from reference.core.settlement import Settlement, calculate_freed_margin, settle, update_sums
from reference.core.vault_ledger import pay
from reference.errors import AmountZero, CashTooLow, LeverageTooHigh, MarginRatioTooLow, VaultShort
from reference.events import Logged, MarginAdded, MarginRemoved
from reference.math.margin import calculate_equity, calculate_pnl, is_leverage_allowed, is_ratio_at_least
from reference.math.mark import INDEX_BAND
from reference.state.records import Position, validate_amount
from reference.state.storage import Protocol, store_position


def process_add_margin(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, amount: int
) -> list[Logged]:
    """POS-5. Moves free cash (wei) into a position's margin. It settles nothing, checks no ratio and is never paused.

    Errors, in this order: NotOwner, AmountZero, PositionUnknown, MarketWoundDown, AmountTooLarge, CashTooLow, those of
    POS-8.
    """
    # authorize
    validate_owner(account, sender)
    if amount == 0:
        raise AmountZero
    before = protocol.position(account, market)

    # touch
    context = touch(protocol, block, market)
    validate_live(context.market.status)

    # check
    owner = protocol.account(account)
    if owner.cash < validate_amount(amount):
        raise CashTooLow
    after = replace(before, margin=before.margin + amount)
    context, owner = update_sums(context, owner, before, after)

    # pay
    owner = replace(owner, cash=owner.cash - amount)
    vault, _ = pay(context.vault, amount + calculate_freed_margin(before, after))
    context = recache(replace(context, vault=vault))

    # store
    logged = store(protocol, context)
    store_position(protocol, account, market, owner, after)

    # log
    return [*logged, MarginAdded(account, market, amount)]


def process_remove_margin(
    protocol: Protocol, block: Block, sender: int, account: int, market: int, amount: int
) -> list[Logged]:
    """POS-6. Settles a position and moves margin (wei) into free cash.

    Errors, in this order: Paused, NotOwner, AmountZero, PositionUnknown, MarketWoundDown, those of POS-9,
    those of POS-7, those of POS-10, AmountTooLarge, LeverageTooHigh, MarginRatioTooLow, those of POS-8, VaultShort.
    """
    # authorize
    validate_running(protocol)
    validate_owner(account, sender)
    if amount == 0:
        raise AmountZero
    before = protocol.position(account, market)

    # touch
    context = touch(protocol, block, market)
    validate_live(context.market.status)

    # price
    validate_increase_price(context)

    # settle
    settlement = settle(context, before)
    settled = settlement.position
    exit_price = calculate_start(context, not before.is_long, INDEX_BAND)
    after = replace(settled, margin=settled.margin - validate_amount(amount))

    # check
    _validate_removal(context, after, exit_price)
    context, owner = update_sums(context, protocol.account(account), before, after)

    # pay
    owner = replace(owner, cash=owner.cash + amount)
    vault, missing = pay(context.vault, calculate_freed_margin(before, after) - amount)
    if missing:
        raise VaultShort
    context = recache(replace(context, vault=vault))

    # store
    logged = store(protocol, context)
    store_position(protocol, account, market, owner, after)

    # log
    return [*logged, _removed_event(account, market, amount, settlement)]


def _removed_event(account: int, market: int, amount: int, settlement: Settlement) -> MarginRemoved:
    return MarginRemoved(
        account=account,
        market=market,
        amount=amount,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
    )


def _validate_removal(context: Context, position: Position, exit_price: int) -> None:
    """POS-6. The margin that stays carries the notional, losses counted and profits not, and the ratio is healthy.

    exit_price: at which it would be closed now, before impact, WAD.
    Errors, in this order: LeverageTooHigh, MarginRatioTooLow.
    """
    parameters = context.parameters
    pnl = calculate_pnl(position.size, position.entry_notional, exit_price, position.is_long)
    if not is_leverage_allowed(position.margin + min(pnl, 0), position.entry_notional, parameters.max_leverage):
        raise LeverageTooHigh

    equity = calculate_equity(position.margin, pnl, 0, 0)
    if not is_ratio_at_least(equity, position.entry_notional, parameters.maintenance + parameters.buffer):
        raise MarginRatioTooLow
