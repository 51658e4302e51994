"""The study of real prices: right on cases computed by hand, and deterministic."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from differential_tests.studies import figures, real_prices, simulation, tables
from differential_tests.studies.chapter import BEGIN, END
from differential_tests.studies.simulation import History
from differential_tests.studies.test_chapter import run_study
from reference.block import Block
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


def test_mark_by_hand() -> None:
    """A doubled price: the lone sample weighs nothing, the second one 60 s of the clamp's edge."""
    track = simulation.follow_mark([(0, TENTH), (120, FIFTH), (240, FIFTH)])
    third = (0.125 * 60 + 0.1 * 2_597) / 2_657
    assert list(track["marks"]) == pytest.approx([0.1, 0.1, third])
    assert simulation.out_of_band(track).tolist() == [False, True, True]
    assert list(track["gaps_up"]) == [0, 0.1, 0.1]
    assert list(track["starts_up"]) == [0.1, 0.2, 0.2]
    assert list(track["gaps_down"]) == [0, 0, 0]
    assert list(track["starts_down"]) == pytest.approx([0.1, 0.1, third])


def test_mark_is_the_markets() -> None:
    """Fed with the same prices, a market of the reference has the same marks and gaps."""
    feeds = [(1_000 + 120 * at, WAD // 20 + (at * at * 7_919 % 23) * WAD // 1_000) for at in range(100)]
    track = simulation.follow_mark(feeds)
    precompile = AlphaPrecompile()
    protocol = Protocol(precompile, IndexPriceOracle("initializer"), 1, 2, 3, 4, VaultShare(5, 4), 6, 7)
    precompile.set_subnet(ROOT_NETUID, WAD, DYNAMIC, RAO)
    for at, (time, price) in enumerate(feeds):
        precompile.set_subnet(4, price, DYNAMIC, 50_000 * RAO)
        if at == 0:
            process_list_market(protocol, Block(at, time), 1, 4, True, CURRENT)
        else:
            process_poke(protocol, Block(at, time), 4)
        market = protocol.markets[4]
        assert (track["marks"][at], track["gaps_up"][at]) == (market.mark / WAD, market.gap_up / WAD)
        assert track["gaps_down"][at] == market.gap_down / WAD


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


def test_minutes_between() -> None:
    """The price is held once a minute between neighbours, and not through a hole."""
    feeds = list(simulation.feed_each_minute([(0, 1), (180, 2), (1_000, 3)]))
    assert feeds == [(0, 1), (60, 1), (120, 1), (180, 2), (1_000, 3)]


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
        found = simulation.liquidate(np.array([1.0, 1.0, last]), np.ones(3), always, True, 3)
        assert (found.opened, found.liquidated, found.bad) == (1, *expected)
    short = simulation.liquidate(np.array([1.0, 1.25, 1.0]), np.ones(3), always, False, 2)
    assert (short.opened, short.liquidated, short.bad) == (2, 1, 1)
    assert simulation.liquidate(np.ones(3), np.ones(3), ~always, True, 1).refused == 3


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
    assert len(study.marks) >= 10
    assert tables.write_tables(study).count("**Table") == 10
    for track in study.marks.values():
        times = track["times"]
        assert np.abs(simulation.moves(times, track["marks"])).max() < 0.25 * 60 / 2_657 + 1e-9
