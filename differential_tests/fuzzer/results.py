"""The file in which a campaign keeps what its shards have done: it can be stopped anywhere, and go on from there.

The first line says what the campaign is; each line after it is a shard's result (`run_shard`), with the seconds of the
campaign by then. A last line that was cut off when the process died does not count.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from differential_tests.contracts.provenance import hash_sources, label, read_made
from differential_tests.fuzzer.campaign import CampaignError, Kept, Plan
from differential_tests.fuzzer.counterexample import from_json
from differential_tests.fuzzer.machine import Machine
from differential_tests.fuzzer.malformed import explain
from differential_tests.fuzzer.shards import Result

KIND = "campaign-results"
COUNTS = ("actions", "outcomes", "states", "samples")


class ResultsError(CampaignError):
    """A file can't be used for a campaign's results; the text says why in one line."""


class Results:
    """Such a file, open for more."""

    def __init__(self, path: Path, plan: Plan, kept: Kept | None = None) -> None:
        """Make the file, or go on with one. ResultsError if it can't be written, or is there already."""
        self._path = path
        try:
            self._file = path.open("r+b" if kept else "xb")
            if kept:
                self._file.truncate(kept.size)
                self._file.seek(kept.size)
            else:
                self._write(_head(plan))
        except FileExistsError as error:
            raise ResultsError(f"{path} is there already: --resume goes on with it") from error
        except OSError as error:
            raise ResultsError(f"{path} can't be written: {error.strerror}") from error

    def __enter__(self) -> "Results":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what is lost was told when it was written
            self._file.close()

    def add(self, result: Result, seconds: float) -> None:
        """Keep what a shard has done. ResultsError if it can't be: what was kept before is whole."""
        try:
            self._write({**result, "campaign_seconds": round(seconds, 3)})
        except OSError as error:
            raise ResultsError(f"{self._path} can't be written: {error.strerror}; --resume goes on with it") from error

    def _write(self, content: dict[str, Any]) -> None:
        self._file.write(json.dumps(content, separators=(",", ":")).encode() + b"\n")
        self._file.flush()


def _head(plan: Plan) -> dict[str, Any]:
    asked = {"lane": plan.lane, "seed": plan.seed, "steps": plan.max_steps, "seconds": plan.max_seconds}
    return label(KIND, plan.made, {"machine": plan.machine.name, **asked})


def read_results(path: Path, machines: Mapping[str, Machine]) -> Kept:
    """Read a file that a campaign has left. ResultsError if it is none, or other sources made it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path} can't be read: {error.strerror}") from error
    whole = content[: content.rfind(b"\n") + 1]
    number = 1
    try:
        head, *rest = whole.splitlines()
        plan = _parse_head(json.loads(head), machines)
        done: dict[int, Result] = {}
        seconds = 0.0
        for line in rest:
            number += 1
            result = json.loads(line)
            _check_result(result)
            done[result["shard"]] = result
            seconds = max(seconds, result["campaign_seconds"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultsError(f"{path}, line {number}: no results of a campaign: {explain(error)}") from error
    if plan.made.sources != hash_sources():
        raise ResultsError(f"{path} is of other contracts, or another reference, than those that are here")
    return Kept(plan, done, seconds, len(whole))


def _parse_head(head: dict[str, Any], machines: Mapping[str, Machine]) -> Plan:
    made = read_made(head, KIND)
    if head["machine"] not in machines or head["lane"] not in ("seeded", "stateful"):
        raise ValueError("there is no such machine, or no such lane")
    steps, seconds = _optional(head["steps"], int), _optional(head["seconds"], float)
    return Plan(machines[head["machine"]], int(head["seed"]), steps, seconds, head["lane"], made=made)


def _optional(value: Any, kind: Callable[[Any], Any]) -> Any:
    return None if value is None else kind(value)


def _check_result(result: dict[str, Any]) -> None:
    """KeyError, TypeError or ValueError if it is no result of a shard."""
    for name in ("shard", "steps", "scenarios", "seconds", "cpu_seconds", "campaign_seconds"):
        if result[name] < 0:
            raise ValueError(f"{name} is below 0")
    for name in COUNTS:
        if not all(isinstance(count, int) for count in result[name].values()):
            raise ValueError(f"{name} are no counts")
    if not all(isinstance(each, str) for each in result["hashes"]):
        raise ValueError("hashes are no texts")
    for found in result["divergences"]:
        from_json(found)
