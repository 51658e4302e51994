"""Line charts in SVG whose colours are the page's, so that they follow its scheme.

A chart is drawn twice, for wide and for narrow screens: the page shows the one that fits, and no letter is scaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

from differential_tests.report.sample import Series

COLOURS: Final = 6
LETTER: Final = 7.2
"""Width of a letter of 12 pixels, at most."""
LINE: Final = 5
"""How far a text's middle is above its base line."""
TOP, BOTTOM = 14, 30
MINUTE, HOUR, DAY = 60, 3_600, 86_400
STEPS: Final = {
    "s": (1, (1, 2, 5, 10, 15, 30, 60)),
    "min": (MINUTE, (1, 2, 5, 10, 15, 30, 60, 120)),
    "h": (HOUR, (1, 2, 3, 6, 12, 24, 48, 96)),
    "days": (DAY, (1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730)),
}
"""Steps of an axis of time, by the unit's name: its seconds, and the multiples that people count in."""


@dataclass(frozen=True)
class Size:
    """Of a drawing, in pixels; ticks: at most so many steps of the horizontal axis, and of the vertical one."""

    name: str
    width: int
    height: int
    ticks: tuple[int, int]


SIZES: Final = (Size("wide", 490, 260, (6, 5)), Size("narrow", 320, 240, (3, 4)))


def choose_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from one at or below `low` to one at or above `high`, at most `most` + 2, evenly apart."""
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def choose_times(end: float, most: int) -> tuple[list[float], str, int]:
    """Seconds of the ticks from 0 on, not beyond `end`; the unit that they are told in, and its seconds."""
    limits = {"s": 2 * MINUTE, "min": 2 * HOUR, "h": 4 * DAY}
    unit = next((name for name, limit in limits.items() if end < limit), "days")
    seconds, multiples = STEPS[unit]
    step = seconds * next((each for each in multiples if end <= each * seconds * most), multiples[-1])
    return [number * step for number in range(floor(end / step) + 1)], unit, seconds


def tell(value: float, step: float) -> str:
    """A value of an axis, with as many digits as its step needs."""
    digits = max(0, -floor(log10(step) + 1e-9))
    return f"{value:,.{digits}f}" if digits < 7 else f"{value:.3g}"


def _leave_room(width: float, half: float, last: float) -> float:
    """What stays free on the right of the last tick's text. last: where the tick is, a part of the axis."""
    return max(12.0, width - (width - half - 4) / last) if last else 12.0


def draw_lines(lines: dict[str, Series], unit: str, label: str) -> str:
    """A chart of one or several lines over time; every value holds until the next. "" without points."""
    return "".join(_draw(lines, unit, label, size) for size in SIZES) if any(lines.values()) else ""


def _draw(lines: dict[str, Series], unit: str, label: str, size: Size) -> str:
    points = [point for line in lines.values() for point in line]
    end = max(max(seconds for seconds, _ in points), 1)
    low, high = min(value for _, value in points), max(value for _, value in points)
    if high - low < 1e-9 * max(abs(high), 1e-9):
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    values = choose_ticks(low, high, size.ticks[1])
    texts = [tell(value, values[1] - values[0]) for value in values]
    times, time_unit, seconds = choose_times(end, size.ticks[0])
    names = [f"{at / seconds:,.0f}" for at in times]
    names[-1] += f" {time_unit}"
    left = 14 + LETTER * max(map(len, texts))
    right = _leave_room(size.width - left, LETTER * len(names[-1]) / 2, times[-1] / end)

    def x(at: float) -> float:
        return left + (size.width - left - right) * at / end

    def y(value: float) -> float:
        share = (values[-1] - value) / (values[-1] - values[0])
        return TOP + (size.height - TOP - BOTTOM) * share

    box = f'viewBox="0 0 {size.width} {size.height}" width="{size.width}" height="{size.height}"'
    parts = [f'<svg class="{size.name}" {box} role="img" aria-label="{escape(label)}">']
    for value, text in zip(values, texts, strict=True):
        parts.append(f'<path class="grid" d="M{left:.1f} {y(value):.1f}H{size.width - right:.1f}"/>')
        parts.append(f'<text x="{left - 8:.1f}" y="{y(value) + LINE - 1:.1f}" text-anchor="end">{text}</text>')
    for at, text in zip(times, names, strict=True):
        anchor = "middle" if at else "start"
        parts.append(f'<path class="grid" d="M{x(at):.1f} {y(values[0]):.1f}v5"/>')
        parts.append(f'<text x="{x(at):.1f}" y="{size.height - 8}" text-anchor="{anchor}">{text}</text>')
    for number, (name, line) in enumerate(lines.items()):
        path = "".join(
            f"{'M' if place == 0 else 'H'}{x(at):.1f}{' ' if place == 0 else 'V'}{y(value):.1f}"
            for place, (at, value) in enumerate(line)
        )
        title = f"<title>{escape(name)} ({escape(unit)})</title>"
        parts.append(f'<path class="line c{number % COLOURS}" d="{path}">{title}</path>')
    return "".join(parts) + "</svg>"
