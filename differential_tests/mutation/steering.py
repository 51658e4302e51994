"""Which scenarios of a machine run which lines of the reference: what a mutant is in is run first.

Learnt once by running the scenarios under coverage, and kept by the hash of all that could change it.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from differential_tests.contracts.artefacts import ROOT, source_hash
from differential_tests.contracts.cache import keep
from differential_tests.contracts.files import find_files
from differential_tests.mutation.fork import Forked

CACHE = ROOT / ".build" / "mutation"

SEED = 1
SCENARIOS = {"protocol": 200, "oracle": 40, "share": 40, "script": 28}
"""How many scenarios of each machine are known: those of the protocol reach every outcome and every state."""
STEPS = 200
PART = 20
"""Scenarios that one process learns."""

RARE = 15
"""A word that is in so many lines of the reference, at most, says where a mutant is."""

Lines = dict[str, dict[int, set[int]]]
"""Scenarios by file of the reference and line."""


@dataclass
class Steering:
    """What each machine's scenarios reach. functions: first and last line of each, by file and name."""

    lines: dict[str, Lines]

    def order(self, machine: str, places: Iterable[tuple[str, int]]) -> list[int]:
        """All scenarios of a machine, those first that together run all of these lines, and run the rare ones most."""
        known = self.lines.get(machine, {})
        first = _cover([known.get(file, {}).get(line, set()) for file, line in places])
        rest = [number for number in self._covers.get(machine, ()) if number not in first]
        return first + rest + [number for number in range(SCENARIOS[machine]) if number not in {*first, *rest}]

    @cached_property
    def _covers(self) -> dict[str, list[int]]:
        """The scenarios of each machine in the order in which they soon run every line of the reference."""
        return {
            machine: _cover([found for lines in files.values() for found in lines.values()])
            for machine, files in self.lines.items()
        }

    @cached_property
    def functions(self) -> dict[str, list[tuple[str, int, int]]]:
        """File, first and last line of the reference's functions, by name without what only one side has in it."""
        from differential_tests.mutation.trees import Names, Tree

        found: dict[str, list[tuple[str, int, int]]] = {}
        for path in find_files(ROOT / "reference", "*.py"):
            file = str(path.relative_to(ROOT))
            for function in Tree(file, path.read_text(), Names()).functions():
                place = file, function.node.body[0].lineno, function.node.end_lineno
                found.setdefault(plain_name(function.name), []).append(place)
        return found

    @cached_property
    def _words(self) -> dict[str, list[tuple[str, int]]]:
        """The lines of the reference that a word is in."""
        found: dict[str, list[tuple[str, int]]] = {}
        for path in find_files(ROOT / "reference", "*.py"):
            for line, text in enumerate(path.read_text().splitlines(), start=1):
                for word in set(re.findall(r"[A-Za-z]\w{4,}", text)):
                    found.setdefault(word, []).append((str(path.relative_to(ROOT)), line))
        return found

    def named(self, text: str) -> list[tuple[str, int]]:
        """The lines of the reference with those words of a text that are in few: failures, events, rare fields."""
        words = set(re.findall(r"[A-Za-z]\w{4,}", text))
        return [
            place for word in words if len(self._words.get(word, ())) <= RARE for place in self._words.get(word, ())
        ]

    def mirrored(self, names: Iterable[str]) -> list[tuple[str, int]]:
        """The lines of the functions of the reference that have these names in the contracts."""
        places = [place for name in names for place in self.functions.get(plain_name(name), ())]
        return [(file, line) for file, first, last in places for line in range(first, last + 1)]


def _cover(reached: Iterable[set[int]]) -> list[int]:
    """The numbers that are in any of the sets; first those in sets from which nothing, or little, was taken yet."""
    groups = Counter(frozenset(found) for found in reached if found)
    times = dict.fromkeys(groups, 0)
    left = set().union(*groups)
    order: list[int] = []
    while left:
        scores = dict.fromkeys(left, 0.0)
        for group, count in groups.items():
            for number in group & left:
                scores[number] += count**0.5 / (1 + times[group]) ** 2 / len(group)
        best = max(left, key=lambda number: (scores[number], -number))
        order.append(best)
        left.remove(best)
        for group in groups:
            times[group] += best in group
    return order


def plain_name(name: str) -> str:
    """A function's name without class, underscore and the verb of an entry point."""
    return re.sub(r"^_?(process_|read_)?", "", name.rpartition(".")[2])


def load(workers: int, on_progress: Callable[[int, int], None] = lambda *_: None) -> Steering:
    """What is known, learnt now if it is not. on_progress: parts that are done, and of how many.

    Errors: BaselineError.
    """
    content = keep(CACHE, "steering", _hash(), lambda: _learn(workers, on_progress))
    return Steering(
        {
            machine: {file: {int(line): set(found) for line, found in lines.items()} for file, lines in files.items()}
            for machine, files in content.items()
        }
    )


def _hash() -> str:
    digest = hashlib.sha256(source_hash().encode())
    for folder in (
        "reference",
        "differential_tests/machines",
        "differential_tests/fuzzer",
        "differential_tests/scenarios",
    ):
        for path in find_files(ROOT / folder, "*.py"):
            digest.update(path.read_bytes())
    digest.update(json.dumps([SEED, SCENARIOS, STEPS]).encode())
    return digest.hexdigest()[:20]


def _learn(workers: int, on_progress: Callable[[int, int], None]) -> dict[str, dict[str, dict[str, list[int]]]]:
    todo = [
        (machine, tuple(range(first, min(first + PART, count))))
        for machine, count in SCENARIOS.items()
        for first in range(0, count, PART)
    ]
    total = len(todo)
    running: list[tuple[str, Forked[dict[str, dict[int, list[int]]]]]] = []
    learnt: dict[str, dict[str, dict[str, list[int]]]] = {machine: {} for machine in SCENARIOS}
    while todo or running:
        while todo and len(running) < workers:
            machine, numbers = todo.pop(0)
            running.append((machine, Forked(_trace, (machine, numbers), 3_600)))
        machine, forked = running.pop(0)
        for file, lines in forked.result().items():
            kept = learnt[machine].setdefault(file, {})
            for line, found in lines.items():
                kept[str(line)] = kept.get(str(line), []) + found
        on_progress(total - len(todo) - len(running), total)
    return learnt


def _trace(name: str, numbers: Sequence[int]) -> dict[str, dict[int, list[int]]]:
    """The scenarios that run each line. Errors: BaselineError."""
    import coverage

    from differential_tests.mutation.scenarios import BaselineError, run_scenario

    tracer = coverage.Coverage(data_file=None, include=[f"{ROOT}/reference/*"], config_file=False)
    tracer.start()
    for number in numbers:
        tracer.switch_context(str(number))
        found = run_scenario(name, number)
        if found:
            raise BaselineError(f"without any mutant the {name} machine finds: {found.detail}")
    tracer.stop()
    data = tracer.get_data()
    return {
        str(Path(file).relative_to(ROOT)): {
            line: sorted(int(context) for context in contexts if context)
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
