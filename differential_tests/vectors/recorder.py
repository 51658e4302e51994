"""Worlds that write down what they call: the state before, the call, and what the reference says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from differential_tests.chains.base import DEFAULT_GAS
from differential_tests.contracts.deployment import PROXY
from differential_tests.fuzzer.world import Effect, Event, GasLimit, Referee, World, words
from differential_tests.machines.oracle.machine import OracleWorld
from differential_tests.machines.prices import INITIALIZER, KEEPER, PRECOMPILE, TRADER
from differential_tests.machines.protocol.roles import RECEIVER, ROLES
from differential_tests.machines.protocol.world import ProtocolWorld
from differential_tests.machines.share.machine import NOBODY, SIGNERS, VAULT, VIEWS, ShareWorld
from reference.errors import GasLow, MegaTAOError
from reference.math.reading import GOOD, POOL_TOO_SHALLOW, validate_reading

Words = dict[str, dict[int, int]]
"""Storage: the words of each contract, by its name."""


@dataclass
class Call:
    """A call. sender: address. before, after: storage and balances (wei, by address); as the reference has them."""

    number: int
    timestamp: int
    sender: str
    contract: str
    data: bytes
    value: int
    gas: int
    before: Words
    balances_before: dict[str, int]
    failure: str | None = None
    output: bytes = b""
    events: tuple[Event, ...] = ()
    after: Words = field(default_factory=dict)
    balances_after: dict[str, int] = field(default_factory=dict)
    shows: set[str] = field(default_factory=set)
    """States of interest that it led to."""


class Recording(World):
    """Mixed into a world, before it: every call is handed to `on_call` once it is compared."""

    on_call: Callable[[Call], None] = staticmethod(lambda _: None)
    _last: Call | None = None

    def call(
        self, sender: str, contract: str, data: bytes, reference: Referee, value: int = 0, gas: int = DEFAULT_GAS
    ) -> None:
        """As World.call."""
        self.flush()
        call = self._begin(sender, contract, data, value, gas)

        def observed() -> Effect:
            try:
                effect = reference()
            except MegaTAOError as failure:
                call.failure = failure.revert_name()
                raise
            call.output, call.events = effect.output, effect.events
            return effect

        super().call(sender, contract, data, observed, value, gas)
        self._end(call)

    def call_with_gas(self, sender: str, contract: str, data: bytes, reference: Referee, limit: GasLimit) -> None:
        """As World.call_with_gas. Written down is the failure that the reference does not model: too little gas."""
        self.flush()
        met = self.outcomes[GasLow.revert_name()]
        call = self._begin(sender, contract, data, 0, limit.gas)
        super().call_with_gas(sender, contract, data, reference, limit)
        if self.outcomes[GasLow.revert_name()] > met:
            call.number, call.timestamp = call.number + 1, call.timestamp + 12  # it had a block of its own
            call.failure = GasLow.revert_name()
            self._end(call)

    def flush(self) -> None:
        """The last call is done, with all that was said of it."""
        if self._last is not None:
            call, self._last = self._last, None
            call.shows = {state for state, count in self.states.items() if count > self._states.get(state, 0)}
            self.on_call(call)

    def _begin(self, sender: str, contract: str, data: bytes, value: int, gas: int) -> Call:
        self._states = dict(self.states)
        place = (self.block.number, self.block.timestamp)
        return Call(*place, sender, contract, data, value, gas, self._words(), self._balances())

    def _end(self, call: Call) -> None:
        call.after, call.balances_after = self._words(), self._balances()
        self._last = call

    def _words(self) -> Words:
        return {contract: dict(words) for contract, words in self.storage.items()}

    def _balances(self) -> dict[str, int]:
        everybody = dict.fromkeys((*self.people().values(), *self.addresses.values()))
        return {address: self.chain.balance(address) for address in everybody}

    def people(self) -> dict[str, str]:
        """Address of each actor that is no contract, by its role."""
        raise NotImplementedError

    def read_all(self) -> None:
        """Call what no action of the machine calls."""
        raise NotImplementedError

    def read(self, contract: str, signature: str, argument: bytes, answer: int) -> None:
        """Call a getter."""
        data = keccak(text=signature)[:4] + argument
        self.call(next(iter(self.people().values())), contract, data, lambda: Effect(words(answer)))


class RecordingProtocol(Recording, ProtocolWorld):
    """The protocol, recorded."""

    def people(self) -> dict[str, str]:
        """The roles of the protocol machine."""
        return dict(zip(ROLES, self.actors[:RECEIVER], strict=False))

    def read_all(self) -> None:
        """Routes: of a function, and of none."""
        for selector in (next(iter(self.routes)), 0):
            argument = selector.to_bytes(4, "big").ljust(32, b"\0")
            self.read(PROXY, "module_of(bytes4)", argument, self.routes.get(selector, 0))


class RecordingOracles(Recording, OracleWorld):
    """The price oracles, recorded."""

    def people(self) -> dict[str, str]:
        """The roles of the oracle machine."""
        roles = {"initializer": INITIALIZER, "keeper": KEEPER, "trader": TRADER}
        return {role: self.chain.account(number) for role, number in roles.items()}

    def read_all(self) -> None:
        """What the oracles keep, and every cause of a rejection by its name."""
        self.read("PriceOracle", "precompile()", b"", int(self.addresses[PRECOMPILE], 16))
        self.read("IndexPriceOracle", "ema()", b"", self.index.ema)
        self.read("IndexPriceOracle", "last_update()", b"", self.index.last_update)
        for cause in range(GOOD, POOL_TOO_SHALLOW + 2):

            def reference(cause: int = cause) -> Effect:
                validate_reading(cause)
                return Effect(words(cause))

            data = keccak(text="validate_reading(uint256)")[:4] + words(cause)
            self.call(self.chain.account(TRADER), "PriceOracle", data, reference)


class RecordingShare(Recording, ShareWorld):
    """The share, recorded."""

    def people(self) -> dict[str, str]:
        """The roles of the share machine."""
        roles = {f"signer {number}" if number in SIGNERS else f"holder {number}": number for number in range(1, 7)}
        return {
            role: to_checksum_address(f"0x{self.keys[number]:040x}")
            for role, number in {"vault": VAULT, **roles}.items()
        }

    def read_all(self) -> None:
        """Every view."""
        for function in VIEWS:
            self.view(function, VAULT, NOBODY)
