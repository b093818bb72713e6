"""The figures as tables for a terminal and for Markdown, and as a chart."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from tools.bench.goals import BEST, OURS, Medians, Verdict, more_is_better, ratio
from tools.bench.run import CPU, PEAK

Samples = Mapping[str, Mapping[str, Sequence[float]]]
COLOURS = {OURS: "#2a6fbb"}
OTHER_COLOURS = ("#c4561d", "#8a8a8a", "#b9a13a", "#6a994e", "#d0d0d0")
ROW, LABEL, BAR = 11, 190, 240


def medians_of(samples: Samples) -> dict[str, dict[str, float]]:
    return {
        figure: {broker: statistics.median(values) for broker, values in row.items() if values}
        for figure, row in samples.items()
    }


def table(samples: Samples) -> str:
    """A line for each figure: the median (the least, the greatest), of each broker."""
    brokers = _brokers(samples)
    width = max(map(len, samples), default=0)
    lines = [f"{'median (least, greatest)':{width}}" + "".join(f"{name:>27}" for name in brokers)]
    for figure, row in samples.items():
        cells = (_cell(row.get(name, ())) for name in brokers)
        lines.append(f"{figure:{width}}" + "".join(f"{cell:>27}" for cell in cells))
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{_number(statistics.median(values))} ({_number(min(values))}, {_number(max(values))})"


def _number(value: float) -> str:
    """Three digits, and all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(samples: Samples) -> str:
    """The medians without costs, and how kbroker compares with the best of the others."""
    brokers, medians = _brokers(samples), medians_of(samples)
    lines = [
        "| | " + " | ".join(brokers) + " | times the best peer |",
        "| --- |" + " ---: |" * (len(brokers) + 1),
    ]
    for figure, row in medians.items():
        if figure.endswith((CPU, PEAK)):
            continue
        cells = [_number(row[name]) if name in row else "-" for name in brokers]
        compared = ratio(figure, row, BEST)
        cells.append("-" if compared is None else f"{compared:.2f}")
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _brokers(samples: Samples) -> list[str]:
    return list(dict.fromkeys(name for row in samples.values() for name in row))


def verdict_lines(verdicts: Iterable[Verdict]) -> str:
    return "\n".join(
        f"{'met    ' if one.met else 'NOT MET'} {'must  ' if one.must else 'target'} {one.figure}: "
        f"{one.value:.2f}{' of ' + one.beside if one.beside else ''}, {one.bound}"
        for one in verdicts
    )


def chart(medians: Medians, figures: Sequence[str]) -> str:
    """Bars, as SVG: the longest of a figure is the best."""
    shown = [figure for figure in figures if figure in medians]
    brokers = list(dict.fromkeys(name for figure in shown for name in medians[figure]))
    others = (name for name in brokers if name != OURS)
    colours = COLOURS | dict(zip(others, OTHER_COLOURS, strict=False))
    height = 30 + len(shown) * (len(brokers) * ROW + 8)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABEL + BAR + 90} {height}" '
        'font-family="sans-serif" font-size="9">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="6" y="16" font-size="12">longer is better</text>',
    ]
    top = 26
    for figure in shown:
        row = medians[figure]
        parts.append(f'<text x="6" y="{top + ROW - 2}" font-weight="bold">{escape(figure)}</text>')
        for name in brokers:
            if name in row:
                parts += _bar(figure, row, name, colours[name], top)
            top += ROW
        top += 8
    return "\n".join([*parts, "</svg>", ""])


def _bar(figure: str, row: Mapping[str, float], name: str, colour: str, top: int) -> list[str]:
    value = row[name]
    best = max(row.values()) if more_is_better(figure) else min(row.values())
    part = value / best if more_is_better(figure) else best / max(value, 1e-9)
    width = part * BAR
    return [
        f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="{ROW - 2}" fill="{colour}"/>',
        f'<text x="{LABEL + width + 4:.1f}" y="{top + ROW - 3}">{name} {_number(value)}</text>',
    ]
