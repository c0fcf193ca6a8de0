"""What JavaScript on another origin sees: the whole point of understudy.

A page of the front end's origin sends a POST with credentials and a header of
its own, so the browser asks with a preflight first. It runs in a real
Chromium, and nothing stands between it and the proxies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import pytest

from support.apps import App
from support.browser import Page
from support.net import free_port
from support.proxies import HAProxy
from support.understudy import Understudy

pytestmark = pytest.mark.browser

BACKEND = "server_backend"

CONFIG = """\
[server]
listen = ["127.0.0.1:0", "tls:127.0.0.1:0"]
tls_certificate = "{certificate}"
tls_key = "{key}"
reason_header = "X-SST-Backend"

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
[groups.shop.cors]
origins = ["{origin}"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
"""

FETCH = """
async ({ url, size }) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json", "X-Shop-Client": "browser" },
      body: JSON.stringify({ order: "x".repeat(size) }),
    });
    return {
      status: response.status,
      retryAfter: response.headers.get("Retry-After"),
      reason: response.headers.get("Understudy-Reason"),
      language: response.headers.get("Content-Language"),
      body: await response.json(),
    };
  } catch (error) {
    return { status: 0, error: error.name };
  }
}
"""

XHR = """
({ url, size }) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.withCredentials = true;
  request.setRequestHeader("Content-Type", "application/json");
  request.setRequestHeader("X-Shop-Client", "browser");
  request.onerror = () => resolve({ status: request.status, error: "error event" });
  request.onload = () => resolve({
    status: request.status,
    retryAfter: request.getResponseHeader("Retry-After"),
    reason: request.getResponseHeader("Understudy-Reason"),
    language: request.getResponseHeader("Content-Language"),
    body: JSON.parse(request.responseText),
  });
  request.send(JSON.stringify({ order: "x".repeat(size) }));
})
"""

WAYS = pytest.mark.parametrize("script", [FETCH, XHR], ids=["fetch", "XMLHttpRequest"])


@dataclass
class Stage:
    """Front end and API on two origins; `server` is what stands in for the API."""

    front: App
    server: Understudy
    page: Callable[..., Page]

    def visit(self, front: App | None = None, **options: Any) -> Page:
        page = self.page(**options)
        assert page.goto((front or self.front).url)["status"] == 200
        return page


@pytest.fixture
def stage(understudy, app, page, certificate) -> Stage:
    front = app("front")
    crt, key, _ = certificate
    server = understudy(CONFIG.format(certificate=crt, key=key, origin=front.url))
    return Stage(front, server, page)


@dataclass
class BehindHAProxy:
    proxy: HAProxy
    apps: list[App]
    url: str

    def kill_apps(self) -> None:
        for app in self.apps:
            app.kill()
        for server in ("server1", "server2"):
            self.proxy.wait_for_server(BACKEND, server, "DOWN")

    def switch_on(self) -> None:
        self.proxy.do(f"set server {BACKEND}/maintenance state ready")
        for server in ("server1", "server2"):
            self.proxy.do(f"set server {BACKEND}/{server} state maint")

    def served_by(self, server: str, method: str, status: int) -> bool:
        """Whether HAProxy's log tells of such a request (it is written a moment later)."""

        def tells(line: str) -> bool:
            return f"{BACKEND}/{server} " in line and f'"{method} /orders' in line and f" {status} " in line

        return self.proxy.out.wait(tells, 10) is not None


@pytest.fixture
def behind_haproxy(stage, app, haproxy, certificate) -> BehindHAProxy:
    pem = certificate[2]
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
            "10.0.0.21:8543": f"127.0.0.1:{stage.server.tls_port}",
            "inter 10s": "inter 300ms",
        },
        ports=[port, tls_port],
    )
    return BehindHAProxy(proxy, apps, f"http://127.0.0.1:{port}/orders")


def expect_readable(seen: dict[str, Any], reason: str, title: str, language: str = "en") -> None:
    assert seen.get("error") is None, seen
    assert seen["status"] == 503
    assert seen["reason"] == reason
    assert seen["language"] == language
    assert 600 <= int(seen["retryAfter"]) <= 660
    body = seen["body"]
    assert (body["status"], body["reason"], body["title"]) == (503, reason, title)


@WAYS
def test_apps_alive_are_reached_with_cookies(stage, behind_haproxy, script) -> None:
    page = stage.visit()
    seen = page.evaluate(script, {"url": behind_haproxy.url, "size": 10})
    assert seen["status"] == 200
    sent = dict(seen["body"]["headers"])
    assert sent["cookie"] == "basket=full", "the request had no credentials"
    assert sent["x-shop-client"] == "browser"


@WAYS
def test_a_failure_is_read_through_haproxy(stage, behind_haproxy, script) -> None:
    behind_haproxy.kill_apps()
    seen = stage.visit().evaluate(script, {"url": behind_haproxy.url, "size": 10})
    expect_readable(seen, "failure", "Something went wrong")
    assert behind_haproxy.served_by("failure", "OPTIONS", 204), "the browser sent no preflight"
    assert behind_haproxy.served_by("failure", "POST", 503)


@WAYS
@pytest.mark.parametrize("size", [10, 1 << 20], ids=["10 bytes", "1 MiB"])
def test_maintenance_is_read_through_haproxy(stage, behind_haproxy, script, size) -> None:
    behind_haproxy.switch_on()
    seen = stage.visit().evaluate(script, {"url": behind_haproxy.url, "size": size})
    expect_readable(seen, "maintenance", "Down for maintenance")
    assert behind_haproxy.served_by("maintenance", "OPTIONS", 204), "the browser sent no preflight"
    assert behind_haproxy.served_by("maintenance", "POST", 503)


def test_a_page_that_was_working_reads_maintenance_and_then_the_app_again(
    stage, behind_haproxy
) -> None:
    """One page, never reloaded: what an Angular application lives through."""
    page = stage.visit()
    request = {"url": behind_haproxy.url, "size": 10}
    assert page.evaluate(FETCH, request)["status"] == 200
    behind_haproxy.switch_on()
    expect_readable(page.evaluate(FETCH, request), "maintenance", "Down for maintenance")
    behind_haproxy.proxy.do(f"set server {BACKEND}/server1 state ready")
    behind_haproxy.proxy.do(f"set server {BACKEND}/maintenance state maint")
    assert page.evaluate(FETCH, request)["status"] == 200


def test_the_browsers_language_is_spoken(stage, behind_haproxy) -> None:
    behind_haproxy.switch_on()
    seen = stage.visit(locale="de-AT").evaluate(FETCH, {"url": behind_haproxy.url, "size": 10})
    expect_readable(seen, "maintenance", "Wartungsarbeiten", language="de")
    assert seen["body"]["errorTitle"] == {"en": "Down for maintenance", "de": "Wartungsarbeiten"}


@WAYS
def test_an_origin_that_is_not_allowed_sees_nothing(stage, behind_haproxy, app, script) -> None:
    behind_haproxy.switch_on()
    page = stage.visit(front=app("stranger"))
    seen = page.evaluate(script, {"url": behind_haproxy.url, "size": 10})
    assert seen["status"] == 0 and seen["error"]
    assert behind_haproxy.served_by("maintenance", "OPTIONS", 204)
    assert any("CORS policy" in complaint["text"] for complaint in page.complaints())


def start_nginx(stage, nginx, app, tmp_path) -> str:
    """nginx with the flag set; the API's address."""
    flag = tmp_path / "shop.flag"
    flag.touch()
    port = free_port()
    api = app("api")
    nginx(
        "nginx-flag-file.conf",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": api.address,
            "10.0.0.12:8080": api.address,
            "127.0.0.1:8503": stage.server.address,
            "/etc/nginx/maintenance/shop": flag,
        },
        ports=[port],
    )
    return f"http://127.0.0.1:{port}/orders"


@WAYS
def test_maintenance_is_read_through_nginx(stage, nginx, app, tmp_path, script) -> None:
    url = start_nginx(stage, nginx, app, tmp_path)
    seen = stage.visit().evaluate(script, {"url": url, "size": 10})
    expect_readable(seen, "maintenance", "Down for maintenance")


@WAYS
def test_a_preflight_answered_with_503_hides_everything(stage, nginx, script) -> None:
    """The same request through an nginx that gives preflights 503 fails: these tests can tell."""
    port = free_port()
    nginx(
        "nginx-preflight-503.conf",
        {"10.0.0.1:80": f"127.0.0.1:{port}", "127.0.0.1:8503": stage.server.address},
        ports=[port],
    )
    page = stage.visit()
    seen = page.evaluate(script, {"url": f"http://127.0.0.1:{port}/orders", "size": 10})
    assert seen == {"status": 0, "error": "TypeError" if script is FETCH else "error event"}
    assert any("preflight" in complaint["text"] for complaint in page.complaints())


def test_the_status_for_banners_is_read_from_another_origin(stage) -> None:
    seen = stage.visit().evaluate(
        """async (url) => {
             const response = await fetch(url, { credentials: "include" });
             return { status: response.status, body: await response.json() };
           }""",
        f"{stage.server.base_url}/_understudy/status.json",
    )
    assert seen["status"] == 200
    assert (seen["body"]["group"], seen["body"]["mode"]) == ("shop", "open")
