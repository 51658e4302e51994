"""The whole protocol on real prices: traders, a keeper and a vault, on contract and reference at once.

python -m differential_tests.studies.population PRICES.csv.gz
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import click
import matplotlib as mpl
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure

from differential_tests.chains.revm import RevmChain
from differential_tests.cli.ends import run_command
from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.invariants import calculate_position_equity, calculate_position_kind
from differential_tests.machines.protocol.price_replay import Sample, read_prices
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from differential_tests.machines.protocol.world import ProtocolWorld
from differential_tests.studies.chapter import out_option, prices_argument, write_chapter
from differential_tests.studies.style import STYLE
from differential_tests.studies.tables import date, percent, table
from reference.core.vault_ledger import calculate_reserves_utilization_up
from reference.events import Decreased, Increased, Liquidated, Logged
from reference.math.alpha import DYNAMIC, counts_in_index
from reference.math.funding import calculate_funding_rate
from reference.math.liquidation import HEALTHY
from reference.math.units import RAO, WAD
from reference.modules.view import read_nav
from reference.state.records import INDEX_KEY, Market, account_key, owner_of

VAULT: Final = 5_000 * WAD
INSURANCE: Final = 100 * WAD
MARGIN: Final = 20 * WAD
"""Of a position when it is opened (wei)."""
DEPOSIT: Final = 100 * WAD
"""Of each trader's account in each market (wei)."""
POOL_RAO: Final = 50_000 * RAO
DECISIONS: Final = 144
"""Ticks between two decisions of a trader about a market."""
RENEWAL: Final = 200
"""Ticks after which everything is swept and the chain renewed: its journal would fill the memory."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a trader trades. leverage: WAD."""

    name: str
    leverage: int


STRATEGIES: Final = (
    Strategy("follower of the trend", 3 * WAD),
    Strategy("contrarian", 2 * WAD),
    Strategy("taker of funding", 2 * WAD),
    Strategy("holder of longs", 15 * 10**17),
    Strategy("gambler", 5 * WAD),
)
"""One for each role of a trader."""


@dataclass
class Result:
    """What came of it. Amounts: wei."""

    ticks: int = 0
    first: int = 0
    last: int = 0
    events: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    traders: dict[str, int] = field(default_factory=dict)
    nav: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    open_interest: list[int] = field(default_factory=list)
    most_used: int = 0
    keeper: int = 0
    insurance: int = 0
    cash: int = 0


class StudyWorld(ProtocolWorld):
    """The protocol's world, which remembers what was logged."""

    def __init__(self, chain: RevmChain) -> None:
        super().__init__(chain)
        self.chain: RevmChain = chain
        self.logged = self.all_logged = list[Logged]()

    def renew(self) -> None:
        """Look at everything, and go on with a chain that has no past."""
        self.sweep()
        self.chain.renew(self.addresses, self.storage)
        self.balances = {address: self.chain.balance(address) for address in self.balances}


class Population:
    """Five traders with an account in every market, a keeper who touches and liquidates, a vault of the treasury's."""

    def __init__(self, seed: int) -> None:
        self.world = StudyWorld(RevmChain())
        self.result = Result()
        self._choices = SeededChoices(f"population/{seed}")
        self._last: Sample | None = None
        self._history: dict[int, list[int]] = {}
        self.world.do("seed", TREASURY, VAULT)
        self.world.do("donate", KEEPER, True, INSURANCE)

    def run(self, sample: Sample) -> None:
        """One tick: prices move, the keeper touches all markets and liquidates, some traders decide."""
        world, result = self.world, self.result
        if self._last:
            world.advance(sample.block - self._last.block, sample.timestamp - self._last.timestamp)
        self._move(sample)
        self._last = sample
        world.update_index()
        for market in world.protocol.markets:
            world.do("poke", KEEPER, market)
            self._history.setdefault(market, []).append(world.protocol.markets[market].mark)
        self._liquidate()
        for number, market in enumerate(world.protocol.markets):
            for trader in TRADERS:
                if (result.ticks + 11 * number + 29 * trader) % DECISIONS == 0:
                    self._decide(trader, market)
        self._note(sample)
        if result.ticks % RENEWAL == 0:
            world.renew()

    def _move(self, sample: Sample) -> None:
        world = self.world
        known = world.precompile.subnets
        for netuid, price in sample.prices.items():
            if netuid not in known:
                world.set_subnet(netuid, price, DYNAMIC, POOL_RAO)
        listed = sum(price for netuid, price in sample.prices.items() if counts_in_index(netuid, price))
        world.set_prices(list(sample.prices), list(sample.prices.values()), sample.index - listed)
        if world.index.last_update == 0:
            world.init_ema(ADMIN)
        for market in (*sample.prices, INDEX_KEY):
            if market not in world.protocol.markets:
                world.do("list_market", ADMIN, market, True, "index" if market == INDEX_KEY else "current", "", 0)
                for trader in TRADERS:
                    world.do("deposit", trader, trader, market, DEPOSIT)

    def _liquidate(self) -> None:
        world = self.world
        for account, market in world.position_keys():
            position = world.protocol.positions[account, market]
            if calculate_position_kind(world.protocol, market, position) != HEALTHY:
                world.do("liquidate", KEEPER, world.roles[owner_of(account)], account % 2**96, market)

    def _decide(self, trader: int, market: int) -> None:
        """Close what is held if it is not wanted any more, and open what is wanted."""
        world = self.world
        account = world.account(trader, market)
        wanted = self._want(trader, market)
        held = world.protocol.positions.get((account, market))
        if held is not None and (wanted is None or wanted != held.is_long):
            world.do("close", trader, trader, market, market, WAD)
            held = world.protocol.positions.get((account, market))
        if wanted is not None and held is None and world.protocol.account(account).cash >= MARGIN:
            leverage = STRATEGIES[TRADERS.index(trader)].leverage
            world.do("open", trader, trader, market, market, wanted, MARGIN, leverage, WAD // 20)

    def _want(self, trader: int, market: int) -> bool | None:
        """Long, short or nothing."""
        marks, strategy = self._history[market], TRADERS.index(trader)
        if len(marks) <= DECISIONS:
            return None
        has_risen = marks[-1] > marks[-1 - DECISIONS]
        if strategy == 0:
            return has_risen
        if strategy == 1:
            return not has_risen
        if strategy == 2:
            state = self.world.protocol.markets[market]
            return None if _funding(state) == 0 else _funding(state) < 0
        return True if strategy == 3 else bool(self._choices.integer(0, 1))

    def _note(self, sample: Sample) -> None:
        world, result = self.world, self.result
        protocol = world.protocol
        for event in world.logged:
            result.events[name_event(event)] += 1
            for name, amount in amounts(event):
                result.sums[name] += amount
        world.logged.clear()
        result.most_used = max(result.most_used, calculate_reserves_utilization_up(protocol.vault))
        if result.ticks % 12 == 0:
            self._note_books(sample.timestamp)
        result.first = result.first or sample.timestamp
        result.last = sample.timestamp
        result.ticks += 1

    def _note_books(self, timestamp: int) -> None:
        result, protocol = self.result, self.world.protocol
        result.times.append(timestamp)
        result.nav.append(read_nav(protocol))
        result.open_interest.append(
            sum(state.longs.entry_notional + state.shorts.entry_notional for state in protocol.markets.values())
        )

    def finish(self) -> None:
        """What everybody has in the end."""
        world, result, protocol = self.world, self.result, self.world.protocol
        world.renew()
        self._note_books(result.last)
        for trader, strategy in zip(TRADERS, STRATEGIES, strict=True):
            has = 0
            for account, held in protocol.accounts.items():
                if owner_of(account) == world.keys[trader] and account % 2**96 in protocol.markets:
                    position = protocol.positions.get((account, account % 2**96))
                    equity = calculate_position_equity(protocol, account % 2**96, position) if position else 0
                    has += held.cash + equity - DEPOSIT
            result.traders[strategy.name] = has
        result.keeper = protocol.account(account_key(world.keys[KEEPER], 0)).cash
        result.insurance, result.cash = protocol.vault.insurance, protocol.vault.cash


def _funding(state: Market) -> int:
    """Sign and size of what longs pay."""
    return calculate_funding_rate(state.longs.size, state.shorts.size, WAD, 0, 0)


def name_event(event: Logged) -> str:
    """What a table calls an event."""
    if isinstance(event, Liquidated):
        return "full liquidations" if event.is_full else "partial liquidations"
    if isinstance(event, Increased):
        return "opened"
    if isinstance(event, Decreased):
        return "closed"
    return type(event).__name__


def amounts(event: Logged) -> Iterator[tuple[str, int]]:
    """What an event adds to the sums (wei)."""
    if isinstance(event, Increased | Decreased | Liquidated):
        yield "funding paid", max(event.funding_owed, 0)
        yield "funding received", max(-event.funding_owed, 0)
        yield "interest paid", event.interest_owed
    if isinstance(event, Increased):
        yield "notional opened", event.notional
    if isinstance(event, Increased | Decreased):
        yield "trading fees", event.fee
    if isinstance(event, Liquidated):
        yield "liquidation fees", event.fee
        yield "keeper's rewards", event.reward
        yield "bad debt", event.debt
        yield "bad debt covered", event.covered


def tao(amount: int) -> str:
    """An amount of wei, in TAO."""
    return f"{amount / WAD:,.2f}"


def write_tables(result: Result, outcomes: Counter[str], every: int, seed: int) -> str:
    """The chapter's generated part."""
    count = [[name, f"{number:,}"] for name, number in sorted(result.events.items()) if name in COUNTED]
    sums = [[name, tao(amount)] for name, amount in sorted(result.sums.items())]
    failed = [[f"`{name}`", f"{number:,}"] for name, number in outcomes.most_common() if name != "success"]
    ends = [
        ["vault's NAV, at first", tao(VAULT)],
        ["vault's NAV, at the end", tao(result.nav[-1])],
        ["least NAV on the way", tao(min(result.nav))],
        ["insurance, at first", tao(INSURANCE)],
        ["insurance, at the end", tao(result.insurance)],
        ["keeper's rewards", tao(result.keeper)],
        ["highest utilization", percent(result.most_used / WAD)],
        ["highest notional open", tao(max(result.open_interest))],
    ]
    traders = [
        [f"{strategy.name}, {strategy.leverage / WAD:g}x", tao(result.traders[strategy.name])]
        for strategy in STRATEGIES
    ]
    steps = sum(outcomes.values())
    return "\n\n".join(
        [
            f"From {date(result.first)} to {date(result.last)}, {result.ticks:,} ticks, one of {every} samples each, "
            f"seed {seed}: {steps:,} calls on contract and reference, everything compared, no divergence.",
            "**Table 1. What happened**",
            table(["what", "how often"], count),
            "**Table 2. Sums (TAO)**",
            table(["what", "TAO"], sums),
            "**Table 3. What traders won and lost (TAO)**: cash and equity at the end, less what they paid in",
            table(["trader", "TAO"], traders),
            "**Table 4. Vault, insurance and keeper (TAO)**",
            table(["what", "TAO"], ends),
            "**Table 5. Calls that failed**",
            table(["error", "how often"], failed),
        ]
    )


COUNTED: Final = ("opened", "closed", "full liquidations", "partial liquidations", "Touched", "BreakerSet")


def draw_figure(result: Result) -> Figure:
    """NAV of the vault, and the notional that is open, over time."""
    figure = Figure(figsize=(8, 4.5), layout="constrained", facecolor="white")
    upper, lower = figure.subplots(2, 1, sharex=True)
    days = [time / 86_400 for time in result.times]
    upper.plot(days, [nav / WAD for nav in result.nav], color="#0072b2", linewidth=1.2)
    upper.set_title("NAV of the vault (TAO)")
    lower.plot(days, [amount / WAD for amount in result.open_interest], color="#d55e00", linewidth=1.2)
    lower.set_title("Notional open, both sides (TAO)")
    lower.xaxis_date()
    locator = lower.xaxis.get_major_locator()
    lower.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # matplotlib's dates
    return figure


def write_figure(result: Result, folder: Path) -> Path:
    """Writes the figure as SVG. The same result gives the same bytes."""
    path = folder / "population.svg"
    with mpl.rc_context(STYLE):
        draw_figure(result).savefig(path, metadata={"Date": None, "Creator": None})
    return path


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@prices_argument
@click.option("--every", type=click.IntRange(1), default=10, show_default=True, help="One sample of so many is a tick.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the gambler.")
@out_option
def command(prices: Path, every: int, seed: int, out: Path) -> None:
    """Run traders, a keeper and a vault over a price history (CSV, gzipped or not) and write what came of it."""

    def run(figures: Path) -> tuple[str, list[Path]]:
        population = Population(seed)
        samples = list(islice(read_prices(prices), 0, None, every))
        with click.progressbar(samples, label="population", file=click.get_text_stream("stderr")) as shown:
            for sample in shown:
                population.run(sample)
        population.finish()
        tables = write_tables(population.result, population.world.outcomes, every, seed)
        return tables, [write_figure(population.result, figures)]

    write_chapter(out / "population.md", "A population on real prices", run)


def main() -> None:
    """Entry point."""
    run_command("population", command)


if __name__ == "__main__":
    main()
