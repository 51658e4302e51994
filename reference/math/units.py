"""Units, bounds and the two roundings that everything else is made of."""

from typing import Final

from reference.errors import CheckFailed

WAD: Final = 10**18
"""One, for prices (TAO per alpha), sizes (alpha), rates, ratios and leverage."""

RAO: Final = 10**9
"""Wei in a rao: the least amount of TAO that the chain can move."""

AMOUNT_BOUND: Final = 2**112
"""Amounts, sizes and prices are below this where they enter, so that no product leaves a word."""

MAX_WORD: Final = 2**256 - 1
"""The largest value of a word of the EVM."""


def word(value: int) -> int:
    """UNT-1. `value` itself, if it fits an unsigned word.

    Stands wherever the contract computes with the compiler's checks on.

    Errors: CheckFailed below 0 and above 2**256 - 1.
    """
    if value < 0 or value > MAX_WORD:
        raise CheckFailed

    return value


def div_down(numerator: int, denominator: int) -> int:
    """UNT-2. Quotient of two words, rounded down.

    Errors: CheckFailed if the denominator is 0.
    """
    if denominator == 0:
        raise CheckFailed

    return numerator // denominator


def mul_div_down(a: int, b: int, denominator: int) -> int:
    """UNT-3. a · b / denominator of three words, rounded down.

    Errors: CheckFailed if a · b does not fit a word or the denominator is 0.
    """
    return div_down(word(a * b), denominator)


def mul_div_up(a: int, b: int, denominator: int) -> int:
    """UNT-4. a · b / denominator of three words, rounded up.

    Errors: CheckFailed if a · b does not fit a word or the denominator is 0.
    """
    product = word(a * b)
    if product == 0:
        return div_down(0, denominator)

    return div_down(product - 1, denominator) + 1


def signed_div_up(numerator: int, denominator: int) -> int:
    """UNT-7. Quotient of a signed numerator and a word, rounded up (towards plus infinity).

    pre: -(2**255) < numerator < 2**255
    pre: 0 <= denominator <= MAX_WORD

    Errors: CheckFailed if the denominator is 0.
    """
    if numerator >= 0:
        return mul_div_up(numerator, 1, denominator)

    return -div_down(-numerator, denominator)


def signed_div_down(numerator: int, denominator: int) -> int:
    """UNT-8. Quotient of a signed numerator and a word, rounded down (towards minus infinity).

    pre: -(2**255) < numerator < 2**255
    pre: 0 <= denominator <= MAX_WORD

    Errors: CheckFailed if the denominator is 0.
    """
    if numerator >= 0:
        return div_down(numerator, denominator)

    return -mul_div_up(-numerator, 1, denominator)
