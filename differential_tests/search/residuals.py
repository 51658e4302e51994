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
from reference.math.units import WAD

HOLD: Final = 60
"""Seconds: a push that is held for longer can be the price that counts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bound goes by. notional: of all that was opened, wei. move: the largest jump, parts of BASIS.

    held: seconds for which pushes were held, the longest.
    """

    setting: Setting
    notional: int
    move: int
    held: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Residual:
    """A class of sequences and what it may gain: parts (BASIS) of the pool, of the notional, of that times the jump."""

    name: str
    says: str
    is_of: Callable[[Facts], bool]
    pool: int = 0
    notional: int = 0
    move: int = 0

    def calculate_bound(self, facts: Facts) -> int:
        """The most that a sequence of this class may gain (wei)."""
        of_pool = facts.setting.pool * WAD * self.pool // BASIS
        return of_pool + facts.notional * (self.notional + self.move * facts.move // BASIS) // BASIS

    def tell_bound(self) -> str:
        """The bound in words."""
        parts = (self.pool, "of the pool"), (self.notional, "of the notional"), (self.move, "of jump times notional")
        return " and ".join(f"{part * PERCENT / BASIS:g}% {of}" for part, of in parts if part) or "0"


RESIDUALS: Final = (
    Residual(
        "anything else",
        "no rule leaves anything",
        lambda _: True,
        pool=0,
    ),
)
"""The later ones are more special: the last that applies is the class of a sequence."""


def find_facts(sequence: Sequence) -> Facts:
    """What the bound of a sequence goes by."""
    opened = [calculate_tao(sequence.setting, move[3]) for move in sequence.moves if move[0] == "open"]
    jumps = [abs(move[1]) for move in sequence.moves if move[0] == "jump"]
    names = frozenset(move[0] for move in sequence.moves)
    return Facts(sequence.setting, sum(opened), max(jumps, default=0), _find_held(sequence), names)


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
