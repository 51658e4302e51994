"""The protocol machine's world: all contracts deployed beside their reference, and one way to call them on both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from differential_tests.chains.base import Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE, Settings, deploy, selectors_by_name
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.world import Divergence, Effect, words
from differential_tests.machines.prices import INDEX_ORACLE, INITIALIZER, KEEPER, PRECOMPILE, PriceWorld
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.actions import TABLE
from differential_tests.machines.protocol.arguments import Given, encode
from differential_tests.machines.protocol.entry import Entry, View
from differential_tests.machines.protocol.invariants import (
    Change,
    Ledger,
    check_everything,
    check_quote,
    check_step,
    check_way_out,
)
from differential_tests.machines.protocol.looks import BY_PRICE, look, name_look
from differential_tests.machines.protocol.receiver import Receiver
from differential_tests.machines.protocol.roles import (
    ADMIN,
    DELAY,
    FIRST_CAP,
    GUARDIAN,
    NOBODY,
    RECEIVER,
    ROLES,
    TREASURY,
    UPGRADER,
)
from differential_tests.machines.protocol.states import name_states
from differential_tests.machines.protocol.trails import Trails, check_hidden
from differential_tests.machines.protocol.upgrades import Upgrades
from differential_tests.machines.protocol.writer import ProtocolWriter
from reference.errors import TransferFailed
from reference.events import Logged, Skimmed, Withdrawn
from reference.state.records import GENERATION, Terms, Vault, account_key, owner_of
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

COMPARE_PERIOD = 10
"""Calls after which every known slot is compared."""
PROBE_INTERVAL = 50
"""Calls after which everything is checked, and whether everybody finds a way out."""

FORCER = bytes.fromhex("6836 5f5f 3736 5f34 f000 5f52 6009 6017 f3")
"""Deploys a contract that creates, with the value of its call, what its calldata says."""


class ProtocolWorld(PriceWorld):
    """The contracts of the protocol, their reference, and the books of what crossed the border."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.compare_period = COMPARE_PERIOD
        self.ledger: Ledger = Ledger()
        self.trails = Trails(self.precompile)
        self.calls = 0
        self.all_logged: list[Logged] | None = None
        """Every event of the protocol, if somebody asks for them by putting a list here."""
        self.actors = [chain.account(number) for number in range(RECEIVER)]
        self.deploy()
        self.actors += [self.addresses["Receiver"], "0x" + 40 * "0"]
        self.keys: list[int] = [int(actor, 16) for actor in self.actors]
        self.roles = {key: role for role, key in enumerate(self.keys)}
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
        self.protocol.vault = Vault(interest_at=self.deployed_at)
        self.block.number, self.block.timestamp = chain.number, chain.timestamp
        self.balances = {actor: chain.balance(actor) for actor in self.actors[:NOBODY]}
        self.balances[self.addresses[PROXY]] = 0
        self._moved: set[str] = set()
        self.receiver = Receiver(self)
        self.upgrades = Upgrades(self)
        self._writer = ProtocolWriter(self, self.protocol, self.roles)
        self._write_sums()
        self._write_index()
        self.write_changes()
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
        return account_key(self.keys[owner], index)

    def find_owner(self, account: int) -> tuple[int, int]:
        """Role and index of an account."""
        return self.roles[owner_of(account)], account % 2**96

    def find_admin(self) -> int:
        """Who is the admin; the first one if nobody can be."""
        role = self.roles[self.protocol.admin]
        return role if role <= RECEIVER else ADMIN

    def position_keys(self) -> tuple[tuple[int, int], ...]:
        """Account and market of each position."""
        return tuple(self.protocol.positions)

    # ------------------------------------------------------------ calls

    def do(self, action: str, *arguments: Any) -> None:
        """Run an action of the table. arguments: in its order; what a step may leave out may be missing at the end."""
        names = TABLE.actions[action].names
        TABLE.run(self, Step(action, dict(zip(names[: len(arguments)], arguments, strict=True))))

    def enter(self, entry: Entry, given: Given) -> None:
        """Call an entry point on the protocol and the reference, compare everything, and check the invariants."""
        protocol, sender = self.protocol, given["sender"]
        values = [argument.read(self, given) for argument in entry.arguments]
        value = next((each for argument, each in zip(entry.arguments, values, strict=True) if argument.is_paid), 0)
        key = entry.find_key(self, given, values)
        before, vault = protocol.positions.get(key) if key else None, protocol.vault
        is_allowed = entry.by(protocol, self.keys[sender], key[0] if key else 0)
        state = entry.meets(self) if entry.meets else ""
        seen = look(protocol, self.block, key[1]) if key else None
        quote = entry.foretell(self, values)
        terms = next((each for each in values if isinstance(each, Terms)), None)
        done: list[Sequence[Logged]] = []

        def reference() -> Effect:
            try:
                logged = entry.process(*self._lead(entry.lead, sender), *values)
            except BY_PRICE:
                self.states.update(name_look(seen) if seen else ())
                raise
            check_quote(quote, logged)
            self._pay_out(logged)
            self.move(value, self.actors[KEEPER if sender == RECEIVER else sender], PROXY)
            self.ledger.paid_in += value
            done.append(logged)
            return self.settle(logged, words(entry.returns(logged)) if entry.returns else b"")

        data = self.selectors[entry.function] + encode(entry.arguments, values)
        self.send(sender, data, reference, value)
        for logged in done:
            after = protocol.positions.get(key) if key else None
            is_owner = key is not None and self.keys[sender] == owner_of(key[0])
            change = Change(is_allowed, is_owner, key, before, after, vault, logged, terms, seen)
            check_step(protocol, self.ledger, change)
            self.states.update(name_states(protocol, change))
            self.states.update([state] if state else [])
            self.states.update(name_look(seen) if seen else ())
            if seen and seen.has_readings and check_hidden(self.trails.find(seen.key % GENERATION), seen, logged):
                self.states["traded where a price was hidden"] += 1
            self.calls += 1
            if self.calls % PROBE_INTERVAL == 0:
                self.check_all()

    def ask(self, view: View, given: Given) -> None:
        """Call a view on both sides."""
        values = [argument.read(self, given) for argument in view.arguments]

        def reference() -> Effect:
            return Effect(words(*records.flatten(view.read(*self._lead(view.lead, KEEPER), *values))))

        data = self.selectors[view.function] + encode(view.arguments, values)
        self.call(self.actors[KEEPER], PROXY, data, reference)

    def _lead(self, names: Sequence[str], sender: int) -> list[Any]:
        """What a function of the reference takes before its arguments."""
        known = {"world": self, "protocol": self.protocol, "block": self.block, "sender": self.keys[sender]}
        return [known[name] for name in names]

    def _pay_out(self, logged: Sequence[Logged]) -> None:
        """TAO leaves with a withdrawal; what came without a call is booked by a skim. Errors: TransferFailed."""
        for event in logged:
            if isinstance(event, Withdrawn):
                owner, _ = self.find_owner(event.account)
                if owner == RECEIVER:
                    self._try_receiver(event)
                self.move(event.amount, PROXY, self.actors[owner])
                self.ledger.paid_out += event.amount
            elif isinstance(event, Skimmed):
                self.ledger.paid_in += self.ledger.forced
                self.ledger.forced = 0

    def _try_receiver(self, event: Withdrawn) -> None:
        """The receiver may refuse: then the account is as it was. Errors: TransferFailed."""
        try:
            if self.receiver.take():
                self.states["re-entrancy"] += 1
        except TransferFailed:
            account = self.protocol.account(event.account)
            self.protocol.store_account(event.account, replace(account, cash=account.cash + event.amount))
            raise

    def settle(self, logged: Sequence[Logged], output: bytes = b"") -> Effect:
        """A call of the protocol has gone through: its lock is free, and what storage is now, and what was logged."""
        self.write(PROXY, records.LOCK_SLOT, (records.FREE,), "lock", ("",))
        return self.note(logged, output)

    def note(self, logged: Sequence[Logged], output: bytes = b"") -> Effect:
        """What storage is now, and what was logged."""
        self.write_changes()
        if self.all_logged is not None:
            self.all_logged += logged
        return Effect(output, tuple(map(records.encode_event, logged)), logged)

    def write_changes(self) -> None:
        """Expect what the reference's state is now."""
        self._writer.expect()

    def send(self, sender: int, data: bytes, reference: Callable[[], Effect], value: int = 0) -> None:
        """Send calldata to the protocol, from an account or by way of the receiver."""
        if sender == RECEIVER:
            self.receiver.forward(data, reference, value)
        else:
            self.call(self.actors[sender], PROXY, data, reference, value)
        self.compare_balances()

    # ------------------------------------------------------------ checks

    def check_all(self) -> None:
        """Check all books, all storage, and that everybody finds a way out."""
        if not self._owed:
            self.compare_storage()
        check_everything(self.protocol, self.ledger)
        check_way_out(self.protocol, self.block)

    def sweep(self) -> None:
        """No slot but those that the reference knows has a value, and the books are right."""
        super().sweep()
        self.compare_balances(is_all=True)
        self.check_all()
        records.check_reserved_bits(self.protocol)

    def advance(self, blocks: int, seconds: int) -> None:
        """Seal the block, as every world does."""
        super().advance(blocks, seconds)
        self.compare_balances()

    def move(self, amount: int, giver: str, taker: str) -> None:
        """Expect TAO to have moved; the proxy is known by its name."""
        if amount:
            for who, change in ((giver, -amount), (taker, amount)):
                address = self.addresses[PROXY] if who == PROXY else who
                self.balances[address] += change
                self._moved.add(address)

    def compare_balances(self, is_all: bool = False) -> None:
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
        if address == self.addresses[PROXY]:
            return "the protocol"
        return ROLES[self.roles[int(address, 16)]] if int(address, 16) in self.roles else address
