"""The oracle machine: the precompile's double, the price oracles and the marks, beside their reference."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from eth_utils.crypto import keccak

from differential_tests.artefacts import artefact
from differential_tests.chains.base import HALT, Chain
from differential_tests.engine.world import Effect, Event, World, words
from reference.alpha_precompile import AlphaPrecompile, Mode, Question, Subnet
from reference.errors import GasLow
from reference.feed import (
    ALPHA_GAS,
    GAS_MARGIN,
    INDEX_GAS,
    read_alpha,
    read_index,
    try_read_alpha,
    try_read_index,
    validate_scale,
)
from reference.index_price_oracle import IndexPriceOracle, Initialized, Updated
from reference.mark_keeper import INDEX_MARKET, Listed, Market, MarkKeeper, Touched

INITIALIZER, KEEPER, TRADER = range(3)
"""The accounts, by role: who deployed the index oracle, who touches, who asks for a fill."""

LOW_GAS = (50_000, 71_000)
"""Gas of a transaction that reaches the first read of a subnet on every chain, cold or warm, and can't afford it."""

PRECOMPILE = "AlphaPrecompile"
PRICE_ORACLE = "PriceOracle"
INDEX_ORACLE = "IndexPriceOracle"
MARK_KEEPER = "MarkKeeper"

FIELDS = {
    record: tuple(field.name for field in fields(record))
    for record in (Market, Subnet, Initialized, Updated, Listed, Touched)
}
VALUES: dict[type, Callable[[Any], tuple[int, ...]]] = {
    record: attrgetter(*names) if len(names) > 1 else lambda event: (event.spot,) for record, names in FIELDS.items()
}
SELECTORS = {question: keccak(text=question.value)[:4] for question in Question}


@cache
def mapping_slot(variable: int, key: bytes) -> int:
    """First slot of a HashMap's value; the key as a word."""
    return int.from_bytes(keccak(words(variable) + key), "big")


class OracleWorld(World):
    """The contracts of the oracle machine and their reference."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        deployer = chain.account(INITIALIZER)
        self.precompile = AlphaPrecompile()
        self.index = IndexPriceOracle(initializer=deployer)
        self.keeper = MarkKeeper(self.precompile, self.index)
        self.place(PRECOMPILE, chain.install_precompile(artefact(PRECOMPILE).runtime))
        precompile = int(self.addresses[PRECOMPILE], 16)
        self.place(PRICE_ORACLE, chain.deploy(deployer, artefact(PRICE_ORACLE).initcode + words(precompile)))
        self.place(INDEX_ORACLE, chain.deploy(deployer, artefact(INDEX_ORACLE).initcode + words(precompile)))
        index = int(self.addresses[INDEX_ORACLE], 16)
        self.place(MARK_KEEPER, chain.deploy(deployer, artefact(MARK_KEEPER).initcode + words(precompile, index)))
        self.block.number, self.block.timestamp = chain.number, chain.timestamp
        self._write_sums()
        self._write_index()

    # ------------------------------------------------------------ the chain's own prices

    def set_subnet(self, netuid: int, price: int, mechanism: int, pool_rao: int) -> None:
        """Registers or changes a subnet."""

        def reference() -> Effect:
            self.precompile.set_subnet(netuid, price, mechanism, pool_rao)
            self._write_subnets([netuid])
            return Effect()

        data = words(netuid, price, mechanism, pool_rao)
        self._send(KEEPER, PRECOMPILE, "set_subnet(uint16,uint256,uint256,uint64)", data, reference)

    def set_prices(self, netuids: list[int], prices: list[int], other_sum: int) -> None:
        """Changes the prices of subnets, and what all others add to the sum."""

        def reference() -> Effect:
            self.precompile.set_prices(netuids, prices, other_sum)
            self._write_subnets(netuids)
            return Effect()

        count = len(netuids)
        data = words(96, 128 + 32 * count, other_sum, count, *netuids, count, *prices)
        self._send(KEEPER, PRECOMPILE, "set_prices(uint16[],uint256[],uint256)", data, reference)

    def set_mode(self, question: str, mode: int) -> None:
        """How calls of one view of the precompile end."""
        selector = SELECTORS[Question(question)].ljust(32, b"\0")

        def reference() -> Effect:
            self.precompile.modes[Question(question)] = Mode(mode)
            slot = mapping_slot(artefact(PRECOMPILE).slot("modes"), selector)
            self.write(PRECOMPILE, slot, (mode,), f"modes[{question}]", ("",))
            return Effect()

        self._send(KEEPER, PRECOMPILE, "set_mode(bytes4,uint256)", selector + words(mode), reference)

    # ------------------------------------------------------------ the price oracle

    def read_alpha(self, netuid: int, min_pool: int, strict: bool) -> None:
        """Reads a subnet; a rejection reverts (strict) or is a value."""
        reference = read_alpha if strict else try_read_alpha
        signature = "read_alpha(uint16,uint256)" if strict else "try_read_alpha(uint16,uint256)"
        self._view(PRICE_ORACLE, signature, lambda: reference(self.precompile, netuid, min_pool), netuid, min_pool)

    def read_index(self, strict: bool) -> None:
        """Reads the sum; a rejection reverts (strict) or is a value."""
        if strict:
            self._view(PRICE_ORACLE, "read_index()", lambda: (read_index(self.precompile),))
        else:
            self._view(PRICE_ORACLE, "try_read_index()", lambda: try_read_index(self.precompile))

    def validate_scale(self) -> None:
        """Checks the precompile's unit."""

        def reference() -> tuple[int, ...]:
            validate_scale(self.precompile)
            return ()

        self._view(PRICE_ORACLE, "validate_scale()", reference)

    # ------------------------------------------------------------ the index

    def init_ema(self, account: int) -> None:
        """Starts the index."""
        sender = self.chain.account(account)

        def reference() -> Effect:
            event = self.index.process_init_ema(self.block, sender, self.precompile)
            self._write_index()
            return Effect(b"", (_event(INDEX_ORACLE, event),))

        self._send(account, INDEX_ORACLE, "initEma()", b"", reference)

    def update_index(self) -> None:
        """Moves the index."""

        def reference() -> Effect:
            event = self.index.process_update(self.block, self.precompile)
            self._write_index()
            return Effect(words(event.ema), (_event(INDEX_ORACLE, event),))

        self._send(KEEPER, INDEX_ORACLE, "update()", b"", reference)

    def index_price(self) -> None:
        """Reads the index."""
        self._view(INDEX_ORACLE, "price()", lambda: (self.index.price(),))

    # ------------------------------------------------------------ the marks

    def list_market(self, market: int, is_guarded: bool, min_pool: int) -> None:
        """Starts a mark."""

        def reference() -> Effect:
            event = self.keeper.process_list(self.block, market, is_guarded, min_pool)
            self._write_market(market)
            return Effect(b"", (_event(MARK_KEEPER, event),))

        data = words(market, is_guarded, min_pool)
        self._send(KEEPER, MARK_KEEPER, "list_market(address,bool,uint256)", data, reference)

    def touch(self, market: int) -> None:
        """Touches a market."""
        self._send(KEEPER, MARK_KEEPER, "touch(address)", words(market), lambda: self._touch(market))

    def touch_many(self, markets: list[int]) -> None:
        """Touches several markets in one transaction."""

        def reference() -> Effect:
            events = self.keeper.process_touch_many(self.block, markets)
            for market in markets:
                self._write_market(market)
            return Effect(b"", tuple(_event(MARK_KEEPER, event) for event in events))

        data = words(32, len(markets), *markets)
        self._send(KEEPER, MARK_KEEPER, "touch_many(address[])", data, reference)

    def touch_with_gas(self, market: int, gas: int) -> None:
        """Touches a market with little gas: it does all of it or nothing, and never takes a living feed for dead."""
        listed = self.keeper.markets.get(market)
        reads = listed is not None and (listed.is_guarded or market != INDEX_MARKET)
        allowance = INDEX_GAS if market == INDEX_MARKET else ALPHA_GAS
        is_surely_low = reads and LOW_GAS[0] <= gas <= LOW_GAS[1] + allowance - ALPHA_GAS
        # three reads that burn their allowance, the margin once, and a quarter of a million for all else
        is_surely_enough = gas >= 3 * allowance + GAS_MARGIN + 250_000
        data = artefact(MARK_KEEPER).selectors["touch(address)"] + words(market)
        failures = {GasLow.revert_name()} if is_surely_low else {GasLow.revert_name(), HALT}
        sender = self.chain.account(KEEPER)
        self.call_with_gas(
            sender,
            MARK_KEEPER,
            data,
            gas,
            lambda: self._touch(market),
            failures,
            True if is_surely_low else False if is_surely_enough else None,
        )

    def start_fill(self, market: int, is_buy: bool, is_increase: bool) -> None:
        """Asks where a fill starts."""

        def reference() -> Effect:
            event, start = self.keeper.process_start_fill(self.block, market, is_buy, is_increase)
            self._write_market(market)
            return Effect(words(start), (_event(MARK_KEEPER, event),))

        data = words(market, is_buy, is_increase)
        self._send(TRADER, MARK_KEEPER, "start_fill(address,bool,bool)", data, reference)

    # ------------------------------------------------------------ what all of them use

    def _send(self, account: int, contract: str, signature: str, data: bytes, reference: Callable[[], Effect]) -> None:
        selector = artefact(contract).selectors[signature]
        self.call(self.chain.account(account), contract, selector + data, reference)

    def _view(self, contract: str, signature: str, reference: Callable[[], Iterable[int]], *arguments: int) -> None:
        self._send(TRADER, contract, signature, words(*arguments), lambda: Effect(words(*reference())))

    def _touch(self, market: int) -> Effect:
        event = self.keeper.process_touch(self.block, market)
        self._write_market(market)
        return Effect(words(event.mark), (_event(MARK_KEEPER, event),))

    def _write_subnets(self, netuids: Iterable[int]) -> None:
        for netuid in netuids:
            slot = mapping_slot(artefact(PRECOMPILE).slot("subnets"), words(netuid))
            values = VALUES[Subnet](self.precompile.subnets[netuid])
            self.write(PRECOMPILE, slot, values, f"subnets[{netuid}].", FIELDS[Subnet])
        self._write_sums()

    def _write_sums(self) -> None:
        sums = (self.precompile.index_sum, self.precompile.other_sum)
        self.write(PRECOMPILE, artefact(PRECOMPILE).slot("index_sum"), sums, "", ("index_sum", "other_sum"))

    def _write_index(self) -> None:
        values = (self.index.ema, self.index.last_update)
        self.write(INDEX_ORACLE, artefact(INDEX_ORACLE).slot("ema"), values, "", ("ema", "last_update"))

    def _write_market(self, key: int) -> None:
        slot = mapping_slot(artefact(MARK_KEEPER).slot("markets"), words(key))
        self.write(MARK_KEEPER, slot, VALUES[Market](self.keeper.markets[key]), f"markets[{key:#x}].", FIELDS[Market])


def _event(contract: str, event: Initialized | Updated | Listed | Touched) -> Event:
    """An event of the reference as the contract logs it: the market's key is its one topic beside the name."""
    topic = artefact(contract).events[type(event).__name__]
    values = VALUES[type(event)](event)
    if contract == MARK_KEEPER:
        return Event(contract, (topic, words(values[0])), words(*values[1:]))
    return Event(contract, (topic,), words(*values))
