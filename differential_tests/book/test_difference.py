"""`megatao spec diff`: what is new, gone, changed or moved, and nothing else."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from differential_tests.book.commands import spec
from differential_tests.book.difference import RevisionError, compare, rules_at
from differential_tests.book.rules import ROOT, load_rules

BEFORE = """# Fees

### FEE-1 Fee

The fee is a part of the notional,
rounded up.

- Rounding: up, against the payer.
- Domain: below 1.

### FEE-2 Split

All of it is the vault's.

### FEE-3 Cap

None.
"""
AFTER = """# Fees

### FEE-1 Fee

The fee is a part of
the notional, rounded up.

- Rounding: down, for
  the payer.
- Domain: below 1.

### FEE-4 Rebate

A tenth.
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose rules have changed since its first commit, which has a tag."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "fees.md").write_text(BEFORE)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "first"], ["tag", "v1"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "spec" / "fees.md").write_text(AFTER)
    (tmp_path / "spec" / "split.md").write_text("# Split\n\n### FEE-2 Split\n\nAll of it is the vault's.\n")
    return tmp_path


def test_rules_are_held_against_each_other(checkout: Path) -> None:
    changes = compare(rules_at(checkout, "v1"), load_rules(checkout / "spec"))
    assert [(each.kind, each.rule.id) for each in changes] == [
        ("changed", "FEE-1"),
        ("moved", "FEE-2"),
        ("removed", "FEE-3"),
        ("added", "FEE-4"),
    ]
    assert [each.lines for each in changes] == [
        ["- - Rounding: up, against the payer.", "+ - Rounding: down, for the payer."],
        [],
        ["- Cap", "- None."],
        ["+ Rebate", "+ A tenth."],
    ]


def test_nothing_has_changed_where_nothing_has(checkout: Path) -> None:
    now = load_rules(checkout / "spec")
    assert compare(now, now) == []
    (checkout / "spec" / "fees.md").write_text(BEFORE.replace("notional,\nrounded", "notional, rounded"))
    (checkout / "spec" / "split.md").unlink()
    assert compare(rules_at(checkout, "v1"), load_rules(checkout / "spec")) == []


@pytest.mark.parametrize("revision", ["nowhere", "--help", "v1:spec/fees.md", "HEAD~1"])
def test_a_revision_that_is_not_there_is_named(checkout: Path, revision: str) -> None:
    with pytest.raises(RevisionError, match=f"no revision '{revision}'"):
        rules_at(checkout, revision)


def test_what_is_no_checkout_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="no revision 'HEAD'"):
        rules_at(tmp_path, "HEAD")


def test_command(tmp_path: Path) -> None:
    bad = CliRunner().invoke(spec, ["diff", "no-such-revision"])
    assert bad.exit_code == 2
    assert "no-such-revision" in bad.output
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: it has no revision to compare with")
    good = CliRunner().invoke(spec, ["diff", "HEAD", "--json", str(tmp_path / "diff.json")], catch_exceptions=False)
    assert good.exit_code == 0
    assert "since HEAD (" in good.output
    found = json.loads((tmp_path / "diff.json").read_text())
    assert found["format"] == "megatao-rules-diff-1"
    assert sum(found["counts"].values()) == len(found["rules"])
