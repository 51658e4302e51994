"""The protocol machine: every entry point of MegaTAO, and what its environment does, beside their reference."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from differential_tests.chains.base import HALT
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, list_routes, selectors_by_name
from differential_tests.fuzzer.world import Effect, words
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol import records as records
from differential_tests.machines.protocol.core import (
    ADMIN,
    FAILED,
    INSISTS,
    RECEIVER,
    REENTERS,
    REJECTS,
    TREASURY,
)
from differential_tests.machines.protocol.shares import SharesWorld
from differential_tests.machines.protocol.views import check_quote
from reference.errors import CheckFailed, GasLow, MegaTAOError, NotDelegated, SelectorUnknown, TransferFailed
from reference.events import Logged
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO
from reference.modules.admin import (
    process_clear_bad_debt,
    process_offer_admin,
    process_set_guardian,
    process_set_keeper,
    process_set_limits,
    process_set_pause,
    process_set_treasury,
    process_take_admin,
)
from reference.modules.custody import (
    process_collect_claim,
    process_deposit,
    process_donate,
    process_seed,
    process_skim,
    process_withdraw,
)
from reference.modules.decrease import process_close, process_decrease
from reference.modules.liquidation import process_liquidate
from reference.modules.margin import process_add_margin, process_remove_margin
from reference.modules.market import (
    process_close_wound_down,
    process_delist,
    process_list_market,
    process_poke,
    process_set_parameters,
    process_wind_down,
)
from reference.modules.open import process_increase, process_open
from reference.oracles.feed import INDEX_GAS
from reference.presets import PRESETS

MOST_ARGUMENTS = 13
"""Words that a function takes, at most."""


class ProtocolWorld(SharesWorld):
    """Every entry point of the protocol, and what its environment does."""

    # ------------------------------------------------------------ trades

    def open(
        self,
        sender: int,
        owner: int,
        index: int,
        market: int,
        is_long: bool,
        margin: int,
        leverage: int,
        max_slippage: int,
    ) -> None:
        """Opens a position."""
        account = self.account(owner, index)
        arguments = (account, market, is_long, margin, leverage, max_slippage)
        self._trade(sender, "open", account, market, arguments, process_open)

    def increase(
        self, sender: int, owner: int, index: int, market: int, margin: int, leverage: int, max_slippage: int
    ) -> None:
        """Adds to a position."""
        account = self.account(owner, index)
        arguments = (account, market, margin, leverage, max_slippage)
        self._trade(sender, "increase", account, market, arguments, process_increase)

    def decrease(self, sender: int, owner: int, index: int, market: int, size: int, max_slippage: int) -> None:
        """Closes a part of a position."""
        account = self.account(owner, index)
        arguments = (account, market, size, max_slippage)
        self._trade(sender, "decrease", account, market, arguments, process_decrease)

    def close(self, sender: int, owner: int, index: int, market: int, max_slippage: int) -> None:
        """Closes a position."""
        account = self.account(owner, index)
        self._trade(sender, "close", account, market, (account, market, max_slippage), process_close)

    def add_margin(self, sender: int, owner: int, index: int, market: int, amount: int) -> None:
        """Adds margin."""
        account = self.account(owner, index)
        arguments = (account, market, amount)
        self._trade(sender, "add_margin", account, market, arguments, process_add_margin)

    def remove_margin(self, sender: int, owner: int, index: int, market: int, amount: int) -> None:
        """Removes margin."""
        account = self.account(owner, index)
        arguments = (account, market, amount)
        self._trade(sender, "remove_margin", account, market, arguments, process_remove_margin)

    def liquidate(self, sender: int, owner: int, index: int, market: int) -> None:
        """Liquidates a position."""
        account = self.account(owner, index)
        self._trade(sender, "liquidate", account, market, (account, market), process_liquidate)

    def push(self, sender: int, owner: int, index: int, market: int, price: int, what: str, amount: int) -> None:
        """Pushes spot, makes one call, and lets spot come back, all in one block."""
        netuid = market % 2**16
        subnet = self.precompile.subnets.get(netuid)
        before, others = subnet.price if subnet else 0, self.precompile.other_sum
        self.set_prices([netuid], [price], others)
        if what == "open":
            self.open(sender, owner, index, market, bool(amount % 2), amount, 2 * 10**18, 10**18)
        elif what == "close":
            self.close(sender, owner, index, market, 10**18)
        elif what == "liquidate":
            self.liquidate(sender, owner, index, market)
        else:
            self.poke(sender, market)
        self.set_prices([netuid], [before], others)

    # ------------------------------------------------------------ custody

    def deposit(self, sender: int, owner: int, index: int, value: int) -> None:
        """Pays into an account."""
        account = self.account(owner, index)

        def process() -> Sequence[Logged]:
            return process_deposit(self.protocol, self.keys[sender], account, value)

        self._do(sender, "deposit", (account,), process, value, (account, 0))

    def withdraw(self, sender: int, owner: int, index: int, amount: int) -> None:
        """Pays out of an account, to its owner."""
        account = self.account(owner, index)

        def process() -> Sequence[Logged]:
            before = self.protocol.account(account)
            logged = process_withdraw(self.protocol, self.keys[sender], account, amount)
            if owner == RECEIVER and self.receiver[0] in (REJECTS, INSISTS):
                self.protocol.store_account(account, before)
                raise TransferFailed
            if owner == RECEIVER and self.receiver[0] == REENTERS:
                self.outcome_of_receiver = FAILED
                self.states["re-entrancy"] += 1
            self._move(amount, PROXY, self.actors[owner])
            self.ledger.paid_out += amount
            return logged

        self._do(sender, "withdraw", (account, amount), process, 0, (account, 0))

    def seed(self, sender: int, value: int) -> None:
        """Pays into the vault."""

        def process() -> Sequence[Logged]:
            return process_seed(self.protocol, self.block, self.keys[sender], value)

        self._do(sender, "seed", (), process, value)

    def donate(self, sender: int, to_insurance: bool, value: int) -> None:
        """Gives to the vault or the insurance."""

        def process() -> Sequence[Logged]:
            return process_donate(self.protocol, self.block, self.keys[sender], to_insurance, value)

        self._do(sender, "donate", (to_insurance,), process, value)

    def collect_claim(self, sender: int, number: int) -> None:
        """Collects what is fed of a claim."""
        claim = self.protocol.claims.get(number)
        key = (claim.account, 0) if claim else None
        self._do(sender, "collect_claim", (number,), lambda: process_collect_claim(self.protocol, number), 0, key)

    def skim(self, sender: int) -> None:
        """Books what came without a call."""

        def process() -> Sequence[Logged]:
            logged = process_skim(self.protocol, self.block, self.ledger.balance())
            self.ledger.paid_in += self.ledger.forced
            self.ledger.forced = 0
            return logged

        self._do(sender, "skim", (), process)

    def force_tao(self, value: int) -> None:
        """TAO comes without a call: a contract that destroys itself leaves it."""
        proxy = bytes.fromhex(self.addresses[PROXY][2:])

        def reference() -> Effect:
            self.ledger.forced += value
            self._move(value, self.actors[KEEPER], PROXY)
            return Effect()

        self.call(self.actors[KEEPER], "Forcer", b"\x73" + proxy + b"\xff", reference, value)
        self._compare_balances()

    def program_receiver(self, mode: int, function: str) -> None:
        """Tells the receiver what to do when TAO comes: `function` is what it then calls.

        Its arguments are right for every type: without the lock it would end well, or fail by a name.
        """
        data = self.encode_call(function, [0] * MOST_ARGUMENTS)
        selector = artefact("Receiver").selectors["program(uint256,bytes)"]

        def reference() -> Effect:
            self.receiver = (mode, data)
            self._write_receiver()
            return Effect()

        encoded = words(mode, 64, len(data)) + data + bytes(-len(data) % 32)
        self.call(self.actors[KEEPER], "Receiver", selector + encoded, reference)

    # ------------------------------------------------------------ markets

    def list_market(self, sender: int, market: int, is_guarded: bool, preset: str, field: str, amount: int) -> None:
        """Lists a market under a preset, one field of which may be another."""
        parameters = replace(PRESETS[preset], **({field: amount} if field else {}))

        def process() -> Sequence[Logged]:
            return process_list_market(self.protocol, self.block, self.keys[sender], market, is_guarded, parameters)

        arguments = (market, is_guarded, *parameters.values())
        self._do(sender, "list_market", arguments, process, 0, (0, market))

    def set_parameter(self, sender: int, market: int, field: str, amount: int) -> None:
        """Changes one parameter of a market."""
        parameters = replace(self.protocol.parameters.get(market, PRESETS["current"]), **{field: amount})

        def process() -> Sequence[Logged]:
            return process_set_parameters(self.protocol, self.block, self.keys[sender], market, parameters)

        arguments = (market, *parameters.values())
        self._do(sender, "set_parameters", arguments, process, 0, (0, market))

    def poke(self, sender: int, market: int) -> None:
        """Touches a market."""
        self._do(sender, "poke", (market,), lambda: process_poke(self.protocol, self.block, market), 0, (0, market))

    def drift(self, market: int, price: int, rounds: int, seconds: int) -> None:
        """A price stays, and the market is touched again and again."""
        self.set_prices([market % 2**16], [price], self.precompile.other_sum)
        for _ in range(rounds):
            self.advance(1, seconds)
            self.poke(KEEPER, market)

    def delist(self, sender: int, market: int) -> None:
        """Delists a market."""

        def process() -> Sequence[Logged]:
            return process_delist(self.protocol, self.block, self.keys[sender], market)

        self._do(sender, "delist", (market,), process, 0, (0, market))

    def wind_down(self, sender: int, market: int) -> None:
        """Winds a market down."""

        def process() -> Sequence[Logged]:
            return process_wind_down(self.protocol, self.block, market)

        self._do(sender, "wind_down", (market,), process, 0, (0, market))

    def close_wound_down(self, sender: int, owner: int, index: int, market: int) -> None:
        """Closes a position of a wound-down market."""
        account = self.account(owner, index)

        def process() -> Sequence[Logged]:
            return process_close_wound_down(self.protocol, self.block, account, market)

        self._do(sender, "close_wound_down", (account, market), process, 0, (account, market))

    def crowd(self, owner: int, count: int) -> None:
        """Many markets are listed, and one account opens in all of them."""
        self.deposit(KEEPER, owner, 0, 10**18)
        self.seed(TREASURY, 10**18)
        for netuid in range(1_000, 1_000 + count):
            self.set_subnet(netuid, 10**18, DYNAMIC, 50_000 * RAO)
            self.list_market(ADMIN, netuid, False, "current", "", 0)
            self.open(owner, owner, 0, netuid, True, 10**15, 10**18, 10**18)

    def poke_with_gas(self, market: int, gas: int) -> None:
        """ORC-1:0ac1. Touches a market with little gas: all of it or nothing, and never takes a living feed for
        dead."""

        def reference() -> Effect:
            logged = process_poke(self.protocol, self.block, market)
            self._write_changes()
            self._write((records.LOCK_SLOT, (records.FREE,), "lock", ("",)))
            return Effect(b"", self._encode_events(logged), logged)

        is_surely_enough = gas >= 3 * INDEX_GAS + 1_000_000
        failures = {GasLow.revert_name(), HALT, ""}
        data = self.encode_call("poke", (market,))
        self.call_with_gas(
            self.actors[KEEPER], PROXY, data, gas, reference, failures, False if is_surely_enough else None
        )

    # ------------------------------------------------------------ misuse

    def misuse(self, sender: int, function: str, how: str) -> None:
        """Calls the protocol in a way that fails before anything of it runs, or its module without the proxy."""
        data = self.encode_call(function, [0] * 24)
        value = 0
        failure: type[MegaTAOError] = CheckFailed
        if how == "value":
            value = 10**9
        elif how == "short":
            data = data[:20]
        elif how == "unknown":
            data, failure = b"\xff" * 4, SelectorUnknown
        elif how == "empty":
            data, value, failure = b"", 10**9, SelectorUnknown
        else:
            failure = NotDelegated

        def reference() -> Effect:
            raise failure

        if failure is NotDelegated:
            self.call(self.actors[sender], list_routes()[selectors_by_name()[function]], data, reference, value)
        else:
            self.send(sender, data, reference, value)

    # ------------------------------------------------------------ administration

    def offer_admin(self, sender: int, to: int) -> None:
        """Offers the admin's role."""
        self._administer(sender, "offer_admin", process_offer_admin, self.keys[to])

    def take_admin(self, sender: int) -> None:
        """Takes the admin's role."""
        self._administer(sender, "take_admin", process_take_admin)

    def set_guardian(self, sender: int, to: int) -> None:
        """Sets the guardian."""
        self._administer(sender, "set_guardian", process_set_guardian, self.keys[to])

    def set_treasury(self, sender: int, to: int) -> None:
        """Sets the treasury."""
        self._administer(sender, "set_treasury", process_set_treasury, self.keys[to])

    def set_keeper(self, sender: int, to: int, is_allowed: bool) -> None:
        """Allows a keeper, or not."""
        self._administer(sender, "set_keeper", process_set_keeper, self.keys[to], is_allowed)

    def set_limits(self, sender: int, account_cap: int, global_cap: int, keepers_only: bool) -> None:
        """Sets the caps and the keepers' switch."""
        self._administer(sender, "set_limits", process_set_limits, account_cap, global_cap, keepers_only)

    def set_pause(self, sender: int, is_paused: bool) -> None:
        """Pauses, or not."""
        self._administer(sender, "set_pause", process_set_pause, is_paused)

    def clear_bad_debt(self, sender: int) -> None:
        """Ends the auto-pause."""
        self._administer(sender, "clear_bad_debt", process_clear_bad_debt)

    # ------------------------------------------------------------ what all of them use

    def _trade(
        self,
        sender: int,
        function: str,
        account: int,
        market: int,
        arguments: Sequence[int],
        process: Callable[..., Sequence[Logged]],
    ) -> None:
        """An entry point whose reference takes the sender before the arguments."""

        quote = self.quote(function, arguments)

        def run() -> Sequence[Logged]:
            logged = process(self.protocol, self.block, self.keys[sender], *arguments)
            check_quote(quote, logged)
            return logged

        self._do(sender, function, arguments, run, 0, (account, market))

    def _administer(
        self, sender: int, function: str, process: Callable[..., Sequence[Logged]], *arguments: int
    ) -> None:
        """An entry point that knows no time."""
        self._do(sender, function, arguments, lambda: process(self.protocol, self.keys[sender], *arguments))
