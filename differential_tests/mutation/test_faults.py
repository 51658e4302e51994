"""Each fault that no operator makes is found: of a mathematical function by the prover, of all else by a machine."""

from pathlib import Path

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import ROOT, sources, sources_in
from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.fuzzer.machine import Machine
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.fuzzer.world import Divergence
from differential_tests.machines import MACHINES
from differential_tests.mutation.faults import FAULTS, Fault, plant
from differential_tests.mutation.operators import find_mutants
from differential_tests.mutation.trees import Tree, find_names
from differential_tests.symbolic.mutants import Batch, mutant_of, replay
from differential_tests.symbolic.report import REFUTED
from differential_tests.symbolic.samples import references
from differential_tests.symbolic.solver.questions import FUZZ, Options

STEPS = 40_000
"""In which a machine must find a fault."""
TIMEOUT = 20.0
"""Of a question. None needs more than a few seconds, but how long one takes depends on those before it."""

MUTANTS = {fault: mutant_of(fault) for fault in FAULTS if fault.file.startswith("math/")}
BATCH = Batch(MUTANTS.values())


def refutes(fault: Fault) -> bool:
    """Whether the prover refutes a fault without any run before the proof, and its counterexample holds."""
    mutant = MUTANTS[fault]
    row = BATCH.prove(mutant, Options(timeout=TIMEOUT, samples=0))
    found = row.counterexample
    again = found and replay(found, references()[mutant.function], BATCH.entry(mutant))
    return found is not None and row.status == REFUTED and row.tier != FUZZ and found == again


def diverges(machine: Machine) -> bool:
    """Whether a campaign finds a divergence; it is not made short."""
    chain = RevmChain()
    for scenario in range(STEPS // SCENARIO_STEPS):
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


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_seeded_fault_is_found(fault: Fault, tmp_path: Path) -> None:
    if fault in MUTANTS:
        assert refutes(fault)
        return
    machine = {"oracles": "oracle", "tokens": "share"}.get(fault.path.parent.name, "protocol")
    with sources_in(plant(fault, tmp_path)):
        assert diverges(MACHINES[machine])


def test_no_operator_makes_them() -> None:
    texts = {path.relative_to(ROOT): path.read_text() for path in sources()}
    names = find_names((str(path), text) for path, text in texts.items())
    for path in {fault.path for fault in FAULTS}:
        mutants = find_mutants(Tree(str(path), texts[path], names), "contracts")
        made = {"".join(mutant.apply(texts[path]).split()) for mutant in mutants}
        faults = [fault for fault in FAULTS if fault.path == path]
        assert not [fault for fault in faults if "".join(fault.apply(texts[path]).split()) in made]
    assert len(set(map(str, FAULTS))) == len(FAULTS)
