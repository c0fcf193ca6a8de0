"""nginx and understudy over a Unix socket.

POST gets 503 and never 405, and Accept decides between HTML and JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from support.expect import KINDS, expect_answer, expect_preflight, preflight_headers
from support.http import request
from support.net import free_port
from support.understudy import Understudy

ORIGIN = "https://client.example.org"
TITLE = "Planned work"
MESSAGE = "We are moving to larger machines."

CONFIG = """\
[server]
listen = ["unix:{socket}"]

[groups.api]
id = "3d8f1a52-5f0f-4c51-9d2a-8b1a3b1c7e55"
default = true
flag_file = "{flag}"
[groups.api.cors]
origins = ["https://client.example.org"]
credentials = true
[groups.api.maintenance.en]
title = "Planned work"
message = "We are moving to larger machines."
"""


@dataclass
class Stage:
    port: int
    flag: Path
    understudy: Understudy

    def ask(self, method: str = "GET", headers=(), **options):
        return request(self.port, method, "/v1/things", headers, host="api.example.org", **options)


@pytest.fixture
def stage(understudy, app, nginx, short_path, tmp_path) -> Stage:
    root = tmp_path / "statics"
    root.mkdir()
    flag = root / "maintenance.html"
    socket = short_path / "answer.sock"
    server = understudy(CONFIG.format(socket=socket, flag=flag))
    port = free_port()
    nginx(
        "nginx-unix-socket.conf",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": app("app").address,
            "/run/understudy/answer.sock": socket,
            "root /srv/api": f"root {root}",
        },
        ports=[port],
    )
    return Stage(port, flag, server)


def test_every_method_gets_503_and_never_405(stage: Stage) -> None:
    assert stage.ask("POST", body=b"{}").header("X-App") == "app"
    stage.flag.touch()
    for kind in KINDS:
        response = stage.ask(kind.method, [("Origin", ORIGIN)], **kind.options)
        expect_answer(
            response, reason="maintenance", title=TITLE, origin=ORIGIN, method=kind.method, label=kind
        )
    stage.flag.unlink()
    assert stage.ask("POST", body=b"{}").header("X-App") == "app"


def test_preflights_succeed(stage: Stage) -> None:
    stage.flag.touch()
    response = stage.ask("OPTIONS", preflight_headers(ORIGIN, "POST", "Content-Type"))
    expect_preflight(response, ORIGIN, "POST", "Content-Type")


HTML = "text/html; charset=utf-8"
JSON = "application/json"

ACCEPTS = (
    (JSON, JSON),
    ("text/html", HTML),
    # Chromium's and Firefox's, when a person opens the address.
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", HTML),
    # What AngularJS, axios and many more send.
    ("application/json, text/plain, */*", JSON),
    # A search for the name alone, as in nginx's `map`, would say JSON here, whatever the q.
    ("text/html, application/json;q=0.1", HTML),
    ("application/json;q=0, text/html;q=0.5", HTML),
    ("*/*", JSON),
    (None, JSON),
)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_accept_decides_html_or_json(stage: Stage, method: str) -> None:
    stage.flag.touch()
    body = b'{"thing":1}' if method == "POST" else None
    for accept, expected in ACCEPTS:
        response = stage.ask(method, [("Accept", accept)] if accept else [], body=body)
        assert response.status == 503, accept
        assert response.header("Content-Type") == expected, accept
        assert "accept" in response.headers.tokens("Vary")
        if expected == JSON:
            assert (response.json()["title"], response.json()["message"]) == (TITLE, MESSAGE)
        else:
            assert TITLE in response.text and MESSAGE in response.text
            assert response.text.lower().startswith("<!doctype html>")


def test_the_same_file_is_understudys_own_flag(stage: Stage) -> None:
    """One file switches nginx and understudy, whose status then says maintenance as well."""
    stage.flag.touch()
    stage.understudy.wait_event("mode_changed", group="api", mode="maintenance")
    stage.flag.unlink()
    stage.understudy.wait_event("mode_changed", group="api", mode="open")
