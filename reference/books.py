"""What moves money between a position, the vault, the insurance and claims."""

from dataclasses import dataclass

from reference.events import AutoPaused, Claimed, Logged
from reference.funding import calculate_funding_owed_up
from reference.interest import calculate_interest_owed_up
from reference.liquidation import calculate_bad_debt, is_bad_debt_over_limit
from reference.margin import calculate_equity, calculate_pnl
from reference.protocol import Context, Protocol, validate_amount
from reference.records import Account, Claim, Position, Vault
from reference.units import AMOUNT_BOUND


@dataclass(slots=True)
class Settlement:
    """What a position owes, and what it is then. funding: wei, signed. interest: wei. pnl, equity: wei, signed."""

    funding: int
    interest: int
    pnl: int
    equity: int


def settle(context: Context, position: Position) -> Settlement:
    """POS-7. Moves funding and interest into the margin, and the position's indices to now.

    Errors: AmountTooLarge, if margin or equity leave 2**112 wei on either side.
    """
    market = context.market
    funding = calculate_funding_owed_up(position.size, market.funding, position.funding, position.is_long)
    interest = calculate_interest_owed_up(position.entry, context.interest, position.interest)
    pnl = calculate_pnl(position.size, position.entry, market.mark, position.is_long)
    equity = calculate_equity(position.margin, pnl, funding, interest)
    position.margin += -funding - interest
    position.funding, position.interest = market.funding, context.interest
    validate_amount(abs(position.margin))
    validate_amount(abs(equity))
    return Settlement(funding, interest, pnl, equity)


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
    side.entry = validate_amount(side.entry + after.entry - before.entry)
    side.funding_sum += after.size * after.funding - before.size * before.funding
    side.interest_sum += after.entry * after.interest - before.entry * before.interest
    validate_amount(abs(after.margin))
    paid = max(after.margin, 0) - max(before.margin, 0)
    side.margin += paid
    account.margin += paid
    side.deficit = validate_amount(side.deficit + max(-after.margin, 0) - max(-before.margin, 0))


def receive(vault: Vault, amount: int) -> int:
    """VLT-24. Cash for the vault or the insurance: claims are fed first. What they leave (wei)."""
    fed = min(amount, vault.claimed - vault.fed)
    vault.fed += fed
    vault.bucket += fed
    return amount - fed


def pay(vault: Vault, net: int) -> int:
    """VLT-24. Moves a net amount (wei, signed) into the vault, or out of it: of cash, then of insurance.

    The part that it can't pay (wei).
    """
    if net >= 0:
        vault.cash += receive(vault, net)
        return 0
    from_cash = min(-net, vault.cash)
    vault.cash -= from_cash
    from_insurance = min(-net - from_cash, vault.insurance)
    vault.insurance -= from_insurance
    return -net - from_cash - from_insurance


def insure(vault: Vault, amount: int) -> int:
    """VLT-25. Moves the insurance's part out of the vault's cash, at most that. What it got (wei)."""
    moved = min(amount, vault.cash)
    vault.cash -= moved
    vault.insurance += moved
    return moved


def claim(vault: Vault, account: int, amount: int) -> tuple[Claim | None, list[Logged]]:
    """VLT-24. A claim for what the vault can't pay, and what is logged; none for nothing.

    Errors: AmountTooLarge, if all that was ever claimed would be 2**112 wei or more.
    """
    if amount == 0:
        return None, []
    made = Claim(account, vault.claimed, amount)
    vault.claimed = validate_amount(vault.claimed + amount)
    vault.claims += 1
    return made, [Claimed(account, vault.claims, amount)]


def store_claim(protocol: Protocol, made: Claim | None) -> None:
    """VLT-24. Keeps a claim under its number: the vault is stored already."""
    if made is not None:
        protocol.claims[protocol.vault.claims] = made


def book_bad_debt(vault: Vault, equity: int, pnl: int) -> tuple[int, int, list[Logged]]:
    """VLT-27. Bad debt of a position that goes (wei), the insurance's part of it, and what is logged.

    equity, pnl: wei, signed. What is uncovered counts towards the auto-pause.
    """
    debt, covered, uncovered = calculate_bad_debt(equity, pnl, vault.insurance)
    vault.insurance -= covered
    vault.cash += covered  # claims that are unfed have left the insurance nothing
    if uncovered == 0:
        return debt, covered, []
    vault.uncovered = min(vault.uncovered + uncovered, AMOUNT_BOUND - 1)
    if vault.is_auto_paused or not is_bad_debt_over_limit(vault.uncovered, vault.cash):
        return debt, covered, []
    vault.is_auto_paused = True
    return debt, covered, [AutoPaused(vault.uncovered)]
