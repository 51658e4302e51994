"""The box below each rule: its code in both languages, and what holds the code against the rule."""

import html
from collections.abc import Iterable
from typing import Final

from differential_tests.book.claims import CONTRACT, PROPERTY, REFERENCE, TEST, Place
from differential_tests.book.evidence import Proofs
from differential_tests.book.reverts import entry_points
from differential_tests.book.sources import code_of, highlighted, page_of
from differential_tests.book.trace import Links, Trace, is_pure

LONG: Final = 45
"""Lines from which a function is folded."""
BESIDE: Final = 58
"""Signs of a line from which two languages stand below each other: beside each other it would be cut off."""
LANGUAGES: Final = {REFERENCE: "Python", CONTRACT: "Vyper", PROPERTY: "Python"}


class Boxes:
    """Makes the boxes."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._proofs = Proofs(trace.root)
        self._entries = {entry.rule.id: entry.place.name for entry in entry_points(trace) if entry.reverts}

    def box(self, rule_id: str) -> str:
        """The box of a rule, as HTML; "" of an erratum that no test is about."""
        links = self._trace.links[rule_id]
        if links.rule.is_erratum and not links.places[TEST]:
            return ""
        parts = [self._head(links), self._code(links), self._evidence(links)]
        return f'<div class="box" data-search-exclude>{"".join(parts)}</div>'

    def _head(self, links: Links) -> str:
        rule = links.rule
        if rule.is_erratum:
            return ""
        title = f"The hash of this rule's text, which stands beside {rule.id} in contracts and tests"
        marks = "".join(f'<span class="mark">{html.escape(mark)}</span>' for mark in self._marks(links))
        head = f'<span class="id">{rule.id}<span class="stamp" title="{title}">:{rule.stamp}</span></span>'
        return f'<div class="head">{head}<span class="marks">{marks}</span></div>'

    def _marks(self, links: Links) -> Iterable[str]:
        statuses = {self._proofs.status_of(place) for place in self._proved(links)}
        if statuses:
            yield f"proof: {', '.join(sorted(statuses))}"
        if actions := sum(len(actions) for actions in links.actions.values()):
            yield f"campaigns: {actions} action{'s' if actions > 1 else ''}"
        if tests := len(links.places[TEST]):
            yield f"{tests} test{'s' if tests > 1 else ''}"

    @staticmethod
    def _proved(links: Links) -> list[Place]:
        return [*filter(is_pure, links.places[CONTRACT]), *links.places[PROPERTY]]

    def _code(self, links: Links) -> str:
        python, vyper = links.places[REFERENCE], links.places[CONTRACT]
        if python or vyper:
            columns = [self._column(python), self._column(vyper)]
        else:
            columns = [self._column(links.places[PROPERTY])]
        columns = [column for column in columns if column]
        if not columns:
            return ""
        widest = max(len(line) for place in (*python, *vyper) for line in self._lines(place)) if python or vyper else 0
        kind = "beside" if len(columns) == 2 and widest <= BESIDE else "stacked"
        return f'<div class="code {kind}">{"".join(columns)}</div>'

    def _lines(self, place: Place) -> list[str]:
        return code_of(self._trace.root, place).splitlines()

    def _column(self, places: list[Place]) -> str:
        figures = [self._figure(place, len(places) == 1) for place in places]
        return f'<div class="column">{"".join(figures)}</div>' if figures else ""

    def _figure(self, place: Place, alone: bool) -> str:
        code = code_of(self._trace.root, place)
        lines = code.count("\n")
        is_open = " open" if lines <= LONG and (alone or lines <= LONG // 3) else ""
        link = f'<a href="{page_of(place.file)}#L-{place.line}">{place.where}</a>'
        summary = f"<summary><code>{place.name}</code> {LANGUAGES[place.kind]}, {link}</summary>"
        return f"<details{is_open}>{summary}{highlighted(code)}</details>"

    def _evidence(self, links: Links) -> str:
        rows = []
        if name := self._entries.get(links.rule.id):
            rows.append(("Reverts", f'<a href="reverts.html#{name.lower()}">of <code>{name}</code>, in order</a>'))
        if links.actions:
            shown = (f"{machine}: {', '.join(actions)}" for machine, actions in links.actions.items())
            rows.append(("Campaigns", html.escape("; ".join(shown))))
        if links.places[TEST]:
            rows.append(("Tests", ", ".join(map(_link, links.places[TEST]))))
        if links.places[PROPERTY] and (links.places[REFERENCE] or links.places[CONTRACT]):
            rows.append(("Properties", ", ".join(map(_link, links.places[PROPERTY]))))
        about = [
            self._trace.known[rule]
            for place in links.places[REFERENCE]
            for each in self._trace.properties_of(place)
            for rule in each.rules
            if rule in self._trace.known and rule != links.rule.id
        ]
        if about:
            named = {rule.id: f'<a href="{rule.chapter}.html#{rule.anchor}">{rule.id}</a>' for rule in about}
            rows.append(("Properties of it", ", ".join(named.values())))
        cells = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
        return f"<dl>{cells}</dl>" if cells else ""


def _link(place: Place) -> str:
    return f'<a href="{page_of(place.file)}#L-{place.line}"><code>{place.name}</code></a>'
