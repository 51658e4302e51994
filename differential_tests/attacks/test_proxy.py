"""The proxy's contract against its reference: random calls, after each of which everything is compared."""

import random
import re
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from differential_tests.chains.base import Log, Receipt, Transaction
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import ROOT, artefact
from differential_tests.contracts.deployment import MODULES
from differential_tests.contracts.layout import variable_slots
from reference import proxy as reference
from reference.block import Block
from reference.errors import CapOutOfRange, MegaTAOError, ModuleEmpty, RoutesUneven, SelectorReserved, SelectorUnknown
from reference.events import Logged
from reference.proxy import Cancelled, Proxy, Routed, Scheduled, Upgrade, process_deployment

DELAY = 1_000
ANSWER = bytes.fromhex("602a5f5260205ff3")
"""Code that returns 42."""
ECHO = bytes.fromhex("365f5f37365ff3")
"""Code that returns its calldata."""
FAIL = bytes.fromhex("365f5f37365ffd")
"""Code that reverts with its calldata."""
SELECTORS = [0x11111111, 0x22222222, 0x00000000, *sorted(reference.RESERVED)]
SLOTS = {name: int(place["slot"]) for name, place in variable_slots().items()}


def install(chain: RevmChain, runtime: bytes) -> str:
    """A contract with this code."""
    return chain.deploy(chain.account(0), b"\x60" + bytes([len(runtime)]) + bytes.fromhex("8060095f395ff3") + runtime)


def mapped(slot: int, key: bytes) -> int:
    """Slot of a mapping's value: the compiler hashes the slot first."""
    return int.from_bytes(keccak(slot.to_bytes(32, "big") + key), "big")


def hashed(upgrade: Upgrade) -> bytes:
    """The id by which the contract knows an upgrade."""
    selectors, module = upgrade
    return keccak(encode(["bytes4[]", "address"], [[s.to_bytes(4, "big") for s in selectors], f"{module:#042x}"]))


def arguments(selectors: Sequence[int], module: int) -> bytes:
    return encode(["bytes4[]", "address"], [[s.to_bytes(4, "big") for s in selectors], f"{module:#042x}"])


def encoded(address: str, logged: Logged) -> Log:
    events = artefact("MegaTAO").events
    topics: tuple[bytes, ...]
    match logged:
        case Scheduled(upgrade, module, ready_at):
            topics = hashed(upgrade), module.to_bytes(32, "big")
            data = encode(["bytes4[]", "uint256"], [[each.to_bytes(4, "big") for each in upgrade[0]], ready_at])
        case Cancelled(upgrade):
            topics, data = (hashed(upgrade),), b""
        case Routed(selector, module):
            topics, data = (selector.to_bytes(4, "big").ljust(32, b"\0"), module.to_bytes(32, "big")), b""
        case _:
            raise AssertionError(logged)
    return Log(address.lower(), (events[type(logged).__name__], *topics), data)


class Pair:
    """A deployed proxy and its model."""

    def __init__(self, delay: int = DELAY) -> None:
        self.chain = RevmChain()
        self.upgrader, self.guardian, self.other = (self.chain.account(index) for index in (1, 2, 3))
        self.code = {int(install(self.chain, code), 16): len(code) for code in (ANSWER, ECHO, FAIL)}
        self.code |= {int(install(self.chain, b"\xfe"), 16): 1, 0xDEAD: 0, 0: 0}
        self.model = Proxy(int(self.upgrader, 16), int(self.guardian, 16), delay)
        self.address = ""

    def initcode(self, caps: tuple[int, int], selectors: Sequence[int], modules: Sequence[int]) -> bytes:
        types = ["address"] * 4 + ["uint256"] * 3 + ["bytes4[]", "address[]"]
        values = ["0x" + "a" * 40, self.guardian, "0x" + "b" * 40, self.upgrader, self.model.delay, *caps]
        routes = [[s.to_bytes(4, "big") for s in selectors], [f"{m:#042x}" for m in modules]]
        return artefact("MegaTAO").initcode + encode(types, [*values, *routes])

    def deploy(self, selectors: Sequence[int] = (), modules: Sequence[int] = ()) -> None:
        process_deployment(self.model, 5, 7, selectors, modules, [self.code[module] for module in modules])
        self.address = self.chain.deploy(self.chain.account(0), self.initcode((5, 7), selectors, modules))

    def send(self, sender: str, data: bytes, value: int = 0) -> Receipt:
        receipt = self.chain.send(Transaction(sender, self.address, data, value))
        assert receipt is not None
        return receipt

    def compare(self, sender: str, data: bytes, expected: Callable[[], list[Logged]]) -> str:
        """One call on both sides; the name of the failure, "" if there is none."""
        try:
            name, logged = "", expected()
        except MegaTAOError as error:
            name, logged = error.revert_name(), []
        receipt = self.send(sender, data)
        assert receipt.failure == (name or None)
        assert list(receipt.logs) == [encoded(self.address, each) for each in logged]
        return name

    def compare_storage(self, upgrades: Sequence[Upgrade]) -> None:
        for selector in SELECTORS:
            slot = mapped(SLOTS["module_of"], selector.to_bytes(4, "big").ljust(32, b"\0"))
            assert self.chain.storage(self.address, slot) == self.model.modules.get(selector, 0)
        for upgrade in upgrades:
            slot = mapped(SLOTS["upgrades"], hashed(upgrade))
            assert self.chain.storage(self.address, slot) == self.model.upgrades.get(upgrade, 0)


def test_reserved_selectors_are_the_proxy_s_own() -> None:
    own = {int.from_bytes(selector, "big") for selector in artefact("MegaTAO").selectors.values()}
    assert own == reference.RESERVED


@pytest.mark.parametrize("seed", range(3))
def test_upgrades_end_alike(seed: int) -> None:
    pair, draw = Pair(), random.Random(seed)  # noqa: S311  repeatable, not secret
    model, own = pair.model, artefact("MegaTAO").selectors
    pair.deploy()
    lists = [(SELECTORS[0],), (SELECTORS[1], SELECTORS[2]), (), (SELECTORS[0], SELECTORS[3]), (SELECTORS[1],) * 32]
    upgrades: list[Upgrade] = [(selectors, module) for selectors in lists for module in pair.code]
    names = set()
    for _ in range(500):
        sender = draw.choice([pair.upgrader] * 4 + [pair.guardian, pair.other])
        likely = [*model.upgrades] * 3
        upgrade = draw.choice(upgrades + likely)
        selectors, module = upgrade
        block, who, size = Block(pair.chain.number, pair.chain.timestamp), int(sender, 16), pair.code[module]
        match draw.choice(["schedule"] * 2 + ["route"] * 3 + ["cancel"]):
            case "schedule":
                data = own["schedule(bytes4[],address)"] + arguments(selectors, module)
                name = pair.compare(sender, data, lambda: model.process_schedule(block, who, selectors, module, size))  # noqa: B023  called at once
            case "route":
                data = own["route(bytes4[],address)"] + arguments(selectors, module)
                name = pair.compare(sender, data, lambda: model.process_route(block, who, selectors, module, size))  # noqa: B023  called at once
            case _:
                data = own["cancel(bytes32)"] + hashed(upgrade)
                name = pair.compare(sender, data, lambda: model.process_cancel(who, upgrade))  # noqa: B023  called at once
        names.add(name)
        pair.compare_storage(upgrades)
        pair.chain.advance(1, draw.choice([1, 12, DELAY - 1, DELAY]))
    assert names == {"", "NotUpgrader", "ModuleEmpty", "SelectorReserved", "UpgradeUnknown", "UpgradeTooEarly"}


def test_the_delay_ends_to_the_second() -> None:
    pair, module = Pair(), 0
    pair.deploy()
    data = arguments([1], module)
    own = artefact("MegaTAO").selectors
    assert pair.send(pair.upgrader, own["schedule(bytes4[],address)"] + data).failure is None
    pair.chain.advance(1, DELAY - 1)
    assert pair.send(pair.upgrader, own["route(bytes4[],address)"] + data).failure == "UpgradeTooEarly"
    pair.chain.advance(1, 1)
    assert pair.send(pair.upgrader, own["route(bytes4[],address)"] + data).failure is None
    assert pair.send(pair.upgrader, own["route(bytes4[],address)"] + data).failure == "UpgradeUnknown"


def test_a_call_runs_its_module() -> None:
    """PRX-5:2221."""
    pair = Pair()
    answer, echo, fail, *_ = pair.code
    pair.deploy([0x11111111, 0x22222222, 0x00000000], [answer, echo, fail])
    assert pair.model.module_for(0x11111111) == answer
    first = pair.send(pair.other, bytes.fromhex("11111111"), value=9)
    assert (first.failure, first.output) == (None, (42).to_bytes(32, "big"))
    for length in (4, 5, 100, 4_096):
        data = bytes.fromhex("22222222").ljust(length, b"x")
        assert pair.send(pair.other, data).output == data
    name = bytes.fromhex("08c379a0")
    with pytest.raises(SelectorUnknown):
        pair.model.module_for(0x33333333)
    for data in (b"", b"\0\0\0", b"\x33" * 4, name):
        assert pair.send(pair.other, data).failure == "SelectorUnknown"


def test_deployment_ends_alike() -> None:
    """PRX-1:6af2."""
    pair = Pair()
    answer, *_ = pair.code
    one_byte = next(module for module, size in pair.code.items() if size == 1)
    for error, caps, selectors, modules in (
        (CapOutOfRange, (2**112, 1), [], []),
        (CapOutOfRange, (1, 2**112), [1], []),
        (RoutesUneven, (2**112 - 1, 2**112 - 1), [1], []),
        (RoutesUneven, (1, 1), [1], [answer, answer]),
        (ModuleEmpty, (1, 1), [1, 2], [answer, 0xDEAD]),
        (ModuleEmpty, (1, 1), [1], [one_byte]),
        (SelectorReserved, (1, 1), [1, reference.ROUTE], [answer, answer]),
    ):
        with pytest.raises(error):
            process_deployment(Pair().model, *caps, selectors, modules, [pair.code[module] for module in modules])
        with pytest.raises(Exception, match=error.revert_name().encode().hex()):
            pair.chain.deploy(pair.other, pair.initcode(caps, selectors, modules))
    pair.deploy([1, 2], [answer, 0])
    assert pair.model.modules == {1: answer}
    read = {name: pair.chain.storage(pair.address, slot) for name, slot in SLOTS.items()}
    assert {name: word for name, word in read.items() if word} == {
        "admin": int("a" * 40, 16),
        "guardian": int(pair.guardian, 16),
        "treasury": int("b" * 40, 16),
        "upgrader": int(pair.upgrader, 16),
        "limits_word": 5 + 7 * 2**112,
        "interest_word": pair.chain.timestamp * 2**224,
    }


def measure(outputs: Sequence[dict[str, Any]]) -> int:
    """Bytes of an answer of these types, all of which have one length. ValueError if one has not."""
    return sum(map(measure_one, outputs))


def measure_one(output: dict[str, Any]) -> int:
    """Bytes of one type of an ABI."""
    kind, *lengths = output["type"].replace("]", "").split("[")
    if kind in ("bytes", "string") or "" in lengths:
        raise ValueError(f"{output['type']} has any length: bound it in this test")
    word = measure(output["components"]) if kind == "tuple" else 32
    return word * prod(map(int, lengths))


def test_answers_are_measured() -> None:
    pair = [{"type": "uint256"}, {"type": "bytes32"}]
    assert measure([{"type": "tuple[3]", "components": pair}, {"type": "bool"}, {"type": "int128[2][5]"}]) == 544
    for kind in ("string", "bytes", "uint256[]", "uint256[2][]"):
        with pytest.raises(ValueError, match="any length"):
            measure([{"type": kind}])


def test_no_answer_of_a_module_is_longer_than_what_the_proxy_hands_on() -> None:
    source = (ROOT / "vyper_contracts" / "MegaTAO.vy").read_text()
    [most] = re.findall(r"^MAX_ANSWER: constant\(uint256\) = (\d+)$", source, re.MULTILINE)
    answers = {
        f"{module}.{entry['name']}": measure(entry["outputs"])
        for module in MODULES
        for entry in artefact(module).abi
        if entry["type"] == "function"
    }
    assert max(answers.values()) > 32
    assert not {name: length for name, length in answers.items() if length > int(most)}
