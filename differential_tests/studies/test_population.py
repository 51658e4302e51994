"""The population on prices that are made up: nothing is lost, and the chapter is the same twice."""

from pathlib import Path

import pytest

from differential_tests.machines.protocol.price_replay import Sample
from differential_tests.studies import population
from differential_tests.studies.chapter import BEGIN, END
from differential_tests.studies.population import INSURANCE, VAULT, Population
from differential_tests.studies.test_chapter import run_study
from reference.math.units import WAD

PRICE = WAD // 10


def move(price: int, at: int) -> int:
    """Down by 2% a sample for a while, and up again by 1%."""
    return price * 98 // 100 if at % 150 < 50 else price * 101 // 100


def write_prices(path: Path, count: int) -> Path:
    """Subnet 4 moves, the others stay."""
    lines, price = ["block,unix_time,index_sum_rao,sn4_rao"], 100_000_000
    for at in range(count):
        price = move(price, at)
        lines.append(f"{100 * at + 1},{1_740_000_000 + 1_200 * at},{price + 1_000_000_000},{price}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_nothing_is_lost() -> None:
    """What traders, vault, insurance and keeper won sums to what they lost, but for wei of rounding."""
    played = Population(1)
    price = PRICE
    for at in range(700):
        price = move(price, at)
        played.run(Sample(100 * at + 1, 1_740_000_000 + 1_200 * at, price + WAD, {4: price}))
    played.finish()
    result = played.result
    assert result.ticks == 700
    assert result.events["opened"] > 5
    assert result.events["closed"] > 0
    won = [*result.traders.values(), result.nav[-1] - VAULT, result.insurance - INSURANCE, result.keeper]
    assert abs(sum(won)) < WAD // 10**12
    assert any(won)


def test_writes_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text around the markers stays, and a second run changes no byte."""
    prices, chapter = write_prices(tmp_path / "prices.csv", 300), tmp_path / "population.md"
    chapter.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    run_study(monkeypatch, population, prices, "--every", "2", "--out", tmp_path)
    text = chapter.read_text()
    assert text.startswith("# Before\n\n")
    assert text.endswith(f"{END}\n\nAfter.\n")
    assert "150 ticks, one of 2 samples each" in text
    files = {path: path.read_bytes() for path in (chapter, tmp_path / "figures" / "population.svg")}
    run_study(monkeypatch, population, prices, "--every", "2", "--out", tmp_path)
    assert all(path.read_bytes() == content for path, content in files.items())
