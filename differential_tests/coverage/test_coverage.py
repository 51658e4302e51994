"""Coverage of the contracts: places are found, calls reach them, and what no call reaches is missing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from differential_tests.coverage import result
from differential_tests.coverage.command import coverage
from differential_tests.coverage.points import (
    ASSERT,
    FAILED,
    HELD,
    Point,
    contracts,
    list_failures,
    list_points,
    revert_lines,
)
from differential_tests.coverage.replay import Reached, Replay
from differential_tests.coverage.result import Coverage, Side
from differential_tests.vectors.files import VECTORS

CONTRACT = "IndexPriceOracle"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vectors of one contract."""
    copied = tmp_path_factory.mktemp("vectors")
    for name in (f"calls/{CONTRACT}.json", "worlds/oracles.json"):
        (copied / name).parent.mkdir()
        (copied / name).write_text((VECTORS / name).read_text())
    return copied


def reach(folder: Path) -> set[tuple[str, str]]:
    """Text and side of each assert that the vectors of a folder reach."""
    replay = Replay()
    replay.run_vectors(folder, lambda each, _: each)
    jumps = replay.reached.jumps
    return {
        (point.text, side)
        for point in list_points(CONTRACT)
        for is_taken, side in ((True, point.sides[0]), (False, point.sides[1]))
        if point.kind == ASSERT and (CONTRACT, point.pc, is_taken) in jumps
    }


def test_both_sides_of_an_assert_are_reached_or_missing(folder: Path) -> None:
    [text] = {point.text for point in list_points(CONTRACT) if "AlreadyInitialized" in point.text}
    assert {(text, HELD), (text, FAILED)} <= reach(folder)
    path = folder / "calls" / f"{CONTRACT}.json"
    content = json.loads(path.read_text())
    content["vectors"] = [vector for vector in content["vectors"] if vector.get("revert") != "AlreadyInitialized"]
    path.write_text(json.dumps(content))
    less = reach(folder)
    assert (text, HELD) in less
    assert (text, FAILED) not in less


def test_lcov_has_every_side_of_the_sources() -> None:
    def side(path: str, line: int, is_reached: bool) -> Side:
        point = Point(CONTRACT, 0, ASSERT, "", path, line, "assert", (FAILED, HELD))
        return Side(point, HELD, "", {CONTRACT: is_reached, "another": False})

    sides = [side("b.vy", 9, True), side("a.vy", 7, False), side("a.vy", 3, True), side("a.vy", 3, False)]
    text = Coverage(1, [*sides, side("", 0, True)], 0, [], []).to_lcov()
    first, second, rest = text.split("end_of_record\n")
    assert rest == ""
    assert first.split() == [
        *("TN:megatao", "SF:a.vy", "BRDA:3,0,0,1", "BRDA:3,0,1,0", "BRDA:7,0,0,-", "BRF:3", "BRH:1"),
        *("DA:3,1", "DA:7,0", "LF:2", "LH:1"),
    ]
    assert second.split() == ["TN:megatao", "SF:b.vy", "BRDA:9,0,0,1", "BRF:1", "BRH:1", "DA:9,1", "LF:1", "LH:1"]


def test_a_vector_that_does_not_agree_is_no_coverage(folder: Path) -> None:
    path = folder / "calls" / f"{CONTRACT}.json"
    content = json.loads(path.read_text())
    next(vector for vector in content["vectors"] if "revert" in vector)["revert"] = "NotOwner"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="the vector says NotOwner"):
        Replay().run_vectors(folder, lambda each, _: each)


def test_every_failure_of_the_sources_is_listed() -> None:
    failures = list_failures()
    assert {"NotOwner", "RoutesUneven", "GasLow"} <= {failure.name for failure in failures}
    assert {failure.name for failure in failures if failure.in_constructor} == {"CapOutOfRange", "RoutesUneven"}


@pytest.mark.parametrize("contract", contracts())
def test_a_failure_is_told_by_a_revert_of_its_own(contract: str) -> None:
    """The empty revert that the compiler's checks share stands behind the last assert of a contract's code."""
    asserts = {(each.path, each.line) for each in list_failures()}
    told = [place for place in revert_lines(contract).values() if place in asserts]
    assert told
    assert len(told) == len(set(told))


def test_every_assert_and_raise_fails_or_has_a_reason() -> None:
    replay = Replay(only_failures=True)
    replay.run_vectors(VECTORS, lambda each, _: each)
    replay.run_scripts(lambda each, _: each)
    unseen = result.find_unseen(replay.reached)
    assert not [f"{each.path}:{each.line} {each.name}" for each, reason in unseen if not reason]
    assert set(result.read_reasons()["failures"]) == {each.place for each, _ in unseen}, "a reason is not needed"


def test_reason_for_what_is_reached_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = list_failures()
    places = [each.place for each in failures]
    first = next(each for each in failures if not each.in_constructor and places.count(each.place) == 1)
    monkeypatch.setattr(result, "REASONS", tmp_path / "reasons.json")
    reasons = {"failures": {each.place: "why" for each in failures}, "sides": {"nowhere": "why"}, "checks": {}}
    result.REASONS.write_text(json.dumps(reasons))
    seen = Reached(failures={(first.path, first.line)})
    measured = result.measure(seen)
    assert set(measured.stale) == {first.place, "nowhere"}
    assert measured.totals()[result.FAILURES] == {"reached": 1, "reasoned": len(failures) - 1, "all": len(failures)}
    assert not measured.is_complete()


def test_command_fails_where_an_assert_has_no_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replay, "run_vectors", lambda *_: None)
    monkeypatch.setattr(Replay, "run_scripts", lambda *_: None)
    ended = CliRunner().invoke(coverage, ["--json", str(tmp_path / "coverage.json")])
    assert ended.exit_code == 1
    assert "GasLow: NO REASON" in ended.output
    content = json.loads((tmp_path / "coverage.json").read_text())
    assert content["totals"][result.FAILURES]["reached"] == 0
