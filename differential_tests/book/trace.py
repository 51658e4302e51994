"""What belongs to each rule: its code, and what shows that the code does what it says."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from differential_tests.book.claims import ACTION, CONTRACT, PROPERTY, REFERENCE, TEST, Place, load_places
from differential_tests.book.reach import EVERY_STEP, Graph, load_graph
from differential_tests.book.rules import ROOT, Rule, load_rules

MATH: Final = "vyper_contracts/math/"


def is_pure(place: Place) -> bool:
    """Whether a place is one of the contracts' mathematical functions: what the prover is for."""
    return place.kind == CONTRACT and place.file.startswith(MATH)


@dataclass
class Links:
    """What belongs to one rule. proofs: its mathematical functions, by topic and name. actions: of the machines."""

    rule: Rule
    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    proofs: list[str] = field(default_factory=list)
    actions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def code(self) -> list[Place]:
        """The rule's functions, in either language; of a property, the function that states it."""
        return [*self.places[REFERENCE], *self.places[CONTRACT], *self.places[PROPERTY]]

    @property
    def is_tested(self) -> bool:
        """Whether a test, a property, a proof or a campaign holds the code against the rule."""
        named = self.places[TEST] or self.places[PROPERTY] or self.places[ACTION]
        return bool(named or self.proofs or self.actions)


class Trace:
    """Rules, places, and what ties them."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.rules = load_rules(root / "spec")
        self.places = load_places(root)

    @cached_property
    def known(self) -> dict[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def graph(self) -> Graph:
        """What reaches what."""
        return load_graph(self.root)

    @cached_property
    def links(self) -> dict[str, Links]:
        """What belongs to each rule, by id."""
        links = {rule.id: Links(rule) for rule in self.rules}
        for place in self.places:
            for rule in place.rules:
                if rule in links:
                    links[rule].places[place.kind].append(place)
        for each in links.values():
            each.proofs = [place.key for place in filter(is_pure, each.places[CONTRACT])]
            each.actions = self.actions_of(each.places[REFERENCE])
        return links

    @cached_property
    def _actions(self) -> dict[str, dict[str, set[str]]]:
        return {machine: dict(self.graph.actions(table)) for machine, table in self.graph.tables().items()}

    def actions_of(self, places: Iterable[Place]) -> dict[str, list[str]]:
        """The actions that compare with one of these functions of the reference, by machine."""
        names = {place.dotted for place in places}
        found = {
            machine: [action for action, reached in actions.items() if reached & names and action != EVERY_STEP]
            or ([EVERY_STEP] if actions[EVERY_STEP] & names else [])
            for machine, actions in self._actions.items()
        }
        return {machine: actions for machine, actions in found.items() if actions}

    @cached_property
    def _reached_by_properties(self) -> dict[str, list[Place]]:
        return self._reached_from(lambda place: place.kind == PROPERTY, "differential_tests.properties")

    @cached_property
    def _reached_by_tests(self) -> dict[str, list[Place]]:
        return self._reached_from(lambda place: place.kind == TEST and bool(place.ids), "")

    def _reached_from(self, select: Callable[[Place], bool], package: str) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in filter(select, self.places):
            if package in place.dotted:
                direct = self.graph.edges.get(place.dotted, ())
                for name in direct:
                    found[name].append(place)
        return found

    def properties_of(self, place: Place) -> list[Place]:
        """The properties that call a function of the reference themselves."""
        return self._reached_by_properties.get(place.dotted, [])

    def tests_of(self, place: Place) -> list[Place]:
        """The tests that name a rule and call a function of the reference themselves."""
        return self._reached_by_tests.get(place.dotted, [])
