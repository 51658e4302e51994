"""The oracle machine: the precompile's double, the price oracles and the marks, beside their reference."""

from collections.abc import Callable, Iterable
from dataclasses import fields

from differential_tests.chains.base import HALT, Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import Effect, Event, words
from differential_tests.machines.prices import (
    INDEX_ORACLE,
    INITIALIZER,
    KEEPER,
    PRECOMPILE,
    SELECTORS,
    TRADER,
    PriceWorld,
    getter,
    mapping_slot,
)
from reference.errors import GasLow
from reference.mark_keeper import INDEX_MARKET, Listed, Market, MarkKeeper, Touched
from reference.oracles.feed import (
    ALPHA_GAS,
    GAS_MARGIN,
    INDEX_GAS,
    read_alpha,
    read_index,
    try_read_alpha,
    try_read_index,
    validate_scale,
)

__all__ = ["INITIALIZER", "KEEPER", "LOW_GAS", "PRECOMPILE", "SELECTORS", "TRADER", "OracleWorld"]

LOW_GAS = (50_000, 71_000)
"""Gas of a transaction that reaches the first read of a subnet on every chain, cold or warm, and can't afford it."""

PRICE_ORACLE = "PriceOracle"
MARK_KEEPER = "MarkKeeper"

FIELDS = {record: tuple(field.name for field in fields(record)) for record in (Market, Listed, Touched)}
VALUES = {record: getter(names) for record, names in FIELDS.items()}


class OracleWorld(PriceWorld):
    """The contracts of the oracle machine and their reference."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        deployer = chain.account(INITIALIZER)
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

    def index_price(self) -> None:
        """Reads the index."""
        self._view(INDEX_ORACLE, "price()", lambda: (self.index.price(),))

    # ------------------------------------------------------------ the marks

    def list_market(self, market: int, is_guarded: bool, min_pool: int) -> None:
        """Starts a mark."""

        def reference() -> Effect:
            event = self.keeper.process_list(self.block, market, is_guarded, min_pool)
            self._write_market(market)
            return Effect(b"", (_event(event),))

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
            return Effect(b"", tuple(_event(event) for event in events))

        data = words(32, len(markets), *markets)
        self._send(KEEPER, MARK_KEEPER, "touch_many(address[])", data, reference)

    def touch_with_gas(self, market: int, gas: int) -> None:
        """ORC-1:0ac1. Touches a market with little gas: all of it or nothing, and never takes a living feed for
        dead."""
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
            return Effect(words(start), (_event(event),))

        data = words(market, is_buy, is_increase)
        self._send(TRADER, MARK_KEEPER, "start_fill(address,bool,bool)", data, reference)

    # ------------------------------------------------------------ what all of them use

    def _view(self, contract: str, signature: str, reference: Callable[[], Iterable[int]], *arguments: int) -> None:
        self._send(TRADER, contract, signature, words(*arguments), lambda: Effect(words(*reference())))

    def _touch(self, market: int) -> Effect:
        event = self.keeper.process_touch(self.block, market)
        self._write_market(market)
        return Effect(words(event.mark), (_event(event),))

    def _write_market(self, key: int) -> None:
        slot = mapping_slot(artefact(MARK_KEEPER).slot("markets"), words(key))
        self.write(MARK_KEEPER, slot, VALUES[Market](self.keeper.markets[key]), f"markets[{key:#x}].", FIELDS[Market])


def _event(event: Listed | Touched) -> Event:
    """An event of the reference as the contract logs it: the market's key is its one topic beside the name."""
    market, *values = VALUES[type(event)](event)
    return Event(MARK_KEEPER, (artefact(MARK_KEEPER).events[type(event).__name__], words(market)), words(*values))
