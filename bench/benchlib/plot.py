"""The CPU time per request as a bar chart: one SVG file, readable on a light and on a dark page."""

from __future__ import annotations

from html import escape

from .contests import Contest, Results, middle

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 760, 120, 70
BAR, GAP, TITLE, MARGIN = 20, 6, 34, 16
COLOURS = {"understudy": "#d9822b", "null": "#8a94a0"}
OTHERS = "#5b8db8"

STYLE = """text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.value { font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }"""


def chart(contests: list[Contest], results: Results) -> str:
    parts: list[str] = []
    top = MARGIN
    for contest in contests:
        times = {entry.name: middle(results[contest.key][entry.name], "cpu") for entry in contest.entries}
        parts.append(f'<text class="title" x="{MARGIN}" y="{top + 16}">{escape(contest.title)}: '
                     "CPU time per request, µs</text>")
        top += TITLE
        for entry in contest.entries:
            parts.append(_bar(entry.name, entry.label, times[entry.name], max(times.values()), top))
            top += BAR + GAP
        top += MARGIN
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'role="img" aria-label="CPU time per request by server">\n<style>{STYLE}</style>\n'
            + "\n".join(parts) + "\n</svg>\n")


def _bar(name: str, label: str, value: float, longest: float, top: float) -> str:
    left = MARGIN + LABEL_WIDTH
    length = (WIDTH - left - VALUE_WIDTH - MARGIN) * value / longest
    middle_line = top + BAR * 0.72
    return (f'<text x="{left - 10}" y="{middle_line:.1f}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3" '
            f'fill="{COLOURS.get(name, OTHERS)}"/>'
            f'<text class="value" x="{left + length + 8:.1f}" y="{middle_line:.1f}">{value:.1f}</text>')
