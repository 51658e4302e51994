"""What the rules leave to a coalition: one table, which the chapter of threats prints, and by which a search judges.

Whatever is found beyond it is a fault of the rules, or of this table. Bad debt is not in it: a jump beyond the margin
makes it, and a search tells it apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from differential_tests.search.moves import Move, calculate_tao, limit_wait
from differential_tests.search.sequence import Sequence
from differential_tests.search.world import BASIS, PERCENT, Setting

HOLD: Final = 60
"""Seconds: a push that is held for longer can be the price that counts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bound goes by. notional: of all that was opened, wei.

    move, push: the largest jump and the largest push, by how much either price is above the other (parts of BASIS).
    held: seconds for which pushes were held, the longest. names: of the moves.
    """

    setting: Setting
    notional: int
    move: int
    push: int
    held: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Residual:
    """A class of sequences and what it may gain: parts (BASIS) of the notional, and of that times jump or push."""

    name: str
    says: str
    is_of: Callable[[Facts], bool]
    notional: int = 0
    move: int = 0
    push: int = 0

    def calculate_bound(self, facts: Facts) -> int:
        """The most that a sequence of this class may gain (wei)."""
        rate = self.notional + (self.move * facts.move + self.push * facts.push) // BASIS
        return facts.notional * rate // BASIS

    def tell_bound(self) -> str:
        """The bound in words."""
        parts = (
            (self.notional, "of the notional"),
            (self.move, "of it times the jump"),
            (self.push, "of it times the push"),
        )
        return " and ".join(f"{part * PERCENT / BASIS:g}% {of}" for part, of in parts if part) or "nothing"


RESIDUALS: Final = (
    Residual("any other", "what is pushed and pulled within a minute is in the start of every fill", lambda _: True),
    Residual(
        "a liquidation after a jump",
        "it pays the mark, without impact, where that has been within 2% of the pool for ten minutes",
        lambda facts: facts.move > 0 and facts.notional > 0,
        notional=100,
    ),
    Residual(
        "a pool of uneven weights",
        "its price may go with the power 2.1 of its TAO, and 2 is reckoned with: of a price 10% away 1.0% stays hidden",
        lambda facts: facts.setting.power > 200,
        notional=100,
    ),
    Residual(
        "a push that is held for a minute or longer",
        "it is the price that readings and mark know; others who trade against it are not reckoned with",
        lambda facts: facts.held >= HOLD,
        notional=100,
        push=BASIS,
    ),
    Residual(
        "MTSOS with a push",
        "its sum has no counter: what no feed has seen is hidden by a push, and of what closes a position all but 5%",
        lambda facts: facts.setting.is_index and "push" in facts.names,
        notional=100,
        move=BASIS,
    ),
    Residual(
        "MTSOS, delisted",
        "it is wound down where the mark is within 5% of the sum, which two pushed feeds bring about",
        lambda facts: facts.setting.is_index and "wind_down" in facts.names,
        notional=500,
        move=BASIS,
    ),
)
"""The later ones are more special: the last that applies is the class of a sequence."""


def find_facts(sequence: Sequence) -> Facts:
    """What the bound of a sequence goes by."""
    opened = [move for move in sequence.moves if move[0] == "open"]
    return Facts(
        setting=sequence.setting,
        notional=sum(calculate_tao(sequence.setting, move[3]) for move in opened),
        move=_find_largest(sequence, "jump"),
        push=_find_largest(sequence, "push"),
        held=_find_held(sequence),
        names=frozenset(move[0] for move in sequence.moves),
    )


def _find_largest(sequence: Sequence, name: str) -> int:
    """The largest of these moves, upwards or back from downwards (parts of BASIS)."""
    ratios = [BASIS + move[1] for move in sequence.moves if move[0] == name]
    return max((max(ratio, BASIS * BASIS // ratio) - BASIS for ratio in ratios), default=0)


def _find_held(sequence: Sequence) -> int:
    longest, held, is_pushed = 0, 0, False
    for move in sequence.moves:
        is_pushed, held = _hold(sequence.setting, move, is_pushed, held)
        longest = max(longest, held)
    return longest


def _hold(setting: Setting, move: Move, is_pushed: bool, held: int) -> tuple[bool, int]:
    if move[0] == "push":
        return True, held
    if move[0] == "pull":
        return False, 0
    return is_pushed, held + limit_wait(setting, move[1]) if is_pushed and move[0] == "wait" else held


def classify(sequence: Sequence) -> tuple[Residual, int]:
    """The class of a sequence, and the most that it may gain (wei)."""
    facts = find_facts(sequence)
    residual = [each for each in RESIDUALS if each.is_of(facts)][-1]
    return residual, residual.calculate_bound(facts)
