"""Runs one scenario of a machine and says what was found: the reason counts, not the steps that lead to it."""

import traceback
from dataclasses import dataclass

from differential_tests.contracts.artefacts import ROOT

SCRIPT = "script"
"""The lane of what is written out: the protocol's story and its corners, by number."""

DIVERGENCE, INVARIANT, DEPLOY, CRASH = "divergence", "invariant", "deploy fails", "crash"


@dataclass(frozen=True)
class Finding:
    """kind: DIVERGENCE, INVARIANT, DEPLOY, or CRASH: the reference raised what is no expected failure."""

    kind: str
    detail: str


class BaselineError(Exception):
    """Something is found without any mutant: then it says nothing of one."""


class ToolError(Exception):
    """Our own code has failed, which says nothing of the mutant."""


def run_scenario(name: str, number: int) -> Finding | None:
    """Run a scenario of the machine `name` as a campaign does, or a script. None: nothing differs.

    Errors: ToolError.
    """
    # imported here: a mutant of the reference has taken its place by now
    from differential_tests.chains.revm import RevmChain
    from differential_tests.fuzzer.actions import SeededChoices
    from differential_tests.fuzzer.world import Divergence
    from differential_tests.machines import MACHINES
    from differential_tests.mutation.steering import SEED, STEPS
    from differential_tests.scenarios.corners import SCRIPTS

    machine, is_running = MACHINES["protocol" if name == SCRIPT else name], False
    try:
        world = machine.world(RevmChain())
        drawn = machine.scenario(world, SeededChoices(f"{SEED}/{number}"), STEPS)
        for step in SCRIPTS[number] if name == SCRIPT else drawn:
            is_running = True
            machine.table.run(world, step)
            is_running = False
        world.sweep()
    except Divergence as found:
        return Finding(INVARIANT if found.what.startswith("invariant") else DIVERGENCE, f"scenario {number}: {found}")
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        text = f"scenario {number}: {type(error).__name__}: {error}"
        if any(frame.name == "deploy" and frame.filename.endswith("revm.py") for frame in frames):
            return Finding(DEPLOY, text)
        if frames[-1].filename.startswith(f"{ROOT}/reference/") or is_running:
            return Finding(CRASH, text)
        raise ToolError(f"{text}, {frames[-1].filename}:{frames[-1].lineno}") from error
    return None
