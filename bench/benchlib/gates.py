"""Proxies that ask the gate, and the same proxies that don't."""

from __future__ import annotations

from . import wire
from .contests import Contest, Entry
from .load import Load
from .machine import Machine
from .peers import find_program
from .processes import BenchError, Server, free_port

UNDERSTUDY = """[server]
listen = ["127.0.0.1:{port}"]
workers = 1

[admin]
listen = []

[store]
path = "memory"

[log]
access = false

[gate]
spoe = ["127.0.0.1:{spoe}"]

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true

[groups.shop.bypass]
networks = ["203.0.113.0/24"]
cookie = "BYPASS_MAINTENANCE"
"""

# What nginx's auth_request sends on when it is configured as the snippet does.
ASKED = b"""GET /_understudy/gate HTTP/1.1\r
Host: api.shop.example\r
X-Original-URI: /v1/orders?page=1&sort=-created\r
X-Original-Method: GET\r
X-Forwarded-For: 198.51.100.7\r
Cookie: session=7f3a9c1e5b2d4860; theme=dark\r
\r
"""
API_ANSWER = b"""HTTP/1.1 200 OK\r
Content-Type: application/json\r
Content-Length: 42\r
\r
{"orders":[],"page":1,"pages":1,"total":0}"""
PASSES = b"HTTP/1.1 204 No Content\r\n\r\n"

NGINX = """daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
access_log off;
client_body_temp_path temp_body; proxy_temp_path temp_proxy; fastcgi_temp_path temp_f; uwsgi_temp_path temp_u;
scgi_temp_path temp_s;
keepalive_requests 1000000000;
upstream api {{ server 127.0.0.1:{api}; keepalive 64; keepalive_requests 1000000000; }}
{gate_upstream}
server {{
  listen 127.0.0.1:{port} backlog=4096;
  location / {{
    {ask}
    proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  }}
  {gate_location}
}}
}}
"""
NGINX_GATE_UPSTREAM = "upstream gate {{ server 127.0.0.1:{gate}; keepalive 64; keepalive_requests 1000000000; }}"
NGINX_GATE_LOCATION = """location = /_gate {
    internal;
    proxy_pass http://gate/_understudy/gate; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_pass_request_body off; proxy_set_header Content-Length "";
    proxy_set_header Host $host; proxy_set_header X-Original-URI $request_uri;
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  }"""

HAPROXY = """global
    maxconn 4096
    nbthread 1
defaults
    mode http
    timeout client 1h
    timeout connect 5s
    timeout server 1h
frontend bench
    bind 127.0.0.1:{port} backlog 4096
    {ask}
    default_backend api
backend api
    http-reuse always
    server api 127.0.0.1:{api}
{agents}
"""
HAPROXY_ASK = """filter spoe engine understudy config {file}
    http-request return status 503 if {{ var(txn.understudy.blocked) -m bool }}"""
HAPROXY_AGENTS = """backend understudy-agents
    mode tcp
    timeout server 1h
    option spop-check
    server understudy 127.0.0.1:{spoe} check inter 500ms
"""
SPOE = """[understudy]
spoe-agent understudy
    messages understudy
    option var-prefix understudy
    timeout hello 500ms
    timeout idle 1h
    timeout processing 500ms
    use-backend understudy-agents
spoe-message understudy
    args group=str(shop) method=method path=path ip=src cookie=req.fhdr(cookie)
    event on-frontend-http-request
"""


class Pair(Server):
    """Two processes whose CPU time is counted together."""

    def __init__(self, name: str, first: Server, second: Server) -> None:  # noqa: super starts a process
        self.name, self.first, self.second = name, first, second

    def check(self) -> None:
        self.first.check()
        self.second.check()

    def pids(self) -> list[int]:
        return self.first.pids() + self.second.pids()


def contests(machine: Machine, requests: int, connections: int) -> list[Contest]:
    understudy, port, spoe = _understudy(machine)
    answer = wire.ask(port, ASKED)
    if b" 204 " not in answer.raw.split(b"\r\n", 1)[0]:
        raise BenchError(f"the gate of an open group said:\n{answer.raw.decode()}")
    api = _null(machine, "api", API_ANSWER, of_client=True)
    through = wire.fetch()

    def entry(name: str, label: str, server: Server, port: int, request: bytes = through) -> Entry:
        status, body = (200, 42) if request == through else (204, 0)
        return Entry(name, label, server,
                     Load(port, request, requests, connections, body_length=body, status=status, seconds=10))

    null, null_port = _null(machine, "null", answer.raw)
    found = [Contest("gate", "The gate's answer over HTTP", [
        entry("null", "null server", null, null_port, ASKED), entry("gate", "understudy", understudy, port, ASKED)])]
    alone, alone_port = _haproxy(machine, "haproxy-alone", api[1], None)
    asking, asking_port = _haproxy(machine, "haproxy-spoe", api[1], spoe)
    found.append(Contest("haproxy", "HAProxy before an API", [
        entry("alone", "alone", alone, alone_port),
        entry("spoe", "asking by SPOE", Pair("haproxy and understudy", asking, understudy), asking_port)]))
    alone, alone_port = _nginx(machine, "nginx-alone", api[1], None)
    static, static_port = _null(machine, "static", PASSES)
    asks_static, asks_static_port = _nginx(machine, "nginx-static", api[1], static_port)
    asks, asks_port = _nginx(machine, "nginx-gate", api[1], port)
    found.append(Contest("nginx", "nginx before an API", [
        entry("alone", "alone", alone, alone_port),
        entry("static", "auth_request to a static 204", Pair("nginx and 204", asks_static, static), asks_static_port),
        entry("gate", "auth_request to understudy", Pair("nginx and understudy", asks, understudy), asks_port)]))
    return found


def _understudy(machine: Machine) -> tuple[Server, int, int]:
    port, spoe = free_port(), free_port()
    config = machine.folder / "gate.toml"
    config.write_text(UNDERSTUDY.format(port=port, spoe=spoe))
    server = Server("understudy", [str(machine.understudy), "serve", "--config", str(config)], machine.folder,
                    machine.server)
    server.wait_for_port(port)
    server.wait_for_port(spoe)
    return server, port, spoe


def _null(machine: Machine, name: str, answer: bytes, of_client: bool = False) -> tuple[Server, int]:
    file = machine.folder / f"{name}.answer"
    file.write_bytes(answer)
    port = free_port()
    server = Server(f"null-{name}", [str(machine.null_server), str(port), str(file)], machine.folder,
                    machine.client if of_client else machine.server)
    server.wait_for_port(port)
    return server, port


def _haproxy(machine: Machine, name: str, api: int, spoe: int | None) -> tuple[Server, int]:
    folder, port = machine.folder, free_port()
    ask, agents = "", ""
    if spoe:
        file = folder / "spoe.cfg"
        file.write_text(SPOE)
        ask, agents = HAPROXY_ASK.format(file=file), HAPROXY_AGENTS.format(spoe=spoe)
    config = folder / f"{name}.cfg"
    config.write_text(HAPROXY.format(port=port, api=api, ask=ask, agents=agents))
    return _started(machine, name, [_program("haproxy"), "-db", "-f", str(config)], port)


def _nginx(machine: Machine, name: str, api: int, gate: int | None) -> tuple[Server, int]:
    prefix, port = machine.folder / name, free_port()
    prefix.mkdir()
    config = prefix / "nginx.conf"
    config.write_text(NGINX.format(
        port=port, api=api, ask="auth_request /_gate;" if gate else "",
        gate_upstream=NGINX_GATE_UPSTREAM.format(gate=gate) if gate else "",
        gate_location=NGINX_GATE_LOCATION if gate else ""))
    return _started(machine, name, [_program("nginx"), "-p", f"{prefix}/", "-c", str(config), "-e", "stderr"], port)


def _started(machine: Machine, name: str, command: list[str], port: int) -> tuple[Server, int]:
    server = Server(name, command, machine.folder, machine.server)
    server.wait_for_port(port)
    answer = wire.ask(port, wire.fetch())
    if b" 200 " not in answer.raw.split(b"\r\n", 1)[0]:
        raise BenchError(f"{name} said:\n{answer.raw.decode(errors='replace')}")
    return server, port


def _program(name: str) -> str:
    program = find_program(name)
    if not program:
        raise BenchError(f"{name} is not installed: apt-get install {name}")
    return program
