"""Runs call vectors on an EVM: the whole state afterwards, what was returned and logged, or the name of the revert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from differential_tests.contracts.artefacts import artefact
from differential_tests.vectors.evms import Account, Ended, Evm, Message, State


def check_calls(worlds: dict[str, Any], content: dict[str, Any], evm: Evm) -> Iterator[tuple[str, str]]:
    """The id of each vector of a file, and what is wrong with it ("" if nothing)."""
    world = worlds[content["world"]]
    for vector in content["vectors"]:
        yield vector["id"], find_problem(world, vector, run_vector(world, vector, evm))


def run_vector(world: dict[str, Any], vector: dict[str, Any], evm: Evm) -> Ended:
    """Make the call."""
    state = read_state(world, vector["pre"])
    call, block = vector["call"], vector["block"]
    data = _unhex(call["data"])
    creates = call["to"] is None
    if creates:
        data = artefact(call["code"]["artefact"]).initcode + data
    to = _unhex(call["address"]) if creates else read_address(world, vector, call["to"])
    sender = read_address(world, vector, call["from"])
    value, gas = int(call["value"]), call["gas"]
    return evm(state, Message(block["number"], block["timestamp"], sender, to, data, value, gas, creates))


def find_problem(world: dict[str, Any], vector: dict[str, Any], ended: Ended) -> str:
    """How the call ended otherwise than the vector says; "" if it did not."""
    if ended.failure != vector.get("revert"):
        return f"the vector says {_outcome(vector.get('revert'))}, the contract {_outcome(ended.failure)}"
    if f"0x{ended.output.hex()}" != vector.get("returned", "0x"):
        return f"returned: the vector says {vector.get('returned', '0x')}, the contract 0x{ended.output.hex()}"
    events = [
        (read_address(world, vector, event["address"]), tuple(map(_unhex, event["topics"])), _unhex(event["data"]))
        for event in vector.get("events", ())
    ]
    if events != list(ended.logs):
        return f"the vector has {len(events)} events, the contract {len(ended.logs)}, or they differ"
    after = read_state(world, _overlay(vector["pre"], vector.get("post", {})))
    names = {address: name for name, address in addresses_of(world, vector).items()}
    for address, account in after.items():
        if account.balance != ended.balances[address]:
            name = names[address]
            return f"balance of {name}: the vector says {account.balance}, the contract {ended.balances[address]}"
    wanted = {(address, slot): value for address, account in after.items() for slot, value in account.storage.items()}
    found = {key: value for key, value in ended.storage.items() if value}
    for address, slot in sorted({*wanted, *found}):
        words = wanted.get((address, slot), 0), found.get((address, slot), 0)
        if words[0] != words[1]:
            name = find_name(world, names.get(address, f"0x{address.hex()}"), slot)
            return f"{name}: the vector says {words[0]:#x}, the contract {words[1]:#x}"
    return ""


def read_state(world: dict[str, Any], pre: dict[str, Any]) -> State:
    """The accounts of a world with those of a vector written over them; words that are 0 are left out."""
    state: State = {}
    for name, account in _overlay(world["accounts"], pre).items():
        slots = world["slots"].get(name, {})
        words = {int(slots[word], 16): int(value, 16) for word, value in account.get("storage", {}).items()}
        kept = {slot: value for slot, value in words.items() if value}
        state[_unhex(account["address"])] = Account(int(account.get("balance", 0)), _code(account), kept)
    return state


def read_address(world: dict[str, Any], vector: dict[str, Any], name: str) -> bytes:
    """The address of an account of the world, or of the vector."""
    return addresses_of(world, vector)[name]


def find_name(world: dict[str, Any], account: str, slot: int) -> str:
    """A word's name, or its slot."""
    names = {int(place, 16): name for name, place in world["slots"].get(account, {}).items()}
    return f"{account}.{names.get(slot, hex(slot))}"


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Accounts written over accounts, word by word."""
    both = dict(below)
    for name, account in above.items():
        under = both.get(name, {})
        both[name] = {**under, **account, "storage": {**under.get("storage", {}), **account.get("storage", {})}}
    return both


def addresses_of(world: dict[str, Any], vector: dict[str, Any]) -> dict[str, bytes]:
    """Address of each account of the world and the vector, by its name."""
    accounts = {**world["accounts"], **{name: each for name, each in vector["pre"].items() if "address" in each}}
    return {name: _unhex(account["address"]) for name, account in accounts.items()}


def _code(account: dict[str, Any]) -> bytes:
    code = account.get("code", "0x")
    return _unhex(code) if isinstance(code, str) else artefact(code["artefact"]).runtime + _unhex(code["immutables"])


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _outcome(failure: str | None) -> str:
    return "success" if failure is None else failure or "an empty revert"
