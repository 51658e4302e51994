"""Terms and formulas as a question to a solver, in SMT-LIB 2 text.

Two tiers. `uf`: products and quotients are uninterpreted functions of which true statements are given; unsatisfiable is
a proof, a model may be false. `nia`: real products, and quotients by their definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from differential_tests.symbolic.solver import lemmas
from differential_tests.symbolic.terms.formulas import expand, expand_signed_quotient
from differential_tests.symbolic.terms.terms import WORD, Atom, Choice, Formula, Monomial, Polynomial, of_atom

UF: Final = "uf"
NIA: Final = "nia"

HEADER: Final = (
    "(declare-fun product (Int Int) Int)",
    "(declare-fun quotient (Int Int) Int)",
    "(declare-fun bits_xor (Int Int) Int)",
    "(declare-fun bits_and (Int Int) Int)",
    "(declare-fun bits_or (Int Int) Int)",
)


Point = tuple[str, tuple[int, ...]]
"""An applied function by its name, and arguments."""

NOWHERE: Final[Mapping[Point, int]] = {}


def symbol(name: str) -> str:
    """The solver's name of a variable: no word of the language, and none of the encoder's own names."""
    return f"argument.{name}"


def number(value: int) -> str:
    """An integer literal."""
    return str(value) if value >= 0 else f"(- {-value})"


class Encoder:
    """One question: names for terms, and what is asserted about them."""

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self.variables: set[str] = set()
        self._declarations: list[str] = []
        self._assertions: list[str] = []
        self._polynomials: dict[Polynomial, str] = {}
        self._atoms: dict[Atom, str] = {}
        self._formulas: dict[Formula, str] = {}
        self._products: dict[tuple[str, str], str] = {}
        self._quotients: dict[tuple[str, str], lemmas.Quotient] = {}
        self._functions: dict[str, str] = {}

    def question(
        self, conditions: Iterable[Formula], variables: Iterable[str] = (), points: Mapping[Point, int] = NOWHERE
    ) -> str:
        """The text that asks whether all `conditions` can hold; a model names at least `variables`.

        points: values that applied functions are known to have.
        """
        asked = [self.formula(condition) for condition in conditions]
        for name in variables:
            if name not in self.variables:
                self.variables.add(name)
                self._declarations.append(f"(declare-const {symbol(name)} Int)")
        self._add_pair_lemmas()
        for (name, arguments), value in points.items():
            if name in self._functions:
                call = " ".join((self._functions[name], *map(number, arguments)))
                self._assertions.append(f"(= ({call}) {number(value)})")
        logic = "QF_UFLIA" if self.tier == UF else "QF_UFNIA"
        assertions = (f"(assert {text})" for text in (*self._assertions, *asked))
        return "\n".join((f"(set-logic {logic})", *HEADER, *self._declarations, *assertions))

    def _add_pair_lemmas(self) -> None:
        """What follows for products with a factor in common, and for quotients with a side in common."""
        if self.tier == UF:
            products = [(*factors, name) for factors, name in self._products.items()]
            for first, second in combinations(products, 2):
                self._assertions.extend(lemmas.products_in_order(first, second))
        for one, other in combinations(self._quotients.values(), 2):
            self._assertions.extend(lemmas.quotients_in_order(one, other))

    def _fresh(self) -> str:
        name = f"t{len(self._declarations)}"
        self._declarations.append(f"(declare-const {name} Int)")
        return name

    # ---- numbers

    def polynomial(self, value: Polynomial) -> str:
        """A name or a literal for `value`."""
        known = self._polynomials.get(value)
        if known is not None:
            return known
        parts = []
        for monomial, factor in sorted(value.terms.items(), key=lambda term: [atom.serial for atom in term[0]]):
            name = self._monomial(monomial)
            if not name:
                parts.append(number(factor))
            else:
                parts.append(name if factor == 1 else f"(* {number(factor)} {name})")
        if not parts:
            text = "0"
        elif len(parts) == 1:
            text = parts[0]
        else:
            text = f"(+ {' '.join(parts)})"
        if value.constant is None and text.startswith("("):
            text = self._named(text)
        self._polynomials[value] = text
        return text

    def _named(self, text: str) -> str:
        name = self._fresh()
        self._assertions.append(f"(= {name} {text})")
        return name

    def _monomial(self, monomial: Monomial) -> str:
        if not monomial:
            return ""
        factors = [self._atom(atom) for atom in monomial]
        product = factors[0]
        for factor in factors[1:]:
            product = self._product(product, factor)
        return product

    def _product(self, left: str, right: str) -> str:
        if self.tier == NIA:
            return f"(* {left} {right})"
        left, right = sorted((left, right))
        known = self._products.get((left, right))
        if known is None:
            known = self._products[left, right] = self._named(f"(product {left} {right})")
            self._assertions.extend(lemmas.product(left, right, known))
        return known

    def _atom(self, atom: Atom) -> str:
        known = self._atoms.get(atom)
        if known is None:
            known = self._atoms[atom] = self._encode_atom(atom)
        return known

    def _encode_atom(self, atom: Atom) -> str:
        if atom.kind == "variable":
            return self._variable(atom)
        if atom.kind == "apply":
            return self._applied(atom)
        if isinstance(atom, Choice):
            condition = self.formula(atom.condition)
            if_true, if_false = (self.polynomial(argument) for argument in atom.arguments)
            return self._named(f"(ite {condition} {if_true} {if_false})")
        match atom.kind:
            case "quotient" | "remainder":
                found = self._quotient(*atom.arguments)
                return found.name if atom.kind == "quotient" else found.rest
            case "signed_quotient":
                return self.polynomial(expand_signed_quotient(atom.arguments[0], atom.arguments[1]))
            case "wrap":
                return self._wrapped(self.polynomial(atom.arguments[0]), 0)
            case "signed_wrap":
                return self._wrapped(self.polynomial(atom.arguments[0]), -WORD.half)
        left, right = (self.polynomial(argument) for argument in atom.arguments)
        if atom.kind in ("minimum", "maximum"):
            sign = "<=" if atom.kind == "minimum" else ">="
            return self._named(f"(ite ({sign} {left} {right}) {left} {right})")
        name = self._named(f"(bits_{atom.kind} {left} {right})")
        self._assertions.append(f"(<= 0 {name} {WORD.largest})")
        return name

    def _variable(self, atom: Atom) -> str:
        name = symbol(atom.name)
        self.variables.add(atom.name)
        self._declarations.append(f"(declare-const {name} Int)")
        if atom.low is not None:
            self._assertions.append(f"(<= {number(atom.low)} {name})")
        if atom.high is not None:
            self._assertions.append(f"(<= {name} {number(atom.high)})")
        return name

    def _applied(self, atom: Atom) -> str:
        function = self._functions.get(atom.name)
        if function is None:
            function = self._functions[atom.name] = f"f{len(self._functions)}"
            self._declarations.append(f"(declare-fun {function} ({' '.join(['Int'] * len(atom.arguments))}) Int)")
        name = self._named(f"({' '.join((function, *map(self.polynomial, atom.arguments)))})")
        self._assertions.append(f"(<= {number(atom.low or 0)} {name} {number(atom.high or 0)})")
        return name

    def _wrapped(self, value: str, low: int) -> str:
        name, turns = self._fresh(), self._fresh()
        self._assertions.append(f"(= {name} (- {value} (* {WORD.modulus} {turns})))")
        self._assertions.append(f"(<= {number(low)} {name} {number(low + WORD.largest)})")
        return name

    def _quotient(self, dividend: Polynomial, divisor: Polynomial) -> lemmas.Quotient:
        above, below, by = self.polynomial(dividend), self.polynomial(divisor), divisor.constant
        known = self._quotients.get((above, below))
        if known is not None:
            return known
        name, rest = self._fresh(), self._fresh()
        factors = tuple(self._factor_pairs(dividend))
        quotient = self._quotients[above, below] = lemmas.Quotient(name, rest, above, below, factors)
        atom = Atom("quotient", dividend, divisor)
        self._atoms[atom] = name
        times = self.polynomial(divisor * of_atom(atom))
        if by is None:
            self._assertions.append(f"(= {name} (quotient {above} {below}))")
        self._assertions.append(lemmas.definition(quotient, times))
        self._assertions.extend(lemmas.quotient(quotient))
        return quotient

    def _factor_pairs(self, value: Polynomial) -> Iterator[tuple[str, str]]:
        """The ways to see a monomial as a product of an atom and the rest."""
        if len(value.terms) != 1:
            return
        ((monomial, factor),) = value.terms.items()
        if len(monomial) + (factor != 1) < 2 or factor <= 0:
            return
        for place in range(len(monomial)):
            rest = Polynomial({monomial[:place] + monomial[place + 1 :]: factor})
            one, other = self._atom(monomial[place]), self.polynomial(rest)
            yield one, other
            yield other, one

    # ---- conditions

    def formula(self, formula: Formula) -> str:
        """The text of `formula`."""
        known = self._formulas.get(formula)
        if known is None:
            known = self._formulas[formula] = self._encode_formula(expand(formula))
        return known

    def _encode_formula(self, formula: Formula) -> str:
        kind = formula.kind
        if kind in ("true", "false"):
            return kind
        if kind in ("at_least_zero", "is_zero"):
            value = formula.polynomials[0]
            sign = ">=" if kind == "at_least_zero" else "="
            return f"({sign} {self.polynomial(value - value.offset)} {number(-value.offset)})"
        parts: Sequence[str] = [self.formula(part) for part in formula.parts]
        return f"({'=' if kind == 'iff' else kind} {' '.join(parts)})"
