# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title impact
@license MIT
@notice Price impact: what a fill costs beyond the price from which it starts, always against the taker.
        Mirrors reference/math/impact.py.
"""

from vyper_contracts.math import units

BASE_LOW: public(constant(uint256)) = 10 * 10**14
BASE_MEDIUM: public(constant(uint256)) = 15 * 10**14
BASE_HIGH: public(constant(uint256)) = 25 * 10**14
MEDIUM_UTILIZATION: public(constant(uint256)) = 5 * 10**17
HIGH_UTILIZATION: public(constant(uint256)) = 8 * 10**17
MAX_IMPACT: public(constant(uint256)) = 2 * 10**17


@internal
@pure
def calculate_base_rate(utilization: uint256) -> uint256:
    """
    @dev IMP-1:2f00. The base rate of impact, by the vault's utilization.
    """
    if utilization >= HIGH_UTILIZATION:
        return BASE_HIGH
    if utilization >= MEDIUM_UTILIZATION:
        return BASE_MEDIUM
    return BASE_LOW


@internal
@pure
def calculate_skew_value_down(skew: int256, mark: uint256) -> uint256:
    """
    @dev IMP-2:0f3b. TAO value of a skew's magnitude, rounded down, bounded.
    """
    return min(units.mul_div_down(convert(abs(skew), uint256), mark, units.WAD), units.AMOUNT_BOUND - 1)


@internal
@pure
def calculate_skew_value_up(skew: int256, mark: uint256) -> uint256:
    """
    @dev IMP-2:0f3b. As calculate_skew_value_down, rounded up.
    """
    return min(units.mul_div_up(convert(abs(skew), uint256), mark, units.WAD), units.AMOUNT_BOUND - 1)


@internal
@pure
def calculate_impact_cost_up(
    skew_before: int256, skew_after: int256, mark: uint256, pool: uint256, notional: uint256
) -> uint256:
    """
    @dev IMP-3:1b88. What moving the vault's skew costs the taker, rounded up, at most the notional.
    """
    changes_sides: bool = (skew_before > 0 and skew_after < 0) or (skew_before < 0 and skew_after > 0)
    if not changes_sides and abs(skew_after) <= abs(skew_before):
        return 0
    if pool == 0:
        return notional
    before: uint256 = 0
    if not changes_sides:
        before = self.calculate_skew_value_down(skew_before, mark)
    after: uint256 = self.calculate_skew_value_up(skew_after, mark)
    return min(units.mul_div_up(after, after, pool) - units.mul_div_down(before, before, pool), notional)


@internal
@pure
def calculate_impact_rate_up(cost: uint256, notional: uint256, base_rate: uint256) -> uint256:
    """
    @dev IMP-4:1f3f. The rate of impact on a fill, rounded up.
    """
    return units.mul_div_up(cost, units.WAD, notional) + base_rate


@internal
@pure
def validate_impact(rate: uint256):
    """
    @dev IMP-5:71b7. An increase whose rate is above MAX_IMPACT reverts.
    """
    assert rate <= MAX_IMPACT, "ImpactTooHigh"


@internal
@pure
def calculate_fill_up(start: uint256, rate: uint256) -> uint256:
    """
    @dev IMP-6:43cf. Fill price of a buyer, rounded up.
    """
    return units.mul_div_up(start, units.WAD + rate, units.WAD)


@internal
@pure
def calculate_fill_down(start: uint256, rate: uint256) -> uint256:
    """
    @dev IMP-7:f27a. Fill price of a seller, rounded down.
    """
    return units.mul_div_down(start, units.WAD - rate, units.WAD)


@internal
@pure
def validate_slippage(mark: uint256, fill: uint256, max_slippage: uint256, is_buy: bool):
    """
    @dev IMP-8:d96b. The fill is at most `max_slippage` worse than the mark.
    """
    worse: uint256 = 0
    # cannot underflow: the lesser from the greater
    if is_buy and fill > mark:
        worse = unsafe_sub(fill, mark)
    if not is_buy and fill < mark:
        worse = unsafe_sub(mark, fill)
    assert worse * units.WAD <= min(max_slippage, units.AMOUNT_BOUND) * mark, "SlippageTooHigh"


@internal
@pure
def validate_limit(fill: uint256, limit_price: uint256, is_buy: bool):
    """
    @dev IMP-17:59d3. The fill is no worse than the taker's limit price; a limit of 0 is none.
    """
    assert limit_price == 0 or (fill <= limit_price if is_buy else fill >= limit_price), "PriceLimitReached"
