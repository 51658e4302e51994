# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title pricing
@license MIT
@notice The price of a trade: the start of its fill, the impact on it, and the limits of an increase.
        Mirrors reference/core/pricing.py.
"""

from vyper_contracts.core import accrual
from vyper_contracts.math import fees
from vyper_contracts.math import impact
from vyper_contracts.math import interest
from vyper_contracts.math import margin as margin_math
from vyper_contracts.math import mark as mark_math
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
from vyper_contracts.state import records

uses: accrual


struct Fill:
    price: uint256
    rate: uint256
    size: uint256
    value: uint256
    fee: uint256


@internal
@view
def validate_increase_price(refusal: uint256):
    """
    @dev POS-9:673e. What increases a position, or takes margin out of it, needs a good reading, and no price outside
         the band since the one that counts.
    """
    accrual.validate_refusal(refusal)


@internal
@pure
def validate_band(key: address, mark: uint256, high: uint256, low: uint256):
    """
    @dev SHR-5:6973. All prices that may be hidden are in the band around the mark.
    """
    band: uint256 = mark_math.INDEX_BAND if records.is_index(key) else mark_math.ALPHA_BAND
    assert mark_math.is_range_in_band(mark, high, low, band), "PriceOutOfBand"


@internal
@pure
def calculate_start(context: accrual.Context, is_buy: bool, most_gap: uint256) -> uint256:
    """
    @dev POS-10:0602, MRK-10:b842. The price from which a fill starts: the worse of the mark, its gap, and hidden
         prices.
         most_gap: how much of a gap counts.
    """
    if is_buy:
        return records.validate_amount(
            mark_math.calculate_start_up(context.market.mark, context.seen.high, min(context.market.gap_up, most_gap))
        )

    return mark_math.calculate_start_down(context.market.mark, context.seen.low, min(context.market.gap_down, most_gap))


@internal
@pure
def calculate_trade_rate_up(context: accrual.Context, change: int256, notional: uint256) -> uint256:
    """
    @dev POS-11:2bfd. Rate of impact of a trade that changes longs - shorts.
    """
    # cannot overflow: sizes are below 2**112
    before: int256 = unsafe_sub(
        convert(context.market.sides[records.LONG].size, int256),
        convert(context.market.sides[records.SHORT].size, int256),
    )
    after: int256 = unsafe_add(before, change)

    utilization: uint256 = context.utilization
    exposure: uint256 = accrual.calculate_saturated_exposure(
        records.positive(after), records.positive(unsafe_sub(0, after)), context.market.mark
    )
    if exposure > context.exposure:
        # cannot overflow or underflow: the sum holds what the market had; what is fed was claimed
        utilization = interest.calculate_utilization_up(
            unsafe_sub(unsafe_add(context.vault.exposure, exposure), context.exposure),
            vault_math.calculate_available(
                context.vault.cash, unsafe_sub(context.vault.claimed, context.vault.fed), context.vault.promised
            ),
        )
    # cannot overflow: below 2**64 rao
    depth: uint256 = unsafe_mul(context.seen.depth, units.RAO)
    cost: uint256 = impact.calculate_impact_cost_up(before, after, context.market.mark, depth, notional)
    return impact.calculate_impact_rate_up(cost, notional, impact.calculate_base_rate(utilization))


@internal
@view
def calculate_increase(
    context: accrual.Context, is_long: bool, margin_added: uint256, leverage: uint256, entry_notional: uint256
) -> Fill:
    """
    @dev POS-14:ff56, POS-15:ae1d, POS-12:af3f. The fill of an increase by margin * leverage of a position, where the
         market, the vault and the price allow increases now. In one function: each call would copy the context.
         entry_notional: before the increase.
    """
    assert context.market.status == records.OPEN, "MarketClosed"
    assert not context.vault.is_tripped, "BreakerTripped"
    assert not context.vault.is_auto_paused, "AutoPaused"
    self.validate_increase_price(context.seen.refusal)

    assert leverage >= units.WAD and leverage <= context.parameters.max_leverage, "LeverageOutOfRange"

    notional: uint256 = margin_math.calculate_notional_down(records.validate_amount(margin_added), leverage)
    # cannot overflow: below 2**112 * 2**66 / 10**18, and below 2**96
    total: uint256 = unsafe_add(entry_notional, notional)
    assert total < records.ENTRY_BOUND, "AmountTooLarge"
    assert notional > 0 and total >= records.MIN_NOTIONAL, "NotionalTooSmall"

    start: uint256 = self.calculate_start(context, is_long, mark_math.INDEX_BAND)
    self._validate_price(start)
    size: uint256 = margin_math.calculate_size(notional, start, is_long)
    side: uint256 = records.LONG if is_long else records.SHORT
    # cannot overflow: below 2**112 and below 2**172
    grown: uint256 = records.validate_amount(unsafe_add(context.market.sides[side].size, size))

    change: int256 = convert(size, int256)
    rate: uint256 = self.calculate_trade_rate_up(context, change if is_long else unsafe_sub(0, change), notional)
    impact.validate_impact(rate)

    price: uint256 = impact.calculate_fill_up(start, rate) if is_long else impact.calculate_fill_down(start, rate)
    self._validate_price(price)
    price = records.validate_amount(price)
    size = records.validate_amount(margin_math.calculate_size(notional, price, is_long))

    return Fill(
        price=price,
        rate=rate,
        size=size,
        value=notional,
        fee=fees.calculate_fee_up(notional, context.parameters.taker_fee),
    )


@internal
@pure
def calculate_decrease_fill(context: accrual.Context, is_long: bool, size: uint256) -> Fill:
    """
    @dev POS-13:3375. The fill of a decrease by a size of a position; it pays impact.MAX_IMPACT at most.
    """
    start: uint256 = self.calculate_start(context, not is_long, mark_math.DECREASE_GAP)
    notional: uint256 = max(records.validate_amount(units.mul_div_up(size, start, units.WAD)), 1)

    change: int256 = convert(size, int256)
    rate: uint256 = min(
        self.calculate_trade_rate_up(context, -change if is_long else change, notional), impact.MAX_IMPACT
    )

    price: uint256 = impact.calculate_fill_down(start, rate) if is_long else impact.calculate_fill_up(start, rate)
    price = records.validate_amount(price)

    proceeds: uint256 = 0
    if is_long:
        proceeds = units.mul_div_down(size, price, units.WAD)
    else:
        proceeds = units.mul_div_up(size, price, units.WAD)
    proceeds = records.validate_amount(proceeds)

    return Fill(
        price=price,
        rate=rate,
        size=size,
        value=proceeds,
        fee=fees.calculate_fee_up(proceeds, context.parameters.taker_fee),
    )


@internal
@pure
def _validate_price(price: uint256):
    """
    @dev POS-12:af3f. A price is above 0. Start and fill are asked by one piece of code.
    """
    assert price > 0, "PriceZero"
