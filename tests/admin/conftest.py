"""Servers with an admin listener on a Unix socket and on TCP, and clients of both."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

import pytest

from admin.commands import CLEAN, Run
from admin.configs import TWO, listeners
from support.admin import Admin
from support.understudy import Understudy, binary, run_command


@dataclass
class Stage:
    """A running server with its clients: `unix` (everything permitted) and `tcp` (with an admin's token)."""

    server: Understudy
    unix: Admin
    tcp: Admin

    @property
    def clients(self) -> tuple[Admin, Admin]:
        return self.unix, self.tcp


def stage_of(server: Understudy) -> Stage:
    unix = Admin(server.admins[0])
    tcp = Admin(server.admins[1])
    return Stage(server, unix, tcp.with_token(unix.new_token("tests", "admin")["token"]))


@pytest.fixture
def stage(understudy, short_path: Path) -> Callable[..., Stage]:
    """`stage(config)` starts a server of the test's own; the text has no [admin] table."""
    count = 0

    def start(config: str = TWO, *, admin: str = "", **options) -> Stage:
        nonlocal count
        count += 1
        return stage_of(understudy(config + listeners(short_path / f"{count}.sock", more=admin), **options))

    return start


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Stage]:
    """One server for all tests of a file that take care not to meet: groups shop (default) and blog."""
    assert binary().exists(), f"{binary()} is missing: build it, or set UNDERSTUDY_BINARY"
    directory = tmp_path_factory.mktemp("shared")
    with Understudy(
        TWO + '[admin]\nlisten = ["unix:{short}/admin.sock", "127.0.0.1:0"]\n', directory
    ) as server:
        yield stage_of(server)


@pytest.fixture
def no_address_of_the_machine(monkeypatch) -> None:
    for name, value in CLEAN.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(shared: Stage, no_address_of_the_machine) -> Iterator[Run]:
    """`run("on", "shop")` asks the shared server over its socket; all is open again afterwards."""
    address = f"unix:{shared.unix.target}"

    def ask(*arguments: str, code: int = 0, env: dict | None = None) -> "subprocess.CompletedProcess[str]":
        done = run_command(*arguments, env={"UNDERSTUDY_ADMIN": address, **(env or {})})
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    yield ask
    for window in shared.unix.get("/windows")["windows"]:
        shared.unix.ok("DELETE", f"/windows/{window['id']}")
    for group in ("shop", "blog"):
        shared.unix.switch(group, "open")
