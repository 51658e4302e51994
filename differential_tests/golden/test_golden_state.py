"""Worked numbers of what moves and keeps a market's state: a feed, the funding index, a side's debts, packed words."""

from fractions import Fraction

import pytest

from reference.math.ema import INDEX_MAX_ELAPSED, INDEX_TAU
from reference.math.funding import accrue_index, calculate_kept_utilization_down
from reference.math.mark import (
    ALPHA_CLAMP,
    ALPHA_MAX_ELAPSED,
    ALPHA_TAU,
    INDEX_BAND,
    INDEX_CLAMP,
    calculate_feed,
    calculate_mark,
)
from reference.math.packing import (
    pack_amounts,
    pack_entry,
    pack_gaps,
    pack_pair,
    pack_parameters,
    pack_position,
    pack_signed,
    unpack_amounts,
    unpack_entry,
    unpack_gaps,
    unpack_pair,
    unpack_parameters,
    unpack_position,
    unpack_signed,
)
from reference.math.units import AMOUNT_BOUND, WAD
from reference.math.vault import calculate_carry, calculate_side_owed_down, saturate

LIMIT = 2**87 - 1


def percent(text: str) -> int:
    """Per cent as WAD."""
    return int(Fraction(text) * WAD / 100)


def test_mrk_19_at_the_mark_nothing_moves_and_gaps_fade() -> None:
    """MRK-19:6686. A feed an hour after the last, or later, leaves six sevenths of a gap."""
    for elapsed in (3_600, 3_601, 10**6):
        fed = calculate_feed(True, WAD, WAD, WAD, percent("7"), percent("3.5"), elapsed)
        assert fed == (WAD, percent("6"), percent("3"))
    assert calculate_feed(True, WAD, WAD, WAD, percent("7"), 0, 3_599)[1] > percent("6")


def test_mrk_19_a_lone_push_moves_no_mark_and_opens_one_gap_of_mtsos() -> None:
    """MRK-19:6686."""
    for is_index in (False, True):
        assert calculate_feed(is_index, WAD, WAD + percent("8"), WAD, 0, 0, 60) == (WAD, is_index * percent("8"), 0)
        assert calculate_feed(is_index, WAD, WAD - percent("8"), WAD, 0, 0, 60) == (WAD, 0, is_index * percent("8"))
    assert calculate_feed(True, WAD, 2 * WAD, WAD, 0, 0, 60) == (WAD, INDEX_BAND, 0)


@pytest.mark.parametrize("is_index", [False, True])
def test_mrk_19_each_kind_has_its_constants(is_index: bool) -> None:
    """MRK-19:6686."""
    constants = (INDEX_MAX_ELAPSED, INDEX_TAU, INDEX_CLAMP) if is_index else (ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    mark, up, down = calculate_feed(is_index, WAD, 2 * WAD, 2 * WAD, 0, 0, 10**6)
    assert mark == calculate_mark(WAD, 2 * WAD, 2 * WAD, 10**6, *constants) > WAD
    assert (up, down) == (percent("50") if is_index else 0, 0)


def test_fnd_12_the_index_stops_at_its_bounds() -> None:
    """FND-12:8634."""
    assert accrue_index(5, -7) == -2
    assert [accrue_index(LIMIT - 1, delta) for delta in (1, 2, 10**30)] == [LIMIT] * 3
    assert [accrue_index(1 - LIMIT, -delta) for delta in (1, 2, 10**30)] == [-LIMIT] * 3
    assert accrue_index(LIMIT, -1) == LIMIT - 1, "it can leave them"


def test_fnd_13_what_is_kept_of_a_utilization() -> None:
    """FND-13:a17c. A billionth is kept, what is finer is dropped, and nothing above 2."""
    assert [calculate_kept_utilization_down(u) for u in (0, 10**9 - 1, 10**9, 2 * 10**9 - 1)] == [0, 0, 10**9, 10**9]
    assert [calculate_kept_utilization_down(2 * WAD + more) for more in (-1, 0, 1, WAD)] == [2 * WAD - 10**9] + [
        2 * WAD
    ] * 3


def test_vlt_6_a_side_owes_what_its_positions_owe() -> None:
    """VLT-6:d13d, VLT-36:8b58. Ten alpha from 0.01 and five from 0.02 at an index of 0.03; 100 and 50 TAO of interest
    from 1% and 2%
    at 4%; entered for 150 TAO and worth 150 at a mark of 10."""
    for is_long, owed in ((True, 4 * WAD + WAD // 4), (False, 4 * WAD - WAD // 4)):
        carry = calculate_carry(10 * WAD, 100 * WAD, percent("1"), percent("1"), is_long)
        carry += calculate_carry(5 * WAD, 50 * WAD, percent("2"), percent("2"), is_long)
        assert (
            calculate_side_owed_down(15 * WAD, 150 * WAD, carry, 10 * WAD, percent("3"), percent("4"), is_long) == owed
        )


def test_vlt_6_is_rounded_down_once() -> None:
    """VLT-6:d13d. A hundredth of a wei of funding, of interest, of profit: nothing, or a wei less."""
    assert [calculate_side_owed_down(1, 0, 0, 0, 1, 0, is_long) for is_long in (True, False)] == [0, -1]
    assert calculate_side_owed_down(0, 1, 0, 0, 0, WAD - 1, True) == 0, "interest"
    assert [calculate_side_owed_down(1, 0, 0, 1, 0, 0, is_long) for is_long in (True, False)] == [-1, 0], "profit"


def test_vlt_33_caches_saturate() -> None:
    """VLT-33:dcc3."""
    edge = AMOUNT_BOUND - 1
    assert [saturate(amount) for amount in (edge, edge + 1, 2**255 - 1)] == [edge] * 3
    assert [saturate(-amount) for amount in (edge, edge + 1, 2**255 - 1)] == [-edge] * 3
    assert [saturate(amount) for amount in (-1, 0, 1)] == [-1, 0, 1]


def test_sto_1_to_8_words_by_hand() -> None:
    """STO-1:284d."""
    assert pack_amounts(1, 2, 3) == 1 | 2 << 112 | 3 << 224
    assert unpack_amounts(2**256 - 1) == (2**112 - 1, 2**112 - 1, 2**32 - 1)
    assert pack_signed(-1, 2, 3) == 2**128 - 1 | 2 << 128 | 3 << 224
    assert unpack_signed(2**127) == (-(2**127), 0, 0)
    assert pack_gaps(-2, 3, 4) == 2**128 - 2 | 3 << 128 | 4 << 192
    assert unpack_gaps(2**256 - 1) == (-1, 2**64 - 1, 2**64 - 1)
    assert pack_pair(1, 2) == 1 | 2 << 128
    assert unpack_pair(2**256 - 1) == (2**128 - 1, 2**128 - 1)


def test_sto_9_and_10_parameters_in_steps_of_a_billionth() -> None:
    """STO-9:57e2."""
    exact = (*(10**9 * number for number in range(1, 10)), 2)
    places = (0, 36, 65, 94, 118, 142, 169, 193, 223)
    packed = sum((number + 1) << place for number, place in enumerate(places)) + (2 << 253)
    finer = (*(value + 10**9 - 1 for value in exact[:-1]), 2)
    assert pack_parameters(*exact) == packed == pack_parameters(*finer)
    assert unpack_parameters(packed) == exact


def test_sto_11_and_12_a_margin_below_0_is_a_magnitude_and_a_bit() -> None:
    """STO-11:65df."""
    packed = pack_position(5, -7, 2**29 + 9, True)
    assert packed == 5 | 7 << 112 | 9 << 224 | 1 << 254 | 1 << 255
    assert unpack_position(packed) == (5, -7, 9, True)
    assert unpack_position(1 << 254) == (0, 0, 0, False), "no margin has no sign"


def test_sto_21_and_22_the_funding_index_is_signed() -> None:
    """STO-21:83d9."""
    packed = pack_entry(5, 7, -9)
    assert packed == 5 | 7 << 96 | 2**88 - 9 << 168
    assert unpack_entry(packed) == (5, 7, -9)
    assert unpack_entry(2**256 - 1) == (2**96 - 1, 2**72 - 1, -1)
    assert unpack_entry(2**255) == (0, 0, -(2**87))
