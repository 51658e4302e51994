"""The search: drawn sequences, the best of each kind kept and changed again; what is found, made short."""

import time
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from differential_tests.search.draw import draw_sequence, limit, mutate
from differential_tests.search.moves import Move
from differential_tests.search.residuals import classify
from differential_tests.search.sequence import Result, Sequence, play
from differential_tests.search.speed import fast_records
from reference.math.units import WAD

NEW: Final = 0.4
"""Part of the sequences that are drawn anew."""
LEAST: Final = WAD // 100
"""Gains below this (wei) are of no interest."""

INDEX: Final = 0.3
"""Part of the changes that are made of sequences in the market of MTSOS."""
TOP: Final = 16
"""Of so many of the best most changes are made."""
BREVITY: Final = 0.002
"""What a move counts against its sequence, as a part of the gain."""
STRIDE: Final = 11, 10
"""A sequence is finished where it promises so many times as much as the best that was finished."""

FEATURES: Final = {"push", "open", "close", "remove", "liquidate", "wind_down", "settle"}
"""Kinds of moves that make another kind of sequence."""

Features = frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A sequence, the name of its class, its gain, luck and bad debt taken out, and what it may gain (wei)."""

    sequence: Sequence
    kind: str
    gain: int
    bound: int
    debt: int

    @classmethod
    def of(cls, sequence: Sequence, result: Result) -> "Found":
        """What a sequence has brought."""
        residual, bound = classify(sequence)
        return cls(sequence, residual.name, result.gain, bound, result.debt)

    @property
    def excess(self) -> int:
        """What is gained beyond what may be left (wei, signed)."""
        return self.gain - self.bound

    @property
    def fitness(self) -> tuple[bool, float]:
        """What is better: an excess by its size, else as a part of what was opened; of two alike the shorter one."""
        length = len(self.sequence.moves)
        if self.excess > 0:
            return True, self.excess * (1 - length * BREVITY)
        opened = sum(move[3] for move in self.sequence.moves if move[0] == "open")
        return False, self.excess / max(opened, 1) - length * BREVITY


@dataclass(slots=True)
class Search:
    """One search. kept: of each set of features the best sequence, as far as it is known before its end.

    best: the same, finished. tried, finished: sequences. accounts: of traders.
    """

    random: Random
    accounts: int = 2
    kept: dict[Features, Found] = field(default_factory=dict)
    best: dict[Features, Found] = field(default_factory=dict)
    tried: int = 0
    finished: int = 0

    def step(self) -> Found | None:
        """Try one sequence; what it brings to its end, if that is a gain and the best of its kind."""
        sequence = limit(self._next(), self.accounts)
        self.tried += 1
        result = play(sequence, is_finished=False)
        features = find_features(sequence, result)
        found = Found.of(replace(sequence, moves=drop_reverted(sequence, result)), result)
        before = self.kept.get(features)
        if before and found.fitness <= before.fitness:
            return None

        self.kept[features] = found
        best = self.best.get(features)
        if found.gain < LEAST or (best and found.gain * STRIDE[1] < best.gain * STRIDE[0]):
            return None
        return self._finish(features, found.sequence)

    def _finish(self, features: Features, sequence: Sequence) -> Found | None:
        self.finished += 1
        found, best = Found.of(sequence, play(sequence)), self.best.get(features)
        if found.gain < LEAST:  # what it seemed to bring was not to be had
            self.kept[features] = found
        if found.gain < LEAST or (best and found.excess <= best.excess):
            return None
        self.best[features] = found
        return found

    def _next(self) -> Sequence:
        if self.random.random() < NEW:
            return draw_sequence(self.random)
        is_index = self.random.random() < INDEX
        known = [found for found in self.kept.values() if found.sequence.setting.is_index == is_index]
        if not known:
            return draw_sequence(self.random)
        if self.random.random() < 0.5:
            known = sorted(known, key=lambda found: found.fitness, reverse=True)[:TOP]
        return mutate(self.random, self.random.choice(known).sequence, [found.sequence for found in known])


def find_features(sequence: Sequence, result: Result) -> Features:
    """What a sequence is made of: the kinds of its moves that did something, which way prices jump, and who trades."""
    made = [move for move, is_made in zip(sequence.moves, result.made, strict=True) if is_made]
    features = {move[0] for move in made} & FEATURES
    features |= {"up" if move[1] > 0 else "down" for move in made if move[0] == "jump"}
    if {move[1] for move in made if move[0] == "open"} == {0, 1}:
        features.add("two")
    features |= {"unseen"} if sequence.setting.pace == 0 else set()
    features |= {"index"} if sequence.setting.is_index else set()
    return frozenset(features)


def drop_reverted(sequence: Sequence, result: Result) -> tuple[Move, ...]:
    """The moves that did something."""
    return tuple(move for move, is_made in zip(sequence.moves, result.made, strict=True) if is_made)


def shorten(found: Found) -> Found:
    """A shorter sequence of nearly the same excess: move by move left out, as long as 95% of it are left."""
    least = found.excess - abs(found.excess) * 5 // 100
    place = 0
    while place < len(found.sequence.moves):
        moves = found.sequence.moves
        shorter = replace(found.sequence, moves=(*moves[:place], *moves[place + 1 :]))
        tried = Found.of(shorter, play(shorter))
        if tried.gain > 0 and tried.excess >= least:
            found = tried
        else:
            place += 1
    return found


def climb(search: Search, seconds: float) -> Search:
    """The search after so long."""
    end = time.monotonic() + seconds
    with fast_records():
        while time.monotonic() < end:
            search.step()
    return search
