"""Properties of price impact (IMP-9 to IMP-16)."""

from reference.errors import MegaTAOError
from reference.math.impact import (
    BASE_HIGH,
    BASE_LOW,
    calculate_base_rate,
    calculate_fill_down,
    calculate_fill_up,
    calculate_impact_cost_up,
    calculate_impact_rate_up,
    validate_slippage,
)
from reference.math.units import AMOUNT_BOUND, WAD

UNCAPPED = AMOUNT_BOUND - 1
"""A notional that no cost reaches in these domains."""


def base_rate_rises_with_utilization(utilization: int, more: int) -> bool:
    """IMP-9:016c. A higher utilization never has a lower base rate; it is always between the lowest and the highest.

    pre: 0 <= utilization <= more
    post: _
    """
    return BASE_LOW <= calculate_base_rate(utilization) <= calculate_base_rate(more) <= BASE_HIGH


def growing_skew_in_parts_costs_no_less(first: int, second: int, third: int, pool: int) -> bool:
    """IMP-10:61be. Growing the skew in two fills costs at least what one fill costs; so, by induction, do any number.

    At a mark of 1, where a skew is its value. At any other the values round against the taker, which adds to the parts.

    pre: 0 <= first < second < third < 2**88
    pre: 0 < pool < AMOUNT_BOUND
    pre: third * third < pool * UNCAPPED
    post: _
    """
    parts = calculate_impact_cost_up(first, second, WAD, pool, UNCAPPED) + calculate_impact_cost_up(
        second, third, WAD, pool, UNCAPPED
    )
    return parts >= calculate_impact_cost_up(first, third, WAD, pool, UNCAPPED)


def impact_is_symmetric(skew_before: int, skew_after: int, mark: int, pool: int, notional: int) -> bool:
    """IMP-11:1fc6. Longs and shorts pay the same.

    pre: -AMOUNT_BOUND < skew_before < AMOUNT_BOUND
    pre: -AMOUNT_BOUND < skew_after < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= notional < AMOUNT_BOUND
    post: _
    """
    return calculate_impact_cost_up(skew_before, skew_after, mark, pool, notional) == calculate_impact_cost_up(
        -skew_before, -skew_after, mark, pool, notional
    )


def impact_is_never_a_gain(skew_before: int, skew_after: int, mark: int, pool: int, notional: int) -> bool:
    """IMP-12:7b22. The cost is between 0 and the notional, and 0 where the skew shrinks.

    pre: -AMOUNT_BOUND < skew_before < AMOUNT_BOUND
    pre: -AMOUNT_BOUND < skew_after < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= notional < AMOUNT_BOUND
    post: _
    """
    cost = calculate_impact_cost_up(skew_before, skew_after, mark, pool, notional)
    shrinks = 0 <= skew_after <= skew_before or skew_before <= skew_after <= 0
    return 0 <= cost <= notional and (cost == 0 or not shrinks)


def impact_from_zero_is_the_pool_s_own(size: int, pool: int) -> bool:
    """IMP-13:b9ad. From a balanced book the cost of n TAO is ⌈n² / pool⌉: the average move of a constant-product pool.

    At a mark of 1, where a skew is its value.

    pre: 0 < size < 2**88
    pre: 0 < pool < AMOUNT_BOUND
    pre: size * size < pool * UNCAPPED
    post: _
    """
    cost = calculate_impact_cost_up(0, size, WAD, pool, UNCAPPED)
    return (cost - 1) * pool < size * size <= cost * pool


def rate_rounds_up(cost: int, notional: int, base_rate: int) -> bool:
    """IMP-14:1872. The rate is the exact one rounded up, at most 1 above the base rate.

    pre: 0 <= cost <= notional
    pre: 0 < notional < AMOUNT_BOUND
    pre: 0 <= base_rate <= WAD
    post: _
    """
    rate = calculate_impact_rate_up(cost, notional, base_rate) - base_rate
    return (rate - 1) * notional < cost * WAD <= rate * notional and 0 <= rate <= WAD


def fill_is_against_the_taker(start: int, rate: int) -> bool:
    """IMP-15:c2e7. A buyer fills at the start or above, a seller at the start or below, at most `rate` away, up to a
    wei.

    pre: 0 <= start < AMOUNT_BOUND
    pre: 0 <= rate <= WAD
    post: _
    """
    buys, sells = calculate_fill_up(start, rate), calculate_fill_down(start, rate)
    return (
        sells <= start <= buys
        and (buys - 1 - start) * WAD < start * rate
        and ((start - sells - 1) * WAD < start * rate)
    )


def slippage_check_is_exact(mark: int, fill: int, max_slippage: int) -> bool:
    """IMP-16:8893. A buyer's fill passes if, and only if, it is at most the mark times 1 + max slippage.

    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= fill < AMOUNT_BOUND
    pre: 0 <= max_slippage <= AMOUNT_BOUND
    post: _
    """
    try:
        validate_slippage(mark, fill, max_slippage, True)
    except MegaTAOError:
        return fill * WAD > mark * (WAD + max_slippage)
    return fill * WAD <= mark * (WAD + max_slippage)
