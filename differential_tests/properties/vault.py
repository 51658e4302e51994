"""Properties of the vault and of its shares (VLT-13 to VLT-23, VLT-37, VLT-38, VLT-40)."""

from reference.errors import MegaTAOError
from reference.math.funding import calculate_funding_owed_up
from reference.math.interest import calculate_interest_owed_up
from reference.math.margin import calculate_pnl
from reference.math.shares import (
    VIRTUAL_ASSETS,
    VIRTUAL_SHARES,
    WITHDRAWAL_RESERVE,
    calculate_assets_down,
    calculate_pro_rata_down,
    calculate_redeemable_down,
    calculate_shares_down,
)
from reference.math.units import AMOUNT_BOUND, WAD, div_down, signed_div_down
from reference.math.vault import (
    MARKET_LIMIT,
    TOTAL_LIMIT,
    calculate_breaker,
    calculate_carry,
    calculate_exposure_up,
    calculate_fed,
    calculate_side_owed_down,
    calculate_side_value,
    is_exposure_allowed,
    validate_open_interest,
)

SUPPLY_BOUND = 2**135
"""Shares: above what the largest deposits can mint."""


def exposure_rounds_up(longs: int, shorts: int, mark: int) -> bool:
    """VLT-13:d517. The exposure is the exact one rounded up, and the same for both directions of a skew.

    pre: 0 <= longs < AMOUNT_BOUND
    pre: 0 <= shorts < AMOUNT_BOUND
    pre: 0 <= mark < AMOUNT_BOUND
    post: _
    """
    exposure = calculate_exposure_up(longs, shorts, mark)
    exact = abs(longs - shorts) * mark
    return (exposure - 1) * WAD < exact <= exposure * WAD and exposure == calculate_exposure_up(shorts, longs, mark)


def breaker_has_hysteresis(is_tripped: bool, utilization: int) -> bool:
    """VLT-14:c085. At 90% it is tripped, below 80% it is not; between, it is what it was.

    pre: 0 <= utilization
    post: _
    """
    tripped = calculate_breaker(is_tripped, utilization)
    if utilization * 10 >= 9 * WAD:
        return tripped
    if utilization * 10 < 8 * WAD:
        return not tripped
    return tripped == is_tripped


def claims_are_fed_in_order(before: int, first: int, second: int, fed: int) -> bool:
    """VLT-15:4d75. Of two claims in a row the second gets nothing before the first is full, and no wei is fed twice.

    pre: 0 <= before < AMOUNT_BOUND // 2
    pre: 0 <= first < AMOUNT_BOUND // 2
    pre: 0 <= second < AMOUNT_BOUND // 2
    pre: 0 <= fed
    post: _
    """
    gets, then = calculate_fed(before, first, fed), calculate_fed(before + first, second, fed)
    total = min(max(fed - before, 0), first + second)
    return gets + then == total and (then == 0 or gets == first)


def side_is_worth_no_more_than_its_margins(owed: int, margins: int) -> bool:
    """VLT-16:ebc0. What a side is worth is at most what it owes, and at most the margins that are there.

    pre: -AMOUNT_BOUND < owed < AMOUNT_BOUND
    pre: 0 <= margins < AMOUNT_BOUND
    post: _
    """
    worth = calculate_side_value(owed, margins)
    return worth <= owed and worth <= margins and worth in (owed, margins)


def deposit_and_redemption_never_profit(assets: int, nav: int, supply: int) -> bool:
    """VLT-17:c3ee. Whoever deposits and redeems at once gets at most what went in.

    pre: 0 <= assets < AMOUNT_BOUND // 2
    pre: 0 <= nav < AMOUNT_BOUND // 2
    pre: 0 <= supply < AMOUNT_BOUND
    pre: assets * (supply + VIRTUAL_SHARES) < AMOUNT_BOUND * (nav + VIRTUAL_ASSETS)
    post: _
    """
    shares = calculate_shares_down(assets, nav, supply)
    return calculate_assets_down(shares, nav + assets, supply + shares) <= assets


def deposit_dilutes_nobody(assets: int, nav: int, supply: int) -> bool:
    """VLT-18:3bc1. A deposit never lowers the price of a share.

    pre: 0 <= assets < AMOUNT_BOUND
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < SUPPLY_BOUND
    post: _
    """
    shares = calculate_shares_down(assets, nav, supply)
    before, after = nav + VIRTUAL_ASSETS, nav + assets + VIRTUAL_ASSETS
    return after * (supply + VIRTUAL_SHARES) >= before * (supply + shares + VIRTUAL_SHARES)


def redemption_dilutes_nobody(shares: int, nav: int, supply: int) -> bool:
    """VLT-19:282a. A redemption never lowers the price of a share, and never pays more than there is.

    pre: 0 <= shares <= supply
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < SUPPLY_BOUND
    post: _
    """
    assets = calculate_assets_down(shares, nav, supply)
    before, after = nav + VIRTUAL_ASSETS, nav - assets + VIRTUAL_ASSETS
    return assets <= nav and after * (supply + VIRTUAL_SHARES) >= before * (supply - shares + VIRTUAL_SHARES)


def donation_before_a_first_deposit_never_pays(own: int, donated: int, victim: int) -> bool:
    """VLT-20:001f. Whoever deposits first, donates, and redeems after a victim's deposit gets at most what was put in.

    pre: 0 < own < 2**90
    pre: 0 <= donated < 2**90
    pre: 0 < victim < 2**90
    post: _
    """
    shares = calculate_shares_down(own, 0, 0)
    bought = calculate_shares_down(victim, own + donated, shares)
    return calculate_assets_down(shares, own + donated + victim, shares + bought) <= own + donated


def redemption_keeps_the_limits(cash: int, exposure: int, assets: int) -> bool:
    """VLT-21:47ca. What a settlement may pay leaves 60% of the cash, and the exposure at most 80% of what is left.

    pre: 0 <= cash < AMOUNT_BOUND
    pre: 0 <= exposure < AMOUNT_BOUND
    pre: 0 < assets <= cash
    post: _
    """
    left = cash - assets
    allowed = left * WAD >= cash * WITHDRAWAL_RESERVE and left * TOTAL_LIMIT >= exposure * WAD
    return allowed == (assets <= calculate_redeemable_down(cash, exposure))


def pro_rata_grants_no_more_than_there_is(first: int, second: int, granted: int) -> bool:
    """VLT-22:9e38. Two requests get together at most what is granted; none more than it asked, if no more is granted.

    pre: 0 <= first < AMOUNT_BOUND // 2
    pre: 0 <= second < AMOUNT_BOUND // 2
    pre: 0 < first + second
    pre: 0 <= granted < AMOUNT_BOUND
    post: _
    """
    requested = first + second
    gets = calculate_pro_rata_down(first, granted, requested)
    also = calculate_pro_rata_down(second, granted, requested)
    return gets + also <= granted and (granted > requested or (gets <= first and also <= second))


def shares_and_assets_round_down(assets: int, shares: int, nav: int, supply: int) -> bool:
    """VLT-23:5911. Shares minted and assets paid are the exact ones rounded down, in favour of those who stay.

    pre: 0 <= assets < AMOUNT_BOUND
    pre: 0 <= shares <= supply
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < SUPPLY_BOUND
    post: _
    """
    minted, paid = calculate_shares_down(assets, nav, supply), calculate_assets_down(shares, nav, supply)
    wei, units = nav + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES
    return minted * wei <= assets * units < (minted + 1) * wei and paid * units <= shares * wei < (paid + 1) * units


def settlement_dilutes_nobody(assets: int, shares: int, nav: int, supply: int) -> bool:
    """SHR-12:3e5e. Deposits and redemptions at one price together never lower the price of a share.

    pre: 0 <= assets < AMOUNT_BOUND
    pre: 0 <= shares <= supply
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < AMOUNT_BOUND
    post: _
    """
    minted, paid = calculate_shares_down(assets, nav, supply), calculate_assets_down(shares, nav, supply)
    before, after = nav + VIRTUAL_ASSETS, nav + assets - paid + VIRTUAL_ASSETS
    return after * (supply + VIRTUAL_SHARES) >= before * (supply + minted - shares + VIRTUAL_SHARES)


def redemption_is_paid_from_the_limit(shares: int, assets: int, limit: int, nav: int, supply: int) -> bool:
    """SHR-13:16b9. Of redemptions that were cut pro rata no more is paid than the limit leaves.

    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < AMOUNT_BOUND
    pre: 0 <= shares < AMOUNT_BOUND
    pre: shares <= supply
    pre: assets == calculate_assets_down(shares, nav, supply)
    pre: 0 <= limit < assets
    post: _
    """
    return calculate_assets_down(calculate_pro_rata_down(shares, limit, assets), nav, supply) <= limit


def two_claims_get_no_more_than_was_settled(first: int, second: int, nav: int, supply: int) -> bool:
    """SHR-14:4660. What two requests get is at most what both together are settled for.

    pre: 0 <= first < AMOUNT_BOUND // 2
    pre: 0 <= second < AMOUNT_BOUND // 2
    pre: 0 <= nav < AMOUNT_BOUND
    pre: first + second <= supply < AMOUNT_BOUND
    post: _
    """
    both = first + second
    minted = calculate_shares_down(first, nav, supply) + calculate_shares_down(second, nav, supply)
    paid = calculate_assets_down(first, nav, supply) + calculate_assets_down(second, nav, supply)
    return minted <= calculate_shares_down(both, nav, supply) and paid <= calculate_assets_down(both, nav, supply)


def one_quotient_is_near_three(
    size: int,
    entry_notional: int,
    funding_sum: int,
    interest_sum: int,
    mark: int,
    funding_index: int,
    interest_index: int,
) -> bool:
    """VLT-37:f46c. What a side owes by one quotient, beside funding, interest and PnL with a quotient each, on both
    sides.

    funding_sum: Σ size · funding index. interest_sum: Σ entry notional · interest index.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= entry_notional < AMOUNT_BOUND
    pre: -(2**199) < funding_sum < 2**199
    pre: 0 <= interest_sum <= entry_notional * interest_index
    pre: 0 <= mark < AMOUNT_BOUND
    pre: -(2**87) < funding_index < 2**87
    pre: 0 <= interest_index < 2**72
    post: _
    """
    for is_long in (True, False):
        sign = 1 if is_long else -1
        carry = sign * (funding_sum - entry_notional * WAD) + interest_sum
        owed = calculate_side_owed_down(size, entry_notional, carry, mark, funding_index, interest_index, is_long)
        funding = signed_div_down(sign * (size * funding_index - funding_sum), WAD)
        interest = div_down(entry_notional * interest_index - interest_sum, WAD)
        pnl = calculate_pnl(size, entry_notional, mark, is_long)
        if abs(owed - (funding + interest - pnl)) > 1:
            return False
    return True


def positions_owe_no_less_than_their_side(
    first: int,
    second: int,
    first_entry: int,
    second_entry: int,
    first_index: int,
    second_index: int,
    mark: int,
    funding_index: int,
    interest_index: int,
) -> bool:
    """VLT-38:8b67. Two positions owe at least what their side does, and less than seven wei more, on both sides.

    first, second: sizes. first_index, second_index: their funding indices; their interest indices are 0 and today's.

    pre: 0 <= first < AMOUNT_BOUND // 2
    pre: 0 <= second < AMOUNT_BOUND // 2
    pre: 0 <= first_entry < 2**96
    pre: 0 <= second_entry < 2**96
    pre: -(2**87) < first_index < 2**87
    pre: -(2**87) < second_index < 2**87
    pre: 0 <= mark < AMOUNT_BOUND
    pre: -(2**87) < funding_index < 2**87
    pre: 0 <= interest_index < 2**72
    post: _
    """
    for is_long in (True, False):
        carry = calculate_carry(first, first_entry, first_index, 0, is_long)
        carry += calculate_carry(second, second_entry, second_index, interest_index, is_long)
        owed = calculate_side_owed_down(
            first + second, first_entry + second_entry, carry, mark, funding_index, interest_index, is_long
        )
        alone = calculate_interest_owed_up(first_entry, interest_index, 0)
        for size, entry_notional, index in ((first, first_entry, first_index), (second, second_entry, second_index)):
            alone += calculate_funding_owed_up(size, funding_index, index, is_long)
            alone -= calculate_pnl(size, entry_notional, mark, is_long)
        if not 0 <= alone - owed < 7:
            return False
    return True


def side_that_is_left_is_allowed(size: int, skew: int, mark: int, pool: int, cap: int, cash: int) -> bool:
    """VLT-40:5449. What the vault is exposed to when the other side goes is half of the cash and two caps, within a
    wei.

    pre: 0 <= size < AMOUNT_BOUND
    pre: 0 <= skew <= size
    pre: 0 <= mark < AMOUNT_BOUND
    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= cap <= WAD
    pre: 0 <= cash < AMOUNT_BOUND
    post: _
    """
    try:
        validate_open_interest(size, skew, mark, pool, cap, cash)
    except MegaTAOError:
        return True
    left = max(calculate_exposure_up(size, 0, mark) - 1, 0)
    return is_exposure_allowed(left, cash, MARKET_LIMIT) and left * WAD <= 2 * cap * pool
