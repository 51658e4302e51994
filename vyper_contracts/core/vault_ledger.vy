# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title vault_ledger
@license MIT
@notice The vault's books: utilization and interest, what comes in and goes out, claims, bad debt.
        Mirrors reference/core/vault_ledger.py.
"""

from vyper_contracts import events
from vyper_contracts.math import fees
from vyper_contracts.math import interest
from vyper_contracts.math import liquidation
from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
from vyper_contracts.state import records
from vyper_contracts.state import storage

uses: storage

INSURANCE_SHARE: public(constant(uint256)) = 10**17


@internal
@pure
def calculate_reserves_utilization_up(vault: records.Vault) -> uint256:
    """
    @dev MKT-3:1b75. Utilization, of the cached exposure and what is available of the cached promises.
    """
    # cannot underflow: what is fed was claimed
    available: uint256 = vault_math.calculate_available(
        vault.cash, unsafe_sub(vault.claimed, vault.fed), vault.promised
    )
    return interest.calculate_utilization_up(vault.exposure, available)


@internal
@view
def accrue_interest(vault: records.Vault) -> (uint256, uint256):
    """
    @dev INT-9:8978. The utilization of the state before, and the interest index, moved to now by it.
    """
    utilization: uint256 = self.calculate_reserves_utilization_up(vault)

    rate: uint256 = interest.calculate_interest_rate_up(utilization)
    # cannot underflow: time does not run backwards
    elapsed: uint256 = unsafe_sub(block.timestamp, vault.interest_at)
    return utilization, vault.interest_index + interest.calculate_interest_delta_up(rate, elapsed)


@internal
@pure
def receive(vault: records.Vault, amount: uint256) -> (uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Cash for the vault or the insurance: claims are fed first. What they leave; fed, bucket.
    """
    # cannot overflow or underflow: what is fed was claimed, below 2**112, and is at most the amount
    fed: uint256 = min(amount, unsafe_sub(vault.claimed, vault.fed))
    return unsafe_sub(amount, fed), unsafe_add(vault.fed, fed), unsafe_add(vault.bucket, fed)


@internal
@pure
def pay(vault: records.Vault, net: int256) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Moves a net amount into the vault, or out of it: of cash, then of insurance. What it can't pay;
         cash, insurance, fed, bucket.
    """
    rest: uint256 = 0
    if net >= 0:
        fed: uint256 = 0
        bucket: uint256 = 0
        rest, fed, bucket = self.receive(vault, convert(net, uint256))
        # cannot overflow: both are TAO that exists
        return 0, unsafe_add(vault.cash, rest), vault.insurance, fed, bucket

    rest = convert(-net, uint256)
    # cannot underflow: each part is at most what it is taken from
    from_cash: uint256 = min(rest, vault.cash)
    rest = unsafe_sub(rest, from_cash)
    from_insurance: uint256 = min(rest, vault.insurance)
    rest = unsafe_sub(rest, from_insurance)
    return rest, unsafe_sub(vault.cash, from_cash), unsafe_sub(vault.insurance, from_insurance), vault.fed, vault.bucket


@internal
@pure
def insure(cash: uint256, insurance: uint256, amount: uint256) -> (uint256, uint256, uint256):
    """
    @dev VLT-25:f3a2. Moves the insurance's part out of the vault's cash, at most that. What it got; cash, insurance.
    """
    # cannot overflow or underflow: it is at most the cash, and both are TAO that exists
    moved: uint256 = min(amount, cash)
    return moved, unsafe_sub(cash, moved), unsafe_add(insurance, moved)


@internal
@pure
def share_fee(cash: uint256, insurance: uint256, fee: uint256) -> (uint256, uint256, uint256):
    """
    @dev FEE-2:56f1. The insurance's part of a fee that the vault has got; cash, insurance.
    """
    kept: uint256 = 0
    insured: uint256 = 0
    kept, insured = fees.calculate_fee_split(fee, INSURANCE_SHARE, cash)
    return self.insure(cash, insurance, insured)


@internal
def claim(claimed: uint256, claims: uint256, account: uint256, amount: uint256) -> (uint256, uint256):
    """
    @dev VLT-24:9213. A claim for what the vault can't pay; none for nothing. All that was ever claimed, and the number
         of claims.
    """
    if amount == 0:
        return claimed, claims

    number: uint256 = claims + 1
    storage.claim_words[number] = [account, packing.pack_amounts(claimed, amount, 0)]
    log events.Claimed(account=account, claim=number, amount=amount)
    return records.validate_amount(claimed + amount), number


@internal
def book_bad_debt(books: records.Vault, equity: int256, pnl: int256) -> (uint256, uint256, records.Vault):
    """
    @dev VLT-27:1d97. Bad debt of a position that goes, and the insurance's part of it; the rest may pause the protocol.
    """
    vault: records.Vault = books
    debt: uint256 = 0
    covered: uint256 = 0
    uncovered: uint256 = 0
    debt, covered, uncovered = liquidation.calculate_bad_debt(equity, pnl, vault.insurance)
    vault.insurance -= covered
    # claims that are unfed have left the insurance nothing
    vault.cash += covered

    if uncovered > 0:
        vault.uncovered = min(vault.uncovered + uncovered, units.AMOUNT_BOUND - 1)
        if not vault.is_auto_paused and liquidation.is_bad_debt_over_limit(vault.uncovered, vault.cash):
            vault.is_auto_paused = True
            log events.BadDebtPaused(uncovered=vault.uncovered)
    return debt, covered, vault
