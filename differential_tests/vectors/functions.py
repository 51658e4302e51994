"""Vectors of the pure functions: arguments at the boundaries and drawn ones, and the reference's result or error."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from differential_tests.symbolic import ROOT
from differential_tests.symbolic.evm.boundaries import Steered
from differential_tests.symbolic.evm.concrete import run_reference
from differential_tests.symbolic.evm.entry import Entry
from differential_tests.symbolic.evm.outcome import RETURN, REVERT, Outcome
from differential_tests.symbolic.reference.rules import find_mirrors
from differential_tests.symbolic.samples import project_entries
from differential_tests.symbolic.terms.domain import Domain
from differential_tests.vectors.evms import Account, Evm, Message

FORMAT = "megatao-function-vectors-1"

DRAWS = 400
"""Assignments drawn for each function."""
ALIKE = 4
"""Vectors of results that look alike: the same error, or values of about the same size."""
MOST = 16
"""Vectors of a function; errors come first."""

CODE = b"\x11" * 20
CALLER = b"\x22" * 20
GAS = 10_000_000


FIRST_DRAWN_AS = {"packing": "words", "reading": "oracle", "shares": "vault"}
"""Topics that had another name when their vectors were first drawn: the vectors stay what they were."""


def build_functions(seed: int, progress: Callable[[Iterable[Any], str], Iterable[Any]]) -> dict[str, Any]:
    """The content of each file, by topic."""
    files: dict[str, Any] = {}
    for mirror in progress(find_mirrors(ROOT)[0], "functions"):
        entry = project_entries()[".".join(mirror.key)]
        functions = files.setdefault(entry.topic, {"format": FORMAT, "functions": []})["functions"]
        functions.append(
            {
                "function": f"{entry.topic}.{entry.name}",
                "rule": mirror.rule,
                "arguments": {name: kind.name for name, kind in entry.arguments},
                "results": [kind.name for kind in entry.returns],
                "vectors": _choose(mirror.reference, entry, seed),
            }
        )
    return files


def _choose(reference: Callable[..., Any], entry: Entry, seed: int) -> list[dict[str, Any]]:
    """Vectors as different from each other as the draws allow."""
    chance = Random(f"{seed}/{FIRST_DRAWN_AS.get(entry.topic, entry.topic)}.{entry.name}")  # noqa: S311  repeatable, not secret
    steered, domain = Steered(reference, entry.types), Domain.of(reference, entry.types)
    alike: Counter[tuple[object, ...]] = Counter()
    seen: set[tuple[int, ...]] = set()
    errors: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for _ in range(DRAWS):
        arguments = steered.sample(chance)
        if tuple(arguments.values()) in seen or not domain.contains(arguments):
            continue
        seen.add(tuple(arguments.values()))
        outcome = run_reference(reference, arguments, entry.types, entry.returns)
        if outcome.kind not in (RETURN, REVERT):
            raise RuntimeError(f"{entry.topic}.{entry.name} on {arguments}: {outcome}")
        look = (outcome.name, *(word if word < 16 else -word.bit_length() // 16 for word in outcome.words))
        alike[look] += 1
        if alike[look] <= ALIKE:
            vector = {"arguments": [str(value) for value in arguments.values()]}
            (errors if outcome.kind == REVERT else results).append({**vector, **_expectation(entry, outcome)})
    return (errors + results)[:MOST]


def _expectation(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    if outcome.kind == REVERT:
        return {"error": outcome.name}
    values = zip(entry.returns, outcome.words, strict=True)
    return {"result": [str(word - 2**256 if kind.low < 0 and word >= 2**255 else word) for kind, word in values]}


def check_functions(content: dict[str, Any], evm: Evm) -> Iterator[tuple[str, str]]:
    """Run the vectors of a file on the compiled functions: the id of each, and what is wrong ("" if nothing)."""
    entries = project_entries()
    for function in content["functions"]:
        entry = entries[function["function"]]
        state = {CODE: Account(code=entry.code), CALLER: Account()}
        for number, vector in enumerate(function["vectors"]):
            data = b"".join((int(value) % 2**256).to_bytes(32, "big") for value in vector["arguments"])
            ended = evm(state, Message(1, 1, CALLER, CODE, data, 0, GAS))
            actual: dict[str, Any] = {"error": ended.failure}
            if ended.failure is None:
                words = [int.from_bytes(ended.output[at : at + 32], "big") for at in range(0, len(ended.output), 32)]
                actual = _expectation(entry, Outcome(RETURN, tuple(words)))
            wanted = {name: vector[name] for name in ("error", "result") if name in vector}
            problem = "" if actual == wanted else f"the vector says {wanted}, the contract {actual}"
            yield f"{function['function']} {number}", problem
