"""What is measured side by side: contests, each with some entries, in rounds over all of them.

Absolute times drift with the machine's mood; within one round all entries meet the same mood. So every ratio
is formed within a round, and the median over the rounds is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Callable

from . import wire
from .load import Load, Sample, measure
from .machine import Machine
from .peers import Peer
from .processes import Server

# A connection per request costs several times as much: fewer requests give the same length of measurement.
CLOSING_SHARE = 5
TIME_LIMIT = 2.0


@dataclass(frozen=True)
class Entry:
    name: str
    label: str
    server: Server
    load: Load


@dataclass(frozen=True)
class Contest:
    key: str
    title: str
    entries: list[Entry]


Results = dict[str, dict[str, list[Sample]]]


def peer_contests(peers: list[Peer], lengths: dict[str, int], requests: int, connections: int) -> list[Contest]:
    contests = []
    for closing in (False, True):
        for format, name in (("json", "JSON"), ("html", "HTML with br")):
            build = wire.fetch if format == "json" else wire.page
            request = build(connection="close" if closing else "keep-alive")
            count = requests // CLOSING_SHARE if closing else requests
            entries = [Entry(peer.name, peer.label, peer.server(format, closing),
                             Load(peer.port(format, closing), request, count, connections, closing, lengths[format],
                                  seconds=TIME_LIMIT))
                       for peer in peers]
            way = "a connection per request" if closing else "keep-alive"
            contests.append(Contest(f"{'close' if closing else 'keepalive'}-{format}", f"{name}, {way}", entries))
    return contests


def run_rounds(machine: Machine, contests: list[Contest], rounds: int, tell: Callable[[str], None]) -> Results:
    results: Results = {contest.key: {entry.name: [] for entry in contest.entries} for contest in contests}
    for number in range(rounds):
        for contest in contests:
            # Another one begins in every round, so that no place in the order is anybody's.
            turn = number % len(contest.entries)
            for entry in contest.entries[turn:] + contest.entries[:turn]:
                tell(f"round {number + 1} of {rounds}: {contest.title}: {entry.label}")
                results[contest.key][entry.name].append(measure(machine, entry.server, entry.load))
    return results


def middle(samples: list[Sample], field: str) -> float:
    return median(getattr(sample, field) for sample in samples)


def ratios(results: Results, key: str, name: str, base: str) -> list[float]:
    """The CPU time of `name` in terms of `base`, for every round; empty where either was not measured."""
    contest = results.get(key, {})
    return [mine.cpu / theirs.cpu for mine, theirs in zip(contest.get(name, []), contest.get(base, []))]
