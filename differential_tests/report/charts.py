"""Line charts in SVG whose colours are the page's, so that they follow its scheme."""

from __future__ import annotations

from html import escape

from differential_tests.report.sample import Series

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28
TICKS = 4
COLOURS = 6


def draw_lines(lines: dict[str, Series], unit: str, label: str) -> str:
    """A chart of one or several lines over time; every value holds until the next. "" without points."""
    points = [point for line in lines.values() for point in line]
    if not points:
        return ""
    end = max(max(seconds for seconds, _ in points), 1)
    low, high = min(value for _, value in points), max(value for _, value in points)
    if low == high:
        low, high = low - 0.5, high + 0.5

    def x(seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / end

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    for tick in range(TICKS + 1):
        value = low + (high - low) * tick / TICKS
        seconds = end * tick / TICKS
        place = f'x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end"'
        parts.append(
            f'<path class="grid" d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}"/><text {place}>{value:,.4g}</text>'
        )
        anchor = "start" if tick == 0 else "end" if tick == TICKS else "middle"
        place = f'x="{x(seconds):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}"'
        parts.append(f"<text {place}>{seconds / 3600:,.1f} h</text>")
    for number, (name, line) in enumerate(lines.items()):
        path = "".join(
            f"{'M' if place == 0 else 'H'}{x(seconds):.1f}{' ' if place == 0 else 'V'}{y(value):.1f}"
            for place, (seconds, value) in enumerate(line)
        )
        parts.append(
            f'<path class="line c{number % 6}" d="{path}"><title>{escape(name)} ({escape(unit)})</title></path>'
        )
    return "".join(parts) + "</svg>"
