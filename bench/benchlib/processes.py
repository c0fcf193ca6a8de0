"""Processes that the benchmark starts: pinned to a core, watched, and ended by their ids."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Callable, Iterator

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something that ends the run, told to the user in one message."""


class Priority(Enum):
    """Before whom a process runs. Niceness would not do: the kernel weighs it among one terminal's processes alone."""
    USUAL = "usual"
    FIRST = "first"  # before every usual process: the real-time class, which only root may give


@dataclass(frozen=True)
class Place:
    """Where a process runs."""
    cores: frozenset[int]
    priority: Priority = Priority.USUAL

    @contextmanager
    def for_children(self) -> Iterator[None]:
        """What is started inside gets this place: a child inherits its parent's."""
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cores)
        if self.priority is Priority.FIRST:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        try:
            yield
        finally:
            os.sched_setaffinity(0, cores)
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def wait_until(done: Callable[[], object], seconds: float, what: str) -> object:
    limit = time.monotonic() + seconds
    while not (result := done()):
        if time.monotonic() > limit:
            raise BenchError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.0005)
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process and its workers. Ended, with all of them, by stop()."""

    running: list["Server"] = []

    def __init__(self, name: str, command: list[str], folder: Path, place: Place,
                 environment: dict[str, str] | None = None) -> None:
        self.name = name
        self.stderr = folder / f"{name}.stderr"
        self.began = time.monotonic()
        with place.for_children(), open(self.stderr, "wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, cwd=folder,
                env={**os.environ, **(environment or {})}, start_new_session=True)
        Server.running.append(self)

    def check(self) -> None:
        """Raises with the server's own last words where it has ended by itself."""
        if self.process.poll() is not None:
            text = self.stderr.read_text(errors="replace").strip()[-2000:] or "(nothing on standard error)"
            raise BenchError(f"{self.name} ended with exit code {self.process.returncode}:\n{text}")

    def wait_for_port(self, port: int, seconds: float = 20) -> None:
        def open_now() -> bool:
            self.check()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_until(open_now, seconds, f"{self.name} to listen on port {port}")

    def wait_for_event(self, event: str, after: int = 0, seconds: float = 60) -> int:
        """Waits for a line of JSON with "event": `event` beyond byte `after` of the log; returns where the
        log then ends."""
        def seen() -> int:
            self.check()
            with open(self.stderr, "rb") as log:
                log.seek(after)
                text = log.read()
            for line in text.splitlines(keepends=True):
                if line.endswith(b"\n") and line.startswith(b"{") and json.loads(line).get("event") == event:
                    return after + len(text)
            return 0
        return int(wait_until(seen, seconds, f'{self.name} to log the event "{event}"'))  # type: ignore[call-overload]

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        children: dict[int, list[int]] = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = stat_fields(int(entry))
                except OSError:
                    continue  # it ended in the meantime
                children.setdefault(int(fields[1]), []).append(int(entry))
        found = [self.process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def stop(self) -> None:
        if self not in Server.running:
            return
        Server.running.remove(self)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                for pid in self.pids():
                    os.kill(pid, signal.SIGKILL)
                self.process.wait()
                raise BenchError(f"{self.name} did not end within 10 s of SIGTERM") from None

    @staticmethod
    def stop_all() -> None:
        for server in list(Server.running):
            try:
                server.stop()
            except BenchError:
                pass  # it was killed; the reason for the run's end matters more


def stat_fields(pid: int) -> list[str]:
    """/proc/PID/stat from the third field on (the second, the name, may hold blanks)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def cpu_seconds(pids: list[int]) -> float:
    """User + system time of processes, with all their threads, in nanosecond steps.

    /proc/PID/stat counts the same time in clock ticks of 10 ms; schedstat has it exactly. Threads that have
    ended are missing there, so where schedstat is not to be had, or falls behind by more than the ticks'
    rounding, the ticks are taken.
    """
    total = 0.0
    for pid in pids:
        fields = stat_fields(pid)
        ticks = (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
        exact = sum(_thread_nanoseconds(pid, thread) for thread in os.listdir(f"/proc/{pid}/task"))
        total += exact / 1e9 if abs(exact / 1e9 - ticks) < 0.05 else ticks
    return total


def _thread_nanoseconds(pid: int, thread: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
    except OSError:
        return 0  # it has ended in the meantime, or this kernel has no schedstat


def user_seconds(pids: list[int]) -> float:
    """The user part alone. The kernel samples it at its timer's rate: good for a share, not for a figure."""
    return sum(int(stat_fields(pid)[11]) for pid in pids) / CLOCK_TICKS


def resident_bytes(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                total += int(line.split()[1]) * 1024
    return total


def busy_seconds(cores: frozenset[int]) -> float:
    """Time that cores have spent on anything at all, stolen time included."""
    total = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *values = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, values[:8])
            total += user + nice + system + irq + softirq + steal
    return total / CLOCK_TICKS
