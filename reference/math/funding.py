"""Funding: the majority side of a market pays the minority side, and the vault for the skew."""

from typing import Final

from reference.math.interest import MAX_UTILIZATION
from reference.math.units import AMOUNT_BOUND, RAO, WAD, mul_div_down, signed_div_down, signed_div_up

FUNDING_INTERVAL: Final = 8 * 3600
"""Seconds for which a funding rate is quoted."""
MAX_FUNDING_ELAPSED: Final = 4 * FUNDING_INTERVAL
"""Seconds: the longest time for which one accrual counts, 32 hours."""
INDEX_BOUND: Final = 2**87
"""The magnitude of a funding index stays below this: 155 million TAO per alpha."""
DELTA_BOUND: Final = 2**128
"""Bound on the magnitude of one growth of a funding index."""


def calculate_funding_rate(longs: int, shorts: int, max_rate: int, weight: int, utilization: int) -> int:
    """FND-1. Funding rate for 8 hours (WAD), positive where longs pay; its magnitude is rounded down.

    max_rate · (longs − shorts) / (longs + shorts) · (1 − weight + weight · min(utilization, 1)); 0 where
    there is no open interest.

    longs, shorts: open interest, alpha WAD. max_rate, weight, utilization: WAD.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= max_rate <= WAD
    pre: 0 <= weight <= WAD

    Source: the published formula; the weight, 0 unless it is set, is for "utilization-aware" (seed 000).
    """
    total = longs + shorts
    if total == 0:
        return 0

    skew = longs - shorts if longs >= shorts else shorts - longs
    factor = WAD - weight + mul_div_down(weight, min(utilization, WAD), WAD)
    magnitude = mul_div_down(mul_div_down(max_rate, skew, total), factor, WAD)

    return magnitude if longs >= shorts else -magnitude


def calculate_kept_utilization_down(utilization: int) -> int:
    """FND-13. The utilization (WAD) by which the next interval's rate goes: at most 2, rounded down to 10**-9.

    A market keeps it with its touch. utilization: WAD.
    """
    return min(utilization, MAX_UTILIZATION) // RAO * RAO


def calculate_funding_delta(rate: int, mark: int, elapsed: int) -> int:
    """FND-2. Growth of the funding index (TAO per alpha, WAD); its magnitude is rounded down, once.

    rate · mark · min(elapsed, 32 hours) / 8 hours, at the mark of the last touch.

    rate: WAD, signed. mark: WAD. elapsed: seconds.

    pre: -WAD <= rate <= WAD
    pre: 0 <= mark < AMOUNT_BOUND

    Source: the published formula, with size taken in alpha (erratum E-8).
    """
    magnitude = abs(rate) * mark * min(elapsed, MAX_FUNDING_ELAPSED) // (FUNDING_INTERVAL * WAD)
    return magnitude if rate >= 0 else -magnitude


def calculate_funding_owed_up(size: int, index: int, entry_index: int, is_long: bool) -> int:
    """FND-3. Funding that a position owes (wei), negative where it receives; rounded up, against the position.

    size: alpha WAD. index, entry_index: the market's now and the position's, TAO per alpha, WAD, signed.

    pre: 0 <= size < AMOUNT_BOUND
    pre: -INDEX_BOUND < index < INDEX_BOUND
    pre: -INDEX_BOUND < entry_index < INDEX_BOUND
    """
    growth = index - entry_index if is_long else entry_index - index
    return signed_div_up(size * growth, WAD)


def calculate_funding_residual_down(longs: int, shorts: int, delta: int) -> int:
    """FND-4. Funding owed by payers in excess of what receivers are due, for a growth of the index (wei), rounded down.

    The vault receives it, as the counterparty of the skew. Never below 0 for a delta of FND-2.

    longs, shorts: alpha WAD. delta: TAO per alpha, WAD, signed.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: -DELTA_BOUND < delta < DELTA_BOUND
    """
    return signed_div_down((longs - shorts) * delta, WAD)


def accrue_index(index: int, delta: int) -> int:
    """FND-12. The funding index after a growth, kept within ± (INDEX_BOUND − 1): it can never stop a touch.

    index, delta: TAO per alpha, WAD, signed.

    pre: -INDEX_BOUND < index < INDEX_BOUND
    pre: -DELTA_BOUND < delta < DELTA_BOUND
    """
    return max(min(index + delta, INDEX_BOUND - 1), 1 - INDEX_BOUND)
