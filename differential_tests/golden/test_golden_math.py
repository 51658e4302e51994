"""Published numbers of fees, funding, interest, margin and liquidation; and the numbers that the specification states.

Sources are those of the specification. A test that is named after an erratum shows what the erratum says.
"""

from fractions import Fraction

import pytest

from reference.errors import ImpactTooHigh, ParametersUnsafe
from reference.math.fees import calculate_fee_split, calculate_fee_up
from reference.math.funding import (
    FUNDING_INTERVAL,
    INDEX_BOUND,
    MAX_FUNDING_ELAPSED,
    calculate_funding_delta,
    calculate_funding_owed_up,
    calculate_funding_rate,
    calculate_funding_residual_down,
)
from reference.math.impact import (
    BASE_HIGH,
    BASE_LOW,
    MAX_IMPACT,
    calculate_base_rate,
    calculate_fill_down,
    calculate_fill_up,
    calculate_impact_cost_up,
    calculate_impact_rate_up,
    validate_impact,
)
from reference.math.interest import (
    MAX_INTEREST,
    YEAR,
    calculate_interest_delta_up,
    calculate_interest_owed_up,
    calculate_interest_rate_up,
)
from reference.math.liquidation import (
    FRACTION_SLACK,
    FULL,
    HEALTHY,
    MIN_REWARD,
    PARTIAL,
    calculate_closed_entry_up,
    calculate_closed_size_up,
    calculate_kind,
    calculate_liquidation_fee,
    calculate_payout,
    calculate_reward,
)
from reference.math.margin import (
    calculate_equity,
    calculate_liquidation_price_down,
    calculate_notional_down,
    calculate_pnl,
    calculate_ratio_down,
    calculate_size,
    is_leverage_allowed,
    is_ratio_at_least,
)
from reference.math.parameters import MAX_OPENING_LOSS, validate_margins, validate_rates
from reference.math.shares import calculate_assets_down, calculate_shares_down
from reference.math.units import WAD, mul_div_up

DAY = 86_400


def tao(text: str) -> int:
    """A decimal or a quotient as WAD, or as wei."""
    return int(Fraction(text) * WAD)


def percent(text: str) -> int:
    """Per cent as WAD."""
    return int(Fraction(text) * WAD / 100)


TAKER, LIQUIDATION_FEE, MAX_RATE = percent("0.25"), percent("5"), percent("0.75")
MAINTENANCE, BUFFER = percent("10"), percent("5")
THRESHOLD = MAINTENANCE + BUFFER


def equity_at(leverage: int, price: int, is_long: bool) -> tuple[int, int]:
    """Equity and entry notional of 10 TAO at a leverage, entered at a price of 1 TAO, without fees."""
    margin = tao("10")
    notional = calculate_notional_down(margin, leverage * WAD)
    size = calculate_size(notional, WAD, is_long)
    return calculate_equity(margin, calculate_pnl(size, notional, price, is_long), 0, 0), notional


# Fees

# source, notionals of the fills, rates, fees in all
FEES = [
    ("seed 004, 5 TAO at 2, taker both ways (G1)", ["10", "10"], ["0.25", "0.25"], "0.05"),
    ("seed 004, taker and taker (G2)", ["100", "100"], ["0.25", "0.25"], "0.50"),
    ("seed 004, maker and taker (G2)", ["100", "100"], ["0", "0.25"], "0.25"),
    ("seed 004, maker and maker (G2)", ["100", "100"], ["0", "0"], "0"),
    ("seed 002, 20 TAO at 5, 0.5% in the hole (G12)", ["100", "100"], ["0.25", "0.25"], "0.50"),
]


@pytest.mark.parametrize(("notionals", "rates", "total"), [row[1:] for row in FEES], ids=[row[0] for row in FEES])
def test_fee_1_published_example(notionals: list[str], rates: list[str], total: str) -> None:
    """FEE-1:06b3."""
    fees = [calculate_fee_up(tao(n), percent(rate)) for n, rate in zip(notionals, rates, strict=True)]
    assert sum(fees) == tao(total)


def test_fee_1_half_a_percent_is_2_5_percent_of_the_margin_at_5() -> None:
    """FEE-1:06b3. Seed 002 (G12): the 0.5% are of the notional."""
    notional = calculate_notional_down(tao("20"), 5 * WAD)
    assert 2 * calculate_fee_up(notional, TAKER) * WAD == percent("0.5") * notional == percent("2.5") * tao("20")


def test_fee_2_a_tenth_goes_to_the_insurance() -> None:
    """FEE-2:56f1."""
    assert calculate_fee_split(tao("0.025"), percent("10"), tao("1")) == (tao("0.0225"), tao("0.0025"))
    assert calculate_fee_split(tao("0.025"), percent("10"), 0) == (tao("0.025"), 0)


# Impact


@pytest.mark.parametrize(
    ("utilization", "base_rate"),
    [("0", "0.10"), ("49", "0.10"), ("50", "0.15"), ("79", "0.15"), ("80", "0.25"), ("100", "0.25"), ("300", "0.25")],
    ids=lambda text: f"documentation, page Contract Specifications, {text}%",
)
def test_imp_1_published_base_rates(utilization: str, base_rate: str) -> None:
    """IMP-1:2f00."""
    assert calculate_base_rate(percent(utilization)) == percent(base_rate)


def test_imp_5_a_cap_would_reward_splitting() -> None:
    """IMP-5:71b7. The specification's example: 400 TAO, whole or in four parts, in a pool of 1000."""

    def rate(before: str, after: str) -> int:
        notional = tao(after) - tao(before)
        cost = calculate_impact_cost_up(tao(before), tao(after), WAD, tao("1000"), notional)
        return calculate_impact_rate_up(cost, notional, 0)

    whole = rate("0", "400")
    parts = [rate("0", "100"), rate("100", "200"), rate("200", "300"), rate("300", "400")]
    assert whole == percent("40")
    assert parts == [percent("10"), percent("30"), percent("50"), percent("70")]
    assert 400 * min(whole, MAX_IMPACT) == tao("80")
    assert sum(100 * min(part, MAX_IMPACT) for part in parts) == tao("70")
    # uncapped, the parts pay what the whole pays
    assert sum(100 * part for part in parts) == 400 * whole
    with pytest.raises(ImpactTooHigh):
        validate_impact(whole)


def test_imp_13_from_a_balanced_book_it_is_a_constant_product_pool_s_average() -> None:
    """IMP-13:b9ad. Buying alpha for 50 TAO out of a pool of 1000 TAO and 500 alpha: 5% above its price of 2, on
    average."""
    pool, alpha, paid = Fraction(1000), Fraction(500), Fraction(50)
    bought = alpha - pool * alpha / (pool + paid)
    cost = calculate_impact_cost_up(0, tao("25"), 2 * WAD, tao("1000"), tao("50"))
    assert paid / bought == 2 * (1 + Fraction(calculate_impact_rate_up(cost, tao("50"), 0), WAD))
    assert calculate_impact_rate_up(cost, tao("50"), 0) == percent("5")
    # a seller of the same value moves it by less
    received = pool - pool * alpha / (alpha + 25)
    assert received / 25 > 2 * (1 - Fraction(5, 100))


def test_erratum_e_16_utilization_and_pool_both_drive_slippage() -> None:
    """Documentation, page Perpetual Futures: utilization. Seed 003: the pool. Seed 001: neither."""
    shallow = calculate_impact_cost_up(0, tao("10"), WAD, tao("1000"), tao("10"))
    deep = calculate_impact_cost_up(0, tao("10"), WAD, tao("2000"), tao("10"))
    assert shallow == 2 * deep == tao("0.1")
    idle = calculate_impact_rate_up(deep, tao("10"), calculate_base_rate(0))
    busy = calculate_impact_rate_up(deep, tao("10"), calculate_base_rate(percent("80")))
    assert idle == percent("0.5") + BASE_LOW
    assert busy - idle == BASE_HIGH - BASE_LOW > 0
    assert calculate_fill_up(WAD, idle) > WAD, "not at the oracle's price"


# Funding


def test_fnd_1_published_example() -> None:
    """FND-1:b0f4. Documentation, page Funding (G3): longs 100, shorts 60, skew 0.25, 0.1875% for 8 hours."""
    assert calculate_funding_rate(tao("100"), tao("60"), MAX_RATE, 0, 0) == 1_875_000_000_000_000 == percent("0.1875")


def test_fnd_2_published_example_in_tao() -> None:
    """FND-2:a827. From documentation, page Funding (G3), at a price of 1: what each party pays and gets."""
    rate = calculate_funding_rate(tao("100"), tao("60"), MAX_RATE, 0, 0)
    delta = calculate_funding_delta(rate, WAD, FUNDING_INTERVAL)
    assert calculate_funding_owed_up(tao("100"), delta, 0, True) == tao("0.1875")
    assert calculate_funding_owed_up(tao("60"), delta, 0, False) == -tao("0.1125")
    assert calculate_funding_residual_down(tao("100"), tao("60"), delta) == tao("0.075")
    day = calculate_funding_delta(rate, WAD, DAY)
    assert calculate_funding_owed_up(tao("30"), day, 0, True) == tao("0.16875")


def test_fnd_2_four_intervals_count_at_most() -> None:
    """FND-2:a827. Documentation, page Contract Specifications: 0.75% for 8 hours, and 32 hours at most. So 3%."""
    assert MAX_FUNDING_ELAPSED == 4 * FUNDING_INTERVAL == 32 * 3600
    assert calculate_funding_delta(MAX_RATE, WAD, MAX_FUNDING_ELAPSED) == percent("3")
    assert calculate_funding_delta(MAX_RATE, WAD, 365 * DAY) == percent("3")


def test_fnd_12_a_price_of_1000_tao_reaches_the_index_s_bound_in_14131_years() -> None:
    """FND-12:8634."""
    growth = calculate_funding_delta(percent("1"), 1_000 * WAD, FUNDING_INTERVAL)
    assert INDEX_BOUND // growth * FUNDING_INTERVAL // YEAR == 14131


def test_fnd_2_touching_more_often_drops_a_digit_an_accrual() -> None:
    """FND-2:a827."""
    rate, mark = percent("0.1875"), WAD + 7
    once = calculate_funding_delta(rate, mark, FUNDING_INTERVAL)
    often = FUNDING_INTERVAL * calculate_funding_delta(rate, mark, 1)
    assert 0 < once - often < FUNDING_INTERVAL


@pytest.mark.parametrize("price", ["0.02", "0.5", "1", "2"])
def test_erratum_e_8_the_published_formula_counts_the_price_twice(price: str) -> None:
    """Documentation, page Funding: notional · price · rate · time / 8 hours. In TAO it is off by the price."""
    rate, notional = percent("0.1875"), Fraction(30)
    size = calculate_size(tao("30"), tao(price), True)
    owed = calculate_funding_owed_up(size, calculate_funding_delta(rate, tao(price), FUNDING_INTERVAL), 0, True)
    printed = notional * Fraction(price) * Fraction(rate, WAD)
    assert owed == tao("0.05625") == calculate_fee_up(tao("30"), rate), "the quoted rate, of the notional"
    assert printed == Fraction(owed, WAD) * Fraction(price)
    # with the size in alpha for "notional" it is right
    assert Fraction(size, WAD) * Fraction(price) * Fraction(rate, WAD) == Fraction(owed, WAD)


def test_erratum_e_9_funding_accrues_continuously() -> None:
    """Not every 8 hours: half of them are half of it, whatever the hour."""
    whole, half = (calculate_funding_delta(MAX_RATE, WAD, d) for d in (FUNDING_INTERVAL, FUNDING_INTERVAL // 2))
    assert whole == 2 * half == MAX_RATE


def test_erratum_e_9_a_premium_of_1_percent_is_no_rate() -> None:
    """Early documentation, page Funding Rate System (X7): (101 − 100) / 100 = 1%, above the cap; only skew counts."""
    premium = (tao("101") - tao("100")) * WAD // tao("100")
    assert premium == percent("1") > MAX_RATE
    assert calculate_funding_rate(tao("100"), 0, MAX_RATE, 0, 0) == MAX_RATE
    assert calculate_funding_rate(tao("100"), tao("100"), MAX_RATE, 0, 0) == 0


def test_erratum_e_10_peer_to_peer_leaves_a_residual() -> None:
    """Unless the sides are equal, what is owed is more than what is due. The rest is the vault's."""
    for longs, shorts, rest in (("100", "60", "0.075"), ("60", "100", "0.075"), ("80", "80", "0")):
        rate = calculate_funding_rate(tao(longs), tao(shorts), MAX_RATE, 0, 0)
        delta = calculate_funding_delta(rate, WAD, FUNDING_INTERVAL)
        owed = calculate_funding_owed_up(tao(longs), delta, 0, True)
        due = -calculate_funding_owed_up(tao(shorts), delta, 0, False)
        assert owed - due == calculate_funding_residual_down(tao(longs), tao(shorts), delta) == tao(rest)


def test_erratum_e_19_a_day_has_three_funding_intervals() -> None:
    """Early documentation, page Funding Costs (X5): 10,000 · 0.03% · 3 = 9 is right; 9 to 21 in 1 to 7 days is not."""
    delta = calculate_funding_delta(percent("0.03"), WAD, DAY)
    assert calculate_funding_owed_up(tao("10000"), delta, 0, True) == tao("9")
    assert [days * DAY // FUNDING_INTERVAL for days in (1, 7)] == [3, 21] != [9, 21]


# Interest

CURVE = [
    ("0", "0.01"),
    ("25", "1.26"),
    ("50", "5.01"),
    ("80", "12.81"),
    ("90", "16.21"),
    ("100", "20.01"),
    ("200", "80"),
]


@pytest.mark.parametrize(("utilization", "rate"), CURVE, ids=[f"seeds 000 and 004, u = {row[0]}%" for row in CURVE])
def test_int_2_published_curve(utilization: str, rate: str) -> None:
    """INT-2:9222."""
    assert calculate_interest_rate_up(percent(utilization)) == percent(rate)


def test_int_2_the_cap_binds_a_little_before_2() -> None:
    """INT-2:9222."""
    assert calculate_interest_rate_up(1_999_874_996_093_505_839) < MAX_INTEREST
    assert calculate_interest_rate_up(1_999_874_996_093_505_840) == MAX_INTEREST == percent("80")


def test_erratum_e_15_the_rate_is_a_year_s() -> None:
    """Seed 004: "annualized". For 8 hours at a time it would be 1095 times as much."""
    rate = calculate_interest_rate_up(WAD)
    index = calculate_interest_delta_up(rate, YEAR)
    assert calculate_interest_owed_up(tao("100"), index, 0) == tao("20.01")
    assert YEAR // FUNDING_INTERVAL == 1095
    assert calculate_interest_delta_up(rate, FUNDING_INTERVAL) == mul_div_up(rate, 1, 1095)


# Margin

# source, margin, leverage, notional
NOTIONALS = [
    ("documentation, page Perpetual Futures, 10 TAO at 1 (G6)", "10", 1, "10"),
    ("documentation, page Perpetual Futures, 10 TAO at 2 (G6)", "10", 2, "20"),
    ("documentation, page Perpetual Futures, 10 TAO at 3 (G6)", "10", 3, "30"),
    ("documentation, page Perpetual Futures, 10 TAO at 5 (G6)", "10", 5, "50"),
    ("documentation, page Glossary, 10 TAO at 3 (G14)", "10", 3, "30"),
    ("seed 004, 5 TAO at 2 (G1)", "5", 2, "10"),
]


@pytest.mark.parametrize(
    ("margin", "leverage", "notional"), [row[1:] for row in NOTIONALS], ids=[row[0] for row in NOTIONALS]
)
def test_mrg_1_published_notional(margin: str, leverage: int, notional: str) -> None:
    """MRG-1:5900."""
    assert calculate_notional_down(tao(margin), leverage * WAD) == tao(notional)
    assert is_leverage_allowed(tao(margin), tao(notional), leverage * WAD)
    assert not is_leverage_allowed(tao(margin) - 1, tao(notional), leverage * WAD)


# source, margin, leverage, move in %, profit
PROFITS = [
    ("early documentation, page How MegaTAO Works, 10 TAO at 3, +20% (G16)", "10", 3, 20, "6"),
    ("early documentation, page Leverage System, 100 at 3, +10% (G16)", "100", 3, 10, "30"),
    ("early documentation, page Leverage System, 100 at 3, −10% (G16)", "100", 3, -10, "-30"),
    ("documentation, page Perpetual Futures, at 5, +10% is +50% (G7)", "10", 5, 10, "5"),
    ("documentation, page Perpetual Futures, at 5, −10% is −50% (G7)", "10", 5, -10, "-5"),
]


@pytest.mark.parametrize(
    ("margin", "leverage", "move", "profit"), [row[1:] for row in PROFITS], ids=[row[0] for row in PROFITS]
)
def test_mrg_3_published_profit(margin: str, leverage: int, move: int, profit: str) -> None:
    """MRG-3:0e6a."""
    notional = calculate_notional_down(tao(margin), leverage * WAD)
    for is_long in (True, False):
        size = calculate_size(notional, WAD, is_long)
        price = percent(str(100 + move if is_long else 100 - move))
        assert calculate_pnl(size, notional, price, is_long) == tao(profit)


# source, leverage, initial margin and move that were printed, in %, and the exact move
MOVES = [
    ("documentation, page Perpetual Futures, at 1 (G6)", 1, "100", "90", "90"),
    ("documentation, page Perpetual Futures, at 2 (G6)", 2, "50", "40", "40"),
    ("documentation, page Perpetual Futures, at 3 (G6)", 3, "33", "23", "70/3"),
    ("documentation, page Perpetual Futures, at 5 (G6)", 5, "20", "10", "10"),
    ("seed 002, at 2 (G8)", 2, "50", "40", "40"),
    ("seed 002, at 3 (G8)", 3, "33", "23", "70/3"),
    ("seed 002, at 5 (G8)", 5, "20", "10", "10"),
]


@pytest.mark.parametrize("is_long", [True, False], ids=["long", "short"])
@pytest.mark.parametrize(
    ("leverage", "initial", "printed", "exact"), [row[1:] for row in MOVES], ids=[row[0] for row in MOVES]
)
def test_mrg_8_published_moves(leverage: int, initial: str, printed: str, exact: str, is_long: bool) -> None:
    """MRG-8:bf49."""
    _, notional = equity_at(leverage, WAD, is_long)
    price = calculate_liquidation_price_down(notional, notional, tao("10"), MAINTENANCE, is_long)
    move = Fraction(exact) / 100
    assert price == int((1 - move if is_long else 1 + move) * WAD)
    assert str(int(Fraction(exact))) == printed
    assert str(100 * tao("10") // notional) == initial
    # the least move further makes it a full liquidation
    worse = price - 1 if is_long else price + 1
    assert calculate_kind(*equity_at(leverage, worse, is_long), MAINTENANCE, BUFFER) == FULL


@pytest.mark.parametrize(
    ("leverage", "move"),
    [(1, "85"), (2, "35"), (3, "55/3"), (5, "5")],
    ids=["documentation, page Liquidations, a buffer of 5% at " + text for text in ("1", "2", "3", "5")],
)
def test_liq_1_where_the_partial_zone_begins(leverage: int, move: str) -> None:
    """LIQ-1:5950."""
    edge = int((1 - Fraction(move) / 100) * WAD) + (leverage == 3)  # above the quotient that does not end
    assert calculate_kind(*equity_at(leverage, edge, True), MAINTENANCE, BUFFER) == HEALTHY
    assert calculate_kind(*equity_at(leverage, edge - 1, True), MAINTENANCE, BUFFER) == PARTIAL


def test_mrg_5_the_published_moves_need_the_notional_at_entry() -> None:
    """MRG-5:7c4b. By the notional at the mark a long of 5 would get to 10% at −11.1% and not at −10%."""
    equity, entry = equity_at(5, percent("90"), True)
    assert calculate_ratio_down(equity, entry) == percent("10")
    assert Fraction(equity, 45 * WAD) > Fraction(11, 100)
    price = Fraction(8, 9)  # −11.1…%
    assert (10 - 50 * (1 - price)) / (50 * price) == Fraction(1, 10)


@pytest.mark.parametrize(
    ("is_long", "printed", "exact"),
    [(True, "0.01457", 14_566_666_666_666_666), (False, "0.02343", 23_433_333_333_333_333)],
    ids=["documentation, page Liquidations, a long (G4)", "documentation, page Liquidations, a short, 23% up (G5)"],
)
def test_mrg_8_published_liquidation_price(is_long: bool, printed: str, exact: int) -> None:
    """MRG-8:bf49. Entry 0.019, leverage 3, maintenance margin 10%."""
    size, margin = tao("3000"), tao("19")
    entry = calculate_notional_down(margin, 3 * WAD)
    assert calculate_size(entry, tao("0.019"), is_long) == size
    price = calculate_liquidation_price_down(size, entry, margin, MAINTENANCE, is_long)
    assert price == exact
    assert f"{price / WAD:.5f}" == printed
    assert int(100 * abs(Fraction(price, tao("0.019")) - 1)) == 23


@pytest.mark.parametrize(("leverage", "move"), [(1, "89.75"), (2, "39.75"), (3, "23.08"), (5, "9.75")])
def test_mrg_8_the_opening_fee_brings_liquidation_nearer(leverage: int, move: str) -> None:
    """MRG-8:bf49. The published moves leave out the fee that the margin has paid."""
    notional = leverage * tao("10")
    margin = tao("10") - calculate_fee_up(notional, TAKER)
    price = calculate_liquidation_price_down(notional, notional, margin, MAINTENANCE, True)
    assert f"{100 * (1 - price / WAD):.2f}" == move


def test_mrg_8_a_position_may_be_liquidated_while_the_price_is_still_better() -> None:
    """MRG-8:bf49. The view is exact from the bad side only: profit is rounded down to a wei."""
    size, entry = 7 * 10**17, 10**17 + 3
    price = calculate_liquidation_price_down(size, entry, entry // 5, MAINTENANCE, True)
    kinds = [
        calculate_kind(entry // 5 + calculate_pnl(size, entry, price + d, True), entry, MAINTENANCE, 0)
        for d in (-1, 0, 1, 2)
    ]
    assert kinds == [FULL, FULL, FULL, HEALTHY]
    assert WAD // size == 1


@pytest.mark.parametrize("leverage", [1, 2, 3, 5])
@pytest.mark.parametrize("is_long", [True, False], ids=["long", "short"])
def test_erratum_e_11_the_published_moves_sit_on_the_edge(leverage: int, is_long: bool) -> None:
    """Seed 002 and documentation, page Perpetual Futures (G7, G8): at −10% a position of 5 is at 10%, not below."""
    move = Fraction(1, leverage) - Fraction(1, 10)
    exact = (1 - move if is_long else 1 + move) * WAD
    edge = -(-exact.numerator // exact.denominator) if is_long else exact.numerator // exact.denominator
    equity, entry = equity_at(leverage, edge, is_long)
    assert calculate_kind(equity, entry, MAINTENANCE, BUFFER) == PARTIAL
    if leverage != 3:  # 23.33…% does not end
        assert equity * 10 == entry
    worse = edge - 1 if is_long else edge + 1
    assert calculate_kind(*equity_at(leverage, worse, is_long), MAINTENANCE, BUFFER) == FULL


def test_erratum_e_17_superseded_liquidation_prices() -> None:
    """Early documentation, page Liquidation Mechanics (X3): entry · (1 ∓ maintenance / leverage), 98 and 102."""
    entry_price, leverage, maintenance = 100, 10, Fraction(20, 100)
    assert [entry_price * (1 + sign * maintenance / leverage) for sign in (-1, 1)] == [98, 102]
    # the model can't be: it opens at 10%, below 20%
    with pytest.raises(ParametersUnsafe):
        validate_margins(10 * WAD, percent("20"), BUFFER, TAKER)
    assert calculate_kind(tao("100"), tao("1000"), percent("20"), 0) == FULL
    prices = [
        calculate_liquidation_price_down(tao("10"), tao("1000"), tao("100"), percent("20"), is_long)
        for is_long in (True, False)
    ]
    assert prices == [tao("110"), tao("90")], "each on the wrong side of entry"


def test_erratum_e_17_superseded_ratio() -> None:
    """Early documentation, page Margin Management (X4): (10000 − 500 + 2000) / 10000 = 115%; by MRG-5:7c4b it is
    15%."""
    assert Fraction(10_000 - 500 + 2_000, 10_000) == Fraction(115, 100)
    equity = calculate_equity(tao("2000"), -tao("500"), 0, 0)
    assert calculate_ratio_down(equity, tao("10000")) == percent("15")
    # with all of the margin lost the superseded one still says 80%
    assert Fraction(10_000 - 2_000 + 0, 10_000) == Fraction(80, 100)
    assert calculate_kind(0, tao("10000"), MAINTENANCE, BUFFER) == FULL


# source, entry notional, exit value, fees at entry and exit as printed, net as printed, fee on the exit value
TRADES = [
    ("5000 long, +10%", "5000", "5500", "25", "25", "450", "27.5"),
    ("8000 short, −5%", "8000", "7600", "40", "40", "320", "38"),
    ("20000 long, +5%", "20000", "21000", "100", "100", "800", "105"),
]


@pytest.mark.parametrize(
    ("entry", "exit_value", "fee_in", "fee_out", "net", "fee_on_exit"),
    [row[1:] for row in TRADES],
    ids=[f"early documentation, page Trading Fees, {row[0]} (X2)" for row in TRADES],
)
def test_erratum_e_18_the_closing_fee_is_on_the_exit_value(
    entry: str, exit_value: str, fee_in: str, fee_out: str, net: str, fee_on_exit: str
) -> None:
    rate = percent("0.5")
    gain = abs(tao(exit_value) - tao(entry))
    assert gain - tao(fee_in) - tao(fee_out) == tao(net), "the printed sum"
    assert calculate_fee_up(tao(entry), rate) == tao(fee_in) == tao(fee_out)
    assert calculate_fee_up(tao(exit_value), rate) == tao(fee_on_exit) != tao(fee_out)


def test_erratum_e_18_a_fifth_and_a_hundredfold() -> None:
    """Early documentation, page Trading Fees (X1, X2): 10,000 · 100 · 0.5% is not 50; 200 of 1000 is not 10%."""
    assert calculate_fee_up(10_000 * tao("100"), percent("0.5")) == tao("5000")
    assert calculate_fee_up(tao("10000"), percent("0.5")) == tao("50")
    assert Fraction(100 + 100, 1_000) == Fraction(20, 100)


def test_erratum_e_20_a_third_is_zero_equity() -> None:
    """Early documentation, page Leverage System (X6): at 3, −33% is zero equity; liquidation was long before."""
    assert equity_at(3, WAD * 2 // 3 + 1, True)[0] in range(31)
    prices = [calculate_liquidation_price_down(tao("30"), tao("30"), tao("10"), percent(m), True) for m in ("20", "10")]
    assert [f"{100 * (price / WAD - 1):.2f}" for price in prices] == ["-13.33", "-23.33"]


# Liquidation

# remaining margin, fee, back, loss
REMAINING = [("800", "40", "760", "240"), ("500", "25", "475", "525"), ("50", "2.5", "47.5", "952.5")]


@pytest.mark.parametrize(
    ("remaining", "fee", "back", "loss"),
    REMAINING,
    ids=[f"early documentation, page Liquidation Fees, {row[0]} of 1000 left (G15)" for row in REMAINING],
)
def test_liq_4_published_fee(remaining: str, fee: str, back: str, loss: str) -> None:
    """LIQ-4:9193."""
    equity, size = tao(remaining), tao("1")
    charged = calculate_liquidation_fee(equity, LIQUIDATION_FEE, size, size)
    reward = calculate_reward(charged, equity, True)
    insurance, owner = calculate_payout(equity, charged, reward)
    assert (charged, owner, tao("1000") - owner) == (tao(fee), tao(back), tao(loss))
    assert reward == insurance == charged // 2, "decision: half and half"


def test_liq_4_no_equity_no_fee() -> None:
    """LIQ-4:9193."""
    assert [calculate_liquidation_fee(equity, LIQUIDATION_FEE, WAD, WAD) for equity in (0, -tao("1"))] == [0, 0]


def test_liq_5_the_reward_s_floor_takes_more_than_5_percent_of_little() -> None:
    """LIQ-5:cf77."""

    def owner(equity: int) -> int:
        fee = calculate_liquidation_fee(equity, LIQUIDATION_FEE, WAD, WAD)
        return calculate_payout(equity, fee, calculate_reward(fee, equity, True))[1]

    fee = calculate_liquidation_fee(tao("0.16"), LIQUIDATION_FEE, WAD, WAD)
    assert calculate_reward(fee, tao("0.16"), True) == fee // 2 == MIN_REWARD == tao("0.004")
    assert owner(tao("0.08")) == tao("0.076"), "95%"
    assert owner(tao("0.04")) == tao("0.036"), "90%"
    assert owner(tao("0.004")) == 0


# ratio, part that is closed, as printed
PARTS = [("14", "6.67"), ("12", "20.00"), ("11", "26.67"), ("10", "33.33")]


@pytest.mark.parametrize(("ratio", "printed"), PARTS, ids=[f"ratio {row[0]}%, target 15%, no fee" for row in PARTS])
def test_liq_2_part_that_is_closed(ratio: str, printed: str) -> None:
    """LIQ-2:71c9. The part is 1 − ratio / target; 2 wei of slack and one unit of rounding are all that is added."""
    size, entry = tao("50"), tao("50")
    equity = entry * int(ratio) // 100
    closed = calculate_closed_size_up(size, equity, entry, THRESHOLD, 0)
    exact = size * (1 - Fraction(int(ratio), 15))
    target = entry * 15 // 100
    assert 0 < closed - exact <= Fraction(FRACTION_SLACK * size, target) + 1
    assert f"{100 * closed / size:.2f}" == printed
    after = entry - calculate_closed_entry_up(entry, closed, size)
    assert is_ratio_at_least(equity, after, THRESHOLD)
    assert not is_ratio_at_least(equity, after, THRESHOLD + 10), "and hardly more"


def test_liq_2_two_wei_of_slack_are_needed() -> None:
    """LIQ-2:71c9. The specification's example: a long of 0.0001 alpha, 5 times its margin, at a mark of 0.94."""
    size = entry = 10**14
    margin, mark = 2 * 10**13, percent("94")
    equity = margin + calculate_pnl(size, entry, mark, True)
    assert calculate_kind(equity, entry, MAINTENANCE, BUFFER) == PARTIAL
    target, fee = mul_div_up(entry, THRESHOLD, WAD), mul_div_up(equity, LIQUIDATION_FEE, WAD)

    def reaches(slack: int) -> bool:
        closed = mul_div_up(size, target - equity + slack, target - fee)
        closed_entry = calculate_closed_entry_up(entry, closed, size)
        left = (
            margin
            + calculate_pnl(closed, closed_entry, mark, True)
            - calculate_liquidation_fee(equity, LIQUIDATION_FEE, closed, size)
            + calculate_pnl(size - closed, entry - closed_entry, mark, True)
        )
        return is_ratio_at_least(left, entry - closed_entry, THRESHOLD)

    assert [reaches(slack) for slack in (0, 1, FRACTION_SLACK)] == [False, False, True]


@pytest.mark.parametrize("ratio", [10, 11, 12, 14])
def test_erratum_e_12_in_the_partial_zone_the_maintenance_margin_is_met(ratio: int) -> None:
    """Documentation, page Liquidations: "above the maintenance threshold" is where such a position is already."""
    equity, entry = tao(str(ratio)), tao("100")
    assert calculate_kind(equity, entry, MAINTENANCE, BUFFER) == PARTIAL
    assert is_ratio_at_least(equity, entry, MAINTENANCE)


def test_erratum_e_12_a_released_margin_would_not_change_the_ratio() -> None:
    equity, entry = Fraction(12), Fraction(100)
    for part in (Fraction(1, 5), Fraction(1, 2)):
        assert equity * (1 - part) / (entry * (1 - part)) == equity / entry
    assert equity / (entry * (1 - Fraction(1, 5))) == Fraction(15, 100), "margin that is kept does"


def test_erratum_e_13_5_percent_of_what_remains() -> None:
    """Seed 000 against seed 004, at a leverage of 5 and a ratio of 9%."""
    margin, entry, equity = tao("10"), tao("50"), tao("4.5")
    assert calculate_ratio_down(equity, entry) == percent("9")
    assert calculate_liquidation_fee(equity, LIQUIDATION_FEE, WAD, WAD) == tao("0.225")
    assert calculate_fee_up(margin, LIQUIDATION_FEE) == tao("0.5")


def test_erratum_e_14_the_fee_is_split_in_halves() -> None:
    """Documentation: all of it the keeper's (page Liquidations), a portion (page Keepers), depositors' (page Vault)."""
    equity = tao("4.5")
    fee = calculate_liquidation_fee(equity, LIQUIDATION_FEE, WAD, WAD)
    reward = calculate_reward(fee, equity, True)
    assert (reward, *calculate_payout(equity, fee, reward)) == (tao("0.1125"), tao("0.1125"), tao("4.275"))


def test_erratum_e_21_a_liquidation_at_3_leaves_28_5_percent() -> None:
    """Documentation, page Risk Warnings: near-total. 10 TAO at 3 reach 10% with 3 TAO left."""
    equity, entry = tao("3"), tao("30")
    assert calculate_ratio_down(equity, entry) == MAINTENANCE
    fee = calculate_liquidation_fee(equity, LIQUIDATION_FEE, WAD, WAD)
    _, owner = calculate_payout(equity, fee, calculate_reward(fee, equity, True))
    assert (fee, owner) == (tao("0.15"), tao("2.85"))
    assert owner * WAD == percent("28.5") * tao("10")


# Parameters

# preset, max leverage, maintenance margin, PAR-1's left side
PRESETS = [
    ("beta, seed 000", 3, "20", "0.7653"),
    ("index, seed 002", 5, "10", "0.7755"),
    ("current, documentation, page Contract Specifications", 5, "10", "0.7755"),
]


@pytest.mark.parametrize(
    ("leverage", "maintenance", "used"), [row[1:] for row in PRESETS], ids=[row[0] for row in PRESETS]
)
def test_par_1_presets_are_allowed(leverage: int, maintenance: str, used: str) -> None:
    """PAR-1:3a86."""
    validate_margins(leverage * WAD, percent(maintenance), BUFFER, TAKER)
    validate_rates(0, LIQUIDATION_FEE, MAX_RATE)
    assert leverage * (percent(maintenance) + BUFFER + TAKER + MAX_OPENING_LOSS) == tao(used)


def test_par_1_a_short_loses_more_than_its_rate() -> None:
    """PAR-1:3a86. The specification's example: with 0.25% in place of 0.26% a short of 5 would open below its
    threshold."""
    long_size = calculate_size(WAD, calculate_fill_up(WAD, BASE_HIGH), True)
    short_size = calculate_size(WAD, calculate_fill_down(WAD, BASE_HIGH), False)
    assert 0 < -calculate_pnl(long_size, WAD, WAD, True) < BASE_HIGH
    assert BASE_HIGH < -calculate_pnl(short_size, WAD, WAD, False) < MAX_OPENING_LOSS
    threshold, notional = percent("19.5"), tao("50")
    assert 5 * (threshold + TAKER + BASE_HIGH) == WAD
    size = calculate_size(notional, calculate_fill_down(WAD, BASE_HIGH), False)
    equity = tao("10") - calculate_fee_up(notional, TAKER) + calculate_pnl(size, notional, WAD, False)
    assert f"{100 * calculate_ratio_down(equity, notional) / WAD:.4f}" == "19.4994"
    assert not is_ratio_at_least(equity, notional, threshold)
    with pytest.raises(ParametersUnsafe):
        validate_margins(5 * WAD, percent("14.5"), BUFFER, TAKER)


# Vault


def test_vlt_20_a_victim_of_a_donation_loses_a_share_s_price_at_most() -> None:
    """VLT-20:001f. The specification's example: 1 wei deposited, 1,000,000 TAO donated, then a victim's 1 TAO."""
    own, donated, victim = 1, tao("1000000"), tao("1")
    shares = calculate_shares_down(own, 0, 0)
    nav = own + donated
    price = -(-(nav + 1) // (shares + 10**6))
    bought = calculate_shares_down(victim, nav, shares)
    assert bought == 1
    lost = victim - calculate_assets_down(bought, nav + victim, shares + bought)
    assert lost <= price + 1
    assert f"{lost / WAD:.3f}" == "0.500"
    given_up = own + donated - calculate_assets_down(shares, nav + victim, shares + bought)
    assert f"{given_up / WAD:.0f}" == "500000"
