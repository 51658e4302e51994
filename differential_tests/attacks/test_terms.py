"""What a trade that waits may become, with slippage alone and with a limit price and a deadline (T-29)."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.hidden import HOLD
from reference.math.units import WAD
from reference.modules.view import quote_decrease, quote_open
from reference.state.records import account_key

MARKET = 64
PRICE = ONE_TAO // 4
TRADER = TRADERS[0]
MARGIN, LEVERAGE = 10 * WAD, 3 * WAD
TWO_PERCENT = WAD // 50


def prepare(world: ProtocolWorld, is_guarded: bool) -> None:
    """A market that takes increases, a vault with cash, and a trader with cash."""
    world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, MARKET, is_guarded, "current", "", 0)
    world.do("seed", TREASURY, 1_000 * WAD)
    world.do("deposit", TRADER, TRADER, 0, 1_000 * WAD)
    world.advance(5, HOLD)


def outcome(world: ProtocolWorld, action: str, *arguments: object) -> str:
    """How an action of the trader ends."""
    before = world.outcomes.copy()
    world.do(action, TRADER, TRADER, 0, MARKET, *arguments)
    [ended] = world.outcomes - before
    return ended


def test_a_push_fills_at_twice_the_price_that_the_trader_saw() -> None:
    """IMP-8:d96b measures against the mark of the call itself: of a published market the pushed price."""
    world = ReferenceWorld()
    prepare(world, is_guarded=False)
    seen = quote_open(world.protocol, world.block, account_key(world.keys[TRADER], 0), MARKET, True, MARGIN, LEVERAGE)

    world.set_subnet(MARKET, 2 * PRICE, DYNAMIC, POOL_RAO)
    assert outcome(world, "open", True, MARGIN, LEVERAGE, TWO_PERCENT, seen.price * 102 // 100) == "PriceLimitReached"
    assert outcome(world, "open", True, MARGIN, LEVERAGE, TWO_PERCENT) == "success"

    position = world.protocol.position(account_key(world.keys[TRADER], 0), MARKET)
    assert 2 * position.size < seen.size * 101 // 100  # twice as dear, with no more than 2% of slippage


def test_a_trade_that_waits_follows_a_guarded_mark() -> None:
    """Four hours later the mark has gone 30% the wrong way, and 2% of it is still allowed."""
    world = ReferenceWorld()
    prepare(world, is_guarded=True)
    seen = quote_open(world.protocol, world.block, account_key(world.keys[TRADER], 0), MARKET, True, MARGIN, LEVERAGE)

    world.set_subnet(MARKET, PRICE * 13 // 10, DYNAMIC, POOL_RAO)
    for _ in range(240):
        world.advance(5, 60)
        world.do("poke", TRADER, MARKET)

    late = (True, MARGIN, LEVERAGE, TWO_PERCENT)
    assert outcome(world, "open", *late, seen.price * 102 // 100) == "PriceLimitReached"
    assert outcome(world, "open", *late, 0, 600 - 240 * 60) == "DeadlinePassed"
    assert outcome(world, "open", *late) == "success"
    position = world.protocol.position(account_key(world.keys[TRADER], 0), MARKET)
    assert position.size * 129 // 100 < seen.size


@pytest.mark.parametrize("is_long", [True, False])
def test_the_limit_is_the_worst_price_to_the_unit(is_long: bool) -> None:
    """IMP-17:59d3. At the limit a trade is filled, a unit beyond it is not: on the contract and on the reference."""
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    prepare(world, is_guarded=True)
    account = account_key(world.keys[TRADER], 0)
    worse = 1 if is_long else -1

    price = quote_open(world.protocol, world.block, account, MARKET, is_long, MARGIN, LEVERAGE).price
    given = (is_long, MARGIN, LEVERAGE, WAD)
    assert outcome(world, "open", *given, price - worse) == "PriceLimitReached"
    assert outcome(world, "open", *given, price) == "success"

    price = quote_open(world.protocol, world.block, account, MARKET, is_long, MARGIN, LEVERAGE).price
    assert outcome(world, "increase", *given[1:], price - worse) == "PriceLimitReached"
    assert outcome(world, "increase", *given[1:], price + worse) == "success"

    world.advance(1, 12)
    size = world.protocol.position(account, MARKET).size
    for action, closed in (("decrease", (size // 3,)), ("close", ())):
        left = world.protocol.position(account, MARKET).size
        price = quote_decrease(world.protocol, world.block, account, MARKET, *closed or (left,)).price
        assert outcome(world, action, *closed, WAD, price + worse) == "PriceLimitReached"
        assert outcome(world, action, *closed, WAD, price) == "success"
    world.sweep()


def test_the_deadline_is_the_last_second() -> None:
    """POS-18:f833. In the deadline's second a trade is in time, a second later it is not."""
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    prepare(world, is_guarded=True)
    assert outcome(world, "open", True, MARGIN, LEVERAGE, WAD, 0, -1) == "DeadlinePassed"
    assert outcome(world, "open", True, MARGIN, LEVERAGE, WAD, 0, 0) == "success"
    assert outcome(world, "increase", MARGIN, LEVERAGE, WAD, 0, -1) == "DeadlinePassed"
    assert outcome(world, "increase", MARGIN, LEVERAGE, WAD, 0, 1) == "success"
    world.advance(1, 12)
    assert outcome(world, "close", WAD, 0, -1) == "DeadlinePassed"
    assert outcome(world, "decrease", WAD, WAD, 0, 0) == "success"
    world.sweep()


@pytest.mark.parametrize("later", [(1, True, 0), (0, False, 0), (0, True, 1), (0, True, 2**256 - 1)])
def test_what_is_not_built_is_refused(later: tuple[int, bool, int]) -> None:
    world = MACHINES["protocol"].world(RevmChain())
    assert isinstance(world, ProtocolWorld)
    prepare(world, is_guarded=True)
    assert outcome(world, "open", True, MARGIN, LEVERAGE, WAD, 0, 0, *later) == "NotAvailable"
