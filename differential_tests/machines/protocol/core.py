"""What the protocol machine stands on: all contracts deployed, and one way to call them beside their reference."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from differential_tests.chains.base import Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE, Settings, deploy, selectors_by_name
from differential_tests.fuzzer.world import Divergence, Effect, Event, words
from differential_tests.machines.prices import INDEX_ORACLE, INITIALIZER, KEEPER, PRECOMPILE, PriceWorld
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.invariants import (
    Change,
    Ledger,
    check_everything,
    check_step,
    check_way_out,
)
from differential_tests.machines.protocol.states import name_states
from differential_tests.machines.share.token import TokenWriter
from reference.errors import MegaTAOError
from reference.events import Logged
from reference.math.packing import pack_pair
from reference.state.records import Account, Claim, Epoch, Market, Parameters, Position, Request, Window
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

K = TypeVar("K")
V = TypeVar("V")

ADMIN = INITIALIZER
TRADERS = (2, 3, 4, 5, 6)
GUARDIAN, TREASURY, UPGRADER = 7, 8, 9
RECEIVER = 10
"""A trader that is a contract: KEEPER makes it call."""
NOBODY = 11
"""The address 0."""
ROLES = (
    "admin", "keeper", *(f"trader {number}" for number in range(len(TRADERS))), "guardian", "treasury", "upgrader",
    "receiver", "nobody",
)  # fmt: skip

TAKES, REJECTS, REENTERS, INSISTS = range(4)
"""What the receiver does when TAO comes."""
FAILED = 1
"""What the receiver keeps of a call that failed without a name, as every call does that the lock stops."""

DELAY = 172_800
"""Seconds that an upgrade waits."""
FIRST_CAP = 10**26
"""Caps on deposits at the start (wei)."""

COMPARE_PERIOD = 10
"""Calls after which every known slot is compared."""
PROBE_INTERVAL = 50
"""Calls after which everything is checked, and whether everybody finds a way out."""

FORCER = bytes.fromhex("6836 5f5f 3736 5f34 f000 5f52 6009 6017 f3")
"""Deploys a contract that creates, with the value of its call, what its calldata says."""

Process = Callable[[], Sequence[Logged]]


class ProtocolCore(PriceWorld):
    """The contracts of the protocol, their reference, and how a call is made on both."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.compare_period = COMPARE_PERIOD
        self.ledger = Ledger()
        self.receiver = (TAKES, b"")
        self.outcome_of_receiver = 0
        self.calls = 0
        self.actors = [chain.account(number) for number in range(RECEIVER)]
        self.deploy()
        self.actors += [self.addresses["Receiver"], "0x" + 40 * "0"]
        self.keys = [int(actor, 16) for actor in self.actors]
        self.protocol = Protocol(
            self.precompile,
            self.index,
            admin=self.keys[ADMIN],
            guardian=self.keys[GUARDIAN],
            treasury=self.keys[TREASURY],
            address=int(self.addresses[PROXY], 16),
            share=VaultShare(int(self.addresses[SHARE], 16), int(self.addresses[PROXY], 16)),
            account_cap=FIRST_CAP,
            global_cap=FIRST_CAP,
        )
        self.protocol.vault.interest_at = self.deployed_at
        self.block.number, self.block.timestamp = chain.number, chain.timestamp
        self.balances = {actor: chain.balance(actor) for actor in self.actors[:NOBODY]}
        self.balances[self.addresses[PROXY]] = 0
        self._moved: set[str] = set()
        self._accounts: dict[int, Account] = {}
        self._positions: dict[tuple[int, int], Position] = {}
        self._markets: dict[int, Market] = {}
        self._claims: dict[int, Claim] = {}
        self._parameters: dict[int, tuple[Parameters, int]] = {}
        self._keepers: set[int] = set()
        self._window: Window | None = None
        self._epochs: dict[int, Epoch] = {}
        self._requests: dict[tuple[int, int], Request] = {}
        self._token = TokenWriter()
        self._names = dict(zip(self.keys, ROLES, strict=True))
        self._write_sums()
        self._write_index()
        self._write_changes()
        self._written.clear()

    def deploy(self) -> None:
        """Put all contracts on the chain."""
        chain, deployer = self.chain, self.actors[INITIALIZER]
        self.place(PRECOMPILE, chain.install_precompile(artefact(PRECOMPILE).runtime))
        admin, guardian, treasury, upgrader = (self.actors[each] for each in (ADMIN, GUARDIAN, TREASURY, UPGRADER))
        settings = Settings(admin, guardian, treasury, upgrader, DELAY, FIRST_CAP, FIRST_CAP)
        deployed = deploy(chain, deployer, self.addresses[PRECOMPILE], settings)
        self.deployed_at = deployed.deployed_at
        self.place("PriceOracle", deployed.price_oracle)
        self.place(INDEX_ORACLE, deployed.index_oracle)
        self.place(SHARE, deployed.share)
        self.place(PROXY, deployed.proxy)
        for module, address in deployed.modules.items():
            self.place(module, address)
        self.selectors = selectors_by_name()
        self.routes = {
            int.from_bytes(selector, "big"): int(deployed.modules[module], 16)
            for selector, module in deployed.routes.items()
        }
        proxy = int(deployed.proxy, 16)
        self.place("Receiver", chain.deploy(deployer, artefact("Receiver").initcode + words(proxy)))
        self.place("Forcer", chain.deploy(deployer, FORCER))
        self.write(PROXY, records.SLOTS["upgrader"], (int(self.actors[UPGRADER], 16),), "upgrader", ("",))
        self.write(PROXY, records.LOCK_SLOT, (0,), "lock", ("",))
        for selector, module in deployed.routes.items():
            target = int(deployed.modules[module], 16)
            self.write(PROXY, records.selector_slot(selector), (target,), f"module_of[0x{selector.hex()}]", ("",))

    # ------------------------------------------------------------ who and what

    def account(self, owner: int, index: int) -> int:
        """The key of an account of a role."""
        return (self.keys[owner] << 96) + index

    def find_admin(self) -> int:
        """Who is the admin; the first one if nobody can be."""
        role = self.keys.index(self.protocol.admin)
        return role if role <= RECEIVER else ADMIN

    def position_keys(self) -> tuple[tuple[int, int], ...]:
        """Account and market of each position."""
        return tuple(self.protocol.positions)

    def name(self, account: int) -> str:
        """A readable name of an account."""
        role, index = self._names.get(account >> 96, hex(account >> 96)), account % 2**96
        return f"{role}.{index}" if index else role

    # ------------------------------------------------------------ one call

    def encode_call(self, function: str, arguments: Iterable[int]) -> bytes:
        """Calldata of a call of the protocol, whose arguments are all words."""
        return self.selectors[function] + words(*arguments)

    def _do(
        self,
        sender: int,
        function: str,
        arguments: Iterable[int],
        process: Process,
        value: int = 0,
        key: tuple[int, int] | None = None,
        output: bytes = b"",
    ) -> None:
        """Call the protocol and the reference, compare everything, and check the invariants.

        key: account and market that it is about, the market 0 where it is about no position. output: what it returns.
        """
        protocol = self.protocol
        before, vault = protocol.positions.get(key) if key else None, protocol.vault.copy()
        done: list[Sequence[Logged]] = []

        def reference() -> Effect:
            logged = process()
            self._write((records.LOCK_SLOT, (records.FREE,), "lock", ("",)))
            self._move(value, self.actors[payer], PROXY)
            self.ledger.paid_in += value
            self._write_changes()
            done.append(logged)
            return Effect(output, self._encode_events(logged), logged)

        payer = KEEPER if sender == RECEIVER else sender
        data = self.encode_call(function, arguments)
        self.send(sender, data, reference, value)
        for logged in done:
            after = protocol.positions.get(key) if key else None
            is_owner = key is not None and self.keys[sender] == key[0] >> 96
            change = Change(is_owner, key, before, after, vault, logged)
            check_step(protocol, self.ledger, change)
            self.states.update(name_states(protocol, change))
            self.calls += 1
            if self.calls % PROBE_INTERVAL == 0:
                self.check_all()

    def send(self, sender: int, data: bytes, reference: Callable[[], Effect], value: int = 0) -> None:
        """Send calldata to the protocol, from an account or by way of the receiver."""
        if sender == RECEIVER:
            selector = artefact("Receiver").selectors["forward(bytes)"]
            wrapped = selector + words(32, len(data)) + data + bytes(-len(data) % 32)
            self.call(self.actors[KEEPER], "Receiver", wrapped, lambda: self._forward(reference), value)
        else:
            self.call(self.actors[sender], PROXY, data, reference, value)
        self._compare_balances()

    def _forward(self, reference: Callable[[], Effect]) -> Effect:
        """A call by way of the receiver, which forgets how the last call from there ended, and returns nothing."""
        before, self.outcome_of_receiver = self.outcome_of_receiver, 0
        try:
            effect = reference()
        except MegaTAOError:
            self.outcome_of_receiver = before
            raise
        self._write_receiver()
        return replace(effect, output=b"")

    def check_all(self) -> None:
        """Check all books, all storage, and that everybody finds a way out."""
        if not self._owed:
            self.compare_storage()
        check_everything(self.protocol, self.ledger)
        check_way_out(self.protocol, self.block)

    def sweep(self) -> None:
        """No slot but those that the reference knows has a value, and the books are right."""
        super().sweep()
        self._compare_balances(is_all=True)
        self.check_all()

    def advance(self, blocks: int, seconds: int) -> None:
        """Seal the block, as every world does."""
        super().advance(blocks, seconds)
        self._compare_balances()

    def _encode_events(self, logged: Sequence[Logged]) -> tuple[Event, ...]:
        return tuple(map(records.encode_event, logged))

    # ------------------------------------------------------------ what the chain must hold

    def _move(self, amount: int, giver: str, taker: str) -> None:
        """Expect TAO to have moved; the proxy is known by its name."""
        if amount:
            for who, change in ((giver, -amount), (taker, amount)):
                address = self.addresses[PROXY] if who == PROXY else who
                self.balances[address] += change
                self._moved.add(address)

    def _compare_balances(self, is_all: bool = False) -> None:
        """The protocol's balance and those that moved since they were compared, or all that are known."""
        if self._owed:  # a chain that mines knows them when the block is sealed
            return
        for address in self._moved if not is_all else self.balances:
            actual = self.chain.balance(address)
            if actual != self.balances[address]:
                what = f"balance of {self._holder(address)}"
                raise Divergence(what, self.balances[address], actual)
        self._moved = {self.addresses[PROXY]}
        if self.balances[self.addresses[PROXY]] != self.ledger.balance():
            raise Divergence("balance and ledger", self.balances[self.addresses[PROXY]], self.ledger.balance())

    def _holder(self, address: str) -> str:
        """A readable name of who holds TAO."""
        return "the protocol" if address == self.addresses[PROXY] else self._names.get(int(address, 16), address)

    def _write_receiver(self) -> None:
        """Expect what the receiver keeps."""
        slots = artefact("Receiver").slot
        mode, data = self.receiver
        self.write("Receiver", slots("mode"), (mode,), "mode", ("",))
        self.write("Receiver", slots("outcome"), (self.outcome_of_receiver,), "outcome", ("",))
        padded = data + bytes(-len(data) % 32)
        kept = [int.from_bytes(padded[at : at + 32], "big") for at in range(0, len(padded), 32)]
        names = ("length", *(f"word {number}" for number in range(len(kept))))
        self.write("Receiver", slots("stored"), (len(data), *kept), "stored.", names)

    def _write_changes(self) -> None:
        """Expect what the reference's state is now: records that are other objects than before are written anew."""
        protocol = self.protocol
        for record in (*records.vault_records(protocol.vault), *records.total_records(protocol)):
            self._write(record)
        for account, held in _changed(protocol.accounts, self._accounts):
            slot = records.key_slot("account_words", account)
            word = records.account_word(held) if held else 0
            self._write((slot, (word,), f"account_words[{self.name(account)}]", ("",)))
        for (account, key), position in _changed(protocol.positions, self._positions):
            slot = records.position_slot(account, key)
            values = records.position_words(position) if position else records.GONE_POSITION
            self._write((slot, values, f"positions[{self.name(account)}, {key:#x}].", records.POSITION_FIELDS))
        for key, market in _changed(protocol.markets, self._markets):
            if market:
                self._write_market(key, market)
        for number, claim in _changed(protocol.claims, self._claims):
            values = records.claim_words(claim) if claim else records.GONE_CLAIM
            self._write((records.key_slot("claim_words", number), values, f"claims[{number}].", records.CLAIM_FIELDS))
        for keeper in protocol.keepers ^ self._keepers:
            is_allowed = keeper in protocol.keepers
            self._write((records.key_slot("keepers", keeper), (is_allowed,), f"keepers[{keeper:#x}]", ("",)))
        self._keepers = set(protocol.keepers)
        self._write_shares()

    def _write_shares(self) -> None:
        """Expect what depositors have asked and got."""
        protocol = self.protocol
        if protocol.window is not self._window:
            self._window = protocol.window
            names = ("window_word", "payable_word")
            self._write((records.SLOTS["window_word"], records.window_words(protocol.window), "", names))
            number = protocol.window.number
            slot = records.key_slot("epoch_words", number)
            self._write((slot, records.asked_words(protocol.window), f"epochs[{number}].", records.EPOCH_FIELDS))
        for number, epoch in _changed(protocol.epochs, self._epochs):
            if epoch:
                slot = records.key_slot("epoch_words", number)
                self._write((slot, records.epoch_words(epoch), f"epochs[{number}].", records.EPOCH_FIELDS))
        for (number, controller), request in _changed(protocol.requests, self._requests):
            slot = records.hashed_slot("request_words", words(number, controller))
            name = f"requests[{number}, {self.name(controller << 96)}]"
            self._write((slot, (records.request_word(request),), name, ("",)))
        self._token.write(self, protocol.share)

    def _write_market(self, key: int, market: Market) -> None:
        slot = records.key_slot("market_words", key)
        self._write((slot, records.market_words(market), f"markets[{key:#x}].", records.MARKET_FIELDS))
        deficits = pack_pair(market.longs.deficit, market.shorts.deficit)
        self._write((records.key_slot("deficit_words", key), (deficits,), f"deficits[{key:#x}]", ("",)))
        if market.frozen_interest_index:
            slot = records.key_slot("frozen_interest_index", key)
            self._write((slot, (market.frozen_interest_index,), f"frozen_interest_index[{key:#x}]", ("",)))
        kept = self.protocol.parameters[key], self.protocol.raised_at[key]
        if self._parameters.get(key) != kept:
            if key not in self._parameters:
                number = len(self._parameters)
                self._write((records.key_slot("market_keys", number), (key,), f"market_keys[{number}]", ("",)))
                self._write((records.SLOTS["market_count"], (number + 1,), "market_count", ("",)))
            self._parameters[key] = kept
            slot = records.key_slot("parameter_words", key)
            self._write((slot, records.parameter_words(*kept), f"parameters[{key:#x}].", records.PARAMETER_FIELDS))

    def _write(self, record: records.Record) -> None:
        slot, values, name, fields = record
        self.write(PROXY, slot, values, name, fields)


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
