"""The ways in which a source can be broken. Each yields changes of one node, as edits of the text."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from differential_tests.mutation.spans import Edit, Mutant, make_mutant
from differential_tests.mutation.trees import Function, Node, Tree, kind, number, truth

Change = tuple[Edit, ...]

ARITHMETIC = {"+": "-", "-": "+", "*": "+", "//": "*", "%": "//", "<<": ">>", ">>": "<<"}
COMPARISON = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
CALLS = {
    "min": "max",
    "max": "min",
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_add",
    "unsafe_div": "unsafe_mul",
}
COMMUTATIVE = ("min", "max", "unsafe_add", "unsafe_mul")
SIDES = {"LONG": "SHORT", "SHORT": "LONG", "longs": "shorts", "shorts": "longs", "gap_up": "gap_down"}
SIDES |= {"gap_down": "gap_up"}
NEGATED = ("is_long", "is_buy")
ACCRUAL = re.compile(r"accrue|touch|settle|recache|_feed|interest_at|touched_at|fed_at|fed_block|increased_at")
MOVERS = ("raw_call", "send")
"""Vyper's calls whose first argument gets TAO or control."""


def arithmetic(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """Another operation; the other one of two extremes; a sign or an absolute value less."""
    if kind(node) == "BinOp":
        yield from _token(tree, node.left, node.right, ARITHMETIC)
    elif kind(node) == "AugAssign":
        yield from _token(tree, node.target, node.value, {"+=": "-=", "-=": "+="})
    elif kind(node) == "Call" and kind(node.func) == "Name":
        if node.func.id in CALLS:
            yield (_edit(tree, node.func, CALLS[node.func.id]),)
        elif node.func.id == "abs":
            yield (_edit(tree, node, f"({tree.source.of(node.args[0])})"),)
    elif kind(node) == "UnaryOp" and kind(node.op) == "USub" and number(node.operand) is None:
        yield (_edit(tree, node, f"({tree.source.of(node.operand)})"),)


def comparison(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """The edge of a comparison is moved; equal becomes unequal."""
    if kind(node) == "Compare":
        right = node.right if tree.is_vyper else node.comparators[0]
        yield from _token(tree, node.left, right, COMPARISON)


def rounding(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """The function that rounds the other way; up instead of down."""
    called = node.func if kind(node) == "Call" else None
    name = "" if called is None else called.attr if kind(called) == "Attribute" else getattr(called, "id", "")
    for one, other in (("_up", "_down"), ("_down", "_up")):
        if name.endswith(one) and name.removesuffix(one) + other in tree.names.functions:
            end = tree.source.span(called)[1]
            yield (Edit(end - len(one), end, other),)
    if kind(node) == "BinOp" and kind(node.op) == "FloorDiv":
        left, right = tree.source.of(node.left), tree.source.of(node.right)
        yield (_edit(tree, node, f"(({left}) + ({right}) - 1) // ({right})"),)


def constant(tree: Tree, node: Node, function: Function) -> Iterator[Change]:
    """A number is one more or one less; True is False. Not where Vyper wants a value that nothing reads."""
    if tree.is_vyper and _is_placeholder(tree, node, function):
        return
    value = number(node)
    if value is not None:
        yield (_edit(tree, node, str(value + 1)),)
        if value > 0:
            yield (_edit(tree, node, str(value - 1)),)
    if truth(node) is not None:
        yield (_edit(tree, node, str(not truth(node))),)


def check(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """A check is not made."""
    if kind(node) == "Assert":
        yield (_edit(tree, node, "pass"),)
    elif kind(node) == "If" and len(node.body) == 1 and kind(node.body[0]) == "Raise":
        yield (_edit(tree, node.test, "False"),)
    elif kind(node) == "Call" and re.search(r"\b_?validate_\w+$", tree.source.of(node.func)):
        if kind(tree.parent(node)) == "Expr":
            yield (_edit(tree, tree.parent(node), "pass"),)
        elif len(node.args) == 1:
            yield (_edit(tree, node, f"({tree.source.of(node.args[0])})"),)


def condition(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """A condition is negated, or loses a part, or "and" is "or"."""
    if kind(node) in ("If", "IfExp") and not (kind(node) == "If" and kind(node.body[0]) == "Raise"):
        yield (_edit(tree, node.test, f"not ({tree.source.of(node.test)})"),)
    if kind(node) == "BoolOp":
        word, other = ("and", "or") if kind(node.op) == "And" else ("or", "and")
        pairs = list(zip(node.values, node.values[1:], strict=False))
        yield tuple(edit for pair in pairs for change in _token(tree, *pair, {word: other}) for edit in change)
        for value in node.values:
            rest = f" {word} ".join(tree.source.of(each) for each in node.values if each is not value)
            yield (_edit(tree, node, f"({rest})"),)


def write(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """A field or a stored word is not written; two of a row of results change places."""
    if kind(node) == "AugAssign" or (kind(node) == "Assign" and _is_place(_target(node))):
        yield (_edit(tree, node, "pass"),)
    if kind(node) == "Assign" and kind(_target(node)) == "Tuple":
        targets = _elements(_target(node))
        yield from (_exchange(tree, one, other) for one, other in itertools.pairwise(targets))


def swapped_writes(tree: Tree, function: Function) -> Iterator[Change]:
    """Two writes in a row write each other's values."""
    for block in tree.blocks(function):
        for one, other in itertools.pairwise(block):
            if all(kind(each) == "Assign" and _is_place(_target(each)) for each in (one, other)):
                yield _exchange(tree, one.value, other.value)


def accrual(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """An accrual is left out."""
    if (
        kind(node) == "Call"
        and len(node.args) == 1
        and re.search(r"recache$|_feed$|settle$", tree.source.of(node.func))
    ) and kind(tree.parent(node)) != "Expr":
        yield (_edit(tree, node, f"({tree.source.of(node.args[0])})"),)
    if kind(node) == "Expr" and ACCRUAL.search(tree.source.of(node)):
        yield (_edit(tree, node, "pass"),)
    if kind(node) == "AugAssign" and kind(_target(node)) == "Name" and ACCRUAL.search(tree.source.of(node)):
        yield (_edit(tree, node, "pass"),)


def moved_accruals(tree: Tree, function: Function) -> Iterator[Change]:
    """An accrual and the statement after it change places."""
    for block in tree.blocks(function):
        for one, other in itertools.pairwise(block):
            simple = ("Assign", "AugAssign", "Expr", "AnnAssign", "Assert")
            is_accrual = ACCRUAL.search(tree.source.of(one)) and kind(one) in simple and kind(other) in simple
            if is_accrual and _depend(tree, one, other):
                yield _exchange(tree, one, other)


def _depend(tree: Tree, one: Node, other: Node) -> bool:
    """Whether it can matter which of two statements comes first: one of them writes what is in the other."""
    texts = [tree.source.of(each) for each in (one, other)]
    if any(kind(each) in ("Expr", "Assert") for each in (one, other)):
        return True
    roots = [set(re.findall(r"(?<![.\w])\w+", tree.source.of(_target(each)))) for each in (one, other)]
    return any(
        re.search(rf"(?<![.\w]){root}\b", text)
        for found, text in zip(roots, reversed(texts), strict=True)
        for root in found
    )


def side(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """Long is short, above is below."""
    name = node.attr if kind(node) == "Attribute" else node.id if kind(node) == "Name" else ""
    if kind(node) == "Attribute" and kind(tree.parent(node)) == "Call" and tree.parent(node).func is node:
        return
    if name in SIDES:
        end = tree.source.span(node)[1]
        yield (Edit(end - len(name), end, SIDES[name]),)
    elif name in NEGATED and not _is_target(tree, node):
        yield (_edit(tree, node, f"(not {tree.source.of(node)})"),)


def event(tree: Tree, node: Node, _: Function) -> Iterator[Change]:
    """An event is not logged."""
    if kind(node) == "Log":
        yield (_edit(tree, node, "pass"),)
    elif not tree.is_vyper and kind(node) == "List" and node.elts:
        for item in node.elts:
            if kind(item) == "Call" and kind(item.func) == "Name" and item.func.id[0].isupper():
                yield (
                    _edit(tree, node, f"[{', '.join(tree.source.of(each) for each in node.elts if each is not item)}]"),
                )


def lock(tree: Tree, function: Function) -> Iterator[Change]:
    """A function may be entered again."""
    for node in getattr(function.node, "decorator_list", ()):
        if tree.source.of(node) == "nonreentrant":
            start, end = tree.source.lines(*tree.source.span(node))
            yield (Edit(start, end + 1, ""),)


def receiver(tree: Tree, node: Node, function: Function) -> Iterator[Change]:
    """TAO, a call or a right goes to another address."""
    if not tree.is_vyper or _is_target(tree, node):
        return
    if kind(node) == "Call" and kind(node.func) == "Name" and node.func.id in MOVERS:
        to = tree.source.of(node.args[0])
        yield (_edit(tree, node.args[0], "self" if to == "msg.sender" else "msg.sender"),)
    if tree.type_of(node, function) == "address" and tree.source.of(node) == "msg.sender":
        yield (_edit(tree, node, "tx.origin"),)
        yield (_edit(tree, node, "self"),)


def name(tree: Tree, node: Node, function: Function) -> Iterator[Change]:
    """Another variable, or another field, of the same type; two arguments of one type change places."""
    if kind(node) == "Name" and not _is_target(tree, node) and node.id in function.types:
        own = function.types[node.id][1]
        same = [each for each, (line, type_) in function.types.items() if type_ == own and line < node.lineno]
        if own and node.id in same and len(same) > 1:
            yield (_edit(tree, node, same[(same.index(node.id) + 1) % len(same)]),)
    elif kind(node) == "Attribute":
        fields = tree.fields_of(node.value, function)
        same = [each for each, type_ in fields.items() if type_ == fields.get(node.attr)]
        if len(same) > 1:
            end = tree.source.span(node)[1]
            yield (Edit(end - len(node.attr), end, same[(same.index(node.attr) + 1) % len(same)]),)
    elif kind(node) == "Call" and getattr(node.func, "id", "") not in COMMUTATIVE:
        for one, other in zip(node.args, node.args[1:], strict=False):
            types = {tree.type_of(each, function) for each in (one, other)}
            if len(types) == 1 and "" not in types and tree.source.of(one) != tree.source.of(other):
                yield _exchange(tree, one, other)


BY_NODE: dict[str, Callable[[Tree, Node, Function], Iterator[Change]]] = {
    each.__name__: each
    for each in (
        arithmetic, comparison, rounding, constant, check, condition, write, accrual, side, event, receiver, name,
    )
}  # fmt: skip
BY_FUNCTION: dict[str, Callable[[Tree, Function], Iterator[Change]]] = {
    "write": swapped_writes,
    "accrual": moved_accruals,
    "lock": lock,
}
OPERATORS = tuple(dict.fromkeys([*BY_NODE, *BY_FUNCTION]))
"""Every operator, by its name in reports."""


def find_mutants(tree: Tree, side: str) -> list[Mutant]:
    """Every mutant of a source, in the order of the text for each function. What two operators do alike counts once."""
    seen: dict[Any, int] = {}
    changes = dict.fromkeys((name, tuple(sorted(change))) for name, _, change in _changes(tree) if change)
    named = {(name, tuple(sorted(change))): operator for name, operator, change in reversed(list(_changes(tree)))}
    mutants = (
        make_mutant(tree.source, side, tree.file, name, named[name, change], change, seen) for name, change in changes
    )
    return [mutant for mutant in mutants if mutant is not None]


def _changes(tree: Tree) -> Iterator[tuple[str, str, Change]]:
    """Function or constant, operator, and change."""
    for function in tree.functions():
        for node in tree.nodes(function):
            for operator, make in BY_NODE.items():
                yield from ((function.name, operator, change) for change in make(tree, node, function))
        for operator, make_all in BY_FUNCTION.items():
            yield from ((function.name, operator, change) for change in make_all(tree, function))
    for constant_name, value in tree.constants():
        for more in ("+ 1", "- 1"):
            yield constant_name, "constant", (_edit(tree, value, f"{tree.source.of(value)} {more}"),)


def _edit(tree: Tree, node: Node, text: str) -> Edit:
    return Edit(*tree.source.span(node), text)


def _token(tree: Tree, left: Node, right: Node, others: dict[str, str]) -> Iterator[Change]:
    """The operator between two operands becomes its other."""
    start, end = tree.source.span(left)[1], tree.source.span(right)[0]
    gap = re.sub(r"#.*", lambda comment: " " * len(comment[0]), tree.source.text[start:end])
    found = re.search(r"not\s+in|\w+|[-+*/%<>=!&|^]+", gap)
    if found and found[0] in others:
        yield (Edit(start + found.start(), start + found.end(), others[found[0]]),)


def _exchange(tree: Tree, one: Node, other: Node) -> Change:
    return _edit(tree, one, tree.source.of(other)), _edit(tree, other, tree.source.of(one))


def _target(node: Node) -> Node:
    targets: Sequence[Node] | None = getattr(node, "targets", None)
    return targets[0] if targets else node.target


def _is_placeholder(tree: Tree, node: Node, function: Function) -> bool:
    """Whether a literal is the first value of a variable that is written before it is read."""
    declaration = tree.parent(node)
    if kind(declaration) != "AnnAssign":
        return False
    block = next((block for block in tree.blocks(function) if any(each is declaration for each in block)), None)
    if block is None:  # the variable of a loop
        return False
    name = re.compile(rf"(?<![.\w]){declaration.target.id}\b")
    after = block[[each is declaration for each in block].index(True) + 1 :]
    following = next((each for each in after if name.search(tree.source.of(each))), declaration)
    if kind(following) != "Assign":
        return False
    is_written = any(getattr(each, "id", "") == declaration.target.id for each in _elements(_target(following)))
    return is_written and not name.search(tree.source.of(following.value))


def _elements(node: Node) -> Sequence[Node]:
    """The parts of a tuple; anything else is its own only part."""
    parts: Sequence[Node] = getattr(node, "elements", None) or getattr(node, "elts", None) or [node]
    return parts


def _is_place(node: Node) -> bool:
    return kind(node) in ("Attribute", "Subscript")


def _is_target(tree: Tree, node: Node) -> bool:
    """Whether a node is what is written, or a part of it."""
    parent = tree.parent(node)
    while parent is not None and kind(node) in ("Name", "Attribute", "Subscript", "Tuple"):
        if kind(parent) in ("Assign", "AugAssign", "AnnAssign"):
            return _target(parent) is node
        node, parent = parent, tree.parent(parent)
    return False
