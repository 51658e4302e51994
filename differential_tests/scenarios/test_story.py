"""The scripted scenario of the protocol, with every entry point and every failure, on every chain."""

from collections import Counter

import pytest

from differential_tests.chains import open_chain
from differential_tests.chains.ape import anvil_available
from differential_tests.chains.revm import RevmChain
from differential_tests.fuzzer.world import Call
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.test_protocol_machine import OUTCOMES
from differential_tests.machines.protocol.world import ProtocolWorld
from differential_tests.scenarios.lines import Line
from differential_tests.scenarios.story import CHAPTERS

PROTOCOL = MACHINES["protocol"]
LINES = [(chapter, number, line) for chapter, lines in CHAPTERS.items() for number, line in enumerate(lines)]


def run(world: ProtocolWorld, chapter: str, number: int, line: Line) -> None:
    """Run a line; what goes wrong says which one it was."""
    step, _ = line
    try:
        PROTOCOL.table.validate(step)
        PROTOCOL.table.run(world, step)
    except Exception as error:
        error.add_note(f"{chapter}, line {number}: {step}")
        raise


def test_every_line_ends_as_it_says() -> None:
    world = ProtocolWorld(RevmChain())
    calls = world.calls_made = list[Call]()
    for chapter, number, line in LINES:
        before = Counter(world.outcomes)
        run(world, chapter, number, line)
        if line[1] is not None:
            assert world.outcomes - before == {line[1]: 1}, f"{chapter}, line {number}: {line[0]}"
    assert set(world.outcomes) == OUTCOMES
    succeeded = {call.transaction.data[:4] for call in calls if call.failure is None}
    assert not [name for name, selector in world.selectors.items() if selector not in succeeded], "every entry point"


@pytest.mark.parametrize("name", ["ape", "anvil"])
def test_story_agrees_on(name: str) -> None:
    if name == "anvil" and not anvil_available():
        pytest.skip("anvil is not on the PATH")
    with open_chain(name) as chain:
        world = ProtocolWorld(chain)
        for chapter, number, line in LINES:
            run(world, chapter, number, line)
        world.advance(1, 12)
        world.sweep()
    assert set(world.outcomes) == OUTCOMES
