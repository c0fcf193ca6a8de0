"""What the tests of told proxies have in common: an understudy that tells, and what is seen of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Callable

from support.admin import Admin
from support.http import Response, request
from support.net import wait_until
from support.proxies import program, user_name
from support.process import Process
from support.understudy import Understudy, run_command

ORIGIN = "https://shop.example"
GROUPS = {
    "shop": '[groups.shop]\nid = "9e428b69-47e2-48b7-a694-bb2222bf48c3"\ndefault = true\n'
    f'[groups.shop.cors]\norigins = ["{ORIGIN}"]\n',
    "blog": '[groups.blog]\nid = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"\n',
}


def config(port: int, store: Path, proxies: str, groups: tuple[str, ...] = ("shop", "blog")) -> str:
    """An understudy on that port that tells these proxies. It waits for them for longer than any test lasts."""
    return (
        f'[server]\nlisten = ["127.0.0.1:{port}"]\n[store]\npath = "{store}"\n'
        '[switch]\nproxy_timeout = "30s"\n' + proxies + "".join(GROUPS[name] for name in groups)
    )


def order(server: Understudy, *arguments: str) -> str:
    """An understudy command, which must succeed; what it prints."""
    done = run_command(*arguments, env={"UNDERSTUDY_ADMIN": f"unix:{server.admin}"})
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def proxies(server: Understudy) -> dict[str, dict[str, Any]]:
    """Where each proxy stands, by its address."""
    return {proxy["address"]: proxy for proxy in Admin(server.admin).get("/status")["proxies"]}


def wait_for_proxy(server: Understudy, address: object, state: str) -> dict[str, Any]:
    def settled() -> dict[str, Any] | None:
        proxy = proxies(server)[str(address)]
        return proxy if proxy["state"] == state and not proxy["pending"] else None

    return wait_until(settled, 30, f"{address} to be {state}")


def ask(port: int, method: str = "GET") -> Response:
    return request(port, method, "/orders", [("Origin", ORIGIN)])


def expect_open(port: int) -> None:
    response = ask(port)
    assert response.status == 200 and response.header("X-App"), response


def expect_maintenance(port: int) -> None:
    response = ask(port, "POST")
    assert response.status == 503, response
    assert response.header("Understudy-Reason") == "maintenance", response
    assert response.header("Access-Control-Allow-Origin") == ORIGIN, response


class ToldHAProxy:
    """HAProxy with the test's own configuration, to be started, stopped and reloaded."""

    def __init__(
        self, directory: Path, text: str, *, port: int, socket: Path, tcp: str, name: str = "haproxy"
    ) -> None:
        """`socket` and `tcp` are its stats sockets."""
        self.path = directory / f"{name}.cfg"
        self.path.write_text(text, encoding="utf-8")
        self.port, self.socket, self.tcp, self.name = port, socket, tcp, name
        self.process: Process | None = None

    def start(self) -> "ToldHAProxy":
        # With a master, so that it can be reloaded.
        command = [program("haproxy"), "-W", "-db", "-f", self.path]
        self.process = Process(self.name, command, env={"USER": user_name()})
        wait_until(lambda: self.command("show info"), 30, f"{self.name} to take commands")
        return self

    def command(self, text: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stats:
            stats.settimeout(10)
            stats.connect(str(self.socket))
            stats.sendall(text.encode() + b"\n")
            reply = bytearray()
            while chunk := stats.recv(65536):
                reply += chunk
        return reply.decode()

    def worker(self) -> str:
        lines = dict(line.split(": ", 1) for line in self.command("show info").splitlines() if ": " in line)
        return lines["Pid"]

    def servers(self) -> dict[str, int]:
        """The administrative state of each server of the backend "app"."""
        rows = [line.split() for line in self.command("show servers state app").splitlines()[2:] if line]
        return {row[3]: int(row[6]) for row in rows}

    def stop(self) -> None:
        if self.process is not None and self.process.alive():
            self.process.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> "ToldHAProxy":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


Start = Callable[..., Understudy]
