"""HAProxy, with understudy as the servers `failure` and `maintenance` of one backend.

`failure` takes over by itself, `maintenance` is switched over the stats
socket, and all servers are spoken to over TLS.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from support.apps import App
from support.expect import (
    KINDS,
    expect_answer,
    expect_cors,
    expect_no_cors,
    expect_preflight,
    preflight_headers,
)
from support.http import request
from support.net import free_port
from support.proxies import HAProxy
from support.understudy import Understudy

ORIGIN = "https://shop.example"
BACKEND = "server_backend"

# The group of the header; the default group is there to be wrong.
CONFIG = """\
[server]
listen = ["tls:127.0.0.1:0"]
tls_certificate = "{certificate}"
tls_key = "{key}"
reason_header = "X-SST-Backend"

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

[groups.other]
id = "11111111-2222-4333-8444-555555555555"
default = true
[groups.other.maintenance.en]
title = "The wrong group"
message = "The wrong group"
[groups.other.failure.en]
title = "The wrong group"
message = "The wrong group"
"""


@dataclass
class Stage:
    proxy: HAProxy
    port: int
    tls_port: int
    apps: list[App]
    understudy: Understudy

    def ask(self, method: str, headers=(), **options):
        pairs = [("Origin", ORIGIN), *headers]
        return request(self.port, method, "/orders", pairs, **options)

    def preflight(self, method: str = "POST", origin: str = ORIGIN):
        headers = preflight_headers(origin, method, "Content-Type", "X-Shop-Client")
        return request(self.port, "OPTIONS", "/orders", headers)

    def kill_apps(self) -> None:
        for app in self.apps:
            app.kill()
        for server in ("server1", "server2"):
            self.proxy.wait_for_server(BACKEND, server, "DOWN")

    def switch_on(self) -> None:
        self.proxy.do(f"set server {BACKEND}/maintenance state ready")
        self.proxy.do(f"set server {BACKEND}/server1 state maint")
        self.proxy.do(f"set server {BACKEND}/server2 state maint")

    def switch_off(self) -> None:
        self.proxy.do(f"set server {BACKEND}/server1 state ready")
        self.proxy.do(f"set server {BACKEND}/server2 state ready")
        self.proxy.do(f"set server {BACKEND}/maintenance state maint")


@pytest.fixture
def stage(understudy, app, haproxy, certificate) -> Stage:
    crt, key, pem = certificate
    server = understudy(CONFIG.format(certificate=crt, key=key))
    apps = [app("app1", certificate=pem), app("app2", certificate=pem)]
    port, tls_port = free_port(), free_port()
    proxy = haproxy(
        "haproxy-failure-and-maintenance.cfg",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.1:443": f"127.0.0.1:{tls_port}",
            "/etc/haproxy/api.shop.example.pem": pem,
            "10.0.0.11:8443": apps[0].address,
            "10.0.0.12:8443": apps[1].address,
            "10.0.0.21:8543": f"127.0.0.1:{server.tls_port}",
            # For the tests' speed alone: how soon dead apps are noticed.
            "inter 10s": "inter 300ms",
        },
        ports=[port, tls_port],
    )
    return Stage(proxy, port, tls_port, apps, server)


def expect_every_kind(stage: Stage, *, reason: str, title: str) -> None:
    """Preflight, every method, big bodies and Expect: understudy's answer each time."""
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        expect_answer(
            response, reason=reason, title=title, origin=ORIGIN, method=kind.method, label=kind
        )
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect_preflight(stage.preflight(method), ORIGIN, method, "Content-Type", "X-Shop-Client")
    expect_no_cors(stage.preflight("POST", origin="https://evil.example"))


def expect_apps(stage: Stage) -> None:
    """Both apps answer, everything arrives whole, and the preflight is the app's own."""
    seen = set()
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options)
        assert response.status == 200, (kind, response)
        assert "Understudy-Reason" not in response.headers
        expect_cors(response, ORIGIN, kind)
        seen.add(response.header("X-App"))
        if kind.method != "HEAD":
            arrived = response.json()
            body = kind.options.get("body", b"")
            assert arrived["bytes"] == len(body), kind
            assert arrived["sha256"] == hashlib.sha256(body).hexdigest(), kind
    assert seen == {"app1", "app2"}
    preflight = stage.preflight()
    assert preflight.status == 204
    assert preflight.header("X-App") in seen
    expect_cors(preflight, ORIGIN)


def test_apps_alive_answer_themselves(stage: Stage) -> None:
    expect_apps(stage)
    # The names that understudy's reason_header relies on.
    sent = dict(stage.ask("GET").json()["headers"])
    assert sent["x-sst-backend"] in ("server1", "server2")
    assert sent["x-maintpage-response-group"] == "9e428b69-47e2-48b7-a694-bb2222bf48c3"


def test_apps_killed_give_the_failure_text(stage: Stage) -> None:
    stage.kill_apps()
    expect_every_kind(stage, reason="failure", title="Something went wrong")


def test_maintenance_switched_on_gives_its_text_and_off_the_apps(stage: Stage) -> None:
    stage.switch_on()
    expect_every_kind(stage, reason="maintenance", title="Down for maintenance")
    stage.switch_off()
    expect_apps(stage)


def test_apps_that_return_after_a_failure_answer_again(stage: Stage) -> None:
    stage.kill_apps()
    assert stage.ask("GET").header("Understudy-Reason") == "failure"
    for app in stage.apps:
        app.start()
    for server in ("server1", "server2"):
        stage.proxy.wait_for_server(BACKEND, server, "UP")
    expect_apps(stage)


def test_maintenance_holds_while_the_apps_are_stopped_and_started(stage: Stage) -> None:
    stage.switch_on()
    for app in stage.apps:
        app.kill()
    assert stage.ask("POST", body=b"{}").header("Understudy-Reason") == "maintenance"
    for app in stage.apps:
        app.start()
    assert stage.ask("POST", body=b"{}").header("Understudy-Reason") == "maintenance"


def test_enabling_maintenance_alone_mixes_it_in(stage: Stage) -> None:
    """Why the app servers go to `maint` too: alone it is one server among three."""
    stage.proxy.do(f"set server {BACKEND}/maintenance state ready")
    answerers = {stage.ask("GET").status for _ in range(12)}
    assert answerers == {200, 503}


def test_the_health_check_finds_understudy_healthy(stage: Stage) -> None:
    """`option httpchk` is an OPTIONS in HTTP/1.0 without Host: never a 5xx, over TLS too."""
    row = stage.proxy.wait_for_check(BACKEND, "failure")
    assert (row["check_status"], row["check_code"], row["status"]) == ("L7OK", "204", "UP"), row


def test_a_client_over_tls_gets_the_same_answer(stage: Stage) -> None:
    stage.switch_on()
    response = request(
        stage.tls_port, "POST", "/orders", [("Origin", ORIGIN)], b"x" * 70000, tls=True
    )
    expect_answer(
        response, reason="maintenance", title="Down for maintenance", origin=ORIGIN, method="POST"
    )


def test_an_origin_that_is_not_allowed_gets_503_without_cors(stage: Stage) -> None:
    stage.switch_on()
    response = request(stage.port, "GET", "/orders", [("Origin", "https://evil.example")])
    expect_answer(
        response, reason="maintenance", title="Down for maintenance", origin=None
    )
