"""What every machine with prices has: the precompile's double and the index oracle, beside their reference."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from eth_utils.crypto import keccak

from differential_tests.chains.base import Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import Effect, Event, World, words
from reference.oracles.alpha_precompile import UNKNOWN, AlphaPrecompile, Mode, Question
from reference.oracles.index_price import IndexPriceOracle, Initialized, Updated

INITIALIZER, KEEPER, TRADER = range(3)
"""The accounts, by role: who deployed the index oracle, who touches, who asks for a fill."""

PRECOMPILE = "AlphaPrecompile"
INDEX_ORACLE = "IndexPriceOracle"

SELECTORS = {question: keccak(text=question.value)[:4] for question in Question}
FIELDS = {record: tuple(field.name for field in fields(record)) for record in (Initialized, Updated)}
SUBNET_FIELDS = ("price", "mechanism", "pool_rao, alpha_rao, volume")


@cache
def mapping_slot(variable: int, key: bytes) -> int:
    """First slot of a HashMap's value; the key as a word."""
    return int.from_bytes(keccak(words(variable) + key), "big")


def getter(names: tuple[str, ...]) -> Callable[[Any], tuple[int, ...]]:
    """What gets the named attributes of a record, always as a tuple."""
    if len(names) == 1:
        [name] = names
        return lambda record: (getattr(record, name),)
    return attrgetter(*names)


VALUES: dict[type, Callable[[Any], tuple[int, ...]]] = {record: getter(names) for record, names in FIELDS.items()}


class PriceWorld(World):
    """Settable prices, the index that follows them, and their reference. Who extends it places the two contracts."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.precompile = AlphaPrecompile()
        self.index = IndexPriceOracle(initializer=chain.account(INITIALIZER))

    def set_subnet(self, netuid: int, price: int, mechanism: int, pool_rao: int) -> None:
        """Registers or changes a subnet."""

        def reference() -> Effect:
            self.precompile.set_subnet(netuid, price, mechanism, pool_rao)
            self._write_subnets([netuid])
            return Effect()

        data = words(netuid, price, mechanism, pool_rao)
        self._send(KEEPER, PRECOMPILE, "set_subnet(uint16,uint256,uint256,uint64)", data, reference)

    def set_pool(
        self, netuid: int, price: int, pool_rao: int, alpha_rao: int | None = None, volume: int | None = None
    ) -> None:
        """What a swap, an emission or a new registration leaves; alpha and counter stay where they are not said."""
        subnet = self.precompile.subnets.get(netuid, UNKNOWN)
        alpha_rao = subnet.alpha_rao if alpha_rao is None else alpha_rao
        volume = subnet.volume if volume is None else volume

        def reference() -> Effect:
            self.precompile.set_pool(netuid, price, pool_rao, alpha_rao, volume)
            self._write_subnets([netuid])
            return Effect()

        data = words(netuid, price, pool_rao, alpha_rao, volume)
        self._send(KEEPER, PRECOMPILE, "set_pool(uint16,uint256,uint64,uint64,uint128)", data, reference)

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

    def init_ema(self, account: int) -> None:
        """Starts the index."""
        sender = self.chain.account(account)

        def reference() -> Effect:
            event = self.index.process_init_ema(self.block, sender, self.precompile)
            self._write_index()
            return Effect(b"", (index_event(event),))

        self._send(account, INDEX_ORACLE, "initEma()", b"", reference)

    def update_index(self) -> None:
        """Moves the index."""

        def reference() -> Effect:
            event = self.index.process_update(self.block, self.precompile)
            self._write_index()
            return Effect(words(event.ema), (index_event(event),))

        self._send(KEEPER, INDEX_ORACLE, "update()", b"", reference)

    def _send(self, account: int, contract: str, signature: str, data: bytes, reference: Callable[[], Effect]) -> None:
        selector = artefact(contract).selectors[signature]
        self.call(self.chain.account(account), contract, selector + data, reference)

    def _write_subnets(self, netuids: Iterable[int]) -> None:
        for netuid in netuids:
            slot = mapping_slot(artefact(PRECOMPILE).slot("subnets"), words(netuid))
            subnet = self.precompile.subnets[netuid]
            pool = subnet.pool_rao + (subnet.alpha_rao << 64) + (subnet.volume << 128)
            self.write(PRECOMPILE, slot, (subnet.price, subnet.mechanism, pool), f"subnets[{netuid}].", SUBNET_FIELDS)
        self._write_sums()

    def _write_sums(self) -> None:
        sums = (self.precompile.index_sum, self.precompile.other_sum)
        self.write(PRECOMPILE, artefact(PRECOMPILE).slot("index_sum"), sums, "", ("index_sum", "other_sum"))

    def _write_index(self) -> None:
        values = (self.index.ema, self.index.last_update)
        self.write(INDEX_ORACLE, artefact(INDEX_ORACLE).slot("ema"), values, "", ("ema", "last_update"))


def index_event(event: Initialized | Updated) -> Event:
    """An event of the index oracle as the contract logs it: nothing is indexed."""
    return Event(
        INDEX_ORACLE, (artefact(INDEX_ORACLE).events[type(event).__name__],), words(*VALUES[type(event)](event))
    )
