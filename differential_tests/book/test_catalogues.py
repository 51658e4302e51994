"""The catalogues: they say no less than the test vectors show, and what they say is what the contracts do."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from differential_tests.book import catalogues
from differential_tests.book.claims import CONTRACT
from differential_tests.book.reverts import entry_points
from differential_tests.book.rules import ROOT
from differential_tests.book.sources import code_of
from differential_tests.book.trace import Trace
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import MODULES, PROXY, SHARE
from differential_tests.contracts.interface import Check, load_entries

ENTRIES = {(entry.contract, entry.name): entry for entry in load_entries()}
CALL = re.compile(r"\b(?:extcall|staticcall)\b|\b(?:raw_call|send)\(")
CONTRACTS = (PROXY, SHARE, "PriceOracle", "IndexPriceOracle", *MODULES)


def test_every_function_of_the_abi_is_an_entry_point() -> None:
    for contract in CONTRACTS:
        selectors = {f"0x{selector.hex()}" for selector in artefact(contract).selectors.values()}
        assert selectors == {entry.selector for entry in ENTRIES.values() if entry.contract == contract} - {""}


def test_what_the_vectors_show_is_in_the_catalogue() -> None:
    topics = {f"0x{topic.hex()}": name for contract in CONTRACTS for name, topic in artefact(contract).events.items()}
    count = 0
    for path in (ROOT / catalogues.CALLS).glob("*.json"):
        for vector in json.loads(path.read_text())["vectors"]:
            function = vector["call"].get("function")
            entry = ENTRIES.get((path.stem, function.partition("(")[0])) if function else None
            if entry is None:
                continue
            count += 1
            assert vector.get("revert") in (None, "", *entry.reverts), (entry.key, vector["id"])
            logged = {topics[event["topics"][0]] for event in vector.get("events", ())}
            assert logged <= set(entry.events), (entry.key, vector["id"])
    assert count > 500


def test_topics_and_fields_are_those_of_the_abi() -> None:
    found = {event.name: event for event in catalogues.load_events(ROOT)}
    for contract in CONTRACTS:
        for entry in artefact(contract).abi:
            if entry["type"] == "event":
                event = found[entry["name"]]
                assert event.topic == f"0x{artefact(contract).events[event.name].hex()}"
                assert [(name, topic) for name, _, topic in event.fields] == [
                    (each["name"], each["indexed"]) for each in entry["inputs"]
                ]


ONLY = {
    "CustodyModule.deposit": {"NotDelegated"},
    "CustodyModule.seed": {"NotDelegated"},
    "CustodyModule.donate": {"NotDelegated"},
    "SharesModule.requestDeposit": {"NotDelegated"},
    "MarginModule.add_margin": {"VaultShort"},
    "OpenModule.increase": {"TooManyPositions"},
    "SharesModule.requestRedeem": {"AmountTooLarge"},
    "SharesModule.settle": {"NotVault", "BalanceTooLow"},
}
"""Names that one language's code has and the other's has not: the reference has no modules to be called alone
(NotDelegated), and the token knows who calls it; the rest is asked on a branch that the one reader sees to be ruled out
and the other one does not.
"""


SHARED_TEXT = {"MarketLimitReached": "OpenInterestTooHigh"}
"""Errors that a contract's text asks for before another one that in effect comes first: VLT-39 has one text for two."""


def test_contracts_and_reference_ask_for_the_same_in_the_same_order() -> None:
    compared = 0
    for entry in entry_points(Trace()):
        expected = list(dict.fromkeys(each.error for each in entry.reverts))
        found = list(ENTRIES[entry.place.module, entry.place.name].reverts)
        only = ONLY.get(entry.place.key, set())
        assert set(expected) ^ set(found) == only, entry.place.key
        asked = [name for name in found if name not in only]
        for later, first in SHARED_TEXT.items():
            if {later, first} <= set(asked):
                asked.remove(first)
                asked.insert(asked.index(later), first)
        assert asked == [name for name in expected if name not in only]
        compared += len(found)
    assert compared > 300


def test_who_may_call() -> None:
    def roles(contract: str, name: str) -> set[str]:
        checks = [check for check in ENTRIES[contract, name].checks if check.is_access]
        return {role for check in checks for role in catalogues.roles_of(check)}

    assert roles(PROXY, "route") == {"upgrader"}
    assert roles(PROXY, "cancel") == {"upgrader", "guardian"}
    assert roles("AdminModule", "set_pause") == {"guardian"}
    assert roles("LiquidationModule", "liquidate") == {"owner", "keeper"}
    assert roles("OpenModule", "open") == {"owner"}
    assert roles(SHARE, "mint") == {"proxy"}
    assert roles(SHARE, "transferFrom") == {"spender"}
    assert roles("IndexPriceOracle", "initEma") == {"deployer"}
    assert roles("MarketModule", "poke") == set()


def test_a_check_that_nobody_known_passes_is_an_error() -> None:
    with pytest.raises(LookupError, match="no role passes"):
        catalogues.roles_of(Check("NotOracle", "msg.sender == storage.oracle", (), True))


def test_an_argument_that_is_written_out_rules_branches_out() -> None:
    assert "Paused" not in ENTRIES["MarketModule", "poke"].reverts
    assert "Paused" in ENTRIES["MarketModule", "wind_down"].reverts


def test_control_leaves_the_contracts_nowhere_else() -> None:
    """As the chapter says: nothing is created or destroyed; what is called is a contract of ours or one of these."""
    texts = [path.read_text() for path in (ROOT / "vyper_contracts").rglob("*.vy") if "testing" not in path.parts]
    assert not [text for text in texts if re.search(r"\bcreate_\w+\(|\bselfdestruct\(", text)]
    made = {each for entry in ENTRIES.values() for each in entry.externals}
    assert {each.target for each in made if not each.contract} == {"PRECOMPILE", "module", "msg.sender"}
    places = [place for place in Trace().places if place.kind == CONTRACT and "/testing/" not in place.file]
    calling = {(place.file, place.name) for place in places if CALL.search(code_of(ROOT, place))}
    assert calling == {(each.file, each.place) for each in made}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is read."""
    for part in ("spec", "reference", "vyper_contracts", "differential_tests"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return tmp_path


@pytest.mark.parametrize(
    ("make", "file", "name"),
    [(catalogues.errors, "errors.py", "NothingToSkim"), (catalogues.events, "events.py", "Skimmed")],
)
def test_a_name_that_the_reference_does_not_have_is_an_error(
    project: Path, make: Callable[[Trace], str], file: str, name: str
) -> None:
    path = project / "reference" / file
    path.write_text(path.read_text().replace(f"class {name}(", "class Renamed("))
    with pytest.raises(LookupError, match=name):
        make(Trace(project))
