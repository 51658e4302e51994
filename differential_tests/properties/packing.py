"""What is packed comes back (STO-14 to STO-19, STO-23, STO-30 to STO-32): no two records share a word."""

from reference.math.packing import (
    pack_amounts,
    pack_entry,
    pack_flags,
    pack_gaps,
    pack_pair,
    pack_parameters,
    pack_pools,
    pack_position,
    pack_readings,
    pack_signed,
    pack_value,
    unpack_amounts,
    unpack_entry,
    unpack_flags,
    unpack_gaps,
    unpack_pair,
    unpack_parameters,
    unpack_pools,
    unpack_position,
    unpack_readings,
    unpack_signed,
    unpack_value,
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
    cross_class: int,
) -> bool:
    """STO-18:eaa9. Parameters, given here in units of 10**-9, and the class.

    pre: 0 <= max_leverage < 2**36
    pre: 0 <= maintenance < 2**29
    pre: 0 <= buffer < 2**29
    pre: 0 <= taker_fee < 2**24
    pre: 0 <= maker_fee < 2**24
    pre: 0 <= liquidation_fee < 2**27
    pre: 0 <= max_funding_rate < 2**24
    pre: 0 <= funding_weight < 2**30
    pre: 0 <= open_interest_cap < 2**30
    pre: 0 <= cross_class < 4
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
        cross_class,
    )
    return unpack_parameters(pack_parameters(*given)) == given


def positions_come_back(size: int, margin: int, block_number: int, is_long: bool) -> bool:
    """STO-19:4cbc. Size, margin, block and side; of the block the lowest 29 bits.

    pre: 0 <= size < 2**112
    pre: -(2**112) < margin < 2**112
    pre: 0 <= block_number
    post: _
    """
    packed = pack_position(size, margin, block_number, is_long)
    return unpack_position(packed) == (size, margin, block_number % 2**29, is_long)


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


def values_come_back(value: int, pool_rao: int, utilization: int, touched_at: int) -> bool:
    """STO-30:f6ae. A market's value, pool, utilization and time.

    pre: -(2**127) <= value < 2**127
    pre: 0 <= pool_rao < 2**64
    pre: 0 <= utilization < 2**32
    pre: 0 <= touched_at < 2**32
    post: _
    """
    return unpack_value(pack_value(value, pool_rao, utilization, touched_at)) == (
        value,
        pool_rao,
        utilization,
        touched_at,
    )


def flags_come_back(status: int, is_guarded: bool, has_deficit: bool, number: int) -> bool:
    """STO-31:85bd. A market's status, flags and number, in 23 bits.

    pre: 0 <= status < 4
    pre: 0 <= number < 2**14
    post: _
    """
    packed = pack_flags(status, is_guarded, has_deficit, number)
    return packed < 2**23 and unpack_flags(packed) == (status, is_guarded, has_deficit, number)


def pools_come_back(min_pool_rao: int, pool_rao: int, raised_at: int, moved_at: int) -> bool:
    """STO-32:a0a3. Two pools and two times; the highest 64 bits stay 0.

    pre: 0 <= min_pool_rao < 2**64
    pre: 0 <= pool_rao < 2**64
    pre: 0 <= raised_at < 2**32
    pre: 0 <= moved_at < 2**32
    post: _
    """
    packed = pack_pools(min_pool_rao, pool_rao, raised_at, moved_at)
    return packed < 2**192 and unpack_pools(packed) == (min_pool_rao, pool_rao, raised_at, moved_at)


def readings_come_back(later_pool: int, later_volume: int, earlier_pool: int, earlier_volume: int) -> bool:
    """STO-35:4bc3. Two pools and two counters; the highest 16 bits stay 0.

    pre: 0 <= later_pool < 2**56
    pre: 0 <= later_volume < 2**64
    pre: 0 <= earlier_pool < 2**56
    pre: 0 <= earlier_volume < 2**64
    post: _
    """
    packed = pack_readings(later_pool, later_volume, earlier_pool, earlier_volume)
    returned = unpack_readings(packed)
    return packed < 2**240 and returned == (later_pool, later_volume, earlier_pool, earlier_volume)
