"""Bounds on a market's parameters, and on how fast its maintenance margin may rise and its pool may move."""

from typing import Final

from reference.errors import (
    BufferOutOfRange,
    FeeOutOfRange,
    FundingOutOfRange,
    LeverageOutOfRange,
    LiquidationFeeOutOfRange,
    MaintenanceOutOfRange,
    MaintenanceRiseTooFast,
    MaintenanceRiseTooLarge,
    ParametersUnsafe,
    PoolMoveTooFast,
    PoolMoveTooLarge,
)
from reference.math.units import AMOUNT_BOUND, WAD

MIN_LEVERAGE: Final = 10**18
"""Least max leverage: 1 (WAD)."""
MAX_LEVERAGE: Final = 50 * 10**18
"""Highest max leverage (WAD)."""
MIN_MAINTENANCE: Final = 10**16
"""Least maintenance margin: 1% (WAD)."""
MAX_MAINTENANCE: Final = 5 * 10**17
"""Highest maintenance margin: 50% (WAD)."""
MAX_BUFFER: Final = 5 * 10**17
"""Highest partial-liquidation buffer: 50% (WAD)."""
MAX_FEE: Final = 10**16
"""Highest taker or maker fee: 1% (WAD)."""
MAX_OPENING_LOSS: Final = 26 * 10**14
"""Most that a fill at the highest base rate loses against the mark, on either side: 0.26% of the notional (WAD).

A short that is filled at mark · (1 − s) loses s / (1 − s), which is more than s.
"""
MAX_LIQUIDATION_FEE: Final = 10**17
"""Highest liquidation fee: 10% of the equity (WAD)."""
MAX_FUNDING_RATE: Final = 10**16
"""Highest max funding rate for 8 hours: 1% (WAD)."""

MAX_RISE: Final = 10**16
"""Most that maintenance + buffer may rise by in one call: a percentage point (WAD)."""
RISE_INTERVAL: Final = 86_400
"""Seconds between two such calls."""
MAX_POOL_MOVE: Final = 2
"""Most that a pool may grow by in one call, as a factor, or shrink by."""
MOVE_INTERVAL: Final = 86_400
"""Seconds between two such calls."""


def validate_margins(max_leverage: int, maintenance: int, buffer: int, taker_fee: int) -> None:
    """PAR-1. A position that opens at max leverage must be above its liquidation threshold.

    maintenance + buffer + taker fee + MAX_OPENING_LOSS ≤ 1 / max leverage, exactly. All WAD; any words.

    Errors, in this order: LeverageOutOfRange, MaintenanceOutOfRange, BufferOutOfRange, FeeOutOfRange, ParametersUnsafe.
    """
    if max_leverage < MIN_LEVERAGE or max_leverage > MAX_LEVERAGE:
        raise LeverageOutOfRange
    if maintenance < MIN_MAINTENANCE or maintenance > MAX_MAINTENANCE:
        raise MaintenanceOutOfRange
    if buffer > MAX_BUFFER:
        raise BufferOutOfRange
    if taker_fee > MAX_FEE:
        raise FeeOutOfRange
    if (maintenance + buffer + taker_fee + MAX_OPENING_LOSS) * max_leverage > WAD * WAD:
        raise ParametersUnsafe


def validate_rates(maker_fee: int, liquidation_fee: int, max_funding_rate: int) -> None:
    """PAR-2. The other rates of a market must be within their bounds. All WAD; any words.

    Errors, in this order: FeeOutOfRange, LiquidationFeeOutOfRange, FundingOutOfRange.
    """
    if maker_fee > MAX_FEE:
        raise FeeOutOfRange
    if liquidation_fee > MAX_LIQUIDATION_FEE:
        raise LiquidationFeeOutOfRange
    if max_funding_rate > MAX_FUNDING_RATE:
        raise FundingOutOfRange


def validate_rise(threshold: int, new_threshold: int, elapsed: int) -> None:
    """PAR-3. Maintenance + buffer may rise by a percentage point a call at most, and once a day.

    So an owner has time to add margin. It may fall by any amount. Call it for the maintenance margin alone, too: a
    buffer that turned into maintenance would make partial liquidations full ones.

    threshold, new_threshold: maintenance + buffer before and after, WAD. elapsed: seconds since the last rise.

    Errors, in this order: MaintenanceRiseTooLarge, MaintenanceRiseTooFast.

    pre: 0 <= threshold <= WAD
    """
    if new_threshold <= threshold:
        return
    if new_threshold - threshold > MAX_RISE:
        raise MaintenanceRiseTooLarge
    if elapsed < RISE_INTERVAL:
        raise MaintenanceRiseTooFast


def validate_pool_move(pool: int, new_pool: int, elapsed: int) -> None:
    """PAR-5. A pool that is a parameter may double or halve in a call at most, and move once a day.

    So an owner has time to close before the impact of a close has changed much.

    pool, new_pool: before and after, wei. elapsed: seconds since the last move.

    Errors, in this order: PoolMoveTooLarge, PoolMoveTooFast.

    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= new_pool < AMOUNT_BOUND
    """
    if new_pool == pool:
        return
    if max(pool, new_pool) > MAX_POOL_MOVE * min(pool, new_pool):
        raise PoolMoveTooLarge
    if elapsed < MOVE_INTERVAL:
        raise PoolMoveTooFast
