"""The command line in a terminal: colours, and a table that goes on until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from pathlib import Path

import pytest

from admin.commands import Run
from admin.configs import TWO
from admin.conftest import Stage
from support.net import wait_until
from support.understudy import binary

pytestmark = pytest.mark.usefixtures("no_address_of_the_machine")


class Terminal:
    """A command in a terminal of its own, and what it has shown so far."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))

        def controlling() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(
            [binary(), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=controlling,
            env={**os.environ, "TERM": "xterm", **env},
        )
        os.close(slave)
        self._shown = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 4096)
            except OSError:
                return
            if not data:
                return
            self._shown += data

    @property
    def shown(self) -> str:
        return self._shown.decode("utf-8", "replace")

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def end(self, limit: float = 20) -> int:
        code = self.child.wait(limit)
        self._thread.join(limit)
        return code

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self._master)


class TestTerminal:
    def test_watch_until_ctrl_c(self, shared: Stage, run: Run) -> None:
        env = {"UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"}
        with Terminal("status", "--watch", env=env) as terminal:
            wait_until(lambda: "shop" in terminal.shown, what="the table")
            assert "maintenance" not in terminal.shown
            run("on", "shop", "--for", "1h")
            wait_until(lambda: "maintenance" in terminal.shown, what="the change to be shown")
            assert "\x1b[" in terminal.shown, "colours, in a terminal"
            terminal.press(b"\x03")
            assert terminal.end() in (0, 130, -signal.SIGINT)
            if "\x1b[?25l" in terminal.shown:
                assert terminal.shown.rindex("\x1b[?25h") > terminal.shown.rindex(
                    "\x1b[?25l"
                ), "the cursor is back"

    def test_watch_goes_on_while_the_server_is_away(
        self, understudy, short_path: Path, tmp_path: Path
    ) -> None:
        from admin.configs import listeners

        config = TWO + listeners(short_path / "a.sock")
        first = understudy(config)
        with Terminal("status", "--watch", env={"UNDERSTUDY_ADMIN": f"unix:{short_path}/a.sock"}) as terminal:
            wait_until(lambda: "shop" in terminal.shown, what="the table")
            first.stop()
            before = len(terminal.shown)
            wait_until(
                lambda: "a.sock" in terminal.shown[before:] or terminal.child.poll() is not None,
                what="a word",
            )
            assert terminal.child.poll() in (None, 1), "waits for it, or says so and ends with 1"
            terminal.press(b"\x03")
            terminal.end()

    def test_no_color(self, shared: Stage, run: Run) -> None:
        run("on", "shop")
        env = {"UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"}
        with Terminal("status", env=env) as terminal:
            assert terminal.end() == 0
            assert "\x1b[" in terminal.shown
        with Terminal("status", env={**env, "NO_COLOR": "1"}) as terminal:
            assert terminal.end() == 0
            assert "maintenance" in terminal.shown and "\x1b[" not in terminal.shown

    def test_texts_cannot_move_the_cursor(self, shared: Stage) -> None:
        """A reason is somebody else's text: it does not command the terminal of whoever looks."""
        evil = "x\x1b[2J\x1b]0;owned\x07y\r\nshop  open \x9b2J"
        window = {"groups": ["shop"], "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}
        calls = [
            ("PUT", "/groups/shop/mode", {"mode": "maintenance", "reason": evil}),
            ("PUT", "/groups/shop/mode", {"mode": "maintenance", "texts": {"en": {"title": evil}}}),
            ("POST", "/windows", {**window, "title": evil}),
            ("POST", "/windows", {**window, "reason": evil}),
            ("POST", "/tokens", {"label": evil, "scope": "viewer"}),
        ]
        for method, path, body in calls:
            assert shared.unix.call(method, path, body).status in (200, 201, 422)
        env = {"UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}", "NO_COLOR": "1"}
        lists = (["status"], ["status", "shop"], ["audit"], ["window", "list"], ["token", "list"])
        for arguments in lists:
            with Terminal(*arguments, env=env) as terminal:
                assert terminal.end() == 0
                assert not {"\x1b", "\x07", "\x9b"} & set(terminal.shown), arguments
        shared.unix.switch("shop", "open")

    def test_watch_in_a_pipe_ends_with_it(self, shared: Stage) -> None:
        env = {**os.environ, "UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"}
        child = subprocess.Popen([binary(), "status", "--watch"], stdout=subprocess.PIPE, env=env)
        try:
            assert child.stdout is not None and child.stdout.readline()
            child.send_signal(signal.SIGINT)
            assert child.wait(20) in (0, 130, -signal.SIGINT)
        finally:
            child.kill()
            child.wait()
            child.stdout.close()  # type: ignore[union-attr]
