"""Price impact: how far a fill price is from its start price, always against the taker."""

from typing import Final

from reference.errors import ImpactTooHigh, PriceLimitReached, SlippageTooHigh
from reference.math.units import AMOUNT_BOUND, WAD, mul_div_down, mul_div_up

BASE_LOW: Final = 10 * 10**14
"""Base rate below MEDIUM_UTILIZATION: 0.10% (WAD)."""
BASE_MEDIUM: Final = 15 * 10**14
"""Base rate from MEDIUM_UTILIZATION: 0.15% (WAD)."""
BASE_HIGH: Final = 25 * 10**14
"""Base rate from HIGH_UTILIZATION: 0.25% (WAD)."""
MEDIUM_UTILIZATION: Final = 5 * 10**17
"""Utilization (WAD)."""
HIGH_UTILIZATION: Final = 8 * 10**17
"""Utilization (WAD)."""
MAX_IMPACT: Final = 2 * 10**17
"""The highest rate of impact: 20% (WAD)."""


def calculate_base_rate(utilization: int) -> int:
    """IMP-1. The base rate of impact (WAD), by the vault's utilization (WAD).

    Source: the three rates are published; where they change is a decision.
    """
    if utilization >= HIGH_UTILIZATION:
        return BASE_HIGH
    if utilization >= MEDIUM_UTILIZATION:
        return BASE_MEDIUM

    return BASE_LOW


def calculate_skew_value_down(skew: int, mark: int) -> int:
    """IMP-2. TAO value of a skew's magnitude, rounded down, at most 2**112 - 1 wei.

    skew: longs less shorts, alpha WAD, signed. mark: WAD.

    pre: -AMOUNT_BOUND < skew < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    """
    return min(mul_div_down(abs(skew), mark, WAD), AMOUNT_BOUND - 1)


def calculate_skew_value_up(skew: int, mark: int) -> int:
    """IMP-2. As calculate_skew_value_down, rounded up.

    pre: -AMOUNT_BOUND < skew < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    """
    return min(mul_div_up(abs(skew), mark, WAD), AMOUNT_BOUND - 1)


def calculate_impact_cost_up(skew_before: int, skew_after: int, mark: int, pool: int, notional: int) -> int:
    """IMP-3. Cost to the taker of moving the vault's skew (wei), rounded up, at most the notional.

    ⌈q1² / pool⌉ − ⌊q0² / pool⌋ where the skew grows on its side, ⌈q1² / pool⌉ where it changes sides, 0 where it
    shrinks; q0 and q1 are its values before (down) and after (up). It is the difference of a potential: parts cost
    no less than the whole.

    skew_before, skew_after: alpha WAD, signed. mark: WAD. pool: TAO in the subnet's pool, wei. notional: wei.

    pre: -AMOUNT_BOUND < skew_before < AMOUNT_BOUND
    pre: -AMOUNT_BOUND < skew_after < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= notional < AMOUNT_BOUND
    """
    changes_sides = (skew_before > 0 and skew_after < 0) or (skew_before < 0 and skew_after > 0)
    if not changes_sides and abs(skew_after) <= abs(skew_before):
        return 0
    if pool == 0:
        return notional

    before = 0 if changes_sides else calculate_skew_value_down(skew_before, mark)
    after = calculate_skew_value_up(skew_after, mark)
    return min(mul_div_up(after, after, pool) - mul_div_down(before, before, pool), notional)


def calculate_impact_rate_up(cost: int, notional: int, base_rate: int) -> int:
    """IMP-4. The rate of impact on a fill (WAD), rounded up: cost / notional + base rate.

    cost: at most the notional, wei. notional: above 0, wei. base_rate: WAD.

    pre: 0 <= cost <= notional
    pre: 0 < notional < AMOUNT_BOUND
    pre: 0 <= base_rate <= WAD
    """
    return mul_div_up(cost, WAD, notional) + base_rate


def validate_impact(rate: int) -> None:
    """IMP-5. An increase whose rate (WAD) is above MAX_IMPACT reverts: a cap would reward splitting it.

    Errors: ImpactTooHigh.
    """
    if rate > MAX_IMPACT:
        raise ImpactTooHigh


def calculate_fill_up(start: int, rate: int) -> int:
    """IMP-6. Fill price of a buyer (WAD), rounded up. start: WAD. rate: WAD.

    pre: 0 <= start < AMOUNT_BOUND
    pre: 0 <= rate <= 2 * WAD
    """
    return mul_div_up(start, WAD + rate, WAD)


def calculate_fill_down(start: int, rate: int) -> int:
    """IMP-7. Fill price of a seller (WAD), rounded down. start: WAD. rate: WAD, at most 1.

    pre: 0 <= start < AMOUNT_BOUND
    pre: 0 <= rate <= WAD
    """
    return mul_div_down(start, WAD - rate, WAD)


def validate_slippage(mark: int, fill: int, max_slippage: int, is_buy: bool) -> None:
    """IMP-8. The fill is at most `max_slippage` worse than the mark.

    mark, fill: WAD. max_slippage: the taker's, WAD; any word.
    Errors: SlippageTooHigh.

    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= fill < AMOUNT_BOUND
    """
    worse = 0
    if is_buy and fill > mark:
        worse = fill - mark
    if not is_buy and fill < mark:
        worse = mark - fill
    if worse * WAD > min(max_slippage, AMOUNT_BOUND) * mark:
        raise SlippageTooHigh


def validate_limit(fill: int, limit_price: int, is_buy: bool) -> None:
    """IMP-17. The fill is no worse than the taker's limit price.

    fill: WAD. limit_price: WAD; any word, 0 for none.
    Errors: PriceLimitReached.

    pre: 0 <= fill < AMOUNT_BOUND
    """
    if limit_price == 0:
        return
    if is_buy and fill > limit_price:
        raise PriceLimitReached
    if not is_buy and fill < limit_price:
        raise PriceLimitReached
