"""Depositors in the protocol machine: requests, cut-offs, settlements, claims, and shares that change hands."""

from collections.abc import Sequence

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import PROXY, SHARE
from differential_tests.fuzzer.world import Effect, words
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.views import ViewWorld
from reference.events import Logged
from reference.math.alpha import PRICE_STEP
from reference.math.units import RAO
from reference.modules.shares import (
    process_cancel_request,
    process_claim_request,
    process_cut_off,
    process_request_deposit,
    process_request_redeem,
    process_settle,
)
from reference.oracles.alpha_precompile import SETTABLE_PRICE, Mode
from reference.state.records import GENERATION, INDEX_KEY


class SharesWorld(ViewWorld):
    """What depositors and settlers do."""

    def request_deposit(self, sender: int, controller: int, value: int) -> None:
        """Asks for shares."""
        self._request_deposit(sender, self.keys[controller], sender, value)

    def request_redeem(self, sender: int, controller: int, amount: int) -> None:
        """Asks for TAO."""
        self._request_redeem(sender, amount, controller, sender)

    def request_for_contract(self, sender: int, contract: str) -> None:
        """Asks for shares for a contract that can't hold them."""
        self._request_deposit(sender, int(self.addresses[contract], 16), sender, RAO)

    def request_for_owner(self, sender: int, owner: int, function: str) -> None:
        """Asks for what is an owner's, who may be another: shares for a rao, or TAO for a unit."""
        if function == "requestDeposit":
            self._request_deposit(sender, self.keys[sender], owner, RAO)
        else:
            self._request_redeem(sender, 1, sender, owner)

    def _request_deposit(self, sender: int, controller: int, owner: int, value: int) -> None:
        """controller: an address."""
        arguments = (controller, self.keys[owner])

        def process() -> Sequence[Logged]:
            return process_request_deposit(self.protocol, self.block, self.keys[sender], *arguments, value)

        number = words(self.protocol.window.number)
        self._do(sender, "requestDeposit", arguments, process, value, output=number)

    def _request_redeem(self, sender: int, amount: int, controller: int, owner: int) -> None:
        arguments = (amount, self.keys[controller], self.keys[owner])

        def process() -> Sequence[Logged]:
            return process_request_redeem(self.protocol, self.block, self.keys[sender], *arguments)

        number = words(self.protocol.window.number)
        self._do(sender, "requestRedeem", arguments, process, output=number)

    def cancel_request(self, sender: int) -> None:
        """Takes a request back."""
        is_void = self.protocol.window.cut_at != 0

        def process() -> Sequence[Logged]:
            logged = process_cancel_request(self.protocol, self.block, self.keys[sender])
            if is_void:
                self.states["cancelled in a void epoch"] += 1
            return logged

        self._do(sender, "cancelRequest", (), process, 0, (self.account(sender, 0), 0))

    def cut_off(self, sender: int) -> None:
        """Closes the window."""
        is_void = self.protocol.window.cut_at != 0

        def process() -> Sequence[Logged]:
            logged = process_cut_off(self.protocol, self.block)
            if is_void:
                self.states["void epoch cut off again"] += 1
            return logged

        self._do(sender, "cut_off", (), process)

    def settle(self, sender: int) -> None:
        """Settles the epoch."""
        fed = [
            market.fed_block == self.block.number
            for market in self.protocol.markets.values()
            if market.longs.size + market.shorts.size
        ]

        def process() -> Sequence[Logged]:
            logged = process_settle(self.protocol, self.block)
            if any(fed) and not all(fed):
                self.states["settled in parts"] += 1
            return logged

        self._do(sender, "settle", (), process)

    def claim_request(self, sender: int, number: int, controller: int) -> None:
        """Claims what a settled epoch has given."""

        def process() -> Sequence[Logged]:
            return process_claim_request(self.protocol, number, self.keys[controller])

        key = (self.account(controller, 0), 0)
        self._do(sender, "claimRequest", (number, self.keys[controller]), process, 0, key)

    def transfer_shares(self, sender: int, to: int, amount: int) -> None:
        """Moves shares; to is a role, or one of the contracts that can't hold them."""
        contracts = [int(self.addresses[PROXY], 16), int(self.addresses[SHARE], 16)]
        receiver = [*self.keys, *contracts][to]

        def reference() -> Effect:
            logged = self.protocol.share.process_transfer(self.keys[sender], receiver, amount)
            self._write_changes()
            return Effect(words(1), self._encode_events(logged))

        data = artefact(SHARE).selectors["transfer(address,uint256)"] + words(receiver, amount)
        self.call(self.actors[sender], SHARE, data, reference)

    def turn(self, sender: int, open_seconds: int, cut_seconds: int, percent: int, poked: int) -> None:
        """The markets are calm, and an epoch goes by: cut off, prices move by a percentage, some pokes, settled."""
        self._calm(100)
        self.advance(1, open_seconds)
        self.cut_off(sender)
        self._calm(percent)
        self.advance(1, cut_seconds)
        for market in tuple(self.protocol.markets)[:poked]:
            self.poke(KEEPER, market)
        self.settle(sender)

    def poke(self, sender: int, market: int) -> None:
        """Touches a market."""
        raise NotImplementedError

    def _calm(self, percent: int) -> None:
        """Feeds live, and spot is a percentage of each mark."""
        for question, mode in list(self.precompile.modes.items()):
            if mode != Mode.NORMAL:
                self.set_mode(question.value, int(Mode.NORMAL))
        prices, wanted = dict[int, int](), 0
        for key, market in self.protocol.markets.items():
            price = min(market.mark * percent // 100 // PRICE_STEP * PRICE_STEP, SETTABLE_PRICE - 1)
            if key % GENERATION == INDEX_KEY:
                wanted = market.mark * percent // 100
            elif key % GENERATION in self.precompile.subnets:
                prices[key % GENERATION] = max(price, PRICE_STEP)
        self.set_prices(list(prices), list(prices.values()), self.precompile.other_sum)
        rest = min(max(wanted - self.precompile.index_sum, 0), SETTABLE_PRICE - 1)
        self.set_prices([], [], rest or self.precompile.other_sum)
