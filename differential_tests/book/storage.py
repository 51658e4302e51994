"""The storage as a drawing: each namespace, its variables with their slots, and the numbers in each word by their bits.

Slots are those of `contracts.layout`. Names of numbers are those under which the contracts' code packs and unpacks a
word; their bits are what the reference's functions of the same names do with a word of ones.
"""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from differential_tests.book.rules import ROOT
from differential_tests.contracts.files import find_files
from differential_tests.contracts.interface import TESTING
from differential_tests.contracts.layout import NAMESPACES, PROJECT, calculate_base
from reference.math import packing

WORD: Final = 256
RECORDS: Final = "records"
"""The module that has one reader and one writer for each record: its names come first."""
FIELD: Final = re.compile(r"\w+(?:\.\w+|\[[A-Z]+\])*")
SIDE: Final = re.compile(r"^\w+\.sides\[(LONG|SHORT)\]\.")
MEMBERS: Final = {("market_words", "main"): (0, 8), ("market_words", "readings"): (8, 1)}
"""Members of the records that are structs: first word, and how many."""
NO_NAMES: Final = ("unused", "block.timestamp")

NAME_WIDTH, BIT, BAR, ROW, HEAD, EDGE = 250, 2.5, 30, 38, 44, 12
LETTER: Final = 5.4
LINE: Final = 9.5
STYLE: Final = (
    "<style>text{font:10px system-ui,'DejaVu Sans',sans-serif;fill:#1c2024}.space{font-weight:700;font-size:12px}"
    ".slot{fill:#5d6670;font-size:9px}.number{font-size:9px;text-anchor:middle}"
    "rect{fill:#eef2f5;stroke:#2a4d73}rect.other{fill:#dde6ee}</style>"
)


@dataclass(frozen=True)
class Number:
    """A number in a word: its name, its lowest bit, and how many it has."""

    name: str
    low: int
    bits: int


Names = dict[tuple[str, int], list[tuple[bool, str, list[str]]]]
"""By variable and word: whether the record's own module says it, the form ("" for the word itself), and the names."""


def read_numbers(root: Path = ROOT) -> dict[tuple[str, int], list[Number]]:
    """The numbers of each word that the contracts' code packs, unpacks or takes as it is, by variable and word."""
    found: Names = defaultdict(list)
    for path in find_files(root / "vyper_contracts", "*.vy"):
        if TESTING not in path.parts:
            _Reader(path, found).read()
    return {word: list(_numbers(said)) for word, said in found.items()}


def _numbers(said: list[tuple[bool, str, list[str]]]) -> Iterator[Number]:
    form = next((form for _, form, _ in sorted(said, key=lambda each: not each[0]) if form), "")
    fitting = [(is_own, names) for is_own, each, names in said if each == form]
    for at, runs in enumerate(_bits(form)):
        own, other = (
            list(dict.fromkeys(_clean(n[at]) for is_own, n in fitting if is_own == kind)) for kind in (True, False)
        )
        names = list(filter(None, own))[:1] or list(filter(None, other))[:2]
        name = " / ".join(names) or "unused"
        for number, (low, bits) in enumerate(runs):
            yield Number(f"sign of {name}" if number else name, low, bits)


def _clean(text: str) -> str:
    """The name of a number; "" of an expression, or of one that says nothing."""
    if not FIELD.fullmatch(text) or text.isdecimal() or text in NO_NAMES:
        return ""
    side = SIDE.match(text)
    name = text[side.end() :] if side else text.rpartition(".")[2]
    return (f"{side[1].lower()}s " if side else "") + name.replace("_", " ")


def _bits(form: str) -> list[list[tuple[int, int]]]:
    """For each number of a form: where its runs of bits begin, and how long they are."""
    if not form:
        return [[(0, WORD)]]
    unpack: Callable[[int], tuple[int, ...]] = getattr(packing, f"unpack_{form}")
    ones = 2**WORD - 1
    full = unpack(ones)
    bits: list[list[int]] = [[] for _ in full]
    for bit in range(WORD):
        for number, (value, other) in enumerate(zip(full, unpack(ones ^ 1 << bit), strict=True)):
            if value != other:
                bits[number].append(bit)
    return [list(_runs(each)) for each in bits]


def _runs(bits: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(bits) + 1):
        if at == len(bits) or bits[at] != bits[at - 1] + 1:
            yield bits[start], at - start
            start = at


class _Reader:
    """Reads one source, function by function."""

    def __init__(self, path: Path, found: Names) -> None:
        self._path, self._found = path, found
        self._words: dict[str, tuple[str, int | None]] = {}
        self._packed: dict[str, Any] = {}

    def read(self) -> None:
        """Adds what it finds."""
        from vyper import ast

        tree = ast.parse_to_ast(self._path.read_text(), resolved_path=str(self._path))
        for function in tree.get_children(ast.FunctionDef):
            self._words, self._packed = {}, {}
            for statement in function.get_descendants((ast.Assign, ast.AnnAssign)):
                self._statement(statement)

    def _statement(self, statement: Any) -> None:
        target, value = statement.target, statement.value
        word = self._word(value)
        if type(target).__name__ == "Name" and word is not None:
            self._words[target.id] = word
        if type(target).__name__ == "Name" and _form(value, "pack_"):
            self._packed[target.id] = value
        if form := _form(value, "unpack_"):
            self._say(self._word(value.args[0]), form, [*map(_text, target.elements)])
        elif (plain := self._word(_unconverted(value))) and type(target).__name__ == "Attribute":
            self._say(plain, "", [_text(target)])
        elif stored := self._word(target):
            values = value.elements if type(value).__name__ == "List" else [value]
            for number, each in enumerate(values):
                self._store((stored[0], number) if len(values) > 1 else stored, each)

    def _store(self, word: tuple[str, int | None], value: Any) -> None:
        """What is written into a word: packed numbers, one that is added to what is there, or a number alone."""
        value = self._packed.get(getattr(value, "id", ""), value)
        calls = [value, *getattr(value, "args", ())]
        packed = next((each for each in calls if _form(each, "pack_")), None)
        if packed is not None:
            self._say(word, _form(packed, "pack_"), [*map(_text, packed.args)])
        elif FIELD.fullmatch(_text(_unconverted(value))):
            self._say(word, "", [_text(_unconverted(value))])

    def _say(self, word: tuple[str, int | None] | None, form: str, names: list[str]) -> None:
        if word is not None:
            is_own = self._path.stem == RECORDS
            self._found[word[0], word[1] or 0].append((is_own, form, names))

    def _word(self, node: Any) -> tuple[str, int | None] | None:
        """The variable, and the word of it, that an expression is; None for any other."""
        kind = type(node).__name__
        if kind == "Name":
            return self._words.get(node.id)
        if kind == "Attribute" and getattr(node.value, "id", "") == "storage":
            return node.attr, None
        if kind == "Attribute" and (found := self._word(node.value)) and (member := MEMBERS.get((found[0], node.attr))):
            return found[0], None if member[1] > 1 else member[0]
        if kind == "Subscript" and (found := self._word(node.value)):
            index = getattr(node.slice, "value", None)
            is_key = type(node.value).__name__ == "Attribute"
            return found if is_key or not isinstance(index, int) else (found[0], index)
        return None


def _form(node: Any, prefix: str) -> str:
    """How a call packs, or unpacks; "" of what does not."""
    function = _text(node.func).rpartition(".")[2] if type(node).__name__ == "Call" else ""
    return function.removeprefix(prefix) if function.startswith(prefix) else ""


def _unconverted(node: Any) -> Any:
    while type(node).__name__ == "Call" and _text(node.func) == "convert":
        node = node.args[0]
    return node


def _text(node: Any) -> str:
    return " ".join(node.node_source_code.split())


# The drawing


def draw_storage(root: Path = ROOT, is_alone: bool = True) -> str:
    """The SVG. is_alone: it is a file, with colours of its own, and no part of a page that has them."""
    numbers, code = read_numbers(root), _code(root)
    parts, y = [], float(EDGE)
    for namespace, variables in NAMESPACES.items():
        y += HEAD
        base = f"{PROJECT}.{namespace}: {calculate_base(namespace):#066x}"
        parts.append(f'<text class="space" x="{EDGE}" y="{y - 20:.0f}">{base}</text>')
        parts.append(_bit_numbers(y - 4))
        for offset, (name, kind, _) in enumerate(variables):
            words = _count(name, kind)
            for word in range(words):
                label = f"{name}[{word}]" if words > 1 else name
                where = f"+ {offset}, {kind}" if word == 0 else ""
                is_number = re.search(r"uint256(\[\d+\])?\]?$", kind)
                parts.append(
                    _row(y, label, where, (is_number and numbers.get((name, word))) or [_whole(name, kind, code)])
                )
                y += ROW
    width = EDGE + NAME_WIDTH + WORD * BIT + 90
    size = f'viewBox="0 0 {width:.0f} {y:.0f}" width="{width:.0f}" height="{y:.0f}"'
    inside = (STYLE if is_alone else "") + "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Storage">{inside}</svg>'


def _count(name: str, kind: str) -> int:
    """How many words a variable, or each record of it, has."""
    found = re.search(r"\[(\d+)\]\]$", kind)
    members = [first + words for (variable, _), (first, words) in MEMBERS.items() if variable == name]
    return int(found[1]) if found else max(members, default=1)


def _code(root: Path) -> str:
    """All contracts' code."""
    return "\n".join(path.read_text() for path in find_files(root / "vyper_contracts", "*.vy"))


def _whole(name: str, kind: str, code: str) -> Number:
    """A word that no code takes apart: an address, a flag, a number, or what is reserved."""
    value = re.sub(r"^HashMap\[\w+, (.+)\]$", r"\1", kind)
    bits = {"address": 160, "bool": 1}.get(value, WORD)
    said = name.removesuffix("_word").removesuffix("_words") if f"storage.{name}" in code else "reserved"
    return Number(value if bits < WORD else said, 0, bits)


def _bit_numbers(y: float) -> str:
    left = EDGE + NAME_WIDTH
    marks = (f'<text class="slot" x="{left + bit * BIT:.0f}" y="{y:.0f}">{bit}</text>' for bit in range(0, WORD, 32))
    return "".join(marks)


def _row(y: float, label: str, where: str, numbers: list[Number]) -> str:
    parts = [f'<text x="{EDGE}" y="{y + 13:.0f}">{html.escape(label)}</text>']
    parts.append(f'<text class="slot" x="{EDGE}" y="{y + 25:.0f}">{html.escape(where)}</text>')
    outside = []
    for place, number in enumerate(numbers):
        left, width = EDGE + NAME_WIDTH + number.low * BIT, number.bits * BIT
        kind = ' class="other"' if place % 2 else ""
        title = f"{number.name or label}: bits {number.low} to {number.low + number.bits - 1}"
        box = f'x="{left:.1f}" y="{y:.0f}" width="{width:.1f}" height="{BAR}"'
        parts.append(f"<rect{kind} {box}><title>{html.escape(title)}</title></rect>")
        lines = _fold(number.name, width)
        if lines is None:
            outside.append(number.name)
            continue
        top = y + BAR / 2 + 3.2 - LINE * (len(lines) - 1) / 2
        parts += (
            f'<text class="number" x="{left + width / 2:.1f}" y="{top + LINE * at:.1f}">{html.escape(line)}</text>'
            for at, line in enumerate(lines)
        )
    for at, name in enumerate(outside):
        left = EDGE + NAME_WIDTH + BIT * max(number.low + number.bits for number in numbers) + 5
        parts.append(f'<text class="slot" x="{left:.0f}" y="{y + 10 + 11 * at:.0f}">{html.escape(name)}</text>')
    return "".join(parts)


def _fold(name: str, width: float) -> list[str] | None:
    """A name in lines that fit; None where it does not."""
    room = int((width - 3) / LETTER)
    lines = wrap(name, max(room, 1), break_long_words=False)
    return lines if len(lines) <= 3 and all(len(line) <= room for line in lines) else None
