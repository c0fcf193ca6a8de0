"""What a run stands on: the built programs, two cores, a temporary folder."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from .processes import BenchError, Place, Priority

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
# Beside the connections that are measured, a process has some descriptors for itself.
SPARE_DESCRIPTORS = 200
# Servers make room for so many connections at start, some of them at a cost for each: no more than needed.
MOST_CONNECTIONS = 12_000


@dataclass(frozen=True)
class Machine:
    folder: Path
    understudy: Path
    null_server: Path
    loadgen: Path
    server: Place
    client: Place
    most_connections: int  # that a server has to be able to hold at a time


def prepare(folder: Path, binary: Path | None, priority: Priority) -> Machine:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchError("the benchmark needs two cores: one for the server, one for the client")
    tools = _compile_tools() if binary else _build_with_cmake()
    understudy = binary or ROOT / "build/release/understudy"
    if not understudy.is_file():
        raise BenchError(f"{understudy} is not there")
    folder.chmod(0o755)  # a server may give up its rights and still has to read its files
    os.sched_setaffinity(0, {cores[1]})
    return Machine(folder, understudy.resolve(), tools / "bench_null_server", tools / "bench_loadgen",
                   Place(frozenset({cores[0]}), priority), Place(frozenset({cores[1]}), priority),
                   min(MOST_CONNECTIONS, raise_descriptor_limit() - SPARE_DESCRIPTORS))


def raise_descriptor_limit() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = min(hard, 1 << 20) if hard != resource.RLIM_INFINITY else 1 << 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


def describe() -> dict[str, str]:
    """What a reader needs to know to compare two runs."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return {"cpu": f"{cpu}, {os.cpu_count()} cores", "kernel": f"Linux {platform.release()}",
            "tcp": f"congestion control {congestion}"}


def build_tool(name: str) -> Path:
    """One of the programs of bench/ that are built of understudy's own parts."""
    return _build_with_cmake([f"bench_{name}"]) / f"bench_{name}"


def _build_with_cmake(targets: Sequence[str] = ("understudy", "bench_null_server", "bench_loadgen")) -> Path:
    build = ROOT / "build/release"
    if not (build / "CMakeCache.txt").is_file():
        _run(["cmake", "--preset", "release"])
    _run(["cmake", "--build", str(build), "--target", *targets])
    return build / "bench"


def _compile_tools() -> Path:
    """The tools alone, for a run that measures a binary from elsewhere."""
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if not compiler:
        raise BenchError("no C++ compiler: apt-get install g++")
    target = ROOT / "build/bench"
    target.mkdir(parents=True, exist_ok=True)
    for tool in ("null_server", "loadgen"):
        program = target / f"bench_{tool}"
        newest = max(file.stat().st_mtime for file in BENCH.iterdir() if file.suffix in (".cc", ".h"))
        if not program.is_file() or program.stat().st_mtime < newest:
            _run([compiler, "-std=c++20", "-O2", "-o", str(program), str(BENCH / f"{tool}.cc")])
    return target


def _run(command: list[str]) -> None:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise BenchError(f"{' '.join(command)} failed:\n{(result.stdout + result.stderr).strip()[-4000:]}")
