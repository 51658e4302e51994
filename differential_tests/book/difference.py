"""The rules of two versions, held against each other: which are new, which are gone, and what has changed of a text."""

import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path
from typing import Any, Final

from differential_tests.book.claims import TEST
from differential_tests.book.rules import Rule, id_order, load_rules, rules_of
from differential_tests.book.trace import Trace

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
KINDS: Final = (ADDED, REMOVED, CHANGED, MOVED)
BLOCK: Final = re.compile(r"[-*|#>`~]|\d+\. |    ")
"""How a line begins that does not go on with the paragraph before it."""


class RevisionError(Exception):
    """A revision can't be read; the text says why in one line."""


@dataclass(frozen=True)
class Change:
    """What has become of a rule. before, after: None where there was none, or is none any more."""

    before: Rule | None
    after: Rule | None

    @property
    def rule(self) -> Rule:
        """As it is now; if it is gone, as it was."""
        rule = self.after or self.before
        assert rule is not None  # noqa: S101  for mypy: one of them is there
        return rule

    @property
    def kind(self) -> str:
        """added, removed, changed (title or text), or moved to another chapter as it is."""
        if self.before is None or self.after is None:
            return ADDED if self.before is None else REMOVED
        return MOVED if self.before.stamp == self.after.stamp else CHANGED

    @property
    def lines(self) -> list[str]:
        """What was taken out of title and text, after "- ", and what came in, after "+ ". Line breaks do not count."""
        if self.kind == MOVED:
            return []
        before, after = ([*_units(rule)] if rule else [] for rule in (self.before, self.after))
        return [line.rstrip() for line in ndiff(before, after) if line.startswith(("- ", "+ "))]


def _units(rule: Rule) -> Iterator[str]:
    """Title and text of a rule, a paragraph, an item or a row of a table in a line each."""
    yield rule.title
    unit, is_fenced = "", False
    for line in rule.text.splitlines():
        is_mark = line.startswith(("```", "~~~"))
        if unit and (is_fenced or is_mark or not line.strip() or BLOCK.match(line)):
            yield unit
            unit = ""
        if is_mark:
            is_fenced = not is_fenced
        unit = line if is_fenced or is_mark else " ".join(f"{unit} {line}".split())
    if unit:
        yield unit


def compare(before: Iterable[Rule], after: Iterable[Rule]) -> list[Change]:
    """The rules that are not the same, in the order of their ids."""
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    changes = [Change(old.get(each), new.get(each)) for each in sorted(old.keys() | new.keys(), key=id_order)]
    return [each for each in changes if not _is_same(each)]


def _is_same(change: Change) -> bool:
    before, after = change.before, change.after
    return before is not None and after is not None and (before.stamp, before.chapter) == (after.stamp, after.chapter)


def rules_at(root: Path, revision: str) -> list[Rule]:
    """The rules and errata of a revision of git's. Errors: RevisionError."""
    commit = resolve(root, revision)
    archive = _git(root, "archive", "--format=tar", commit, "spec")
    if archive is None:
        raise RevisionError(f"{revision} has no spec/")
    rules = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files.getmembers():
            content = files.extractfile(member) if member.name.endswith(".md") else None
            if content:
                rules += rules_of(Path(member.name).stem, content.read().decode())
    return rules


def resolve(root: Path, revision: str) -> str:
    """The commit that a revision means. Errors: RevisionError."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        raise RevisionError(f"git knows no revision {revision!r} here")
    return found.decode().strip()


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git says; None where it fails, or is not there."""
    try:
        told = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)  # noqa: S603, S607  our own words
    except OSError:
        return None
    return told.stdout if told.returncode == 0 else None


def difference(trace: Trace, revision: str) -> dict[str, Any]:
    """What has become of the rules since a revision, as JSON. Errors: RevisionError.

    lines: see `Change.lines`. places: code and tests that claim the rule now.
    """
    changes = compare(rules_at(trace.root, revision), load_rules(trace.root / "spec"))
    return {
        "format": "megatao-rules-diff-1",
        "revision": revision,
        "commit": resolve(trace.root, revision),
        "counts": {kind: sum(each.kind == kind for each in changes) for kind in KINDS},
        "rules": [
            {
                "id": each.rule.id,
                "kind": each.kind,
                "title": each.rule.title,
                "before": _describe(each.before),
                "after": _describe(each.after),
                "lines": each.lines,
                "places": _places(trace, each.rule.id),
            }
            for each in changes
        ],
    }


def _describe(rule: Rule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {"chapter": rule.chapter, "title": rule.title, "hash": rule.stamp, "text": rule.text}


def _places(trace: Trace, rule_id: str) -> list[str]:
    """Where a rule is claimed, code before tests."""
    links = trace.links.get(rule_id)
    places = [place for found in links.places.values() for place in found] if links else []
    return [place.where for place in sorted(places, key=lambda each: (each.kind == TEST, each.file, each.line))]
