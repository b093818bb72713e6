"""Small line charts beside each other, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

COLOURS = ("#2a6fbb", "#c4561d", "#3c8d40")
WIDTH, HEIGHT, COLUMNS = 230, 150, 4
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 26, 24

Lines = Mapping[str, Mapping[str, float]]  # the line's name → where on the x axis → value


def line_charts(title: str, charts: Mapping[str, Lines]) -> str:
    """A chart for each entry; each has an axis of its own, which begins at 0."""
    names = list(next(iter(charts.values())))
    rows = -(-len(charts) // COLUMNS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * WIDTH} '
        f'{rows * HEIGHT + 40}" font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    parts += [
        f'<text x="{COLUMNS * WIDTH - 90 * (at + 1)}" y="20" fill="{colour}">{escape(name)}</text>'
        for at, (name, colour) in enumerate(zip(names, COLOURS, strict=False))
    ]
    for at, (name, lines) in enumerate(charts.items()):
        x, y = at % COLUMNS * WIDTH, at // COLUMNS * HEIGHT + 34
        parts += [f'<g transform="translate({x} {y})">', *_chart(name, lines), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _chart(name: str, lines: Lines) -> list[str]:
    top = 1.25 * max(value for line in lines.values() for value in line.values()) or 1
    ticks = list(dict.fromkeys(tick for line in lines.values() for tick in line))
    floor = HEIGHT - BOTTOM

    def x(tick: str) -> float:
        return LEFT + ticks.index(tick) * (WIDTH - LEFT - RIGHT) / max(1, len(ticks) - 1)

    def y(value: float) -> float:
        return floor - value / top * (floor - TOP)

    drawn = [
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(name)}</text>',
        f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="#999"/>',
        f'<text x="{LEFT - 4}" y="{floor}" text-anchor="end">0</text>',
        f'<text x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">{top:.3g}</text>',
    ]
    drawn += [
        f'<text x="{x(tick):.0f}" y="{floor + 14}" text-anchor="middle">{escape(tick)}</text>'
        for tick in ticks
    ]
    for line, colour in zip(lines.values(), COLOURS, strict=False):
        points = " ".join(f"{x(tick):.0f},{y(value):.1f}" for tick, value in line.items())
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return drawn
