"""The receiver: a trader that is a contract, and does what it is told when TAO comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import Effect, World, words
from differential_tests.machines.prices import KEEPER
from reference.errors import MegaTAOError, TransferFailed

NAME = "Receiver"
TAKES, REJECTS, REENTERS, INSISTS = range(4)
"""What it does when TAO comes."""
FAILED = 1
"""What it keeps of a call that failed without a name, as every call does that the lock stops."""
MOST_ARGUMENTS = 14
"""Words that a function of the protocol takes, at most."""


class Receiver:
    """What the contract keeps: its mode, what it calls, and how the last call from there ended."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._data = b""
        self.mode = TAKES
        self.outcome = 0

    def program(self, mode: int, data: bytes) -> None:
        """Tell it what to do when TAO comes, and what it then calls."""

        def reference() -> Effect:
            self.mode, self._data = mode, data
            self._write()
            return Effect()

        self._call("program(uint256,bytes)", words(mode, 64), data, reference)

    def forward(self, data: bytes, reference: Callable[[], Effect], value: int) -> None:
        """Make it call the protocol. It forgets how the last call from there ended, and returns nothing."""

        def forwarded() -> Effect:
            before, self.outcome = self.outcome, 0
            try:
                effect = reference()
            except MegaTAOError:
                self.outcome = before
                raise
            self._write()
            return replace(effect, output=b"")

        self._call("forward(bytes)", words(32), data, forwarded, value)

    def take(self) -> bool:
        """TAO comes. Whether it has called back, which the lock stops. Errors: TransferFailed."""
        if self.mode in (REJECTS, INSISTS):
            raise TransferFailed
        if self.mode == REENTERS:
            self.outcome = FAILED
        return self.mode == REENTERS

    def _call(self, signature: str, head: bytes, data: bytes, reference: Callable[[], Effect], value: int = 0) -> None:
        selector = artefact(NAME).selectors[signature]
        encoded = selector + head + words(len(data)) + data + bytes(-len(data) % 32)
        self._world.call(self._world.chain.account(KEEPER), NAME, encoded, reference, value)

    def _write(self) -> None:
        slots, data = artefact(NAME).slot, self._data + bytes(-len(self._data) % 32)
        self._world.write(NAME, slots("mode"), (self.mode,), "mode", ("",))
        self._world.write(NAME, slots("outcome"), (self.outcome,), "outcome", ("",))
        kept = [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]
        names = ("length", *(f"word {number}" for number in range(len(kept))))
        self._world.write(NAME, slots("stored"), (len(self._data), *kept), "stored.", names)
