"""The oracle machine: no divergence in either lane, every outcome reached, every seeded fault found."""

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from differential_tests.chains.base import HALT
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import deployables, revert_strings, sources_in, with_imports
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.campaign import run_campaign
from differential_tests.fuzzer.counterexample import load
from differential_tests.fuzzer.stateful import stateful_machine
from differential_tests.fuzzer.world import Divergence
from differential_tests.machines import MACHINES
from differential_tests.mutation.faults import Fault, plant

ORACLE = MACHINES["oracle"]

CONTRACTS = ("PriceOracle", "IndexPriceOracle")
OUTCOMES = {"success", "empty revert", HALT}.union(
    *(revert_strings(with_imports(path)) for path in deployables() if path.stem in CONTRACTS)
)
"""What calls of the machine can end in: each name that its contracts revert with, and no other."""


FROZEN = Fault("oracles/IndexPriceOracle", "= ema\n    self.last_update = block.timestamp\n", "= ema\n")
STARVED = Fault("oracles/feed", '+ GAS_MARGIN, "GasLow"', '+ 100 * GAS_MARGIN, "GasLow"')
"""The index forgets when it was moved; a read asks for too much gas."""


def test_campaign_reaches_every_action_and_outcome_without_divergence() -> None:
    campaign = run_campaign(ORACLE, seed=1, max_steps=20_000, max_seconds=None)
    assert not campaign.divergences
    assert set(campaign.actions) == set(ORACLE.table.actions)
    assert set(campaign.outcomes) == OUTCOMES


def test_same_seed_makes_the_same_campaign() -> None:
    first, second = (run_campaign(ORACLE, seed=7, max_steps=600, max_seconds=None) for _ in range(2))
    assert (first.actions, first.outcomes) == (second.actions, second.outcomes)


def test_stateful_lane_does_not_diverge() -> None:
    run_state_machine_as_test(stateful_machine(ORACLE), settings=settings(max_examples=40, stateful_step_count=30))


def test_stateful_lane_finds_and_shortens_a_seeded_fault(tmp_path: Path) -> None:
    with sources_in(plant(FROZEN, tmp_path)):
        (found,) = run_campaign(ORACLE, 1, 20_000, None, lane="stateful").divergences
        assert ORACLE.run_on_revm(found.steps) is not None
    assert ORACLE.run_on_revm(found.steps) is None
    assert len(found.steps) <= 10


def test_sweep_finds_a_slot_that_nobody_explains() -> None:
    world = ORACLE.world(RevmChain())
    ORACLE.table.run(world, Step("set_subnet", {"netuid": 4, "price": 5, "mechanism": 1, "pool_rao": 7}))
    world.sweep()
    slot, value = next(item for item in world.storage["AlphaPrecompile"].items() if item[1] == 5)
    del world.storage["AlphaPrecompile"][slot]
    with pytest.raises(Divergence, match=f"the reference says 0, the contract {value}"):
        world.sweep()


def test_a_record_that_grows_has_names() -> None:
    world = ORACLE.world(RevmChain())
    world.write("AlphaPrecompile", 2**200, (0,), "kept.", ("length",))
    world.write("AlphaPrecompile", 2**200, (0, 1), "kept.", ("length", "word 0"))
    with pytest.raises(
        Divergence, match=r"storage AlphaPrecompile\.kept\.word 0: the reference says 1, the contract 0"
    ):
        world.compare_storage()


@pytest.mark.parametrize("fault", [FROZEN, STARVED], ids=str)
def test_campaign_finds_and_shortens_a_seeded_fault(fault: Fault, tmp_path: Path) -> None:
    with sources_in(plant(fault, tmp_path)):
        (found,) = run_campaign(ORACLE, seed=1, max_steps=20_000, max_seconds=None).divergences
        outcome = ORACLE.run_on_revm(load(found.save(tmp_path), MACHINES).steps)
        assert outcome is not None, "the counterexample's file does not repeat it"
    assert ORACLE.run_on_revm(found.steps) is None, "it diverges without the fault"
    assert len(found.steps) <= 10, "it is not short"
