"""All vectors of a folder: made, and run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from differential_tests.contracts.provenance import label, take
from differential_tests.fuzzer.malformed import explain
from differential_tests.vectors import calls, functions
from differential_tests.vectors.check import check_calls
from differential_tests.vectors.evms import EVMS
from differential_tests.vectors.files import VectorError, read_files

Progress = Callable[[Iterable[Any], str], Iterable[Any]]
"""What shows how far an iteration is, and hands on its items."""


def _silent(items: Iterable[Any], what: str) -> Iterable[Any]:
    del what
    return items


def build_all(
    seed: int, scenarios: Mapping[str, Iterable[int]] | None = None, progress: Progress = _silent
) -> dict[str, Any]:
    """The content of each file, by its path below the folder; the index says of what they were made.

    scenarios: to look at no others; those of the index make the same vectors as the whole search.
    """
    made = take()
    found, used = calls.build_calls(seed, scenarios, progress)
    files: dict[str, Any] = {"index.json": label("vectors", made, {"seed": seed, "scenarios": used}), **found}
    for topic, content in functions.build_functions(seed, progress).items():
        files[f"functions/{topic}.json"] = content
    return files


def check_all(folder: Path, evm: str, progress: Progress = _silent) -> Iterator[tuple[str, str]]:
    """Run all vectors of a folder on one EVM: the id of each, and what is wrong with it ("" if nothing).

    Errors: VectorError.
    """
    worlds = read_files(folder, "worlds", calls.WORLD_FORMAT)
    files = read_files(folder, "calls", calls.FORMAT)
    topics = read_files(folder, "functions", functions.FORMAT)
    for topic, content in progress(topics.items(), f"functions on {evm}"):
        yield from _run(topic, functions.check_functions(content, EVMS[evm]))
    for name, content in progress(files.items(), f"calls on {evm}"):
        yield from _run(name, check_calls(worlds, content, EVMS[evm]))


def _run(file: str, checks: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What a file's checks say. Errors: VectorError, if they stumble."""
    try:
        for vector, problem in checks:
            yield f"{file} {vector}", problem
    except (KeyError, TypeError, ValueError, AttributeError, LookupError) as error:
        raise VectorError(f"{file}.json holds something that is no vector: {explain(error)}") from error


def read_index(folder: Path) -> tuple[int, dict[str, list[int]]]:
    """Seed and scenarios of a folder's vectors."""
    index = json.loads((folder / "index.json").read_text())
    return index["seed"], index["scenarios"]
