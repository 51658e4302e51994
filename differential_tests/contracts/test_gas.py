"""A snapshot of gas: what has moved is named, and ends with exit code 1; only --renew writes it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from differential_tests.book import evidence
from differential_tests.cli.main import main
from differential_tests.contracts import gas, gas_shares
from differential_tests.contracts.gas import Row, compare

ROWS = [Row("open", 100, 90, 95, 96), Row("close", 80, 70), Row("cut off, 1 market", 60, 0)]

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`megatao gas` on a root of its own, with figures that are given instead of measured."""
    monkeypatch.setattr("differential_tests.cli.gas.ROOT", tmp_path)
    monkeypatch.setattr(evidence, "hash_contracts", lambda _: "")

    def call(rows: list[Row], *options: str) -> tuple[int, str]:
        monkeypatch.setattr(gas, "measure", lambda _say, _scale: rows)
        monkeypatch.setattr(gas_shares, "measure_shares", lambda _say: [])
        monkeypatch.setattr(sys, "argv", ["megatao", "gas", "--quiet", *options])
        with pytest.raises(SystemExit) as end:
            main()
        output = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, output.out + output.err

    return call


def test_each_operation_that_moved_is_one_line() -> None:
    kept = [row.to_json() for row in ROWS]
    assert compare(kept, ROWS) == []
    now = [Row("open", 100, 91, 95, 95), Row("close", 80, 70), Row("settle", 5, 5)]
    assert compare(kept, now) == [
        "cut off, 1 market: is not measured any more",
        "open: warm 90 is 91 (+1), many markets 96 is 95 (-1)",
        "settle: is not in the snapshot",
    ]


def test_figures_that_were_not_measured_are_not_compared() -> None:
    assert compare([ROWS[0].to_json()], [Row("open", 100, 90)]) == []


def test_a_change_is_seen_until_it_is_renewed(run: Run, tmp_path: Path) -> None:
    code, told = run(ROWS, "--check")
    assert (code, "there is no snapshot" in told) == (2, True)
    assert run(ROWS, "--renew")[0] == 0
    snapshot = tmp_path / evidence.GAS
    assert run(ROWS, "--check") == (0, "")
    before = snapshot.read_bytes()
    changed = [Row("open", 100, 91, 95, 96), *ROWS[1:]]
    assert run(changed, "--check") == (1, "open: warm 90 is 91 (+1)\n")
    assert snapshot.read_bytes() == before
    assert run(changed, "--renew")[0] == 0
    assert run(changed, "--check") == (0, "")


@pytest.mark.parametrize("options", [("--check", "--renew"), ("--renew", "--no-scale")])
def test_a_snapshot_is_never_renewed_in_part(run: Run, options: tuple[str, ...]) -> None:
    code, told = run(ROWS, *options)
    assert (code, "--renew keeps all figures" in told) == (2, True)
