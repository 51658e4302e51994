"""The time-weighted moving average of the published index oracle."""

from typing import Final

from reference.math.units import div_down, word

INDEX_TAU: Final = 604_800
"""Seconds: seven days, the period of the index (seed 002)."""

INDEX_MAX_ELAPSED: Final = 3_600
"""Seconds: the longest time for which one update of the index counts."""


def ema(average: int, sample: int, elapsed: int, tau: int) -> int:
    """EMA-1. The average after `sample` held for `elapsed` seconds, rounded down.

    (sample · elapsed + average · tau) / (elapsed + tau)

    average, sample: any one unit (prices: WAD). elapsed, tau: seconds.
    Errors: CheckFailed if a product or a sum leaves a word, or elapsed + tau is 0.
    Source: seed 002.
    """
    weighted = word(word(sample * elapsed) + word(average * tau))
    return div_down(weighted, word(elapsed + tau))


def calculate_index(average: int, spot: int, elapsed: int) -> int:
    """IDX-1. The index after an update `elapsed` seconds after the one before, rounded down.

    The elapsed time counts for an hour at most: after a day one pushed block would have a weight of 12.5%.

    average, spot: WAD. elapsed: seconds.
    Errors: CheckFailed if a product or a sum leaves a word.
    """
    return ema(average, spot, min(elapsed, INDEX_MAX_ELAPSED), INDEX_TAU)
