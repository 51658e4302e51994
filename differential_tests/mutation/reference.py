"""The mutants of the reference, and how they are judged: against the contracts as they are."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

from differential_tests.contracts.artefacts import ROOT
from differential_tests.contracts.files import find_files
from differential_tests.mutation import kill
from differential_tests.mutation.contracts import kill_by_proof
from differential_tests.mutation.fork import DiedError, call
from differential_tests.mutation.kill import Budget, Search, Verdict
from differential_tests.mutation.operators import find_mutants
from differential_tests.mutation.scenarios import CRASH, SCRIPT
from differential_tests.mutation.spans import Mutant
from differential_tests.mutation.steering import SCENARIOS, Steering
from differential_tests.mutation.trees import Tree, find_names

LEFT_OUT = ("reference/presets.py", "reference/errors.py", "reference/events.py")
"""Without behaviour: what markets are listed under, on both sides alike; names and fields."""

FIRST = 12
"""Scenarios of the first machine that runs the mutant, before the other one has its turn."""

TESTS = {"reference/proxy.py": ["attacks/test_proxy.py"]}
FASTEST_FIRST = sorted(SCENARIOS, key=lambda name: name not in (SCRIPT, "oracle"))
ALL_TESTS = ["golden/test_golden_math.py", "golden/test_golden_state.py", "golden/test_reference_corners.py"]
"""Tests with fixed numbers, or of what no machine draws."""

MATH = "reference/math/"

KEPT = ("differential_tests", "differential_tests.contracts.artefacts", "differential_tests.mutation")
"""Modules that know nothing of the reference; all others are imported anew by a mutant's process."""


class Reference:
    """The Python side."""

    side = "reference"

    def __init__(self) -> None:
        files = find_files(ROOT / "reference", "*.py")
        self._texts = {str(path.relative_to(ROOT)): path.read_text() for path in files}
        self._steering = Steering({})

    def find(self) -> list[Mutant]:
        """Every mutant of every module with behaviour."""
        names = find_names(self._texts.items())
        kept = {file: text for file, text in self._texts.items() if file not in LEFT_OUT}
        return [mutant for file, text in kept.items() for mutant in find_mutants(Tree(file, text, names), self.side)]

    def prepare(self, steering: Steering) -> None:
        """Make what all mutants share. Errors: BaselineError."""
        from differential_tests.mutation.proofs import compile_topic
        from differential_tests.symbolic.evm.compiled import math_paths

        self._steering = steering
        self._compiled = {path.stem: compile_topic(path.stem) for path in math_paths(ROOT)}
        kill.check_baseline([*ALL_TESTS, *(file for files in TESTS.values() for file in files)])

    def judge(self, mutant: Mutant, seconds: float) -> Verdict:
        """Look for something that sees the mutant, in so many seconds of processor time."""
        budget = Budget(seconds)
        try:
            _import_anew(mutant.file, mutant.apply(self._texts[mutant.file]))
        except Exception as error:
            return Verdict(kill.KILLED, "import", CRASH, f"{type(error).__name__}: {error}")
        proved = self._prove(mutant)
        if proved and proved.status != kill.ERROR:
            return proved
        end = mutant.line + mutant.before.count("\n")
        places = [(mutant.file, line) for line in range(mutant.line, end + 1)]
        search = Search(lambda machine: self._steering.order(machine, places), budget)
        reached = [name for name in FASTEST_FIRST if self._is_reached(name, places)]
        return (
            search.run(reached, FIRST)
            or kill.run_tests(TESTS.get(mutant.file, []), budget)
            or search.run(reached or ["protocol"], None if reached else FIRST)
            or kill.run_tests(ALL_TESTS, Budget(kill.TEST_SECONDS))
            or proved
            or kill.surviving(search)
        )

    def _is_reached(self, machine: str, places: Sequence[tuple[str, int]]) -> bool:
        known = self._steering.lines.get(machine, {})
        return any(known.get(file, {}).get(line) for file, line in places)

    def _prove(self, mutant: Mutant) -> Verdict | None:
        from differential_tests.mutation.proofs import prove_reference

        topic = Path(mutant.file).stem if mutant.file.startswith(MATH) else ""
        known, compiled = self._compiled.get(topic, ([], b""))
        is_function = mutant.function in known
        if not known or not (is_function or mutant.function.isupper()):
            return None
        names = [mutant.function] if is_function else known
        try:
            return kill_by_proof(call(prove_reference, topic, names, compiled, seconds=kill.PROOF_SECONDS), is_function)
        except DiedError:
            return None


def _import_anew(file: str, text: str) -> None:
    """Forget all that has imported the reference, and import it with one module changed."""
    for name in [each for each in sys.modules if each.partition(".")[0] in ("reference", "differential_tests")]:
        if name not in KEPT and not name.startswith(f"{KEPT[-1]}."):
            del sys.modules[name]
    sys.modules.pop("differential_tests.mutation.proofs", None)
    sys.meta_path.insert(0, _Finder(file.removesuffix(".py").replace("/", "."), text))
    import differential_tests.machines  # noqa: F401  imports all of the reference that is ever run


class _Finder(MetaPathFinder, Loader):
    """Finds one module, whose text is another one than its file's."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The module itself; nothing else."""
        del path, target
        return spec_from_loader(fullname, self, origin=self._file) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed text."""
        module.__file__ = self._file
        exec(compile(self._text, self._file, "exec"), module.__dict__)  # noqa: S102  that is what a mutant is for

    @property
    def _file(self) -> str:
        return str(ROOT / f"{self._name.replace('.', '/')}.py")
