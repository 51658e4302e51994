"""Whatever of a deployment is other than it should be is found, and named."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from differential_tests.chains.base import Transaction
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import artefact, canonical_type, deployables
from differential_tests.contracts.deployment import (
    DOUBLE,
    INDEX_ORACLE,
    MODULES,
    PRICE_ORACLE,
    PROXY,
    SHARE,
    DeploymentError,
    Settings,
    deploy,
    selectors_by_name,
)
from differential_tests.contracts.record import (
    ListedMarket,
    Record,
    RecordError,
    add_contract,
    complete,
    describe_sources,
    read_record,
)
from differential_tests.contracts.verify import Creation, Difference, compare, compare_sources
from differential_tests.fuzzer.world import words
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO, WAD
from reference.presets import CURRENT

MARKET = 64


def constructor_arguments() -> list[tuple[str, str]]:
    """Contract and name of every argument of every constructor, seen without the compiler."""
    found = []
    for name in (PRICE_ORACLE, INDEX_ORACLE, SHARE, *MODULES, PROXY):
        [path] = [path for path in deployables() if path.stem == name]
        head = re.search(r"^def __init__\((.*?)\):", path.read_text(), re.MULTILINE | re.DOTALL)
        found += [(name, argument) for argument in re.findall(r"(\w+):", head[1] if head else "")]
    return found


@cache
def types_of(name: str) -> dict[str, str]:
    """The types of a constructor's arguments, by their names."""
    inputs = [entry["inputs"] for entry in artefact(name).abi if entry["type"] == "constructor"]
    return {argument["name"]: canonical_type(argument) for argument in inputs[0]} if inputs else {}


ARGUMENTS = constructor_arguments()
FIELDS = {
    "precompile": "PRECOMPILE",
    "owner": "vault",
    "price_oracle": "PRICE_ORACLE",
    "index_oracle": "INDEX_ORACLE",
    "share": "SHARE",
    "delay": "UPGRADE_DELAY",
    "selectors": "route of ",
    "modules": "route of ",
}
"""Where another name than the argument's is told."""


PADDING = 33
"""Bytes that revm puts behind any code."""

Alter = Callable[[str, list[Any]], object]
"""Changes the arguments of a constructor, by the contract's name."""


class Chain(RevmChain):
    """A chain that can be asked, and where a constructor is given other arguments than it should be."""

    chain_id = 964

    def __init__(self, alter: Alter = lambda _name, _values: None) -> None:
        super().__init__()
        self.staff = self.account(0)
        self.precompile = self._new_double()
        self.created: dict[str, Creation] = {}
        self.routed: list[tuple[bytes, ...]] = []
        self._alter = alter

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract."""
        for name in {name for name, _ in ARGUMENTS if initcode.startswith(artefact(name).initcode)}:
            code = artefact(name).initcode
            types = list(types_of(name).values())
            values = list(decode(types, initcode[len(code) :]))
            self._alter(name, values)
            initcode = code + encode(types, values)
        address = super().deploy(sender, initcode)
        self.created[f"0x{len(self.created):064x}"] = Creation(sender, address, self.number)
        self.routed += [tuple(log.data[0]) for log in self._evm.result.logs] if self._evm.result else []
        return address

    def code(self, address: str) -> bytes:
        """The code of a contract."""
        return super().code(address)[:-PADDING]

    def call(self, to: str, data: bytes) -> bytes:
        """What a view returns."""
        receipt = self.send(Transaction(self.staff, to, data))
        if receipt.failure is not None:
            raise DeploymentError(f"a revert: {receipt.failure}")
        return receipt.output

    def creation(self, transaction: str) -> Creation | None:
        """The transaction that made a contract."""
        return self.created.get(transaction)

    def events(self, address: str, topic: bytes, block: int) -> list[tuple[bytes, ...]]:
        """The routes: the proxy alone has any."""
        return [topics for topics in self.routed if topics[0] == topic and block <= self.number and address]

    def _new_double(self) -> str:
        double = super().deploy(self.account(0), artefact(DOUBLE).initcode)
        selector = artefact(DOUBLE).selectors["set_subnet(uint16,uint256,uint256,uint64)"]
        self.send(Transaction(self.account(0), double, selector + words(MARKET, WAD // 4, DYNAMIC, 10**6 * RAO)))
        return double


def alter_value(type_name: str, value: Any) -> Any:
    """Another value, with which the constructor does not revert."""
    match type_name:
        case "address":
            return "0x" + 40 * "5"
        case "uint256":
            return value + 1
        case "bytes4[]":
            return (*value[:-1], b"\xde\xad\xbe\xef")
        case "address[]":
            return (*value[:-1], value[0])
    raise AssertionError(type_name)


def deploy_and_record(chain: Chain) -> Record:
    """The protocol, and the record that is made of it."""
    admin, guardian, treasury, upgrader = map(chain.account, range(4))
    settings = Settings(admin, guardian, treasury, upgrader, delay=100, account_cap=10**21, global_cap=10**23)
    record = Record("ethereum:bittensor", 964, chain.staff, chain.precompile, True, settings, describe_sources())

    def add(name: str, address: str) -> None:
        add_contract(record, name, address, list(chain.created)[-1], chain.number)

    complete(record, deploy(chain, chain.staff, chain.precompile, settings, add))
    return record


def list_market(chain: Chain, record: Record) -> None:
    """Start the index and list a market, as the record says then."""
    listing = selectors_by_name()["list_market"] + words(MARKET, 1, *CURRENT.values())
    calls = {INDEX_ORACLE: artefact(INDEX_ORACLE).selectors["initEma()"], PROXY: listing}
    for name, data in calls.items():
        assert chain.send(Transaction(chain.staff, record.contracts[name].address, data)).failure is None
    record.markets.append(ListedMarket("CHUTES", f"0x{MARKET:040x}", True, asdict(CURRENT)))


@pytest.fixture(scope="module")
def listed() -> tuple[Chain, Record]:
    """A deployment with a market, and its record."""
    chain = Chain()
    record = deploy_and_record(chain)
    list_market(chain, record)
    return chain, record


def test_nothing_differs_where_nothing_was_altered(listed: tuple[Chain, Record]) -> None:
    chain, record = listed
    assert [*compare(chain, record), *compare_sources(record)] == []


def test_every_argument_of_a_constructor_is_altered() -> None:
    names = (PRICE_ORACLE, INDEX_ORACLE, SHARE, *MODULES, PROXY)
    assert [(name, argument) for name in names for argument in types_of(name)] == ARGUMENTS


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_an_altered_argument_of_a_constructor_is_named(name: str, argument: str) -> None:
    at = [each for contract, each in ARGUMENTS if contract == name].index(argument)

    def alter(contract: str, values: list[Any]) -> None:
        if contract == name:
            values[at] = alter_value(types_of(name)[argument], values[at])

    chain = Chain(alter)
    found = [difference.field for difference in compare(chain, deploy_and_record(chain))]
    assert found[0].startswith(f"{name}.{FIELDS.get(argument, argument)}")
    assert {field.partition(".")[0] for field in found} == {name}


def test_a_route_too_many_is_named() -> None:
    def alter(contract: str, values: list[Any]) -> None:
        if contract == PROXY:
            values[-2:] = (*values[-2], b"\xde\xad\xbe\xef"), (*values[-1], values[-1][0])

    chain = Chain(alter)
    assert list(compare(chain, deploy_and_record(chain))) == [Difference("MegaTAO.route of 0xdeadbeef", "none", "one")]


UNCOMPARED = {"format", "network", "is_double", "made", "abi", "transactions", "failure", "name", "function"}
"""Fields that say what was done, and nothing that a chain has. A function is compared with its selector."""


def find_leaves(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the numbers and texts of a record are, but for those that are not compared."""
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            if key not in UNCOMPARED:
                yield from find_leaves(value, (*path, key))
    else:
        yield path


def test_every_field_of_a_record_is_compared(listed: tuple[Chain, Record], tmp_path: Path) -> None:
    """One of them altered at a time."""
    chain, record = listed
    file = tmp_path / "deployment.json"
    kinds = {_kind_of(path): path for path in find_leaves(record.to_json())}
    assert len(kinds) > 50
    unnoticed = []
    for path in kinds.values():
        content = json.loads(json.dumps(record.to_json()))
        place = content
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = _alter_leaf(path, place[path[-1]])
        file.write_text(json.dumps(content))
        altered = read_record(file)
        if not list(compare(chain, altered)):
            unnoticed.append(path)
    assert unnoticed == []


def _kind_of(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """One contract stands for all, in all but immutables; and one route for all."""
    return path if path[0] not in ("contracts", "routes") or "immutables" in path else (path[0], *path[2:])


def _alter_leaf(path: tuple[Any, ...], value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if path[-1] == "module":
        return "AdminModule" if value != "AdminModule" else "OpenModule"
    return "0x" + 40 * "5" if len(value) == 42 else f"{value[:-1]}{int(value[-1], 16) ^ 1:x}"


def test_a_route_that_is_not_in_the_record_is_named(listed: tuple[Chain, Record]) -> None:
    chain, record = listed
    altered = copy.deepcopy(record)
    selector, route = altered.routes.popitem()
    assert list(compare(chain, altered)) == [Difference(f"MegaTAO.route of {selector}", "none", "one")]
    assert route.function


def test_code_of_other_sources_is_named(listed: tuple[Chain, Record]) -> None:
    record = copy.deepcopy(listed[1])
    contract = record.contracts[SHARE]
    record.contracts[SHARE] = replace(contract, code_hash=record.contracts[PROXY].code_hash)
    assert [difference.field for difference in compare_sources(record)] == ["VaultShare.code_hash"]


def test_a_precompile_without_code_is_named() -> None:
    """What ended well before: oracles that are bound for good to nothing."""
    chain = Chain()
    chain.precompile = "0x" + 39 * "0" + "1"
    found = list(compare(chain, deploy_and_record(chain)))
    assert [difference.field for difference in found] == ["PriceOracle.validate_scale", "PriceOracle.read_index"]
    assert [difference.found for difference in found] == 2 * ["a revert: OracleMalformed"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "can't be read: No such file or directory"),
        ("", "is no deployment: Invalid JSON"),
        ("[]", "is no deployment: "),
        ({"chain_id": "964"}, "is no deployment: chain_id: "),
        ({"format": "megatao-deployment/9"}, "has the format 'megatao-deployment/9'"),
        ({"contracts": {}}, "of a deployment that was not completed"),
        ({"deployer": "0x12"}, "deployer is no checksummed address"),
        ({"routes": {"0x12345678": {"function": "f()", "module": PROXY}}}, "0x12345678 is not the selector of f()"),
        ({"routes": {"0x26121ff0": {"function": "f()", "module": "Gone"}}}, "f() is of Gone, which is not there"),
    ],
)
def test_a_bad_file_is_refused(
    listed: tuple[Chain, Record], tmp_path: Path, content: dict[str, Any] | str | None, message: str
) -> None:
    file = tmp_path / "deployment.json"
    if isinstance(content, dict):
        file.write_text(json.dumps({**listed[1].to_json(), **content}))
    elif content is not None:
        file.write_text(content)
    with pytest.raises(RecordError) as refused:
        read_record(file)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
