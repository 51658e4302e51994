# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title vault_ledger
@license MIT
@notice The vault's books: utilization and interest, payments into them and out of them, claims, bad debt.
        Mirrors reference/core/vault_ledger.py.
@dev What changes few fields of the books takes and returns these: each copy of all books costs 180 gas.
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
    @dev MKT-3:7883. Utilization, of the cached exposure and what is available of the cached promises.
    """
    # cannot underflow: what is fed was claimed
    available: uint256 = vault_math.calculate_available(
        vault.cash, unsafe_sub(vault.claimed, vault.fed), vault.promised
    )
    return interest.calculate_utilization_up(vault.exposure, available)


@internal
@view
def accrue_interest(vault: records.Vault) -> uint256:
    """
    @dev INT-9:1540. The interest index, moved to now by the utilization of the books before.
    """
    rate: uint256 = interest.calculate_interest_rate_up(self.calculate_reserves_utilization_up(vault))
    # cannot underflow: time does not run backwards
    elapsed: uint256 = unsafe_sub(block.timestamp, vault.interest_at)
    return vault.interest_index + interest.calculate_interest_delta_up(rate, elapsed)


@internal
@pure
def receive(claimed: uint256, fed: uint256, bucket: uint256, amount: uint256) -> (uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Feeds claims with cash that comes in for the vault or the insurance. Fed, bucket, and the rest of
         the cash.
    """
    # cannot overflow or underflow: what is fed was claimed, below 2**112, and is at most the amount
    feeds: uint256 = min(amount, unsafe_sub(claimed, fed))
    return unsafe_add(fed, feeds), unsafe_add(bucket, feeds), unsafe_sub(amount, feeds)


@internal
@pure
def pay(vault: records.Vault, net: int256) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Moves a net amount into the vault, or out of it: out of its cash, then of the insurance. Cash,
         insurance, fed, bucket, and the part of the amount that both can't pay. All books in their place would be
         copied three times: an increase would cost 0.3% more.
    """
    if net >= 0:
        fed: uint256 = 0
        bucket: uint256 = 0
        rest: uint256 = 0
        fed, bucket, rest = self.receive(vault.claimed, vault.fed, vault.bucket, convert(net, uint256))
        # cannot overflow: both are TAO that exists
        return unsafe_add(vault.cash, rest), vault.insurance, fed, bucket, 0
    # cannot overflow or underflow, here and below: amounts are below 2**114, each part is at most what it is taken from
    missing: uint256 = convert(unsafe_sub(0, net), uint256)
    from_cash: uint256 = min(missing, vault.cash)
    missing = unsafe_sub(missing, from_cash)
    from_insurance: uint256 = min(missing, vault.insurance)
    missing = unsafe_sub(missing, from_insurance)

    cash: uint256 = unsafe_sub(vault.cash, from_cash)
    return cash, unsafe_sub(vault.insurance, from_insurance), vault.fed, vault.bucket, missing


@internal
@pure
def insure(cash: uint256, insurance: uint256, amount: uint256) -> (uint256, uint256, uint256):
    """
    @dev VLT-25:f3a2. Moves an amount from the vault's cash to the insurance, at most that cash. Cash, insurance, what
         it moved.
    """
    # cannot overflow or underflow: it is at most the cash, and both are TAO that exists
    moved: uint256 = min(amount, cash)
    return unsafe_sub(cash, moved), unsafe_add(insurance, moved), moved


@internal
@pure
def share_fee(cash: uint256, insurance: uint256, fee: uint256) -> (uint256, uint256, uint256):
    """
    @dev FEE-2:56f1. Moves the insurance's share of a fee that the vault has received. Cash, insurance, and that share.
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
def book_bad_debt(vault: records.Vault, equity: int256, pnl: int256) -> (records.Vault, uint256, uint256):
    """
    @dev VLT-27:1d97. Bad debt of a position that goes, and the part of it that the insurance covers; the rest may pause
         the protocol. The vault, the bad debt, what is covered.
    """
    booked: records.Vault = vault
    debt: uint256 = 0
    covered: uint256 = 0
    uncovered: uint256 = 0
    debt, covered, uncovered = liquidation.calculate_bad_debt(equity, pnl, vault.insurance)
    booked.insurance -= covered
    # unfed claims have left nothing in the insurance, so that what it covers need not feed them
    booked.cash += covered

    if uncovered > 0:
        booked.uncovered = min(vault.uncovered + uncovered, units.AMOUNT_BOUND - 1)
        if not vault.is_auto_paused and liquidation.is_bad_debt_over_limit(booked.uncovered, booked.cash):
            booked.is_auto_paused = True
            log events.BadDebtPaused(uncovered=booked.uncovered)
    return booked, debt, covered
