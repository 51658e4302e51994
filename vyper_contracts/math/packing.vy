# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title packing
@license MIT
@notice Several numbers in one word of storage. Mirrors reference/math/packing.py.
@dev Nothing here reverts: the bounds are the caller's, and the sums can't overflow within them, because their terms
     have no bit in common. A conversion by way of bytes32 keeps the bits as they are.
"""

from vyper_contracts.math import units


@internal
@pure
def pack_amounts(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @dev STO-1:284d. Two amounts and a small number in one word: 112, 112 and 32 bits, from the lowest bit up.
    """
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(a, b << 112), c << 224)


@internal
@pure
def unpack_amounts(packed: uint256) -> (uint256, uint256, uint256):
    """
    @dev STO-2:89c5. What `pack_amounts` has packed.
    """
    return packed % 2**112, (packed >> 112) % 2**112, packed >> 224


@internal
@pure
def pack_signed(signed: int256, b: uint256, c: uint256) -> uint256:
    """
    @dev STO-3:3319. A signed number in two's complement, 128 bits, then 96 and 32 bits.
    """
    low: uint256 = convert(convert(signed, bytes32), uint256) % 2**128
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(low, b << 128), c << 224)


@internal
@pure
def unpack_signed(packed: uint256) -> (int256, uint256, uint256):
    """
    @dev STO-4:cf9c. What `pack_signed` has packed.
    """
    low: uint256 = packed % 2**128
    if low >= 2**127:
        # wraps on purpose: two's complement of 256 bits
        low = unsafe_sub(low, 2**128)
    return convert(convert(low, bytes32), int256), (packed >> 128) % 2**96, packed >> 224


@internal
@pure
def pack_gaps(signed: int256, b: uint256, c: uint256) -> uint256:
    """
    @dev STO-5:613f. A signed number in two's complement, 128 bits, then twice 64 bits.
    """
    low: uint256 = convert(convert(signed, bytes32), uint256) % 2**128
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(low, b << 128), c << 192)


@internal
@pure
def unpack_gaps(packed: uint256) -> (int256, uint256, uint256):
    """
    @dev STO-6:8bda. What `pack_gaps` has packed.
    """
    low: uint256 = packed % 2**128
    if low >= 2**127:
        # wraps on purpose: two's complement of 256 bits
        low = unsafe_sub(low, 2**128)
    return convert(convert(low, bytes32), int256), (packed >> 128) % 2**64, packed >> 192


@internal
@pure
def pack_value(worth: int256, pool_rao: uint256, utilization: uint256, touched_at: uint256) -> uint256:
    """
    @dev STO-24:d50c. A market's value in two's complement, 128 bits, its pool in rao, 64, its utilization and a time,
         32
         each.
    """
    low: uint256 = convert(convert(worth, bytes32), uint256) % 2**128
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(unsafe_add(low, pool_rao << 128), utilization << 192), touched_at << 224)


@internal
@pure
def unpack_value(packed: uint256) -> (int256, uint256, uint256, uint256):
    """
    @dev STO-25:4753. What `pack_value` has packed.
    """
    low: uint256 = packed % 2**128
    if low >= 2**127:
        # wraps on purpose: two's complement of 256 bits
        low = unsafe_sub(low, 2**128)
    return convert(convert(low, bytes32), int256), (packed >> 128) % 2**64, (packed >> 192) % 2**32, packed >> 224


@internal
@pure
def pack_flags(status: uint256, is_guarded: bool, has_deficit: bool, number: uint256) -> uint256:
    """
    @dev STO-26:75ca. What a market is, in 23 bits: status, two flags, and its number from bit 9 on.
    """
    # cannot overflow: no bit in common
    flags: uint256 = unsafe_add(convert(is_guarded, uint256) << 2, convert(has_deficit, uint256) << 3)
    return unsafe_add(unsafe_add(status, flags), number << 9)


@internal
@pure
def unpack_flags(packed: uint256) -> (uint256, bool, bool, uint256):
    """
    @dev STO-27:5cfd. What `pack_flags` has packed.
    """
    return packed % 4, (packed >> 2) % 2 == 1, (packed >> 3) % 2 == 1, (packed >> 9) % 2**14


@internal
@pure
def pack_pools(min_pool_rao: uint256, pool_rao: uint256, raised_at: uint256, moved_at: uint256) -> uint256:
    """
    @dev STO-28:c283. The two pools of a market's parameters in rao, 64 bits each, and when what they limit last moved,
         32
         each.
    """
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(unsafe_add(min_pool_rao, pool_rao << 64), raised_at << 128), moved_at << 160)


@internal
@pure
def unpack_pools(packed: uint256) -> (uint256, uint256, uint256, uint256):
    """
    @dev STO-29:aa31. What `pack_pools` has packed.
    """
    return packed % 2**64, (packed >> 64) % 2**64, (packed >> 128) % 2**32, (packed >> 160) % 2**32


@internal
@pure
def pack_readings(
    later_pool: uint256, later_volume: uint256, earlier_pool: uint256, earlier_volume: uint256
) -> uint256:
    """
    @dev STO-33:d766. Two readings of a pool: its TAO in rao, 56 bits, and its counter, 64 bits, of the later one, then
         of the earlier one.
    """
    # cannot overflow: no bit in common
    later: uint256 = unsafe_add(later_pool, later_volume << 56)
    return unsafe_add(unsafe_add(later, earlier_pool << 120), earlier_volume << 176)


@internal
@pure
def unpack_readings(packed: uint256) -> (uint256, uint256, uint256, uint256):
    """
    @dev STO-34:4103. What `pack_readings` has packed; the highest 16 bits mean nothing.
    """
    return packed % 2**56, (packed >> 56) % 2**64, (packed >> 120) % 2**56, (packed >> 176) % 2**64


@internal
@pure
def pack_pair(a: uint256, b: uint256) -> uint256:
    """
    @dev STO-7:ef77. Two sums in one word: 128 bits each.
    """
    # cannot overflow: no bit in common
    return unsafe_add(a, b << 128)


@internal
@pure
def unpack_pair(packed: uint256) -> (uint256, uint256):
    """
    @dev STO-8:2a5b. What `pack_pair` has packed.
    """
    return packed % 2**128, packed >> 128


@internal
@pure
def pack_parameters(
    max_leverage: uint256,
    maintenance: uint256,
    buffer: uint256,
    taker_fee: uint256,
    maker_fee: uint256,
    liquidation_fee: uint256,
    max_funding_rate: uint256,
    funding_weight: uint256,
    open_interest_cap: uint256,
    cross_class: uint256,
) -> uint256:
    """
    @dev STO-9:57e2. A market's ratios and rates in one word, WAD each, in units of 10**-9, and its class in cross
         accounts. What is finer than 10**-9 is dropped.
    """
    # cannot overflow: no bit in common
    packed: uint256 = unsafe_add(max_leverage // units.RAO, (maintenance // units.RAO) << 36)
    packed = unsafe_add(packed, (buffer // units.RAO) << 65)
    packed = unsafe_add(packed, (taker_fee // units.RAO) << 94)
    packed = unsafe_add(packed, (maker_fee // units.RAO) << 118)
    packed = unsafe_add(packed, (liquidation_fee // units.RAO) << 142)
    packed = unsafe_add(packed, (max_funding_rate // units.RAO) << 169)
    packed = unsafe_add(packed, (funding_weight // units.RAO) << 193)
    packed = unsafe_add(packed, (open_interest_cap // units.RAO) << 223)
    return unsafe_add(packed, cross_class << 253)


@internal
@pure
def unpack_parameters(
    packed: uint256,
) -> (uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256):
    """
    @dev STO-10:e81c. What `pack_parameters` has packed, nine numbers, WAD, and the class; the highest bit means
         nothing.
    """
    # cannot overflow: at most 36 bits times 10**9
    return (
        unsafe_mul(packed % 2**36, units.RAO),
        unsafe_mul((packed >> 36) % 2**29, units.RAO),
        unsafe_mul((packed >> 65) % 2**29, units.RAO),
        unsafe_mul((packed >> 94) % 2**24, units.RAO),
        unsafe_mul((packed >> 118) % 2**24, units.RAO),
        unsafe_mul((packed >> 142) % 2**27, units.RAO),
        unsafe_mul((packed >> 169) % 2**24, units.RAO),
        unsafe_mul((packed >> 193) % 2**30, units.RAO),
        unsafe_mul((packed >> 223) % 2**30, units.RAO),
        (packed >> 253) % 4,
    )


@internal
@pure
def pack_entry(entry_notional: uint256, interest_index: uint256, funding_index: int256) -> uint256:
    """
    @dev STO-21:83d9. Entry notional, interest index and signed funding index of a position: 96, 72 and 88 bits.
    """
    high: uint256 = convert(convert(funding_index, bytes32), uint256) << 168
    # cannot overflow: no bit in common
    return unsafe_add(unsafe_add(entry_notional, interest_index << 96), high)


@internal
@pure
def unpack_entry(packed: uint256) -> (uint256, uint256, int256):
    """
    @dev STO-22:1a22. What `pack_entry` has packed.
    """
    return packed % 2**96, (packed >> 96) % 2**72, convert(convert(packed, bytes32), int256) >> 168


@internal
@pure
def pack_position(size: uint256, margin: int256, block_number: uint256, is_long: bool) -> uint256:
    """
    @dev STO-11:65df. Size, margin, last block of increase and side of a position: 112, 112, 29, 1 and 1 bits.
    """
    magnitude: uint256 = convert(convert(margin, bytes32), uint256)
    sign: uint256 = 0
    if margin < 0:
        # wraps on purpose: the magnitude of a two's complement
        magnitude = unsafe_sub(0, magnitude)
        sign = 1 << 254
    # cannot overflow: no bit in common
    packed: uint256 = unsafe_add(unsafe_add(size, magnitude << 112), (block_number % 2**29) << 224)
    return unsafe_add(unsafe_add(packed, sign), convert(is_long, uint256) << 255)


@internal
@pure
def unpack_position(packed: uint256) -> (uint256, int256, uint256, bool):
    """
    @dev STO-12:75ad. What `pack_position` has packed; the block modulo 2**29.
    """
    # below 2**112: a positive int256 too
    margin: int256 = convert(convert((packed >> 112) % 2**112, bytes32), int256)
    if (packed >> 254) % 2 == 1:
        # cannot overflow: a magnitude below 2**112
        margin = unsafe_sub(0, margin)
    return packed % 2**112, margin, (packed >> 224) % 2**29, packed >= 2**255
