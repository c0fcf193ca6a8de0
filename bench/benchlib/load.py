"""One measurement: the load generator runs against a server, and the server's CPU time is read around it."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Iterator

from .machine import Machine
from .processes import BenchError, Server, busy_seconds, cpu_seconds, user_seconds


@dataclass(frozen=True)
class Load:
    """What is asked of a server, and what has to come back."""
    port: int
    request: bytes
    requests: int
    connections: int = 64
    closing: bool = False
    body_length: int = 0
    groups: int = 0
    in_turn: bool = False
    rate: float = 0
    seconds: float = 30
    idle: int = 0
    status: int = 503

    def command(self, machine: Machine) -> list[str]:
        file = _request_file(machine.folder, self.request)
        command = [str(machine.loadgen), "--port", str(self.port), "--request", str(file),
                   "--requests", str(self.requests), "--connections", str(self.connections),
                   "--body-length", str(self.body_length), "--status", str(self.status),
                   "--time-limit", str(self.seconds)]
        for given, option in ((self.closing, ["--close"]), (self.groups, ["--vary-groups", str(self.groups)]),
                              (self.in_turn, ["--in-turn"]), (self.rate, ["--rate", str(self.rate)]),
                              (self.idle, ["--idle", str(self.idle)])):
            if given:
                command += option
        return command


@dataclass(frozen=True)
class Sample:
    """One measurement's outcome. Times in microseconds, shares from 0 to 1."""
    cpu: float         # of the server, for one request
    user_share: float  # of that, the part outside the kernel
    rps: float
    p50: float
    p99: float
    busy: float        # how much of the time the server was running
    foreign: float     # how much of both cores' time went to neither server nor client


def run_load(machine: Machine, server: Server, load: Load) -> dict[str, float]:
    with machine.client.for_children():
        result = subprocess.run(load.command(machine), capture_output=True, text=True, check=False)
    return _result_of(server, result.returncode, result.stdout, result.stderr)


def measure(machine: Machine, server: Server, load: Load) -> Sample:
    run_load(machine, server, replace(load, requests=max(load.connections, load.requests // 20), seconds=0.2))
    pids = server.pids()
    cores = machine.server.cores | machine.client.cores
    busy, cpu, user, began = busy_seconds(cores), cpu_seconds(pids), user_seconds(pids), time.monotonic()
    result = run_load(machine, server, load)
    cpu, user, busy = cpu_seconds(pids) - cpu, user_seconds(pids) - user, busy_seconds(cores) - busy
    elapsed = time.monotonic() - began
    return Sample(cpu=cpu * 1e6 / result["requests"], user_share=min(1.0, user / cpu) if cpu else 0.0,
                  rps=result["rps"], p50=result["p50_us"], p99=result["p99_us"], busy=cpu / result["seconds"],
                  foreign=max(0.0, busy - cpu - result["client_cpu_seconds"]) / (elapsed * len(cores)))


class BackgroundLoad:
    """A load that goes on while something else is done. finish() ends it and gives its result."""

    def __init__(self, machine: Machine, server: Server, load: Load) -> None:
        self._server = server
        with machine.client.for_children():
            self.process = subprocess.Popen(load.command(machine), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self) -> dict[str, float]:
        self.process.terminate()
        output, problems = self.process.communicate(timeout=60)
        return _result_of(self._server, self.process.returncode, output, problems)

    def __enter__(self) -> "BackgroundLoad":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@contextmanager
def idle_connections(machine: Machine, server: Server, load: Load) -> Iterator[None]:
    """Holds load.idle connections, each of which has had one answer."""
    with BackgroundLoad(machine, server, load) as holding:
        output: IO[str] = holding.process.stdout  # type: ignore[assignment]
        if not output.readline():
            holding.finish()  # tells why
        yield
        holding.process.communicate(timeout=60)  # they are held until its standard input ends


def _result_of(server: Server, code: int, output: str, problems: str) -> dict[str, float]:
    if code != 0:
        server.check()
        raise BenchError(f"{server.name}: {problems.strip() or f'the load generator ended with {code}'}")
    return json.loads(output)


def _request_file(folder: Path, request: bytes) -> Path:
    path = folder / f"request.{abs(hash(request))}"
    if not path.exists():
        path.write_bytes(request)
    return path
