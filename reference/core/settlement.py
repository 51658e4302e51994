"""What a position owes and what it is worth, and its part of its side's and its account's sums."""

from dataclasses import dataclass

from reference.core.accrual import Context
from reference.math.funding import calculate_funding_owed_up
from reference.math.interest import calculate_interest_owed_up
from reference.math.margin import calculate_equity, calculate_pnl
from reference.state.records import Account, Position, validate_amount


@dataclass(slots=True)
class Settlement:
    """What a position owes, and what it is then. funding_owed, pnl, equity: wei, signed. interest_owed: wei."""

    funding_owed: int
    interest_owed: int
    pnl: int
    equity: int


def settle(context: Context, position: Position) -> Settlement:
    """POS-7. Moves funding and interest into the margin, and the position's indices to now.

    Errors: AmountTooLarge, if margin or equity leave 2**112 wei on either side.
    """
    market = context.market
    funding_owed = calculate_funding_owed_up(
        position.size, market.funding_index, position.funding_index, position.is_long
    )
    interest_owed = calculate_interest_owed_up(position.entry_notional, context.interest_index, position.interest_index)
    pnl = calculate_pnl(position.size, position.entry_notional, market.mark, position.is_long)
    equity = calculate_equity(position.margin, pnl, funding_owed, interest_owed)
    position.margin += -funding_owed - interest_owed
    position.funding_index, position.interest_index = market.funding_index, context.interest_index
    validate_amount(abs(position.margin))
    validate_amount(abs(equity))
    return Settlement(funding_owed, interest_owed, pnl, equity)


def calculate_result(proceeds: int, entry: int, is_long: bool) -> int:
    """POS-13. What a fill makes of the entry notional that it closes (wei, signed)."""
    return proceeds - entry if is_long else entry - proceeds


def calculate_close(settlement: Settlement, result: int, fee: int) -> tuple[int, int]:
    """POS-17. Fee and payout (wei) of a full close; result: at the fill, wei, signed.

    What the fill costs against the mark comes out of the equity first, the fee out of what is left: neither makes bad
    debt.
    """
    cost = min(settlement.pnl - result, settlement.equity)
    left = settlement.equity - cost
    paid = min(fee, left)
    return paid, left - paid


def replace(context: Context, account: Account, before: Position, after: Position) -> None:
    """POS-8. Takes a position out of its side's and its account's sums and puts another in its place.

    Both are on one side. A position that is not, or no longer, there is empty.
    Errors: AmountTooLarge.
    """
    side = context.market.side(after.is_long)
    side.size = validate_amount(side.size + after.size - before.size)
    side.entry_notional = validate_amount(side.entry_notional + after.entry_notional - before.entry_notional)
    side.funding_sum += after.size * after.funding_index - before.size * before.funding_index
    side.interest_sum += after.entry_notional * after.interest_index - before.entry_notional * before.interest_index
    validate_amount(abs(after.margin))
    paid = max(after.margin, 0) - max(before.margin, 0)
    side.margin += paid
    account.margin += paid
    side.deficit = validate_amount(side.deficit + max(-after.margin, 0) - max(-before.margin, 0))
