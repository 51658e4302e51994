"""Price replays: a history drives the markets, and a seeded fault is found and made short."""

from pathlib import Path

from differential_tests.contracts.artefacts import sources_in
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.price_replay import replay_prices
from differential_tests.mutation.faults import Fault, plant

UNCAPPED = Fault("math/mark", "min(elapsed, max_elapsed)", "elapsed")
"""The mark follows a silence without bound."""


def test_price_replay_finds_and_shortens_a_seeded_fault(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    rows = [f"{100 + 10 * row},{1_700_000_000 + 120 * row},{10**8 + row},{10**8 + row}" for row in range(300)]
    prices.write_text("\n".join(["block,unix_time,index_sum_rao,sn64_rao", *rows]))
    assert not replay_prices(prices, None, None).divergences
    with sources_in(plant(UNCAPPED, tmp_path / "planted")):
        (found,) = replay_prices(prices, None, None).divergences
        assert MACHINES["protocol"].run_on_revm(found.steps) is not None
    assert MACHINES["protocol"].run_on_revm(found.steps) is None
