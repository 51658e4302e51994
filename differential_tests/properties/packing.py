"""What is packed comes back (STO-14 to STO-19, STO-23): no two records share a word."""

from reference.math.packing import (
    pack_amounts,
    pack_entry,
    pack_gaps,
    pack_pair,
    pack_parameters,
    pack_position,
    pack_signed,
    unpack_amounts,
    unpack_entry,
    unpack_gaps,
    unpack_pair,
    unpack_parameters,
    unpack_position,
    unpack_signed,
)
from reference.math.units import RAO


def amounts_come_back(a: int, b: int, c: int) -> bool:
    """STO-14:cd4a. Two amounts and a small number.

    pre: 0 <= a < 2**112
    pre: 0 <= b < 2**112
    pre: 0 <= c < 2**32
    post: _
    """
    return unpack_amounts(pack_amounts(a, b, c)) == (a, b, c)


def signed_come_back(signed: int, b: int, c: int) -> bool:
    """STO-15:9e15. A signed number with 96 and 32 bits.

    pre: -(2**127) <= signed < 2**127
    pre: 0 <= b < 2**96
    pre: 0 <= c < 2**32
    post: _
    """
    return unpack_signed(pack_signed(signed, b, c)) == (signed, b, c)


def gaps_come_back(signed: int, b: int, c: int) -> bool:
    """STO-16:594b. A signed number with twice 64 bits.

    pre: -(2**127) <= signed < 2**127
    pre: 0 <= b < 2**64
    pre: 0 <= c < 2**64
    post: _
    """
    return unpack_gaps(pack_gaps(signed, b, c)) == (signed, b, c)


def pairs_come_back(a: int, b: int) -> bool:
    """STO-17:15b9. Two sums.

    pre: 0 <= a < 2**128
    pre: 0 <= b < 2**128
    post: _
    """
    return unpack_pair(pack_pair(a, b)) == (a, b)


def parameters_come_back(
    max_leverage: int,
    maintenance: int,
    buffer: int,
    taker_fee: int,
    maker_fee: int,
    liquidation_fee: int,
    max_funding_rate: int,
    funding_weight: int,
    open_interest_cap: int,
) -> bool:
    """STO-18:e58d. Parameters, given here in units of 10**-9.

    pre: 0 <= max_leverage < 2**36
    pre: 0 <= maintenance < 2**29
    pre: 0 <= buffer < 2**29
    pre: 0 <= taker_fee < 2**24
    pre: 0 <= maker_fee < 2**24
    pre: 0 <= liquidation_fee < 2**27
    pre: 0 <= max_funding_rate < 2**24
    pre: 0 <= funding_weight < 2**30
    pre: 0 <= open_interest_cap < 2**30
    post: _
    """
    given = (
        max_leverage * RAO,
        maintenance * RAO,
        buffer * RAO,
        taker_fee * RAO,
        maker_fee * RAO,
        liquidation_fee * RAO,
        max_funding_rate * RAO,
        funding_weight * RAO,
        open_interest_cap * RAO,
    )
    return unpack_parameters(pack_parameters(*given)) == given


def positions_come_back(size: int, margin: int, block_number: int, is_long: bool) -> bool:
    """STO-19:246e. Size, margin, block and side; of the block the lowest 30 bits.

    pre: 0 <= size < 2**112
    pre: -(2**112) < margin < 2**112
    pre: 0 <= block_number
    post: _
    """
    packed = pack_position(size, margin, block_number, is_long)
    return unpack_position(packed) == (size, margin, block_number % 2**30, is_long)


def entries_come_back(entry_notional: int, interest_index: int, funding_index: int) -> bool:
    """STO-23:10d1. A position's entry notional and its indices.

    pre: 0 <= entry_notional < 2**96
    pre: 0 <= interest_index < 2**72
    pre: -(2**87) <= funding_index < 2**87
    post: _
    """
    return unpack_entry(pack_entry(entry_notional, interest_index, funding_index)) == (
        entry_notional,
        interest_index,
        funding_index,
    )
