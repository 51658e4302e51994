"""The mutants of what is deployed, and how they are judged."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from differential_tests.contracts.artefacts import ROOT, replaced, sources
from differential_tests.mutation import kill
from differential_tests.mutation.compiling import Compiler, NotCompiledError, contracts_with, is_same
from differential_tests.mutation.fork import DiedError, call
from differential_tests.mutation.kill import Budget, Search, Verdict
from differential_tests.mutation.operators import find_mutants
from differential_tests.mutation.scenarios import SCRIPT
from differential_tests.mutation.spans import Mutant
from differential_tests.mutation.steering import Steering
from differential_tests.mutation.trees import Tree, find_names

MATH = "vyper_contracts/math/"
COMPILE_SECONDS = 60
FIRST, NEXT = 12, 4
"""Scenarios with the first contract that has the mutant in it, and with each one that follows."""

DOUBLES = ("AlphaPrecompile", "Receiver")
"""Contracts for tests whose mutants say nothing of what is deployed."""
ORACLE = ("oracle",)
PROTOCOL = (SCRIPT, "protocol")
OTHERS = {"PriceOracle": ORACLE, "IndexPriceOracle": ORACLE, "VaultShare": ("share",)}
"""The machines of the protocol's contracts, and of those that have one of their own."""
TESTS = {
    "vyper_contracts/MegaTAO.vy": ["attacks/test_proxy.py", "attacks/test_callers.py"],
    "vyper_contracts/oracles/IndexPriceOracle.vy": ["attacks/test_callers.py"],
    "vyper_contracts/tokens/VaultShare.vy": ["attacks/test_callers.py"],
    "vyper_contracts/oracles/feed.vy": ["attacks/test_callers.py"],
}
"""Tests of what no machine draws: how the proxy is deployed, calls by way of a contract, where gas is too low."""
LOCK_TESTS = ["attacks/test_reentrancy.py"]


class Contracts:
    """The Vyper side."""

    side = "contracts"

    def __init__(self) -> None:
        self._texts = {str(path.relative_to(ROOT)): path.read_text() for path in sources()}
        self._compiler = Compiler()
        self._steering = Steering({})

    def find(self) -> list[Mutant]:
        """Every mutant of every source that is deployed."""
        names = find_names(self._texts.items())
        deployed = {file: text for file, text in self._texts.items() if "/testing/" not in file}
        return [
            mutant for file, text in deployed.items() for mutant in find_mutants(Tree(file, text, names), self.side)
        ]

    def prepare(self, steering: Steering) -> None:
        """Make what all mutants share. Errors: BaselineError."""
        import differential_tests.mutation.proofs  # noqa: F401  loads the solvers once

        self._steering = steering
        self._compiler.analyse()
        kill.check_baseline([*LOCK_TESTS, *(file for files in TESTS.values() for file in files)])

    def judge(self, mutant: Mutant, seconds: float) -> Verdict:
        """Look for something that sees the mutant, in so many seconds of processor time."""
        budget, text = Budget(seconds), mutant.apply(self._texts[mutant.file])
        proved = self._prove(mutant, text) if mutant.file.startswith(MATH) else None
        if proved and proved.status != kill.ERROR:
            return proved
        names = {mutant.function} | self._compiler.callers.get((mutant.file, mutant.function), set())
        places = self._steering.mirrored({mutant.function}) or self._steering.mirrored(names)
        places += self._steering.named(mutant.before)
        search = Search(lambda machine: self._steering.order(machine, places), budget)
        tests = LOCK_TESTS if mutant.operator == "lock" else TESTS.get(mutant.file, [])
        initcodes: dict[str, bytes] = {}
        for name in self._order(mutant):
            if initcodes and budget.left < seconds / 3:
                break
            try:
                code = call(self._compiler.compile, name, {mutant.file: text}, seconds=COMPILE_SECONDS)
            except NotCompiledError as error:
                return Verdict(kill.DROPPED, kind="does not compile", detail=str(error))
            if is_same(code, name):
                continue
            initcodes[name] = code
            count = 1 if tests else FIRST if len(initcodes) == 1 else NEXT
            found = self._run(search, initcodes, OTHERS.get(name, PROTOCOL), count)
            if not found and len(initcodes) == 1:
                with replaced(initcodes):
                    found = kill.run_tests(tests, budget)
            if found:
                return found
        if not initcodes:
            return Verdict(kill.DROPPED, kind="same bytecode")
        own = dict.fromkeys(machine for name in initcodes for machine in OTHERS.get(name, ()))
        machines = (*own, *PROTOCOL)
        return self._run(search, initcodes, machines, None) or proved or kill.surviving(search)

    def _run(
        self, search: Search, initcodes: dict[str, bytes], machines: tuple[str, ...], count: int | None
    ) -> Verdict | None:
        with replaced(initcodes):
            return search.run(machines, count)

    def _order(self, mutant: Mutant) -> list[str]:
        """The contracts in whose code the mutant is, those of the fast machine first, then the smallest first."""
        reached = self._compiler.reached.get((mutant.file, mutant.function))
        names = [name for name in contracts_with(mutant.file) if name not in DOUBLES]
        known = [name for name in names if reached is None or name in reached]
        return sorted(known or names, key=lambda name: name not in OTHERS)

    def _prove(self, mutant: Mutant, text: str) -> Verdict | None:
        """The proof of the function, or of all that use the constant; None if it says nothing."""
        from differential_tests.mutation.proofs import prove_mutant

        topic = Path(mutant.file).stem
        names = self._users(mutant)
        try:
            rows = call(self._with_folder, text, topic, names, prove_mutant, seconds=kill.PROOF_SECONDS)
        except NotCompiledError as error:
            return Verdict(kill.DROPPED, kind="does not compile", detail=str(error))
        except DiedError:
            return None
        return kill_by_proof(rows, is_function=mutant.function in names)

    def _with_folder(self, text: str, topic: str, names: list[str], prove: Callable[..., Any]) -> Any:
        with TemporaryDirectory() as folder:
            shutil.copytree(ROOT / MATH, Path(folder) / MATH)
            (Path(folder) / MATH / f"{topic}.vy").write_text(text)
            return prove(topic, names, Path(folder))

    def _users(self, mutant: Mutant) -> list[str]:
        """The function that is changed, or those of its module that name the constant."""
        text = self._texts[mutant.file]
        bodies = {
            found["name"]: found[0] for found in re.finditer(r"^def (?P<name>\w+)\(.*?(?=^@|\Z)", text, re.M | re.S)
        }
        if mutant.function in bodies:
            return [mutant.function]
        return [name for name, body in bodies.items() if re.search(rf"\b{mutant.function}\b", body)]


def kill_by_proof(rows: list[Any], is_function: bool) -> Verdict | None:
    """What the proofs say. A function that is proved is equivalent; a constant may have other uses.

    ERROR: the prover has failed, which is told unless something else sees the mutant. None: they say nothing.
    """
    from differential_tests.symbolic.report import FAILURE, PROVED, REFUTED

    for row in rows:
        if row.status == REFUTED:
            return Verdict(kill.KILLED, kill.PROVER, kill.REFUTED, f"{row.rule} {row.message}"[:300])
    for row in rows:
        if row.message.startswith(FAILURE):
            return Verdict(kill.ERROR, kill.PROVER, detail=f"{row.rule} {row.message}"[:300])
    if is_function and rows and all(row.status == PROVED for row in rows):
        return Verdict(kill.EQUIVALENT, kill.PROVER, "proved", f"{rows[0].rule}: {rows[0].domain}")
    return None
