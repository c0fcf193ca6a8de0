"""Results as text: aligned tables for a terminal, the same as Markdown, everything as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from statistics import median

from .contests import Contest, Results, middle, ratios
from .figures import Figure, Outcome, figures
from .groups import reload_summary

Table = list[list[str]]
GREEN, RED, BOLD, PLAIN = "\033[32m", "\033[31m", "\033[1m", "\033[0m"
# A measurement is called disturbed when others took more than this share of the two cores.
DISTURBED = 0.05


def contest_table(contest: Contest, results: Results) -> Table:
    bases = [(name, label) for name, label in (("null", "null"), ("nginx", "nginx"), ("haproxy", "HAProxy"),
                                               ("few", "first")) if name in results[contest.key]]
    ratio_heads = [f"× {label}" for _, label in bases]
    table = [["server", "CPU µs", "user", *ratio_heads, "req/s", "p50 µs", "p99 µs", "busy"]]
    for entry in contest.entries:
        samples = results[contest.key][entry.name]
        table.append([entry.label, f"{middle(samples, 'cpu'):.2f}", f"{middle(samples, 'user_share'):.0%}",
                      *(f"{median(ratios(results, contest.key, entry.name, base)):.2f}" for base, _ in bases),
                      f"{middle(samples, 'rps'):,.0f}", f"{middle(samples, 'p50'):,.0f}",
                      f"{middle(samples, 'p99'):,.0f}", f"{middle(samples, 'busy'):.0%}"])
    return table


def idle_table(outcome: Outcome, labels: dict[str, str]) -> Table:
    table = [["server", "bytes per idle connection", "resident before, MB"]]
    for name, idle in outcome.idle.items():
        table.append([labels[name], f"{idle.bytes_per_connection:,.0f}", f"{idle.before / 1e6:.1f}"])
    return table


def figures_table(outcome: Outcome) -> Table:
    table = [["figure", "at most", "reached", "rounds from … to", "reached?"]]
    for figure in figures(outcome):
        spread = f"{_number(figure.spread[0])} … {_number(figure.spread[1])}" if figure.spread else ""
        reached = "not measured" if figure.reached is None else f"{_number(figure.reached)} {figure.unit}"
        table.append([figure.name, f"{_number(figure.limit)} {figure.unit}", reached, spread, _verdict(figure)])
    return table


def sections(contests: list[Contest], outcome: Outcome, labels: dict[str, str], quick: bool) -> list[tuple[str, Table]]:
    parts = [(contest.title, contest_table(contest, outcome.results)) for contest in contests]
    if outcome.idle:
        count = next(iter(outcome.idle.values())).connections
        parts.append((f"Memory, {count:,} idle connections", idle_table(outcome, labels)))
    title = "Figures to reach" + (" (a quick run: too short to judge by)" if quick else "")
    return parts + [(title, figures_table(outcome))]


def notes(outcome: Outcome) -> list[str]:
    samples = [sample for contest in outcome.results.values() for entry in contest.values() for sample in entry]
    disturbed = sum(sample.foreign > DISTURBED for sample in samples)
    lines = []
    if outcome.reloads:
        lines.append(reload_summary(outcome.reloads))
    if disturbed:
        lines.append(f"{disturbed} of {len(samples)} measurements were disturbed: other processes took more than "
                     f"{DISTURBED:.0%} of the two cores. Ratios bear it better than times do.")
    return lines


def as_text(parts: list[tuple[str, Table]], lines: list[str], colour: bool) -> str:
    blocks = [_paint(title, BOLD, colour) + "\n" + _aligned(table, colour) for title, table in parts]
    return "\n\n".join(blocks + lines) + "\n"


def as_markdown(parts: list[tuple[str, Table]], lines: list[str]) -> str:
    blocks = []
    for title, table in parts:
        rows = ["| " + " | ".join(row) + " |" for row in table]
        rule = "| " + " | ".join("---" if column == 0 else "---:" for column in range(len(table[0]))) + " |"
        blocks.append("\n".join([f"### {title}", "", rows[0], rule, *rows[1:]]))
    return "\n\n".join(blocks + lines) + "\n"


def as_json(outcome: Outcome, surroundings: dict[str, str], versions: dict[str, str]) -> str:
    data = {"machine": surroundings, "versions": versions, "outcome": asdict(outcome),
            "figures": [{**asdict(figure), "ok": figure.ok} for figure in figures(outcome)]}
    return json.dumps(data, indent=1) + "\n"


def _aligned(table: Table, colour: bool) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        shade = {"yes": GREEN, "no": RED}.get(row[-1])
        if shade:
            cells[-1] = _paint(cells[-1], shade, colour)
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _paint(text: str, shade: str, colour: bool) -> str:
    return f"{shade}{text}{PLAIN}" if colour else text


def _verdict(figure: Figure) -> str:
    return {None: "–", True: "yes", False: "no"}[figure.ok]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}".removesuffix(".00")
