"""What was said of the mutants that nothing sees. An entry holds wherever its function's text moves to."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from differential_tests.fuzzer.malformed import explain
from differential_tests.mutation.spans import Mutant

FILE = Path(__file__).parent / "survivors.json"

EQUIVALENT: Final = "equivalent"
"""It does what the original does: a proof, or an argument, says why."""
GAP: Final = "gap"
"""The suite should see it, and does not yet."""
ARTEFACT: Final = "artefact"
"""It is in what no call can reach, or what nothing depends on."""
BUG: Final = "bug"
"""What it shows is wrong in the original."""

CLASSES = (EQUIVALENT, GAP, ARTEFACT, BUG)
HARMLESS = (EQUIVALENT, ARTEFACT)
"""Classes of mutants that nothing could see."""

KEY = ("file", "function", "operator", "before", "after", "nth")


class LedgerError(Exception):
    """The ledger can't be what it should be; the text says why, in one line."""


@dataclass(frozen=True)
class Entry:
    """kind: one of CLASSES. reason: why, in a sentence."""

    kind: str
    reason: str


def load(path: Path = FILE) -> dict[tuple[str, ...], Entry]:
    """The entries by the mutant's key.

    Errors: LedgerError.
    """
    entries: dict[tuple[str, ...], Entry] = {}
    try:
        rows = json.loads(path.read_text())
        for row in rows:
            key = tuple(str(row.get(name, 1) if name == "nth" else row[name]) for name in KEY)
            if key in entries:
                raise LedgerError(f"{path.name} has two entries for {' '.join(key)}")
            if row["class"] not in CLASSES or not row["reason"].strip():
                raise LedgerError(f"{path.name} gives no class, or no reason, for {' '.join(key)}")
            entries[key] = Entry(row["class"], row["reason"])
    except OSError as error:
        raise LedgerError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"{path.name} is not a list of survivors: {explain(error)}") from error
    return entries


def find_stale(entries: Iterable[tuple[str, ...]], mutants: Iterable[Mutant]) -> list[tuple[str, ...]]:
    """Entries of mutants that can't be made any more."""
    known = {mutant.key for mutant in mutants}
    return [key for key in entries if key not in known]
