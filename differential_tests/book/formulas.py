"""Formulas: from the chapters' own plain signs to TeX, and by latex2mathml to MathML, which needs no script.

sum      = product, + −          primary  = number with its unit, name, name(list), (list), ⌊ ⌋, ⌈ ⌉, | |
product  = power, · / mod        power    = primary, and raised digits
relation = sum, = ≠ ≤ ≥ < > and
"""

import re
from typing import Final

from latex2mathml.converter import convert

SIGNS: Final = re.compile(r"[⌊⌈·≤≥≠<>−⁰¹²³⁴-⁹]| = |^[A-Za-zτφ]₀$")
"""What a formula has and a name in code has not."""
TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?(?:%| (?:TAO|hours|wei)\b)?)|(?P<raised>[⁻⁰¹²³⁴-⁹]+)"
    r"|(?P<name>Δ?[A-Za-zτφΔ][A-Za-z_]*[₀₁]?)|(?P<sign>[-⌊⌋⌈⌉|()·/+−=≠≤≥<>,]))"
)
RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
LOWERED: Final = {"₀": "_{0}", "₁": "_{1}"}
RELATIONS: Final = {"=": "=", "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "<": "<", ">": ">", "and": r"\text{ and }"}
SUMS: Final = {"+": "+", "−": "-"}
BRACKETS: Final = {"⌊": ("⌋", r"\left\lfloor", r"\right\rfloor"), "⌈": ("⌉", r"\left\lceil", r"\right\rceil")}
GREEK: Final = {"τ": r"\tau", "φ": r"\varphi", "Δ": r"\Delta "}


class NoFormula(Exception):
    """A text is none."""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise NoFormula(text)
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        self._next = 0

    def parse(self) -> str:
        """All of it."""
        tex = self._relation()
        if self._next < len(self._tokens):
            raise NoFormula(self._peek()[1])
        return tex

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self, *texts: str) -> str:
        kind, text = self._peek()
        if kind == "end" or (texts and text not in texts):
            return ""
        self._next += 1
        return text

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise NoFormula(text)

    def _relation(self) -> str:
        tex = self._sum()
        while sign := self._take(*RELATIONS):
            tex += f" {RELATIONS[sign]} {self._sum()}"
        return tex

    def _sum(self) -> str:
        tex = ("-" if self._take("−") else "") + self._product()
        while sign := self._take(*SUMS):
            tex += f" {SUMS[sign]} {self._product()}"
        return tex

    def _product(self) -> str:
        tex, is_bare = self._power(), True
        while sign := self._take("·", "/", "mod"):
            if sign == "/":
                tex = rf"\frac{{{tex if not is_bare else _strip(tex)}}}{{{_strip(self._power())}}}"
            else:
                tex += (r" \cdot " if sign == "·" else r" \bmod ") + self._power()
                is_bare = False
        return tex

    def _power(self) -> str:
        tex = self._primary()
        if self._peek()[0] == "raised":
            tex += f"^{{{self._take().translate(RAISED)}}}"
        return tex

    def _primary(self) -> str:
        kind, text = self._peek()
        if kind == "number":
            self._next += 1
            number, _, unit = text.partition(" ")
            return number.replace("%", r"\%") + (rf"\,\text{{{unit}}}" if unit else "")
        if kind == "name" and text not in ("and", "mod"):
            self._next += 1
            called = self._peek()[1] == "("
            return _name(text) + (self._bracketed() if called else "")
        if text in BRACKETS:
            self._next += 1
            close, left, right = BRACKETS[text]
            inner = self._sum()
            self._expect(close)
            return f"{left} {inner} {right}"
        if text == "|":
            self._next += 1
            inner = self._sum()
            self._expect("|")
            return rf"\left| {inner} \right|"
        if text == "(":
            return self._bracketed()
        raise NoFormula(text)

    def _bracketed(self) -> str:
        self._expect("(")
        parts = [self._relation()]
        while self._take(","):
            parts.append(self._relation())
        self._expect(")")
        return rf"\left( {', '.join(parts)} \right)"


def _strip(tex: str) -> str:
    """Without the brackets that a fraction's bar replaces."""
    begin, end = r"\left( ", r" \right)"
    inner = tex[len(begin) : -len(end)]
    if not (tex.startswith(begin) and tex.endswith(end)):
        return tex
    depth = 0
    for mark in re.findall(r"\\left\(|\\right\)", inner):
        depth += 1 if mark == r"\left(" else -1
        if depth < 0:
            return tex
    return inner


def _name(text: str) -> str:
    stem, lowered = (text[:-1], LOWERED[text[-1]]) if text[-1] in LOWERED else (text, "")
    prefix = GREEK["Δ"] if stem.startswith("Δ") and len(stem) > 1 else ""
    stem = stem.removeprefix("Δ") if prefix else stem
    if stem in GREEK:
        return f"{GREEK[stem]}{lowered}"
    if len(stem) == 1:
        return f"{prefix}{stem}{lowered}"
    head, _, tail = stem.partition("_")
    if len(head) == 1 and tail:
        return rf"{head}_{{\text{{{tail}}}}}"
    return rf"{prefix}\text{{{stem}}}{lowered}"


def to_tex(text: str) -> str:
    """A formula in plain signs as TeX. Errors: NoFormula."""
    return _Parser(text).parse()


def as_code(text: str) -> str:
    """A text of a program as markdown: between double signs it is code, and never taken for a formula."""
    return f"``{text}``"


def is_formula(text: str) -> bool:
    """Whether a text in code font is a formula, by its signs."""
    return bool(SIGNS.search(text))


def to_mathml(text: str, display: str = "inline") -> str:
    """A formula in plain signs as MathML. Errors: NoFormula."""
    tex = to_tex(text)
    mathml: str = convert(tex, display=display)
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    mathml = re.sub(r"<mtext>(?=\w*_)", '<mtext class="name">', mathml)
    return mathml.replace("<math ", f'<math alttext="{plain}" ', 1)
