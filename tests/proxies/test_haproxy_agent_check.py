"""HAProxy's servers ask understudy by agent-check whether they should serve."""

from __future__ import annotations

import pytest

from support.admin import Admin
from support.expect import KINDS, expect_answer, expect_preflight, preflight_headers
from support.http import request
from support.net import free_port, wait_until

ORIGIN = "https://shop.example"
BOTH = {"app1", "app2"}

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[gate]
agent_check = "127.0.0.1:0"

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.cors]
origins = ["https://shop.example"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
"""


@pytest.fixture
def stage(understudy, app, haproxy):
    server = understudy(CONFIG)
    apps = [app("app1"), app("app2")]
    port = free_port()
    agent = server.listening("agent-check")[0].rpartition(":")[2]
    proxy = haproxy(
        "haproxy-agent-check.cfg",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": apps[0].address,
            "10.0.0.12:8080": apps[1].address,
            "10.0.0.21:8503": server.address,
            "agent-addr 10.0.0.21 agent-port 8506": f"agent-addr 127.0.0.1 agent-port {agent}",
        },
        ports=[port],
    )
    return server, proxy, port


def seen(port: int) -> set[str | None]:
    return {request(port, "GET").header("X-App") for _ in range(6)}


def test_the_switch_takes_the_servers_out_and_back(stage) -> None:
    server, proxy, port = stage
    admin = Admin(server.admin)
    wait_until(lambda: seen(port) == BOTH, what="both apps to serve")
    admin.switch("shop", "maintenance")
    wait_until(lambda: seen(port) == {None}, what="understudy to take over")
    for kind in KINDS:
        response = request(port, kind.method, "/", [("Origin", ORIGIN)], **kind.options)
        expect_answer(
            response,
            reason="maintenance",
            title="Down for maintenance",
            origin=ORIGIN,
            method=kind.method,
            label=kind,
        )
    preflight = request(port, "OPTIONS", "/", preflight_headers(ORIGIN, "PUT", "X-Shop-Client"))
    expect_preflight(preflight, ORIGIN, "PUT", "X-Shop-Client")
    assert "understudy: maintenance" in proxy.servers("shop")["app1"]["last_agt"]
    admin.switch("shop", "open")
    wait_until(lambda: seen(port) == BOTH, what="the apps to come back")


def test_an_operators_own_maint_stays(stage) -> None:
    server, proxy, port = stage
    admin = Admin(server.admin)
    wait_until(lambda: seen(port) == BOTH, what="both apps to serve")
    proxy.do("set server shop/app1 state maint")
    for mode, expected in (("maintenance", {None}), ("open", {"app2"})):
        admin.switch("shop", mode)
        wait_until(lambda: seen(port) == expected, what=f"{mode} to arrive")
        assert proxy.servers("shop")["app1"]["status"].startswith("MAINT")
    before = server.metrics().value("understudy_agent_checks_total")
    wait_until(
        lambda: server.metrics().value("understudy_agent_checks_total") >= before + 4, what="further checks"
    )
    assert seen(port) == {"app2"}, "no later answer undoes what the operator did"
    proxy.do("set server shop/app1 state ready")
    wait_until(lambda: seen(port) == BOTH, what="both apps to serve")


def test_understudy_dead_during_maintenance_holds(stage) -> None:
    """The last word stands: a plain 503 of HAProxy's own, until understudy is back."""
    server, proxy, port = stage
    Admin(server.admin).switch("shop", "maintenance")
    wait_until(lambda: seen(port) == {None}, what="understudy to take over")
    server.kill()
    assert request(port, "GET").status == 503


def test_understudy_dead_while_open_is_no_harm(stage) -> None:
    server, proxy, port = stage
    wait_until(lambda: seen(port) == BOTH, what="both apps to serve")
    server.kill()
    wait_until(lambda: "L4CON" in proxy.servers("shop")["app1"]["agent_status"], what="HAProxy to notice")
    assert seen(port) == BOTH
