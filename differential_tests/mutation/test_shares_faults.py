"""Each seeded fault of the shares is found by the protocol machine, each of the token by the share's own."""

from pathlib import Path

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import sources_in
from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.fuzzer.machine import Machine
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.fuzzer.world import Divergence
from differential_tests.machines import MACHINES
from differential_tests.mutation.faults import Fault, plant
from differential_tests.mutation.shares_faults import SHARES_FAULTS, TOKEN_FAULTS

STEPS = {"protocol": 40_000, "share": 1_000}
"""In which a fault must be found."""
ROWS = [*((fault, "protocol") for fault in SHARES_FAULTS), *((fault, "share") for fault in TOKEN_FAULTS)]


def diverges(machine: Machine, steps: int) -> bool:
    """Whether a campaign of so many steps finds a divergence; it is not made short."""
    chain = RevmChain()
    for scenario in range(steps // SCENARIO_STEPS):
        point = chain.snapshot()
        try:
            world = machine.world(chain)
            for step in machine.scenario(world, SeededChoices(f"1/{scenario}"), SCENARIO_STEPS):
                machine.table.run(world, step)
            world.sweep()
        except Divergence:
            return True
        chain.restore(point)
    return False


@pytest.mark.parametrize(("fault", "machine"), ROWS, ids=[f"{fault.rule} {fault.name}" for fault, _ in ROWS])
def test_a_seeded_fault_is_found(fault: Fault, machine: str, tmp_path: Path) -> None:
    with sources_in(plant(fault, tmp_path)):
        assert diverges(MACHINES[machine], STEPS[machine])


def test_faults_are_told_apart() -> None:
    assert len({(fault.rule, fault.name) for fault, _ in ROWS}) == len(ROWS)
