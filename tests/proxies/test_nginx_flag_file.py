"""nginx with a flag file: it turns maintenance on, and OPTIONS succeeds."""

from __future__ import annotations

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
from support.http import request
from support.net import free_port
from support.understudy import Understudy

ORIGIN = "https://shop.example"
MAINTENANCE = {"reason": "maintenance", "title": "Down for maintenance"}
FAILURE = {"reason": "failure", "title": "Something went wrong"}

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.cors]
origins = ["https://shop.example"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
"""


@dataclass
class Stage:
    port: int
    apps: list[App]
    flag: Path
    understudy: Understudy

    def ask(self, method: str, headers=(), **options):
        return request(self.port, method, "/orders", [("Origin", ORIGIN), *headers], **options)

    def preflight(self, method: str, origin: str = ORIGIN):
        headers = preflight_headers(origin, method, "Authorization", "X-Shop-Client")
        return request(self.port, "OPTIONS", "/orders", headers)


@pytest.fixture(params=["buffered", "unbuffered"])
def stage(request, understudy, app, nginx, tmp_path) -> Stage:
    server = understudy(CONFIG)
    apps = [app("app1"), app("app2")]
    flag = tmp_path / "flags" / "shop"
    flag.parent.mkdir()
    port = free_port()
    replacements = {
        "10.0.0.1:80": f"127.0.0.1:{port}",
        "10.0.0.11:8080": apps[0].address,
        "10.0.0.12:8080": apps[1].address,
        "127.0.0.1:8503": server.address,
        "/etc/nginx/maintenance/shop": flag,
    }
    if request.param == "unbuffered":
        # nginx passes the body on while it arrives, and meets an answer that is already there.
        replacements["client_max_body_size 64m;"] = (
            "client_max_body_size 64m; proxy_request_buffering off; proxy_http_version 1.1;"
        )
    nginx("nginx-flag-file.conf", replacements, ports=[port])
    return Stage(port, apps, flag, server)


def expect_every_kind(stage: Stage, expected: dict) -> None:
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        expect_answer(response, **expected, origin=ORIGIN, method=kind.method, label=kind)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect_preflight(stage.preflight(method), ORIGIN, method, "Authorization", "X-Shop-Client")
    expect_no_cors(stage.preflight("PUT", origin="https://evil.example"))


def expect_apps(stage: Stage) -> None:
    seen = set()
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        assert response.status == 200, (kind, response)
        expect_cors(response, ORIGIN, kind)
        seen.add(response.header("X-App"))
    assert seen == {"app1", "app2"}
    assert stage.preflight("PUT").header("X-App") in seen


def test_the_flag_switches_at_the_next_request(stage: Stage) -> None:
    expect_apps(stage)
    stage.flag.touch()
    expect_every_kind(stage, MAINTENANCE)
    stage.flag.unlink()
    expect_apps(stage)


def test_options_succeeds_during_maintenance(stage: Stage) -> None:
    """What hides a 503 from JavaScript when it fails: the preflight must be 2xx, and carry CORS headers."""
    stage.flag.touch()
    expect_preflight(stage.preflight("POST"), ORIGIN, "POST", "Authorization", "X-Shop-Client")
    plain = request(stage.port, "OPTIONS", "/orders")
    assert plain.status == 204
    assert {"get", "post"} <= plain.headers.tokens("Allow")


def test_dead_apps_without_the_flag_are_a_failure(stage: Stage) -> None:
    for app in stage.apps:
        app.kill()
    expect_every_kind(stage, FAILURE)
    stage.flag.touch()
    expect_every_kind(stage, MAINTENANCE)


def test_bodies_of_8_mib_during_maintenance(stage: Stage) -> None:
    stage.flag.touch()
    for chunked in (False, True):
        response = stage.ask("POST", body=MEBIBYTE * 8, chunked=chunked)
        expect_answer(response, **MAINTENANCE, origin=ORIGIN, label=f"chunked: {chunked}")


def test_understudy_dead_while_open_does_not_matter(stage: Stage) -> None:
    stage.understudy.kill()
    expect_apps(stage)
