"""Interest: positions pay the vault for the capital that they use."""

from typing import Final

from reference.math.units import AMOUNT_BOUND, WAD, mul_div_up

YEAR: Final = 365 * 86_400
"""Seconds in a year."""
INTEREST_SLOPE: Final = 2 * 10**17
"""Rate a year at full utilization, beside the base: 20% (WAD)."""
INTEREST_BASE: Final = 10**14
"""Rate a year at no utilization: 0.01% (WAD)."""
MAX_INTEREST: Final = 8 * 10**17
"""The highest rate a year: 80% (WAD)."""
MAX_UTILIZATION: Final = 2 * WAD
"""Utilization (WAD) from which the rate is not computed but the highest, and which stands where nothing is available.

The cap is reached a little below it.
"""


def calculate_utilization_up(exposure: int, available: int) -> int:
    """INT-1. Exposure as a part of the available reserves (WAD), rounded up; it may pass 1.

    0 without exposure; MAX_UTILIZATION where there is exposure and nothing available.

    exposure, available: wei.

    pre: 0 <= exposure < 2**128
    pre: 0 <= available < AMOUNT_BOUND

    Source: seed 004.
    """
    if exposure == 0:
        return 0
    if available == 0:
        return MAX_UTILIZATION

    return mul_div_up(exposure, WAD, available)


def calculate_interest_rate_up(utilization: int) -> int:
    """INT-2. Interest rate a year (WAD), rounded up: min(20% · u² + 0.01%, 80%).

    utilization: WAD.

    Source: seeds 000 and 004.
    """
    if utilization >= MAX_UTILIZATION:
        return MAX_INTEREST

    return min(mul_div_up(utilization * utilization, INTEREST_SLOPE, WAD * WAD) + INTEREST_BASE, MAX_INTEREST)


def calculate_interest_delta_up(rate: int, elapsed: int) -> int:
    """INT-3. Growth of the interest index (WAD), rounded up: rate · elapsed / year.

    rate: a year, WAD. elapsed: seconds.

    pre: 0 <= rate <= WAD
    pre: 0 <= elapsed < 2**64
    """
    return mul_div_up(rate, elapsed, YEAR)


def calculate_interest_owed_up(entry_notional: int, index: int, entry_index: int) -> int:
    """INT-4. Interest that a position owes (wei), rounded up: entry notional · (index − entry index).

    entry_notional: wei. index: now, WAD. entry_index: the position's, at most the index, WAD.

    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= entry_index <= index < 2**128
    """
    return mul_div_up(entry_notional, index - entry_index, WAD)
