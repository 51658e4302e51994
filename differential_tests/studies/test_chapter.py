"""What the commands of the studies share: they are polite about bad input."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from differential_tests.studies import population, real_prices

CHAPTERS = {real_prices: "real-prices.md", population: "population.md"}
HEADER = "block,unix_time,n_subnets,sum_price_rao,index_sum_rao,sn4_rao,sn120_rao\n"
SHORT = "block,unix_time,index_sum_rao,sn4_rao\n"


def run_study(monkeypatch: pytest.MonkeyPatch, study: ModuleType, *arguments: Path | str) -> None:
    """Run a study as its command."""
    monkeypatch.setattr(sys, "argv", ["study", *map(str, arguments)])
    study.main()


@pytest.mark.parametrize(
    ("study", "content", "chapter", "message"),
    [
        (real_prices, None, None, "can't be read"),
        (real_prices, HEADER, None, "has no samples"),
        (real_prices, SHORT + "1,1,5,5\n", None, "has no column n_subnets, sum_price_rao"),
        (real_prices, HEADER + "1,1,x,5,5,5,\n", None, "invalid literal"),
        (real_prices, HEADER + "1,1,1,0,0,,\n", None, "sum is 0"),
        (real_prices, HEADER + "1,1,1,5,5,5,\n", "no markers", "needs one line"),
        (population, None, None, "can't be read"),
        (population, SHORT, None, "has no samples"),
        (population, SHORT + "1,1,5,5\n", "no markers", "needs one line"),
    ],
)
def test_bad_input_is_one_line(
    study: ModuleType,
    content: str | None,
    chapter: str | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prices = tmp_path / "prices.csv"
    if content is not None:
        prices.write_text(content)
    if chapter is not None:
        (tmp_path / CHAPTERS[study]).write_text(chapter)
    with pytest.raises(SystemExit) as stopped:
        run_study(monkeypatch, study, prices, "--out", tmp_path)
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message in error
    assert error.count("\n") == 1
