"""State machines and flows: from the text that stands in a chapter to SVG inside of the page, in its colours.

The text is a part of Mermaid's language, so a forge draws it, too: `stateDiagram-v2` with lines `a --> b: label`, and
`flowchart` with lines `a[Name] -->|label| b[Name]`. `[*]` is where it begins.

The layout is in layers from left to right: an edge that would go back is turned for the layout only, one that passes
layers goes through a point in each, and the order inside a layer follows the neighbours.
"""

import html
import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from typing import Any, Final

STATE_EDGE: Final = re.compile(r"^(\[\*\]|\w+) --> (\[\*\]|\w+)(?:: (.+))?$")
STATE_NAME: Final = re.compile(r'^state "([^"]+)" as (\w+)$')
FLOW_NODE: Final = r"(\w+)(?:(?:\[|\(\[)\"?([^\]\"]+)\"?(?:\]\)|\]))?"
FLOW_EDGE: Final = re.compile(rf"^{FLOW_NODE} -->(?:\|([^|]+)\|)? {FLOW_NODE}$")
FLOW_ALONE: Final = re.compile(rf"^{FLOW_NODE}$")

LETTER: Final = 7.3
LINE: Final = 15
NODE_HEIGHT: Final = 34
ROW: Final = 78
GAP: Final = 46
MARGIN: Final = 14
LABEL: Final = 18
"""Letters of a label's line."""
LABEL_LETTER: Final = 6.3
APART: Final = 34
"""Between two edges of the same two nodes."""


class DiagramError(Exception):
    """A line that is none of the language's."""


@dataclass
class Edge:
    """An arrow. path: the nodes and points that it goes through, from left to right; turned: its head is the first."""

    start: str
    end: str
    label: list[str]
    turned: bool = False
    path: list[str] = field(default_factory=list)


@dataclass
class Diagram:
    """Nodes by key with their names, and edges."""

    names: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, key: str, name: str | None) -> str:
        """A node; its name, if it is given, is kept."""
        if name or key not in self.names:
            self.names[key] = name or key
        return key


def parse_diagram(text: str) -> Diagram:
    """Errors: DiagramError."""
    first, *lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    kind = first.split()[0]
    if kind not in ("stateDiagram-v2", "flowchart"):
        raise DiagramError(first)
    diagram = Diagram()
    for line in lines:
        if line.startswith("direction "):
            continue
        if not (_add_state if kind == "stateDiagram-v2" else _add_flow)(diagram, line):
            raise DiagramError(line)
    return diagram


def _add_state(diagram: Diagram, line: str) -> bool:
    if match := STATE_NAME.match(line):
        diagram.add(match[2], match[1])
        return True
    if not (match := STATE_EDGE.match(line)):
        return False
    start = diagram.add("[*]" if match[1] == "[*]" else match[1], None)
    end = diagram.add("[end]" if match[2] == "[*]" else match[2], None)
    diagram.edges.append(Edge(start, end, wrap(match[3] or "", LABEL, break_long_words=False)))
    return True


def _add_flow(diagram: Diagram, line: str) -> bool:
    if match := FLOW_ALONE.match(line):
        diagram.add(match[1], match[2])
        return True
    if not (match := FLOW_EDGE.match(line)):
        return False
    start, end = diagram.add(match[1], match[2]), diagram.add(match[4], match[5])
    diagram.edges.append(Edge(start, end, wrap(match[3] or "", LABEL, break_long_words=False)))
    return True


class Layout:
    """Where everything is."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.layers: list[list[str]] = []
        self.x: dict[str, float] = {}
        self.y: dict[str, float] = {}
        self._turn_back_edges()
        self._rank()
        self._order()
        self._place()

    def width_of(self, key: str) -> float:
        """Of a node; the begin and the end are dots."""
        name = self.diagram.names.get(key)
        if name is None:
            return 0.0
        return 16.0 if key in ("[*]", "[end]") else 24 + LETTER * max(map(len, name.split("\n")))

    def _turn_back_edges(self) -> None:
        state: dict[str, int] = {}
        outgoing: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.diagram.edges:
            outgoing[edge.start].append(edge)

        def visit(key: str) -> None:
            state[key] = 1
            for edge in outgoing[key]:
                if state.get(edge.end) == 1 and edge.end != key:
                    edge.turned = True
                elif edge.end not in state:
                    visit(edge.end)
            state[key] = 2

        for key in self.diagram.names:
            if key not in state:
                visit(key)

    def _rank(self) -> None:
        rank = dict.fromkeys(self.diagram.names, 0)
        ends = [(e.end, e.start) if e.turned else (e.start, e.end) for e in self.diagram.edges if e.start != e.end]
        for _ in rank:
            for left, right in ends:
                rank[right] = max(rank[right], rank[left] + 1)
        self.layers = [[] for _ in range(max(rank.values()) + 1)]
        for key, layer in rank.items():
            self.layers[layer].append(key)
        for number, edge in enumerate(self.diagram.edges):
            left, right = (edge.end, edge.start) if edge.turned else (edge.start, edge.end)
            points = [f"{number}/{layer}" for layer in range(rank[left] + 1, rank[right])]
            for layer, point in enumerate(points, rank[left] + 1):
                self.layers[layer].append(point)
            edge.path = [left, *points, right]

    def _neighbours(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        before: dict[str, list[str]] = defaultdict(list)
        after: dict[str, list[str]] = defaultdict(list)
        for edge in self.diagram.edges:
            for left, right in pairwise(edge.path):
                after[left].append(right)
                before[right].append(left)
        return before, after

    def _order(self) -> None:
        before, after = self._neighbours()
        place: dict[str, float] = {}
        for layer in self.layers:
            place |= {key: index - len(layer) / 2 for index, key in enumerate(layer)}
        for sweep in range(8):
            forward = sweep % 2 == 0
            for layer in self.layers if forward else reversed(self.layers):
                near = before if forward else after
                mean = {k: sum(place[n] for n in near[k]) / len(near[k]) if near[k] else place[k] for k in layer}
                layer.sort(key=lambda key: mean[key])
                place |= {key: index - (len(layer) - 1) / 2 for index, key in enumerate(layer)}

    def _place(self) -> None:
        left = float(MARGIN)
        tallest = max(map(len, self.layers))
        loops = [len(edge.label) for edge in self.diagram.edges if edge.start == edge.end]
        self._top = MARGIN + NODE_HEIGHT / 2 + (24 + LINE * max(loops) if loops else LINE)
        for number, layer in enumerate(self.layers):
            width = max(map(self.width_of, layer))
            for index, key in enumerate(layer):
                self.x[key] = left + width / 2
                self.y[key] = self._top + (index + (tallest - len(layer)) / 2) * ROW
            left += width + GAP + LABEL_LETTER * self._label_width(number)
        self.width = max(self.x[key] + self.width_of(key) / 2 for key in self.x) + MARGIN + 30
        self.height = self._top + (tallest - 1) * ROW + NODE_HEIGHT / 2 + MARGIN + LINE

    def _label_width(self, layer: int) -> float:
        """Letters of the longest label between a layer and the next."""
        keys = set(self.layers[layer])
        labels = [
            line
            for edge in self.diagram.edges
            for line in edge.label
            if _labelled(edge)[0] in keys and len(edge.path) > 1
        ]
        return max(map(len, labels), default=0)


def _labelled(edge: Edge) -> tuple[str, str]:
    """The part of the path that has the label."""
    middle = (len(edge.path) - 1) // 2
    return edge.path[middle], edge.path[min(middle + 1, len(edge.path) - 1)]


def render(diagram: Diagram, title: str = "") -> str:
    """The SVG."""
    layout = Layout(diagram)
    pairs: dict[frozenset[str], list[Edge]] = defaultdict(list)
    for edge in diagram.edges:
        pairs[frozenset((edge.start, edge.end))].append(edge)
    lines, labels = [], []
    for edge in diagram.edges:
        pair = pairs[frozenset((edge.start, edge.end))]
        line, label = _edge(layout, edge, APART * (pair.index(edge) - (len(pair) - 1) / 2))
        lines.append(line)
        labels.append(label)
    nodes = [_node(layout, key, name) for key, name in diagram.names.items()]
    size = f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" width="{layout.width:.0f}"'
    label = f' aria-label="{html.escape(title)}"' if title else ""
    marker = (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker>'
        '<marker id="tail" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M8 0L0 4L8 8z"/></marker></defs>'
    )
    drawn = "".join(lines + nodes + labels)
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}{label}>{marker}{drawn}</svg>'


def _node(layout: Layout, key: str, name: str) -> str:
    x, y, width = layout.x[key], layout.y[key], layout.width_of(key)
    if key in ("[*]", "[end]"):
        return f'<circle class="dot" cx="{x:.0f}" cy="{y:.0f}" r="7"/>'
    corner = f'x="{x - width / 2:.0f}" y="{y - NODE_HEIGHT / 2:.0f}"'
    box = f'<rect {corner} width="{width:.0f}" height="{NODE_HEIGHT}" rx="6"/>'
    return f'<g class="node">{box}<text x="{x:.0f}" y="{y + 5:.0f}">{html.escape(name)}</text></g>'


def _edge(layout: Layout, edge: Edge, aside: float) -> tuple[str, str]:
    """The line and its label. aside: how far from the straight way."""
    if edge.start == edge.end:
        x, y = layout.x[edge.start], layout.y[edge.start] - NODE_HEIGHT / 2
        path = f"M{x - 12:.0f} {y:.0f}c-8 -26 32 -26 24 0"
        top = y - 24 - LINE * (len(edge.label) - 1) / 2
        return f'<path class="edge" d="{path}" marker-end="url(#head)"/>', _label(edge.label, x, top)
    points = [(layout.x[key], layout.y[key]) for key in edge.path]
    points[0] = (points[0][0] + layout.width_of(edge.path[0]) / 2, points[0][1] + aside / 4)
    points[-1] = (points[-1][0] - layout.width_of(edge.path[-1]) / 2, points[-1][1] + aside / 4)
    path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (left, top), (right, bottom) in pairwise(points):
        bend = (right - left) / 2
        path += f"C{left + bend:.0f} {top + aside:.0f} {right - bend:.0f} {bottom + aside:.0f} {right:.0f} {bottom:.0f}"
    middle = (len(points) - 1) // 2
    (left, top), (right, bottom) = points[middle], points[middle + 1]
    at = _label_place(layout, edge, middle)
    marker = 'marker-start="url(#tail)"' if edge.turned else 'marker-end="url(#head)"'
    y = top + (bottom - top) * at * at * (3 - 2 * at) + 0.75 * aside
    label = _label(edge.label, left + (right - left) * at, y)
    return f'<path class="edge" d="{path}" {marker}/>', label


def _label_place(layout: Layout, edge: Edge, middle: int) -> float:
    """Where on its part of the way a label stands: in the middle, or away from the end that has more edges."""
    before = sum(edge.path[middle] in each.path for each in layout.diagram.edges)
    after = sum(edge.path[middle + 1] in each.path for each in layout.diagram.edges)
    return 0.5 + (0.12 if before > after else -0.12 if after > before else 0)


def _label(lines: list[str], x: float, y: float) -> str:
    if not lines:
        return ""
    top = y - LINE * (len(lines) - 1) / 2 + 4
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{top + LINE * number:.0f}">{html.escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text class="label">{spans}</text>'


def format_fence(source: str, language: str, css_class: str, options: Any, md: Any, **_: Any) -> str:
    """For superfences: the fence's text as a drawing."""
    del language, options, md
    return f'<div class="{css_class}">{render(parse_diagram(source))}</div>'
