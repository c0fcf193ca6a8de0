"""A child process with its output kept, line by line."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable, Mapping, Sequence

# Every process that is running now; a failing test's report shows their output.
running: list["Process"] = []

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    """In the child: SIGTERM when the test run itself is killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Lines:
    """The lines that a pipe has given so far, read by a thread of its own."""

    def __init__(self, pipe) -> None:
        self._pipe = pipe
        self._lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for raw in self._pipe:
            with self._changed:
                self._lines.append(raw.decode("utf-8", "backslashreplace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._pipe.close()

    def all(self) -> list[str]:
        with self._changed:
            return list(self._lines)

    def text(self) -> str:
        return "\n".join(self.all())

    def wait(
        self, accept: Callable[[str], bool], limit: float, start: int = 0
    ) -> tuple[int, str] | None:
        """The first line from number `start` on that `accept` takes, with its number.

        None when `limit` seconds pass, or the pipe ends, without one.
        """
        deadline = time.monotonic() + limit
        index = start
        with self._changed:
            while True:
                while index < len(self._lines):
                    if accept(self._lines[index]):
                        return index, self._lines[index]
                    index += 1
                remaining = deadline - time.monotonic()
                if self._ended or remaining <= 0:
                    return None
                self._changed.wait(remaining)

    def finish(self, limit: float = 10.0) -> None:
        """Waits until the pipe has been read to its end."""
        self._thread.join(limit)


class Process:
    """A child that is started at once and stopped by `stop` or at the end of `with`."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | os.PathLike],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stop_signal: int = signal.SIGTERM,
        stdin: int = subprocess.DEVNULL,
        shown: int = 200,
    ) -> None:
        """`shown`: how many of its last lines a failing test's report holds."""
        self.name = name
        self.shown = shown
        self.arguments = [os.fspath(part) for part in arguments]
        self.stop_signal = stop_signal
        self.child = subprocess.Popen(
            self.arguments,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.out = Lines(self.child.stdout)
        self.err = Lines(self.child.stderr)
        running.append(self)

    @property
    def pid(self) -> int:
        return self.child.pid

    def alive(self) -> bool:
        return self.child.poll() is None

    def signal(self, number: int) -> None:
        self.child.send_signal(number)

    def kill(self) -> None:
        """Ends it and its own children without warning, as a crash would, and waits."""
        if self.alive():
            # A group of its own (start_new_session): an orphaned worker of a proxy would go on serving.
            os.killpg(self.pid, signal.SIGKILL)
        self._collect(10)

    def stop(self, limit: float = 20.0) -> int:
        """Asks it to end and returns its exit code; killed (and an error) after `limit`."""
        if self.alive():
            self.child.send_signal(self.stop_signal)
        try:
            return self._collect(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} did not end within {limit} s of being asked to\n{self.transcript()}"
            ) from None

    def _collect(self, limit: float) -> int:
        code = self.child.wait(limit)
        self.out.finish()
        self.err.finish()
        if self in running:
            running.remove(self)
        return code

    def transcript(self, last: int | None = None) -> str:
        """Its last lines of output, for a person to read."""
        last = last or self.shown
        parts = []
        for label, lines in (("stdout", self.out.all()), ("stderr", self.err.all())):
            if lines:
                cut = f" (last {last} of {len(lines)} lines)" if len(lines) > last else ""
                parts.append(f"--- {self.name} {label}{cut} ---\n" + "\n".join(lines[-last:]))
        return "\n".join(parts) or f"--- {self.name}: no output ---"

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.stop()
