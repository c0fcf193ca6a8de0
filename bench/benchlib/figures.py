"""The figures that understudy is to reach, and whether a run reached them."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from .contests import Results, ratios
from .groups import Reloads
from .memory import Idle


@dataclass
class Outcome:
    """Everything a run found out. What was left out is None or empty."""
    results: Results = field(default_factory=dict)
    idle: dict[str, Idle] = field(default_factory=dict)
    demonstration_bytes: int | None = None
    groups: int = 100_000
    bytes_per_group: float | None = None
    reloads: Reloads | None = None
    starts: list[float] = field(default_factory=list)
    start_groups: int = 1_000


@dataclass(frozen=True)
class Figure:
    name: str
    limit: float
    reached: float | None  # None: not measured in this run
    unit: str = ""
    spread: tuple[float, float] | None = None

    @property
    def ok(self) -> bool | None:
        return None if self.reached is None else self.reached <= self.limit


def figures(outcome: Outcome) -> list[Figure]:
    return [
        _ratio(outcome, "CPU of a JSON 503, to the null server", 1.15, "keepalive-json", "null"),
        _ratio(outcome, "CPU of a JSON 503, to nginx", 0.76, "keepalive-json", "nginx"),
        _ratio(outcome, "CPU of a JSON 503, to HAProxy", 0.66, "keepalive-json", "haproxy"),
        _ratio(outcome, "the same with a connection per request, to nginx", 0.85, "close-json", "nginx"),
        Figure("memory per idle connection", 600, _idle(outcome), "bytes"),
        Figure("resident with the demonstration configuration", 10.0, _megabytes(outcome.demonstration_bytes), "MB"),
        _ratio(outcome, f"CPU with {outcome.groups:,} groups, to one group", 1.10, "groups", "few", "many"),
        Figure("memory per group", 2048, outcome.bytes_per_group, "bytes"),
        _seconds(f"reload with {outcome.groups:,} groups, no request failed", 1.0,
                 outcome.reloads.seconds if outcome.reloads else [], "s", 1),
        _seconds(f"start to first answer with {outcome.start_groups:,} groups", 50, outcome.starts, "ms", 1000),
    ]


def _ratio(outcome: Outcome, name: str, limit: float, key: str, base: str, mine: str = "understudy") -> Figure:
    values = ratios(outcome.results, key, mine, base)
    return Figure(name, limit, median(values) if values else None, "times", _spread(values))


def _seconds(name: str, limit: float, values: list[float], unit: str, factor: float) -> Figure:
    scaled = [value * factor for value in values]
    return Figure(name, limit, median(scaled) if scaled else None, unit, _spread(scaled))


def _spread(values: list[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


def _idle(outcome: Outcome) -> float | None:
    idle = outcome.idle.get("understudy")
    return idle.bytes_per_connection if idle else None


def _megabytes(value: int | None) -> float | None:
    return None if value is None else value / 1e6
