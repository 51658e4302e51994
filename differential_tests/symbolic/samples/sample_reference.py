"""The reference of `vyper_contracts/math/sample.vy`, and properties; for the prover's own tests only."""

from reference.errors import CheckFailed, MegaTAOError
from reference.math.units import word

WAD = 10**18
YEAR = 365 * 86_400


class MarginTooHigh(MegaTAOError):
    """SAM-10."""


class MarginTooLow(MegaTAOError):
    """SAM-10."""


def signed(value: int) -> int:
    """`value`, if it fits a signed word."""
    if value < -(2**255) or value >= 2**255:
        raise CheckFailed
    return value


def toward_zero(numerator: int, denominator: int) -> int:
    """Quotient of two signed words, rounded towards 0."""
    if denominator == 0:
        raise CheckFailed
    quotient = abs(numerator) // abs(denominator)
    return signed(quotient if (numerator < 0) == (denominator < 0) else -quotient)


def down(numerator: int, denominator: int) -> int:
    """Quotient, rounded down."""
    if denominator == 0:
        raise CheckFailed
    return numerator // denominator


def ceiling(numerator: int, denominator: int) -> int:
    """SAM-1. A quotient, rounded up."""
    if denominator == 0:
        raise CheckFailed
    return -(-numerator // denominator)


def interest_rate(utilisation: int) -> int:
    """SAM-2. A quadratic rate with a cap: a product of three."""
    return min(word(2 * 10**17 * utilisation * utilisation) // 10**36 + 10**14, 8 * 10**17)


def funding_rate(longs: int, shorts: int, max_rate: int) -> int:
    """SAM-3. A signed quotient, rounded towards 0."""
    if longs == 0 and shorts == 0:
        return 0
    skew = signed(signed(longs) - signed(shorts))
    product = signed(max_rate * skew)
    return toward_zero(product, signed(longs + shorts))


def profit(size: int, entry: int, price: int, is_long: bool) -> int:
    """SAM-4. A gain rounds down, a loss up."""
    gains = (price >= entry) == is_long
    product = word(size * abs(price - entry))
    if gains:
        return signed(down(product, entry))
    return -signed(ceiling(product, entry))


def is_liquidatable(margin: int, gain: int, fees: int, notional: int, points: int) -> bool:
    """SAM-5. Equity below the maintenance margin."""
    equity = signed(signed(signed(margin) + gain) - signed(fees))
    return equity < signed(ceiling(word(notional * points), 10_000))


def shares(assets: int, total_assets: int, total_shares: int, up: bool) -> int:
    """SAM-6. Shares of a vault with virtual assets."""
    numerator = word(assets * word(total_shares + 1000))
    denominator = word(total_assets + 1)
    return word(ceiling(numerator, denominator)) if up else numerator // denominator


def accrued(rate: int, price: int, elapsed: int) -> int:
    """SAM-7. Two quotients in sequence."""
    return word(word(rate * price) // WAD * elapsed) // YEAR


def validate_margin(margin: int, needed: int, limit: int) -> None:
    """SAM-10. Nothing is returned; reverts by name."""
    if margin > limit:
        raise MarginTooHigh
    if margin < needed:
        raise MarginTooLow


def signed_mix(a: int, b: int) -> tuple[int, int, int]:
    """SAM-11. Signed product, quotient and remainder, both towards 0."""
    product = signed(a * b)
    quotient = toward_zero(a, b)
    return product, quotient, a - b * quotient


def signed_extremes(a: int, b: int) -> int:
    """SAM-12. Minimum, maximum and absolute value of signed numbers."""
    return signed(max(min(a, b), -(10**18)) - signed(abs(b)))


def cube(x: int) -> int:
    """SAM-13. A constant power, a shift and a mask."""
    return word(x**3) // 2**64 % 2**128


def unsafe_mix(a: int, b: int, c: int) -> int:
    """SAM-14. Modular arithmetic on purpose."""
    product = ((a + b) % 2**256) * ((b - c) % 2**256) % 2**256
    return 0 if c == 0 else product // c


def modular(a: int, b: int, m: int) -> int:
    """SAM-15. Products and sums that do not wrap."""
    if m == 0:
        raise CheckFailed
    return word(a * b % m + (a + b) % m)


def compound(start: int, rate: int) -> int:
    """SAM-16. A loop of a constant length."""
    total = start
    for _ in range(3):
        total = word(total + word(total * rate) // WAD)
    return total


def narrow(size: int, steps: int, is_up: bool) -> int:
    """SAM-17. Types narrower than a word."""
    scaled = size * steps
    return scaled if is_up else -scaled


def digest(x: int) -> int:
    """SAM-20. Outside of what the prover knows."""
    return x


def is_factored(a: int, b: int) -> bool:
    """SAM-21. Hard: whether a · b is a certain product of two primes."""
    if a > 1 and b > 1:
        word(a * b)
    return False


def identity(x: int) -> int:
    """SAM-22. Nothing."""
    return x


def left_over(amount: int, parts: int) -> int:
    """SAM-23. What a part leaves: proved of the ceiling, too."""
    return word(amount - ceiling(amount, parts))
