"""What a search has found: of each class the best sequence, made short and told, beside what may be left."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from random import Random
from typing import Any

from differential_tests.search.climb import LEAST, Found, Search, climb, shorten
from differential_tests.search.sequence import Step, play
from differential_tests.search.speed import fast_records
from differential_tests.search.weaknesses import without


def search_without(search: Search, seconds: float, rule: str | None) -> Search:
    """The search after so long, in the reference, or in one without a rule."""
    with switch_off(rule):
        return climb(search, seconds)


def switch_off(rule: str | None) -> AbstractContextManager[None]:
    """The reference without a rule, or as it is."""
    return without(rule) if rule else nullcontext()


class Report:
    """A search of one or several processes. without: the rule that was switched off, if one was."""

    def __init__(self, machine: str, seed: int, accounts: int, workers: int, rule: str | None) -> None:
        self.machine, self.seed, self.accounts, self.without = machine, seed, accounts, rule
        self.searches = [Search(Random(seed + each), accounts) for each in range(workers)]  # noqa: S311  repeatable
        self.rows: list[Found] = []
        self.steps: tuple[Step, ...] = ()
        self._started = time.monotonic()
        self.seconds = 0.0

    def update(self) -> None:
        """Take the best of each class out of the searches."""
        self.seconds = time.monotonic() - self._started
        best: dict[str, Found] = {}
        for search in self.searches:
            for found in search.best.values():
                name = found.kind
                if name not in best or found.excess > best[name].excess:
                    best[name] = found
        self.rows = sorted(best.values(), key=lambda found: -found.excess)

    def finish(self) -> None:
        """Make the best sequences short, and tell the first."""
        self.update()
        with switch_off(self.without), fast_records():
            self.rows = [shorten(found) for found in self.rows]
            if self.rows:
                self.steps = play(self.rows[0].sequence, is_told=True).steps

    @property
    def tried(self) -> int:
        """Sequences."""
        return sum(search.tried for search in self.searches)

    @property
    def best(self) -> int:
        """The highest gain (wei)."""
        return max((row.gain for row in self.rows), default=0)

    @property
    def is_beyond(self) -> bool:
        """Whether something is gained beyond what may be left."""
        return any(row.excess > LEAST for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """As JSON. Amounts: wei."""
        return {
            "machine": self.machine,
            "seed": self.seed,
            "accounts": self.accounts,
            "workers": len(self.searches),
            "without": self.without,
            "seconds": round(self.seconds, 3),
            "tried": self.tried,
            "finished": sum(search.finished for search in self.searches),
            "is_beyond": self.is_beyond,
            "classes": [
                {
                    "class": row.kind,
                    "gain": row.gain,
                    "debt": row.debt,
                    "bound": row.bound,
                    **row.sequence.to_json(),
                }
                for row in self.rows
            ],
            "blotter": [asdict(step) for step in self.steps],
        }
