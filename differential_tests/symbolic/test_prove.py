"""What is not proved is not called proved; and what is proved is proved of the deployed code."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from differential_tests.symbolic import ROOT, prove_all
from differential_tests.symbolic.campaign import Campaign, Limits
from differential_tests.symbolic.evm.compiled import (
    MATH,
    CompilationFailed,
    compile_path,
    compile_source,
    deployable_paths,
    function_names,
    math_functions,
)
from differential_tests.symbolic.evm.concrete import Machine
from differential_tests.symbolic.evm.entry import make_entry
from differential_tests.symbolic.evm.outcome import HALT
from differential_tests.symbolic.prove import prove
from differential_tests.symbolic.reference.rules import find_mirrors
from differential_tests.symbolic.report import PROVED, REFUTED, UNKNOWN, UNSUPPORTED, Row
from differential_tests.symbolic.samples import SAMPLES, prove_sample, references, sample_entries
from differential_tests.symbolic.solver.questions import Options
from differential_tests.symbolic.solver.solvers import UNKNOWN as NO_ANSWER
from differential_tests.symbolic.solver.solvers import UNSAT, Answer, Solver
from differential_tests.symbolic.terms.arithmetic import OPERATIONS

PROVABLE = sorted(set(function_names(SAMPLES)) - {"sample.digest", "sample.is_factored"})


@pytest.mark.parametrize("name", PROVABLE)
def test_samples_of_every_shape_are_proved(name: str) -> None:
    row = prove_sample(name.partition(".")[2], samples=100, timeout=60.0)  # a busy machine takes longer
    assert row.status == PROVED, row
    assert row.domain.startswith("all words")
    assert 0 < row.witnessed == row.pairs


def test_an_unknown_instruction_is_unsupported() -> None:
    row = prove_sample("digest", samples=0)
    assert row.status == UNSUPPORTED
    assert "0x20" in row.message


def test_hard_arithmetic_is_unknown() -> None:
    row = prove_sample("is_factored", timeout=0.5)
    assert row.status == UNKNOWN
    assert row.witnessed > 0


def test_what_takes_too_long_is_unknown() -> None:
    row = prove(
        "SAM-0", references()["sample.ceiling"], sample_entries()["sample.ceiling"], Options(function_timeout=0)
    )
    assert (row.status, row.message) == (UNKNOWN, "not done in 0 s")


def digits(x: int) -> int:
    return len(str(int(x)))


def endless(x: int) -> int:
    count = 0
    while count < x:
        count += 1
    return count


def bits(x: int) -> int:
    return x & 1


@pytest.mark.parametrize("function", [digits, endless, bits])
def test_a_construct_that_the_prover_does_not_know_is_unsupported(function: object) -> None:
    assert prove_sample("identity", function, samples=0).status == UNSUPPORTED


def narrow_domain(x: int) -> int:
    """SAM-22. Wrong from 2**112 on.

    pre: x < 2**112
    """
    return x if x < 2**112 else 0


def wide_domain(x: int) -> int:
    """SAM-22. Wrong from 2**112 on.

    pre: x <= 2**112
    """
    return x if x < 2**112 else 0


def empty_domain(x: int) -> int:
    """SAM-22. Wrong everywhere.

    pre: x < 5
    pre: x > 5
    """
    return x + 1


def void_domain(x: int) -> int:
    """SAM-22. Wrong everywhere.

    pre: x * x == 2**255 + 1
    """
    return x + 1


def wrong_domain(x: int) -> int:
    """SAM-22. The precondition fails.

    pre: x // (x - x) > 0
    """
    return x


def test_a_precondition_narrows_the_domain_and_is_reported() -> None:
    row = prove_sample("identity", narrow_domain)
    assert (row.status, row.domain) == (PROVED, "x < 2**112")
    refuted = prove_sample("identity", wide_domain, samples=0)
    assert refuted.status == REFUTED
    assert refuted.counterexample is not None
    assert refuted.counterexample.args == {"x": 2**112}


def test_nothing_is_proved_of_an_empty_domain() -> None:
    assert prove_sample("identity", empty_domain).status == UNKNOWN
    assert prove_sample("identity", void_domain, witness_timeout=0.5, timeout=1.0).status == UNKNOWN
    assert prove_sample("identity", wrong_domain).status == UNSUPPORTED


def wrong_beyond_reach(x: int) -> int:
    return x + 1 if x == 98_765_432_109_876_543_210 else x


def test_a_solver_that_lies_is_found_out_or_says_nothing() -> None:
    """It claims models that are none; a claim counts only if both sides differ on it when they are run."""
    liar = Solver("liar", lambda _text, _timeout, names: Answer("sat", dict.fromkeys(names, 7)))
    row = prove_sample("identity", wrong_beyond_reach, solver=liar, samples=0)
    assert row.status == UNKNOWN
    mute = Solver("mute", lambda *_: Answer(NO_ANSWER))
    assert prove_sample("identity", wrong_beyond_reach, solver=mute, samples=0).status == UNKNOWN
    assert prove_sample("identity", wrong_beyond_reach, samples=0).status == REFUTED


def test_the_second_solver_is_asked_and_heard() -> None:
    assert prove_sample("ceiling", cross_check=True).cross_check == PROVED
    mute = Solver("mute", lambda *_: Answer(NO_ANSWER))
    row = prove_sample("ceiling", cross_check=True, second_solver=mute)
    assert (row.status, row.cross_check) == (PROVED, UNKNOWN)
    yes = Solver("yes", lambda *_: Answer(UNSAT))
    row = prove_sample("identity", wrong_beyond_reach, cross_check=True, solver=yes, samples=0)
    assert row.status == REFUTED, "what the first solver overlooks, the second one finds"


def test_a_wrong_executor_is_found_out_by_the_real_evm(monkeypatch: pytest.MonkeyPatch) -> None:
    count, _ = OPERATIONS[0x04]
    wrong = (count, lambda number, divisor, facts: facts.quotient(number, divisor + 1))
    monkeypatch.setitem(OPERATIONS, 0x04, wrong)
    row = prove_sample("accrued")
    assert row.status == UNKNOWN
    assert "executor" in row.message


# ---- contracts

CONTRACT = """# pragma version 0.4.3
# pragma evm-version shanghai
from vyper_contracts.math import sample

OWNER: immutable(address)
total: public(uint256)

@deploy
def __init__():
    OWNER = msg.sender

@external
def add(x: uint256, y: uint256) -> address:
    self.total += sample.ceiling(x, y)
    sample.validate_margin(x, y, self.total)
    return OWNER
"""


def test_a_function_is_entered_inside_of_a_contract_with_state() -> None:
    contract = compile_source(CONTRACT, SAMPLES / "Holder.vy", SAMPLES)
    assert set(contract.functions) == {("sample", "ceiling"), ("sample", "validate_margin")}
    for key, function in contract.functions.items():
        row = prove("SAM-0", references()[".".join(key)], make_entry(contract, function))
        assert row.status == PROVED, row
        assert row.contracts[0].runtime_sha256 == contract.runtime_sha256


def test_the_runtime_is_what_the_project_deploys() -> None:
    from differential_tests.contracts.artefacts import artefact

    path = deployable_paths(ROOT)[0]
    assert compile_path(path, ROOT).runtime == artefact(path.stem).runtime


def test_a_wrong_frame_can_not_be_proved() -> None:
    contract = compile_source(CONTRACT, SAMPLES / "Holder.vy", SAMPLES)
    function = contract.functions["sample", "ceiling"]
    moved = type(function)(**{**vars(function), "frame": function.frame + 32})
    row = prove("SAM-0", references()["sample.ceiling"], make_entry(contract, moved))
    assert row.status == REFUTED


def test_an_end_that_is_neither_return_nor_revert_is_a_halt() -> None:
    assert Machine(bytes([0xFE])).call([1]).kind == HALT
    assert Machine(bytes([0x00])).call([1]).kind == HALT


# ---- pairing


def copy_math(root: Path, *changes: tuple[str, str, str]) -> Path:
    """The project's mathematical modules below `root`, with some texts replaced."""
    shutil.copytree(ROOT / MATH, root / MATH)
    for name, before, after in changes:
        path = root / MATH / f"{name}.vy"
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after, 1))
    return root


def test_every_function_of_the_project_has_its_mirror() -> None:
    mirrors, problems = find_mirrors(ROOT)
    assert not problems
    assert len(mirrors) == len(math_functions(ROOT)) > 0


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("@dev EMA-1", "@dev XXX-1", "rule XXX-1 in Vyper and EMA-1"),
        ("@dev EMA-1", "@dev The", "does not begin with a rule id"),
        ("def ema(average:", "def emma(average:", "does not exist"),
        ("def ema(average: uint256, sample: uint256", "def ema(sample: uint256, average: uint256", "takes"),
        ("@internal\n@pure\ndef ema", "@internal\n@view\ndef ema", "not @internal @pure"),
    ],
)
def test_a_function_without_its_mirror_is_reported(before: str, after: str, message: str, tmp_path: Path) -> None:
    _, problems = find_mirrors(copy_math(tmp_path, ("ema", before, after)))
    assert [row.status for row in problems] == [UNSUPPORTED]
    assert message in problems[0].message


def test_a_reference_that_can_not_be_imported_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = importlib.import_module

    def broken(name: str) -> object:
        if name == "reference.math.ema":
            raise ImportError("half written")
        return plain(name)

    monkeypatch.setattr(importlib, "import_module", broken)
    mirrors, problems = find_mirrors(ROOT)
    assert mirrors
    broken_rows = [row for row in problems if row.function.startswith("ema.")]
    assert broken_rows
    assert all(row.status == UNSUPPORTED and "half written" in row.message for row in broken_rows)


def test_a_rule_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LookupError, match="UNT-3"):
        prove_all("XYZ-1")


def write_two_contracts(root: Path) -> Path:
    """The modules below `root`, and two contracts that have a function of theirs."""
    copy_math(root)
    wrapper = "\n@external\n@pure\ndef f(a: uint256) -> uint256:\n    return units.mul_div_down(a, a, a)\n"
    for name in ("One", "Other"):
        source = f"# pragma version 0.4.3\nfrom vyper_contracts.math import units\n{wrapper}"
        (root / "vyper_contracts" / f"{name}.vy").write_text(source)
    return root


def test_one_rule_is_proved_in_each_contract_that_contains_it(tmp_path: Path) -> None:
    root = write_two_contracts(tmp_path)
    seen: list[Row] = []
    rows = prove_all("UNT-3", on_row=seen.append, root=root, workers=1)
    assert seen == rows
    assert [contract.name for contract in rows[0].contracts] == ["One", "Other"]
    harnessed = prove_all("UNT-4", root=root, workers=1)
    assert [contract.name for contract in harnessed[0].contracts] == ["SymbolicHarness"]
    assert {row.status for row in rows + harnessed if row.kind == "equivalence"} == {PROVED}
    assert rows[0].to_json()["contracts"][0]["name"] == "One"


def test_a_contract_that_does_not_compile_is_an_error(tmp_path: Path) -> None:
    root = copy_math(tmp_path)
    (root / "vyper_contracts" / "Broken.vy").write_text("# pragma version 0.4.3\nx: nothing\n")
    with pytest.raises(CompilationFailed, match="Broken"):
        prove_all("UNT-3", root=root, workers=1)


def test_worker_processes_give_the_same_rows(tmp_path: Path) -> None:
    root, rows = write_two_contracts(tmp_path), []
    for workers in (1, 2):
        campaign = Campaign(root, Limits(), cross_check=False, workers=workers)
        campaign.select("UNT-3")
        rows.append([replace(row, seconds=0.0) for row in campaign.run(lambda _: None)])
    assert rows[0] == rows[1]
    assert rows[0][0].status == PROVED
    assert [contract.name for contract in rows[0][0].contracts] == ["One", "Other"]


def test_options_default_to_z3() -> None:
    assert Options().solver.name.startswith("z3 ")
