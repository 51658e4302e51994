"""The vault's books: utilization and interest, payments into them and out of them, claims, bad debt.

Each function takes the books and returns those that follow, before whatever else it computes.
"""

from dataclasses import replace
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
"""The insurance's share of a trading fee: 10% (WAD)."""


def calculate_reserves_utilization_up(vault: Vault) -> int:
    """MKT-3. Utilization (WAD): the cached exposure as a part of the available reserves, rounded up."""
    available = calculate_available(vault.cash, vault.claimed - vault.fed, vault.promised)
    return calculate_utilization_up(vault.exposure, available)


def accrue_interest(vault: Vault, block: Block) -> Vault:
    """INT-9. Moves the interest index to now, by the utilization of the books before."""
    rate = calculate_interest_rate_up(calculate_reserves_utilization_up(vault))
    index = vault.interest_index + calculate_interest_delta_up(rate, block.timestamp - vault.interest_at)
    return replace(vault, interest_index=index, interest_at=block.timestamp)


def receive(vault: Vault, amount: int) -> tuple[Vault, int]:
    """VLT-24. Feeds claims with cash that comes in for the vault or the insurance; and the rest of it (wei)."""
    fed = min(amount, vault.claimed - vault.fed)
    return replace(vault, fed=vault.fed + fed, bucket=vault.bucket + fed), amount - fed


def pay(vault: Vault, net: int) -> tuple[Vault, int]:
    """VLT-24. Moves a net amount (wei, signed) into the vault, or out of it: out of its cash, then of the insurance.

    And the part of the amount that both can't pay (wei).
    """
    if net >= 0:
        vault, rest = receive(vault, net)
        return replace(vault, cash=vault.cash + rest), 0

    from_cash = min(-net, vault.cash)
    from_insurance = min(-net - from_cash, vault.insurance)
    paid = replace(vault, cash=vault.cash - from_cash, insurance=vault.insurance - from_insurance)
    return paid, -net - from_cash - from_insurance


def insure(vault: Vault, amount: int) -> tuple[Vault, int]:
    """VLT-25. Moves an amount (wei) from the vault's cash to the insurance, at most that cash; and what it moved."""
    moved = min(amount, vault.cash)
    return replace(vault, cash=vault.cash - moved, insurance=vault.insurance + moved), moved


def share_fee(vault: Vault, fee: int) -> tuple[Vault, int]:
    """FEE-2. Moves the insurance's share of a fee (wei) that the vault has received; and that share (wei)."""
    _, insured = calculate_fee_split(fee, INSURANCE_SHARE, vault.cash)
    return insure(vault, insured)


def claim(vault: Vault, account: int, amount: int) -> tuple[Vault, Claim | None, list[Logged]]:
    """VLT-24. A claim for an amount that the vault can't pay (wei), and its event; neither for an amount of 0.

    Errors: AmountTooLarge, if everything ever claimed would reach 2**112 wei.
    """
    if amount == 0:
        return vault, None, []

    made = Claim(account, vault.claimed, amount)
    vault = replace(vault, claimed=validate_amount(vault.claimed + amount), claims=vault.claims + 1)
    return vault, made, [Claimed(account, vault.claims, amount)]


def store_claim(protocol: Protocol, made: Claim | None) -> None:
    """VLT-24. Stores a claim under its number, once the vault is stored."""
    if made is not None:
        protocol.claims[protocol.vault.claims] = made


def book_bad_debt(vault: Vault, equity: int, pnl: int) -> tuple[Vault, int, int, list[Logged]]:
    """VLT-27. Bad debt of a position that goes (wei), the part of it that the insurance covers, and the auto-pause.

    equity, pnl: of the position, wei, signed. Uncovered bad debt counts towards the auto-pause.
    """
    debt, covered, uncovered = calculate_bad_debt(equity, pnl, vault.insurance)
    # unfed claims have left nothing in the insurance, so that what it covers need not feed them
    vault = replace(vault, insurance=vault.insurance - covered, cash=vault.cash + covered)
    if uncovered == 0:
        return vault, debt, covered, []

    vault = replace(vault, uncovered=min(vault.uncovered + uncovered, AMOUNT_BOUND - 1))
    if vault.is_auto_paused or not is_bad_debt_over_limit(vault.uncovered, vault.cash):
        return vault, debt, covered, []

    return replace(vault, is_auto_paused=True), debt, covered, [BadDebtPaused(vault.uncovered)]
