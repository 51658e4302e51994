# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title settlement
@license MIT
@notice Settlement of a position, its close, and its part of its side's and its account's sums.
        Mirrors reference/core/settlement.py.
"""

from vyper_contracts.math import funding
from vyper_contracts.math import interest
from vyper_contracts.math import margin as margin_math
from vyper_contracts.math import vault
from vyper_contracts.state import records


struct Settlement:
    position: records.Position
    funding_owed: int256
    interest_owed: uint256
    pnl: int256
    equity: int256


@internal
@pure
def settle(position: records.Position, mark: uint256, funding_index: int256, interest_index: uint256) -> Settlement:
    """
    @dev POS-7:0253. Moves funding and interest owed into the margin, and the position's indices to now.
    """
    settlement: Settlement = empty(Settlement)
    settlement.funding_owed = funding.calculate_funding_owed_up(
        position.size, funding_index, position.funding_index, position.is_long
    )
    settlement.interest_owed = interest.calculate_interest_owed_up(
        position.entry_notional, interest_index, position.interest_index
    )
    settlement.pnl = margin_math.calculate_pnl(position.size, position.entry_notional, mark, position.is_long)
    settlement.equity = margin_math.calculate_equity(
        position.margin, settlement.pnl, settlement.funding_owed, settlement.interest_owed
    )

    settlement.position = position
    # cannot overflow: a margin and a size are below 2**112, an entry and the indices below 2**96
    settlement.position.margin = unsafe_sub(
        unsafe_sub(position.margin, settlement.funding_owed), convert(settlement.interest_owed, int256)
    )
    settlement.position.funding_index = funding_index
    settlement.position.interest_index = interest_index
    records.validate_magnitude(settlement.position.margin)
    records.validate_magnitude(settlement.equity)
    return settlement


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
def calculate_freed_margin(before: int256, after: int256) -> int256:
    """
    @dev VLT-24:9213. What a change of a position's margin moves out of the margins above 0.
    """
    # cannot overflow: margins are below 2**112
    return unsafe_sub(max(before, 0), max(after, 0))


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
def update_sums(
    side: records.Side, margins: uint256, before: records.Position, after: records.Position
) -> (records.Side, uint256):
    """
    @dev POS-8:a5db. Takes a position out of its side's sums and out of its account's sum of margins, and puts another
         in
         its place. One that is not there yet, or no longer, is empty.
    """
    updated: records.Side = side
    # cannot overflow or underflow, here and below: sizes, entries and margins are below 2**112, indices below 2**96, and
    # the sums hold what the position had before
    updated.size = records.validate_amount(unsafe_sub(unsafe_add(side.size, after.size), before.size))
    updated.entry_notional = records.validate_amount(
        unsafe_sub(unsafe_add(side.entry_notional, after.entry_notional), before.entry_notional)
    )
    updated.carry = unsafe_add(side.carry, unsafe_sub(self._calculate_carry(after), self._calculate_carry(before)))

    records.validate_magnitude(after.margin)
    updated.deficit = records.validate_amount(
        unsafe_sub(unsafe_add(side.deficit, records.positive(-after.margin)), records.positive(-before.margin))
    )

    taken: uint256 = records.positive(before.margin)
    put: uint256 = records.positive(after.margin)
    updated.margin = unsafe_sub(unsafe_add(side.margin, put), taken)
    return updated, unsafe_sub(unsafe_add(margins, put), taken)
