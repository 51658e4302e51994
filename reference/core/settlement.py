"""Settlement of a position, its close, and its part of its side's and its account's sums."""

from dataclasses import dataclass, replace

from reference.core.accrual import Context
from reference.math.funding import calculate_funding_owed_up
from reference.math.interest import calculate_interest_owed_up
from reference.math.margin import calculate_equity, calculate_pnl
from reference.math.vault import calculate_carry
from reference.state.records import Account, Position, validate_amount


@dataclass(frozen=True, slots=True)
class Settlement:
    """The position settled; funding and interest that it owed, its unrealised PnL, and its equity after all of them.

    funding_owed, pnl, equity: wei, signed. interest_owed: wei.
    """

    position: Position
    funding_owed: int
    interest_owed: int
    pnl: int
    equity: int


def settle(context: Context, position: Position) -> Settlement:
    """POS-7. Moves funding and interest owed into the margin, and the position's indices to now.

    Errors: AmountTooLarge, if the new margin, then if the equity, leaves 2**112 wei on either side.
    """
    market = context.market
    funding_owed = calculate_funding_owed_up(
        position.size, market.funding_index, position.funding_index, position.is_long
    )
    interest_owed = calculate_interest_owed_up(position.entry_notional, context.interest_index, position.interest_index)
    pnl = calculate_pnl(position.size, position.entry_notional, market.mark, position.is_long)

    margin = position.margin - funding_owed - interest_owed
    equity = calculate_equity(position.margin, pnl, funding_owed, interest_owed)
    validate_amount(abs(margin))
    validate_amount(abs(equity))

    settled = replace(
        position, margin=margin, funding_index=market.funding_index, interest_index=context.interest_index
    )
    return Settlement(settled, funding_owed, interest_owed, pnl, equity)


def calculate_result(proceeds: int, entry_notional: int, is_long: bool) -> int:
    """POS-13. Realised PnL (wei, signed): a fill's proceeds against the entry notional that it closes (wei)."""
    return proceeds - entry_notional if is_long else entry_notional - proceeds


def calculate_close(settlement: Settlement, result: int, fee: int) -> tuple[int, int]:
    """POS-17. Fee and payout (wei) of a full close; result: realised at the fill, wei, signed.

    The fill's cost against the mark comes out of the equity first, the fee out of the rest: neither makes bad debt.
    """
    cost = min(settlement.pnl - result, settlement.equity)
    left = settlement.equity - cost
    paid = min(fee, left)
    return paid, left - paid


def calculate_freed_margin(before: Position, after: Position) -> int:
    """VLT-24. Margin (wei, signed) that a change of a position moves out of the margins above 0."""
    return max(before.margin, 0) - max(after.margin, 0)


def _calculate_carry(position: Position) -> int:
    """VLT-36. What a position adds to its side's carry (wei · WAD, signed)."""
    return calculate_carry(
        position.size, position.entry_notional, position.funding_index, position.interest_index, position.is_long
    )


def update_sums(context: Context, account: Account, before: Position, after: Position) -> tuple[Context, Account]:
    """POS-8. Takes a position out of its side's and its account's sums, and puts another in its place.

    Both are on one side. A position that is not there yet, or no longer, is empty.
    Errors: AmountTooLarge.
    """
    side = context.market.side(after.is_long)
    size = validate_amount(side.size + after.size - before.size)
    entry_notional = validate_amount(side.entry_notional + after.entry_notional - before.entry_notional)
    validate_amount(abs(after.margin))
    deficit = validate_amount(side.deficit + max(-after.margin, 0) - max(-before.margin, 0))
    freed = calculate_freed_margin(before, after)

    side = replace(
        side,
        size=size,
        entry_notional=entry_notional,
        margin=side.margin - freed,
        deficit=deficit,
        carry=side.carry + _calculate_carry(after) - _calculate_carry(before),
    )
    market = context.market.with_side(after.is_long, side)
    return replace(context, market=market), replace(account, margin=account.margin - freed)
