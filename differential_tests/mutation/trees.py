"""One way to look at the trees of both languages: Vyper's are Python's with a few nodes of their own."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vyper import ast as vy_ast

from differential_tests.mutation.spans import Source

Node = Any
"""A node of vyper.ast or of ast."""

SKIPPED = {"annotation", "returns", "decorator_list", "doc_string", "args_annotation"}
"""Parts of a tree that no operator changes."""


@dataclass
class Names:
    """What is declared anywhere on one side: the types of records' fields and of stored variables, and functions."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    stored: dict[str, dict[str, str]] = field(default_factory=dict)
    """Types of a Vyper module's variables, by the module's name."""
    functions: set[str] = field(default_factory=set)
    returned: dict[str, str] = field(default_factory=dict)
    """Type that a function returns, where all functions of its name do."""


@dataclass(frozen=True)
class Function:
    """A function, as `class.name` where it is a method, with the types of its arguments and variables."""

    name: str
    node: Node
    types: dict[str, tuple[int, str]]
    """Line of the declaration and type."""


class Tree:
    """A parsed source."""

    def __init__(self, file: str, text: str, names: Names) -> None:
        self.file, self.source, self.names = file, Source(text), names
        self.is_vyper = file.endswith(".vy")
        self.root = parse(file, text)
        self.parents: dict[int, Node] = {}
        self._keep: list[Node] = [self.root]  # ids are of living nodes only

    @property
    def module(self) -> str:
        """The file's name without its ending."""
        return self.file.rpartition("/")[2].partition(".")[0]

    def functions(self) -> Iterator[Function]:
        """Every function with a body."""
        for owner, node in _functions(self.root):
            yield Function(f"{owner}.{node.name}" if owner else node.name, node, self._types(node))

    def constants(self) -> Iterator[tuple[str, Node]]:
        """Name and value of each constant whose value is an integer."""
        for node in children(self.root):
            if kind(node) in ("VariableDecl", "AnnAssign"):
                is_constant = node.is_constant if self.is_vyper else "Final" in self.source.of(node.annotation)
                if is_constant and node.value is not None and _is_number(node.value):
                    yield self.source.of(node.target), node.value

    def nodes(self, function: Function) -> Iterator[Node]:
        """The statements and expressions of a function's body, in the order of the text."""
        for statement in self.body(function):
            self.parents[id(statement)] = function.node
            yield from self._below(statement)

    def body(self, function: Function) -> list[Node]:
        """The statements of a function, without its docstring."""
        return [node for node in function.node.body if not _is_docstring(node)]

    def parent(self, node: Node) -> Node:
        """What a node is a part of; known once `nodes` has given it."""
        return self.parents.get(id(node))

    def blocks(self, function: Function) -> Iterator[list[Node]]:
        """Every list of statements in a function."""
        todo = [self.body(function)]
        while todo:
            block = todo.pop()
            yield block
            todo += [each for node in block for each in (_list(node, "body"), _list(node, "orelse")) if each]

    def type_of(self, node: Node, function: Function) -> str:
        """The type of a name or a field, as it is declared; "" if it is not known."""
        if kind(node) == "Name":
            return function.types.get(node.id, (0, ""))[1]
        if kind(node) == "Call":
            called = node.func
            return self.names.returned.get(
                called.attr if kind(called) == "Attribute" else getattr(called, "id", ""), ""
            )
        if kind(node) != "Attribute":
            return ""
        text = self.source.of(node)
        if text == "msg.sender":
            return "address"
        return self.fields_of(node.value, function).get(node.attr, "")

    def fields_of(self, node: Node, function: Function) -> dict[str, str]:
        """The types of the fields of an expression: of a record, or of a Vyper module's stored variables."""
        if self.is_vyper and kind(node) == "Name":
            module = self.module if node.id == "self" else node.id
            if module in self.names.stored:
                return self.names.stored[module]
        return self.names.records.get(self.type_of(node, function).rpartition(".")[2], {})

    def _below(self, node: Node) -> Iterator[Node]:
        yield node
        for child in children(node):
            self.parents[id(child)] = node
            yield from self._below(child)

    def _types(self, node: Node) -> dict[str, tuple[int, str]]:
        arguments = [*node.args.args, *getattr(node.args, "kwonlyargs", ())]
        types = {each.arg: (0, self.source.of(each.annotation)) for each in arguments if each.annotation is not None}
        for each in _descend(node):
            if kind(each) == "AnnAssign" and kind(each.target) == "Name":
                types[each.target.id] = each.lineno, self.source.of(each.annotation)
            if kind(each) == "Assign" and not self.is_vyper and kind(each.targets[0]) == "Name":
                function = Function("", node, types)
                found = "int" if kind(each.value) == "BinOp" else self.type_of(each.value, function)
                types.setdefault(each.targets[0].id, (each.lineno, found))
        return types


def parse(file: str, text: str) -> Node:
    """The tree of a source."""
    if file.endswith(".vy"):
        return vy_ast.parse_to_ast(text, module_path=file, resolved_path=file)
    return ast.parse(text, file)


def find_names(sources: Iterable[tuple[str, str]]) -> Names:
    """What these files (name and text) declare."""
    names, returned = Names(), dict[str, set[str]]()
    for file, text in sources:
        source, root = Source(text), parse(file, text)
        module = file.rpartition("/")[2].partition(".")[0]
        for node in children(root):
            if kind(node) in ("StructDef", "ClassDef"):
                fields = [each for each in node.body if kind(each) == "AnnAssign"]
                names.records[node.name] = {source.of(each.target): source.of(each.annotation) for each in fields}
            if kind(node) == "VariableDecl" and not (node.is_constant or node.is_immutable):
                names.stored.setdefault(module, {})[source.of(node.target)] = source.of(node.annotation)
        for _, node in _functions(root):
            names.functions.add(node.name)
            returned.setdefault(node.name, set()).add(source.of(node.returns) if node.returns else "")
    names.returned = {name: types.pop() for name, types in returned.items() if len(types) == 1}
    return names


def kind(node: Node) -> str:
    """The name of a node's class."""
    return type(node).__name__


def children(node: Node) -> list[Node]:
    """The direct parts of a node that can be changed, in the order of the text."""
    if isinstance(node, ast.AST):
        found = [
            child
            for name, value in ast.iter_fields(node)
            if name not in SKIPPED
            for child in (value if isinstance(value, list) else [value])
            if isinstance(child, ast.AST)
        ]
    else:
        skipped = [getattr(node, name, None) for name in SKIPPED]
        found = [child for child in node.get_children() if not any(child is each for each in skipped)]
        skipped_lists = [each for each in skipped if isinstance(each, list)]
        found = [child for child in found if not any(child is each for every in skipped_lists for each in every)]
    found = [child for child in found if getattr(child, "lineno", None) is not None and not _is_docstring(child)]
    return sorted(found, key=lambda child: (child.lineno, child.col_offset))


def number(node: Node) -> int | None:
    """The value of an integer literal."""
    value = getattr(node, "value", None)
    is_literal = kind(node) == "Int" or (kind(node) == "Constant" and type(value) is int)
    return value if is_literal else None


def truth(node: Node) -> bool | None:
    """The value of a literal True or False."""
    value = getattr(node, "value", None)
    return value if kind(node) in ("NameConstant", "Constant") and isinstance(value, bool) else None


def _is_number(node: Node) -> bool:
    if kind(node) == "BinOp":
        return _is_number(node.left) and _is_number(node.right)
    return number(node) is not None


def _is_docstring(node: Node) -> bool:
    if kind(node) == "DocStr":
        return True
    return kind(node) == "Expr" and kind(node.value) in ("Constant", "Str") and isinstance(node.value.value, str)


def _functions(root: Node) -> Iterator[tuple[str, Node]]:
    for node in children(root):
        if kind(node) == "FunctionDef":
            yield "", node
        if kind(node) == "ClassDef":
            yield from ((node.name, each) for each in node.body if kind(each) == "FunctionDef")


def _descend(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _descend(child)


def _list(node: Node, name: str) -> list[Node]:
    found = getattr(node, name, None)
    return found if isinstance(found, list) else []
