"""What differs between what the reference expects of a call and what it gave back: by name, where it has one."""

from collections.abc import Iterable
from typing import Any

from differential_tests.chains.base import Log
from differential_tests.contracts.artefacts import artefact, deployables

Difference = tuple[str, str, str]
"""What differs, what the reference says, what the contract says."""


def compare_outputs(expected: bytes, actual: bytes) -> Difference:
    """The first word that differs of what two calls returned."""
    if len(expected) != len(actual):
        return "length of the returned value", str(len(expected)), str(len(actual))
    at = next(at for at in range(0, len(expected), 32) if expected[at : at + 32] != actual[at : at + 32])
    return f"returned value, word {at // 32}", _number(expected[at : at + 32]), _number(actual[at : at + 32])


def compare_logs(expected: list[Log], actual: list[Log], contracts: Iterable[str]) -> Difference:
    """The first field that differs of two lists of events, or the lists' names. contracts: that may declare them."""
    contracts = list(contracts)
    read, others = read_logs(expected, contracts), read_logs(actual, contracts)
    if [name for name, _ in read] != [name for name, _ in others]:
        return "events", ", ".join(name for name, _ in read) or "none", ", ".join(name for name, _ in others) or "none"
    for (name, fields), (_, values) in zip(read, others, strict=True):
        for field, value in fields.items():
            if value != values.get(field):
                return f"event {name}.{field}", value, values.get(field, "nothing")
    lengths = [str(sum(len(log.data) for log in logs)) for logs in (expected, actual)]
    return "length of the events' data", lengths[0], lengths[1]


def read_logs(logs: Iterable[Log], contracts: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    """Name and fields of each event. contracts: that may declare them."""
    declared = _declared(contracts)
    return [_read(log, declared) for log in logs]


def _read(log: Log, declared: dict[bytes, dict[str, Any]]) -> tuple[str, dict[str, str]]:
    """Name and fields of an event, all of them words; by position where nobody declares it."""
    name = log.topics[0].hex() if log.topics else "without a name"
    inputs = []
    if log.topics and log.topics[0] in declared:
        name, inputs = declared[log.topics[0]]["name"], declared[log.topics[0]]["inputs"]
    data = [log.data[at : at + 32] for at in range(0, len(log.data), 32)]
    fields = {"contract": log.address}
    for kind, values in ((True, log.topics[1:]), (False, data)):
        known = [each for each in inputs if each["indexed"] == kind]
        for at, value in enumerate(values):
            if at < len(known):
                is_signed = known[at]["type"].startswith("int")
                fields[known[at]["name"]] = str(int.from_bytes(value, "big", signed=is_signed))
            else:
                fields[f"{'topic' if kind else 'word'} {at}"] = _number(value)
    return name, fields


def _declared(contracts: Iterable[str]) -> dict[bytes, dict[str, Any]]:
    """Events of contracts, by their first topic."""
    sources = {path.stem for path in deployables()}
    return {
        artefact(name).events[entry["name"]]: entry
        for name in contracts
        if name in sources
        for entry in artefact(name).abi
        if entry["type"] == "event"
    }


def _number(word: bytes) -> str:
    """A word; as a signed number where that is more likely."""
    value = int.from_bytes(word, "big")
    return str(value - 2**256 if value >= 2**255 else value)
