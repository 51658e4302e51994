"""Upgrades in the protocol machine: a module's functions are announced, and routed to a fresh copy of it."""

from collections.abc import Sequence
from functools import partial

from eth_utils.crypto import keccak

from differential_tests.chains.base import Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE, module_initcode
from differential_tests.fuzzer.world import Effect, Event, words
from differential_tests.machines.prices import INDEX_ORACLE, INITIALIZER, KEEPER
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.core import DELAY, NOBODY, UPGRADER, ProtocolCore
from reference.proxy import NO_MODULE, Cancelled, Proxy, Routed, Scheduled, Upgrade

CODE_SIZE = 1_000
"""Of a module (bytes): anything but nothing."""
UNKNOWN_SELECTOR = 0xFFFFFFFF


class UpgradeWorld(ProtocolCore):
    """The proxy's own functions."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.proxy = Proxy(self.keys[UPGRADER], self.protocol.guardian, DELAY, dict(self.routes))
        self.copies = 0

    def upgrade(self, module: str, sender: int, seconds: int, canceller: int) -> None:
        """Routes the functions of a module to a fresh copy of it, or fails to; NOBODY cancels nothing.

        seconds: between the announcement and the attempt.
        """
        self.advance(1, 12)
        selectors, target = self.list_functions(module), self.deploy_copy(module)
        self._schedule(sender, selectors, target)
        self._read_times((tuple(selectors), target))
        if canceller != NOBODY:
            self._cancel(canceller, (tuple(selectors), target))
        self.advance(1, seconds)
        self._route(sender, selectors, target)
        for selector in (selectors[0], UNKNOWN_SELECTOR):
            self._read_route(selector)
        if self.proxy.modules.get(selectors[0]) == target:
            self.states["upgrade"] += 1

    def schedule_wrongly(self, how: str) -> None:
        """Announces an upgrade that can't be: to what is no contract, or of the proxy's own functions.

        Or one to nothing at all, which would remove functions and can be.
        """
        target = NO_MODULE if how == "nothing" else self.keys[UPGRADER]
        selectors, code_size = self.list_functions("AdminModule"), 0
        if how == "reserved":
            selectors, target, code_size = [0x60434799], int(self.addresses[PROXY], 16), CODE_SIZE
        self._schedule(UPGRADER, selectors, target, code_size)

    def list_functions(self, module: str) -> list[int]:
        """The selectors of a module."""
        return [int.from_bytes(selector, "big") for selector in artefact(module).selectors.values()]

    def deploy_copy(self, module: str) -> int:
        """Deploy a module once more; its address."""
        oracles = self.addresses["PriceOracle"], self.addresses[INDEX_ORACLE]
        initcode = module_initcode(module, *oracles, self.addresses[SHARE])
        address = self.chain.deploy(self.actors[INITIALIZER], initcode)
        self.block.number, self.block.timestamp = self.chain.number, self.chain.timestamp
        self.copies += 1
        self.place(f"{module} {self.copies}", address)
        return int(address, 16)

    def _schedule(self, sender: int, selectors: Sequence[int], target: int, code_size: int = CODE_SIZE) -> None:
        def reference() -> Effect:
            [event] = self.proxy.process_schedule(self.block, self.keys[sender], selectors, target, code_size)
            assert isinstance(event, Scheduled)  # noqa: S101  it says so
            self._write_upgrade(event.upgrade)
            data = words(64, event.ready_at, len(selectors), *(selector << 224 for selector in selectors))
            return self._log("Scheduled", (_hash(event.upgrade), words(event.module)), data)

        self.send(sender, _encode("schedule(bytes4[],address)", selectors, target), reference)

    def _cancel(self, sender: int, upgrade: Upgrade) -> None:
        def reference() -> Effect:
            self.proxy.guardian = self.protocol.guardian
            [event] = self.proxy.process_cancel(self.keys[sender], upgrade)
            assert isinstance(event, Cancelled)  # noqa: S101  it says so
            self._write_upgrade(upgrade)
            return self._log("Cancelled", (_hash(upgrade),), b"")

        self.send(sender, keccak(text="cancel(bytes32)")[:4] + _hash(upgrade), reference)

    def _route(self, sender: int, selectors: Sequence[int], target: int) -> None:
        def reference() -> Effect:
            events = self.proxy.process_route(self.block, self.keys[sender], selectors, target, CODE_SIZE)
            self._write_upgrade((tuple(selectors), target))
            logged: tuple[Event, ...] = ()
            for event in events:
                assert isinstance(event, Routed)  # noqa: S101  it says so
                selector = event.selector.to_bytes(4, "big")
                name = f"module_of[0x{selector.hex()}]"
                self.write(PROXY, records.selector_slot(selector), (event.module,), name, ("",))
                topics = (selector.ljust(32, b"\0"), words(event.module))
                logged += self._log("Routed", topics, b"").events
            return Effect(b"", logged)

        self.send(sender, _encode("route(bytes4[],address)", selectors, target), reference)

    def _read_route(self, selector: int) -> None:
        def reference() -> Effect:
            return Effect(words(self.proxy.modules.get(selector, NO_MODULE)))

        data = self.encode_call("module_of", (selector << 224,))
        self.call(self.actors[KEEPER], PROXY, data, reference)

    def _read_times(self, upgrade: Upgrade) -> None:
        key = int.from_bytes(_hash(upgrade), "big")
        views = (
            (self.encode_call("ready_at", (key,)), self.proxy.upgrades.get(upgrade, 0)),
            (artefact(PROXY).selectors["delay()"], self.proxy.delay),
        )
        for data, seconds in views:
            self.call(self.actors[KEEPER], PROXY, data, partial(Effect, words(seconds)))

    def _log(self, name: str, topics: tuple[bytes, ...], data: bytes) -> Effect:
        return Effect(b"", (Event(PROXY, (artefact(PROXY).events[name], *topics), data),))

    def _write_upgrade(self, upgrade: Upgrade) -> None:
        key = int.from_bytes(_hash(upgrade), "big")
        ready_at = self.proxy.upgrades.get(upgrade, 0)
        self.write(PROXY, records.key_slot("upgrades", key), (ready_at,), f"upgrades[{key:#x}]", ("",))


def _encode(signature: str, selectors: Sequence[int], target: int) -> bytes:
    return keccak(text=signature)[:4] + _encode_upgrade(selectors, target)


def _encode_upgrade(selectors: Sequence[int], target: int) -> bytes:
    return words(64, target, len(selectors), *(selector << 224 for selector in selectors))


def _hash(upgrade: Upgrade) -> bytes:
    return keccak(_encode_upgrade(*upgrade))
