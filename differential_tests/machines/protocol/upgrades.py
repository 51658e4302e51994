"""Upgrades in the protocol machine: a module's functions are announced, and routed to a fresh copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE, module_initcode
from differential_tests.fuzzer.world import Effect, Event, words
from differential_tests.machines.prices import INDEX_ORACLE, INITIALIZER, KEEPER
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.roles import DELAY, NOBODY, UPGRADER
from reference.proxy import NO_MODULE, Cancelled, Proxy, Routed, Scheduled, Upgrade

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

CODE_SIZE = 1_000
"""Of a module (bytes): anything but nothing."""
UNKNOWN_SELECTOR = 0xFFFFFFFF


class Upgrades:
    """The proxy's own functions, called in a world."""

    def __init__(self, world: ProtocolWorld) -> None:
        self._world = world
        self.proxy = Proxy(world.keys[UPGRADER], world.protocol.guardian, DELAY, dict(world.routes))
        self._copies = 0

    def announce_and_route(self, module: str, sender: int, seconds: int, canceller: int) -> None:
        """Routes the functions of a module to a fresh copy of it, or fails to; NOBODY cancels nothing.

        seconds: between the announcement and the attempt.
        """
        self._world.advance(1, 12)
        selectors, target = list_functions(module), self._deploy_copy(module)
        self._schedule(sender, selectors, target)
        self._read_times((tuple(selectors), target))
        if canceller != NOBODY:
            self._cancel(canceller, (tuple(selectors), target))
        self._world.advance(1, seconds)
        self._route(sender, selectors, target)
        for selector in (selectors[0], UNKNOWN_SELECTOR):
            self._read_route(selector)
        if self.proxy.modules.get(selectors[0]) == target:
            self._world.states["upgrade"] += 1

    def announce_wrongly(self, how: str) -> None:
        """Announces an upgrade that can't be: to what is no contract, or of the proxy's own functions.

        Or one to nothing at all, which would remove functions and can be.
        """
        target = NO_MODULE if how == "nothing" else self._world.keys[UPGRADER]
        selectors, code_size = list_functions("AdminModule"), 0
        if how == "reserved":
            selectors, target, code_size = [0x60434799], int(self._world.addresses[PROXY], 16), CODE_SIZE
        self._schedule(UPGRADER, selectors, target, code_size)

    def _deploy_copy(self, module: str) -> int:
        """Deploy a module once more; its address."""
        oracles = self._world.addresses["PriceOracle"], self._world.addresses[INDEX_ORACLE]
        initcode = module_initcode(module, *oracles, self._world.addresses[SHARE])
        address = self._world.chain.deploy(self._world.actors[INITIALIZER], initcode)
        self._world.block.number, self._world.block.timestamp = self._world.chain.number, self._world.chain.timestamp
        self._copies += 1
        self._world.place(f"{module} {self._copies}", address)
        return int(address, 16)

    def _schedule(self, sender: int, selectors: Sequence[int], target: int, code_size: int = CODE_SIZE) -> None:
        def reference() -> Effect:
            [event] = self.proxy.process_schedule(
                self._world.block, self._world.keys[sender], selectors, target, code_size
            )
            assert isinstance(event, Scheduled)  # noqa: S101  it says so
            self._write_upgrade(event.upgrade)
            data = words(64, event.ready_at, len(selectors), *(selector << 224 for selector in selectors))
            return self._log("Scheduled", (_hash(event.upgrade), words(event.module)), data)

        self._world.send(sender, _encode("schedule(bytes4[],address)", selectors, target), reference)

    def _cancel(self, sender: int, upgrade: Upgrade) -> None:
        def reference() -> Effect:
            self.proxy.guardian = self._world.protocol.guardian
            [event] = self.proxy.process_cancel(self._world.keys[sender], upgrade)
            assert isinstance(event, Cancelled)  # noqa: S101  it says so
            self._write_upgrade(upgrade)
            return self._log("Cancelled", (_hash(upgrade),), b"")

        self._world.send(sender, keccak(text="cancel(bytes32)")[:4] + _hash(upgrade), reference)

    def _route(self, sender: int, selectors: Sequence[int], target: int) -> None:
        def reference() -> Effect:
            events = self.proxy.process_route(self._world.block, self._world.keys[sender], selectors, target, CODE_SIZE)
            self._write_upgrade((tuple(selectors), target))
            logged: tuple[Event, ...] = ()
            for event in events:
                assert isinstance(event, Routed)  # noqa: S101  it says so
                selector = event.selector.to_bytes(4, "big")
                name = f"module_of[0x{selector.hex()}]"
                self._world.write(PROXY, records.selector_slot(selector), (event.module,), name, ("",))
                topics = (selector.ljust(32, b"\0"), words(event.module))
                logged += self._log("Routed", topics, b"").events
            return Effect(b"", logged)

        self._world.send(sender, _encode("route(bytes4[],address)", selectors, target), reference)

    def _read_route(self, selector: int) -> None:
        def reference() -> Effect:
            return Effect(words(self.proxy.modules.get(selector, NO_MODULE)))

        data = self._world.selectors["module_of"] + words(selector << 224)
        self._world.call(self._world.actors[KEEPER], PROXY, data, reference)

    def _read_times(self, upgrade: Upgrade) -> None:
        key = int.from_bytes(_hash(upgrade), "big")
        views = (
            (self._world.selectors["ready_at"] + words(key), self.proxy.upgrades.get(upgrade, 0)),
            (artefact(PROXY).selectors["delay()"], self.proxy.delay),
        )
        for data, seconds in views:
            self._world.call(self._world.actors[KEEPER], PROXY, data, partial(Effect, words(seconds)))

    def _log(self, name: str, topics: tuple[bytes, ...], data: bytes) -> Effect:
        return Effect(b"", (Event(PROXY, (artefact(PROXY).events[name], *topics), data),))

    def _write_upgrade(self, upgrade: Upgrade) -> None:
        key = int.from_bytes(_hash(upgrade), "big")
        ready_at = self.proxy.upgrades.get(upgrade, 0)
        self._world.write(PROXY, records.key_slot("upgrades", key), (ready_at,), f"upgrades[{key:#x}]", ("",))


def list_functions(module: str) -> list[int]:
    """The selectors of a module."""
    return [int.from_bytes(selector, "big") for selector in artefact(module).selectors.values()]


def _encode(signature: str, selectors: Sequence[int], target: int) -> bytes:
    return keccak(text=signature)[:4] + _encode_upgrade(selectors, target)


def _encode_upgrade(selectors: Sequence[int], target: int) -> bytes:
    return words(64, target, len(selectors), *(selector << 224 for selector in selectors))


def _hash(upgrade: Upgrade) -> bytes:
    return keccak(_encode_upgrade(*upgrade))
