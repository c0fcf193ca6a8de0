"""HAProxy with observe layer4: no client ever sees the proxy's own bare 503."""

from __future__ import annotations

import re

from support.expect import KINDS, expect_answer, expect_preflight, preflight_headers
from support.http import request
from support.net import free_port

ORIGIN = "https://shop.example"

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]
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
"""


def retries(line: str) -> str:
    """How often HAProxy tried again, from a line of `option httplog`; "+": elsewhere."""
    found = re.search(r" \S{4} \d+/\d+/\d+/\d+/(\+?\d+) ", line)
    assert found, line
    return found[1]


def test_the_very_first_request_after_a_crash_lands_on_understudy(
    understudy, app, haproxy
) -> None:
    server = understudy(CONFIG)
    apps = [app("app1"), app("app2")]
    port = free_port()
    proxy = haproxy(
        "haproxy-failover.cfg",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": apps[0].address,
            "10.0.0.12:8080": apps[1].address,
            "10.0.0.21:8503": server.address,
        },
        ports=[port],
    )
    assert {request(port, "GET").header("X-App") for _ in range(4)} == {"app1", "app2"}
    for running in apps:
        running.kill()
    # Not one of these may be the proxy's own.
    for kind in KINDS:
        response = request(port, kind.method, "/", [("Origin", ORIGIN)], **kind.options)
        expect_answer(
            response,
            reason="failure",
            title="Something went wrong",
            origin=ORIGIN,
            method=kind.method,
            label=kind,
        )
    preflight = request(port, "OPTIONS", "/", preflight_headers(ORIGIN, "PUT", "X-Shop-Client"))
    expect_preflight(preflight, ORIGIN, "PUT", "X-Shop-Client")

    # Nor was anybody kept waiting for more than one attempt at a dead app.
    assert proxy.out.wait(lambda line: " shop/failure " in line and '"OPTIONS ' in line, 10)
    log = [line for line in proxy.out.all() if " shop/failure " in line]
    assert len(log) == len(KINDS) + 1
    assert {retries(line) for line in log} <= {"0", "+1"}, log

    for running in apps:
        running.start()
    for name in ("app1", "app2"):
        proxy.wait_for_server("shop", name, "UP")
    assert request(port, "GET").status == 200
