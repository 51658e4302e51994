"""The vault's books: utilization and interest, what comes in and goes out, claims, bad debt."""

from typing import Final

from reference.block import Block
from reference.events import BadDebtPaused, Claimed, Logged
from reference.math.fees import calculate_fee_split
from reference.math.interest import calculate_interest_delta_up, calculate_interest_rate_up, calculate_utilization_up
from reference.math.liquidation import calculate_bad_debt, is_bad_debt_over_limit
from reference.math.units import AMOUNT_BOUND
from reference.math.vault import calculate_available
from reference.state.records import Claim, Vault, validate_amount
from reference.state.storage import Protocol

INSURANCE_SHARE: Final = 10**17
"""Part of a trading fee that the insurance gets: 10% (WAD)."""


def calculate_reserves_utilization_up(vault: Vault) -> int:
    """MKT-3. Utilization (WAD), of the cached exposure and what is available."""
    available = calculate_available(vault.cash, vault.claimed - vault.fed, vault.promised)
    return calculate_utilization_up(vault.exposure, available)


def accrue_interest(vault: Vault, block: Block) -> int:
    """INT-9. Moves the interest index to now. The utilization (WAD) for which it did: that of the state before."""
    utilization = calculate_reserves_utilization_up(vault)
    rate = calculate_interest_rate_up(utilization)
    vault.interest_index += calculate_interest_delta_up(rate, block.timestamp - vault.interest_at)
    vault.interest_at = block.timestamp
    return utilization


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


def share_fee(vault: Vault, fee: int) -> int:
    """FEE-2. The insurance's part of a fee that the vault has got; what it got (wei)."""
    _, insured = calculate_fee_split(fee, INSURANCE_SHARE, vault.cash)
    return insure(vault, insured)


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
    return debt, covered, [BadDebtPaused(vault.uncovered)]
