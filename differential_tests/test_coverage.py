"""Coverage of the contracts: places are found, calls reach them, and what no call reaches is missing."""

import json
from pathlib import Path

import pytest

from differential_tests.coverage.points import ASSERT, FAILED, HELD, list_failures, list_points
from differential_tests.coverage.replay import Replay
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
