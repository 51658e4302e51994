# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title liquidation
@license MIT
@notice Liquidation: which kind, how much is closed, who gets what, and what a shortfall costs.
        Mirrors reference/math/liquidation.py.
"""

from vyper_contracts.math import units

HEALTHY: public(constant(uint256)) = 0
PARTIAL: public(constant(uint256)) = 1
FULL: public(constant(uint256)) = 2

MIN_REWARD: public(constant(uint256)) = 4 * 10**15
FRACTION_SLACK: public(constant(uint256)) = 2
ARRIVED_FOR: public(constant(uint256)) = 600
BAD_DEBT_LIMIT: public(constant(uint256)) = 10**17


@internal
@pure
def calculate_kind(equity: int256, entry_notional: uint256, maintenance: uint256, buffer: uint256) -> uint256:
    """
    @dev LIQ-1:5950. HEALTHY, PARTIAL or FULL; both edges belong to the healthier side.
    """
    worth: int256 = equity * convert(units.WAD, int256)
    if worth < convert(entry_notional * maintenance, int256):
        return FULL
    if worth < convert(entry_notional * (maintenance + buffer), int256):
        return PARTIAL
    return HEALTHY


@internal
@pure
def is_last_tenth(equity: int256, entry_notional: uint256, maintenance: uint256) -> bool:
    """
    @dev LIQ-23:afc6. Whether less than a tenth of the maintenance margin is left, exactly: that waits for no mark.
    """
    return 10 * equity * convert(units.WAD, int256) < convert(entry_notional * maintenance, int256)


@internal
@pure
def calculate_closed_size_up(
    size: uint256, equity: uint256, entry_notional: uint256, threshold: uint256, fee_rate: uint256
) -> uint256:
    """
    @dev LIQ-2:71c9. Size that a partial liquidation closes, rounded up, at most all of it.
    """
    target: uint256 = units.mul_div_up(entry_notional, threshold, units.WAD)
    fee: uint256 = units.mul_div_up(equity, fee_rate, units.WAD)
    return min(units.mul_div_up(size, target - equity + FRACTION_SLACK, target - fee), size)


@internal
@pure
def calculate_closed_entry_up(entry_notional: uint256, closed: uint256, size: uint256) -> uint256:
    """
    @dev LIQ-3:2b2c. Entry notional that goes with a closed size, rounded up.
    """
    return units.mul_div_up(entry_notional, closed, size)


@internal
@pure
def calculate_liquidation_fee(equity: int256, fee_rate: uint256, closed: uint256, size: uint256) -> uint256:
    """
    @dev LIQ-4:9193. Fee of a liquidation; 0 without equity.
    """
    if equity <= 0:
        return 0
    return units.mul_div_up(units.mul_div_down(convert(equity, uint256), fee_rate, units.WAD), closed, size)


@internal
@pure
def calculate_reward(fee: uint256, equity: int256, is_full: bool) -> uint256:
    """
    @dev LIQ-5:cf77. The keeper's reward out of the position.
    """
    half: uint256 = fee // 2
    if not is_full:
        return half
    return max(half, min(MIN_REWARD, convert(max(equity, 0), uint256)))


@internal
@pure
def calculate_reward_top_up(equity: int256, taker_fee: uint256, insurance: uint256) -> uint256:
    """
    @dev LIQ-6:52f0. What the insurance adds to the reward of a full liquidation.
    """
    missing: uint256 = MIN_REWARD - min(convert(max(equity, 0), uint256), MIN_REWARD)
    return min(missing, min(taker_fee, insurance))


@internal
@pure
def calculate_payout(equity: int256, fee: uint256, reward: uint256) -> (uint256, uint256):
    """
    @dev LIQ-7:5835. What insurance and owner get of the equity of a full liquidation, after the keeper.
    """
    insurance: uint256 = max(fee, reward) - reward
    return insurance, convert(max(equity, 0), uint256) - insurance - reward


@internal
@pure
def calculate_bad_debt(equity: int256, pnl: int256, insurance: uint256) -> (uint256, uint256, uint256):
    """
    @dev LIQ-8:52c4. Bad debt: all of it, covered, and uncovered price part.
    """
    debt: uint256 = convert(max(-equity, 0), uint256)
    price_part: uint256 = min(debt, convert(max(-pnl, 0), uint256))
    covered: uint256 = min(price_part, insurance)
    return debt, covered, price_part - covered


@internal
@pure
def is_bad_debt_over_limit(uncovered: uint256, cash: uint256) -> bool:
    """
    @dev LIQ-9:cf8a. Whether uncovered bad debt is at least 10% of the vault's cash left.
    """
    return uncovered * units.WAD >= cash * BAD_DEBT_LIMIT
