# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title sample
@license MIT
@notice Arithmetic of every shape that the prover has to know; for its own tests only. Mirrors sample_reference.py.
"""


WAD: constant(uint256) = 10 ** 18
YEAR: constant(uint256) = 365 * 86_400


@internal
@pure
def ceiling(numerator: uint256, denominator: uint256) -> uint256:
    """
    @dev SAM-1. A quotient, rounded up.
    """
    quotient: uint256 = numerator // denominator
    if numerator % denominator != 0:
        quotient += 1
    return quotient


@internal
@pure
def interest_rate(utilisation: uint256) -> uint256:
    """
    @dev SAM-2. A quadratic rate with a cap: a product of three.
    """
    return min(2 * 10 ** 17 * utilisation * utilisation // 10 ** 36 + 10 ** 14, 8 * 10 ** 17)


@internal
@pure
def funding_rate(longs: uint256, shorts: uint256, max_rate: int256) -> int256:
    """
    @dev SAM-3. A signed quotient, rounded towards 0.
    """
    if longs == 0 and shorts == 0:
        return 0
    long_size: int256 = convert(longs, int256)
    short_size: int256 = convert(shorts, int256)
    return max_rate * (long_size - short_size) // (long_size + short_size)


@internal
@pure
def profit(size: uint256, entry: uint256, price: uint256, is_long: bool) -> int256:
    """
    @dev SAM-4. A gain rounds down, a loss up.
    """
    gains: bool = (price >= entry) == is_long
    distance: uint256 = price - entry if price >= entry else entry - price
    if gains:
        return convert(size * distance // entry, int256)
    return -convert(self.ceiling(size * distance, entry), int256)


@internal
@pure
def is_liquidatable(margin: uint256, gain: int256, fees: uint256, notional: uint256, points: uint256) -> bool:
    """
    @dev SAM-5. Equity below the maintenance margin.
    """
    equity: int256 = convert(margin, int256) + gain - convert(fees, int256)
    return equity < convert(self.ceiling(notional * points, 10_000), int256)


@internal
@pure
def shares(assets: uint256, total_assets: uint256, total_shares: uint256, up: bool) -> uint256:
    """
    @dev SAM-6. Shares of a vault with virtual assets.
    """
    numerator: uint256 = assets * (total_shares + 1000)
    denominator: uint256 = total_assets + 1
    result: uint256 = numerator // denominator
    if up and numerator % denominator != 0:
        result += 1
    return result


@internal
@pure
def accrued(rate: uint256, price: uint256, elapsed: uint256) -> uint256:
    """
    @dev SAM-7. Two quotients in sequence.
    """
    return rate * price // WAD * elapsed // YEAR


@internal
@pure
def validate_margin(margin: uint256, needed: uint256, limit: uint256):
    """
    @dev SAM-10. Nothing is returned; reverts by name.
    """
    assert margin <= limit, "MarginTooHigh"
    if margin < needed:
        raise "MarginTooLow"


@internal
@pure
def signed_mix(a: int256, b: int256) -> (int256, int256, int256):
    """
    @dev SAM-11. Signed product, quotient and remainder, both towards 0.
    """
    return a * b, a // b, a % b


@internal
@pure
def signed_extremes(a: int256, b: int256) -> int256:
    """
    @dev SAM-12. Minimum, maximum and absolute value of signed numbers.
    """
    return max(min(a, b), -(10 ** 18)) - abs(b)


@internal
@pure
def cube(x: uint256) -> uint256:
    """
    @dev SAM-13. A constant power, a shift and a mask.
    """
    return (x ** 3 >> 64) & (2 ** 128 - 1)


@internal
@pure
def unsafe_mix(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @dev SAM-14. Modular arithmetic on purpose.
    """
    return unsafe_div(unsafe_mul(unsafe_add(a, b), unsafe_sub(b, c)), c)


@internal
@pure
def modular(a: uint256, b: uint256, m: uint256) -> uint256:
    """
    @dev SAM-15. Products and sums that do not wrap.
    """
    return uint256_mulmod(a, b, m) + uint256_addmod(a, b, m)


@internal
@pure
def compound(start: uint256, rate: uint256) -> uint256:
    """
    @dev SAM-16. A loop of a constant length.
    """
    total: uint256 = start
    for i: uint256 in range(3):
        total = total + total * rate // WAD
    return total


@internal
@pure
def narrow(size: uint112, steps: int128, is_up: bool) -> int256:
    """
    @dev SAM-17. Types narrower than a word.
    """
    scaled: int256 = convert(size, int256) * convert(steps, int256)
    return scaled if is_up else -scaled


@internal
@pure
def digest(x: uint256) -> uint256:
    """
    @dev SAM-20. Outside of what the prover knows.
    """
    return convert(keccak256(convert(x, bytes32)), uint256)


@internal
@pure
def is_factored(a: uint256, b: uint256) -> bool:
    """
    @dev SAM-21. Hard: whether a · b is a certain product of two primes.
    """
    return a > 1 and b > 1 and a * b == 1000000016000000063 * 1000000000000000003


@internal
@pure
def identity(x: uint256) -> uint256:
    """
    @dev SAM-22. Nothing.
    """
    return x


@internal
@pure
def left_over(amount: uint256, parts: uint256) -> uint256:
    """
    @dev SAM-23. What a part leaves: proved of the ceiling, too.
    """
    return amount - self.ceiling(amount, parts)
