"""What a caller can't choose: who it is, which is never who began the transaction; and a read that lacks gas."""

import pytest

from differential_tests.chains.base import Receipt, Transaction
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import SHARE, Settings, deploy
from differential_tests.fuzzer.world import words
from differential_tests.machines.prices import INDEX_ORACLE, PRECOMPILE
from differential_tests.machines.protocol.draws.common import find_edge
from reference.errors import GasLow
from reference.oracles.feed import GAS_MARGIN, INDEX_GAS

RELAY = bytes.fromhex("6020600a5f3960205ff3" + "602036038060205f375f5f825f345f355af13d5f5f3e601c573d5ffd5b3d5ff3")
"""Deploys what calls the address in the first word with the rest of its calldata."""
TRANSACTION_GAS = 21_000
OWN_GAS = 1_000
"""What a transaction costs, and at most what comes before the read."""
MAKER = "61{:04x}80600e5f395f5ff05f5500"
"""Deploys what follows, and keeps its address."""


class Relays:
    """A chain, its first account, and a contract through which that account can call."""

    def __init__(self) -> None:
        self.chain = RevmChain()
        self.origin = self.chain.account(0)
        self.relay = self.chain.deploy(self.origin, RELAY)

    def call(self, to: str, data: bytes) -> Receipt:
        """A call from the account itself."""
        receipt = self.chain.send(Transaction(self.origin, to, data))
        assert receipt
        return receipt

    def relayed(self, to: str, data: bytes) -> str | None:
        """How the same call by way of the contract fails."""
        return self.call(self.relay, words(int(to, 16)) + data).failure


def test_of_a_share() -> None:
    there = Relays()
    origin, relay = int(there.origin, 16), int(there.relay, 16)
    token = there.chain.deploy(there.origin, artefact(SHARE).initcode + words(relay))
    selectors = artefact(SHARE).selectors

    def encode(function: str, *arguments: int) -> bytes:
        return selectors[function] + words(*arguments)

    def read(function: str, *arguments: int) -> int:
        return int.from_bytes(there.call(token, encode(function, *arguments)).output, "big")

    for function, arguments in (("mint(address,uint256)", (origin, 100)), ("burn(uint256)", (0,))):
        assert there.call(token, encode(function, *arguments)).failure == "NotVault"
        assert there.relayed(token, encode(function, *arguments)) is None
    assert there.relayed(token, encode("lock(address,uint256)", origin, 60)) is None
    assert there.relayed(token, encode("burn(uint256)", 10)) is None
    assert there.relayed(token, encode("transfer(address,uint256)", 7, 20)) is None
    assert there.relayed(token, encode("approve(address,uint256)", 7, 5)) is None
    assert there.call(token, encode("approve(address,uint256)", relay, 8)).failure is None
    assert there.relayed(token, encode("transferFrom(address,address,uint256)", origin, 7, 6)) is None
    assert [read("balanceOf(address)", who) for who in (origin, relay, 7)] == [34, 30, 26]
    assert [read("allowance(address,address)", *pair) for pair in ((relay, 7), (origin, relay), (origin, 7))] == [
        5,
        2,
        0,
    ]


def test_of_the_index_oracle() -> None:
    there = Relays()
    code = artefact(INDEX_ORACLE).initcode + words(1)
    maker = there.chain.deploy(there.origin, bytes.fromhex(MAKER.format(len(code))) + code)
    oracle = f"0x{there.chain.storage(maker, 0):040x}"
    initialize = artefact(INDEX_ORACLE).selectors["initEma()"]
    assert there.call(oracle, initialize).failure == "NotInitializer"
    assert there.relayed(there.chain.deploy(there.origin, code), initialize) == "NotInitializer"


def test_where_gas_is_too_low_for_the_sum() -> None:
    """ORC-1: with less than 64 / 63 of the allowance, and the margin, the call must not begin."""
    there = Relays()
    precompile = there.chain.install_precompile(artefact(PRECOMPILE).runtime)
    oracle = there.chain.deploy(there.origin, artefact("PriceOracle").initcode + words(int(precompile, 16)))
    read = artefact("PriceOracle").selectors["try_read_index()"]

    def is_enough(gas: int) -> bool:
        receipt = there.chain.send(Transaction(there.origin, oracle, read, gas=gas))
        assert receipt
        assert receipt.failure in (None, GasLow.revert_name())
        return receipt.failure is None

    needed = INDEX_GAS * 64 // 63 + GAS_MARGIN
    least = 2 * needed - find_edge(0, needed, lambda less: is_enough(2 * needed - less))
    assert TRANSACTION_GAS + needed < least < TRANSACTION_GAS + needed + OWN_GAS


@pytest.mark.parametrize("function", ["schedule(bytes4[],address)", "cancel(bytes32)", "route(bytes4[],address)"])
def test_of_the_proxy(function: str) -> None:
    there = Relays()
    chain, origin = there.chain, there.origin
    precompile = chain.install_precompile(artefact(PRECOMPILE).runtime)
    proxy = deploy(chain, origin, precompile, Settings(origin, origin, origin, origin, 1, 1, 1)).proxy
    data = artefact("MegaTAO").selectors[function] + words(0, 0, 0)
    assert there.relayed(proxy, data) == "NotUpgrader"
    assert there.call(proxy, data).failure != "NotUpgrader"
