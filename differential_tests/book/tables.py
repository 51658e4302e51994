"""The tables that are generated into markdown files, between two marks."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from differential_tests.book import catalogues, known
from differential_tests.book.claims import CONTRACT, PROPERTY, REFERENCE, TEST, Place
from differential_tests.book.evidence import NOT_MEASURED, STALE, Evidence, Proofs, Row, read_coverage, read_mutation
from differential_tests.book.markdown import table
from differential_tests.book.reverts import reverts_table
from differential_tests.book.rules import id_order
from differential_tests.book.tools import options_table
from differential_tests.book.trace import Links, Trace, is_pure
from differential_tests.contracts.files import write_whole
from differential_tests.search.residuals import RESIDUALS

NONE: Final = "none"
NOT_PURE: Final = "not pure"
NO_TRANSACTION: Final = "no transaction"
"""What stands in a cell that has nothing to say: why it has not."""
MANY: Final = 3
"""How many actions are named before they are counted."""


def traceability(trace: Trace) -> str:
    """One row a rule: its code, its tests, its proofs."""
    proofs = Proofs(trace.root)
    rows = []
    for links in sorted(trace.links.values(), key=lambda each: id_order(each.rule.id)):
        if links.rule.is_erratum:
            continue
        proved = [*links.places[PROPERTY], *filter(is_pure, links.places[CONTRACT])]
        rows.append(
            [
                links.rule.link,
                *(_names(links.places[kind]) or NONE for kind in (REFERENCE, CONTRACT, TEST, PROPERTY)),
                ", ".join(sorted({proofs.status_of(place) for place in proved})) or NOT_PURE,
                _actions(links) or NONE,
            ]
        )
    return table(("rule", "reference", "contract", "tests", "properties", "proved", "campaigns"), rows)


def _names(places: list[Place]) -> str:
    """The functions of one kind, each with a link to its file; of tests only how many, with their files."""
    shown: dict[str, str] = {}
    for place in places:
        label = place.name if place.kind == TEST else place.key
        shown[label] = f"[`{label}`](../{place.file})"
    return "<br>".join(shown.values())


def _actions(links: Links) -> str:
    parts = []
    for machine, actions in links.actions.items():
        named = ", ".join(f"`{action}`" if action.isidentifier() else action for action in actions[:MANY])
        more = f" and {len(actions) - MANY} more" if len(actions) > MANY else ""
        parts.append(f"{machine}: {named}{more}")
    return "<br>".join(parts)


def evidence(trace: Trace) -> str:
    """One row a function of the contracts, by contract."""
    rows = Evidence(trace).rows()
    heads = ("function", "rule", "tests:", "actions of campaigns:", "properties:", "proof", "mutation", "gas:")
    return "\n\n".join(
        f"**{title}**\n\n" + table(heads, (_evidence_row(trace, row) for row in rows if row.is_external == is_external))
        for title, is_external in (("What users can call", True), ("What this is made of", False))
    )


def _evidence_row(trace: Trace, row: Row) -> list[str]:
    place = row.place
    named = ", ".join(trace.known[rule].link for rule in place.rules if rule in trace.known)
    counts = map(str, (row.tests, row.actions, row.properties))
    measured = (row.proof or NOT_PURE, row.mutation, row.gas or NO_TRANSACTION)
    return [f"[`{place.key}`](../{place.file})", named or NONE, *counts, *measured]


def coverage(trace: Trace) -> str:
    """One row a kind of place in the contracts."""
    measured = read_coverage(trace.root)
    if measured is None:
        return NOT_MEASURED
    kept, is_stale = measured
    calls = f"{kept['calls']:,} calls" + (f", {STALE}" if is_stale else "")
    rows = (
        (name, *(f"{kept['totals'][kind][each]:,}" for each in ("all", "reached", "reasoned")))
        for kind, name in KINDS.items()
    )
    return table((f"by {calls}", "all:", "reached:", "not reached, for a reason:"), rows)


def residuals() -> str:
    """One row a class of sequences that may gain something."""
    rows = ([each.name, each.tell_bound(), each.says] for each in RESIDUALS)
    return table(("sequences", "may gain", "because"), rows)


def totals(trace: Trace) -> str:
    """One sentence of figures, and how much of it was measured before the sources changed."""
    rules = sum(not rule.is_erratum for rule in trace.rules)
    statuses = [Proofs(trace.root).status_of(place) for place in trace.places if is_pure(place)]
    proved = sum(status.startswith("proved") for status in statuses)
    mutants, measured = read_mutation(trace.root), read_coverage(trace.root)
    parts = [f"{rules} rules", f"{proved} of {len(statuses)} pure functions proved on compiled code"]
    old = [f"{sum(status.endswith(STALE) for status in statuses)} proofs"]
    if mutants.possible:
        parts.append(f"{mutants.killed} of {mutants.possible} mutants killed ({mutants.killed / mutants.possible:.1%})")
        old.append(f"{mutants.stale} mutants")
    if measured:
        counts = measured[0]["totals"]["asserts and raises"]
        parts.append(f"{counts['reached']} of {counts['all']} asserts and raises reached")
        old += ["the coverage"] * measured[1]
    stale = [each for each in old if not each.startswith("0 ")]
    caveat = f" Their sources have changed since these were measured: {', '.join(stale)}." if stale else ""
    return f"**{'; '.join(parts)}.**{caveat}"


KINDS: Final = {
    "asserts and raises": "asserts and raises that fail",
    "assert": "sides of the conditions of asserts",
    "branch": "sides of branches",
    "compiler check": "the compiler's checks of arithmetic, bounds and conversions that pass",
    "compiler check, failed": "the same that fail",
    "calldata check": "the compiler's checks of a call's data and value that pass",
    "calldata check, failed": "the same that fail",
}
"""What a coverage counts, in the words of the table."""

TABLES: Final[dict[str, tuple[Callable[[Trace], str], str]]] = {
    "totals": (totals, "README.md"),
    "reverts": (reverts_table, "spec/reverts.md"),
    "proofs": (known.proofs, "spec/known-issues.md"),
    "gaps": (known.gaps, "spec/known-issues.md"),
    "unreached": (known.unreached, "spec/known-issues.md"),
    "skipped": (known.skipped, "spec/known-issues.md"),
    "options": (lambda _: options_table(), "spec/tools.md"),
    "entry points": (catalogues.entry_points, "spec/entry-points.md"),
    "access": (catalogues.access, "spec/entry-points.md"),
    "outcomes": (catalogues.outcomes, "spec/entry-points.md"),
    "events": (catalogues.events, "spec/events.md"),
    "errors": (catalogues.errors, "spec/errors.md"),
    "external calls": (catalogues.externals, "spec/external-calls.md"),
    "residuals": (lambda _: residuals(), "spec/threats.md"),
    "traceability": (traceability, "spec/traceability.md"),
    "coverage": (coverage, "spec/evidence.md"),
    "evidence": (evidence, "spec/evidence.md"),
}
"""Each table, and the file that holds it."""


def _mark(name: str, end: str) -> str:
    return f"<!-- generated: {name} {end} -->"


def _section(name: str) -> re.Pattern[str]:
    return re.compile(f"({re.escape(_mark(name, 'begin'))}\n)(.*?)({re.escape(_mark(name, 'end'))})", re.S)


def _tables(trace: Trace) -> Iterator[tuple[Path, str, str]]:
    """File, name and text of each table, where its marks are."""
    for name, (make, file) in TABLES.items():
        path = trace.root / file
        if not _section(name).search(path.read_text()):
            raise LookupError(f"{file} has no marks for the generated table {name}")
        yield path, name, make(trace)


def stale_tables(trace: Trace) -> Iterator[tuple[str, int]]:
    """File and line of each table that is not what the sources say."""
    for path, name, made in _tables(trace):
        text = path.read_text()
        match = _section(name).search(text)
        if match and match[2] != f"\n{made}\n\n":
            yield path.relative_to(trace.root).as_posix(), text.count("\n", 0, match.start()) + 1


def write_tables(trace: Trace) -> list[str]:
    """Write the tables; the files that have changed."""
    changed = []
    for path, name, made in _tables(trace):
        text = path.read_text()
        match = _section(name).search(text)
        after = f"{text[: match.start(2)]}\n{made}\n\n{text[match.end(2) :]}" if match else text
        if after != text:
            write_whole(path, after)
            changed.append(path.relative_to(trace.root).as_posix())
    return list(dict.fromkeys(changed))
