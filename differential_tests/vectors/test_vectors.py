"""The checked-in vectors: they are what is built today, they show everything, and three EVMs agree with them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.deployment import PROXY, SHARE
from differential_tests.machines.protocol.states import STATES
from differential_tests.symbolic.reference.rules import find_mirrors
from differential_tests.vectors.abi import functions_of
from differential_tests.vectors.build import build_all, check_all, read_index
from differential_tests.vectors.calls import ORACLES
from differential_tests.vectors.check import check_calls
from differential_tests.vectors.command import vectors
from differential_tests.vectors.evms import EVMS
from differential_tests.vectors.files import VECTORS, VectorError, render, write_files
from differential_tests.vectors.functions import check_functions
from reference import errors
from reference.errors import MegaTAOError

MOST_BYTES = 3_000_000


def read(name: str | Path) -> Any:
    """A file of vectors."""
    return json.loads((VECTORS / name).read_text())


def call_vectors() -> Iterator[dict[str, Any]]:
    """Every vector of a call."""
    for path in sorted((VECTORS / "calls").glob("*.json")):
        yield from json.loads(path.read_text())["vectors"]


def find(name: str) -> dict[str, Any]:
    """The vector of an id."""
    [vector] = [vector for vector in call_vectors() if vector["id"] == name]
    return vector


def run(vector: dict[str, Any], evm: str) -> str:
    """What is wrong with a vector of the protocol."""
    worlds = {"protocol": read("worlds/protocol.json")}
    [(_, problem)] = check_calls(worlds, {"world": "protocol", "vectors": [vector]}, EVMS[evm])
    return problem


def test_vectors_are_those_that_are_built_today() -> None:
    """If not: `megatao vectors build`."""
    files = build_all(*read_index(VECTORS))
    assert {str(path.relative_to(VECTORS)) for path in VECTORS.rglob("*.json")} == set(files)
    built, index = files.pop("index.json"), read("index.json")
    different = [name for name, content in files.items() if (VECTORS / name).read_text() != render(content) + "\n"]
    assert not different
    assert {**built, "made": None} == {**index, "made": None}  # it says when


def test_vectors_show_every_function_error_and_state() -> None:
    """Each external function with success, each error's name, each state of interest, each pure function."""
    found = list(call_vectors())
    succeed = {vector["id"].partition("/")[0] for vector in found if "revert" not in vector}
    functions = {entry["name"] for contract in (PROXY, *ORACLES) for entry in functions_of(contract).values()}
    functions |= {f"{entry['name']} of the share" for entry in functions_of(SHARE).values()}
    assert functions <= succeed
    names = {
        failure.revert_name() for failure in MegaTAOError.__subclasses__() if failure.__module__ == errors.__name__
    }
    assert {vector["revert"] for vector in found if "revert" in vector} == names - {"TooManyMarkets"}  # 16,383 listings
    assert {state for vector in found for state in vector.get("shows", "").split("; ")} - {""} == STATES
    pure = {each["function"] for path in VECTORS.glob("functions/*") for each in read(path)["functions"]}
    assert pure == {".".join(mirror.key) for mirror in find_mirrors(ROOT)[0]}


def test_vectors_are_small_and_no_id_stands_twice() -> None:
    assert sum(path.stat().st_size for path in VECTORS.rglob("*.json")) < MOST_BYTES
    ids = [vector["id"] for vector in call_vectors()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("evm", EVMS)
def test_vectors_agree_on(evm: str) -> None:
    ran = list(check_all(VECTORS, evm))
    assert len(ran) > 1_000
    assert not [(vector, problem) for vector, problem in ran if problem]


CORRUPTIONS: dict[str, Any] = {
    "a word that is written": lambda v: v["post"][PROXY]["storage"].update(totals_word="0x1"),
    "a word that is not written": lambda v: v["post"][PROXY]["storage"].update(treasury="0x1"),
    "a word that is forgotten": lambda v: v["post"][PROXY]["storage"].pop("totals_word"),
    "the state before": lambda v: v["pre"][PROXY]["storage"].update(vault_word="0x1"),
    "a balance": lambda v: v["post"].update({"trader 0": {"balance": "1"}}),
    "the time": lambda v: v["block"].update(timestamp=v["block"]["timestamp"] + 1),
    "the caller": lambda v: v["call"].update({"from": "guardian"}),
    "an argument": lambda v: v["call"].update(data=v["call"]["data"][:10] + 64 * "0" + v["call"]["data"][74:]),
    "what is returned": lambda v: v.update(returned="0x00"),
    "a topic": lambda v: v["events"][0]["topics"].reverse(),
    "an event's data": lambda v: v["events"][0].update(data=v["events"][0]["data"][:-1] + "f"),
    "one event less": lambda v: v["events"].pop(),
    "who logs": lambda v: v["events"][0].update(address="trader 0"),
    "failure instead of success": lambda v: v.update(revert="NotOwner"),
}


@pytest.mark.parametrize("evm", EVMS)
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corrupted_call_vector_fails(evm: str, corruption: str) -> None:
    vector = find("open/success/1")
    assert run(vector, evm) == ""
    CORRUPTIONS[corruption](vector)
    assert run(vector, evm)


@pytest.mark.parametrize("evm", EVMS)
def test_a_wrong_revert_name_fails(evm: str) -> None:
    vector = find("open/NotOwner/1") | {"revert": "NotKeeper"}
    assert run(vector, evm) == "the vector says NotKeeper, the contract NotOwner"


@pytest.mark.parametrize("evm", EVMS)
def test_a_corrupted_function_vector_fails(evm: str) -> None:
    content = read("functions/units.json")
    content["functions"] = content["functions"][:1]
    vectors = content["functions"][0]["vectors"]
    result = next(each for each in vectors if "result" in each)
    error = next(each for each in vectors if "error" in each)
    result["result"] = [str(int(result["result"][0]) + 1)]
    error["error"] = "NotOwner"
    wrong = [problem for _, problem in check_functions(content, EVMS[evm]) if problem]
    assert len(wrong) == 2


def test_a_file_that_holds_no_vectors_is_named(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="there are no vectors in"):
        list(check_all(tmp_path, "py-evm"))
    for name in ("worlds/protocol.json", "calls/OpenModule.json", "functions/units.json"):
        write_files(tmp_path / "kept", {})
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text((VECTORS / name).read_text())
    (tmp_path / "calls/OpenModule.json").write_text('{"format": "megatao-call-vectors-1", "world": "protocol"}')
    with pytest.raises(VectorError, match=r"OpenModule.json holds something that is no vector: it has no 'vectors'"):
        list(check_all(tmp_path, "py-evm"))
    (tmp_path / "calls/OpenModule.json").write_text("[")
    with pytest.raises(VectorError, match=r"OpenModule.json can't be read"):
        list(check_all(tmp_path, "py-evm"))


def test_a_folder_without_vectors_is_refused(tmp_path: Path) -> None:
    for kind, form in (("worlds", "megatao-world-1"), ("calls", "megatao-call-vectors-1")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "a.json").write_text(json.dumps({"format": form, "world": "a", "vectors": []}))
    (tmp_path / "functions").mkdir()
    result = CliRunner().invoke(vectors, ["check", str(tmp_path), "--evm", "py-evm"])
    assert (result.exit_code, "there are no vectors" in " ".join(result.output.split())) == (2, True)
    (tmp_path / "functions" / "a.json").write_text('{"format": "megatao-function-vectors-1", "functions": []}')
    result = CliRunner().invoke(vectors, ["check", str(tmp_path), "--evm", "py-evm"])
    assert (result.exit_code, "hold no vectors" in " ".join(result.output.split())) == (2, True)


def test_other_peoples_files_are_not_replaced(tmp_path: Path) -> None:
    for name, content in {"index.json": '{"format": "another"}', "package.json": "{}"}.items():
        (tmp_path / name).write_text(content)
    result = CliRunner().invoke(vectors, ["build", "--output", str(tmp_path)])
    assert (result.exit_code, "other things than vectors" in " ".join(result.output.split())) == (2, True)
    assert (tmp_path / "package.json").read_text() == "{}"
