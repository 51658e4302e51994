"""Properties for the prover's own tests: some true, some false, one hard, one about nothing."""

from differential_tests.symbolic.samples.sample_reference import ceiling, interest_rate, shares
from reference.math.ema import ema
from reference.math.units import div_down, mul_div_down, mul_div_up


def ema_between(average: int, sample: int, elapsed: int, tau: int) -> bool:
    """SAM-31. The average lies between its inputs.

    pre: 0 <= average < 2**112 and 0 <= sample < 2**112
    pre: 0 <= elapsed < 2**40 and 0 < tau < 2**40
    post: _
    """
    return min(average, sample) <= ema(average, sample, elapsed, tau) <= max(average, sample)


def rounding_apart(a: int, b: int, c: int) -> bool:
    """SAM-32. Rounding up is at most 1 above rounding down.

    pre: 0 <= a < 2**112 and 0 <= b < 2**112 and 0 < c < 2**112
    post: _
    """
    return 0 <= mul_div_up(a, b, c) - mul_div_down(a, b, c) <= 1


def rate_grows(low: int, high: int) -> bool:
    """SAM-33. The rate never falls with utilisation.

    pre: 0 <= low <= high <= 10**18
    post: __return__
    """
    return interest_rate(low) <= interest_rate(high)


def round_trip(assets: int, total_assets: int, total_shares: int) -> bool:
    """SAM-34. Shares bought are never worth more than was paid.

    pre: 0 <= assets < 2**100 and 0 <= total_assets < 2**100 and 0 <= total_shares < 2**100
    post: _
    """
    minted = shares(assets, total_assets, total_shares, False)
    return div_down(minted * (total_assets + 1), total_shares + 1000) <= assets


def ceiling_is_floor(numerator: int, denominator: int) -> bool:
    """SAM-35. False.

    pre: 0 <= numerator < 2**100 and 0 < denominator < 2**100
    post: _
    """
    return ceiling(numerator, denominator) == numerator // denominator


def check_escapes(average: int, sample: int, elapsed: int, tau: int) -> bool:
    """SAM-36. False: the sum of both times may be 0.

    pre: 0 <= average < 2**112 and 0 <= sample < 2**112
    pre: 0 <= elapsed < 2**40 and 0 <= tau < 2**40
    post: _
    """
    return ema(average, sample, elapsed, tau) >= 0


def about_nothing(x: int) -> bool:
    """SAM-37. There is no such number.

    pre: x > 3 and x < 3
    post: _
    """
    return x == 7


def about_no_square(x: int, y: int) -> bool:
    """SAM-38. Nor is there such a pair, which only a solver sees.

    pre: x > 0 and y > 0 and x * x == 2 * y * y and y < 10 and x < 20
    post: _
    """
    return x == y


def is_prime(a: int, b: int) -> bool:
    """SAM-39. Hard: a certain product of two primes has no factors (false, but far to seek).

    pre: 1 < a < 2**64 and 1 < b < 2**64
    post: _
    """
    return a * b != 1000000016000000063 * 1000000000000000003


def _helper(x: int) -> int:
    return x
