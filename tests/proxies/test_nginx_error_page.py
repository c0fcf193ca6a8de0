"""nginx with error_page: it hands over to understudy when the API cannot answer."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.apps import App
from support.expect import (
    KINDS,
    MEBIBYTE,
    expect_answer,
    expect_cors,
    expect_no_cors,
    expect_preflight,
    preflight_headers,
)
from support.http import Connection, request
from support.net import free_port

ORIGIN = "https://shop.example"
TITLE = "Something went wrong"

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[groups.shop]
id = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"
[groups.shop.cors]
origins = ["https://shop.example"]
credentials = true
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."

[groups.other]
id = "11111111-2222-4333-8444-555555555555"
default = true
hosts = ["api.shop.example"]
[groups.other.failure.en]
title = "The wrong group"
message = "The wrong group"
"""


@dataclass
class Stage:
    port: int
    tls_port: int
    app: App
    websocket: App

    def ask(self, method: str, path: str = "/orders", headers=(), **options):
        return request(self.port, method, path, [("Origin", ORIGIN), *headers], **options)

    def preflight(self, method: str, origin: str = ORIGIN):
        headers = preflight_headers(origin, method, "Content-Type", "X-Shop-Client")
        return request(self.port, "OPTIONS", "/orders", headers)


@pytest.fixture
def stage(understudy, app, nginx, certificate, short_path) -> Stage:
    server = understudy(CONFIG)
    api = app("app")
    websocket = app("websocket", unix=short_path / "websocket.sock")
    port, tls_port = free_port(), free_port()
    nginx(
        "nginx-error-page.conf",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.1:443": f"127.0.0.1:{tls_port}",
            "/etc/nginx/api.shop.example.crt": certificate[0],
            "/etc/nginx/api.shop.example.key": certificate[1],
            "10.0.0.11:8080": api.address,
            "10.0.0.21:8503": server.address,
            "/tmp/websocket.sock": websocket.unix,
            # For the tests' speed alone: how long an app may hang.
            "proxy_read_timeout 60s": "proxy_read_timeout 1s",
        },
        ports=[port, tls_port],
    )
    return Stage(port, tls_port, api, websocket)


def expect_failure_for_every_kind(stage: Stage) -> None:
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        expect_answer(
            response, reason="failure", title=TITLE, origin=ORIGIN, method=kind.method, label=kind
        )
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect_preflight(stage.preflight(method), ORIGIN, method, "Content-Type", "X-Shop-Client")
    expect_no_cors(stage.preflight("PUT", origin="https://evil.example"))


def test_app_alive_answers_itself(stage: Stage) -> None:
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        assert (response.status, response.header("X-App")) == (200, "app"), kind
        expect_cors(response, ORIGIN, kind)
        if kind.method != "HEAD":
            assert response.json()["bytes"] == len(kind.options.get("body", b"")), kind
    assert stage.preflight("PUT").header("X-App") == "app"


def test_app_killed_gives_the_failure_text(stage: Stage) -> None:
    stage.app.kill()
    expect_failure_for_every_kind(stage)


@pytest.mark.parametrize("status", [502, 503])
def test_the_apps_own_502_and_503_are_replaced(stage: Stage, status: int) -> None:
    stage.app.answer_with(status)
    expect_failure_for_every_kind(stage)
    stage.app.answer_normally()
    assert stage.ask("GET").status == 200


def test_the_apps_own_500_is_left_alone(stage: Stage) -> None:
    stage.app.answer_with(500)
    response = stage.ask("POST", body=b"{}")
    assert (response.status, response.json()["error"]) == (500, "the app itself fails")


def test_an_app_that_hangs_gives_the_failure_text(stage: Stage) -> None:
    response = stage.ask("GET", "/hang")
    expect_answer(response, reason="failure", title=TITLE, origin=ORIGIN)


@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
def test_a_body_of_8_mib_is_no_502(stage: Stage, chunked: bool) -> None:
    """More than the sockets' buffers hold between nginx and a server that does not read."""
    stage.app.kill()
    response = stage.ask("POST", body=MEBIBYTE * 8, chunked=chunked)
    expect_answer(response, reason="failure", title=TITLE, origin=ORIGIN)


def test_keep_alive_survives_a_failure_answer(stage: Stage) -> None:
    """The client's connection to nginx is usable after 503s to requests with a body."""
    stage.app.kill()
    with Connection(stage.port) as connection:
        for _ in range(3):
            connection.send(
                b"POST /orders HTTP/1.1\r\nHost: api.shop.example\r\nOrigin: https://shop.example\r\n"
                b"Content-Length: 70000\r\n\r\n" + b"x" * 70000
            )
            response = connection.read_response("POST")
            expect_answer(response, reason="failure", title=TITLE, origin=ORIGIN)


def test_websocket_location_is_kept(stage: Stage) -> None:
    """A message goes through and back while the API is dead."""
    stage.app.kill()
    with Connection(stage.port) as connection:
        connection.send(
            b"GET /ws/prices HTTP/1.1\r\nHost: api.shop.example\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        response = connection.read_response()
        assert response.status == 101
        assert response.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        connection.send(b"\x81\x85" + b"\0\0\0\0" + b"hello")
        connection.send(b"\x88\x80" + b"\0\0\0\0")
        assert connection.read_to_end() == b"\x81\x05hello" + b"\x88\x00"


def test_over_http2_a_post_reads_the_answer(stage: Stage, tmp_path: Path) -> None:
    """The listener is `ssl http2`; what HTTP/2 clients get is the same answer."""
    stage.app.kill()
    upload = tmp_path / "upload"
    upload.write_bytes(MEBIBYTE)
    done = subprocess.run(
        ["curl", "-sSk", "--http2", "-D", "-", "-H", f"Origin: {ORIGIN}"]
        + ["--data-binary", f"@{upload}", f"https://127.0.0.1:{stage.tls_port}/orders"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
    assert head.splitlines()[0].strip() == "HTTP/2 503"
    assert f"access-control-allow-origin: {ORIGIN}" in head
    assert TITLE in body
