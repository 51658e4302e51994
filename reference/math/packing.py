"""Several numbers in one word of storage: a record costs the words that it touches."""

from reference.math.units import RAO


def pack_amounts(a: int, b: int, c: int) -> int:
    """STO-1. Two amounts and a small number in one word: 112, 112 and 32 bits, from the lowest bit up.

    pre: 0 <= a < 2**112
    pre: 0 <= b < 2**112
    pre: 0 <= c < 2**32
    """
    return a + b * 2**112 + c * 2**224


def unpack_amounts(packed: int) -> tuple[int, int, int]:
    """STO-2. What `pack_amounts` has packed."""
    return packed % 2**112, packed // 2**112 % 2**112, packed // 2**224


def pack_signed(signed: int, b: int, c: int) -> int:
    """STO-3. A signed number in two's complement, 128 bits, then 96 and 32 bits.

    pre: -(2**127) <= signed < 2**127
    pre: 0 <= b < 2**96
    pre: 0 <= c < 2**32
    """
    return signed % 2**128 + b * 2**128 + c * 2**224


def unpack_signed(packed: int) -> tuple[int, int, int]:
    """STO-4. What `pack_signed` has packed."""
    low = packed % 2**128
    if low >= 2**127:
        low -= 2**128
    return low, packed // 2**128 % 2**96, packed // 2**224


def pack_gaps(signed: int, b: int, c: int) -> int:
    """STO-5. A signed number in two's complement, 128 bits, then twice 64 bits.

    pre: -(2**127) <= signed < 2**127
    pre: 0 <= b < 2**64
    pre: 0 <= c < 2**64
    """
    return signed % 2**128 + b * 2**128 + c * 2**192


def unpack_gaps(packed: int) -> tuple[int, int, int]:
    """STO-6. What `pack_gaps` has packed."""
    low = packed % 2**128
    if low >= 2**127:
        low -= 2**128
    return low, packed // 2**128 % 2**64, packed // 2**192


def pack_value(worth: int, pool_rao: int, utilization: int, touched_at: int) -> int:
    """STO-24. A market's value in two's complement, 128 bits, its pool in rao, 64, its utilization and a time, 32 each.

    utilization: in units of 10**-9.

    pre: -(2**127) <= worth < 2**127
    pre: 0 <= pool_rao < 2**64
    pre: 0 <= utilization < 2**32
    pre: 0 <= touched_at < 2**32
    """
    return worth % 2**128 + pool_rao * 2**128 + utilization * 2**192 + touched_at * 2**224


def unpack_value(packed: int) -> tuple[int, int, int, int]:
    """STO-25. What `pack_value` has packed."""
    low = packed % 2**128
    if low >= 2**127:
        low -= 2**128
    return low, packed // 2**128 % 2**64, packed // 2**192 % 2**32, packed // 2**224


def pack_flags(status: int, is_guarded: bool, has_deficit: bool, number: int) -> int:
    """STO-26. What a market is, in 23 bits: status, two flags, and its number from bit 9 on.

    pre: 0 <= status < 4
    pre: 0 <= number < 2**14
    """
    packed = status + number * 2**9
    if is_guarded:
        packed += 2**2
    return packed + 2**3 if has_deficit else packed


def unpack_flags(packed: int) -> tuple[int, bool, bool, int]:
    """STO-27. What `pack_flags` has packed."""
    return packed % 4, packed // 2**2 % 2 == 1, packed // 2**3 % 2 == 1, packed // 2**9 % 2**14


def pack_pools(min_pool_rao: int, pool_rao: int, raised_at: int, moved_at: int) -> int:
    """STO-28. The pools of a market's parameters in rao, 64 bits each, and two times, 32 bits each.

    raised_at: when the margins last rose. moved_at: when the pool last moved.

    pre: 0 <= min_pool_rao < 2**64
    pre: 0 <= pool_rao < 2**64
    pre: 0 <= raised_at < 2**32
    pre: 0 <= moved_at < 2**32
    """
    return min_pool_rao + pool_rao * 2**64 + raised_at * 2**128 + moved_at * 2**160


def unpack_pools(packed: int) -> tuple[int, int, int, int]:
    """STO-29. What `pack_pools` has packed."""
    return packed % 2**64, packed // 2**64 % 2**64, packed // 2**128 % 2**32, packed // 2**160 % 2**32


def pack_readings(later_pool: int, later_volume: int, earlier_pool: int, earlier_volume: int) -> int:
    """STO-33. Two readings of a pool: its TAO in rao, 56 bits, and its counter, 64; of the later, then of the earlier.

    pre: 0 <= later_pool < 2**56
    pre: 0 <= later_volume < 2**64
    pre: 0 <= earlier_pool < 2**56
    pre: 0 <= earlier_volume < 2**64
    """
    return later_pool + later_volume * 2**56 + earlier_pool * 2**120 + earlier_volume * 2**176


def unpack_readings(packed: int) -> tuple[int, int, int, int]:
    """STO-34. What `pack_readings` has packed; the highest 16 bits mean nothing."""
    return packed % 2**56, packed // 2**56 % 2**64, packed // 2**120 % 2**56, packed // 2**176 % 2**64


def pack_pair(a: int, b: int) -> int:
    """STO-7. Two sums in one word: 128 bits each.

    pre: 0 <= a < 2**128
    pre: 0 <= b < 2**128
    """
    return a + b * 2**128


def unpack_pair(packed: int) -> tuple[int, int]:
    """STO-8. What `pack_pair` has packed."""
    return packed % 2**128, packed // 2**128


def pack_parameters(
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
) -> int:
    """STO-9. A market's ratios and rates in one word, WAD each, in units of 10**-9, and its class in cross accounts.

    What is finer than 10**-9 is dropped.

    pre: 0 <= max_leverage < 2**36 * RAO
    pre: 0 <= maintenance < 2**29 * RAO
    pre: 0 <= buffer < 2**29 * RAO
    pre: 0 <= taker_fee < 2**24 * RAO
    pre: 0 <= maker_fee < 2**24 * RAO
    pre: 0 <= liquidation_fee < 2**27 * RAO
    pre: 0 <= max_funding_rate < 2**24 * RAO
    pre: 0 <= funding_weight < 2**30 * RAO
    pre: 0 <= open_interest_cap < 2**30 * RAO
    pre: 0 <= cross_class < 4
    """
    margins = max_leverage // RAO + maintenance // RAO * 2**36 + buffer // RAO * 2**65
    fees = taker_fee // RAO * 2**94 + maker_fee // RAO * 2**118 + liquidation_fee // RAO * 2**142
    funding = max_funding_rate // RAO * 2**169 + funding_weight // RAO * 2**193
    return margins + fees + funding + open_interest_cap // RAO * 2**223 + cross_class * 2**253


def unpack_parameters(packed: int) -> tuple[int, int, int, int, int, int, int, int, int, int]:
    """STO-10. What `pack_parameters` has packed: nine numbers, WAD, and the class; the highest bit means nothing."""
    return (
        packed % 2**36 * RAO,
        packed // 2**36 % 2**29 * RAO,
        packed // 2**65 % 2**29 * RAO,
        packed // 2**94 % 2**24 * RAO,
        packed // 2**118 % 2**24 * RAO,
        packed // 2**142 % 2**27 * RAO,
        packed // 2**169 % 2**24 * RAO,
        packed // 2**193 % 2**30 * RAO,
        packed // 2**223 % 2**30 * RAO,
        packed // 2**253 % 4,
    )


def pack_entry(entry_notional: int, interest_index: int, funding_index: int) -> int:
    """STO-21. A position's entry notional, interest index and signed funding index: 96, 72 and 88 bits.

    pre: 0 <= entry_notional < 2**96
    pre: 0 <= interest_index < 2**72
    pre: -(2**87) <= funding_index < 2**87
    """
    return entry_notional + interest_index * 2**96 + funding_index % 2**88 * 2**168


def unpack_entry(packed: int) -> tuple[int, int, int]:
    """STO-22. What `pack_entry` has packed."""
    high = packed // 2**168
    if high >= 2**87:
        high -= 2**88
    return packed % 2**96, packed // 2**96 % 2**72, high


def pack_position(size: int, margin: int, block_number: int, is_long: bool) -> int:
    """STO-11. Size, margin, last block of increase and side of a position: 112, 112, 29, 1 and 1 bits.

    The margin is a magnitude and the bit 254, which says that it is below 0. Of the block the lowest 29 bits
    stay; bit 253 is 0.

    pre: 0 <= size < 2**112
    pre: -(2**112) < margin < 2**112
    """
    packed = size + abs(margin) * 2**112 + block_number % 2**29 * 2**224
    if margin < 0:
        packed += 2**254
    return packed + 2**255 if is_long else packed


def unpack_position(packed: int) -> tuple[int, int, int, bool]:
    """STO-12. What `pack_position` has packed; the block modulo 2**29."""
    magnitude = packed // 2**112 % 2**112
    is_negative = packed // 2**254 % 2 == 1
    margin = -magnitude if is_negative else magnitude
    return packed % 2**112, margin, packed // 2**224 % 2**29, packed >= 2**255
