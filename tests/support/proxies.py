"""Debian's HAProxy and nginx with the project's own example configurations.

The files under tests/proxies/configs/ are what the documentation shows: they
hold the addresses and paths of an imagined installation. A test says what
stands in for each of them here; one that the file does not contain is an
error, so a test cannot change less than it says.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Callable, Iterable, Mapping

from support.net import is_listening, wait_until
from support.process import Process

CONFIGS = Path(__file__).resolve().parents[1] / "proxies" / "configs"


def configuration(name: str, replacements: Mapping[str, object]) -> str:
    """The text of an example with every key replaced by its value, longest first."""
    text = (CONFIGS / name).read_text(encoding="utf-8")
    for old in sorted(replacements, key=len, reverse=True):
        assert old in text, f"{name} does not contain {old!r}"
        text = text.replace(old, str(replacements[old]))
    return text


def program(name: str) -> str:
    """Where Debian put it; /usr/sbin is not on every user's PATH."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    assert path, f"{name} is not installed (Debian package {name})"
    return path


def user_name() -> str:
    """Who runs the tests, and so the proxies."""
    return pwd.getpwuid(os.geteuid()).pw_name


def make_certificate(directory: Path, name: str = "localhost") -> tuple[Path, Path, Path]:
    """A self-signed certificate by openssl: (certificate, key, both in one file)."""
    certificate, key, both = (directory / f"{name}.{end}" for end in ("crt", "key", "pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    both.chmod(0o600)
    return certificate, key, both


class HAProxy(Process):
    """A running HAProxy. Use it in `with`.

    `home` is its $HOME, in which a configuration may place sockets: a short
    path. `ports` are waited for. A `reloadable` one has a master process.
    """

    def __init__(
        self, config: str, directory: Path, *, ports: Iterable[int], home: Path, reloadable: bool = False
    ) -> None:
        path = Path(directory) / "haproxy.cfg"
        path.write_text(config, encoding="utf-8")
        (home / "haproxy").mkdir(exist_ok=True)
        self.socket = home / "haproxy" / "admin.sock"
        env = {"HOME": str(home), "USER": user_name()}
        self.check(path, env)
        super().__init__("haproxy", [program("haproxy"), "-W" if reloadable else "-db", "-f", path], cwd=directory, env=env)
        # The stats socket is listened on after the ports are.
        has_socket = f"stats socket ${{HOME}}/{self.socket.relative_to(home)} " in config
        wait_for_ports(self, ports, lambda: not has_socket or self.command("show info"))

    @staticmethod
    def check(path: Path, env: Mapping[str, str] | None = None) -> str:
        """`haproxy -c`: refuses a configuration with its own words; returns its warnings."""
        done = subprocess.run(
            [program("haproxy"), "-c", "-f", str(path)],
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"HAProxy refuses {path}:\n{done.stdout}{done.stderr}"
        return done.stderr

    def reload(self, limit: float = 30.0) -> None:
        """As `systemctl reload` does; returns when the new worker serves. The old one ends when it is idle."""
        loaded = "Loading success"
        before = sum(loaded in line for line in self.err.all())
        self.signal(signal.SIGUSR2)
        wait_until(
            lambda: sum(loaded in line for line in self.err.all()) > before, limit, "HAProxy to have reloaded"
        )

    def command(self, text: str) -> str:
        """One command on the stats socket; the whole reply, read to its end."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stats:
            stats.settimeout(10)
            stats.connect(str(self.socket))
            stats.sendall(text.encode() + b"\n")
            reply = bytearray()
            while chunk := stats.recv(65536):
                reply += chunk
        return reply.decode()

    def do(self, text: str) -> None:
        """A command that is silent when it succeeds."""
        reply = self.command(text).strip()
        assert reply == "", f"HAProxy on {text!r}: {reply}"

    def servers(self, backend: str) -> dict[str, dict[str, str]]:
        """The statistics of each server of a backend, by name: "status", "check_code", …"""
        lines = self.command("show stat").lstrip("# ").splitlines()
        columns = lines[0].split(",")
        rows = (dict(zip(columns, line.split(","))) for line in lines[1:] if line)
        return {
            row["svname"]: row
            for row in rows
            if row["pxname"] == backend and row["svname"] not in ("BACKEND", "FRONTEND")
        }

    def wait_for_check(self, backend: str, server: str, limit: float = 30.0) -> dict[str, str]:
        """The server's statistics once a health check of it has ended, well or not."""

        def checked() -> dict[str, str] | None:
            row = self.servers(backend)[server]
            # "* L7OK" is a check under way; INI none yet.
            return row if row["check_status"].startswith("L") else None

        return wait_until(checked, limit, f"a health check of {backend}/{server}")

    def wait_for_server(self, backend: str, server: str, status: str, limit: float = 30.0) -> None:
        """Until a server's status begins with `status` ("UP" also takes "UP 1/2")."""
        wait_until(
            lambda: self.servers(backend)[server]["status"].startswith(status),
            limit,
            f"{backend}/{server} to be {status}",
        )


# What every nginx here needs around the example: everything in one folder, and
# no change of user, so that it runs for root and for anybody.
_NGINX_MAIN = """\
daemon off;
{user}
worker_processes 2;
pid nginx.pid;
error_log stderr info;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include example.conf;
}}
"""


class Nginx(Process):
    """A running nginx whose `http` block includes the given text. Use it in `with`."""

    def __init__(self, config: str, directory: Path, *, ports: Iterable[int], name: str = "nginx") -> None:
        prefix = Path(directory) / name
        prefix.mkdir()
        (prefix / "example.conf").write_text(config, encoding="utf-8")
        user = f"user {user_name()};" if os.geteuid() == 0 else ""
        main = prefix / "nginx.conf"
        main.write_text(_NGINX_MAIN.format(user=user), encoding="utf-8")
        base = [program("nginx"), "-p", str(prefix), "-c", str(main), "-e", "stderr"]
        done = subprocess.run([*base, "-t"], capture_output=True, text=True)
        assert done.returncode == 0, f"nginx refuses {name}:\n{done.stderr}"
        super().__init__(name, base, cwd=prefix)
        wait_for_ports(self, ports)


def wait_for_ports(
    proxy: Process, ports: Iterable[int], more: Callable[[], object] = lambda: True
) -> None:
    """Until all are listened on and `more` holds; a proxy that ends instead is shown with its words."""

    def ready() -> object:
        if not proxy.alive():
            raise AssertionError(f"{proxy.name} ended\n{proxy.transcript()}")
        return all(is_listening(port) for port in ports) and more()

    try:
        wait_until(ready, 20, f"{proxy.name} to listen on {list(ports)}")
    except BaseException:
        proxy.kill()
        raise
