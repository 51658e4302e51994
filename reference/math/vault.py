"""The vault: exposure, available reserves, limits, claims, the value of each side, and NAV."""

from typing import Final

from reference.errors import MarketLimitReached, OpenInterestTooHigh
from reference.math.units import AMOUNT_BOUND, WAD, mul_div_up, signed_div_down

MARKET_LIMIT: Final = 5 * 10**17
"""Highest value of a market's side that grows, as a part of the cash: 50% (WAD)."""
SIDE_CAPS: Final = 2
"""A side may be worth so many caps, each of which the skew may be worth."""
TOTAL_LIMIT: Final = 8 * 10**17
"""Highest exposure of all markets, as a part of the cash; below it the breaker resets: 80% (WAD)."""
BREAKER_LIMIT: Final = 9 * 10**17
"""Utilization at which the breaker trips: 90% (WAD)."""


def calculate_exposure_up(longs: int, shorts: int, mark: int) -> int:
    """VLT-1. The vault's exposure in a market (wei), rounded up: |longs − shorts| · mark.

    longs, shorts: open interest, alpha WAD. mark: WAD.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    """
    skew = longs - shorts if longs >= shorts else shorts - longs
    return mul_div_up(skew, mark, WAD)


def calculate_available(cash: int, claims: int, promised: int) -> int:
    """VLT-2. Available reserves (wei): cash less unfed claims and traders' promised profits, at least 0.

    promised: Σ max(0, −V) over the markets, wei.

    pre: 0 <= cash < AMOUNT_BOUND
    pre: 0 <= claims < AMOUNT_BOUND
    pre: 0 <= promised < 2**128
    """
    owed = claims + promised
    return cash - owed if cash > owed else 0


def is_exposure_allowed(exposure: int, cash: int, limit: int) -> bool:
    """VLT-3. Whether an exposure is at most a part of the cash, exactly.

    exposure, cash: wei. limit: WAD.

    pre: 0 <= exposure < 2**128
    pre: 0 <= cash < AMOUNT_BOUND
    pre: 0 <= limit <= WAD
    """
    return exposure * WAD <= cash * limit


def validate_open_interest(size: int, skew: int, mark: int, pool: int, cap: int, cash: int) -> None:
    """VLT-39. Pool and vault can carry the side that grows when the other one is gone, and the skew, exactly.

    size: of the side, skew: |longs − shorts| where it has grown, else 0; alpha WAD. mark: WAD. pool: TAO that counts
    for impact, wei. cap: of the skew, as a part of the pool, WAD. cash: of the vault, wei.

    Errors, in this order: OpenInterestTooHigh, MarketLimitReached, OpenInterestTooHigh.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= skew < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= cap <= WAD
    pre: 0 <= cash < AMOUNT_BOUND
    """
    if size * mark > SIDE_CAPS * cap * pool:
        raise OpenInterestTooHigh
    if size * mark > MARKET_LIMIT * cash:
        raise MarketLimitReached
    if skew * mark > cap * pool:
        raise OpenInterestTooHigh


def calculate_breaker(is_tripped: bool, utilization: int) -> bool:
    """VLT-4. Whether the breaker is tripped, after a touch: from 90% on, until below 80%.

    utilization: WAD.
    """
    if utilization >= BREAKER_LIMIT:
        return True

    return is_tripped and utilization >= TOTAL_LIMIT


def calculate_fed(claimed_before: int, amount: int, fed: int) -> int:
    """VLT-5. How much of a claim is fed (wei), first in first out.

    claimed_before: all that was claimed before this claim, wei. amount: the claim's. fed: all that was ever fed to
    claims.

    pre: 0 <= claimed_before < AMOUNT_BOUND
    pre: 0 <= amount < AMOUNT_BOUND
    """
    if fed <= claimed_before:
        return 0

    return min(fed - claimed_before, amount)


def calculate_carry(size: int, entry_notional: int, funding_index: int, interest_index: int, is_long: bool) -> int:
    """VLT-36. What a position adds to its side's carry (wei · WAD, signed, exact): what its indices and entry were.

    ± size · funding index + entry notional · interest index ∓ entry notional · WAD, the upper signs of a long.

    size: alpha WAD. entry_notional: wei. funding_index: TAO per alpha, WAD, signed. interest_index: WAD.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < 2**96
    pre: -(2**87) <= funding_index < 2**87
    pre: 0 <= interest_index < 2**72
    """
    growth = size * funding_index - entry_notional * WAD
    return (growth if is_long else -growth) + entry_notional * interest_index


def calculate_side_owed_down(
    size: int,
    entry_notional: int,
    carry: int,
    mark: int,
    funding_index: int,
    interest_index: int,
    is_long: bool,
) -> int:
    """VLT-6. Funding and interest that a side owes less its unrealised PnL (wei, signed), rounded down, once.

    size: of the side, alpha WAD. entry_notional: of the side, wei. carry: Σ of VLT-36 over its positions, wei · WAD.
    mark: WAD. funding_index: now, TAO per alpha, WAD, signed. interest_index: now, WAD.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: -(2**201) < carry < 2**201
    pre: 0 <= mark < AMOUNT_BOUND
    pre: -(2**127) < funding_index < 2**127
    pre: 0 <= interest_index < 2**96
    """
    growth = size * (funding_index - mark)
    return signed_div_down((growth if is_long else -growth) + entry_notional * interest_index - carry, WAD)


def calculate_side_value(owed: int, margins: int) -> int:
    """VLT-7. Value of a side to the vault (wei, signed): what the side owes, at most its margins.

    owed: VLT-6 and the side's deficit together, wei, signed. margins: Σ positive margin of the side, wei.

    pre: -(2**255) <= owed < 2**255
    pre: 0 <= margins < AMOUNT_BOUND
    """
    return min(owed, margins)


def saturate(amount: int) -> int:
    """VLT-33. A cached amount (wei, signed), at most 2**112 − 1 on either side of 0.

    Saturation keeps an extreme price from stopping a touch.

    pre: -(2**255) < amount < 2**255
    """
    return max(min(amount, AMOUNT_BOUND - 1), 1 - AMOUNT_BOUND)


def calculate_nav(cash: int, claims: int, sides: int) -> int:
    """VLT-8. Net asset value (wei, signed): cash − unfed claims + the value of all sides.

    sides: Σ of VLT-7, wei, signed.

    pre: 0 <= cash < AMOUNT_BOUND
    pre: 0 <= claims < AMOUNT_BOUND
    pre: -(2**250) < sides < 2**250
    """
    return cash - claims + sides
