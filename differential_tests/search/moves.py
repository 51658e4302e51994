"""What can happen in a sequence: moves of the coalition, and those of the world around it.

A move is a name and whole numbers. Sizes are in hundredths of a percent of the pool (of 10,000 TAO: in TAO), prices in
hundredths of a percent of the true one. A move that reverts has done nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from differential_tests.machines.alpha_pool import SwapError
from differential_tests.search.world import (
    ANY_PRICE,
    BASIS,
    DEPOSITOR,
    PERCENT,
    STAFF,
    TRADERS,
    Setting,
    World,
)
from reference.errors import AmountZero, MegaTAOError
from reference.math.units import RAO, WAD
from reference.modules.decrease import process_close, process_decrease
from reference.modules.liquidation import process_liquidate
from reference.modules.margin import process_add_margin, process_remove_margin
from reference.modules.market import process_close_wound_down, process_delist, process_poke, process_wind_down
from reference.modules.open import process_increase, process_open
from reference.modules.shares import (
    process_cancel_request,
    process_claim_request,
    process_cut_off,
    process_request_deposit,
    process_request_redeem,
    process_settle,
)
from reference.state.records import account_key

Move = tuple[Any, ...]
"""A name and its numbers."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a move: the values that are drawn first, and the bounds of all."""

    usual: tuple[int, ...]
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of move. says: in words, with its numbers as TAO, percent and so on. is_ours: of the coalition."""

    run: Callable[..., object]
    numbers: tuple[Number, ...]
    says: Callable[..., str]
    is_ours: bool = True


def run(world: World, move: Move) -> str:
    """Make a move; the name of its revert, or nothing."""
    try:
        KINDS[move[0]].run(world, *move[1:])
    except (MegaTAOError, SwapError) as error:
        return type(error).__name__
    return ""


def calculate_tao(setting: Setting, parts: int) -> int:
    """Hundredths of a percent of the pool as it began, in wei."""
    return setting.pool * parts * WAD // BASIS


def _account(trader: int) -> int:
    return account_key(TRADERS[trader], 0)


def limit_wait(setting: Setting, seconds: int) -> int:
    """Seconds for which a sequence waits."""
    return min(seconds, LONGEST[setting.is_index])


def _open(world: World, trader: int, is_long: int, notional: int, leverage: int) -> None:
    """Opens a position, or increases the one that is there on this side."""
    protocol, account = world.protocol, _account(trader)
    margin = calculate_tao(world.setting, notional) * 10 // leverage
    common = (protocol, world.block, TRADERS[trader], account, world.key)
    position = protocol.positions.get((account, world.key))
    if position is not None and position.is_long == bool(is_long):
        process_increase(*common, margin, leverage * WAD // 10, ANY_PRICE)
    else:
        process_open(*common, bool(is_long), margin, leverage * WAD // 10, ANY_PRICE)


def _close(world: World, trader: int) -> None:
    process_close(world.protocol, world.block, TRADERS[trader], _account(trader), world.key, ANY_PRICE)


def _decrease(world: World, trader: int, percent: int) -> None:
    size = world.protocol.position(_account(trader), world.key).size * percent // PERCENT
    process_decrease(world.protocol, world.block, TRADERS[trader], _account(trader), world.key, size, ANY_PRICE)


def _add(world: World, trader: int, amount: int) -> None:
    amount = calculate_tao(world.setting, amount)
    process_add_margin(world.protocol, world.block, TRADERS[trader], _account(trader), world.key, amount)


def _remove(world: World, trader: int, percent: int) -> None:
    margin = world.protocol.position(_account(trader), world.key).margin * percent // PERCENT
    if margin <= 0:
        raise AmountZero
    process_remove_margin(world.protocol, world.block, TRADERS[trader], _account(trader), world.key, margin)


def _liquidate(world: World, trader: int) -> None:
    process_liquidate(world.protocol, world.block, TRADERS[1 - trader], _account(trader), world.key)


def _push(world: World, ratio: int) -> None:
    world.push(world.true_price * (BASIS + ratio) // BASIS)


def _wash(world: World, amount: int) -> None:
    before = world.alpha
    world.buy(calculate_tao(world.setting, amount) // RAO)
    world.sell(world.alpha - before)


def _deposit(world: World, percent: int) -> None:
    amount = world.setting.vault * percent // PERCENT * WAD
    process_request_deposit(world.protocol, world.block, DEPOSITOR, DEPOSITOR, DEPOSITOR, amount)
    world.tao -= amount


def _redeem(world: World, percent: int) -> None:
    shares = world.protocol.share.balance(DEPOSITOR) * percent // PERCENT
    process_request_redeem(world.protocol, world.block, DEPOSITOR, shares, DEPOSITOR, DEPOSITOR)


def _claim(world: World) -> None:
    process_claim_request(world.protocol, world.protocol.window.number - 1, DEPOSITOR)


TRADER: Final = Number((0, 1), 0, 1)
SIDE: Final = Number((0, 1), 0, 1)
NOTIONAL: Final = Number((20, 50, 100, 200, 400, 450), 1, 1_000)
LEVERAGE: Final = Number((10, 20, 30, 40, 45, 49), 10, 50)
"""Tenths."""
PART: Final = Number((10, 25, 40, 50, 60, 75, 90), 1, 100)
PUSH: Final = Number((-3_000, -2_000, -1_000, -500, 200, 500, 1_000, 1_200, 2_000, 3_000, 4_500), -6_000, 15_000)
JUMP: Final = Number((-5_000, -3_500, -3_000, -2_500, -2_000, -1_000, -500, 500, 1_000, 2_500, 4_000), -6_000, 10_000)
SECONDS: Final = Number((12, 12, 12, 24, 48, 60, 60, 120, 300, 600, 900, 1_800, 3_600, 86_400), 12, 86_400)
LONGEST: Final = 3_600, 86_400
"""Seconds for which a sequence waits at once: in a subnet's market, and in that of MTSOS."""


def _who(trader: int) -> str:
    return ("first", "second")[trader]


KINDS: Final[dict[str, Kind]] = {
    "wait": Kind(
        lambda world, seconds: world.wait(limit_wait(world.setting, seconds)),
        (SECONDS,),
        lambda world, seconds: f"{limit_wait(world.setting, seconds)} s pass",
        False,
    ),
    "jump": Kind(
        lambda world, ratio: world.jump(BASIS + ratio),
        (JUMP,),
        lambda _, ratio: f"the true price moves by {ratio / 100:+g}%",
        False,
    ),
    "delist": Kind(
        lambda world: process_delist(world.protocol, world.block, STAFF, world.key),
        (),
        lambda _: "the admin delists the market",
        False,
    ),
    "push": Kind(_push, (PUSH,), lambda _, ratio: f"push the pool to {ratio / 100:+g}% of the true price"),
    "pull": Kind(World.pull, (), lambda _: "undo all swaps"),
    "wash": Kind(_wash, (Number((100, 500, 2_000), 1, 20_000),), lambda world, amount: f"wash {_tao(world, amount)}"),
    "poke": Kind(
        lambda world: process_poke(world.protocol, world.block, world.key),
        (),
        lambda _: "poke",
    ),
    "open": Kind(
        _open,
        (TRADER, SIDE, NOTIONAL, LEVERAGE),
        lambda world, trader, is_long, notional, leverage: (
            f"{_who(trader)} trader opens a {'long' if is_long else 'short'} of {_tao(world, notional)} "
            f"at {leverage / 10:g}"
        ),
    ),
    "close": Kind(_close, (TRADER,), lambda _, trader: f"{_who(trader)} trader closes"),
    "decrease": Kind(_decrease, (TRADER, PART), lambda _, trader, percent: f"{_who(trader)} trader closes {percent}%"),
    "add": Kind(
        _add,
        (TRADER, Number((10, 50, 100), 1, 1_000)),
        lambda world, trader, amount: f"{_who(trader)} trader adds {_tao(world, amount)} of margin",
    ),
    "remove": Kind(
        _remove,
        (TRADER, PART),
        lambda _, trader, percent: f"{_who(trader)} trader removes {percent}% of the margin",
    ),
    "liquidate": Kind(
        _liquidate, (TRADER,), lambda _, trader: f"{_who(1 - trader)} trader liquidates the {_who(trader)} one"
    ),
    "wind_down": Kind(
        lambda world: process_wind_down(world.protocol, world.block, world.key), (), lambda _: "wind the market down"
    ),
    "leave": Kind(
        lambda world, trader: process_close_wound_down(world.protocol, world.block, _account(trader), world.key),
        (TRADER,),
        lambda _, trader: f"{_who(trader)} trader leaves at the frozen mark",
    ),
    "deposit": Kind(_deposit, (PART,), lambda _, percent: f"ask to deposit {percent}% of the vault"),
    "redeem": Kind(_redeem, (PART,), lambda _, percent: f"ask to redeem {percent}% of the shares"),
    "cancel": Kind(
        lambda world: process_cancel_request(world.protocol, world.block, DEPOSITOR), (), lambda _: "cancel the request"
    ),
    "cut_off": Kind(lambda world: process_cut_off(world.protocol, world.block), (), lambda _: "cut the epoch off"),
    "settle": Kind(lambda world: process_settle(world.protocol, world.block), (), lambda _: "settle the epoch"),
    "claim": Kind(_claim, (), lambda _: "claim what was settled"),
}


def _tao(world: World, parts: int) -> str:
    return f"{calculate_tao(world.setting, parts) / WAD:g} TAO"


def tell(world: World, move: Move) -> str:
    """A move in words."""
    return KINDS[move[0]].says(world, *move[1:])
