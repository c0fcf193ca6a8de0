"""The servers that are compared. Each is started once, on core SERVER_CORE, and answers in every scenario."""

from __future__ import annotations

import re
import shutil
import subprocess

from . import caddy, haproxy, nginx, wire
from .answers import Answers
from .processes import Server, free_port
from .machine import Machine

ORDER = ("understudy", "null", "nginx", "haproxy", "caddy")
LABELS = {"understudy": "understudy", "null": "null server", "nginx": "nginx", "haproxy": "HAProxy", "caddy": "Caddy"}
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy", "caddy": "caddy"}

# The design's example, less what other servers would have to be taught too.
UNDERSTUDY = """[server]
listen = ["127.0.0.1:{port}"]
workers = 1
max_connections = {connections}

[admin]
listen = []

[log]
access = false

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["{host}"]
default = true
retry_after = "10m"
flag_file = "{flag}"

[groups.shop.cors]
origins = ["https://shop.example", "https://*.shop.example", "http://localhost:*"]
credentials = true

[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
"""


class Peer:
    """One server under measurement."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.label = LABELS[name]
        self.version = version

    def server(self, format: str, closing: bool) -> Server:
        """The process that answers in a scenario."""
        raise NotImplementedError

    def port(self, format: str, closing: bool) -> int:
        raise NotImplementedError


class SingleServer(Peer):
    """A peer with one process for every scenario, as all real servers are."""

    def __init__(self, name: str, version: str, server: Server, port: int) -> None:
        super().__init__(name, version)
        self._server = server
        self._port = port
        server.wait_for_port(port)

    def server(self, format: str, closing: bool) -> Server:
        return self._server

    def port(self, format: str, closing: bool) -> int:
        return self._port


class NullPeer(Peer):
    """The floor: it does not look at requests, so each kind of answer has a process of its own."""

    def __init__(self, machine: Machine, answers_port: int) -> None:
        super().__init__("null", "")
        self._servers: dict[tuple[str, bool], tuple[Server, int]] = {}
        for format in ("json", "html"):
            for closing in (False, True):
                build = wire.fetch if format == "json" else wire.page
                request = build(connection="close" if closing else "keep-alive")
                file = machine.folder / f"null.{format}.{'close' if closing else 'keep'}"
                file.write_bytes(wire.ask(answers_port, request).raw)
                port = free_port()
                command = [str(machine.null_server), str(port), str(file)] + (["--close"] if closing else [])
                server = Server(file.name, command, machine.folder, machine.server)
                server.wait_for_port(port)
                self._servers[format, closing] = (server, port)

    def server(self, format: str, closing: bool) -> Server:
        return self._servers[format, closing][0]

    def port(self, format: str, closing: bool) -> int:
        return self._servers[format, closing][1]


def start_understudy(machine: Machine) -> SingleServer:
    port = free_port()
    flag = machine.folder / "shop.maintenance"
    flag.touch()
    config = machine.folder / "understudy.toml"
    config.write_text(UNDERSTUDY.format(port=port, host=wire.HOST, flag=flag, connections=machine.most_connections))
    server = Server("understudy", [str(machine.understudy), "serve", "--config", str(config)], machine.folder,
                    machine.server)
    return SingleServer("understudy", _version_of([str(machine.understudy), "--version"]), server, port)


def start_nginx(machine: Machine, answers: Answers) -> SingleServer:
    port = free_port()
    prefix = machine.folder / "nginx"
    prefix.mkdir()
    config = prefix / "nginx.conf"
    config.write_bytes(nginx.configuration(port, answers, machine.most_connections))
    program = find_program("nginx")
    server = Server("nginx", [program, "-p", f"{prefix}/", "-c", str(config), "-e", "stderr"], machine.folder,
                    machine.server)
    return SingleServer("nginx", _version_of([program, "-v"]), server, port)


def start_haproxy(machine: Machine, answers: Answers) -> SingleServer:
    port = free_port()
    config = machine.folder / "haproxy.cfg"
    config.write_text(haproxy.configuration(port, answers, machine.most_connections, machine.folder))
    program = find_program("haproxy")
    server = Server("haproxy", [program, "-db", "-f", str(config)], machine.folder, machine.server)
    return SingleServer("haproxy", _version_of([program, "-v"]), server, port)


def start_caddy(machine: Machine, answers: Answers) -> SingleServer:
    port = free_port()
    config = machine.folder / "Caddyfile"
    config.write_text(caddy.configuration(port, answers, machine.folder))
    program = find_program("caddy")
    folders = {name: str(machine.folder / "caddy-home") for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    server = Server("caddy", [program, "run", "--adapter", "caddyfile", "--config", str(config)], machine.folder,
                    machine.server, {"GOMAXPROCS": "1", **folders})
    return SingleServer("caddy", _version_of([program, "version"]), server, port)


STARTERS = {"nginx": start_nginx, "haproxy": start_haproxy, "caddy": start_caddy}


def find_program(name: str) -> str:
    """Where a program is, or an empty string. Debian keeps servers out of a user's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin") or ""


def _version_of(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", result.stdout + result.stderr)
    return found.group() if found else ""
