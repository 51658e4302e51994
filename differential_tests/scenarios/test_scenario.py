"""One scripted scenario of the oracles, with every action and every failure, on every chain."""

import pytest

from differential_tests.chains import CHAINS, open_chain
from differential_tests.chains.ape import anvil_available
from differential_tests.fuzzer.actions import Step
from differential_tests.machines import MACHINES
from differential_tests.machines.oracle.machine import INITIALIZER, TRADER
from differential_tests.machines.oracle.test_oracle_machine import OUTCOMES
from reference.mark_keeper import INDEX_MARKET
from reference.math.units import RAO
from reference.oracles.alpha_precompile import SETTABLE_PRICE, Mode, Question

ORACLE = MACHINES["oracle"]
TAO = 10**18
CHUTES, LIUM, UNKNOWN = 64, 51, 7
POOL = 50_000 * RAO


def step(action: str, **arguments: object) -> Step:
    """A step of the oracle machine."""
    return Step(action, arguments)


def subnet(netuid: int, price: int, mechanism: int = 1, pool_rao: int = POOL) -> Step:
    """A subnet appears or changes."""
    return step("set_subnet", netuid=netuid, price=price, mechanism=mechanism, pool_rao=pool_rao)


def mode(question: Question, value: Mode) -> Step:
    """One view of the precompile fails, or works again."""
    return step("set_mode", question=question.value, mode=int(value))


def pass_time(blocks: int, seconds: int) -> Step:
    """Time passes."""
    return step("advance", blocks=blocks, seconds=seconds)


def listing(market: int, is_guarded: bool, min_pool: int = 0) -> Step:
    """A market is listed."""
    return step("list_market", market=market, is_guarded=is_guarded, min_pool=min_pool)


def fill(market: int, is_buy: bool = True, is_increase: bool = True) -> Step:
    """A fill starts."""
    return step("start_fill", market=market, is_buy=is_buy, is_increase=is_increase)


def read(netuid: int, min_pool: int = 0, strict: bool = True) -> Step:
    """A subnet is read."""
    return step("read_alpha", netuid=netuid, min_pool=min_pool, strict=strict)


UPDATE = step("update_index")
TOUCH = step("touch", market=CHUTES)

SCENARIO = [
    # the index: nothing before its start, which only its initializer can make, once
    step("index_price"),
    UPDATE,
    step("init_ema", account=TRADER),
    step("init_ema", account=INITIALIZER),  # there is no price yet
    subnet(CHUTES, 25 * TAO // 100),
    subnet(LIUM, 11 * TAO // 10),  # at 1.1 TAO it does not count in the sum
    listing(INDEX_MARKET, is_guarded=False),
    step("init_ema", account=INITIALIZER),
    step("init_ema", account=INITIALIZER),
    step("index_price"),
    # listing
    listing(CHUTES, is_guarded=True, min_pool=POOL * RAO),
    listing(CHUTES, is_guarded=False),
    listing(INDEX_MARKET + 1, is_guarded=True),
    listing(LIUM, is_guarded=False),
    listing(INDEX_MARKET, is_guarded=True),
    TOUCH,  # in the block of the listing: nothing moves
    pass_time(1, 12),
    # a lone pushed block, and two of them
    subnet(CHUTES, 40 * TAO // 100),
    TOUCH,
    fill(CHUTES),
    fill(CHUTES, is_increase=False),
    fill(CHUTES, is_buy=False, is_increase=False),
    pass_time(1, 12),
    TOUCH,
    pass_time(5, 60),
    # Lium falls through 1 TAO: the sum jumps
    step("set_prices", netuids=[CHUTES, LIUM], prices=[26 * TAO // 100, TAO - 1], other_sum=TAO // 10),
    step("touch_many", markets=[CHUTES, LIUM, INDEX_MARKET]),
    step("touch_many", markets=[CHUTES, UNKNOWN]),
    UPDATE,
    UPDATE,
    step("read_index", strict=True),
    fill(INDEX_MARKET, is_buy=False),
    step("set_prices", netuids=[LIUM], prices=[TAO], other_sum=0),
    step("set_index", netuids=[], prices=[], other_sum=TAO),
    pass_time(1, 90_000),
    UPDATE,
    # rejections, by name and by value
    read(CHUTES),
    read(CHUTES, min_pool=POOL * RAO + 1),
    read(UNKNOWN),
    read(UNKNOWN, strict=False),
    subnet(UNKNOWN, 1),
    read(UNKNOWN),
    subnet(UNKNOWN, SETTABLE_PRICE),
    mode(Question.PRICE, Mode.WIDE),
    read(CHUTES),
    step("validate_scale"),
    mode(Question.PRICE, Mode.NORMAL),
    step("validate_scale"),
    mode(Question.POOL, Mode.WIDE),
    read(CHUTES),
    mode(Question.POOL, Mode.NORMAL),
    mode(Question.SUM, Mode.SHORT),
    step("read_index", strict=True),
    step("read_index", strict=False),
    UPDATE,
    mode(Question.SUM, Mode.REVERTING),
    step("touch", market=INDEX_MARKET),
    # a dead feed: the mark stays, what grows a position is stopped, what shrinks it is not
    mode(Question.MECHANISM, Mode.DISABLED),
    TOUCH,
    pass_time(3, 36),
    TOUCH,
    fill(CHUTES),
    fill(CHUTES, is_increase=False),
    mode(Question.MECHANISM, Mode.NORMAL),
    TOUCH,
    # gas
    step("touch_with_gas", market=CHUTES, gas=24_000),
    step("touch_with_gas", market=CHUTES, gas=60_000),
    step("touch_with_gas", market=INDEX_MARKET, gas=500_000),
    step("touch_with_gas", market=LIUM, gas=600_000),
    fill(UNKNOWN),
]


@pytest.mark.parametrize("name", CHAINS)
def test_scenario_agrees_on(name: str) -> None:
    if name == "anvil" and not anvil_available():
        pytest.skip("anvil is not on the PATH")
    with open_chain(name) as chain:
        world = ORACLE.world(chain)
        for number, each in enumerate(SCENARIO):
            try:
                ORACLE.table.run(world, each)
            except Exception as error:
                error.add_note(f"step {number}: {each}")
                raise
        world.advance(1, 12)
        world.sweep()
    assert set(world.outcomes) == OUTCOMES
    assert {each.action for each in SCENARIO} == set(ORACLE.table.actions)
