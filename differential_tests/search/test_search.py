"""The search's accounting: nothing for nothing, fees for trades and pushes, and nothing lost or made in between."""

from random import Random

import pytest

from differential_tests.search.climb import Search
from differential_tests.search.draw import draw_sequence, mutate
from differential_tests.search.moves import KINDS, Move, run
from differential_tests.search.sequence import Sequence, make, play
from differential_tests.search.world import (
    HONEST,
    KEEPER,
    STAFF,
    Setting,
    World,
    calculate_equity_at,
    make_world,
)
from differential_tests.search.worth import calculate_spot_nav, calculate_worth, find_interest_index, find_price
from reference.math.units import RAO, WAD
from reference.state.records import account_key

SETTINGS = [
    Setting(),
    Setting(depositor=90, honest=200),
    Setting(power=210, pace=600),
    Setting(is_index=True, pool=50_000, pace=3_600),
]
SWAP_FEE = 33 / 65_535


def gain(*moves: Move, setting: Setting = SETTINGS[0]) -> float:
    """Of a finished sequence (TAO)."""
    return play(Sequence(setting, moves)).gain / WAD


@pytest.mark.parametrize("setting", SETTINGS)
def test_who_does_nothing_gains_nothing(setting: Setting) -> None:
    moves = ("wait", 3_600), ("jump", -2_000), ("wait", 3_600), ("jump", 4_000), ("wait", 60)

    result = play(Sequence(setting, moves))

    assert result.gain == result.debt == 0


@pytest.mark.parametrize("setting", SETTINGS[:3])
def test_a_push_and_a_pull_cost_the_fees_of_their_swaps(setting: Setting) -> None:
    world = make_world(setting)
    run(world, ("push", 1_000))
    moved = world.pool.tao / RAO - setting.pool
    run(world, ("pull",))

    cost = calculate_worth(world).total - calculate_worth(make_world(setting)).total
    assert -cost / WAD == pytest.approx(2 * SWAP_FEE * moved, rel=0.03)
    assert gain(("push", 1_000), ("pull",), setting=setting) * WAD == pytest.approx(cost)


def test_a_push_is_charged_with_the_pull_and_the_pull_with_nothing() -> None:
    result = play(Sequence(Setting(), (("push", -2_000), ("wait", 60), ("pull",))), is_told=True)

    pushed, waited, pulled, _ = (step.gain / WAD for step in result.steps)
    assert pushed == pytest.approx(-1.127, abs=0.001)
    assert waited == 0
    assert pulled == pytest.approx(0, abs=1e-6)


def test_a_fair_trade_costs_its_fee_and_its_impact() -> None:
    result = play(Sequence(Setting(), (("open", 0, 1, 100, 20), ("wait", 12), ("close", 0))), is_told=True)

    opened, _, closed, _ = (step.gain / WAD for step in result.steps)
    impact = 0.001 + 100 / 10_000
    assert opened == pytest.approx(-100 * (0.0025 + impact / (1 + impact)), rel=1e-6)
    assert closed == pytest.approx(-100 / (1 + impact) * (0.001 + 0.0025 * 0.999), abs=0.001)


def test_what_a_jump_does_to_a_position_is_luck() -> None:
    opened = ("open", 0, 1, 100, 20), ("wait", 12)

    calm = gain(*opened)

    for jump in (-500, 500):
        assert -0.5 < gain(*opened, ("jump", jump)) - calm < 0.02  # hours of funding, until the mark has arrived


def test_a_jump_beyond_the_margin_is_bad_debt_and_no_gain() -> None:
    result = play(Sequence(Setting(pace=0), (("open", 0, 1, 100, 45), ("wait", 12), ("jump", -4_000), ("close", 0))))

    size, margin = 400 / 1.011, 100 / 4.5 - 0.25
    assert result.debt / WAD == pytest.approx(100 - size * 0.15 - margin, rel=1e-3)
    assert result.gain < 0


def test_a_vault_gains_nothing_from_a_debt_of_its_own_depositor() -> None:
    """A position that is opened under water owes the vault what it will never pay."""
    setting = Setting(is_index=True, pool=50_000, pace=3_600, depositor=90)
    moves = ("open", 0, 0, 400, 10), ("wait", 12), ("jump", -5_000), ("open", 1, 1, 400, 49)

    result = play(Sequence(setting, moves))

    assert all(result.made)
    assert result.gain < 0


def test_a_held_push_ends_after_a_quarter_of_an_hour() -> None:
    world = make_world(Setting())
    run(world, ("push", 2_000))

    world.wait(840)
    assert world.pool.price / world.true_price == pytest.approx(1.2)
    world.wait(120)
    assert world.pool.price / world.true_price == pytest.approx(1)


def calculate_others(world: World) -> int:
    """What everybody else has (wei): free cash, equity at the true price, shares, and the insurance."""
    protocol, price, index = world.protocol, find_price(world), find_interest_index(world)
    total = protocol.vault.insurance + protocol.account(account_key(KEEPER, 0)).cash
    for trader in HONEST:
        total += protocol.account(account_key(trader, 0)).cash
        position = protocol.positions.get((account_key(trader, 0), world.key))
        total += calculate_equity_at(world.market, position, price, index) if position else 0
    shares = protocol.share.balance(STAFF)
    return total + calculate_spot_nav(world, price, index) * shares // protocol.share.supply


@pytest.mark.parametrize("seed", range(60))
def test_what_the_coalition_gains_others_and_the_pool_lose(seed: int) -> None:
    random = Random(seed)  # noqa: S311  it has to be repeatable
    sequence = mutate(random, draw_sequence(random), [])
    world = make_world(sequence.setting)
    for move in sequence.moves:
        before, others = calculate_worth(world).total, calculate_others(world)
        luck = world.luck
        make(world, move)
        own = calculate_worth(world).total - before
        if move[0] in ("push", "pull", "wash"):
            assert calculate_others(world) == others
            assert own < WAD // 10**6
        elif move[0] == "wait" and world.alpha:
            continue  # others may carry the pool back, and the coalition loses by that
        else:
            assert abs(own + calculate_others(world) - others) < 10**6, move
        assert (world.luck == luck) or move[0] == "jump"


def test_what_was_sold_can_always_be_bought_back() -> None:
    world = make_world(Setting(pace=0))

    assert run(world, ("push", -6_000)) == ""
    assert [make(world, ("jump", 10_000)) for _ in range(4)] == ["", "", "SwapError", "SwapError"]
    assert run(world, ("pull",)) == ""
    assert world.alpha == 0


def test_moves_are_told_and_kept() -> None:
    random = Random(5)  # noqa: S311
    for _ in range(50):
        sequence = draw_sequence(random)
        assert Sequence.from_json(sequence.to_json()) == sequence
        result = play(sequence, is_told=True)
        assert len(result.steps) == len(sequence.moves) + 1
        assert all(step.what for step in result.steps)


def test_numbers_stay_within_their_bounds() -> None:
    random = Random(6)  # noqa: S311
    sequence = draw_sequence(random)
    for _ in range(2_000):
        sequence = mutate(random, sequence, [draw_sequence(random)])
        for name, *values in sequence.moves:
            numbers = KINDS[name].numbers
            assert all(n.lowest <= value <= n.highest for n, value in zip(numbers, values, strict=True))


def test_a_seed_repeats_a_search() -> None:
    searches = [Search(Random(9)), Search(Random(9))]  # noqa: S311
    for search in searches:
        for _ in range(60):
            search.step()

    assert searches[0].kept == searches[1].kept
