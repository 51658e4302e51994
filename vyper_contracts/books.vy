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
from vyper_contracts.math import words

uses: storage


struct Settlement:
    funding: int256
    interest: uint256
    pnl: int256
    equity: int256


event Claimed:
    account: indexed(uint256)
    claim: indexed(uint256)
    amount: uint256


event AutoPaused:
    uncovered: uint256


@internal
@pure
def settle(c: core.Context, before: records.Position) -> (Settlement, records.Position):
    """
    @dev POS-7. What a position owes, and the position with it moved into the margin and its indices moved to now.
    """
    p: records.Position = before
    funding_owed: int256 = funding.calculate_funding_owed_up(p.size, c.market.funding, p.funding, p.is_long)
    interest_owed: uint256 = interest.calculate_interest_owed_up(p.entry, c.interest, p.interest)
    pnl: int256 = margin.calculate_pnl(p.size, p.entry, c.market.mark, p.is_long)
    equity: int256 = margin.calculate_equity(p.margin, pnl, funding_owed, interest_owed)
    p.margin -= funding_owed + convert(interest_owed, int256)
    p.funding = c.market.funding
    p.interest = c.interest
    records.validate_magnitude(p.margin)
    records.validate_magnitude(equity)
    return Settlement(funding=funding_owed, interest=interest_owed, pnl=pnl, equity=equity), p


@internal
@pure
def replace(
    side: records.Side, account: records.Account, before: records.Position, after: records.Position
) -> (records.Side, records.Account):
    """
    @dev POS-8. A position out of its side's and its account's sums, and another in its place.
    """
    s: records.Side = side
    a: records.Account = account
    # cannot overflow or underflow: sizes, entries and margins are below 2**112, indices below 2**96, and a side's or
    # an account's sums hold what the position had before
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
    held: uint256 = records.positive(before.margin)
    holds: uint256 = records.positive(after.margin)
    s.margin = unsafe_sub(unsafe_add(s.margin, holds), held)
    a.margin = unsafe_sub(unsafe_add(a.margin, holds), held)
    s.deficit = records.validate_amount(
        unsafe_sub(unsafe_add(s.deficit, records.positive(-after.margin)), records.positive(-before.margin))
    )
    return s, a


@internal
@pure
def receive(books: records.Vault, amount: uint256) -> (uint256, records.Vault):
    """
    @dev VLT-24. Cash for the vault or the insurance: claims are fed first. What they leave.
    """
    v: records.Vault = books
    # cannot overflow or underflow: what is fed was claimed, below 2**112, and is at most the amount
    fed: uint256 = min(amount, unsafe_sub(v.claimed, v.fed))
    v.fed = unsafe_add(v.fed, fed)
    v.bucket = unsafe_add(v.bucket, fed)
    return unsafe_sub(amount, fed), v


@internal
@pure
def pay(books: records.Vault, net: int256) -> (uint256, records.Vault):
    """
    @dev VLT-24. Moves a net amount into the vault, or out of it: of cash, then of insurance. What it can't pay.
    """
    v: records.Vault = books
    rest: uint256 = 0
    if net >= 0:
        rest, v = self.receive(v, convert(net, uint256))
        v.cash += rest
        return 0, v
    rest = convert(-net, uint256)
    # cannot underflow: each part is at most what it is taken from
    from_cash: uint256 = min(rest, v.cash)
    v.cash = unsafe_sub(v.cash, from_cash)
    rest = unsafe_sub(rest, from_cash)
    from_insurance: uint256 = min(rest, v.insurance)
    v.insurance = unsafe_sub(v.insurance, from_insurance)
    return unsafe_sub(rest, from_insurance), v


@internal
@pure
def insure(books: records.Vault, amount: uint256) -> (uint256, records.Vault):
    """
    @dev VLT-25. Moves the insurance's part out of the vault's cash, at most that. What it got.
    """
    v: records.Vault = books
    # cannot overflow or underflow: it is at most the cash, and both are TAO that exists
    moved: uint256 = min(amount, v.cash)
    v.cash = unsafe_sub(v.cash, moved)
    v.insurance = unsafe_add(v.insurance, moved)
    return moved, v


@internal
@pure
def share_fee(books: records.Vault, fee: uint256) -> (uint256, records.Vault):
    """
    @dev FEE-2. The insurance's part of a fee that the vault has got.
    """
    kept: uint256 = 0
    insured: uint256 = 0
    kept, insured = fees.calculate_fee_split(fee, core.INSURANCE_SHARE, books.cash)
    return self.insure(books, insured)


@internal
def claim(books: records.Vault, account: uint256, amount: uint256) -> records.Vault:
    """
    @dev VLT-24. A claim for what the vault can't pay; none for nothing.
    """
    v: records.Vault = books
    if amount == 0:
        return v
    before: uint256 = v.claimed
    v.claimed = records.validate_amount(v.claimed + amount)
    v.claims += 1
    storage.claim_words[v.claims] = [account, words.pack_amounts(before, amount, 0)]
    log Claimed(account=account, claim=v.claims, amount=amount)
    return v


@internal
def book_bad_debt(books: records.Vault, equity: int256, pnl: int256) -> (uint256, uint256, records.Vault):
    """
    @dev VLT-27. Bad debt of a position that goes, and the insurance's part of it; the rest may pause the protocol.
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
        v.uncovered = min(v.uncovered + uncovered, 2**112 - 1)
        if not v.is_auto_paused and liquidation.is_bad_debt_over_limit(v.uncovered, v.cash):
            v.is_auto_paused = True
            log AutoPaused(uncovered=v.uncovered)
    return debt, covered, v
