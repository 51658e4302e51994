"""A scenario as a trade blotter: who did what, at what price, and what the reference says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from differential_tests.chains.base import Chain
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.machine import Machine
from differential_tests.fuzzer.world import Call


@dataclass(frozen=True, slots=True)
class Line:
    """A step of a scenario, in words. block: in which it was. seconds: since the first step."""

    number: int
    block: int
    seconds: int
    who: str
    what: str
    price: str
    outcome: str


def write_blotter(machine: Machine, chain: Chain, steps: Sequence[Step]) -> list[Line]:
    """Run steps on a fresh chain and tell them, up to the one that diverges."""
    world = machine.world(chain)
    world.compare_period = 1
    calls: list[Call] = []
    world.calls_made = calls
    lines: list[Line] = []
    first = world.block.timestamp
    for number, step in enumerate(steps, start=1):
        calls.clear()
        block, seconds = world.block.number, world.block.timestamp - first
        before = machine.narrator(world, step) if machine.narrator else None
        is_over = False
        try:
            machine.table.run(world, step)
            world.sweep()
        except Exception:  # the divergence, which is told elsewhere
            is_over = True
        told = before(calls) if before else ("", str(step), "")
        lines.append(Line(number, block, seconds, *told, _outcome(calls)))
        if is_over:
            break
    return lines


def _outcome(calls: Sequence[Call]) -> str:
    """How the calls of a step end by the reference: each way once, in order."""
    names = dict.fromkeys("success" if call.failure is None else call.failure or "empty revert" for call in calls)
    return ", ".join(names)
