"""`megatao spec check` and `stamp`: what fits together passes, and whatever is taken away is missed, with its place."""

import re
import shutil
from pathlib import Path

import pytest

from differential_tests.book import check, claims, rules
from differential_tests.book.check import ALL_STAMPED, find_problems
from differential_tests.book.examples import run_examples
from differential_tests.book.stamps import restamp, write_stamps
from differential_tests.book.tables import write_tables
from differential_tests.book.trace import Trace

ROOT = rules.ROOT
STAMP = re.compile(r"(?<=\b[A-Z]{3}-\d):[0-9a-f]{4}\b|(?<=\b[A-Z]{3}-\d\d):[0-9a-f]{4}\b")
PARTS = ("spec", "reference", "vyper_contracts", "differential_tests")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is checked, without hashes."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for file in (*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "LICENSE"):
        shutil.copy(file, tmp_path)
    for path in (*tmp_path.rglob("*.py"), *tmp_path.rglob("*.vy")):
        path.write_text(STAMP.sub("", path.read_text()))
    return tmp_path


def change(root: Path, file: str, before: str, after: str) -> None:
    """What stands once in a file becomes something else."""
    path = root / file
    text = path.read_text()
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after))


def faults(root: Path, all_stamped: bool = False) -> list[str]:
    """The lines of the check."""
    return [str(problem) for problem in find_problems(Trace(root), all_stamped)]


def test_the_project_fits_together() -> None:
    assert find_problems(Trace(), ALL_STAMPED) == []


TAKEN_AWAY = [
    ("spec/fees.md", "### FEE-1 Fee\n", "### The fee\n", "reference/math/fees.py:7: FEE-1 is no rule"),
    ("spec/fees.md", "### FEE-4 ", "### FEE-3 ", "FEE-3 stands 2 times"),
    ("spec/fees.md", "## Properties", "### FEE-6 One more\n\nText.\n\n## Properties", "FEE-6 has no code"),
    ("spec/fees.md", "Erratum E-18\n", "Erratum E-99\n", "E-99 is no rule"),
    ("spec/notation.md", "[margin](margin.md)", "[margin](margins.md)", "margins.md leads to no file"),
    ("spec/accounts.md", "(#acc-2-withdrawal)", "(#acc-2-withdrawals)", "leads to no heading of accounts.md"),
    ("spec/README.md", "| [Fees](fees.md) |", "| Fees |", "spec/fees.md:1: no table of spec/README.md"),
    ("spec/tools.md", "megatao gas  ", "megatao gas --warm ", "there is no --warm"),
    ("CONTRIBUTING.md", "`make lint types`", "`make lint typos`", "make lint typos: there is no typos"),
    ("spec/vectors.md", "megatao vectors build  ", "megatao vectors bild  ", "there is no bild"),
    ("spec/tour.md", "11805107209523141288", "11805107209523141289", "closed.payout gives 11805107209523141288"),
    ("spec/threats.md", "### T-3 Walk", "### T-4 Walk", "T-4 is taken"),
    ("spec/threats.md", "### T-5 Trade", "### T-98 Trade", "T-98 is not the next id"),
    ("spec/threats.md", "Tests: no test.", "Tests: later.", 'T-4 names no test, and does not say "no test"'),
    ("differential_tests/properties/ema.py", "def index_update_", "def an_update_", "does not define index_update_"),
    ("SECURITY.md", "each attack with an id", "each attack (T-99) with an id", "SECURITY.md:36: T-99 is no threat"),
    ("spec/impact.md", "`SlippageTooHigh`", "`Slippage`", "SlippageTooHigh is not among the reverts of IMP-8"),
    ("reference/modules/decrease.py", "raise SizeTooLarge", "raise SizeZero", "spec/reverts.md:"),
    ("vyper_contracts/core/settlement.vy", "@dev POS-7.", "@dev Moves.", "settle has no rule"),
    ("differential_tests/golden/test_golden_math.py", "def test_fee_2_", "def test_no_", "spec/traceability.md:"),
]


def test_what_is_taken_away_is_missed(project: Path) -> None:
    for file, before, after, _ in TAKEN_AWAY:
        change(project, file, before, after)
    with (project / "reference" / "fees.py").open("a") as added:
        added.write('\n\ndef calculate_rebate(fee: int) -> int:\n    """A rebate."""\n    return fee\n')
    found = faults(project)
    for expected in (*(row[3] for row in TAKEN_AWAY), "FEE-6 has no test", "calculate_rebate has no rule"):
        assert any(expected in line for line in found), (expected, found)


def test_helpers_are_functions_that_are_there() -> None:
    places = {f"{place.file}:{place.name}": place for place in claims.load_places(ROOT)}
    assert all(not places[helper].ids for helper in check.HELPERS)


def stamp_all(root: Path) -> list[str]:
    """Stamp a copy; the files that have changed."""
    trace = Trace(root)
    return write_stamps(root, trace.places, trace.known)


def test_a_changed_rule_points_at_all_that_was_written_for_the_old_one(project: Path) -> None:
    stamp_all(project)
    write_tables(Trace(project))
    assert faults(project, all_stamped=True) == []
    assert stamp_all(project) == []
    change(project, "spec/fees.md", "- Rounding: up, against the payer.\n", "- Rounding: up, against who pays.\n")
    found = faults(project, all_stamped=True)
    stale = [line for line in found if "FEE-1" in line]
    assert stale == found
    for place in (
        "vyper_contracts/math/fees.vy",
        "reference/math/fees.py",
        "differential_tests/golden/test_golden_math.py",
    ):
        assert any(line.startswith(f"{place}:") for line in stale), place


def test_one_rule_is_stamped_alone(project: Path) -> None:
    trace = Trace(project)
    changed = write_stamps(project, trace.places, trace.known, "EMA-2")
    assert changed == ["differential_tests/properties/ema.py"]


def test_an_id_without_a_hash_is_missed_once_all_are_stamped(project: Path) -> None:
    stamp_all(project)
    fees = trace_rule(project, "FEE-1")
    change(project, "vyper_contracts/math/fees.vy", f"FEE-1:{fees}.", "FEE-1.")
    assert any("FEE-1 of calculate_fee_up has no hash" in line for line in faults(project, all_stamped=True))


def trace_rule(root: Path, rule: str) -> str:
    """A rule's hash."""
    return Trace(root).known[rule].stamp


TEST = claims.Place(claims.TEST, "test_x.py", "test_fee_1_of_nothing", 1, 9, False, (("FEE-1", ""),))
FEE_1 = rules.Rule("FEE-1", "Fee", "text", "fees", 1)


@pytest.mark.parametrize(
    ("source", "stamped"),
    [
        ("def test_fee_1_of_nothing() -> None:\n    pass\n", '    """FEE-1:{}."""\n    pass\n'),
        ('def test_fee_1_of_nothing() -> None:\n    """Nothing."""\n', '    """FEE-1:{}. Nothing."""\n'),
        ('def test_fee_1_of_nothing() -> None:\n    """See FEE-1:0000."""\n', '    """See FEE-1:{}."""\n'),
    ],
)
def test_a_test_gets_the_hash_of_the_rule_in_its_name(source: str, stamped: str) -> None:
    header = source[: source.index("\n") + 1]
    assert restamp(TEST, source, {"FEE-1": FEE_1}) == header + stamped.format(FEE_1.stamp)


def test_a_line_that_a_hash_makes_too_long_is_broken() -> None:
    source = f'def test_fee_1_of_nothing() -> None:\n    """{"word " * 21}words."""\n'
    lines = restamp(TEST, source, {"FEE-1": FEE_1}).splitlines()
    assert [line.startswith("    ") and len(line) <= 120 for line in lines[1:]] == [True, True]
    assert " ".join(lines).split() == source.replace('"""', f'"""FEE-1:{FEE_1.stamp}. ', 1).split()


def test_line_breaks_do_not_change_a_hash() -> None:
    again = rules.Rule("FEE-1", "Fee", "te xt", "fees", 1)
    broken = rules.Rule("FEE-1", "Fee", "te\nxt", "fees", 9)
    assert again.stamp == broken.stamp != FEE_1.stamp


def test_ids_are_found_where_they_are_claimed() -> None:
    assert claims.head_ids("@dev STO-1:0af3, STO-3 and STO-5. A market.") == (
        ("STO-1", "0af3"),
        ("STO-3", ""),
        ("STO-5", ""),
    )
    assert claims.head_ids("Those of POS-7.") == ()
    assert claims.named_id("test_fee_12_is_up") == "FEE-12"
    assert claims.named_id("test_erratum_e_8") == "E-8"
    assert claims.named_id("test_fees_2_are_up") == ""


def test_examples_see_what_blocks_before_them_define_and_fail_on_errors(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("```pycon\n>>> x = 1\n```\n\n```pycon\n>>> x\n2\n>>> 1 / 0\n>>> x\n1\n```\n")
    assert [(failure.line, failure.message) for failure in run_examples(tmp_path)] == [
        (6, "x gives 1, not 2"),
        (8, "1 / 0 raises ZeroDivisionError: division by zero"),
    ]
