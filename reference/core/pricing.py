"""The price of a trade: the start of its fill, the impact on it, and the limits of an increase."""

from dataclasses import dataclass

from reference.core.accrual import Context, calculate_saturated_exposure
from reference.errors import (
    AmountTooLarge,
    AutoPaused,
    BreakerTripped,
    LeverageOutOfRange,
    MarketClosed,
    NotionalTooSmall,
    PriceOutOfBand,
    PriceZero,
)
from reference.math.fees import calculate_fee_up
from reference.math.impact import (
    MAX_IMPACT,
    calculate_base_rate,
    calculate_fill_down,
    calculate_fill_up,
    calculate_impact_cost_up,
    calculate_impact_rate_up,
    validate_impact,
)
from reference.math.interest import calculate_utilization_up
from reference.math.margin import calculate_notional_down, calculate_size
from reference.math.mark import (
    ALPHA_BAND,
    DECREASE_GAP,
    INDEX_BAND,
    calculate_start_down,
    calculate_start_up,
    is_range_in_band,
)
from reference.math.reading import validate_refusal
from reference.math.units import RAO, WAD, mul_div_down, mul_div_up
from reference.math.vault import calculate_available
from reference.oracles.feed import Observation
from reference.state.records import ENTRY_BOUND, MIN_NOTIONAL, OPEN, is_index, validate_amount


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill. price: WAD. rate: of impact, WAD. size: alpha WAD. value: of the size at the price, wei. fee: wei."""

    price: int
    rate: int
    size: int
    value: int
    fee: int


def validate_increase_price(context: Context) -> None:
    """POS-9. An increase, or a removal of margin, needs a good reading, and no price outside the band since the one
    that counts.

    Errors, in this order: those of ORC-5, ReadingTooYoung, PoolUneven, PriceOutOfBand.
    """
    validate_refusal(context.seen.refusal)


def validate_band(key: int, mark: int, seen: Observation) -> None:
    """SHR-5. All prices that may be hidden are in the band around the mark (WAD). Errors: PriceOutOfBand."""
    if not is_range_in_band(mark, seen.high, seen.low, INDEX_BAND if is_index(key) else ALPHA_BAND):
        raise PriceOutOfBand


def calculate_start(context: Context, is_buy: bool, most_gap: int) -> int:
    """POS-10, MRK-10. The price (WAD) from which a fill starts: the worse of the mark, its gap, and hidden prices.

    most_gap: how much of a gap counts, a part of the mark, WAD.
    Errors: AmountTooLarge.
    """
    market = context.market
    if is_buy:
        return validate_amount(calculate_start_up(market.mark, context.seen.high, min(market.gap_up, most_gap)))

    return calculate_start_down(market.mark, context.seen.low, min(market.gap_down, most_gap))


def validate_price(price: int) -> int:
    """POS-12. The price itself (WAD), above 0. Errors: PriceZero."""
    if price == 0:
        raise PriceZero

    return price


def calculate_trade_rate_up(context: Context, change: int, notional: int) -> int:
    """POS-11. Rate of impact (WAD) of a trade that changes the skew by `change` (alpha WAD, signed), rounded up.

    The base rate goes by the utilization before the trade, or after it where the trade raises the market's exposure.
    notional: at the start price, wei, above 0.
    """
    market, vault = context.market, context.vault
    before = market.longs.size - market.shorts.size
    after = before + change

    utilization = context.utilization
    exposure = calculate_saturated_exposure(max(after, 0), max(-after, 0), market.mark)
    if exposure > context.exposure:
        available = calculate_available(vault.cash, vault.claimed - vault.fed, vault.promised)
        utilization = calculate_utilization_up(vault.exposure - context.exposure + exposure, available)

    cost = calculate_impact_cost_up(before, after, market.mark, context.seen.depth * RAO, notional)
    return calculate_impact_rate_up(cost, notional, calculate_base_rate(utilization))


def calculate_increase_fill(context: Context, is_long: bool, notional: int) -> Fill:
    """POS-12. The fill of an increase by a notional (wei).

    Impact goes by the size at the start price, since the size at the fill price depends on the impact.
    Errors: PriceZero, AmountTooLarge, ImpactTooHigh.
    """
    start = validate_price(calculate_start(context, is_long, INDEX_BAND))
    size = calculate_size(notional, start, is_long)
    validate_amount(context.market.side(is_long).size + size)
    rate = calculate_trade_rate_up(context, size if is_long else -size, notional)
    validate_impact(rate)

    price = calculate_fill_up(start, rate) if is_long else calculate_fill_down(start, rate)
    size = validate_amount(calculate_size(notional, validate_amount(validate_price(price)), is_long))
    fee = calculate_fee_up(notional, context.parameters.taker_fee)
    return Fill(price=price, rate=rate, size=size, value=notional, fee=fee)


def calculate_decrease_fill(context: Context, is_long: bool, size: int) -> Fill:
    """POS-13. The fill of a decrease by a size (alpha WAD), at a rate of impact of at most MAX_IMPACT.

    Errors: AmountTooLarge.
    """
    start = calculate_start(context, not is_long, DECREASE_GAP)
    notional = max(validate_amount(mul_div_up(size, start, WAD)), 1)
    rate = min(calculate_trade_rate_up(context, -size if is_long else size, notional), MAX_IMPACT)

    price = calculate_fill_down(start, rate) if is_long else calculate_fill_up(start, rate)
    validate_amount(price)
    value = mul_div_down(size, price, WAD) if is_long else mul_div_up(size, price, WAD)
    validate_amount(value)

    fee = calculate_fee_up(value, context.parameters.taker_fee)
    return Fill(price=price, rate=rate, size=size, value=value, fee=fee)


def validate_increase(context: Context) -> None:
    """POS-14. The market, the vault and the price allow increases now.

    Errors: MarketClosed, BreakerTripped, AutoPaused, those of POS-9.
    """
    if context.market.status != OPEN:
        raise MarketClosed
    if context.vault.is_tripped:
        raise BreakerTripped
    if context.vault.is_auto_paused:
        raise AutoPaused

    validate_increase_price(context)


def calculate_increase(context: Context, is_long: bool, margin: int, leverage: int, entry_notional: int) -> Fill:
    """POS-15. The fill of an increase by margin · leverage of a position.

    margin: wei. leverage: WAD. entry_notional: before the increase, wei.

    Errors: those of POS-14, LeverageOutOfRange, AmountTooLarge, NotionalTooSmall, those of POS-12.
    """
    validate_increase(context)
    if leverage < WAD or leverage > context.parameters.max_leverage:
        raise LeverageOutOfRange

    notional = calculate_notional_down(validate_amount(margin), leverage)
    if entry_notional + notional >= ENTRY_BOUND:
        raise AmountTooLarge
    if notional == 0 or entry_notional + notional < MIN_NOTIONAL:
        raise NotionalTooSmall

    return calculate_increase_fill(context, is_long, notional)
