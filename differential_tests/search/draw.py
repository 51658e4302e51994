"""Drawn sequences, and changes of those that were found: numbers, moves left out, added, exchanged, and two spliced."""

from dataclasses import replace
from random import Random
from typing import Any, Final

from differential_tests.search.moves import KINDS, PART, TRADER, Move, Number, limit_wait
from differential_tests.search.sequence import Sequence
from differential_tests.search.world import Setting

MAX_MOVES: Final = 24
MAX_POKES: Final = 150
"""Pokes in a sequence: they take the time."""
SETTINGS: Final[dict[str, tuple[int, ...]]] = {
    "is_index": (False, False, True),
    "pool": (10_000,),
    "vault": (5_000,),
    "power": (200, 200, 200, 210),
    "pace": (60, 60, 60, 60, 600, 3_600, 0),
    "depositor": (0, 0, 0, 50, 90),
    "honest": (0, 0, 0, 200),
}
"""The values of a setting, some more often than others."""
WEIGHTS: Final = {
    "wait": 8,
    "jump": 4,
    "delist": 1,
    "push": 4,
    "pull": 4,
    "wash": 1,
    "poke": 4,
    "open": 8,
    "close": 4,
    "decrease": 2,
    "add": 1,
    "remove": 3,
    "liquidate": 2,
    "wind_down": 1,
    "leave": 1,
    "deposit": 1,
    "redeem": 1,
    "cancel": 1,
    "cut_off": 1,
    "settle": 1,
    "claim": 1,
}
"""How often each kind of move is drawn."""
TRADES: Final = (
    "open",
    "open",
    "open",
    "close",
    "close",
    "decrease",
    "add",
    "remove",
    "remove",
    "liquidate",
    "wind_down",
)
DEPOSITS: Final = ("deposit", "redeem", "cancel", "cut_off", "settle", "claim")


def draw_number(random: Random, number: Number) -> int:
    """A usual value most of the time."""
    if random.random() < 0.7:
        return random.choice(number.usual)
    return random.randint(number.lowest, number.highest)


def draw_move(random: Random, name: str = "") -> Move:
    """A move of a kind, or of any."""
    name = name or random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    return (name, *(draw_number(random, number) for number in KINDS[name].numbers))


def draw_setting(random: Random) -> Setting:
    """A world."""
    drawn: Any = {name: random.choice(values) for name, values in SETTINGS.items()}
    return _suit(Setting(**drawn))


def _suit(setting: Setting) -> Setting:
    """The pool of MTSOS is a parameter, and large; it is poked each hour.

    Nobody else has a position there: for weeks honest ones would pay funding that no owner would pay.
    """
    if setting.is_index:
        return replace(setting, pool=50_000, power=200, honest=0, pace=3_600 if setting.pace else 0)
    return replace(setting, pool=10_000)


def draw_sequence(random: Random) -> Sequence:
    """Trades, a jump, and what a coalition may do then: each part may be missing."""
    moves: list[Move] = []
    if random.random() < 0.7:
        moves += _draw_opening(random)
        moves.append(draw_move(random, "wait"))
    if random.random() < 0.1:
        moves.append(draw_move(random, "delist"))
    for _ in range(random.choice((1, 1, 1, 2))):
        if random.random() < 0.8:
            moves.append(draw_move(random, "jump"))
        if random.random() < 0.6:
            moves.append(draw_move(random, "wait"))
        for _ in range(random.choice((1, 1, 2, 3))):
            moves += _draw_block(random)
            if random.random() < 0.5:
                moves.append(draw_move(random, "wait"))
    return Sequence(draw_setting(random), tuple(moves))


def _draw_block(random: Random) -> list[Move]:
    """Trades as they are, margin out of both positions, or trades within a push, of one transaction or held."""
    trades = [draw_move(random, random.choice(TRADES)) for _ in range(random.choice((1, 1, 2)))]
    kind = random.random()
    if kind < 0.25:
        return trades
    if kind < 0.33:
        return [("remove", trader, draw_number(random, PART)) for trader in (0, 1)]
    if kind < 0.4:
        return [draw_move(random, random.choice(DEPOSITS)) for _ in range(random.choice((1, 2, 3)))]
    if kind < 0.75:
        return [draw_move(random, "push"), *trades, ("pull",)]
    if kind < 0.9:
        return [draw_move(random, "push"), ("poke",), draw_move(random, "wait"), *trades, ("pull",)]
    return [draw_move(random, "push"), ("poke",), ("pull",), draw_move(random, "wait")] * 2 + trades


def _draw_opening(random: Random) -> list[Move]:
    """A position, a straddle, or anything."""
    kind = random.random()
    if kind < 0.5:
        return [draw_move(random, "open")]
    return _draw_straddle(random) if kind < 0.8 else _draw_block(random)


def _draw_straddle(random: Random) -> list[Move]:
    """A long and a short of one size, in parts that add nothing to the skew for long."""
    parts = random.choice((1, 2, 4))
    _, _, _, notional, leverage = draw_move(random, "open")
    notional = max(notional // parts, 1)
    return [("open", trader, is_long, notional, leverage) for _ in range(parts) for trader, is_long in ((0, 1), (1, 0))]


def mutate(random: Random, sequence: Sequence, others: list[Sequence]) -> Sequence:
    """One to three changes. others: what it may be spliced with."""
    for _ in range(random.choice((1, 1, 2, 3))):
        sequence = _mutate_once(random, sequence, others)
    return sequence


def _mutate_once(random: Random, sequence: Sequence, others: list[Sequence]) -> Sequence:
    moves = list(sequence.moves)
    place = random.randrange(len(moves) + 1)
    kind = random.random()
    if kind < 0.05:
        name = random.choice(list(SETTINGS))
        return replace(sequence, setting=_change_setting(random, sequence.setting, name))
    if kind < 0.45 and moves:
        place = random.randrange(len(moves))
        moves[place] = _nudge(random, moves[place])
    elif kind < 0.55 and moves:
        del moves[random.randrange(len(moves))]
    elif kind < 0.70:
        moves.insert(place, draw_move(random))
    elif kind < 0.80:
        moves[place:place] = _draw_block(random)
    elif kind < 0.87 and len(moves) > 1:
        other = random.randrange(len(moves))
        moves[place - 1], moves[other] = moves[other], moves[place - 1]
    elif kind < 0.94 and moves:
        moves.insert(place, random.choice(moves))
    elif others:
        tail = random.choice(others).moves
        moves[place:] = tail[random.randrange(len(tail) + 1) :]
    return replace(sequence, moves=tuple(moves))


def _change_setting(random: Random, setting: Setting, name: str) -> Setting:
    changed: Any = {name: random.choice(SETTINGS[name])}
    return _suit(replace(setting, **changed))


def limit(sequence: Sequence, accounts: int) -> Sequence:
    """The sequence with so many traders, and no longer than MAX_MOVES and MAX_POKES."""
    pokes, moves = 0.0, list[Move]()
    for move in sequence.moves:
        if move[0] == "wait" and sequence.setting.pace:
            pokes += limit_wait(sequence.setting, move[1]) / sequence.setting.pace
        if pokes > MAX_POKES or len(moves) == MAX_MOVES:
            break
        has_trader = KINDS[move[0]].numbers[:1] == (TRADER,)
        moves.append((move[0], move[1] % accounts, *move[2:]) if has_trader else move)
    return replace(sequence, moves=tuple(moves))


def _nudge(random: Random, move: Move) -> Move:
    """The same move with a number a little different, or drawn again."""
    numbers = KINDS[move[0]].numbers
    if not numbers:
        return move
    place = random.randrange(len(numbers))
    number, value = numbers[place], move[place + 1]
    if random.random() < 0.4:
        value = draw_number(random, number)
    else:
        value += round(value * random.gauss(0, 0.2)) or random.choice((-1, 1))
    return (*move[: place + 1], min(max(value, number.lowest), number.highest), *move[place + 2 :])
