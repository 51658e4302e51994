"""Open, increase, decrease and close a position."""

from reference.block import Block
from reference.books import (
    Settlement,
    calculate_close,
    calculate_result,
    claim,
    insure,
    pay,
    replace,
    settle,
    store_claim,
)
from reference.errors import (
    AmountTooLarge,
    AutoPaused,
    BelowMaintenance,
    BreakerTripped,
    CashTooLow,
    LeverageOutOfRange,
    LeverageTooHigh,
    MarginRatioTooLow,
    MarketClosed,
    MarketLimitReached,
    NotionalTooSmall,
    OpenInterestTooHigh,
    PositionExists,
    SameBlock,
    SizeTooLarge,
    SizeZero,
    TooManyPositions,
    TotalLimitReached,
    UtilizationTooHigh,
    VaultShort,
)
from reference.events import Decreased, Increased, Logged
from reference.fees import calculate_fee_split
from reference.impact import validate_slippage
from reference.liquidation import calculate_closed_entry_up
from reference.margin import (
    calculate_equity,
    calculate_notional_down,
    calculate_pnl,
    is_leverage_allowed,
    is_ratio_at_least,
)
from reference.pricing import Fill, calculate_decrease_fill, calculate_increase_fill, validate_increase_price
from reference.protocol import (
    BLOCK_MODULUS,
    ENTRY_BOUND,
    INSURANCE_SHARE,
    MAX_POSITIONS,
    MIN_NOTIONAL,
    Context,
    Protocol,
    calculate_reserves_utilization_up,
    store,
    touch,
    validate_amount,
    validate_live,
    validate_owner,
    validate_running,
)
from reference.records import OPEN, Account, Position
from reference.units import WAD
from reference.vault import BREAKER_LIMIT, MARKET_LIMIT, TOTAL_LIMIT, is_exposure_allowed


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


def validate_increase(context: Context) -> None:
    """POS-14. Whether anything can be increased in this market now.

    Errors: MarketClosed, BreakerTripped, AutoPaused, those of POS-9.
    """
    if context.market.status != OPEN:
        raise MarketClosed
    if context.vault.is_tripped:
        raise BreakerTripped
    if context.vault.is_auto_paused:
        raise AutoPaused
    validate_increase_price(context)


def calculate_increase(context: Context, is_long: bool, margin: int, leverage: int, entry: int) -> Fill:
    """POS-15. The fill of an increase by margin · leverage of a position whose entry notional was `entry` (wei).

    Errors: those of POS-14, LeverageOutOfRange, AmountTooLarge, NotionalTooSmall, those of POS-12.
    """
    validate_increase(context)
    if leverage < WAD or leverage > context.parameters.max_leverage:
        raise LeverageOutOfRange
    notional = calculate_notional_down(validate_amount(margin), leverage)
    if entry + notional >= ENTRY_BOUND:
        raise AmountTooLarge
    if notional == 0 or entry + notional < MIN_NOTIONAL:
        raise NotionalTooSmall
    return calculate_increase_fill(context, is_long, notional)


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
    fill = calculate_increase(context, before.is_long, margin, leverage, before.entry)
    validate_slippage(context.market.mark, fill.price, max_slippage, before.is_long)
    account = protocol.account(key)
    after = before.copy()
    settlement = settle(context, after)
    _validate_leverage(context, after, settlement, margin, fill)
    after.size += fill.size
    after.entry += fill.value
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
    insured = _share_fee(context, fill.fee)
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
            settlement.funding,
            settlement.interest,
        ),
    ]


def _validate_leverage(context: Context, position: Position, settlement: Settlement, margin: int, fill: Fill) -> None:
    """POS-2. Settled margin, what is added, and the old part's loss carry the whole, before the new fee."""
    if fill.size == 0:
        raise SizeZero
    carried = position.margin + margin + min(settlement.pnl, 0)
    if not is_leverage_allowed(carried, position.entry + fill.value, context.parameters.max_leverage):
        raise LeverageTooHigh


def _validate_position(context: Context, position: Position) -> None:
    """POS-2. Its side is within its part of the pool, and the position out of reach of liquidation."""
    market, parameters = context.market, context.parameters
    if market.side(position.is_long).size * market.mark > market.pool * parameters.open_interest_cap:
        raise OpenInterestTooHigh
    pnl = calculate_pnl(position.size, position.entry, market.mark, position.is_long)
    equity = calculate_equity(position.margin, pnl, 0, 0)
    if not is_ratio_at_least(equity, position.entry, parameters.maintenance + parameters.buffer):
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


def _share_fee(context: Context, fee: int) -> int:
    """FEE-2. The insurance's part of a fee that the vault has got; what it got (wei)."""
    _, insured = calculate_fee_split(fee, INSURANCE_SHARE, context.vault.cash)
    return insure(context.vault, insured)


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
    if not is_ratio_at_least(settlement.equity, before.entry, context.parameters.maintenance):
        raise BelowMaintenance
    fill = calculate_decrease_fill(context, before.is_long, size)
    validate_slippage(context.market.mark, fill.price, max_slippage, not before.is_long)
    entry = calculate_closed_entry_up(before.entry, size, before.size)
    result = calculate_result(fill.value, entry, before.is_long)
    account = protocol.account(key)
    if size == before.size:
        fee, payout = calculate_close(settlement, result, fill.fee)
        after = Position(before.is_long)
        account.count -= 1
    else:
        fee, payout = fill.fee, 0
        after.size -= size
        after.entry -= entry
        after.margin += result - fee
        _validate_rest(context, after, before.entry, settlement.equity)
    replace(context, account, before, after)
    claimed = pay(context.vault, max(before.margin, 0) - max(after.margin, 0) - payout)
    if claimed and after.size:
        raise VaultShort
    made, claims = claim(context.vault, key, claimed)
    account.cash += payout - claimed
    insured = _share_fee(context, fee)
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
            settlement.funding,
            settlement.interest,
            payout,
            claimed,
        ),
    ]


def _validate_rest(context: Context, rest: Position, entry: int, equity: int) -> None:
    """POS-3. What is left is no dust, and no nearer to liquidation than it was, or out of its reach."""
    if rest.entry < MIN_NOTIONAL:
        raise NotionalTooSmall
    pnl = calculate_pnl(rest.size, rest.entry, context.market.mark, rest.is_long)
    left = calculate_equity(rest.margin, pnl, 0, 0)
    threshold = context.parameters.maintenance + context.parameters.buffer
    if not is_ratio_at_least(left, rest.entry, threshold) and left * entry < equity * rest.entry:
        raise MarginRatioTooLow


def store_position(protocol: Protocol, key: int, market: int, account: Account, position: Position) -> None:
    """POS-8. Stores an account and a position of it; one that went is deleted."""
    protocol.store_account(key, account)
    if position.size:
        protocol.positions[key, market] = position
    else:
        del protocol.positions[key, market]
