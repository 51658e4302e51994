"""The study of real prices: right on cases computed by hand, and deterministic."""

import re
from dataclasses import replace
from math import isqrt
from pathlib import Path

import numpy as np
import pytest

from differential_tests.studies import figures, real_prices, simulation, subnets
from differential_tests.studies.chapter import BEGIN, END
from differential_tests.studies.simulation import History
from differential_tests.studies.subnets import DAY, watch
from differential_tests.studies.test_chapter import run_study
from reference.block import Block
from reference.core.accrual import is_waiting, touch
from reference.math.alpha import DYNAMIC, ROOT_NETUID
from reference.math.units import RAO, WAD
from reference.modules.market import process_list_market, process_poke
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.index_price import IndexPriceOracle
from reference.presets import CURRENT
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

REAL_PRICES = Path(__file__).parents[3] / "shared" / "data" / "alpha_prices_2025-02_2025-08.csv.gz"
HEADER = "block,unix_time,n_subnets,sum_price_rao,index_sum_rao,sn4_rao,sn120_rao"
TENTH, FIFTH = WAD // 10, WAD // 5


def write_prices(path: Path, count: int = 200) -> Path:
    """A file in which subnet 4 falls by half, and subnet 120 comes late and falls through 1 TAO for one sample."""
    lines = [HEADER]
    for at in range(count):
        four = (100_000_000 if at < 100 else 50_000_000) + 1_000 * at
        late = "" if at < 20 else 900_000_000 if at == 150 else 1_500_000_000
        others = 1_000_000_000
        index = others + four + (900_000_000 if at == 150 else 0)
        lines.append(
            f"{10 * at + 1},{1_740_000_000 + 120 * at},3,{others + four + int(late or 0)},{index},{four},{late}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_touches_by_hand() -> None:
    """A doubled price: the first touch's sample weighs nothing, the next ones 60 s of the clamp's edge."""
    seen = watch([(0, TENTH), (120, FIFTH), (240, FIFTH)], 60).touches
    fourth = (0.125 * 60 + 0.1 * 2_597) / 2_657
    fifth = (1.25 * fourth * 60 + fourth * 2_597) / 2_657
    assert seen["times"].tolist() == [0, 60, 120, 180, 240]
    assert list(seen["marks"]) == pytest.approx([0.1, 0.1, 0.1, fourth, fifth])
    assert subnets.out_of_band(seen).tolist() == [False, False, True, True, True]

    washed = 0.2 * 60 / DAY / 2
    before = 0.5**0.5 * washed
    highs = [0.1, 0.1 * (1 + washed) ** 2, 0.2 * (1 + before) ** 2, *2 * [0.2 * (1 + washed) ** 2]]
    assert list(seen["highs"]) == pytest.approx(highs, rel=1e-9)
    lows = [0.1 * (1 - washed) ** 2, *2 * [0.2 * (1 - washed) ** 2]]
    assert list(seen["lows"][2:]) == pytest.approx(lows, rel=1e-9)
    assert (seen["quiet_highs"][3] - 0.2) * 10 == pytest.approx(seen["highs"][3] - 0.2, rel=1e-3)
    assert list(subnets.starts_up(seen)) == list(seen["highs"])
    assert list(subnets.starts_down(seen)[2:]) == [seen["lows"][2], fourth, pytest.approx(fifth)]


def test_visits_and_touches_are_the_markets() -> None:
    """Given the same prices, pool and counter, a market of the reference finds the same marks and ranges."""
    feeds = [(1_000 + 120 * at, WAD // 20 + (at * at * 7_919 % 23) * WAD // 1_000) for at in range(100)]
    watched = watch(feeds, 600)
    touched = dict(zip(watched.touches["times"].tolist(), watched.touches, strict=True))
    precompile = AlphaPrecompile()
    protocol = Protocol(precompile, IndexPriceOracle("initializer"), 1, 2, 3, 4, VaultShare(5, 4), 6, 7)
    precompile.set_subnet(ROOT_NETUID, WAD, DYNAMIC, RAO)

    before, path, stood = 0, 0, 0
    for at, (time, price) in enumerate(feeds):
        pool = isqrt(4 * 10**12 * price)
        path, stood, before = path + abs(pool - before), stood + before * 120, pool
        if at == 0:
            precompile.set_subnet(4, price, DYNAMIC, pool)
        precompile.set_pool(4, price, pool, pool * WAD // price, path + stood // 5 // DAY)
        if at == 0:
            process_list_market(protocol, Block(2 * at, time), 1, 4, True, CURRENT)
        elif time in touched:
            check_seen(touched[time], protocol, Block(2 * at, time))
            process_poke(protocol, Block(2 * at, time), 4)
        precompile.set_pool(4, price, pool, pool * WAD // price, path + (stood + pool * 30) // 5 // DAY)
        check_seen(watched.visits[at], protocol, Block(2 * at + 1, time + 30))
    assert len(touched) == 20


def check_seen(row: np.void, protocol: Protocol, block: Block) -> None:
    """A touch of the market in a block would find this."""
    context = touch(protocol, block, 4)
    seen, mark = context.seen, context.market.mark
    assert (row["times"], row["spots"], row["marks"]) == (block.timestamp, seen.spot / WAD, pytest.approx(mark / WAD))
    assert (row["highs"], row["lows"]) == (pytest.approx(seen.high / WAD), pytest.approx(seen.low / WAD))
    assert (row["waits"] == 1) == is_waiting(context, block)


def test_index_market_by_hand() -> None:
    """A sum that rises by a fifth: what opens starts beyond all of the gap, what closes beyond a twentieth."""
    track = simulation.follow_index_market([(0, WAD), (60, WAD * 6 // 5), (120, WAD)])
    gap = 0.2 * 21_600 / 21_660
    assert list(track["marks"]) == pytest.approx([1, 1, 1])
    assert list(track["opens_up"]) == pytest.approx([1, 1.2, 1 + gap])
    assert list(track["closes_up"]) == pytest.approx([1, 1.2, 1.05])
    assert list(track["opens_down"]) == list(track["closes_down"]) == pytest.approx([1, 1, 1])


def test_index_by_hand() -> None:
    """Capped, three hours of silence count for one; uncapped they count in full; hourly skips the sample between."""
    feeds = [(0, WAD), (1_800, 2 * WAD), (3 * 3_600 + 1_800, 3 * WAD)]
    first = (2 * 1_800 + 604_800) / 606_600
    capped = simulation.follow_index(feeds, 1, True)
    assert capped.tolist() == pytest.approx([1, first, (3 * 3_600 + first * 604_800) / 608_400])
    uncapped = simulation.follow_index(feeds, 1, False)
    assert uncapped.tolist() == pytest.approx([1, first, (3 * 10_800 + first * 604_800) / 615_600])
    hourly = simulation.follow_index(feeds, 3_600, False)
    assert hourly.tolist() == pytest.approx([1, 1, (3 * 12_600 + 604_800) / 617_400])


def test_keeper_stops_at_holes() -> None:
    """The price is held between neighbours, not through a hole; behind it the readings begin anew."""
    times = np.array([0.0, 150.0, 1_000.0, 1_120.0])
    assert subnets.keeper_times(times, 60).tolist() == [0, 60, 120, 1_000, 1_060, 1_120]
    keeper = subnets.Keeper([(int(time), TENTH) for time in times], 60)
    looks = np.array([0.0, 59.0, 119.0, 150.0, 1_000.0, 1_059.0, 1_060.0, 1_119.0, 1_120.0])
    assert keeper.find_readings(looks).tolist() == [0, 0, 0, 60, 1_000, 1_000, 1_000, 1_000, 1_060]


def test_unseen_moves_earn_nothing() -> None:
    """A tenth down between two touches: short from the true price at best, whether spot is pushed back or not."""
    feeds = [(120 * at, TENTH) for at in range(6)]
    found = watch([*feeds, (720, TENTH * 9 // 10)], 60).unseen
    assert (found["times"].tolist(), found["moves"].tolist()) == ([720], pytest.approx([-0.1]))
    washed = 0.2 * 60 / DAY / 2
    assert found["gains"].tolist() == pytest.approx([(1 - washed / 0.9**0.5) ** 2 - 1])
    assert -2e-4 < found["gains"][0] < 0

    up = watch([*feeds, (720, TENTH * 11 // 10)], 60).unseen
    assert -2e-4 < up["gains"][0] < 0
    assert not len(watch([*feeds, (720, TENTH * 96 // 100)], 60).unseen)


def test_spells_by_hand() -> None:
    """A liquidation waits for ten minutes after the listing, and after the mark has come within 2% of a risen price."""
    seen = watch([(120 * at, TENTH if at < 10 else TENTH * 23 // 20) for at in range(80)], 60).touches
    is_apart = seen["highs"] > 1.02 * seen["marks"]
    assert np.flatnonzero(is_apart).tolist() == list(range(20, 20 + 84))
    assert subnets.find_waits(seen).tolist() == [10, 84 + 9]


def test_moves_stop_at_holes() -> None:
    times, prices = np.array([0.0, 120.0, 10_000.0]), np.array([1.0, 1.5, 9.0])
    assert simulation.moves(times, prices).tolist() == [0, 0.5, 0]


def test_lasting_fall() -> None:
    """A spike is no fall; a step is, by what all samples after it share."""
    times, order = 120 * np.arange(20.0), np.arange(20.0)
    spots = np.where(order < 12, 1.0, 0.5)
    spots[5] = 0.1
    assert simulation.find_lasting_fall(times, spots, 4) == (12, -0.5)
    assert simulation.find_lasting_fall(times, spots, 11) == (0, 0.0)
    assert simulation.find_lasting_gap(times, np.asarray(1 - spots, dtype=np.float64), 4) == (14, 0.5)


def test_liquidations_by_hand() -> None:
    """Longs entered at 1: at 0.9 the equity is 10% and stays, at 0.85 it goes, and at 0.75 it leaves a debt."""
    always = np.ones(3, dtype=np.bool_)
    for last, expected in ((0.9, (0, 0)), (0.85, (1, 0)), (0.75, (1, 1))):
        found = subnets.liquidate(np.array([1.0, 1.0, last]), np.ones(3), always, True, 3)
        assert (found.opened, len(found.waited), found.bad) == (1, *expected)
    short = subnets.liquidate(np.array([1.0, 1.25, 1.0]), np.ones(3), always, False, 2)
    assert (short.opened, len(short.waited), short.bad) == (2, 1, 1)
    assert subnets.liquidate(np.ones(3), np.ones(3), ~always, True, 1).refused == 3


def test_waiting_liquidations_by_hand() -> None:
    """A long below its maintenance waits, but for the time in which it is not, and never at the last tenth of it."""
    marks, always = np.array([1, 0.85, 0.95, 0.85, 0.82, 0.82, 0.82]), np.ones(7, dtype=np.bool_)
    waits = np.array([False, True, True, True, True, False, False])
    assert subnets.liquidate(marks, np.ones(7), always, True, 7, waits).waited == [3]
    marks[4] = 0.805
    assert subnets.liquidate(marks, np.ones(7), always, True, 7, always).waited == [2]
    assert subnets.liquidate(np.subtract(2, marks, dtype=np.float64), np.ones(7), always, False, 7, always).waited == [
        2
    ]


def test_thinning_keeps_spikes() -> None:
    values = np.zeros(10_000)
    values[[17, 5_000]] = (3.0, -4.0)
    times, thinned = figures.thin(np.arange(10_000.0), values, 50)
    assert len(thinned) <= 100
    assert {(17.0, 3.0), (5_000.0, -4.0)} <= set(zip(times.tolist(), thinned.tolist(), strict=True))


def test_causes(tmp_path: Path) -> None:
    """Subnet 120 falls through 1 TAO into the sum, and leaves it again."""
    history = simulation.read_history(write_prices(tmp_path / "prices.csv"))
    assert simulation.explain_move(history, 150) == simulation.FELL
    assert simulation.explain_move(history, 151) == simulation.ROSE
    assert simulation.explain_move(history, 100) == simulation.MOVED
    assert [simulation.name_mover(history, at) for at in (100, 150, 151)] == [4, 120, 120]
    more = [*history.samples[:100], *(replace(sample, subnets=4) for sample in history.samples[100:])]
    assert simulation.explain_move(History(more), 100) == simulation.ADDED


def test_writes_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text around the markers stays; tables and figures are there; a second run changes no byte."""
    prices = write_prices(tmp_path / "prices.csv")
    chapter = tmp_path / "real-prices.md"
    chapter.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    run_study(monkeypatch, real_prices, prices, "--out", tmp_path)
    text = chapter.read_text()
    assert text.startswith("# Before\n\n")
    assert text.endswith(f"{END}\n\nAfter.\n")
    assert "\nold\n" not in text
    assert re.search(r"\| \d{4}-\d\d-\d\d \d\d:\d\d \| 120 fell through 1 TAO \| 1.050 \| 1.950 \| \+85.7% \|", text)
    files = {path: path.read_bytes() for path in (chapter, *(tmp_path / "figures").iterdir())}
    assert len(files) == 1 + len(figures.PLOTS)
    run_study(monkeypatch, real_prices, prices, "--out", tmp_path)
    assert all(path.read_bytes() == content for path, content in files.items())


@pytest.mark.skipif(not REAL_PRICES.exists(), reason="the price history is not there")
def test_real_prices_run() -> None:
    """The first samples of the real history: ten subnets at least, every table, marks slower than spot."""
    study = simulation.run_study(simulation.read_history(REAL_PRICES, 2_000))
    assert len(study.times) == 2_000
    assert len(study.subnets) >= 10
    assert real_prices.write_tables(study).count("**Table") == 13
    for paces in study.subnets.values():
        touches = paces["each minute"].touches
        assert np.abs(simulation.moves(touches["times"], touches["marks"])).max() < 0.25 * 60 / 2_657 + 1e-9
        for watched in paces.values():
            assert (watched.unseen["gains"] <= 0).all()
            assert (watched.visits["lows"] <= watched.visits["quiet_lows"]).all()
            assert (watched.visits["quiet_lows"] <= watched.visits["spots"]).all()
            assert (watched.visits["spots"] <= watched.visits["quiet_highs"]).all()
            assert (watched.visits["quiet_highs"] <= watched.visits["highs"]).all()
