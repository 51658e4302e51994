"""The flat lists of reverts: what the test vectors meet is in them, and each name of the reference is met in one."""

import json

import pytest

from differential_tests.book.reverts import EntryPoint, Reverts, entry_points
from differential_tests.book.rules import ROOT
from differential_tests.book.trace import Trace
from differential_tests.contracts.files import find_files

CALLS = find_files(ROOT / "differential_tests" / "vectors" / "data" / "calls", "*.json")
BEFORE = {"", "SelectorUnknown", "NotDelegated"}
"""What ends a call before its function runs."""


@pytest.fixture(scope="module")
def entries() -> dict[tuple[str, str], EntryPoint]:
    """The entry points, by contract and function."""
    return {(entry.place.module, entry.place.name): entry for entry in entry_points(Trace())}


def test_reverts_of_the_vectors_are_listed(entries: dict[tuple[str, str], EntryPoint]) -> None:
    met = 0
    for path in CALLS:
        for vector in json.loads(path.read_text())["vectors"]:
            entry = entries.get((path.stem, vector["call"].get("function", "").partition("(")[0]))
            if entry and vector.get("revert") is not None and vector["revert"] not in BEFORE:
                met += 1
                assert vector["revert"] in {each.error for each in entry.reverts}, vector["id"]
    assert met > 100


def test_order_is_that_in_which_a_call_is_refused(entries: dict[tuple[str, str], EntryPoint]) -> None:
    names = [each.error for each in entries["OpenModule", "increase"].reverts]
    order = (
        "Paused NotOwner PositionUnknown MarketUnknown GasLow MarketClosed PriceOutOfBand SlippageTooHigh CashTooLow"
    )
    assert [name for name in names if name in order.split()] == order.split()
    assert names.index("VaultShort") == len(names) - 6


def test_conditions_are_those_on_the_way(entries: dict[tuple[str, str], EntryPoint]) -> None:
    [limit] = [each for each in entries["OpenModule", "open"].reverts if each.error == "TotalLimitReached"]
    assert limit.rule == "POS-16"
    assert limit.when[0] == "context.exposure > found.exposure"


def test_what_a_contract_asks_beyond_the_reference_is_listed(entries: dict[tuple[str, str], EntryPoint]) -> None:
    assert entries["CustodyModule", "withdraw"].reverts[-1].error == "TransferFailed"
    assert [each.error for each in entries["PriceOracle", "try_read_index"].reverts] == ["GasLow"]


def test_names_that_are_no_function_of_the_reference_have_no_reverts() -> None:
    assert Reverts(Trace().graph).of("reference.errors.Paused") == ()
