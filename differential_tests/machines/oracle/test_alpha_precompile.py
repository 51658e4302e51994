"""The double of the Alpha precompile answers and fails as the chain's own one does (CHN-1 to CHN-6)."""

import pytest

from differential_tests.chains.base import HALT, Receipt, Transaction
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import words
from differential_tests.machines.oracle.machine import KEEPER, PRECOMPILE, SELECTORS, OracleWorld
from reference.oracles.alpha_precompile import Mode, Question

TAO = 10**18
NETUID = 64


@pytest.fixture
def world() -> OracleWorld:
    """A chain with one subnet, at a price that is finer than the precompile states it."""
    world = OracleWorld(RevmChain())
    world.set_subnet(NETUID, TAO // 4 + 123_456_789, 1, 5_000)
    return world


def ask(world: OracleWorld, data: bytes, value: int = 0, gas: int = 200_000) -> Receipt:
    """Call the double with any data."""
    transaction = Transaction(world.chain.account(KEEPER), world.addresses[PRECOMPILE], data, value, gas)
    receipt = world.chain.send(transaction)
    assert receipt is not None
    return receipt


@pytest.mark.parametrize(
    ("question", "netuid", "expected"),
    [
        (Question.PRICE, NETUID, TAO // 4),
        (Question.MECHANISM, NETUID, 1),
        (Question.POOL, NETUID, 5_000),
        (Question.ALPHA, NETUID, 5_000 * TAO // (TAO // 4 + 123_456_789)),
        (Question.VOLUME, NETUID, 0),
        (Question.PRICE, 7, TAO),
        (Question.MECHANISM, 7, 0),
        (Question.POOL, 7, 0),
        (Question.ALPHA, 7, 0),
        (Question.VOLUME, 7, 0),
        (Question.PRICE, 0, TAO),
    ],
)
def test_answers(world: OracleWorld, question: Question, netuid: int, expected: int) -> None:
    assert ask(world, SELECTORS[question] + words(netuid)) == Receipt(None, words(expected))


def ask_pool(world: OracleWorld, netuid: int = NETUID) -> tuple[int, ...]:
    """Price, mechanism, TAO, alpha and counter."""
    questions = (Question.PRICE, Question.MECHANISM, Question.POOL, Question.ALPHA, Question.VOLUME)
    return tuple(
        int.from_bytes(ask(world, SELECTORS[question] + words(netuid)).output, "big") for question in questions
    )


def test_chn_5_a_swap_leaves_any_pool_and_any_counter(world: OracleWorld) -> None:
    """CHN-5:e176."""
    world.set_pool(NETUID, TAO // 2, 2**64 - 1, 2**64 - 2, 2**128 - 1)
    assert ask_pool(world) == (TAO // 2, 1, 2**64 - 1, 2**64 - 2, 2**128 - 1)
    world.set_pool(NETUID, TAO // 5, 7)
    assert ask_pool(world) == (TAO // 5, 1, 7, 2**64 - 2, 2**128 - 1)
    world.set_pool(NETUID, TAO // 5, 7, 8, 9)
    assert ask_pool(world) == (TAO // 5, 1, 7, 8, 9)


def test_a_swap_moves_the_sum(world: OracleWorld) -> None:
    world.set_pool(NETUID, TAO // 2, 1, 1, 1)
    assert ask(world, SELECTORS[Question.SUM]) == Receipt(None, words(TAO // 2))


def test_a_pool_without_a_mechanism_has_the_price_one(world: OracleWorld) -> None:
    world.set_pool(7, TAO // 2, 1, 2, 3)
    assert ask_pool(world, 7) == (TAO, 0, 1, 2, 3)


@pytest.mark.parametrize(
    ("price", "alpha"), [(TAO // 2, 10), (TAO * 3 // 10, 16), (1, 5 * TAO), (0, 0), (TAO * 11 // 2, 0)]
)
def test_chn_6_a_set_price_leaves_even_weights_and_the_counter(world: OracleWorld, price: int, alpha: int) -> None:
    """CHN-6:1870."""
    world.set_pool(NETUID, TAO, 5, 77, 88)
    world.set_prices([NETUID], [price], 0)
    assert ask_pool(world)[2:] == (5, alpha, 88)
    world.set_pool(NETUID, TAO, 6, 77, 88)
    world.set_subnet(NETUID, price, 1, 5)
    assert ask_pool(world)[2:] == (5, alpha, 88)


def test_chn_6_alpha_saturates_at_64_bits(world: OracleWorld) -> None:
    """CHN-6:1870."""
    world.set_subnet(NETUID, 1, 1, 18)
    assert ask_pool(world)[3] == 18 * TAO
    world.set_subnet(NETUID, 1, 1, 19)
    assert ask_pool(world)[3] == 2**64 - 1


def test_sum_leaves_out_root_and_one_tao_and_is_rounded_once(world: OracleWorld) -> None:
    half_step = 5 * 10**8
    world.set_subnet(NETUID, half_step, 1, 0)
    world.set_subnet(1, half_step, 1, 0)
    world.set_subnet(2, TAO, 1, 0)
    world.set_subnet(3, TAO // 2, 2, 0)
    world.set_subnet(0, TAO // 2, 1, 0)
    assert ask(world, SELECTORS[Question.SUM]) == Receipt(None, words(10**9))


PRICE = SELECTORS[Question.PRICE]
REVERTS = [
    (b"", 0, "Tried to read selector out of bounds"),
    (PRICE[:3], 0, "Tried to read selector out of bounds"),
    (b"\1\2\3\4", 0, "Unknown selector"),
    (b"\1\2\3\4", 5, "Unknown selector"),
    (PRICE, 0, "Expected at least 1 arguments"),
    (PRICE + words(NETUID)[:31], 0, "Expected at least 1 arguments"),
    (PRICE + words(2**16), 0, "netuid: Value is too large for uint16"),
    (PRICE + words(NETUID), 5, "Function is not payable"),
    (SELECTORS[Question.SUM], 5, "Function is not payable"),
]


@pytest.mark.parametrize(("data", "value", "text"), REVERTS)
def test_reverts_with_the_chain_s_texts(world: OracleWorld, data: bytes, value: int, text: str) -> None:
    assert ask(world, data, value) == Receipt(text)


def test_extra_calldata_is_accepted(world: OracleWorld) -> None:
    assert ask(world, PRICE + words(7, 8, 9)) == Receipt(None, words(TAO))


def test_disabled_view_burns_all_gas_and_returns_nothing(world: OracleWorld) -> None:
    world.set_mode(Question.PRICE.value, int(Mode.DISABLED))
    assert ask(world, PRICE + words(NETUID)) == Receipt(HALT)
    assert ask(world, SELECTORS[Question.POOL] + words(NETUID)).failure is None


def test_double_has_code(world: OracleWorld) -> None:
    assert artefact(PRECOMPILE).runtime
    assert world.addresses[PRECOMPILE] == "0x0000000000000000000000000000000000000808"
