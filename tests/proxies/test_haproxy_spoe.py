"""HAProxy asks understudy about each request over SPOE."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.admin import Admin
from support.apps import App
from support.expect import KINDS, expect_answer, expect_preflight, preflight_headers
from support.http import Connection, Response, request
from support.net import free_port, wait_until
from support.proxies import CONFIGS, HAProxy
from support.understudy import Understudy

ORIGIN = "https://shop.example"

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[gate]
spoe = "127.0.0.1:0"

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.cors]
origins = ["https://shop.example"]
credentials = true
[groups.shop.bypass]
networks = ["127.0.0.2/32"]
cookie = "BYPASS_MAINTENANCE"
header = "X-Bypass"
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.read-only.en]
title = "Look, do not touch"
message = "Nothing can be changed at the moment."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
"""


@dataclass
class Stage:
    proxy: HAProxy
    port: int
    apps: list[App]
    understudy: Understudy

    def ask(self, method: str = "GET", headers=(), **options) -> Response:
        return request(self.port, method, "/orders", [("Origin", ORIGIN), *headers], **options)

    def switch(self, mode: str) -> None:
        Admin(self.understudy.admin).switch("shop", mode)

    def apps_seen(self, headers=(), **options) -> set[str | None]:
        return {self.ask("GET", headers, **options).header("X-App") for _ in range(6)}


@pytest.fixture
def stage(understudy, app, haproxy, tmp_path: Path, request) -> Stage:
    server = understudy(CONFIG)
    apps = [app("app1"), app("app2")]
    port = free_port()
    engine = tmp_path / "understudy-spoe.conf"
    engine.write_text((CONFIGS / engine.name).read_text())
    proxy = haproxy(
        "haproxy-spoe.cfg",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": apps[0].address,
            "10.0.0.12:8080": apps[1].address,
            "10.0.0.21:8503": server.address,
            "10.0.0.21:8505": server.listening("spoe")[0],
            "/etc/haproxy/understudy-spoe.conf": engine,
        },
        ports=[port],
        reloadable=getattr(request, "param", None) == "reloadable",
    )
    return Stage(proxy, port, apps, server)


BOTH = {"app1", "app2"}


class TestTheSwitch:
    def test_open(self, stage: Stage) -> None:
        assert stage.apps_seen() == BOTH
        for kind in KINDS:
            assert stage.ask(kind.method, **kind.options).header("X-App") in BOTH, kind
        own = request(stage.port, "OPTIONS", "/orders", preflight_headers(ORIGIN, "PUT"))
        assert own.header("X-App") in BOTH, "the app answers its own preflight"

    def test_maintenance_and_back(self, stage: Stage) -> None:
        stage.switch("maintenance")
        for kind in KINDS:
            response = stage.ask(kind.method, **kind.options)
            expect_answer(
                response,
                reason="maintenance",
                title="Down for maintenance",
                origin=ORIGIN,
                method=kind.method,
                label=kind,
            )
        preflight = request(
            stage.port, "OPTIONS", "/orders", preflight_headers(ORIGIN, "PUT", "X-Shop-Client")
        )
        expect_preflight(preflight, ORIGIN, "PUT", "X-Shop-Client")
        stage.switch("open")
        assert stage.apps_seen() == BOTH

    def test_read_only(self, stage: Stage) -> None:
        stage.switch("read-only")
        assert stage.apps_seen() == BOTH
        response = stage.ask("POST", body=b"{}")
        expect_answer(response, reason="read-only", title="Look, do not touch", origin=ORIGIN, method="POST")

    def test_the_apps_own_errors_are_theirs(self, stage: Stage) -> None:
        for app in stage.apps:
            app.answer_with(503)
        response = stage.ask()
        assert response.status == 503 and response.header("X-App") in BOTH

    def test_apps_that_die(self, stage: Stage) -> None:
        for app in stage.apps:
            app.kill()
        for kind in KINDS:
            expect_answer(
                stage.ask(kind.method, **kind.options),
                reason="failure",
                title="Something went wrong",
                origin=ORIGIN,
                method=kind.method,
                label=kind,
            )


class TestRights:
    def test_each_goes_through_balanced(self, stage: Stage) -> None:
        stage.switch("maintenance")
        assert stage.apps_seen() == {None}
        assert stage.apps_seen(source="127.0.0.2") == BOTH
        assert stage.apps_seen([("Cookie", "a=1; BYPASS_MAINTENANCE=true; b=2")]) == BOTH
        assert stage.apps_seen([("X-Bypass", "true")]) == BOTH
        body = b"x" * (1 << 20)
        assert stage.ask("POST", source="127.0.0.2", body=body).json()["bytes"] == len(body)

    def test_taken_away_or_forged(self, stage: Stage) -> None:
        stage.switch("maintenance")
        assert stage.apps_seen([("Cookie", "BYPASS_MAINTENANCE=false")], source="127.0.0.2") == {None}
        assert stage.apps_seen([("X-Forwarded-For", "127.0.0.2")]) == {None}
        assert stage.apps_seen([("Cookie", "BYPASS_MAINTENANCE=1")]) == {None}
        assert stage.apps_seen([("X-Bypass", "yes")]) == {None}


class Load:
    """Clients that ask one request after the other, each on a connection of its own, until stopped."""

    def __init__(self, stage: Stage, clients: int, expected) -> None:
        self._stage, self._expected = stage, expected
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.answered = 0
        self.wrong: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        while not self._stop.is_set():
            try:
                wrong = self._expected(self._stage, number)
            except Exception as error:  # whatever it is, a client would have seen it
                wrong = repr(error)
            with self._lock:
                self.answered += 1
                if wrong:
                    self.wrong.append(wrong)

    def wait_for(self, more: int) -> None:
        wanted = self.answered + more
        wait_until(lambda: self.answered >= wanted, 60, f"{more} more answers")

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not self.wrong, (len(self.wrong), self.answered, self.wrong[:5])


def from_an_app(stage: Stage, _: int) -> str:
    response = stage.ask()
    return "" if response.status == 200 and response.header("X-App") in BOTH else repr(response)


def blocked_or_bypassing(stage: Stage, number: int) -> str:
    """Every fourth client has a right."""
    passes = number % 4 == 0
    response = stage.ask("GET", [("X-Bypass", "true")] if passes else [])
    right = response.status == 200 if passes else response.header("Understudy-Reason") == "maintenance"
    return "" if right else repr(response)


class TestUnderstudyGoes:
    def test_killed_while_open(self, stage: Stage) -> None:
        with Load(stage, 8, from_an_app) as load:
            load.wait_for(100)
            stage.understudy.kill()
            load.wait_for(200)
            wait_until(
                lambda: stage.proxy.servers("understudy-agent")["agent"]["status"] == "DOWN",
                what="HAProxy to notice",
            )
            load.wait_for(100)

    def test_stopped_while_open(self, stage: Stage) -> None:
        with Load(stage, 8, from_an_app) as load:
            load.wait_for(100)
            stage.understudy.stop()
            load.wait_for(200)

    def test_killed_during_maintenance_it_opens(self, stage: Stage) -> None:
        """As the page on this pattern says: who must hold, has HAProxy told (map and file)."""
        stage.switch("maintenance")
        assert stage.apps_seen() == {None}
        stage.understudy.kill()
        wait_until(lambda: stage.ask().status == 200, what="the apps to answer")

    def test_the_health_check_is_answered(self, stage: Stage) -> None:
        row = stage.proxy.wait_for_check("understudy-agent", "agent")
        assert row["check_status"] == "L7OK" and row["status"] == "UP", row
        assert stage.understudy.metrics().value("understudy_spop_health_checks_total") >= 1
        refused = stage.understudy.metrics().select("understudy_spop_refused_total")
        assert not any(value for _, value in refused), refused


@pytest.mark.parametrize("stage", ["reloadable"], indirect=True)
def test_sixty_four_connections_while_haproxy_reloads(stage: Stage) -> None:
    stage.switch("maintenance")
    with Load(stage, 64, blocked_or_bypassing) as load:
        load.wait_for(200)
        for _ in range(3):
            stage.proxy.reload()
            load.wait_for(300)
    refused = stage.understudy.metrics().select("understudy_spop_refused_total")
    assert not any(value for _, value in refused), refused


def test_a_keep_alive_connection_is_asked_about_anew(stage: Stage) -> None:
    with Connection(stage.port) as connection:
        for mode, status in (("open", 200), ("maintenance", 503), ("open", 200)):
            stage.switch(mode)
            connection.send(b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n")
            assert connection.read_response().status == status, mode
