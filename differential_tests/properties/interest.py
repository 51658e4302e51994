"""Properties of interest (INT-5 to INT-8)."""

from reference.math.interest import (
    INTEREST_BASE,
    MAX_INTEREST,
    MAX_UTILIZATION,
    calculate_interest_delta_up,
    calculate_interest_owed_up,
    calculate_interest_rate_up,
    calculate_utilization_up,
)
from reference.math.units import AMOUNT_BOUND, WAD


def utilization_rounds_up(exposure: int, available: int) -> bool:
    """INT-5:3bdd. Utilization is the exact quotient rounded up.

    pre: 0 <= exposure < AMOUNT_BOUND
    pre: 0 < available < AMOUNT_BOUND
    post: _
    """
    utilization = calculate_utilization_up(exposure, available)
    return (utilization - 1) * available < exposure * WAD <= utilization * available


def interest_rate_rises_with_utilization(utilization: int, more: int) -> bool:
    """INT-6:9360. A higher utilization never has a lower rate; the rate is between the base and the cap.

    pre: 0 <= utilization <= more
    post: _
    """
    rate = calculate_interest_rate_up(utilization)
    return INTEREST_BASE <= rate <= calculate_interest_rate_up(more) <= MAX_INTEREST


def interest_rises_with_time(rate: int, elapsed: int, more: int) -> bool:
    """INT-7:7ba9. A longer time never makes the index grow less; two accruals at a rate make at least one of both
    times.

    pre: 0 <= rate <= WAD
    pre: 0 <= elapsed < 2**63
    pre: 0 <= more < 2**63
    post: _
    """
    both = calculate_interest_delta_up(rate, elapsed + more)
    parts = calculate_interest_delta_up(rate, elapsed) + calculate_interest_delta_up(rate, more)
    return calculate_interest_delta_up(rate, elapsed) <= both <= parts <= both + 1


def interest_rounds_up(entry_notional: int, index: int, entry_index: int) -> bool:
    """INT-8:aca5. Interest owed is the exact one rounded up: never in the position's favour.

    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: 0 <= entry_index <= index < 2**128
    post: _
    """
    owed = calculate_interest_owed_up(entry_notional, index, entry_index)
    return (owed - 1) * WAD < entry_notional * (index - entry_index) <= owed * WAD
