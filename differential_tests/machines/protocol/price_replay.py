"""Replays a price history through the protocol machine: the index and every market's mark, sample by sample."""

import csv
import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from differential_tests.chains.revm import RevmChain
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.campaign import Campaign
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.machine import describe
from differential_tests.machines.prices import INITIALIZER, KEEPER
from differential_tests.machines.protocol.actions import TABLE
from differential_tests.machines.protocol.opening import draw_subnet, list_step
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.alpha import counts_in_index
from reference.math.units import RAO
from reference.oracles.alpha_precompile import MAX_SUBNETS, SETTABLE_PRICE
from reference.state.records import INDEX_KEY

INDEX_COLUMN = "index_sum_rao"
RENEWAL = 100
"""Samples after which the storage is swept and the chain renewed: its journal would fill the memory."""
BLOCK_SECONDS = 12
WINDOWS = (1, 2, 10, 100, 1_000)
"""Lengths, in samples, that are tried for a counterexample: the shortest that diverges alone is kept."""


class PriceFileError(Exception):
    """A price file can't be used; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Prices at one block: the index's spot sum and the subnets that exist (WAD).

    subnets, price_sum: number and sum (WAD) of all subnets but root, at any price; 0 where the file does not say.
    """

    block: int
    timestamp: int
    index: int
    prices: dict[int, int]
    subnets: int = 0
    price_sum: int = 0


def read_prices(path: Path) -> Iterator[Sample]:
    """The samples of a CSV, gzipped or not: columns block, unix_time, index_sum_rao and sn<netuid>_rao.

    Columns n_subnets and sum_price_rao may be there, too.

    Errors: PriceFileError, with the line's number.
    """
    number = 1
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            rows = csv.reader(file)
            header = next(rows, [])
            columns = _columns(path, header)
            last = None
            for number, row in enumerate(rows, start=2):  # noqa: B007  for the message of an error
                sample = _sample(header, columns, row, last)
                yield sample
                last = sample
        if last is None:
            raise PriceFileError(f"{path} has no samples")
    except OSError as error:
        raise PriceFileError(f"{path} can't be read: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise PriceFileError(f"{path} is damaged: {error}") from error
    except (ValueError, csv.Error) as error:
        raise PriceFileError(f"{path}, line {number}: {error}") from error


def _columns(path: Path, header: list[str]) -> dict[int, int]:
    """Position of each subnet's column."""
    missing = {"block", "unix_time", INDEX_COLUMN} - set(header)
    if missing:
        raise PriceFileError(f"{path} has no column {', '.join(sorted(missing))}")
    names = {name: position for position, name in enumerate(header) if name.startswith("sn") and name.endswith("_rao")}
    if not names:
        raise PriceFileError(f"{path} has no column of a subnet (sn<netuid>_rao)")
    columns: dict[int, int] = {}
    for name, position in names.items():
        netuid = name.removeprefix("sn").removesuffix("_rao")
        if not netuid.isdecimal() or not 1 <= int(netuid[:6]) < 2**16 or int(netuid) in columns:
            raise PriceFileError(f"{path}: {name} is no subnet's column, or is there twice")
        columns[int(netuid)] = position
    if len(columns) > MAX_SUBNETS:
        raise PriceFileError(f"{path} has {len(columns)} subnets; {MAX_SUBNETS} can be driven at once")
    return columns


def _sample(header: list[str], columns: dict[int, int], row: list[str], last: Sample | None) -> Sample:
    """A row. A time that is missing is counted on from the sample before, 12 seconds a block."""
    if len(row) != len(header):
        raise ValueError(f"{len(row)} fields instead of {len(header)}")
    named = dict(zip(header, row, strict=True))
    prices = {netuid: int(row[position]) * RAO for netuid, position in columns.items() if row[position]}
    block, index = int(named["block"]), int(named[INDEX_COLUMN]) * RAO
    if last is not None and not named["unix_time"]:
        timestamp = last.timestamp + BLOCK_SECONDS * (block - last.block)
    else:
        timestamp = int(named["unix_time"])
    if min(prices.values(), default=0) < 0 or index < _listed_sum(prices):
        raise ValueError("a negative price, or an index below the sum of its subnets")
    if max(index, block * RAO, timestamp * RAO, *prices.values(), 0) >= SETTABLE_PRICE:
        raise ValueError("a number is too large")
    if last is not None and not 1 <= block - last.block <= timestamp - last.timestamp:
        raise ValueError("blocks and times must rise, time by a second a block or more")
    subnets, price_sum = (int(named.get(name) or 0) for name in ("n_subnets", "sum_price_rao"))
    return Sample(block, timestamp, index, prices, subnets, price_sum * RAO)


def _listed_sum(prices: dict[int, int]) -> int:
    return sum(price for netuid, price in prices.items() if counts_in_index(netuid, price))


class Script:
    """Turns samples into steps: a market is listed as soon as it can be, and a subnet without a price is unknown."""

    def __init__(self, world: ProtocolWorld) -> None:
        self._world = world
        self._last: Sample | None = None

    def steps(self, sample: Sample) -> Iterator[Step]:
        """The steps of the next sample. Each must have run before the next one is asked for."""
        before = self._last.prices if self._last else {}
        if self._last:
            seconds = sample.timestamp - self._last.timestamp
            yield Step("advance", {"blocks": sample.block - self._last.block, "seconds": seconds})
        self._last = sample
        for netuid in before.keys() - sample.prices.keys():
            yield Step("set_subnet", {"netuid": netuid, "price": 0, "mechanism": 0, "pool_rao": 0})
        for netuid in sample.prices.keys() - before.keys():
            yield draw_subnet(netuid, sample.prices[netuid])
        prices = list(sample.prices.values())
        other_sum = sample.index - _listed_sum(sample.prices)
        yield Step("swap", {"netuids": list(sample.prices), "prices": prices, "other_sum": other_sum})
        index, markets = self._world.index, self._world.protocol.markets
        if index.last_update == 0:
            yield Step("init_ema", {"account": INITIALIZER})
        for market in sorted({*sample.prices, INDEX_KEY} - markets.keys()):
            yield list_step(market, True, "index" if market == INDEX_KEY else "current")
        if index.last_update != 0:
            yield Step("update_index", {})
        for market in sorted(markets):
            yield Step("poke", {"sender": KEEPER, "market": market})


class Replay:
    """A price history on its way through the protocol machine.

    After a step the slots that it wrote are compared, after a sample every slot; every 100 samples, and at the end,
    no slot is unexplained.
    """

    def __init__(self) -> None:
        self.campaign = Campaign("protocol", 0, "prices", compare_period=0)
        self._started = time.perf_counter()
        self._chain = RevmChain()
        self._world = ProtocolWorld(self._chain)
        self._world.compare_period = 0
        self._script = Script(self._world)
        self._recent: list[Sample] = []

    def run(self, sample: Sample) -> None:
        """The next sample."""
        self._recent = [*self._recent[1 - WINDOWS[-1] :], sample]
        steps: list[Step] = []
        campaign = self.campaign
        try:
            for step in self._script.steps(sample):
                steps.append(step)
                TABLE.run(self._world, step)
            self._world.compare_storage()
            if campaign.scenarios % RENEWAL == RENEWAL - 1:
                self._world.sweep()
                self._chain.renew(self._world.addresses, self._world.storage)
        except Exception as error:  # a divergence, or a bug of the reference
            found = Counterexample("protocol", 0, campaign.scenarios, tuple(steps), *describe(error))
            campaign.divergences.append(found)  # before it is made a scenario of its own, which may be interrupted
            campaign.divergences[-1] = self._explain(found)
        campaign.scenarios += 1
        campaign.steps += len(steps)
        campaign.actions.update(step.action for step in steps)
        campaign.outcomes = self._world.outcomes
        campaign.seconds = time.perf_counter() - self._started

    def finish(self) -> None:
        """The last look for slots that nobody explains."""
        try:
            self._world.sweep()
        except Exception as error:  # a divergence
            found = Counterexample("protocol", 0, self.campaign.scenarios, (), *describe(error))
            self.campaign.divergences.append(self._explain(found))

    @property
    def has_driven(self) -> bool:
        """Whether any market was ever listed, the index's own apart."""
        return bool(self._world.protocol.markets.keys() - {INDEX_KEY})

    def _explain(self, found: Counterexample) -> Counterexample:
        """The shortest run of samples up to the last one that diverges by itself, or what was found."""
        for window in WINDOWS:
            world = ProtocolWorld(RevmChain())
            script, done = Script(world), list[Step]()
            try:
                for sample in self._recent[-window:]:
                    for step in script.steps(sample):
                        done.append(step)
                        TABLE.run(world, step)
                world.sweep()
            except Exception as again:  # the same, in a shorter history
                return Counterexample("protocol", 0, found.scenario, tuple(done), *describe(again))
        return found


def replay_prices(
    path: Path,
    max_steps: int | None,
    max_seconds: float | None,
    on_progress: Callable[[Campaign], None] = lambda _: None,
) -> Campaign:
    """Drive the index and a guarded mark of each subnet by a price file, until its end, a limit, or an interrupt.

    Errors: PriceFileError.
    """
    replay = Replay()
    campaign = replay.campaign
    try:
        for sample in read_prices(path):
            replay.run(sample)
            on_progress(campaign)
            spent = max_steps is not None and campaign.steps >= max_steps
            if spent or campaign.divergences or (max_seconds is not None and campaign.seconds >= max_seconds):
                break
    except KeyboardInterrupt:  # what was done is reported
        campaign.is_stopped = True
    if not campaign.divergences:
        replay.finish()
    if not campaign.divergences and not replay.has_driven:
        raise PriceFileError(f"{path} has no price at which a market could be listed")
    return campaign
