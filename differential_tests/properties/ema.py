"""Properties of the moving average and of the index (EMA-2 to EMA-7, IDX-5)."""

from reference.math.ema import INDEX_MAX_ELAPSED, INDEX_TAU, calculate_index, ema
from reference.math.units import AMOUNT_BOUND

MAX_SECONDS = 2**40
"""Elapsed times and time constants are below this: far above any that a chain will see."""


def ema_stays_between(average: int, sample: int, elapsed: int, tau: int) -> bool:
    """EMA-2:ee36. The average lies between the old average and the sample.

    pre: 0 <= average < AMOUNT_BOUND
    pre: 0 <= sample < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    return min(average, sample) <= ema(average, sample, elapsed, tau) <= max(average, sample)


def ema_rises_with_sample(average: int, sample: int, more: int, elapsed: int, tau: int) -> bool:
    """EMA-3:735d. A higher sample never gives a lower average.

    pre: 0 <= average < AMOUNT_BOUND
    pre: 0 <= sample <= more < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    return ema(average, sample, elapsed, tau) <= ema(average, more, elapsed, tau)


def ema_rises_with_average(average: int, more: int, sample: int, elapsed: int, tau: int) -> bool:
    """EMA-3:735d. A higher old average never gives a lower new one.

    pre: 0 <= average <= more < AMOUNT_BOUND
    pre: 0 <= sample < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    return ema(average, sample, elapsed, tau) <= ema(more, sample, elapsed, tau)


def ema_rounds_down(average: int, sample: int, elapsed: int, tau: int) -> bool:
    """EMA-4:8689. The average is the exact one rounded down.

    pre: 0 <= average < AMOUNT_BOUND
    pre: 0 <= sample < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    exact = sample * elapsed + average * tau
    rounded = ema(average, sample, elapsed, tau) * (elapsed + tau)
    return rounded <= exact < rounded + elapsed + tau


def spike_is_bounded(average: int, spike: int, elapsed: int, tau: int) -> bool:
    """EMA-5:5175. A spike moves the average by at most its height times elapsed / (elapsed + tau).

    pre: 0 <= average < AMOUNT_BOUND
    pre: 0 <= spike < AMOUNT_BOUND
    pre: average + spike < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    moved = ema(average, average + spike, elapsed, tau) - average
    return 0 <= moved * (elapsed + tau) <= spike * elapsed


def splitting_brings_closer(average: int, sample: int, first: int, second: int, tau: int) -> bool:
    """EMA-6:437b. Two updates at one sample bring the average as far as one of their joint length, or further.

    Up to one wei: each update rounds down once.

    pre: 0 <= average <= sample < AMOUNT_BOUND
    pre: 0 <= first < MAX_SECONDS
    pre: 0 <= second < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    split = ema(ema(average, sample, first, tau), sample, second, tau)
    return split >= ema(average, sample, first + second, tau) - 1


def gap_to_a_bound_shrinks_slowly(average: int, sample: int, bound: int, elapsed: int, tau: int) -> bool:
    """EMA-7:18bd. While samples stay at or under a bound, the distance to it keeps at least tau / (tau + elapsed).

    The step of the proof that the seed's 24-hour example can't be reached (erratum E-2).

    pre: 0 <= average <= bound < AMOUNT_BOUND
    pre: 0 <= sample <= bound
    pre: 0 <= elapsed < MAX_SECONDS
    pre: 0 < tau < MAX_SECONDS
    post: _
    """
    return (bound - ema(average, sample, elapsed, tau)) * (tau + elapsed) >= (bound - average) * tau


def index_update_weighs_an_hour_at_most(average: int, spot: int, elapsed: int) -> bool:
    """IDX-5:39ce. One update moves the index by at most 3600 / 608400 of the distance, however long it waited.

    pre: 0 <= average < AMOUNT_BOUND
    pre: 0 <= spot < AMOUNT_BOUND
    pre: 0 <= elapsed < MAX_SECONDS
    post: _
    """
    moved = abs(calculate_index(average, spot, elapsed) - average)
    return (moved - 1) * (INDEX_MAX_ELAPSED + INDEX_TAU) <= abs(spot - average) * INDEX_MAX_ELAPSED
