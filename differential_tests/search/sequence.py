"""A sequence of moves in a world, and what it brings the coalition, luck taken out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Final

from differential_tests.search.moves import KINDS, Move, run, tell
from differential_tests.search.world import TRADERS, Setting, World, make_base, make_world
from differential_tests.search.worth import Worth, calculate_worth
from reference.math.units import WAD
from reference.state.records import WOUND_DOWN, Position, account_key

PATIENCE: Final = 72, 240
"""Periods for which the coalition waits at the end, until it can close where the true price is: in a subnet's market,
and in that of MTSOS."""
PERIOD: Final = 600, 21_600
"""Seconds, of each."""
PACE: Final = 60, 3_600
"""Seconds between pokes by then, of each."""
ARRIVED: Final = 500
"""The mark has arrived where it is within this part of the true price."""
CHEAP: Final = 200
"""A close is cheap where it costs this part of the notional, or less."""
EXIT_COST: Final = 250
"""What closing later costs, as far as a sequence that is not finished knows: this part of the notional."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Moves, in a world of this setting."""

    setting: Setting
    moves: tuple[Move, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"setting": asdict(self.setting), "moves": [list(move) for move in self.moves]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Sequence":
        """What `to_json` has written."""
        return cls(Setting(**content["setting"]), tuple(tuple(move) for move in content["moves"]))


@dataclass(frozen=True, slots=True)
class Step:
    """A move as it went. seconds: since the beginning. Prices: WAD. gain: in floored worth, wei; of a jump 0.

    revert: the name, or nothing.
    """

    seconds: int
    what: str
    revert: str
    true_price: int
    spot: int
    mark: int
    gain: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a sequence has brought, in wei.

    gain: of the coalition, luck and bad debt taken out. debt: bad debt that it has left to others. made: which moves
    have not reverted.
    """

    gain: int
    debt: int
    made: tuple[bool, ...]
    steps: tuple[Step, ...] = ()


def play(sequence: Sequence, is_finished: bool = True, is_told: bool = False) -> Result:
    """Play a sequence. is_finished: the coalition closes everything at the end; else it is charged for that.

    What a depositor would have gained without any move of the coalition but pokes is no gain.
    """
    world = make_world(sequence.setting)
    start, made, steps = calculate_worth(world), list[bool](), list[Step]()
    for move in sequence.moves:
        before = calculate_worth(world) if is_told else start
        revert = make(world, move)
        made.append(not revert)
        if is_told:
            steps.append(_tell(world, move, revert, before))

    open_cost = 0
    if is_finished:
        before = calculate_worth(world)
        world = finish(world)
        if is_told:
            steps.append(_tell(world, ("finish",), "", before))
    else:
        open_cost = sum(position.entry_notional for position in _find_positions(world)) // EXIT_COST

    run(world, ("poke",))
    end = calculate_worth(world)
    debt = end.debt - start.debt + world.luck - world.floored_luck
    gain = end.total - start.total - world.luck - open_cost
    if sequence.setting.depositor:
        gain -= _calculate_passive_gain(sequence.setting, _make_passive(sequence.moves), world.block.timestamp)
    return Result(gain + debt, -debt, tuple(made), tuple(steps))


def _make_passive(moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """The moves of the others: where the coalition touches the market, an honest poke does."""
    return tuple(
        ("poke",) if KINDS[move[0]].is_ours else move for move in moves if move[0] not in ("push", "pull", "wash")
    )


@lru_cache(maxsize=4096)
def _calculate_passive_gain(setting: Setting, moves: tuple[Move, ...], end: int) -> int:
    """What the coalition gains by then (seconds) where it does nothing (wei)."""
    world = make_world(setting)
    start = calculate_worth(world)
    for move in moves:
        make(world, move)
    if world.block.timestamp < end:
        world.setting = find_last_setting(setting)
        world.wait(end - world.block.timestamp)
    run(world, ("poke",))
    return calculate_worth(world).floored - start.floored - world.floored_luck


def find_last_setting(setting: Setting) -> Setting:
    """The setting at the end of a sequence: someone pokes every minute then, MTSOS every hour."""
    return replace(setting, pace=PACE[setting.is_index])


def forget() -> None:
    """Nothing is kept of what was played by other rules."""
    _calculate_passive_gain.cache_clear()
    make_base.cache_clear()


def make(world: World, move: Move) -> str:
    """A move; what prices alone do to the coalition's worth in it is luck. The name of its revert, or nothing."""
    if move[0] != "jump":
        return run(world, move)

    before = calculate_worth(world)
    revert = run(world, move)
    after = calculate_worth(world)
    world.luck += after.total - before.total
    world.floored_luck += after.floored - before.floored
    world.see()
    return revert


def _find_positions(world: World) -> Iterator[Position]:
    """The coalition's positions."""
    for trader in TRADERS:
        position = world.protocol.positions.get((account_key(trader, 0), world.key))
        if position is not None:
            yield position


def finish(world: World) -> World:
    """The world after the coalition has undone its swaps and closed its positions: in the better of two ways.

    It closes each position where the mark is at the true price, or earlier, where that is cheap.
    """
    run(world, ("pull",))
    patient, prompt = world, world.clone()
    _close_in_time(patient, is_prompt=False)
    _close_in_time(prompt, is_prompt=True)
    return max((patient, prompt), key=lambda each: calculate_worth(each).floored)


def _close_in_time(world: World, is_prompt: bool) -> None:
    """Wait until everything is closed."""
    kind = int(world.setting.is_index)
    world.setting = find_last_setting(world.setting)
    for _ in range(PATIENCE[kind]):
        _close_all(world, is_prompt)
        if not any(_find_positions(world)):
            return
        world.wait(PERIOD[kind])


def _close_all(world: World, is_prompt: bool) -> None:
    """Close the positions that can be closed well, the larger first, each by what is allowed."""
    market, protocol = world.market, world.protocol
    has_arrived = abs(market.mark - world.true_price) * ARRIVED <= world.true_price
    found = [(trader, protocol.positions.get((account_key(trader, 0), world.key))) for trader in TRADERS]
    for trader, position in sorted(found, key=lambda each: -each[1].size if each[1] else 0):
        if position and (
            has_arrived or market.status == WOUND_DOWN or (is_prompt and _is_cheap(world, trader, position))
        ):
            _close(world, trader)


def _is_cheap(world: World, trader: int, position: Position) -> bool:
    """Whether closing a position now costs little of its notional."""
    tried = world.clone()
    _close(tried, trader)
    lost = calculate_worth(world).floored - calculate_worth(tried).floored
    return lost * CHEAP <= position.entry_notional


def _close(world: World, trader: int) -> None:
    if run(world, ("close", TRADERS.index(trader))):
        run(world, ("leave", TRADERS.index(trader)))


def _tell(world: World, move: Move, revert: str, before: Worth) -> Step:
    market, after = world.market, calculate_worth(world)
    return Step(
        seconds=world.block.timestamp - world.began_at,
        what=tell(world, move) if move[0] in KINDS else "close all at the true price",
        revert=revert,
        true_price=world.true_price,
        spot=world.pool.price,
        mark=market.mark,
        gain=0 if move[0] == "jump" else after.floored - before.floored,
    )


def show_tao(amount: int) -> str:
    """An amount (wei, signed) in TAO, to a thousandth."""
    return f"{amount / WAD:+,.3f}"
