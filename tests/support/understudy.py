"""The real binary, started with a configuration text and stopped without a trace."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Mapping

from support.http import Response, Target, request
from support.process import Process

REPOSITORY = Path(__file__).resolve().parents[2]

# What a sanitizer writes to stderr when it has found something.
SANITIZER_REPORTS = (
    "ERROR: AddressSanitizer",
    "ERROR: LeakSanitizer",
    "LeakSanitizer",
    "runtime error:",
    "WARNING: ThreadSanitizer",
)


def binary() -> Path:
    """The understudy under test: UNDERSTUDY_BINARY, else the sanitized build."""
    path = Path(os.environ.get("UNDERSTUDY_BINARY", "build/debug/understudy"))
    return path if path.is_absolute() else REPOSITORY / path


def sanitizer_reports(text: str) -> list[str]:
    return [line for line in text.splitlines() if any(mark in line for mark in SANITIZER_REPORTS)]


def run_command(
    *arguments: str | os.PathLike,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Runs the binary to its end (`check`, `--version`, …); no sanitizer may complain."""
    done = subprocess.run(
        [os.fspath(binary()), *map(os.fspath, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
    )
    assert not sanitizer_reports(done.stderr), done.stderr
    return done


def hash_of(password: str) -> str:
    """What stands for a password in a configuration."""
    words = [os.fspath(binary()), "pass", "password"]
    done = subprocess.run(words, input=password + "\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Metrics:
    """A Prometheus exposition, read strictly."""

    _SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
    _LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?')

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: list[tuple[str, dict[str, str], float]] = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                self.samples.append(self._parse(line))

    def _parse(self, line: str) -> tuple[str, dict[str, str], float]:
        match = self._SAMPLE.fullmatch(line)
        assert match, f"no Prometheus sample: {line!r}"
        name, labels, value = match.groups()
        pairs = self._LABEL.findall(labels or "")
        assert "".join(f'{k}="{v}",' for k, v in pairs).rstrip(",") == (labels or "").rstrip(",")
        return name, dict(pairs), float(value)

    def select(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        """The samples of that name that carry at least these labels."""
        return [
            (have, value)
            for sample, have, value in self.samples
            if sample == name and labels.items() <= have.items()
        ]

    def value(self, name: str, **labels: str) -> float:
        """The sum over `select`; 0 where there is none."""
        return sum(value for _, value in self.select(name, **labels))


class Understudy:
    """A running server. Use it in `with`, or call `stop`.

    `config` is the whole TOML text, in which `{short}` stands for a folder with
    a short name, for Unix sockets. Where it says nothing about them, the
    server gets `listen = ["127.0.0.1:0"]` and an admin socket in a folder of
    its own; both are appended, so line numbers stay. `config=None` starts
    the built-in demonstration (give `env` to move its port).

    Attributes: `config_path`; `listeners`, the public addresses in the order
    in which the server said that it listens, with "tls:" before one that
    speaks TLS; `admins`, the admin addresses (each a (host, port) pair or a
    socket's path), and `admin`, the first of them or None.

    What the server keeps is in memory, unless `config` (or `env`) says where.
    """

    def __init__(
        self,
        config: str | None,
        directory: Path,
        *,
        env: Mapping[str, str] | None = None,
        name: str = "understudy",
        limit: float = 30.0,
    ) -> None:
        self.directory = Path(directory)
        # Socket paths are limited to 107 bytes: a short folder, not the test's long one.
        self._short = Path(tempfile.mkdtemp(prefix="us-"))
        self.config_path = self.directory / f"{name}.toml"
        arguments: list[str | os.PathLike] = [binary(), "serve"]
        # Never the machine's own /var/lib/understudy.
        store = {} if config is not None and _names_store(config) else {"UNDERSTUDY_STORE_PATH": "memory"}
        if config is not None:
            self.write_config(config)
            arguments += ["--config", self.config_path]
        self._seen: dict[str, int] = {}  # for each event name, the log line to look from
        self._stopped = False
        self.process = Process(
            name,
            arguments,
            cwd=self.directory,
            env={
                "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
                "UBSAN_OPTIONS": "print_stacktrace=1",
                **store,
                **(env or {}),
            },
        )
        try:
            self.wait_event("ready", limit=limit)
        except BaseException:
            self.process.kill()
            shutil.rmtree(self._short, ignore_errors=True)
            raise
        self.listeners = self.listening("public")
        self.admins: list[Target] = [target_of(address) for address in self.listening("admin")]
        self.admin: Target | None = self.admins[0] if self.admins else None

    def write_config(self, config: str) -> None:
        """Replaces the configuration file in one step; `reload` makes it count."""
        text = self._with_defaults(config)
        temporary = self.config_path.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.config_path)

    def _with_defaults(self, config: str) -> str:
        config = config.replace("{short}", str(self._short))
        try:
            document = tomllib.loads(config)
        except tomllib.TOMLDecodeError:
            return config  # broken on purpose: the server is to say so
        text = config.rstrip("\n") + "\n"
        if "server" not in document:
            text += '[server]\nlisten = ["127.0.0.1:0"]\n'
        else:
            assert "listen" in document["server"], 'say where to listen: listen = ["127.0.0.1:0"]'
        if "admin" not in document:
            text += f'[admin]\nlisten = ["unix:{self._short}/admin.sock"]\n'
        return text

    # Where it listens.

    def listening(self, which: str) -> list[str]:
        """The addresses of one kind: public, admin, spoe, agent-check; with "tls:" before one that speaks TLS."""
        return [
            ("tls:" if event.get("tls") == "yes" else "") + event["address"]
            for event in self.events("listening")
            if event.get("listener") == which
        ]

    @property
    def port(self) -> int:
        """The first plain TCP port."""
        return next(p for a in self.listeners if (p := tcp_port(a)) and not a.startswith("tls:"))

    @property
    def tls_port(self) -> int:
        """The first TLS port."""
        return next(p for a in self.listeners if a.startswith("tls:") and (p := tcp_port(a)))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"http://{self.address}"

    # What it says.

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The log so far, as objects; only those of that event where `name` is given."""
        found = [event for line in self.process.err.all() if (event := _json_line(line))]
        return [e for e in found if name is None or e.get("event") == name]

    def access_log(self) -> list[dict[str, Any]]:
        return [entry for line in self.process.out.all() if (entry := _json_line(line))]

    def wait_event(self, name: str, *, limit: float = 10.0, **fields: Any) -> dict[str, Any]:
        """The next line of that event after the one last waited for; fields must be equal."""

        def fits(line: str) -> bool:
            event = _json_line(line)
            return (
                event is not None
                and event.get("event") == name
                and all(event.get(key) == value for key, value in fields.items())
            )

        found = self.process.err.wait(fits, limit, self._seen.get(name, 0))
        if found is None:
            state = "running" if self.process.alive() else f"ended with {self.process.child.poll()}"
            raise AssertionError(
                f"no event {name} {fields or ''} within {limit} s; the server is {state}\n"
                + self.process.transcript()
            )
        self._seen[name] = found[0] + 1
        event = _json_line(found[1])
        assert event is not None
        return event

    def wait_access(self, *, limit: float = 10.0, **fields: Any) -> dict[str, Any]:
        """The first access log line with these fields."""

        def fits(line: str) -> bool:
            entry = _json_line(line)
            return entry is not None and all(entry.get(k) == v for k, v in fields.items())

        found = self.process.out.wait(fits, limit)
        assert found, f"no access log line with {fields} within {limit} s\n{self.process.transcript()}"
        return json.loads(found[1])

    # What it is asked.

    def request(self, method: str = "GET", path: str = "/", headers=(), body=None, **options) -> Response:
        return request(self.port, method, path, headers, body, **options)

    def admin_request(self, method: str, path: str, headers=(), body=None) -> Response:
        assert self.admin is not None, "there is no admin listener"
        return request(self.admin, method, path, headers, body, host="localhost")

    def metrics(self) -> Metrics:
        response = self.admin_request("GET", "/metrics")
        assert response.status == 200, response
        return Metrics(response.text)

    def reload(self, config: str | None = None, *, refused: bool = False, limit: float = 20.0) -> dict:
        """SIGHUP, with a new configuration where given; waits until it is in force (or refused)."""
        if config is not None:
            self.write_config(config)
        self.process.signal(signal.SIGHUP)
        return self.wait_event("reload_refused" if refused else "reloaded", limit=limit)

    def kill(self) -> None:
        """A crash."""
        self._stopped = True
        self.process.kill()
        shutil.rmtree(self._short, ignore_errors=True)

    def stop(self, limit: float = 60.0) -> None:
        """SIGTERM; it must end with 0, and no sanitizer may have anything to say."""
        if self._stopped:
            return
        self._stopped = True
        was_alive = self.process.alive()
        code = self.process.stop(limit)
        shutil.rmtree(self._short, ignore_errors=True)
        reports = sanitizer_reports(self.process.err.text())
        assert not reports, f"a sanitizer complained:\n{self.process.transcript(1000)}"
        assert was_alive, f"understudy had ended by itself with {code}\n{self.process.transcript()}"
        assert code == 0, f"understudy ended with {code}\n{self.process.transcript()}"

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def _names_store(config: str) -> bool:
    try:
        return "path" in tomllib.loads(config).get("store", {})
    except tomllib.TOMLDecodeError:
        return False


def _json_line(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def tcp_port(address: str) -> int | None:
    """The port in "127.0.0.1:80", "[::1]:80" or "tls:127.0.0.1:80"; None for a Unix socket."""
    if address.startswith("unix:"):
        return None
    return int(address.rsplit(":", 1)[1])


def target_of(address: str) -> Target:
    """A listener's address as `support.http` wants it."""
    if address.startswith("unix:"):
        return address.removeprefix("unix:")
    host, _, port = address.removeprefix("tls:").rpartition(":")
    return host.strip("[]"), int(port)
