"""The reverts of each entry point, in order, as one flat list: found in the reference, call by call, raise by raise.

The reference raises nothing but `MegaTAOError`, so that the order of its statements is the order in which a call is
refused. A condition is the reference's own text, with the names of the function that asks.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from differential_tests.book.claims import CONTRACT, REFERENCE, STAMPED, Place, head_ids
from differential_tests.book.formulas import as_code
from differential_tests.book.markdown import table
from differential_tests.book.outline import chapters
from differential_tests.book.reach import Graph, Module
from differential_tests.book.rules import Rule
from differential_tests.book.trace import Trace
from differential_tests.contracts.artefacts import to_snake

ERRORS: Final = "reference.errors."
UNNAMED: Final = "CheckFailed"
"""The compiler's own checks: nobody should meet them, and they have no name."""
BOUND: Final = "STO-13"
"""The rule of the bound on amounts: who asks for it is more interesting than that it was asked."""
PREFIXES: Final = ("process_", "read_", "")
"""What the reference's functions have before an entry point's name."""
READ: Final = "reference.oracles.alpha_precompile.AlphaPrecompile.answer"
"""A read of the chain, for which a contract asks for gas that the reference does not have."""


@dataclass(frozen=True)
class Revert:
    """An error that a call may end with. rule: that says so, "" if the function has none. when: the conditions."""

    error: str
    rule: str
    when: tuple[str, ...]


GAS: Final = Revert("GasLow", "ORC-1", ("the gas does not cover the read's allowance",))
NOT_MODELLED: Final = {
    "reference.modules.custody.process_withdraw": Revert(
        "TransferFailed", "ACC-2", ("the owner's code refuses the TAO",)
    )
}
"""What a contract refuses last of all, and the reference does not know."""


class Reverts:
    """Finds them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.of = cache(self._of)

    def _of(self, dotted: str) -> tuple[Revert, ...]:
        """The reverts of a function of the reference, each once, in order."""
        if dotted == READ:
            return (GAS,)
        found = self._graph.definition(dotted)
        if found is None or not isinstance(found[2], ast.FunctionDef):
            return ()
        module, name, node = found[0], found[1], found[2]
        rule = next(iter(dict(head_ids(ast.get_docstring(node) or ""))), "")
        walk = _Walk(self, self._graph, module, name, node)
        listed = [*walk.block(node.body), *filter(None, [NOT_MODELLED.get(dotted)])]
        return tuple(dict.fromkeys(each if each.rule else replace(each, rule=rule) for each in listed))


class _Walk:
    """Goes through one function as it is run, and knows the classes of its names where they are declared."""

    def __init__(self, reverts: Reverts, graph: Graph, module: Module, name: str, node: ast.FunctionDef) -> None:
        self._reverts, self._graph, self._module = reverts, graph, module
        arguments = [*node.args.args, *node.args.kwonlyargs]
        self._classes = {each.arg: self._declared(module, each.annotation) for each in arguments}
        if "." in name:
            self._classes["self"] = f"{module.name}.{name.partition('.')[0]}"

    def block(self, statements: Iterable[ast.stmt]) -> Iterator[Revert]:
        """The reverts of statements, in order, each with the conditions under which it is reached."""
        for statement in statements:
            if isinstance(statement, ast.If):
                yield from self._calls(statement.test)
                condition = ast.unparse(statement.test)
                yield from map(partial(_under, condition), self.block(statement.body))
                yield from map(partial(_under, f"not ({condition})"), self.block(statement.orelse))
            elif isinstance(statement, ast.For | ast.While):
                yield from self._calls(statement.iter if isinstance(statement, ast.For) else statement.test)
                yield from self.block(statement.body)
            elif isinstance(statement, ast.Raise) and statement.exc is not None:
                target = self._graph.resolve(f"{self._module.name}.{ast.unparse(statement.exc)}") or ""
                if target.startswith(ERRORS) and not target.endswith(UNNAMED):
                    yield Revert(target.removeprefix(ERRORS), "", ())
            else:
                yield from self._calls(statement)
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                    self._classes[statement.targets[0].id] = self._class_of(statement.value)

    def _calls(self, node: ast.AST) -> Iterator[Revert]:
        """The reverts of the calls in an expression, or a statement of expressions, as they are evaluated."""
        for child in ast.iter_child_nodes(node):
            yield from self._calls(child)
        if isinstance(node, ast.Call) and (target := self._target(node.func)):
            for each in self._reverts.of(target):
                asked = f"{', '.join(map(ast.unparse, node.args))} >= AMOUNT_BOUND"
                yield replace(each, rule="", when=(asked,)) if each.rule == BOUND else each

    def _target(self, function: ast.expr) -> str:
        """The reference's function that is called; "" of any other."""
        if isinstance(function, ast.Name):
            return self._graph.resolve(f"{self._module.name}.{function.id}") or ""
        if not isinstance(function, ast.Attribute):
            return ""
        if isinstance(function.value, ast.Name) and function.value.id in self._module.names:
            return self._graph.resolve(f"{self._module.names[function.value.id]}.{function.attr}") or ""
        owner = self._class_of(function.value)
        return (owner and self._graph.resolve(f"{owner}.{function.attr}")) or ""

    def _class_of(self, node: ast.expr) -> str:
        """The reference's class of an expression, where it is declared; else ""."""
        if isinstance(node, ast.Name):
            return self._classes.get(node.id, "")
        if isinstance(node, ast.BoolOp):
            return next(filter(None, map(self._class_of, node.values)), "")
        if isinstance(node, ast.Attribute):
            module, _, name = self._class_of(node.value).rpartition(".")
            declaring = self._graph.modules.get(module)
            return self._declared(declaring, declaring.fields[name].get(node.attr)) if declaring else ""
        if isinstance(node, ast.Call):
            target = self._target(node.func)
            found = self._graph.definition(target)
            if found and isinstance(found[2], ast.FunctionDef):
                return self._declared(found[0], found[2].returns)
            return target
        return ""

    def _declared(self, module: Module, annotation: ast.expr | None) -> str:
        """The class that an annotation names, alone or beside None."""
        name = ast.unparse(annotation).strip("'").removesuffix(" | None") if annotation else ""
        return self._graph.resolve(f"{module.name}.{name}") or "" if name.isidentifier() else ""


def _under(condition: str, revert: Revert) -> Revert:
    """A revert that only comes under a condition; gas may be short at any read."""
    return revert if revert == GAS else replace(revert, when=(condition, *revert.when))


@dataclass(frozen=True)
class EntryPoint:
    """A function that users can call. place: in the contract. reference: its function there. rule: the first of its."""

    place: Place
    reference: Place
    rule: Rule
    reverts: tuple[Revert, ...]


def entry_points(trace: Trace) -> list[EntryPoint]:
    """The contracts' external functions that the reference has too, in the order of the chapters and their rules."""
    reverts, order = Reverts(trace.graph), chapters(trace.root / "spec")
    found = []
    for place in trace.places:
        if place.kind != CONTRACT or "external" not in place.decorators or "/testing/" in place.file:
            continue
        names = {f"{prefix}{to_snake(place.name)}" for prefix in PREFIXES}
        links = [trace.links[rule] for rule in place.rules if rule in trace.links]
        mirrors = [each for link in links for each in link.places[REFERENCE] if each.name.rpartition(".")[2] in names]
        found += [EntryPoint(place, each, links[0].rule, reverts.of(each.dotted)) for each in mirrors[:1]]

    def position(entry: EntryPoint) -> tuple[int, int]:
        chapter = f"{entry.rule.chapter}.md"
        return order.index(chapter) if chapter in order else len(order), entry.rule.line

    return sorted(found, key=position)


def reverts_table(trace: Trace) -> str:
    """A heading and the list of each entry point that can revert, by chapter; then the names of those that can't."""
    parts, chapter, never = [], "", []
    for entry in entry_points(trace):
        rule = entry.rule
        if not entry.reverts:
            never.append(f"[`{entry.place.name}`]({rule.target})")
            continue
        if rule.chapter != chapter:
            chapter = rule.chapter
            parts += [f"## {_title(trace, chapter)}", ""]
        parts += [f"### {entry.place.name}", "", f"{rule.link}, `{entry.place.key}`", ""]
        rows = (
            (f"{number}", f"`{each.error}`", trace.known[each.rule].link, _conditions(each) or "always")
            for number, each in enumerate(entry.reverts, 1)
        )
        parts += [table(("#:", "revert", "rule", "if"), rows), ""]
    return "\n".join([*parts, "## What never reverts", "", f"{', '.join(never)}."])


def _conditions(revert: Revert) -> str:
    """As code, unless they are in words."""
    in_words = revert == GAS or revert in NOT_MODELLED.values()
    return " and ".join(revert.when if in_words else map(as_code, revert.when))


def _title(trace: Trace, chapter: str) -> str:
    return (trace.root / "spec" / f"{chapter}.md").read_text().splitlines()[0].removeprefix("# ")


def unsaid(trace: Trace) -> Iterator[tuple[Place, str]]:
    """The reverts of an entry point that neither their rule's text names, nor a rule that it refers to."""
    for entry in entry_points(trace):
        for each in entry.reverts:
            rule = trace.known.get(each.rule)
            if rule is None:
                yield entry.reference, f"{each.error} has no rule"
                continue
            named = (trace.known[found[1]].text for found in STAMPED.finditer(rule.text) if found[1] in trace.known)
            if not any(re.search(rf"\b{each.error}\b", text) for text in (rule.text, *named)):
                yield entry.reference, f"{each.error} is not among the reverts of {rule.id}"
