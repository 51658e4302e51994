"""Numbers that were published, and what the specification makes of them."""

from fractions import Fraction

import pytest

from reference.block import Block
from reference.math.ema import INDEX_TAU, calculate_index, ema
from reference.math.units import WAD
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.index_price import IndexPriceOracle

HOUR, DAY = 3_600, 86_400


def tao(text: str) -> int:
    """A decimal as WAD."""
    return int(Fraction(text) * WAD)


# source, average, spot, elapsed, exact result, what was printed
PUBLISHED = [
    ("seed 002, an hour of the spike (G10)", "1.2993", "1.7579", HOUR, "1.302013609467455621"),
    ("seed 002, an hour at 0 leaves 99.4% (G9)", "1", "0", HOUR, "0.994082840236686390"),
    ("seed 002, an hour at 1 counts 0.6% (G9)", "0", "1", HOUR, "0.005917159763313609"),
]


@pytest.mark.parametrize(
    ("average", "spot", "elapsed", "expected"), [row[1:] for row in PUBLISHED], ids=[row[0] for row in PUBLISHED]
)
def test_ema_1_published_example(average: str, spot: str, elapsed: int, expected: str) -> None:
    """EMA-1:e1f9."""
    assert ema(tao(average), tao(spot), elapsed, INDEX_TAU) == tao(expected)


def test_ema_1_spike_shift_is_0_003_tao_or_0_2_percent() -> None:
    """EMA-1:e1f9. Seed 002: an hour of the spike shifts the index by roughly 0.003 TAO, a 0.2% move; the spike itself
    is 35%."""
    shift = ema(tao("1.2993"), tao("1.7579"), HOUR, INDEX_TAU) - tao("1.2993")
    assert f"{shift / WAD:.3f}" == "0.003"
    assert f"{100 * shift / tao('1.2993'):.1f}" == "0.2"
    assert 100 * (tao("1.7579") - tao("1.2993")) // tao("1.2993") == 35


def test_idx_3_published_block_table() -> None:
    """IDX-3:0ded. Seed 002's table (G13): 7710300 at 4:18 PM, 7710784 at 6:04 PM, 7710986 at 6:49 PM."""
    precompile, oracle = AlphaPrecompile(), IndexPriceOracle(initializer="initializer")
    table = [(7_710_300, 0, "1.2993"), (7_710_784, 6_360, "1.7579"), (7_710_986, 9_060, "1.2994")]
    emas: list[int] = []
    for number, seconds, spot in table:
        precompile.set_prices([], [], tao(spot))
        block = Block(number, 1_800_000_000 + seconds)
        if not emas:
            oracle.process_init_ema(block, "initializer", precompile)
        else:
            oracle.process_update(block, precompile)
        emas.append(oracle.price())
    # the cap takes the first gap, of 6360 seconds, for an hour; the second one is 2700 seconds
    assert emas == [tao("1.2993"), tao("1.302013609467455621"), tao("1.302001993425378040")]
    assert max(emas) - emas[0] < tao("0.003")


def test_erratum_e_2_the_24_hour_example_is_out_of_reach() -> None:
    """Seed 002 (G11): an index of 1.3093 after 24 hours under a spot of 1.3429, from 1.2993.

    EMA-7:18bd is the step: of the distance to a bound on the samples, an update of d seconds keeps at least
    tau / (tau + d). Over updates that last D together, the product of these is at least 1 / e**(D / tau), and
    e**x < 1 + x + x**2 / 2 + x**3 for 0 < x < 1. Rounding only lowers the average.
    """
    start, bound, printed = Fraction("1.2993"), Fraction("1.3429"), Fraction("1.3093")
    x = Fraction(DAY, INDEX_TAU)
    kept = 1 / (1 + x + x**2 / 2 + x**3)
    assert bound - (bound - start) * kept < Fraction("1.3053") < printed
    # and as close as updates can bring it: one for each second at the highest spot
    average = tao("1.2993")
    for _ in range(DAY):
        average = ema(average, tao("1.3429"), 1, INDEX_TAU)
    assert tao("1.3050") < average < tao("1.3052")


def test_idx_1_the_cap_makes_a_day_count_as_an_hour() -> None:
    """IDX-1:04ee. Decision: published, a day's gap would give one update 12.5%."""
    assert 8 * ema(0, WAD, DAY, INDEX_TAU) == WAD
    assert calculate_index(0, WAD, DAY) == calculate_index(0, WAD, HOUR) == ema(0, WAD, HOUR, INDEX_TAU)
