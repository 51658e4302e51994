# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title books
@license MIT
@notice What moves money between a position, the vault, the insurance and claims. Mirrors reference/books.py.
"""

from vyper_contracts import core
from vyper_contracts import records
from vyper_contracts import storage
from vyper_contracts.math import fees
from vyper_contracts.math import funding
from vyper_contracts.math import interest
from vyper_contracts.math import liquidation
from vyper_contracts.math import margin
from vyper_contracts.math import units
from vyper_contracts.math import words

uses: storage


struct Settlement:
    funding: int256
    interest: uint256
    pnl: int256
    equity: int256
    margin: int256


event Claimed:
    account: indexed(uint256)
    claim: indexed(uint256)
    amount: uint256


event AutoPaused:
    uncovered: uint256


@internal
@pure
def settle(p: records.Position, price: uint256, index: int256, interest_index: uint256) -> Settlement:
    """
    @dev POS-7:31c5. What a position owes, what it is worth, and its margin when what it owes is moved there.
    """
    funding_owed: int256 = funding.calculate_funding_owed_up(p.size, index, p.funding, p.is_long)
    interest_owed: uint256 = interest.calculate_interest_owed_up(p.entry, interest_index, p.interest)
    pnl: int256 = margin.calculate_pnl(p.size, p.entry, price, p.is_long)
    equity: int256 = margin.calculate_equity(p.margin, pnl, funding_owed, interest_owed)
    # cannot overflow: a margin and a size are below 2**112, an entry and the indices below 2**96
    settled: int256 = unsafe_sub(unsafe_sub(p.margin, funding_owed), convert(interest_owed, int256))
    records.validate_magnitude(settled)
    records.validate_magnitude(equity)
    return Settlement(funding=funding_owed, interest=interest_owed, pnl=pnl, equity=equity, margin=settled)


@internal
@pure
def calculate_result(proceeds: uint256, entry: uint256, is_long: bool) -> int256:
    """
    @dev POS-13:6fa0. What a fill makes of the entry notional that it closes.
    """
    result: int256 = convert(proceeds, int256) - convert(entry, int256)
    return result if is_long else -result


@internal
@pure
def calculate_close(settlement: Settlement, result: int256, fee: uint256) -> (uint256, uint256):
    """
    @dev POS-17:7b41. Fee and payout of a full close: the fill's cost comes out of the equity first, then the fee.
    """
    cost: int256 = min(settlement.pnl - result, settlement.equity)
    left: uint256 = convert(settlement.equity - cost, uint256)
    paid: uint256 = min(fee, left)
    return paid, left - paid


@internal
@pure
def replace(side: records.Side, before: records.Position, after: records.Position) -> records.Side:
    """
    @dev POS-8:91b2. A position out of its side's sums, and another in its place.
    """
    s: records.Side = side
    # cannot overflow or underflow: sizes, entries and margins are below 2**112, indices below 2**96, and a side's sums
    # hold what the position had before
    s.size = records.validate_amount(unsafe_sub(unsafe_add(s.size, after.size), before.size))
    s.entry = records.validate_amount(unsafe_sub(unsafe_add(s.entry, after.entry), before.entry))
    s.funding_sum = unsafe_add(
        s.funding_sum,
        unsafe_sub(
            unsafe_mul(convert(after.size, int256), after.funding),
            unsafe_mul(convert(before.size, int256), before.funding),
        ),
    )
    s.interest_sum = unsafe_sub(
        unsafe_add(s.interest_sum, unsafe_mul(after.entry, after.interest)), unsafe_mul(before.entry, before.interest)
    )
    records.validate_magnitude(after.margin)
    s.margin = self.replace_margin(s.margin, before.margin, after.margin)
    s.deficit = records.validate_amount(
        unsafe_sub(unsafe_add(s.deficit, records.positive(-after.margin)), records.positive(-before.margin))
    )
    return s


@internal
@pure
def replace_margin(margins: uint256, before: int256, after: int256) -> uint256:
    """
    @dev POS-8:91b2. A position's margin out of its side's or its account's sum, and another in its place.
    """
    # cannot overflow or underflow: margins are below 2**112, and the sum holds what the position had before
    return unsafe_sub(unsafe_add(margins, records.positive(after)), records.positive(before))


@internal
@pure
def receive(v: records.Vault, amount: uint256) -> (uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Cash for the vault or the insurance: claims are fed first. What they leave; fed, bucket.
    """
    # cannot overflow or underflow: what is fed was claimed, below 2**112, and is at most the amount
    fed: uint256 = min(amount, unsafe_sub(v.claimed, v.fed))
    return unsafe_sub(amount, fed), unsafe_add(v.fed, fed), unsafe_add(v.bucket, fed)


@internal
@pure
def pay(v: records.Vault, net: int256) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @dev VLT-24:9213. Moves a net amount into the vault, or out of it: of cash, then of insurance. What it can't pay;
         cash, insurance, fed, bucket.
    """
    rest: uint256 = 0
    if net >= 0:
        fed: uint256 = 0
        bucket: uint256 = 0
        rest, fed, bucket = self.receive(v, convert(net, uint256))
        # cannot overflow: both are TAO that exists
        return 0, unsafe_add(v.cash, rest), v.insurance, fed, bucket
    rest = convert(-net, uint256)
    # cannot underflow: each part is at most what it is taken from
    from_cash: uint256 = min(rest, v.cash)
    rest = unsafe_sub(rest, from_cash)
    from_insurance: uint256 = min(rest, v.insurance)
    rest = unsafe_sub(rest, from_insurance)
    return rest, unsafe_sub(v.cash, from_cash), unsafe_sub(v.insurance, from_insurance), v.fed, v.bucket


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
    kept, insured = fees.calculate_fee_split(fee, core.INSURANCE_SHARE, cash)
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
    storage.claim_words[number] = [account, words.pack_amounts(claimed, amount, 0)]
    log Claimed(account=account, claim=number, amount=amount)
    return records.validate_amount(claimed + amount), number


@internal
def book_bad_debt(books: records.Vault, equity: int256, pnl: int256) -> (uint256, uint256, records.Vault):
    """
    @dev VLT-27:e9f1. Bad debt of a position that goes, and the insurance's part of it; the rest may pause the protocol.
    """
    v: records.Vault = books
    debt: uint256 = 0
    covered: uint256 = 0
    uncovered: uint256 = 0
    debt, covered, uncovered = liquidation.calculate_bad_debt(equity, pnl, v.insurance)
    v.insurance -= covered
    # claims that are unfed have left the insurance nothing
    v.cash += covered
    if uncovered > 0:
        v.uncovered = min(v.uncovered + uncovered, units.AMOUNT_BOUND - 1)
        if not v.is_auto_paused and liquidation.is_bad_debt_over_limit(v.uncovered, v.cash):
            v.is_auto_paused = True
            log AutoPaused(uncovered=v.uncovered)
    return debt, covered, v
