"""The chain's pool: fees, splits, price, power, emission, and the volume that counts every swap."""

from copy import copy
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from differential_tests.machines.alpha_pool import (
    MIN_RESERVE,
    WEIGHT_ONE,
    AlphaPool,
    Swap,
    SwapError,
    calculate_fee,
)
from reference.math.units import RAO, WAD

PRICE = WAD // 4

POOLS = st.builds(
    lambda tao, price, ratio: AlphaPool.at_price(tao * RAO, price, tao * RAO * WAD // price * 100 // ratio),
    tao=st.integers(100, 1_000_000),
    price=st.integers(WAD // 10**4, 10 * WAD),
    ratio=st.integers(50, 250),
)
PARTS = st.integers(1, 2_000)
"""Of a reserve, in thousandths."""


def new_pool(alpha: int = 0) -> AlphaPool:
    """10,000 TAO at 0.25."""
    return AlphaPool.at_price(10_000 * RAO, PRICE, alpha * RAO)


def test_a_pool_of_equal_weights_is_a_constant_product() -> None:
    pool = new_pool()

    swap = pool.buy(100 * RAO)

    net = 100 * RAO - 100 * RAO * 33 // 65_535
    assert pool == AlphaPool(10_000 * RAO + net, 40_000 * RAO - swap.received, volume=100 * RAO)
    assert swap == Swap(True, 100 * RAO, 40_000 * RAO * net // (10_000 * RAO + net))


@given(POOLS, PARTS)
def test_a_round_trip_loses_the_fee_twice(pool: AlphaPool, part: int) -> None:
    amount = pool.tao * part // 1_000

    back = pool.sell(pool.buy(amount).received).received

    lost = (amount - back) / amount
    assert 33 / 65_535 < lost < 1
    if part <= 10:
        assert lost == pytest.approx(2 * 33 / 65_535, rel=0.02)


@given(POOLS, PARTS, st.integers(1, 99), st.booleans())
def test_a_split_is_never_better_than_the_rounding_of_its_fees(
    pool: AlphaPool, part: int, percent: int, is_buy: bool
) -> None:
    amount = (pool.tao if is_buy else pool.alpha) * part // 1_000
    other = copy(pool)
    swap, other_swap = (pool.buy, other.buy) if is_buy else (pool.sell, other.sell)
    first = amount * percent // 100

    whole = swap(amount)
    split = other_swap(first).received + other_swap(amount - first).received

    assert split <= whole.received + (whole.received // (amount - calculate_fee(amount)) + 1)


@given(POOLS, PARTS, st.booleans())
def test_the_price_is_the_weighted_ratio_and_grows_with_its_power_of_the_tao(
    pool: AlphaPool, part: int, is_buy: bool
) -> None:
    before, tao, power = pool.price, pool.tao, 1 + pool.tao * WAD / (pool.alpha * pool.price)

    pool.buy(tao * part // 1_000) if is_buy else pool.sell(pool.alpha * part // 1_000)

    weights = (WEIGHT_ONE - pool.tao_weight) / pool.tao_weight
    assert pool.price == pytest.approx(weights * pool.tao / pool.alpha * WAD, rel=1e-9)
    assert log(pool.price / before) == pytest.approx(power * log(pool.tao / tao), rel=1e-6, abs=1e-9)


@given(POOLS, st.lists(st.tuples(st.booleans(), PARTS), max_size=8))
def test_the_volume_covers_whatever_moved_the_pool(pool: AlphaPool, swaps: list[tuple[bool, int]]) -> None:
    for is_buy, part in swaps:
        tao, volume = pool.tao, pool.volume
        try:
            swap = pool.buy(pool.tao * part // 1_000) if is_buy else pool.sell(pool.alpha * part // 1_000)
        except SwapError:
            continue

        assert abs(pool.tao - tao) <= pool.volume - volume == (swap.paid if is_buy else swap.received)


@given(POOLS, st.integers(1, 900))
def test_a_buy_at_its_cost_receives_what_it_was_asked_for(pool: AlphaPool, part: int) -> None:
    amount = pool.alpha * part // 1_000
    other = copy(pool)
    cost = pool.calculate_cost(amount)

    assert pool.buy(cost).received >= amount
    assert other.buy(cost - 3).received <= amount


@given(POOLS, st.integers(30, 300))
def test_a_move_ends_at_its_price(pool: AlphaPool, percent: int) -> None:
    price = pool.price * percent // 100

    pool.move_to(price)

    assert pool.price == pytest.approx(price, rel=1e-7)


@given(POOLS, st.integers(30, 300), st.integers(1, 9))
def test_a_jump_is_made_of_its_swaps(pool: AlphaPool, percent: int, swaps: int) -> None:
    price, volume = pool.price * percent // 100, pool.volume

    made = pool.jump(price, swaps)

    assert pool.price == pytest.approx(price, rel=1e-7)
    assert pool.volume - volume == sum(swap.paid if swap.is_buy else swap.received for swap in made)
    assert len(made) == swaps


@given(POOLS, st.integers(0, 1_000), st.integers(0, 1_000))
def test_emission_keeps_the_price_and_moves_the_weights(pool: AlphaPool, tao: int, alpha: int) -> None:
    before = copy(pool)

    pool.emit(pool.tao * tao // 1_000, pool.alpha * alpha // 1_000)

    assert pool.price == pytest.approx(before.price, rel=1e-9)
    assert pool.volume == before.volume
    assert (pool.tao_weight > before.tao_weight) == (tao > alpha) or tao == alpha


def test_emission_leaves_a_twentieth_more_power_than_two() -> None:
    pool = new_pool()

    pool.emit(1_000 * RAO, 0)

    assert 1 + pool.tao * WAD / (pool.alpha * pool.price) == pytest.approx(2.1, rel=1e-9)


def test_a_pool_can_t_give_what_it_has_not() -> None:
    pool = new_pool()
    before = copy(pool)

    with pytest.raises(SwapError):
        pool.buy(1_001 * 10_000 * RAO + 10**13)
    with pytest.raises(SwapError):
        AlphaPool(MIN_RESERVE + 10, MIN_RESERVE + 10).sell(MIN_RESERVE)
    with pytest.raises(SwapError):
        pool.emit(10_000_000 * RAO, 0)
    assert pool == before


def test_powers_are_the_same_on_every_machine() -> None:
    pool = new_pool(alpha=37_777)
    pool.buy(1_234 * RAO + 567)
    pool.sell(4_321 * RAO + 89)
    pool.emit(11 * RAO, 3 * RAO)
    pool.move_to(WAD // 5)

    assert pool.state == (199_999_999_999_987_156, 8_983_212_384_842, 42_376_679_298_482, 3_495_166_238_403)
