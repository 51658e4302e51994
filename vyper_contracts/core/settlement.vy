# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title settlement
@license MIT
@notice What a position owes and what it is worth, and its part of its side's and its account's sums.
        Mirrors reference/core/settlement.py.
"""

from vyper_contracts.math import funding
from vyper_contracts.math import interest
from vyper_contracts.math import margin
from vyper_contracts.math import vault
from vyper_contracts.state import records


struct Settlement:
    funding_owed: int256
    interest_owed: uint256
    pnl: int256
    equity: int256
    margin: int256


@internal
@pure
def settle(position: records.Position, mark: uint256, funding_index: int256, interest_index: uint256) -> Settlement:
    """
    @dev POS-7:0253. What a position owes, what it is worth, and its margin when what it owes is moved there.
    """
    funding_owed: int256 = funding.calculate_funding_owed_up(
        position.size, funding_index, position.funding_index, position.is_long
    )
    interest_owed: uint256 = interest.calculate_interest_owed_up(
        position.entry_notional, interest_index, position.interest_index
    )
    pnl: int256 = margin.calculate_pnl(position.size, position.entry_notional, mark, position.is_long)
    equity: int256 = margin.calculate_equity(position.margin, pnl, funding_owed, interest_owed)

    # cannot overflow: a margin and a size are below 2**112, an entry and the indices below 2**96
    settled: int256 = unsafe_sub(unsafe_sub(position.margin, funding_owed), convert(interest_owed, int256))
    records.validate_magnitude(settled)
    records.validate_magnitude(equity)

    return Settlement(funding_owed=funding_owed, interest_owed=interest_owed, pnl=pnl, equity=equity, margin=settled)


@internal
@pure
def calculate_result(proceeds: uint256, entry_notional: uint256, is_long: bool) -> int256:
    """
    @dev POS-13:3375. What a fill makes of the entry notional that it closes.
    """
    result: int256 = convert(proceeds, int256) - convert(entry_notional, int256)
    return result if is_long else -result


@internal
@pure
def calculate_close(settlement: Settlement, result: int256, fee: uint256) -> (uint256, uint256):
    """
    @dev POS-17:f996. Fee and payout of a full close: the fill's cost comes out of the equity first, then the fee.
    """
    cost: int256 = min(settlement.pnl - result, settlement.equity)
    left: uint256 = convert(settlement.equity - cost, uint256)
    paid: uint256 = min(fee, left)
    return paid, left - paid


@internal
@pure
def _calculate_carry(position: records.Position) -> int256:
    """
    @dev VLT-36:8b58. What a position adds to its side's carry.
    """
    return vault.calculate_carry(
        position.size, position.entry_notional, position.funding_index, position.interest_index, position.is_long
    )


@internal
@pure
def update_sums(side: records.Side, before: records.Position, after: records.Position) -> records.Side:
    """
    @dev POS-8:a5db. A position out of its side's sums, and another in its place.
    """
    s: records.Side = side
    # cannot overflow or underflow: sizes, entries and margins are below 2**112, indices below 2**96, and a side's sums
    # hold what the position had before
    s.size = records.validate_amount(unsafe_sub(unsafe_add(s.size, after.size), before.size))
    s.entry_notional = records.validate_amount(
        unsafe_sub(unsafe_add(s.entry_notional, after.entry_notional), before.entry_notional)
    )
    s.carry = unsafe_add(s.carry, unsafe_sub(self._calculate_carry(after), self._calculate_carry(before)))

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
    @dev POS-8:a5db. A position's margin out of its side's or its account's sum, and another in its place.
    """
    # cannot overflow or underflow: margins are below 2**112, and the sum holds what the position had before
    return unsafe_sub(unsafe_add(margins, records.positive(after)), records.positive(before))
