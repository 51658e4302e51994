"""Properties of the protocol as a whole, on the reference alone: nobody gains from a price that does not move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import POOL_RAO, near
from differential_tests.machines.protocol.draws.trades import draw_leverage
from differential_tests.machines.protocol.invariants import calculate_position_equity
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.mark import ALPHA_CLAMP, ALPHA_MAX_ELAPSED, ALPHA_TAU, calculate_mark
from reference.math.units import WAD

MARKET = 64
PRICE = ONE_TAO // 4
DEPOSIT = 1_000 * WAD


def draw_world(choices: SeededChoices, is_guarded: bool = True) -> ReferenceWorld:
    """A market whose spot is its mark, a vault of some size, and traders with cash."""
    world = ReferenceWorld()
    world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, MARKET, is_guarded, choices.pick(("beta", "current")), "", 0)
    world.do("seed", TREASURY, choices.pick((10, 1_000, 10_000)) * WAD)
    for trader in (*TRADERS, KEEPER):
        world.do("deposit", trader, trader, 0, DEPOSIT)
    world.advance(1, 12)
    return world


def act(world: ReferenceWorld, choices: SeededChoices, trader: int) -> None:
    """One trader does something in the market."""
    account = world.account(trader, 0)
    cash, position = world.protocol.account(account).cash, world.protocol.positions.get((account, MARKET))
    kind = choices.integer(0, 9)
    leverage = draw_leverage(world, choices, MARKET)
    margin = cash * choices.pick((1, 5, 20, 50)) // 100
    if position is None:
        world.do("open", trader, trader, 0, MARKET, bool(choices.integer(0, 1)), margin, leverage, WAD)
    elif kind <= 1:
        world.do("increase", trader, trader, 0, MARKET, margin, leverage, WAD)
    elif kind <= 4:
        size = near(choices, position.size * choices.integer(1, 100) // 100)
        world.do("decrease", trader, trader, 0, MARKET, size, WAD)
    elif kind <= 6:
        world.do("close", trader, trader, 0, MARKET, WAD)
    elif kind == 7:
        world.do("add_margin", trader, trader, 0, MARKET, cash // 10)
    elif kind == 8:
        world.do("remove_margin", trader, trader, 0, MARKET, max(position.margin, 0) // choices.integer(1, 10))
    else:
        world.do("liquidate", KEEPER, trader, 0, MARKET)


def total_worth(world: ReferenceWorld) -> int:
    """Free cash, equity and claims of everybody together (wei)."""
    protocol = world.protocol
    claims = sum(claim.amount for claim in protocol.claims.values())
    equities = (calculate_position_equity(protocol, key[1], each) for key, each in protocol.positions.items())
    return sum(account.cash for account in protocol.accounts.values()) + sum(equities) + claims


def pass_time(world: ReferenceWorld, choices: SeededChoices) -> None:
    """A block, or a long time; and somebody touches the market."""
    world.advance(1, choices.pick((12, 12, 60, 3_600, 28_800, 115_200)))
    world.do("poke", KEEPER, MARKET)


@pytest.mark.parametrize("scenario", range(60))
def test_nobody_gains_while_the_price_stays(scenario: int) -> None:
    choices = SeededChoices(f"constant price/{scenario}")
    world = draw_world(choices)
    invested = total_worth(world)
    for _ in range(60):
        act(world, choices, choices.pick(TRADERS))
        if choices.integer(0, 2) == 0:
            pass_time(world, choices)
        assert total_worth(world) <= invested
    assert world.protocol.markets[MARKET].mark == PRICE


PUSHES = (50, 80, 91, 95, 105, 109, 120, 300)
"""Pushed spot, as percents of the true one."""


def gains_from_pushes(scenario: int, is_guarded: bool) -> bool:
    """Whether all together are worth more, at any time, than they brought, while spot is pushed within blocks."""
    choices = SeededChoices(f"push/{scenario}")
    world = draw_world(choices, is_guarded)
    invested = total_worth(world)
    for _ in range(40):
        if choices.integer(0, 1):
            world.set_subnet(MARKET, PRICE * choices.pick(PUSHES) // 100, DYNAMIC, POOL_RAO)
        for _ in range(choices.integer(1, 3)):
            act(world, choices, choices.pick(TRADERS))
        world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
        pass_time(world, choices)
        assert world.protocol.markets[MARKET].mark == PRICE, "a lone push moves the mark"
        if total_worth(world) > invested:
            return True
    return False


@pytest.mark.parametrize("scenario", range(60))
def test_nobody_gains_from_a_push_of_spot_within_one_block(scenario: int) -> None:
    assert not gains_from_pushes(scenario, is_guarded=True)


def test_a_push_does_pay_on_a_published_market() -> None:
    assert any(gains_from_pushes(scenario, is_guarded=False) for scenario in range(20))


@given(
    mark=st.integers(10**9, 10**24),
    previous=st.integers(10**9, 10**24),
    spot=st.integers(0, 10**24),
    elapsed=st.integers(0, 10**6),
)
def test_a_pushed_touch_moves_the_mark_no_further_than_a_true_one(
    mark: int, previous: int, spot: int, elapsed: int
) -> None:
    constants = (elapsed, ALPHA_MAX_ELAPSED, ALPHA_TAU, ALPHA_CLAMP)
    true = calculate_mark(mark, previous, previous, *constants)
    pushed = calculate_mark(mark, spot, previous, *constants)
    assert min(mark, true) <= pushed <= max(mark, true)
