"""What each operation costs on anvil: one transaction a block, so that all is cold, and a minute between blocks.

A touch asks the double of the Alpha precompile, which is storage and a cold address here: 19,300 gas by a trace. The
chain's own is never cold, and takes 625 gas for each read of its database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from differential_tests.chains import open_chain
from differential_tests.chains.base import Chain, Transaction
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import Settings, deploy, selectors_by_name
from differential_tests.fuzzer.world import words
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO, WAD
from reference.presets import CURRENT
from reference.state.records import Terms, account_key

TAO = 10**18
POOL_RAO = 1_000_000 * RAO
PRICE = WAD // 4
MARKET = 64
MANY_POSITIONS = 1_000
MANY_MARKETS = 64
NO_LIMIT = 2**111
MINUTES_TO_ARRIVE = 220
STAFF, TRADER, MAKER, KEEPER = range(4)

MARGIN = 10 * TAO
LEVERAGE = 2 * WAD
TERMS = astuple(Terms(WAD))
"""What every trade of the benchmark allows: any slippage, no limit, no deadline."""


@dataclass
class Row:
    """Gas of an operation: the first of its kind in a fresh market, and a later one, when all words are written."""

    operation: str
    first: int
    warm: int
    many_positions: int = 0
    many_markets: int = 0

    def to_json(self) -> dict[str, Any]:
        """As written to a file; what was not measured is left out."""
        return {name: figure for name, figure in asdict(self).items() if figure}


def compare(kept: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> list[str]:
    """What has moved, a line for each operation; figures that were not measured now are as they were.

    kept: rows as they are written to a file.
    """
    before = {row["operation"]: row for row in kept}
    moved = [
        f"{operation}: is not measured any more"
        for operation in sorted(before.keys() - {row.operation for row in rows})
    ]
    for row in rows:
        if row.operation not in before:
            moved.append(f"{row.operation}: is not in the snapshot")
            continue
        figures = {name: figure for name, figure in row.to_json().items() if name != "operation"}
        changes = [
            f"{name.replace('_', ' ')} {was:,} is {figure:,} ({figure - was:+,})"
            for name, figure in figures.items()
            if (was := before[row.operation].get(name, 0)) != figure
        ]
        moved += [f"{row.operation}: {', '.join(changes)}"] if changes else []
    return moved


class Bench:
    """A protocol on a chain of its own."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.epoch = 0
        self._accounts = [chain.account(index) for index in range(4)]
        staff = self._accounts[STAFF]
        self._precompile = chain.install_precompile(artefact("AlphaPrecompile").runtime)
        settings = Settings(staff, staff, staff, staff, 0, NO_LIMIT, NO_LIMIT)
        deployed = deploy(chain, staff, self._precompile, settings)
        self._proxy = deployed.proxy
        self._selectors = selectors_by_name()
        self.list_market(MARKET)
        self.send(STAFF, "seed", value=1_000_000 * TAO)
        for trader in (TRADER, MAKER):
            for index in range(2):
                self.send(trader, "deposit", self.key(trader, index), value=100_000 * TAO)

    def key(self, owner: int, index: int = 0) -> int:
        """Key of an account."""
        return account_key(int(self._accounts[owner], 16), index)

    def set_price(self, market: int, price: int) -> None:
        """The subnet's price."""
        data = artefact("AlphaPrecompile").selectors["set_subnet(uint16,uint256,uint256,uint64)"]
        self._transact(STAFF, self._precompile, data + words(market, price, DYNAMIC, POOL_RAO), 0)

    def list_market(self, market: int) -> None:
        """A guarded market by the preset `current`."""
        self.set_price(market, PRICE)
        self.send(STAFF, "list_market", market, 1, *CURRENT.values())

    def send(self, sender: int, function: str, *arguments: int, value: int = 0) -> int:
        """Call the proxy in a block of its own, a minute after the last; the gas."""
        return self._transact(sender, self._proxy, self._selectors[function] + words(*arguments), value)

    def wait(self, seconds: int) -> None:
        """Time passes in one block."""
        self._chain.advance(1, seconds)

    def address(self, owner: int) -> int:
        """Address of an account's owner."""
        return int(self._accounts[owner], 16)

    def send_after_pokes(self, sender: int, function: str, markets: Sequence[int]) -> int:
        """Call the proxy after a poke of each market in the same block; the gas of the call alone."""
        for market in markets:
            data = self._selectors["poke"] + words(market)
            self._chain.send(Transaction(self._accounts[MAKER], self._proxy, data))
        self._chain.send(Transaction(self._accounts[sender], self._proxy, self._selectors[function]))
        receipts = self._chain.advance(1, 60)
        if any(receipt.failure is not None for receipt in receipts):
            raise RuntimeError("a call of the benchmark failed")
        return receipts[-1].gas

    def _transact(self, sender: int, to: str, data: bytes, value: int) -> int:
        self._chain.send(Transaction(self._accounts[sender], to, data, value))
        [receipt] = self._chain.advance(1, 60)
        if receipt.failure is not None:
            raise RuntimeError(f"a call of the benchmark failed: {receipt.failure or 'empty revert'}")
        return receipt.gas


def _open(bench: Bench, owner: int, index: int = 0, is_long: bool = True, market: int = MARKET) -> int:
    return bench.send(owner, "open", bench.key(owner, index), market, is_long, MARGIN, LEVERAGE, *TERMS)


def _trades(bench: Bench, owner: int, market: int) -> dict[str, int]:
    """A position's life, in one market."""
    key = bench.key(owner)
    costs = {
        "deposit": bench.send(owner, "deposit", key, value=TAO),
        "open": _open(bench, owner, market=market),
        "increase": bench.send(owner, "increase", key, market, MARGIN, LEVERAGE, *TERMS),
        "decrease": bench.send(owner, "decrease", key, market, 10 * WAD, *TERMS),
        "add margin": bench.send(owner, "add_margin", key, market, TAO),
        "remove margin": bench.send(owner, "remove_margin", key, market, TAO),
        "poke": bench.send(owner, "poke", market),
        "close": bench.send(owner, "close", key, market, *TERMS),
        "withdraw": bench.send(owner, "withdraw", key, TAO),
    }
    _open(bench, owner, 1, market=market)
    bench.set_price(market, PRICE * 56 // 100)
    for _ in range(MINUTES_TO_ARRIVE):  # the mark follows, and stays there for ten minutes
        bench.send(KEEPER, "poke", market)
    costs["liquidate"] = bench.send(KEEPER, "liquidate", bench.key(owner, 1), market)
    bench.set_price(market, PRICE)
    for _ in range(MINUTES_TO_ARRIVE):
        bench.send(KEEPER, "poke", market)
    return costs


def measure(on_step: Callable[[str], None], scale: bool = True) -> list[Row]:
    """Gas of every operation. scale: also with many positions, and with many markets.

    Errors: ChainUnavailableError.
    """
    with open_chain("anvil") as chain:
        on_step("in a fresh market")
        bench = Bench(chain)
        first = _trades(bench, TRADER, MARKET)
        on_step("in a settled market")
        _open(bench, MAKER, 0, False)
        one_sided = _open(bench, MAKER, 1, True)
        warm = _trades(bench, TRADER, MARKET)
        rows = [Row(operation, first[operation], warm[operation]) for operation in first]
        rows.append(Row("open where only the other side is", one_sided, 0))
        if scale:
            on_step(f"with {MANY_MARKETS} markets")
            for market in range(100, 100 + MANY_MARKETS - 1):
                bench.list_market(market)
            many_markets = _trades(bench, TRADER, MARKET)
            on_step(f"with {MANY_POSITIONS} positions")
            _open_many(bench)
            many_positions = _trades(bench, TRADER, MARKET)
            for row in rows[:-1]:
                row.many_markets, row.many_positions = many_markets[row.operation], many_positions[row.operation]
    return rows


def _open_many(bench: Bench) -> None:
    for index in range(10, 10 + MANY_POSITIONS):
        key = bench.key(MAKER, index)
        bench.send(MAKER, "deposit", key, value=TAO)
        bench.send(MAKER, "open", key, MARKET, index % 2, TAO // 10, LEVERAGE, *TERMS)
