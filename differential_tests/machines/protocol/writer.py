"""The protocol's storage, as the reference has it: records that are other objects than before are expected anew."""

from __future__ import annotations

from typing import TypeVar

from differential_tests.contracts.deployment import PROXY
from differential_tests.fuzzer.world import World, words
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.arguments import name_account
from differential_tests.machines.share.token import TokenWriter
from reference.math.packing import pack_pair
from reference.state.records import (
    Account,
    Claim,
    Epoch,
    Market,
    Parameters,
    Position,
    Request,
    Window,
    account_key,
    owner_of,
)
from reference.state.storage import Protocol

K = TypeVar("K")
V = TypeVar("V")


class ProtocolWriter:
    """Expects on a chain what the protocol of the reference has. roles: the number of who has an address."""

    def __init__(self, world: World, protocol: Protocol, roles: dict[int, int]) -> None:
        self._world, self._protocol, self._roles = world, protocol, roles
        self._accounts: dict[int, Account] = {}
        self._positions: dict[tuple[int, int], Position] = {}
        self._markets: dict[int, Market] = {}
        self._claims: dict[int, Claim] = {}
        self._parameters: dict[int, tuple[Parameters, int, int]] = {}
        self._keepers: set[int] = set()
        self._window: Window | None = None
        self._epochs: dict[int, Epoch] = {}
        self._requests: dict[tuple[int, int], Request] = {}
        self._token = TokenWriter()

    def expect(self) -> None:
        """Expect what has changed since the last time."""
        protocol = self._protocol
        for record in (*records.vault_records(protocol.vault), *records.total_records(protocol)):
            self._write(*record)
        for account, held in _changed(protocol.accounts, self._accounts):
            slot = records.key_slot("account_words", account)
            self._word(slot, records.account_word(held) if held else 0, f"account_words[{self.name(account)}]")
        for (account, key), position in _changed(protocol.positions, self._positions):
            slot = records.position_slot(account, key)
            values = records.position_words(position) if position else records.GONE_POSITION
            self._write(slot, values, f"positions[{self.name(account)}, {key:#x}].", records.POSITION_FIELDS)
        for key, market in _changed(protocol.markets, self._markets):
            if market:
                self._write_market(key, market)
        for number, claim in _changed(protocol.claims, self._claims):
            values = records.claim_words(claim) if claim else records.GONE_CLAIM
            self._write(records.key_slot("claim_words", number), values, f"claims[{number}].", records.CLAIM_FIELDS)
        for keeper in protocol.keepers ^ self._keepers:
            self._word(records.key_slot("keepers", keeper), keeper in protocol.keepers, f"keepers[{keeper:#x}]")
        self._keepers = set(protocol.keepers)
        self._write_shares()

    def name(self, account: int) -> str:
        """A readable name of an account."""
        owner = owner_of(account)
        return name_account(self._roles[owner], account % 2**96) if owner in self._roles else hex(owner)

    def _write_shares(self) -> None:
        """Expect what depositors have asked and got."""
        protocol = self._protocol
        if protocol.window is not self._window:
            self._window = protocol.window
            names = ("window_word", "payable_word")
            self._write(records.SLOTS["window_word"], records.window_words(protocol.window), "", names)
            self._write_epoch(protocol.window.number, records.asked_words(protocol.window))
        for number, epoch in _changed(protocol.epochs, self._epochs):
            if epoch:
                self._write_epoch(number, records.epoch_words(epoch))
        for (number, controller), request in _changed(protocol.requests, self._requests):
            slot = records.hashed_slot("request_words", words(number, controller))
            name = f"requests[{number}, {self.name(account_key(controller, 0))}]"
            self._word(slot, records.request_word(request), name)
        self._token.write(self._world, protocol.share)

    def _write_epoch(self, number: int, values: tuple[int, ...]) -> None:
        self._write(records.key_slot("epoch_words", number), values, f"epochs[{number}].", records.EPOCH_FIELDS)

    def _write_market(self, key: int, market: Market) -> None:
        slot = records.key_slot("market_words", key)
        self._write(slot, records.market_words(market), f"markets[{key:#x}].", records.MARKET_FIELDS)
        deficits = pack_pair(market.longs.deficit, market.shorts.deficit)
        self._word(records.key_slot("deficit_words", key), deficits, f"deficits[{key:#x}]")
        if market.frozen_interest_index:
            slot = records.key_slot("frozen_interest_index", key)
            self._word(slot, market.frozen_interest_index, f"frozen_interest_index[{key:#x}]")
        kept = self._protocol.parameters[key], self._protocol.raised_at[key], self._protocol.moved_at[key]
        if self._parameters.get(key) != kept:
            if key not in self._parameters:
                number = len(self._parameters)
                self._word(records.key_slot("market_keys", number), key, f"market_keys[{number}]")
                self._word(records.SLOTS["market_count"], number + 1, "market_count")
            self._parameters[key] = kept
            slot = records.key_slot("parameter_words", key)
            self._write(slot, records.parameter_words(*kept), f"parameters[{key:#x}].", records.PARAMETER_FIELDS)

    def _word(self, slot: int, value: int, name: str) -> None:
        self._world.write(PROXY, slot, (value,), name, ("",))

    def _write(self, slot: int, values: tuple[int, ...], name: str, fields: tuple[str, ...]) -> None:
        self._world.write(PROXY, slot, values, name, fields)


def _changed(live: dict[K, V], seen: dict[K, V]) -> list[tuple[K, V | None]]:
    """Records that are other objects than those seen before, and None for those that went; now they are seen."""
    changed: list[tuple[K, V | None]] = [(key, record) for key, record in live.items() if seen.get(key) is not record]
    if len(seen) + len(changed) > len(live):
        changed += [(key, None) for key in seen if key not in live]
    for key, record in changed:
        if record is None:
            del seen[key]
        else:
            seen[key] = record
    return changed
