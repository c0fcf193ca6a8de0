"""The API that understudy stands in for, as a process that can be killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from support.net import LOOPBACK, free_port
from support.process import Process

TESTS = Path(__file__).resolve().parents[1]


class App:
    """A running `support.api_app` on a port (kept over restarts) or a Unix socket.

    Use it in `with`, or call `kill`. `certificate` is a PEM file with
    certificate and key, and makes it speak TLS. `module` is another app that
    is started with the same options.
    """

    def __init__(
        self,
        directory: Path,
        name: str = "app",
        *,
        unix: Path | None = None,
        certificate: Path | None = None,
        module: str = "support.api_app",
        start: bool = True,
    ) -> None:
        self.name = name
        self._module = module
        self.unix = unix
        self.port = 0 if unix else free_port()
        self._mood = Path(directory) / f"{name}.mood"
        self._certificate = certificate
        self.process: Process | None = None
        if start:
            self.start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def start(self) -> None:
        """Starts it (again); returns when it accepts connections."""
        assert self.process is None or not self.process.alive()
        command = [sys.executable, "-m", self._module, "--name", self.name]
        command += ["--unix", str(self.unix)] if self.unix else ["--port", str(self.port)]
        command += ["--mood", str(self._mood)]
        if self._certificate:
            command += ["--certificate", str(self._certificate)]
        if self.unix:
            self.unix.unlink(missing_ok=True)
        # Only this folder is the import path: the working directory holds an http.py of ours.
        self.process = Process(self.name, command, cwd=TESTS, env={"PYTHONPATH": os.fspath(TESTS)})
        ready = self.process.out.wait(lambda line: line.startswith("ready"), limit=30)
        assert ready, f"{self.name} did not start\n{self.process.transcript()}"

    def answer_with(self, status: int) -> None:
        """From now on it gives this status, with a body of its own, to everything."""
        temporary = self._mood.with_suffix(".new")
        temporary.write_text(str(status))
        temporary.replace(self._mood)

    def answer_normally(self) -> None:
        self._mood.unlink(missing_ok=True)

    def kill(self) -> None:
        """As a crash would: connections are cut, the port refuses."""
        if self.process:
            self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.kill()
