"""One scripted scenario of the oracles, with every action and every failure, on every chain."""

from collections.abc import Sequence

import pytest

from differential_tests.chains import CHAINS, open_chain
from differential_tests.chains.ape import anvil_available
from differential_tests.fuzzer.actions import Step
from differential_tests.machines import MACHINES
from differential_tests.machines.oracle.machine import INITIALIZER, TRADER
from differential_tests.machines.oracle.test_oracle_machine import OUTCOMES
from reference.math.reading import (
    COUNTER_RESET,
    COUNTER_TOO_HIGH,
    GOOD,
    POOL_UNEVEN,
    PRICE_OUT_OF_BAND,
    READING_TOO_YOUNG,
)
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


def read(netuid: int, min_pool: int = 0, strict: bool = True) -> Step:
    """A subnet is read."""
    return step("read_alpha", netuid=netuid, min_pool=min_pool, strict=strict)


UPDATE = step("update_index")


def observe(later: list[int], earlier: Sequence[int] = (0, 0), age: int = 60, elapsed: int = 60) -> Step:
    """The first subnet is observed against readings."""
    readings = {"later": later, "earlier": list(earlier), "age": age}
    prices = {"mark": TAO // 4, "previous_spot": TAO // 5, "elapsed": elapsed}
    return step("observe", netuid=CHUTES, min_pool=0, **readings, **prices)


SCENARIO = [
    # the index: nothing before its start, which only its initializer can make, once
    step("index_price"),
    UPDATE,
    step("init_ema", account=TRADER),
    step("init_ema", account=INITIALIZER),  # there is no price yet
    subnet(CHUTES, 25 * TAO // 100),
    subnet(LIUM, 11 * TAO // 10),  # at 1.1 TAO it does not count in the sum
    step("init_ema", account=INITIALIZER),
    step("init_ema", account=INITIALIZER),
    step("index_price"),
    pass_time(1, 12),
    # Lium falls through 1 TAO: the sum jumps
    step("set_prices", netuids=[CHUTES, LIUM], prices=[26 * TAO // 100, TAO - 1], other_sum=TAO // 10),
    UPDATE,
    UPDATE,
    step("read_index", strict=True),
    step("set_prices", netuids=[LIUM], prices=[TAO], other_sum=0),
    pass_time(1, 90_000),
    UPDATE,
    step("set_pool", netuid=CHUTES, price=27 * TAO // 100, pool_rao=POOL, alpha_rao=2**64 - 1, volume=2**128 - 1),
    step("set_pool", netuid=CHUTES, price=27 * TAO // 100, pool_rao=POOL),
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
    step("read_index", strict=True),
    mode(Question.SUM, Mode.NORMAL),
    mode(Question.MECHANISM, Mode.DISABLED),
    read(CHUTES),
    mode(Question.MECHANISM, Mode.NORMAL),
    subnet(CHUTES, TAO // 4),
    step("set_pool", netuid=CHUTES, price=TAO // 4, pool_rao=POOL, alpha_rao=3 * POOL, volume=5 * POOL),
    observe(later=[POOL, 4 * POOL], age=60),
    observe(later=[POOL * 9 // 10, 3 * POOL], earlier=[POOL, 2 * POOL], age=59, elapsed=0),
    observe(later=[POOL, 5 * POOL + 1], age=60),
    step("validate_reading", cause=GOOD),
    step("validate_reading", cause=COUNTER_TOO_HIGH),
    step("validate_reading", cause=COUNTER_RESET),
    step("observe_index", mark=TAO, previous_spot=TAO, gap_up=TAO // 10, gap_down=0, elapsed=3_600),
    step("observe_index", mark=TAO, previous_spot=TAO, gap_up=TAO // 10, gap_down=0, elapsed=0),
    step("validate_refusal", refusal=GOOD),
    step("validate_refusal", refusal=READING_TOO_YOUNG),
    step("validate_refusal", refusal=POOL_UNEVEN),
    step("validate_refusal", refusal=PRICE_OUT_OF_BAND),
    # gas
    step("read_with_gas", netuid=CHUTES, gas=22_000),
    step("read_with_gas", netuid=CHUTES, gas=60_000),
    step("read_with_gas", netuid=0, gas=500_000),
    step("read_with_gas", netuid=LIUM, gas=600_000),
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
