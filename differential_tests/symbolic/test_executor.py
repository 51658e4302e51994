"""The symbolic EVM against the real one, without any reference."""

from __future__ import annotations

import pytest

from differential_tests.symbolic import ROOT
from differential_tests.symbolic.evm.compiled import function_names
from differential_tests.symbolic.evm.concrete import Machine, sample_arguments
from differential_tests.symbolic.evm.entry import Entry
from differential_tests.symbolic.evm.executor import Executor, jump_destinations
from differential_tests.symbolic.evm.outcome import RETURN, REVERT, decode_revert_name
from differential_tests.symbolic.prove import predicted_outcome
from differential_tests.symbolic.samples import SAMPLES, project_entries, sample_entries, sample_harness
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.domain import Domain
from differential_tests.symbolic.terms.evaluate import Evaluation
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.terms import variable

CALLS = 300
"""Of each function, at least."""

CALLS_OF_A_PATH = 20
"""A function of many paths is called more often: the rare ones are to be taken too."""


def all_entries() -> dict[str, Entry]:
    """Every function, except the one that the executor does not know."""
    entries = project_entries() | sample_entries()
    del entries["sample.digest"]
    return entries


NAMES = sorted({*function_names(ROOT), *function_names(SAMPLES)} - {"sample.digest"})


def test_every_function_is_tried() -> None:
    assert set(NAMES) == set(all_entries())


@pytest.mark.parametrize("name", NAMES)
def test_exactly_one_path_is_taken_and_ends_as_the_evm_does(name: str) -> None:
    entry = all_entries()[name]
    domain = Domain.of(lambda: None, entry.types)
    paths = Executor(entry.code, domain.symbolic_words(Facts())).run(Facts())
    machine = Machine(entry.code)
    taken_by_someone = set()
    calls = max(CALLS, CALLS_OF_A_PATH * len(paths))
    for arguments in sample_arguments(entry.types, (), calls, seed=7):
        evaluation = Evaluation(arguments)
        taken = [path for path in paths if all(map(evaluation.holds, path.facts.conditions))]
        assert len(taken) == 1, arguments
        taken_by_someone.add(id(taken[0]))
        words = [entry.types[argument].to_word(value) for argument, value in arguments.items()]
        assert predicted_outcome(taken[0], evaluation) == machine.call(words), arguments
    # the rest is rare, or contradicts itself: spot above the mark in one branch, below it in another
    assert len(taken_by_someone) >= len(paths) // 4


def test_the_driver_leaves_the_deployed_code_as_it_is() -> None:
    harness = sample_harness()
    for (topic, name), function in harness.functions.items():
        code = sample_entries()[f"{topic}.{name}"].code
        first = min(other.pc for other in harness.functions.values())
        assert function.pc >= first > 4
        assert code[first : len(harness.runtime)] == harness.runtime[first:]
        assert jump_destinations(code) >= {pc for pc in jump_destinations(harness.runtime) if pc >= first}


def test_revert_names_are_read_from_the_revert_data() -> None:
    machine = Machine(sample_entries()["sample.validate_margin"].code)
    outcome = machine.call([5, 0, 4])
    assert (outcome.kind, outcome.name) == (REVERT, "MarginTooHigh")
    assert machine.call([5, 6, 7]).name == "MarginTooLow"
    assert machine.call([5, 5, 5]).words == ()


@pytest.mark.parametrize(
    ("gas", "address", "room", "is_copy"),
    [("5a", 4, 32, True), ("5a", 5, 32, False), ("5a", 4, 31, False), ("6001", 4, 32, False)],
)
def test_a_call_is_a_copy_of_memory_or_nothing_that_is_known(gas: str, address: int, room: int, is_copy: bool) -> None:
    """Calldata to memory at 0, a call that copies it to 64, and a return of what is there."""
    copy = f"5f355f52 60{room:02x} 6040 6020 5f 60{address:02x} {gas} fa 50 6040515f5260205ff3"
    argument = variable("argument", 0, 2**256 - 1)
    executor = Executor(bytes.fromhex(copy), [argument])
    if is_copy:
        [path] = executor.run(Facts())
        assert (path.kind, path.words) == (RETURN, (argument,))
    else:
        with pytest.raises(Unsupported, match="a call"):
            executor.run(Facts())


@pytest.mark.parametrize("length", [0, 4, 36, 67, 99])
def test_revert_data_that_is_no_reason_is_no_name(length: int) -> None:
    good = bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + (3).to_bytes(32, "big") + b"Bad".ljust(32, b"\0")
    assert decode_revert_name(good) == "Bad"
    cut = decode_revert_name(good[:length])
    assert cut == ("" if length == 0 else f"0x{good[:length].hex()}")
    assert decode_revert_name(good[:-1] + b"x").startswith("0x")
    assert decode_revert_name(b"\x00" + good[1:]).startswith("0x")
