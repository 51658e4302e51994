"""The corners of the protocol, on contract and reference at once."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.world import ProtocolWorld
from differential_tests.scenarios.corners import CORNERS


@pytest.mark.parametrize("name", CORNERS)
def test_corner(name: str) -> None:
    world = ProtocolWorld(RevmChain())
    table = MACHINES["protocol"].table
    for number, (step, outcome) in enumerate(CORNERS[name]):
        before = world.outcomes.copy()
        table.validate(step)
        table.run(world, step)
        if outcome is not None:
            assert world.outcomes - before == {outcome: 1}, f"line {number}: {step}"
    world.sweep()
