"""The corpus: short scenarios with a name, each of which must go through, and reach the outcome or the state it is for.

A scenario that once diverged belongs here too: its counterexample's file is copied into the folder.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.files import find_files
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.counterexample import Counterexample, CounterexampleError, load, shrink
from differential_tests.fuzzer.machine import Machine, Start, describe
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.fuzzer.world import Divergence, World

CORPUS = ROOT / "differential_tests" / "scenarios" / "data"
SHRINK_SECONDS = 5.0
"""Processor time for making a scenario short."""
REACHES = "reaches "


def list_corpus() -> list[Path]:
    """The files of the corpus."""
    return find_files(CORPUS, "*.json")


def check(found: Counterexample, machine: Machine, start: Start) -> str | None:
    """Why a scenario of the corpus is not what it should be: it diverges, or does not reach what it is for."""
    world = start.world()
    outcome = machine.run_in(world, found.steps, sweeps_each=False)
    if outcome is not None:
        what, expected, actual = describe(outcome[1])
        return f"step {outcome[0] + 1}: {what}: the reference says {expected}, the contract {actual}"
    if found.what.startswith(REACHES) and found.what not in _reached(world):
        return f"it no longer {found.what}"
    return None


def _reached(world: World) -> Iterator[str]:
    """What a world has met, by name."""
    yield from (f"{REACHES}the outcome {name}" for name in world.outcomes if name != "success")
    yield from (f"{REACHES}the state {name}" for name in world.states)


def collect(
    machine: Machine, seed: int, max_steps: int, on_found: Callable[[Path], object] = lambda _: None
) -> list[Path]:
    """Look for scenarios of what the corpus does not reach yet, make them short, and write them."""
    start, known, written = Start(machine), _known(machine), list[Path]()
    for scenario in range(max_steps // SCENARIO_STEPS):
        world, done = start.world(), list[Step]()
        first: dict[str, int] = {}
        for step in machine.scenario(world, SeededChoices(f"{seed}/{scenario}"), SCENARIO_STEPS):
            done.append(step)
            machine.table.run(world, step)
            for what in _reached(world):
                first.setdefault(what, len(done))
        for what in sorted(first.keys() - known):
            found = Counterexample(machine.name, seed, scenario, tuple(done[: first[what]]), what, "", "")
            short = shrink(found, partial(_until, machine, start, what), start.redraw, SHRINK_SECONDS)
            name = what.removeprefix(f"{REACHES}the ").replace(",", "").replace(" ", "-")
            path = CORPUS / f"{machine.name}-{name}.json"
            CORPUS.mkdir(exist_ok=True)
            short.write(path)
            on_found(path)
            written.append(path)
        known |= first.keys()
    return written


def _until(machine: Machine, start: Start, what: str, steps: Sequence[Step]) -> tuple[int, Exception] | None:
    """Run steps until something is reached: its step, and the name as if it were a divergence."""
    world = start.world()
    for number, step in enumerate(steps):
        machine.table.run(world, step)
        if what in _reached(world):
            return number, Divergence(what, "", "")
    return None


def _known(machine: Machine) -> set[str]:
    """What scenarios of the corpus reach that are as they should be."""
    start, known = Start(machine), set[str]()
    for path in list_corpus():
        try:
            found = load(path, {machine.name: machine})
        except CounterexampleError:  # another machine's, or of actions that are no more
            continue
        if check(found, machine, start) is None:
            known.add(found.what)
    return known
