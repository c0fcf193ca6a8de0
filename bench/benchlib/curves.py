"""Curves over seconds with a logarithmic scale, as one SVG file, readable on a light and on a dark page."""

from __future__ import annotations

from html import escape
from math import log10

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 84, 20, 44, 132
COLOURS = ("#c0392b", "#8a94a0", "#5b8db8", "#d9822b")

STYLE = """text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.grid { stroke: #8a94a0; stroke-opacity: 0.35; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }"""


def chart(lines: dict[str, list[int]], *, first: int, last: int, zero: int, title: str, y_label: str,
          x_label: str) -> str:
    """One line for each of `lines`, from second `first` to `last`; `zero` is where the time axis begins to count."""
    top_value = 10 ** _power(max(max(values[first:last]) for values in lines.values()))
    height = HEIGHT - TOP - BOTTOM

    def x(second: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (second - first) / (last - first)

    def y(value: float) -> float:
        return TOP + height * (1 - log10(max(value, 1)) / log10(top_value))

    parts = [f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
             f'<text x="{LEFT}" y="37">{escape(y_label)}</text>']
    for power in range(_power(top_value) + 1):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(10 ** power):.1f}" '
                     f'y2="{y(10 ** power):.1f}"/>'
                     f'<text x="{LEFT - 8}" y="{y(10 ** power) + 4:.1f}" text-anchor="end">{10 ** power:,}</text>')
    for minute in range(-((zero - first) // 120) * 2, (last - zero) // 60 + 1, 2):
        at = x(zero + minute * 60)
        if LEFT <= at <= WIDTH - RIGHT:
            parts.append(f'<text x="{at:.1f}" y="{TOP + height + 18}" text-anchor="middle">{minute}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{TOP + height + 36}" '
                 f'text-anchor="middle">{escape(x_label)}</text>')
    for number, (name, values) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(second):.1f},{y(values[second]):.1f}" for second in range(first, last))
        legend = TOP + height + 58 + 18 * number
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>'
                     f'<line x1="{LEFT}" x2="{LEFT + 24}" y1="{legend - 4}" y2="{legend - 4}" stroke="{colour}" '
                     f'stroke-width="3"/><text x="{LEFT + 32}" y="{legend}">{escape(name)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" role="img" aria-label="{escape(title)}">\n<style>{STYLE}</style>\n'
            + "\n".join(parts) + "\n</svg>\n")


def _power(value: float) -> int:
    power = 0
    while 10 ** power < value:
        power += 1
    return max(power, 1)
