"""What does not fit together: ids, code, tests, stamps, links, tables, examples. One line each, with its place."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from differential_tests.book.claims import CONTRACT, PROPERTY, REFERENCE, STAMPED, TEST
from differential_tests.book.examples import run_examples
from differential_tests.book.links import broken_links
from differential_tests.book.outline import INDEX, chapters
from differential_tests.book.reverts import unsaid
from differential_tests.book.stamps import needs_stamp
from differential_tests.book.tables import stale_tables
from differential_tests.book.threats import CHAPTER, dead_threats, missing_names, untold_threats
from differential_tests.book.tools import unknown_commands
from differential_tests.book.trace import Trace
from differential_tests.contracts.files import find_files

ALL_STAMPED: Final = True
"""Whether an id without its hash is a fault. To be set once all contracts and tests have been stamped."""

HELPERS: Final = {
    "vyper_contracts/oracles/PriceOracle.vy:precompile": "a getter",
    "vyper_contracts/state/records.vy:is_index": "a comparison",
    "vyper_contracts/state/records.vy:positive": "a conversion",
    "vyper_contracts/state/records.vy:position_id": "a key's hash",
    "vyper_contracts/state/records.vy:request_id": "a key's hash",
}
"""Public functions that are no rule's, and why."""

CITING: Final = (
    ("spec", "*.md"),
    ("reference", "*.py"),
    ("vyper_contracts", "*.vy"),
    ("differential_tests", "*.py"),
)
SAMPLES: Final = "differential_tests/symbolic/samples"
"""The prover's own samples have rules that are none of the protocol's."""
HISTORY: Final = "CHANGELOG.md"
NAMES_DEAD_IDS: Final = ("differential_tests/book/test_", "differential_tests/symbolic/test_")
"""Tests of what happens to ids that do not exist."""


@dataclass(frozen=True, order=True)
class Problem:
    """Something that does not fit, and where."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def find_problems(trace: Trace, all_stamped: bool = ALL_STAMPED) -> list[Problem]:
    """All of them, in the order of the files."""
    finders = (
        _duplicates(trace),
        _dead_ids(trace),
        _bare_rules(trace),
        _ruleless(trace),
        _stamps(trace, all_stamped),
        _reverts(trace),
        _links(trace),
        _commands(trace),
        _threats(trace),
        _outline(trace),
        _tables(trace),
        _examples(trace),
    )
    return sorted({problem for finder in finders for problem in finder})


def _duplicates(trace: Trace) -> Iterator[Problem]:
    count = Counter(rule.id for rule in trace.rules)
    for rule in trace.rules:
        if count[rule.id] > 1:
            yield Problem(f"spec/{rule.chapter}.md", rule.line, f"{rule.id} stands {count[rule.id]} times")


def _dead_ids(trace: Trace) -> Iterator[Problem]:
    """Ids whose letters are those of a rule, and whose number is none's; at the head of a docstring any id."""
    letters = {rule.prefix for rule in trace.rules}
    for path in citing_files(trace.root):
        file = path.relative_to(trace.root).as_posix()
        if file.startswith((SAMPLES, *NAMES_DEAD_IDS)):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for match in STAMPED.finditer(line):
                if match[1] not in trace.known and match[1].partition("-")[0] in letters:
                    yield Problem(file, number, f"{match[1]} is no rule")
    for place in trace.places:
        for rule in place.rules:
            is_id = place.kind != TEST or rule.partition("-")[0] in letters
            if is_id and rule not in trace.known and not place.file.startswith(NAMES_DEAD_IDS):
                yield Problem(place.file, place.line, f"{rule} of {place.name} is no rule")


def citing_files(root: Path) -> Iterable[Path]:
    """The files that may name rules."""
    return sorted(
        {path for folder, pattern in CITING for path in find_files(root / folder, pattern)} | set(root.glob("*.md"))
    )


def _bare_rules(trace: Trace) -> Iterator[Problem]:
    for links in trace.links.values():
        rule = links.rule
        if rule.is_erratum:
            continue
        if not links.code:
            yield Problem(f"spec/{rule.chapter}.md", rule.line, f"{rule.id} has no code")
        if not links.is_tested:
            yield Problem(f"spec/{rule.chapter}.md", rule.line, f"{rule.id} has no test")


def _ruleless(trace: Trace) -> Iterator[Problem]:
    for place in trace.places:
        is_exempt = place.name.startswith("__") or f"{place.file}:{place.name}" in HELPERS
        if place.public and not place.ids and not is_exempt:
            yield Problem(place.file, place.line, f"{place.name} has no rule")


def _stamps(trace: Trace, all_stamped: bool) -> Iterator[Problem]:
    """Stale hashes, each with the code that has to be looked at as well; and missing ones, if all must be there."""
    for place in trace.places:
        for rule_id, stamp in place.ids:
            rule = trace.known.get(rule_id)
            if rule is None or not needs_stamp(place, rule_id):
                continue
            if stamp and stamp != rule.stamp:
                message = (
                    f"{place.name} was written for {rule_id}:{stamp}, the text of {rule.place} is {rule.stamp} now"
                )
                yield Problem(place.file, place.line, message)
                for other in trace.links[rule_id].places[REFERENCE]:
                    yield Problem(other.file, other.line, f"{other.name}: the text of {rule_id} has changed")
            elif not stamp and all_stamped:
                yield Problem(place.file, place.line, f"{rule_id} of {place.name} has no hash (megatao spec stamp)")


def _pages(root: Path) -> list[Path]:
    """The markdown files: those of the root, and the chapters."""
    return sorted([*root.glob("*.md"), *(root / "spec").glob("*.md")])


def _reverts(trace: Trace) -> Iterator[Problem]:
    for place, message in unsaid(trace):
        yield Problem(place.file, place.line, f"{place.name}: {message}")


def _links(trace: Trace) -> Iterator[Problem]:
    for path in _pages(trace.root):
        for number, message in broken_links(trace.root, path):
            yield Problem(path.relative_to(trace.root).as_posix(), number, message)


def _commands(trace: Trace) -> Iterator[Problem]:
    """Commands that are shown and not there; the changelog may tell of old ones."""
    for path in _pages(trace.root):
        if path.name != HISTORY:
            for number, message in unknown_commands(trace.root, path):
                yield Problem(path.relative_to(trace.root).as_posix(), number, message)


def _threats(trace: Trace) -> Iterator[Problem]:
    for number, message in untold_threats(trace.root):
        yield Problem(CHAPTER.as_posix(), number, message)
    for path in _pages(trace.root):
        for number, message in (*missing_names(trace.root, path), *dead_threats(trace.root, path)):
            yield Problem(path.relative_to(trace.root).as_posix(), number, message)


def _outline(trace: Trace) -> Iterator[Problem]:
    folder = trace.root / "spec"
    for chapter in {path.name for path in folder.glob("*.md")}.difference(chapters(folder), {INDEX}):
        yield Problem(f"spec/{chapter}", 1, f"no table of spec/{INDEX} names this chapter")


def _tables(trace: Trace) -> Iterator[Problem]:
    for file, line in stale_tables(trace):
        yield Problem(file, line, "the generated table is not what the sources say (megatao spec tables)")


def _examples(trace: Trace) -> Iterator[Problem]:
    for failure in run_examples(trace.root / "spec"):
        yield Problem(f"spec/{failure.chapter}.md", failure.line, failure.message)


def counts(trace: Trace) -> dict[str, int]:
    """How much was looked at."""
    rules = [rule for rule in trace.rules if not rule.is_erratum]
    kinds = Counter(place.kind for place in trace.places if place.ids)
    return {
        "rules": len(rules),
        "errata": len(trace.rules) - len(rules),
        "reference functions": kinds[REFERENCE],
        "contract functions": kinds[CONTRACT],
        "properties": kinds[PROPERTY],
        "tests that name a rule": kinds[TEST],
    }
