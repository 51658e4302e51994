"""Calls, results and events in words: what the ABI of the contracts says of their bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, InsufficientDataBytes
from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact, canonical_type, signature_of
from differential_tests.contracts.build import proxy_abi
from differential_tests.contracts.deployment import PROXY

Entry = dict[str, Any]


@cache
def _entries(contract: str) -> tuple[Entry, ...]:
    return tuple(proxy_abi() if contract == PROXY else artefact(contract).abi)


@cache
def functions_of(contract: str) -> Mapping[bytes, Entry]:
    """The functions that a contract answers, by selector; the proxy's are also those of its modules."""
    entries = [entry for entry in _entries(contract) if entry["type"] == "function"]
    return {keccak(text=signature_of(entry))[:4]: entry for entry in entries}


@cache
def _events_of(contract: str) -> Mapping[bytes, Entry]:
    entries = [entry for entry in _entries(contract) if entry["type"] == "event"]
    return {keccak(text=signature_of(entry)): entry for entry in entries}


def describe_call(contract: str, data: bytes) -> dict[str, Any]:
    """The function and its arguments; nothing of a call that is none of the contract's functions."""
    entry = functions_of(contract).get(data[:4])
    if entry is None:
        return {}
    try:
        return {"function": signature_of(entry), "arguments": describe(entry["inputs"], data[4:])}
    except DecodingError:
        return {"function": signature_of(entry)}


def describe_creation(contract: str, data: bytes) -> dict[str, Any]:
    """The arguments of a constructor."""
    [entry] = [entry for entry in _entries(contract) if entry["type"] == "constructor"]
    return {"function": "__init__", "arguments": describe(entry["inputs"], data)}


def describe_result(contract: str, call: bytes, output: bytes) -> list[Any]:
    """What a function returned, in order."""
    return list(describe(functions_of(contract)[call[:4]]["outputs"], output, is_named=False).values())


def describe_event(contract: str, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
    """The event and its arguments."""
    entry = _events_of(contract)[topics[0]]
    indexed = [argument for argument in entry["inputs"] if argument["indexed"]]
    rest = [argument for argument in entry["inputs"] if not argument["indexed"]]
    found = describe(indexed, b"".join(topics[1:])) | describe(rest, data)
    return {"event": entry["name"], "arguments": {each["name"]: found[each["name"]] for each in entry["inputs"]}}


def describe(arguments: Sequence[Entry], data: bytes, is_named: bool = True) -> dict[str, Any]:
    """Values by name, or by place: numbers as decimal text, bytes and addresses as hexadecimal."""
    types = [canonical_type(argument) for argument in arguments]
    values = decode(types, data)
    if len(data) < len(encode(types, values)):
        raise InsufficientDataBytes("words are missing")  # where ape is imported, decoding takes them for zeros
    return {
        argument["name"] if is_named else str(place): _value(argument, value)
        for place, (argument, value) in enumerate(zip(arguments, values, strict=True))
    }


def _value(argument: Entry, value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if argument["type"].endswith("]"):
        element = {**argument, "type": argument["type"].rpartition("[")[0]}
        return [_value(element, each) for each in value]
    parts = argument["components"]
    return {part["name"]: _value(part, each) for part, each in zip(parts, value, strict=True)}
