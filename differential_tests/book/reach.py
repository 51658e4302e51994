"""What reaches what: the names that each function of the reference, the machines, the properties and tests mentions.

It reads sources and runs nothing. A name is followed to its definition; `self.x`, and `x` of an argument whose class is
said, to the methods of that name in the class, its bases and its subclasses; `something.x` to all methods of that name
in the reference and the machines; `do("open")` to the action of that name. So it may find too much, never too little
but where a name is made up at run time. A test runs the machines and sees that what the graph says they reach is
reached.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from differential_tests.book.claims import parse
from differential_tests.book.rules import ROOT
from differential_tests.contracts.files import find_files

MACHINES: Final = "differential_tests.machines"
EVERY_STEP: Final = "every step"
ROWS: Final = {"Action": 3, "Entry": 1}
"""What makes a row of a table of actions, and which of its arguments says what is run."""


@dataclass
class Module:
    """A module. names: what its names stand for, as dotted names. nodes: its definitions, by qualified name.

    fields: of its classes, with their annotations.
    """

    name: str
    names: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, ast.AST] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, dict[str, ast.expr]] = field(default_factory=dict)


def _load(name: str, path: Path) -> Module:
    module = Module(name)
    body = parse(path).body
    body += [each for node in body if isinstance(node, ast.If) for each in node.body]  # what is for types only
    for node in body:
        if isinstance(node, ast.Import):
            module.names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module.names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        else:
            _define(module, node)
    module.names |= {own: f"{name}.{own}" for own in module.nodes if "." not in own}
    return module


def _define(module: Module, node: ast.stmt) -> None:
    if isinstance(node, ast.FunctionDef):
        module.nodes[node.name] = node
    elif isinstance(node, ast.ClassDef):
        module.nodes[node.name] = ast.Module([], [])
        module.bases[node.name] = [ast.unparse(base) for base in node.bases]
        methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
        module.nodes |= {f"{node.name}.{method.name}": method for method in methods}
        declared = (each for each in node.body if isinstance(each, ast.AnnAssign))
        module.fields[node.name] = {ast.unparse(each.target): each.annotation for each in declared}
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        module.nodes |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}


class Graph:
    """The graph over the given files of a root."""

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        self.modules = {
            name: _load(name, path)
            for path in files
            for name in [".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")]
        }
        self._methods: dict[str, set[str]] = defaultdict(set)
        for module in self.modules.values():
            for qualified in module.nodes:
                owner, _, method = qualified.partition(".")
                if method and module.name.startswith(("reference.", f"{MACHINES}.")):
                    self._methods[method].add(f"{module.name}.{owner}.{method}")
        self._families = self._relate()
        self.edges = {
            f"{module.name}.{qualified}": set(self._mentions(module, qualified, node))
            for module in self.modules.values()
            for qualified, node in module.nodes.items()
        }

    def _split(self, dotted: str) -> tuple[Module, str] | None:
        """The module and the rest of a dotted name."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is not None:
                return module, ".".join(parts[length:])
        return None

    def resolve(self, dotted: str) -> str | None:
        """The definition that a dotted name leads to, through imports."""
        for _ in range(10):
            found = self._split(dotted)
            if found is None:
                return None
            module, rest = found
            if not rest or rest in module.nodes:
                return dotted if rest else None
            head, _, tail = rest.partition(".")
            target = module.names.get(head)
            if target is None or target == dotted:
                return None
            dotted = f"{target}.{tail}" if tail else target
        return None

    def definition(self, dotted: str) -> tuple[Module, str, ast.AST] | None:
        """The module of a definition, its name there, and its node."""
        module, name = self._split(dotted) or (None, "")
        return (module, name, module.nodes[name]) if module and name in module.nodes else None

    def _relate(self) -> dict[str, set[str]]:
        """The bases and the subclasses of each class, itself included."""
        up: dict[str, set[str]] = {}
        for module in self.modules.values():
            for name, bases in module.bases.items():
                resolved = (self.resolve(f"{module.name}.{base}") for base in bases)
                up[f"{module.name}.{name}"] = {base for base in resolved if base}

        @cache
        def ancestors(name: str) -> frozenset[str]:
            return frozenset({name}.union(*(ancestors(base) for base in up.get(name, ()))))

        families: dict[str, set[str]] = defaultdict(set)
        for name in up:
            for ancestor in ancestors(name):
                families[name].add(ancestor)
                families[ancestor] |= {name}
        return {name: set().union(*(ancestors(each) for each in family)) for name, family in families.items()}

    def _mentions(self, module: Module, qualified: str, node: ast.AST) -> Iterator[str]:
        owner = f"{module.name}.{qualified.partition('.')[0]}" if "." in qualified else ""
        classes = {"self": owner} if owner else {}
        if isinstance(node, ast.FunctionDef):
            said = {arg.arg: ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation}
            classes |= {name: self.resolve(f"{module.name}.{each}") or "" for name, each in said.items()}
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                target = self.resolve(f"{module.name}.{each.id}")
                if target:
                    yield target
            elif isinstance(each, ast.Attribute):
                yield from self._attribute(module, classes, each)

    def _attribute(self, module: Module, classes: Mapping[str, str], node: ast.Attribute) -> Iterator[str]:
        if isinstance(node.value, ast.Name):
            owner = classes.get(node.value.id, "")
            if owner in self._families:
                for each in self._families[owner]:
                    if self.resolve(f"{each}.{node.attr}"):
                        yield f"{each}.{node.attr}"
                return
            base = self.resolve(f"{module.name}.{node.value.id}")
            if base in self.modules or f"{module.name}.{node.value.id}" in self.modules:
                base = None
            target = self.resolve(f"{module.names.get(node.value.id, '')}.{node.attr}")
            if target is None and base:  # an alias of a class, such as W = ProtocolWorld
                names = [self.resolve(f"{each}.{node.attr}") for each in self._class_of(base)]
                yield from (name for name in names if name)
                return
            if target:
                yield target
                return
        yield from self._methods.get(node.attr, ())

    def _class_of(self, name: str) -> set[str]:
        if name in self._families:
            return self._families[name]
        found = self._split(name)
        if found and found[1] in found[0].nodes:
            value = found[0].nodes[found[1]]
            if isinstance(value, ast.Name):
                target = self.resolve(f"{found[0].name}.{value.id}")
                return self._families.get(target or "", set())
        return set()

    def reached(self, starts: Iterable[str], through: Callable[[str], bool] = lambda _: True) -> set[str]:
        """All that can be reached from some definitions by way of such as `through` lets pass, themselves included."""
        seen = set(starts)
        todo = list(seen)
        while todo:
            for target in self.edges.get(todo.pop(), ()):
                if target not in seen and through(target):
                    seen.add(target)
                    todo.append(target)
        return seen

    def _rows_of(self, module: str) -> Iterator[tuple[str, set[str]]]:
        """The rows of a module's table and of the lists that are part of it: the action, and what it runs.

        Those of entry points run what is theirs: the function of the reference, and the quote.
        """
        for dotted in [f"{module}.TABLE", *sorted(self.edges[f"{module}.TABLE"])]:
            found = self._split(dotted)
            node = found[0].nodes.get(found[1]) if found else None
            if not found or not isinstance(node, ast.List | ast.Tuple | ast.Call):
                continue
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ROWS:
                    named = {each.arg: each.value for each in call.keywords}
                    name, runs = named.get("action", call.args[0]), [call.args[ROWS[call.func.id]]]
                    if call.func.id == "Entry":
                        runs += [ast.parse("Entry.run", mode="eval").body, *filter(None, [named.get("quote")])]
                    assert isinstance(name, ast.Constant)  # noqa: S101  a row says its name
                    yield str(name.value), {each for run in runs for each in self._mentions(found[0], "", run)}

    def _done_by(self, name: str) -> Iterator[str]:
        """The actions that a function does by name."""
        found = self._split(name)
        for each in ast.walk(found[0].nodes[found[1]]) if found else ():
            if not isinstance(each, ast.Call) or ast.unparse(each.func).rpartition(".")[2] != "do":
                continue
            if isinstance(each.args[0], ast.Constant):
                yield str(each.args[0].value)

    def tables(self) -> dict[str, str]:
        """The modules of the machines' tables of actions, by the machine's name."""
        module = self.modules[MACHINES]
        calls = (node for node in ast.walk(module.nodes["MACHINES"]) if isinstance(node, ast.Call))
        tables = (
            (ast.literal_eval(call.args[0]), call.args[2])
            for call in calls
            if isinstance(call.func, ast.Name) and call.func.id == "Machine"
        )
        return {
            name: module.names[table.value.id]
            for name, table in tables
            if isinstance(table, ast.Attribute) and isinstance(table.value, ast.Name)
        }

    def actions(self, table: str) -> Mapping[str, set[str]]:
        """What of the reference the actions of a machine's table compare with, by the action's name.

        What more than half of the actions share is the machinery: it is no action's. What only it reaches, such as
        the encoding of storage, stands under EVERY_STEP.
        """
        rows = dict(self._rows_of(table))
        starts = {
            name: runs.union(*(rows[done] for run in runs for done in self._done_by(run)))
            for name, runs in rows.items()
        }
        whole = f"{table}.TABLE"
        own = {
            name: self.reached(runs, lambda target: target != whole and not _is_reference(target))
            for name, runs in starts.items()
        }
        count = Counter(node for nodes in own.values() for node in nodes)
        shared = {node for node, times in count.items() if 2 * times > len(own)}
        found = {
            name: set(filter(_is_reference, self.reached(runs, lambda target: target not in {whole, *shared})))
            for name, runs in starts.items()
        }
        shared_parts = self.reached(shared, lambda target: target != whole)
        every = set(filter(_is_reference, shared_parts))
        found[EVERY_STEP] = every.difference(*found.values())
        return found


def _is_reference(name: str) -> bool:
    return name.startswith("reference.")


def load_graph(root: Path = ROOT) -> Graph:
    """The graph of the reference, the machines, the properties and the tests."""
    tests = root / "differential_tests"
    files = [*find_files(root / "reference", "*.py"), *find_files(tests, "*.py")]
    return Graph(root, sorted(files))
