"""understudy with few and with many groups: what each costs in time, in memory, in reloading and at start."""

from __future__ import annotations

import os
import signal
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import wire
from .contests import TIME_LIMIT, Contest, Entry
from .load import BackgroundLoad, Load, run_load
from .machine import Machine
from .processes import BenchError, Server, free_port, resident_bytes, wait_until

SERVER = """[server]
listen = ["127.0.0.1:{port}"]
workers = 1

[admin]
listen = []

[log]
access = false
"""
GROUP = """
[groups.g{number:06d}]
id = "{id}"
hosts = ["g{number:06d}.example"]
retry_after = "{retry_after}s"
[groups.g{number:06d}.cors]
origins = ["https://g{number:06d}.example"]
credentials = true
"""
# Traffic during a reload: enough to meet every moment of it, not so much that the one core has no time left.
KEPT_RATE, SINGLE_RATE = 2000, 200


class GroupServer:
    """An understudy with so many groups, each asked once, so that what is made on demand is there."""

    def __init__(self, machine: Machine, groups: int) -> None:
        self.machine = machine
        self.groups = groups
        self.port = free_port()
        self.config = machine.folder / f"groups-{groups}.toml"
        self.ids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, f"g{number}.example")) for number in range(groups)]
        self.write_config(retry_after=600)
        self.server = start(machine, self.config, f"understudy-{groups}-groups")
        self.server.wait_for_port(self.port, seconds=60)
        self.resident_at_start = resident_bytes(self.server.pids())
        answer = wire.ask(self.port, wire.group_fetch(groups - 1))
        if answer.status != 503 or answer.get("access-control-allow-origin") != f"https://g{groups - 1:06d}.example":
            raise BenchError(f"the last of {groups} groups answers wrongly:\n{answer.raw[:600].decode('latin-1')}")
        self.body_length = len(answer.body)
        run_load(machine, self.server, self.load(max(groups, 1000), in_turn=True))
        self.resident = resident_bytes(self.server.pids())

    def write_config(self, retry_after: int) -> None:
        groups = (GROUP.format(number=number, id=id, retry_after=retry_after) for number, id in enumerate(self.ids))
        self.config.write_text(SERVER.format(port=self.port) + "".join(groups))

    def load(self, requests: int, **more: object) -> Load:
        return Load(self.port, wire.group_fetch(0), requests, body_length=self.body_length, groups=self.groups,
                    **more)  # type: ignore[arg-type]


def start(machine: Machine, config: Path, name: str) -> Server:
    return Server(name, [str(machine.understudy), "serve", "--config", str(config)], machine.folder,
                  machine.server)


def contest(few: GroupServer, many: GroupServer, requests: int) -> Contest:
    entries = [Entry(name, f"{one.groups:,} group{'s' if one.groups > 1 else ''}", one.server,
                     one.load(requests, seconds=TIME_LIMIT))
               for name, one in (("few", few), ("many", many))]
    return Contest("groups", "understudy: JSON, keep-alive, requests scattered over all groups", entries)


@dataclass(frozen=True)
class Reloads:
    seconds: list[float]
    requests: int  # answered meanwhile, over connections kept and new ones; each answer checked
    worst_ms: float


def measure_reloads(server: GroupServer, count: int) -> Reloads:
    """From SIGHUP to the event "reloaded", each time with a changed file, under traffic. A request that fails
    ends the run."""
    machine = server.machine
    kept = server.load(10 ** 9, connections=16, rate=KEPT_RATE, seconds=300)
    single = Load(server.port, wire.group_fetch(0, "close"), 10 ** 9, 4, True, server.body_length, server.groups,
                  rate=SINGLE_RATE, seconds=300)
    with (BackgroundLoad(machine, server.server, kept) as first,
          BackgroundLoad(machine, server.server, single) as second):
        seconds = [_reload(server, retry_after=1200 + 600 * number) for number in range(count)]
        ended = [first.finish(), second.finish()]
    return Reloads(seconds, int(sum(result["requests"] for result in ended)),
                   max(result["max_us"] for result in ended) / 1000)


def _reload(server: GroupServer, retry_after: int) -> float:
    server.write_config(retry_after)
    log_end = server.server.stderr.stat().st_size
    began = time.monotonic()
    os.kill(server.server.process.pid, signal.SIGHUP)
    server.server.wait_for_event("reloaded", after=log_end)
    seconds = time.monotonic() - began

    def in_force() -> bool:
        answer = wire.ask(server.port, wire.group_fetch(server.groups - 1, "close"))
        return int(answer.get("retry-after")) >= retry_after
    wait_until(in_force, 10, "the reloaded configuration to be in force")
    return seconds


def measure_starts(machine: Machine, groups: int, count: int) -> list[float]:
    """From before the process is made until its first 503 has been read."""
    seconds = []
    for number in range(count):
        port = free_port()
        config = machine.folder / "start.toml"
        config.write_text(SERVER.format(port=port) + "".join(
            GROUP.format(number=i, id=uuid.uuid5(uuid.NAMESPACE_DNS, f"g{i}.example"), retry_after=600)
            for i in range(groups)))
        server = start(machine, config, f"understudy-start-{number}")
        request = wire.group_fetch(groups - 1, "close")
        wait_until(lambda: _answers(server, port, request), 20, "understudy's first answer")
        seconds.append(time.monotonic() - server.began)
        server.stop()
    return seconds


def _answers(server: Server, port: int, request: bytes) -> bool:
    server.check()
    try:
        return wire.ask(port, request).status == 503
    except ConnectionRefusedError:
        return False


def bytes_per_group(few: GroupServer, many: GroupServer) -> float:
    return (many.resident - few.resident) / (many.groups - few.groups)


def reload_summary(reloads: Reloads) -> str:
    count = len(reloads.seconds)
    return (f"{count} reload{'s' if count > 1 else ''}: median {median(reloads.seconds):.2f} s; meanwhile "
            f"{reloads.requests:,} requests, none failed, the slowest {reloads.worst_ms:.0f} ms")
