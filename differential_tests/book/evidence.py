"""The evidence: one row a function of the contracts, with everything that shows that it does what its rule says.

Tests, properties and campaigns are read from the sources. What has to be measured is kept beside this file, with what
it was made of and, as its command has written them, the hashes of the files that it was measured on: where these have
changed since, it says so.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from differential_tests.book.claims import CONTRACT, PROPERTY, REFERENCE, STAMPED, TEST, Place
from differential_tests.book.trace import MATH, Trace, is_pure
from differential_tests.contracts.artefacts import to_snake
from differential_tests.contracts.files import find_files, write_whole
from differential_tests.contracts.provenance import read_made

MEASURED: Final = Path("differential_tests/book/measured")
PROOFS: Final = MEASURED / "proofs.json"
GAS: Final = MEASURED / "gas.json"
MUTATION: Final = MEASURED / "mutation.json"
COVERAGE: Final = MEASURED / "coverage.json"
HARMLESS: Final = ("equivalent", "artefact")
"""Classes of mutants that nothing could see."""
NOT_MEASURED: Final = "not measured"
STALE: Final = "changed since"
DEARER: Final = {"claim_request": "claim_redeem"}
"""Of an operation that is measured in two forms, the dearer one."""


@dataclass(frozen=True)
class Row:
    """A contract's function. The figures are counts, or what is known, as text; "" where there is nothing to know."""

    place: Place
    tests: int
    actions: int
    properties: int
    proof: str
    mutation: str
    gas: str

    @property
    def is_external(self) -> bool:
        """Whether users can call it."""
        return "external" in self.place.decorators


def hash_sources(root: Path, files: Iterable[str]) -> str:
    """A hash over the texts of some files. Stamps make no difference."""
    texts = (STAMPED.sub(r"\1", (root / file).read_text()) for file in sorted(files))
    return sha256(" ".join(" ".join(text.split()) for text in texts).encode()).hexdigest()[:16]


def sources_of_proof(root: Path, kind: str, topic: str) -> list[str]:
    """What a proof is about: the modules of this topic, and those that they import."""
    todo = [f"{MATH}{topic}.vy", f"reference/math/{topic}.py"]
    if kind == PROPERTY:
        todo = [f"differential_tests/properties/{topic}.py"]
    found = set[str]()
    while todo:
        file = todo.pop()
        if file in found or not (root / file).is_file():
            continue
        found.add(file)
        text = (root / file).read_text()
        todo += [f"{MATH}{name}.vy" for name in re.findall(r"^from vyper_contracts\.math import (\w+)", text, re.M)]
        todo += [
            f"{name.replace('.', '/')}.py" for name in re.findall(r"^from (reference(?:\.\w+)+) import", text, re.M)
        ]
    return sorted(found)


def hash_proof(root: Path, kind: str, function: str) -> str:
    """A hash over what a proof is about."""
    return hash_sources(root, sources_of_proof(root, kind, function.partition(".")[0]))


def hash_contracts(root: Path) -> str:
    """A hash over all contracts but those for tests."""
    return hash_sources(root, contract_files(root))


def store_proofs(root: Path, report: dict[str, Any]) -> None:
    """Keep what `megatao prove --json` wrote, without what is not shown."""
    names = ("rule", "function", "kind", "status", "domain", "solver", "cross_check", "rests_on", "sources")
    kept = [{name: row[name] for name in names} for row in report["rows"]]
    kept.sort(key=lambda row: (row["kind"], row["function"]))
    _write(root / PROOFS, {**_origin(report, "proofs"), "rows": kept})


def store_gas(root: Path, report: dict[str, Any]) -> None:
    """Keep what `megatao gas --json` wrote."""
    _write(root / GAS, {**_origin(report, "gas"), "sources": report["sources"], "rows": report["rows"]})


def read_gas(root: Path) -> list[dict[str, Any]] | None:
    """The rows of gas that are kept, None if none are."""
    kept = _read(root / GAS)
    return kept["rows"] if kept else None


def store_mutation(root: Path, report: dict[str, Any]) -> None:
    """Keep of `megatao mutate --json` how many mutants of each function were killed, and how many could be."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for mutant in report["mutants"]:
        if mutant["status"] != "dropped" and mutant["class"] not in HARMLESS:
            count = counts.setdefault((mutant["file"], mutant["function"]), Counter())
            count.update({"killed": int(mutant["status"] == "killed"), "possible": 1})
    rows = [
        {"file": file, "function": function, **count, "sources": report["sources"][file]}
        for (file, function), count in sorted(counts.items())
    ]
    _write(root / MUTATION, {**_origin(report, "mutation"), "seed": report["seed"], "rows": rows})


def store_coverage(root: Path, report: dict[str, Any]) -> None:
    """Keep of `megatao coverage --json` the totals of the sources."""
    kept = {name: report[name] for name in ("sources", "calls", "totals")}
    _write(root / COVERAGE, {**_origin(report, "coverage"), **kept})


def _origin(report: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a report was made of. ValueError, KeyError or TypeError if it is none of its kind."""
    read_made(report, kind)
    return {"made": report["made"]}


def read_coverage(root: Path) -> tuple[dict[str, Any], bool] | None:
    """What is kept of the coverage, and whether the contracts have changed since."""
    kept = _read(root / COVERAGE)
    return kept and (kept, kept["sources"] != hash_contracts(root))


@dataclass(frozen=True)
class Mutants:
    """Mutants killed; mutants that something could kill; and those of them whose source has changed since."""

    killed: int
    possible: int
    stale: int


def read_mutation(root: Path) -> Mutants:
    """What is kept of the mutation campaign, added up."""
    rows = (_read(root / MUTATION) or {"rows": []})["rows"]
    killed, possible = (sum(row[key] for row in rows) for key in ("killed", "possible"))
    return Mutants(killed, possible, sum(row["possible"] for row in rows if not _is_present(root, row)))


def _is_present(root: Path, row: dict[str, Any]) -> bool:
    """Whether a row of mutation is of its source as it is now."""
    return (root / row["file"]).is_file() and bool(row["sources"] == hash_sources(root, [row["file"]]))


def contract_files(root: Path) -> list[str]:
    """All contracts but those for tests."""
    paths = find_files(root / "vyper_contracts", "*.vy")
    return [path.relative_to(root).as_posix() for path in paths if "testing" not in path.parts]


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(content, indent=1) + "\n")


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.is_file() else None


class Proofs:
    """What `megatao prove` said, of functions and properties."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._rows = {(row["kind"], row["function"]): row for row in (_read(root / PROOFS) or {"rows": []})["rows"]}

    def status_of(self, place: Place) -> str:
        """Of a mathematical function of the contracts, or of a property."""
        kind = PROPERTY if place.kind == PROPERTY else "equivalence"
        row = self._rows.get((kind, place.key))
        if row is None:
            return NOT_MEASURED
        is_present = row["sources"] == hash_proof(self._root, kind, place.key)
        return str(row["status"]) if is_present else f"{row['status']}, {STALE}"


class Evidence:
    """All rows of a project."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        root = trace.root
        self._proofs = Proofs(root)
        gas = _read(root / GAS)
        self._gas = {row["operation"].replace(" ", "_"): row for row in gas["rows"]} if gas else None
        self._gas_is_stale = bool(gas) and gas["sources"] != hash_contracts(root)
        mutation = _read(root / MUTATION)
        self._mutation = {(row["file"], row["function"]): row for row in mutation["rows"]} if mutation else None
        self._mirrors = {place.key: place for place in trace.places if place.kind == REFERENCE}

    def rows(self) -> list[Row]:
        """Each function of the contracts that has a rule, but those for tests only."""
        places = [place for place in self.trace.places if place.kind == CONTRACT and place.rules]
        return [self._row(place) for place in places if "/testing/" not in place.file]

    def _row(self, place: Place) -> Row:
        links = [self.trace.links[rule] for rule in place.rules if rule in self.trace.links]
        mirror = self._mirrors.get(place.key) if is_pure(place) else None
        references = [mirror] if mirror else [each for link in links for each in link.places[REFERENCE]]
        named = {each.where for link in links for each in link.places[TEST]}
        called = {each.where for reference in references for each in self.trace.tests_of(reference)}
        reached = {each.where for reference in references for each in self.trace.properties_of(reference)}
        actions = self.trace.actions_of(references)
        return Row(
            place,
            len(named | called),
            sum(len(each) for each in actions.values()),
            len(reached),
            self._proofs.status_of(place) if is_pure(place) else "",
            self._mutation_of(place),
            self.gas_of(place),
        )

    def gas_of(self, place: Place) -> str:
        """Gas of a transaction in a settled market; "" for what no transaction of a user is."""
        if "external" not in place.decorators or {"view", "pure"} & set(place.decorators):
            return ""
        name = to_snake(place.name)
        row = (self._gas or {}).get(DEARER.get(name, name))
        if row is None:
            return NOT_MEASURED
        return f"{row['warm']:,}" + (f", {STALE}" if self._gas_is_stale else "")

    def _mutation_of(self, place: Place) -> str:
        """Mutants that were killed, of those that are not equivalent."""
        if self._mutation is None:
            return NOT_MEASURED
        row = self._mutation.get((place.file, place.name))
        if row is None:
            return "no mutant"
        return f"{row['killed']}/{row['possible']}" + ("" if _is_present(self.trace.root, row) else f", {STALE}")
