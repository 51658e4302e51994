"""The search: drawn sequences, the best of each kind kept and changed again; what is found, made short."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from differential_tests.search.draw import draw_sequence, mutate
from differential_tests.search.moves import Move
from differential_tests.search.sequence import Result, Sequence, play
from reference.math.units import WAD

NEW: Final = 0.25
"""Part of the sequences that are drawn anew."""
LEAST: Final = WAD // 100
"""Gains below this (wei) are of no interest."""

STRIDE: Final = 11, 10
"""A sequence is finished where it promises so many times as much as the best that was finished."""

FEATURES: Final = {"push", "open", "close", "remove", "liquidate", "wind_down", "settle"}
"""Kinds of moves that make another kind of sequence."""

Features = frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A sequence and its gain (wei), luck and bad debt taken out. is_finished: everything is closed at its end."""

    sequence: Sequence
    gain: int
    debt: int = 0
    is_finished: bool = False


@dataclass(slots=True)
class Search:
    """One search. kept: of each set of features the best sequence, as far as it is known before its end.

    best: the same, finished. tried, finished: sequences.
    """

    random: Random
    kept: dict[Features, Found] = field(default_factory=dict)
    best: dict[Features, Found] = field(default_factory=dict)
    tried: int = 0
    finished: int = 0

    def step(self) -> Found | None:
        """Try one sequence; what it brings to its end, if that is a gain and the best of its kind."""
        sequence = self._next()
        self.tried += 1
        result = play(sequence, is_finished=False)
        features = find_features(sequence, result)
        before = self.kept.get(features)
        if result.gain <= (before.gain if before else -WAD):
            return None

        sequence = replace(sequence, moves=drop_reverted(sequence, result))
        self.kept[features] = Found(sequence, result.gain)
        best = self.best.get(features)
        if result.gain < LEAST or (best and result.gain * STRIDE[1] < best.gain * STRIDE[0]):
            return None
        return self._finish(features, sequence)

    def _finish(self, features: Features, sequence: Sequence) -> Found | None:
        self.finished += 1
        result = play(sequence)
        best = self.best.get(features)
        if result.gain <= 0:  # what it seemed to bring was not to be had
            self.kept[features] = Found(sequence, result.gain)
        if result.gain < LEAST or (best and result.gain <= best.gain):
            return None
        self.best[features] = Found(sequence, result.gain, result.debt, True)
        return self.best[features]

    def _next(self) -> Sequence:
        if not self.kept or self.random.random() < NEW:
            return draw_sequence(self.random)
        known = list(self.kept.values())
        if self.random.random() < 0.7:
            known = sorted(known, key=lambda found: -found.gain)[:12]
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
    """A shorter sequence of nearly the same gain: move by move left out, as long as 95% of it are left."""
    floor = found.gain * 95 // 100
    place = 0
    while place < len(found.sequence.moves):
        moves = found.sequence.moves
        shorter = replace(found.sequence, moves=(*moves[:place], *moves[place + 1 :]))
        result = play(shorter)
        if result.gain >= floor:
            found = Found(shorter, result.gain, result.debt, True)
        else:
            place += 1
    return found


def run_search(
    seed: int, seconds: float, on_progress: Callable[[Search], None] = lambda _: None, until: int | None = None
) -> Search:
    """Search for so long, or until something gains so much (wei). An interrupt ends it."""
    search = Search(Random(seed))  # noqa: S311  it has to be repeatable
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            found = search.step()
            on_progress(search)
            if until is not None and found is not None and found.gain >= until:
                break
    except KeyboardInterrupt:
        pass
    return search
