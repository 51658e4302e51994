"""Changed functions for the tests of the prover: many changes to one compilation, each proved by itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from differential_tests.mutation.faults import Fault
from differential_tests.symbolic import ROOT
from differential_tests.symbolic.callee import callees_of
from differential_tests.symbolic.evm.compiled import MATH, MathFunction, compile_harness, math_functions
from differential_tests.symbolic.evm.concrete import Machine, run_reference
from differential_tests.symbolic.evm.entry import Entry, make_entry
from differential_tests.symbolic.prove import prove
from differential_tests.symbolic.report import Counterexample, Row
from differential_tests.symbolic.samples import SAMPLES, references
from differential_tests.symbolic.solver.questions import Options

_PART = re.compile(r"^def (?P<function>\w+)\(.*?(?=^@|\Z)|^(?P<constant>\w+): [^\n]*constant\([^\n]*", re.M | re.S)


class Mutant(NamedTuple):
    """A change of one function's text or, if `before` does not stand there, of a constant that the function uses."""

    function: str
    """`topic.name`."""
    before: str
    after: str

    @property
    def topic(self) -> str:
        """The module."""
        return self.function.partition(".")[0]

    @property
    def name(self) -> str:
        """The function, without its module."""
        return self.function.partition(".")[2]

    @property
    def place(self) -> str:
        """The function or the constant whose text changes."""
        parts = _parts(self.topic)
        used = [self.name, *sorted(_used(self.topic, self.name) - {self.name})]
        for place in used:
            if self.before in parts[place]:
                return place
        raise LookupError(f"{self.function} no longer says {self.before!r}, nor does what it uses")

    def apply(self, text: str) -> str:
        """The module's text with the change in it."""
        part = _parts(self.topic)[self.place]
        return text.replace(part, part.replace(self.before, self.after, 1), 1)

    def __str__(self) -> str:
        return f"{self.function}-{self.after or self.before}".replace("\n", " ")[:60]


def mutant_of(fault: Fault) -> Mutant:
    """The fault as the change of the function of a mathematical module in whose text it stands."""
    topic = Path(fault.file).name
    [name] = [function.name for function in _functions(topic) if fault.good in _parts(topic)[function.name]]
    return Mutant(f"{topic}.{name}", fault.good, fault.bad)


class Batch:
    """Mutants that are compiled together, as far as none of them changes what another one uses."""

    def __init__(self, mutants: Iterable[Mutant]) -> None:
        self._groups: list[list[Mutant]] = []
        self._entries: dict[Mutant, Entry] = {}
        for mutant in mutants:
            group = next((g for g in self._groups if all(_are_independent(mutant, other) for other in g)), None)
            if group is None:
                self._groups.append([mutant])
            else:
                group.append(mutant)

    def entry(self, mutant: Mutant) -> Entry:
        """The way into the changed function."""
        if mutant not in self._entries:
            self._entries |= _compile(next(group for group in self._groups if mutant in group))
        return self._entries[mutant]

    def prove(self, mutant: Mutant, options: Options) -> Row:
        """Prove the changed function against the reference, which does not change."""
        return prove("SAM-0", references()[mutant.function], self.entry(mutant), options)


def replay(found: Counterexample, reference: Callable[..., Any], entry: Entry) -> Counterexample:
    """The counterexample's arguments with the ends of a new run of both sides."""
    words = [entry.types[name].to_word(value) for name, value in found.args.items()]
    contract = Machine(entry.code).call(words)
    return Counterexample(
        found.args, str(contract), str(run_reference(reference, found.args, entry.types, entry.returns))
    )


def _are_independent(one: Mutant, other: Mutant) -> bool:
    """Whether neither of two mutants of one module changes what the other one is proved of."""
    return (
        one.topic == other.topic
        and one.place not in _used(other.topic, other.name)
        and other.place not in _used(one.topic, one.name)
    )


def _compile(group: Sequence[Mutant]) -> dict[Mutant, Entry]:
    """The entries of mutants of one module, in one harness."""
    topic, names = group[0].topic, {mutant.name for mutant in group}
    text = _path(topic).read_text()
    for mutant in group:
        text = mutant.apply(text)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(_root(topic) / MATH, root / MATH)
        (root / MATH / f"{topic}.vy").write_text(text)
        contract = compile_harness([function for function in _functions(topic) if function.name in names], root)
    keys = {mutant: (topic, mutant.name) for mutant in group}
    return {
        mutant: make_entry(contract, contract.functions[key], callees_of(contract, key)) for mutant, key in keys.items()
    }


def _root(topic: str) -> Path:
    return SAMPLES if topic == "sample" else ROOT


def _path(topic: str) -> Path:
    return _root(topic) / MATH / f"{topic}.vy"


@cache
def _functions(topic: str) -> list[MathFunction]:
    return math_functions(_root(topic), topic)


@cache
def _parts(topic: str) -> dict[str, str]:
    """The text of each function and of each constant of a module."""
    found = _PART.finditer(_path(topic).read_text())
    return {part["function"] or part["constant"]: part[0] for part in found}


@cache
def _used(topic: str, name: str) -> frozenset[str]:
    """The functions and constants of its module that a function is made of: itself, and all that these name."""
    parts = _parts(topic)
    found, todo = set[str](), {name}
    while todo:
        found |= todo
        words = {word for part in todo for word in re.findall(r"\w+", parts[part])}
        todo = words & parts.keys() - found
    return frozenset(found)
