"""Properties of the two roundings (UNT-5, UNT-6)."""

from reference.math.units import AMOUNT_BOUND, mul_div_down, mul_div_up


def rounding_down_is_the_floor(a: int, b: int, denominator: int) -> bool:
    """UNT-5:3fa2. Rounding down gives the largest integer that is not above the quotient.

    pre: 0 <= a < AMOUNT_BOUND
    pre: 0 <= b < AMOUNT_BOUND
    pre: 0 < denominator < AMOUNT_BOUND
    post: _
    """
    quotient = mul_div_down(a, b, denominator)
    return quotient * denominator <= a * b < (quotient + 1) * denominator


def rounding_up_is_the_ceiling(a: int, b: int, denominator: int) -> bool:
    """UNT-6:5e85. Rounding up gives the smallest integer that is not below the quotient.

    pre: 0 <= a < AMOUNT_BOUND
    pre: 0 <= b < AMOUNT_BOUND
    pre: 0 < denominator < AMOUNT_BOUND
    post: _
    """
    quotient = mul_div_up(a, b, denominator)
    return (quotient - 1) * denominator < a * b <= quotient * denominator
