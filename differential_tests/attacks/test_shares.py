"""The attacks of spec/shares-attacks.md, tried on the reference: what they gain, and what they would without a rule."""

import pytest

from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.invariants import calculate_position_equity
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.shares import calculate_assets_down
from reference.math.units import RAO, WAD
from reference.modules.shares import CUT_PERIOD, VOID_PERIOD, WINDOW_PERIOD
from reference.modules.view import read_nav

MARKET = 64
PRICE = ONE_TAO // 4
ATTACKER, HONEST, TRADER, OTHER = TRADERS[:4]
MINUTE = 60


def make_world(seed: int = 1_000, is_guarded: bool = True) -> ReferenceWorld:
    """A market, a vault with the treasury's cash (TAO), and traders with cash."""
    world = ReferenceWorld()
    world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, MARKET, is_guarded, "current", "", 0)
    if seed:
        world.do("seed", TREASURY, seed * WAD)
    for trader in TRADERS:
        world.do("deposit", trader, trader, 0, 1_000 * WAD)
    return world


def do(world: ReferenceWorld, action: str, *arguments: object) -> None:
    """An action that must succeed."""
    before = world.outcomes["success"]
    world.do(action, *arguments)
    assert world.outcomes["success"] == before + 1, (action, world.outcomes)


def refused(world: ReferenceWorld, outcome: str, action: str, *arguments: object) -> None:
    """An action that must be refused."""
    before = world.outcomes[outcome]
    world.do(action, *arguments)
    assert world.outcomes[outcome] == before + 1, (action, world.outcomes)


def cut(world: ReferenceWorld) -> None:
    """The window closes."""
    world.advance(1, WINDOW_PERIOD)
    do(world, "cut_off", KEEPER)


def settle(world: ReferenceWorld, pokes: int = 0) -> None:
    """The hour goes by, with pokes or without, and the epoch is settled."""
    for _ in range(pokes):
        world.advance(1, CUT_PERIOD // pokes)
        world.do("poke", KEEPER, MARKET)
    world.advance(1, MINUTE if pokes else CUT_PERIOD)
    do(world, "settle", KEEPER)


def epoch(world: ReferenceWorld) -> None:
    """An epoch with nothing in between; all that it gives is claimed."""
    cut(world)
    settle(world)
    claim_all(world)


def claim_all(world: ReferenceWorld) -> None:
    """Everybody claims."""
    for number, controller in tuple(world.protocol.requests):
        if number < world.protocol.window.number:
            world.do("claim_request", KEEPER, number, world.keys.index(controller))


def join(world: ReferenceWorld, depositor: int, amount: int) -> None:
    """Somebody deposits (wei), and has the shares."""
    do(world, "request_deposit", depositor, depositor, amount)
    epoch(world)


def held(world: ReferenceWorld, owner: int) -> int:
    """Shares of somebody."""
    return world.protocol.share.balance(world.keys[owner])


def worth(world: ReferenceWorld, owner: int) -> int:
    """Free cash, equity and shares (at the NAV as it is stored) of somebody (wei)."""
    protocol, account = world.protocol, world.account(owner, 0)
    equity = sum(
        calculate_position_equity(protocol, market, position)
        for (who, market), position in protocol.positions.items()
        if who == account
    )
    value = calculate_assets_down(held(world, owner), read_nav(protocol), protocol.share.supply)
    return protocol.account(account).cash + equity + value


def price(world: ReferenceWorld) -> int:
    """Of a whole share (wei)."""
    return calculate_assets_down(10**24, read_nav(world.protocol), world.protocol.share.supply)


# ------------------------------------------------------------ A: sandwiching an epoch


def test_a_loss_of_traders_is_in_the_price_before_it_is_realised() -> None:
    """Deposit before a loser closes, redeem after: what is gained is a part of the fees of that close, no more."""
    world = make_world()
    join(world, HONEST, 1_000 * WAD)
    do(world, "open", TRADER, TRADER, 0, MARKET, True, 100 * WAD, 3 * WAD, WAD)
    world.do("drift", MARKET, PRICE * 93 // 100, 200, MINUTE)
    do(world, "request_deposit", ATTACKER, ATTACKER, 1_000 * WAD)
    cut(world)
    refused(world, "WindowClosed", "request_deposit", OTHER, OTHER, WAD)
    settle(world, 60)
    claim_all(world)
    before, nav = price(world), read_nav(world.protocol)
    do(world, "close", TRADER, TRADER, 0, MARKET, WAD)
    gained = read_nav(world.protocol) - nav
    assert round(gained / WAD, 3) == 0.954, "fee, gap and impact of 280 TAO; the loss of 21 TAO was in the price"
    assert round(price(world) / before - 1, 5) == 0.00031


def test_nobody_takes_back_what_was_asked_when_the_price_is_known() -> None:
    world = make_world()
    join(world, ATTACKER, 100 * WAD)
    do(world, "request_redeem", ATTACKER, held(world, ATTACKER) // 2, ATTACKER)
    cut(world)
    refused(world, "WindowClosed", "cancel_request", ATTACKER)
    refused(world, "SettlementTooEarly", "settle", ATTACKER)


# ------------------------------------------------------------ B: inflating the share


@pytest.mark.parametrize("seed", [0, 1_000])
@pytest.mark.parametrize("donated", [1, 1_000, 100_000])
def test_inflating_the_share_costs_more_than_it_brings(seed: int, donated: int) -> None:
    """First with a rao, then a gift, then a victim's deposit; donated: TAO."""
    world = make_world(seed)
    join(world, ATTACKER, RAO)
    start = price(world)
    do(world, "donate", ATTACKER, False, donated * WAD)
    assert price(world) > start
    victim = 100 * WAD
    join(world, HONEST, victim)
    value = calculate_assets_down(held(world, HONEST), read_nav(world.protocol), world.protocol.share.supply)
    got = calculate_assets_down(held(world, ATTACKER), read_nav(world.protocol), world.protocol.share.supply)
    assert got < RAO + donated * WAD, "the attacker has lost"
    assert victim - value <= max(victim // 1_000, 1), "the victim has not"


# ------------------------------------------------------------ C: timing a loss


def price_of_a_known_loss(pokes: int) -> tuple[int, int]:
    """Spot jumps against the vault, just within the band, and somebody asks to leave at once.

    The epoch's price (wei), after an hour with so many pokes, and the price when the mark has followed.
    """
    world, jump = make_world(), PRICE * 108 // 100
    join(world, ATTACKER, 500 * WAD)
    do(world, "open", TRADER, TRADER, 0, MARKET, True, 200 * WAD, 3 * WAD, WAD)
    world.advance(1, WINDOW_PERIOD)
    world.do("poke", KEEPER, MARKET)
    world.advance(1, 12)
    world.set_prices([MARKET], [jump], world.precompile.other_sum)
    do(world, "request_redeem", ATTACKER, held(world, ATTACKER) // 100, ATTACKER)
    do(world, "cut_off", ATTACKER)
    settle(world, pokes)
    [*_, settled] = world.protocol.epochs.values()
    world.do("drift", MARKET, jump, 300, MINUTE)
    return calculate_assets_down(10**24, settled.nav, settled.supply), price(world)


def test_the_hour_takes_most_of_a_loss_that_was_known() -> None:
    (idle, _), (poked, fair) = price_of_a_known_loss(0), price_of_a_known_loss(60)
    assert fair < poked < idle
    assert (idle - fair) * 100 < fair * 4, "8% of an exposure of 40% of the vault"
    assert (poked - fair) * 3 < idle - fair, "most of it is gone after an hour of pokes"


# ------------------------------------------------------------ D: trading against one's own vault


@pytest.mark.parametrize("scenario", range(12))
def test_a_whale_gains_nothing_from_its_own_vault_at_a_constant_price(scenario: int) -> None:
    """The attacker has nearly all shares, trades from two accounts, and settles when it likes."""
    choices = SeededChoices(f"whale/{scenario}")
    world = make_world(seed=10)
    join(world, ATTACKER, choices.pick((100, 1_000, 10_000)) * WAD)
    start, honest = worth(world, ATTACKER) + worth(world, OTHER), price(world)
    for _ in range(25):
        who = choices.pick((ATTACKER, OTHER))
        account = world.account(who, 0)
        if (account, MARKET) in world.protocol.positions:
            if choices.integer(0, 1):
                world.do("close", who, who, 0, MARKET, WAD)
            else:
                world.do("decrease", who, who, 0, MARKET, world.protocol.positions[account, MARKET].size // 3, WAD)
        else:
            margin = choices.integer(1, 100) * WAD
            world.do(
                "open", who, who, 0, MARKET, bool(choices.integer(0, 1)), margin, choices.pick((WAD, 3 * WAD)), WAD
            )
        if choices.integer(0, 4) == 0:
            if choices.integer(0, 1):
                world.do("request_redeem", ATTACKER, held(world, ATTACKER) // 10, ATTACKER)
            else:
                world.do("request_deposit", ATTACKER, ATTACKER, WAD)
                start += WAD
            world.do("turn", ATTACKER, WINDOW_PERIOD, CUT_PERIOD, 100, 0)
            claim_all(world)
        world.advance(1, 12)
    for who in (ATTACKER, OTHER):
        world.do("close", who, who, 0, MARKET, WAD)
    assert world.protocol.epochs
    assert worth(world, ATTACKER) + worth(world, OTHER) <= start
    assert price(world) >= honest, "whoever else has shares has lost nothing by it"


# ------------------------------------------------------------ E: redeeming before bad debt lands


def hide_bad_debt() -> ReferenceWorld:
    """A position far below 0 beside a stranger's large margin, whom it is netted with; the attacker asks to leave."""
    world = make_world(is_guarded=False)
    join(world, ATTACKER, 1_000 * WAD)
    do(world, "open", TRADER, TRADER, 0, MARKET, True, 100 * WAD, 5 * WAD, WAD)
    do(world, "open", OTHER, OTHER, 0, MARKET, True, 400 * WAD, WAD, WAD)
    do(world, "request_redeem", ATTACKER, held(world, ATTACKER) // 3, ATTACKER)
    world.advance(1, WINDOW_PERIOD)
    world.set_prices([MARKET], [PRICE * 55 // 100], world.precompile.other_sum)
    do(world, "cut_off", ATTACKER)
    return world


def test_bad_debt_that_is_liquidated_in_the_hour_is_in_the_price() -> None:
    """Without a keeper the attacker leaves at a price that hides it; with one it does not leave at that price."""
    idle = hide_bad_debt()
    settle(idle)
    [*_, hidden] = idle.protocol.epochs.values()
    liquidated = hide_bad_debt()
    do(liquidated, "liquidate", KEEPER, TRADER, 0, MARKET)
    liquidated.advance(1, CUT_PERIOD)
    before = liquidated.outcomes["SharePriceMoved"]
    liquidated.do("settle", KEEPER)
    assert liquidated.outcomes["SharePriceMoved"] == before + 1, "the hidden loss is more than 5%: nobody leaves"
    assert read_nav(liquidated.protocol) < hidden.nav - 100 * WAD


# ------------------------------------------------------------ F, G: holding the others in, choosing the moment


def test_a_gift_blocks_one_epoch_and_is_the_depositors() -> None:
    world = make_world()
    join(world, HONEST, 1_000 * WAD)
    do(world, "request_redeem", HONEST, held(world, HONEST) // 10, HONEST)
    refused(world, "WindowTooShort", "cut_off", ATTACKER)
    cut(world)
    before = price(world)
    do(world, "donate", ATTACKER, False, read_nav(world.protocol) // RAO * RAO // 10)
    world.advance(1, CUT_PERIOD)
    refused(world, "SharePriceMoved", "settle", KEEPER)
    world.advance(1, VOID_PERIOD)
    epoch(world)
    assert price(world) >= before * 109 // 100


def test_the_first_second_is_anybody_s_and_a_later_one_has_the_same_bound() -> None:
    world = make_world(is_guarded=False)
    join(world, HONEST, 1_000 * WAD)
    do(world, "open", TRADER, TRADER, 0, MARKET, True, 300 * WAD, WAD, WAD)
    cut(world)
    world.advance(1, CUT_PERIOD - 1)
    refused(world, "SettlementTooEarly", "settle", OTHER)
    world.advance(1, 1)
    world.set_prices([MARKET], [PRICE // 2], world.precompile.other_sum)
    refused(world, "SharePriceMoved", "settle", ATTACKER)
    world.set_prices([MARKET], [PRICE], world.precompile.other_sum)
    do(world, "settle", OTHER)


# ------------------------------------------------------------ empty and insolvent vaults


def test_all_shares_at_once_leave_what_open_positions_need() -> None:
    world = make_world(seed=0)
    join(world, HONEST, 1_000 * WAD)
    do(world, "open", TRADER, TRADER, 0, MARKET, True, 200 * WAD, 2 * WAD, WAD)
    cash = world.protocol.vault.cash
    do(world, "request_redeem", HONEST, held(world, HONEST), HONEST)
    epoch(world)
    left = world.protocol.vault.cash
    assert left * 10 >= cash * 6
    assert held(world, HONEST) > 0, "the rest of the shares came back"
    do(world, "close", TRADER, TRADER, 0, MARKET, WAD)


def test_a_void_epoch_lets_everybody_out() -> None:
    world = make_world()
    do(world, "request_deposit", HONEST, HONEST, 100 * WAD)
    cut(world)
    world.advance(1, VOID_PERIOD)
    refused(world, "EpochNotCut", "settle", KEEPER)
    do(world, "cancel_request", HONEST)
    assert world.protocol.window.assets == 0


def test_what_was_there_before_the_first_share_is_the_treasury_s() -> None:
    world = make_world(seed=500)
    do(world, "donate", KEEPER, False, 500 * WAD)
    join(world, HONEST, 1_000 * WAD)
    assert held(world, TREASURY) == held(world, HONEST) == 10**27
