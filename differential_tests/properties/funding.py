"""Properties of funding (FND-5 to FND-11, FND-14)."""

from reference.math.funding import (
    FUNDING_INTERVAL,
    INDEX_BOUND,
    MAX_FUNDING_ELAPSED,
    calculate_funding_delta,
    calculate_funding_owed_up,
    calculate_funding_rate,
    calculate_funding_residual_down,
    calculate_kept_utilization_down,
)
from reference.math.units import AMOUNT_BOUND, RAO, WAD


def rate_is_bounded(longs: int, shorts: int, max_rate: int, weight: int, utilization: int) -> bool:
    """FND-5:47b5. The magnitude of the rate is at most the max rate; its sign is the skew's.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= max_rate <= WAD
    pre: 0 <= weight <= WAD
    pre: 0 <= utilization < AMOUNT_BOUND
    post: _
    """
    rate = calculate_funding_rate(longs, shorts, max_rate, weight, utilization)
    return abs(rate) <= max_rate and (rate <= 0 or longs > shorts) and (rate >= 0 or longs < shorts)


def rate_is_antisymmetric(longs: int, shorts: int, max_rate: int, weight: int, utilization: int) -> bool:
    """FND-6:e1b4. With the sides exchanged the rate is the negative one.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= max_rate <= WAD
    pre: 0 <= weight <= WAD
    pre: 0 <= utilization < AMOUNT_BOUND
    post: _
    """
    return calculate_funding_rate(longs, shorts, max_rate, weight, utilization) == -calculate_funding_rate(
        shorts, longs, max_rate, weight, utilization
    )


def delta_rises_with_time_up_to_the_cap(rate: int, mark: int, elapsed: int, more: int) -> bool:
    """FND-7:b31f. A longer time never makes the index grow less, and beyond 32 hours never more.

    pre: 0 <= rate <= WAD
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= elapsed <= more
    post: _
    """
    delta, later = calculate_funding_delta(rate, mark, elapsed), calculate_funding_delta(rate, mark, more)
    return delta <= later and (elapsed < MAX_FUNDING_ELAPSED or delta == later)


def payers_owe_at_least_what_receivers_are_due(longs: int, shorts: int, index: int, entry_index: int) -> bool:
    """FND-8:b8af. What the sides owe together is the vault's residual, up to a wei a side, and never less.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: -INDEX_BOUND < index < INDEX_BOUND
    pre: -INDEX_BOUND < entry_index < INDEX_BOUND
    pre: -INDEX_BOUND < index - entry_index < INDEX_BOUND
    post: _
    """
    owed = calculate_funding_owed_up(longs, index, entry_index, True) + calculate_funding_owed_up(
        shorts, index, entry_index, False
    )
    residual = calculate_funding_residual_down(longs, shorts, index - entry_index)
    return residual <= owed <= residual + 2


def vault_s_residual_is_income(longs: int, shorts: int, max_rate: int, mark: int, elapsed: int) -> bool:
    """FND-9:241d. With the rate of the skew itself, the vault never pays.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= max_rate <= WAD // 100
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= elapsed
    post: _
    """
    rate = calculate_funding_rate(longs, shorts, max_rate, 0, 0)
    return calculate_funding_residual_down(longs, shorts, calculate_funding_delta(rate, mark, elapsed)) >= 0


def delta_rounds_down(rate: int, mark: int, elapsed: int) -> bool:
    """FND-10:7c33. The magnitude of the index's growth is the exact one rounded down.

    pre: 0 <= rate <= WAD
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= elapsed <= MAX_FUNDING_ELAPSED
    post: _
    """
    delta = calculate_funding_delta(rate, mark, elapsed)
    unit = FUNDING_INTERVAL * WAD
    return delta * unit <= rate * mark * elapsed < (delta + 1) * unit and delta == -calculate_funding_delta(
        -rate, mark, elapsed
    )


def owed_rounds_up(size: int, index: int, entry_index: int) -> bool:
    """FND-11:8b19. Funding owed is the exact one rounded up: a payer pays more, a receiver gets less.

    pre: 0 <= size < AMOUNT_BOUND
    pre: -INDEX_BOUND < index < INDEX_BOUND
    pre: -INDEX_BOUND < entry_index < INDEX_BOUND
    post: _
    """
    exact = size * (index - entry_index)
    pays, gets = (calculate_funding_owed_up(size, index, entry_index, is_long) for is_long in (True, False))
    return (pays - 1) * WAD < exact <= pays * WAD and (gets - 1) * WAD < -exact <= gets * WAD


def kept_utilization_drops_little(utilization: int) -> bool:
    """FND-14:744d. What is kept is at most the utilization and at most 2, less than 10**-9 below it, and keeps itself.

    pre: 0 <= utilization
    post: _
    """
    kept = calculate_kept_utilization_down(utilization)
    nearest = min(utilization, 2 * WAD)
    return kept <= nearest < kept + RAO and calculate_kept_utilization_down(kept) == kept
