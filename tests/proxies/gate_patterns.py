"""What every printed snippet must do, asked of the real proxy with real apps behind it.

A test module names its pattern and gets all tests:

    class Tell(Pattern):
        proxy, style = "haproxy", "tell"
        cannot = {"signed", "ramp"}
        replacements = …
        def run(self, stage, files): …

    class TestTell(GateTests):
        pattern = Tell()

The configuration of the proxy is what `understudy snippet PROXY shop --style STYLE` prints, byte for byte, but
for addresses and paths that `Pattern.replacements` names. What a pattern can't do is in `cannot`, as the
snippet's own comments say it; the tests then assert what is documented in its place.
"""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from typing import Callable, Iterator, Mapping

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
from support.http import Connection, Response, request
from support.net import free_port, wait_until
from support.process import Process
from support.understudy import Understudy, run_command

ORIGIN = "https://shop.example"
OTHER_ORIGIN = "https://beta.shop.example"  # allowed by a wildcard
EVIL_ORIGINS = (
    "https://evil.example",
    "https://shop.example.evil.example",
    "https://shopXexample",
    "HTTPS://SHOP.EXAMPLE",
    "https://shop.example, https://evil.example",
)
TESTER = "127.0.0.7"  # in bypass.networks
STRANGER = "127.0.0.1"
# What each proxy's quoting would take for something else.
TEXT = "Wir sind 'gleich' zurück: 100 % \"$host\" {x} \\ `` 🎭"
MAINTENANCE = {"reason": "maintenance", "title": TEXT, "origin": ORIGIN}
FAILURE = {"reason": "failure", "title": TEXT, "origin": ORIGIN}

CONFIG = """\
[server]
listen = ["127.0.0.1:{answer}"]
trusted_proxies = ["127.0.0.1/32", "::1/128"]

[gate]
spoe = ["127.0.0.1:{spoe}"]
agent_check = ["127.0.0.1:{agent_check}"]

[proxies.edge]
map_file = "{folder}/understudy.map"
runtime = ["unix:{folder}/admin.sock"]
flag_folder = "{folder}/flags"

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["api.shop.example"]
default = true

[groups.shop.gate]
reads = ["POST /graphql", "/search/*"]

[groups.shop.bypass]
networks = ["127.0.0.7/32", "2001:db8::/32"]
cookie = "BYPASS_MAINTENANCE"
header = "X-Bypass"

[groups.shop.cors]
origins = ["https://shop.example", "https://*.shop.example", "http://localhost:*"]
credentials = true

[groups.shop.maintenance.en]
title = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
message = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
[groups.shop.read-only.en]
title = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
message = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
[groups.shop.failure.en]
title = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
message = "Wir sind 'gleich' zurück: 100 % \\"$host\\" {{x}} \\\\ `` 🎭"
"""

CAN = {
    "at once",  # a switch is in force with the next request, not within moments
    "signed",  # signed links, their cookies and headers
    "read-only",
    "ramp",  # reopening little by little; else the group opens at once
    "holds",  # stays in maintenance when understudy dies; else it opens
    "keeps",  # stays in maintenance when the proxy restarts while understudy is dead
    "bypass",  # networks, cookies and headers
    "reset",  # a request that an app took and dropped is answered by understudy
    "websocket",
    "expect",  # Expect: 100-continue of a blocked request
}


class Pattern:
    """One snippet and how it is started here; an adapter's attributes are constants."""

    proxy = ""
    style = ""
    cannot: frozenset[str] | set[str] = frozenset()

    def replacements(self, stage: "Stage") -> Mapping[str, object]:
        """What stands in for the snippet's example addresses; each must occur."""
        return {
            "0.0.0.0:80": f"127.0.0.1:{stage.port}",
            "127.0.0.1:8081": stage.apps[0].address,
            "127.0.0.1:8082": stage.apps[1].address,
        }

    def run(self, stage: "Stage", files: list[Path]) -> Process:
        """Starts the proxy with the snippet's files; returns when stage.port accepts connections."""
        raise NotImplementedError

    def can(self, what: str) -> bool:
        assert what in CAN, what
        return what not in self.cannot


def printed(pattern: Pattern, config: Path) -> list[tuple[str, str]]:
    """The snippet's files as the command prints them: (name, text), each marked by a line of its own."""
    arguments = ["snippet", pattern.proxy, "shop", "--style", pattern.style, "--config", config]
    done = run_command(*arguments)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    files = json.loads(run_command(*arguments, "--json").stdout)["files"]
    parts = re.split(r"^#### FILE: (.*)\n", done.stdout, flags=re.M)
    if len(files) == 1:
        return [(files[0]["name"], done.stdout)]
    # What is printed and what --json gives is the same.
    found = list(zip(parts[1::2], parts[2::2]))
    assert [(name, text.strip("\n")) for name, text in found] == [
        (file["name"], file["text"].strip("\n")) for file in files
    ]
    return found


@dataclass
class Stage:
    """Two apps, understudy, and the proxy in front of them. Use it in `with`."""

    pattern: Pattern
    directory: Path
    folder: Path  # with a path short enough for Unix sockets
    port: int = 0
    apps: list[App] = field(default_factory=list)
    understudy: Understudy | None = None
    proxy: Process | None = None

    def __post_init__(self) -> None:
        self.port = free_port()
        (self.folder / "flags").mkdir()

    def start(self) -> None:
        self.apps = [App(self.directory, name) for name in ("app1", "app2")]
        self.config = CONFIG.format(
            answer=free_port(), spoe=free_port(), agent_check=free_port(), folder=self.folder
        )
        self.start_understudy()
        self.write_files()
        self.start_proxy()

    def start_understudy(self) -> None:
        self.understudy = Understudy(
            self.config, self.directory, env={"UNDERSTUDY_STORE_PATH": str(self.folder / "state.db")}
        )

    def write_files(self) -> None:
        snippet = printed(self.pattern, self.understudy.config_path)
        replacements = dict(self.pattern.replacements(self))
        folder = self.directory / "proxy"
        folder.mkdir()
        self.files = [folder / Path(name).name for name, _ in snippet]
        if len(snippet) > 1:
            replacements.update((name, path) for (name, _), path in zip(snippet[1:], self.files[1:]))
        whole = "".join(text for _, text in snippet)
        for old in replacements:
            assert old in whole, f"the snippet does not contain {old!r}"
        for (_, text), path in zip(snippet, self.files):
            for old in sorted(replacements, key=len, reverse=True):
                text = text.replace(old, str(replacements[old]))
            path.write_text(text, encoding="utf-8")

    def start_proxy(self) -> None:
        self.proxy = self.pattern.run(self, self.files)
        wait_until(lambda: self.ask().status in (200, 503), 20, "the proxy to answer")

    def close(self) -> None:
        for process in (self.proxy, *self.apps):
            if process is not None:
                process.kill()
        if self.understudy is not None:
            self.understudy.stop()

    def __enter__(self) -> "Stage":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # What clients do.

    def ask(self, method: str = "GET", path: str = "/orders", headers=(), *, origin=ORIGIN, **options) -> Response:
        pairs = ([("Origin", origin)] if origin else []) + list(headers)
        return request(self.port, method, path, pairs, **options)

    def preflight(self, method: str = "POST", origin: str = ORIGIN, **options) -> Response:
        headers = preflight_headers(origin, method, "Content-Type", "X-Shop-Client")
        return request(self.port, "OPTIONS", "/orders", headers, **options)

    def answerers(self, count: int = 8, **options) -> set[str]:
        """Which apps answer that many requests; every one must come from an app."""
        responses = [self.ask(**options) for _ in range(count)]
        assert all(r.status == 200 and r.header("X-App") for r in responses), responses
        return {response.header("X-App") for response in responses}

    # What operators do.

    def switch(self, mode: str, ramp: str | None = None) -> None:
        """Switches as an operator does: the command returns once the proxies that are told follow. Then waits
        until the proxy knows, where the pattern needs moments for it."""
        self.say(mode, ramp)
        if not self.pattern.can("at once"):
            self.wait_blocked() if mode == "maintenance" else self.wait_open()

    def say(self, mode: str, ramp: str | None = None) -> None:
        arguments = ["off", "shop"] if mode == "open" else ["on", "shop"]
        arguments += ["--read-only"] if mode == "read-only" else []
        arguments += ["--ramp", ramp] if ramp else []
        done = run_command(*arguments, "--admin", f"unix:{self.understudy.admin}")
        assert done.returncode == 0, (done.stdout, done.stderr)

    def wait_blocked(self, limit: float = 10.0) -> None:
        wait_until(lambda: self.ask().status == 503, limit, "the proxy to block")

    def wait_open(self, limit: float = 10.0) -> None:
        """Until both apps are used again: where the proxy looks at them one by one, they return so."""

        def both() -> bool:
            found = [self.ask() for _ in range(6)]
            return {r.header("X-App") for r in found} == {"app1", "app2"} and all(r.status == 200 for r in found)

        wait_until(both, limit, "the proxy to open")

    def kill_apps(self) -> None:
        for app in self.apps:
            app.kill()

    def pass_token(self) -> dict[str, str]:
        """`understudy pass shop`: {"cookie": …, "header": …, "link": …}"""
        done = run_command(
            "pass", "shop", "--for", "1h", "--json", "--admin", f"unix:{self.understudy.admin}"
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class Load:
    """Requests without pause from two threads, for as long as the `with` lasts."""

    def __init__(self, stage: Stage, **options) -> None:
        self._stage, self._options = stage, options
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(2)]
        self.responses: list[Response | Exception] = []

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self.responses.append(self._stage.ask(**self._options))
            except Exception as error:  # a cut connection is what the test looks for
                self.responses.append(error)

    def wait_for(self, count: int) -> None:
        goal = len(self.responses) + count
        wait_until(lambda: len(self.responses) >= goal, 60, f"{count} more answers")

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)


def open_websocket(stage: Stage, **options) -> Connection:
    """Shakes hands with an app; the connection is the caller's."""
    connection = Connection(stage.port, **options)
    connection.send(
        b"GET /ws HTTP/1.1\r\nHost: api.shop.example\r\nOrigin: https://shop.example\r\n"
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    response = connection.read_response()
    if response.status != 101:
        connection.close()
    assert response.status == 101, response
    return connection


def echo(connection: Connection, text: bytes) -> bytes:
    mask = b"\x01\x02\x03\x04"
    connection.send(
        bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text))
    )
    return connection._take(2 + len(text))[2:]


def expect_kinds(stage: Stage, *, reason: str, title: str, origin: str) -> None:
    for kind in KINDS:
        if kind.options.get("expect") and not stage.pattern.can("expect"):
            continue
        response = stage.ask(kind.method, **kind.options)
        expect_answer(response, reason=reason, title=title, origin=origin, method=kind.method, label=kind)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect_preflight(stage.preflight(method), ORIGIN, method, "Content-Type", "X-Shop-Client")
    expect_cors(stage.ask(origin=OTHER_ORIGIN), OTHER_ORIGIN)
    for evil in EVIL_ORIGINS:
        expect_no_cors(stage.preflight(origin=evil), evil)
        expect_no_cors(stage.ask(origin=evil), evil)


def expect_apps(stage: Stage, **options) -> None:
    """Both apps answer, everything arrives whole, and the preflight is the app's own."""
    seen = set()
    for kind in KINDS:
        response = stage.ask(kind.method, **kind.options, **options)
        assert response.status == 200, (kind, response)
        assert "Understudy-Reason" not in response.headers
        expect_cors(response, ORIGIN, kind)
        if kind.method != "HEAD":
            assert response.json()["bytes"] == len(kind.options.get("body", b"")), kind
        seen.add(response.header("X-App"))
    assert seen == {"app1", "app2"}
    preflight = stage.preflight(**options)
    assert preflight.status == 204 and preflight.header("X-App") in seen, preflight


def expect_last_answer(stage: Stage) -> None:
    """A readable 503 although understudy is dead, and a preflight that lets the browser read it."""
    for kind in KINDS:
        if kind.options.get("expect") and not stage.pattern.can("expect"):
            continue
        response = stage.ask(kind.method, **kind.options)
        assert response.status == 503, (kind, response)
        expect_cors(response, ORIGIN, kind)
        assert response.headers.get("Cache-Control") == "no-store", (kind, response)
        if kind.method != "HEAD":
            assert response.headers.get("Content-Type") == "application/json", (kind, response)
            body = response.json()
            assert body["status"] == 503, (kind, response)
            assert body["title"] == body["message"] == TEXT, body
    for method in ("POST", "PUT", "DELETE"):
        response = stage.preflight(method)
        assert response.status == 204, response
        expect_cors(response, ORIGIN)
        assert method.lower() in response.headers.tokens("Access-Control-Allow-Methods"), response
        assert {"content-type", "x-shop-client"} <= response.headers.tokens("Access-Control-Allow-Headers")
    expect_cors(stage.ask(origin=OTHER_ORIGIN), OTHER_ORIGIN)
    for evil in EVIL_ORIGINS:
        expect_no_cors(stage.preflight(origin=evil), evil)
        expect_no_cors(stage.ask(origin=evil), evil)


@pytest.mark.timeout(300)
class GateTests:
    """All that a snippet is asked; see the module's text."""

    pattern: Pattern

    @pytest.fixture
    def stage(self, tmp_path: Path, short_path: Path) -> Iterator[Stage]:
        with Stage(self.pattern, tmp_path, short_path) as stage:
            yield stage

    def test_open_leaves_everything_to_the_apps(self, stage: Stage) -> None:
        expect_apps(stage)
        forwarded = dict(stage.ask(headers=[("X-Forwarded-For", "198.51.100.9")]).json()["headers"])
        assert forwarded["x-forwarded-for"].endswith(STRANGER), forwarded
        if self.pattern.can("websocket"):
            with open_websocket(stage) as connection:
                assert echo(connection, b"hello") == b"hello"

    def test_a_client_cannot_name_the_reason(self, stage: Stage) -> None:
        forged = [("Understudy-Reason", "maintenance"), ("Understudy-Group", "other")]
        assert stage.ask(headers=forged).status == 200
        stage.kill_apps()
        response = wait_until(
            lambda: (r := stage.ask(headers=forged)).header("Understudy-Reason") and r, 15, "understudy's answer"
        )
        assert response.header("Understudy-Reason") == "failure"

    def test_the_apps_own_errors_stay_as_they_are(self, stage: Stage) -> None:
        for status in (403, 503, 401, 404, 500):
            for app in stage.apps:
                app.answer_with(status)
            for method in ("GET", "POST"):
                response = stage.ask(method)
                assert response.status == status, response
                assert response.json()["error"] == "the app itself fails"
                assert response.header("X-App")

    def test_maintenance_and_back(self, stage: Stage) -> None:
        websocket = open_websocket(stage) if self.pattern.can("websocket") else None
        stage.switch("maintenance")
        expect_kinds(stage, **MAINTENANCE)
        if websocket:
            assert echo(websocket, b"still here") == b"still here"
            websocket.close()
        exempt = stage.ask(path="/.well-known/acme-challenge/token")
        assert exempt.status == 200 and exempt.header("X-App"), exempt
        for path in (
            "/.well-known/acme-challenge/../../orders",
            "/.well-known/acme-challenge/%2e%2e/%2e%2e/orders",
            "/orders?/.well-known/acme-challenge/x",
        ):
            assert stage.ask(path=path).status in (400, 503), path
        stage.switch("open")
        expect_apps(stage)

    def test_bypass(self, stage: Stage) -> None:
        if not self.pattern.can("bypass"):
            pytest.skip("the snippet says that it can't")
        stage.switch("maintenance")
        cookie = [("Cookie", "a=b; BYPASS_MAINTENANCE=true; c=d")]
        header = [("X-Bypass", "true")]
        no = [("Cookie", "a=b; BYPASS_MAINTENANCE=false")]
        both = {"app1", "app2"}
        assert stage.answerers(source=TESTER) == both
        assert stage.answerers(headers=cookie) == both
        assert stage.answerers(headers=header) == both
        expect_apps(stage, source=TESTER)
        assert stage.ask(headers=no, source=TESTER).status == 503
        assert stage.ask(headers=[*header, *no]).status == 503
        assert stage.ask(headers=[("X-Bypass", "false")], source=TESTER).status == 503
        assert stage.ask(headers=[("Cookie", "understudy_pass=false")], source=TESTER).status == 503
        for forged in (
            [("X-Forwarded-For", TESTER)],
            [("X-Real-IP", TESTER)],
            [("Forwarded", f"for={TESTER}")],
            [("Cookie", "XBYPASS_MAINTENANCE=true")],
            [("Cookie", "BYPASS_MAINTENANCE=trueish")],
            [("Cookie", "BYPASS_MAINTENANCE=TRUE")],
            [("Cookie", "x=BYPASS_MAINTENANCE=true")],
            [("X-Bypass", "yes")],
        ):
            assert stage.ask(headers=forged).status == 503, forged

    def test_signed_passes(self, stage: Stage) -> None:
        stage.switch("maintenance")
        made = stage.pass_token()
        token = made["token"]
        cookie = [("Cookie", f"understudy_pass={token}")]
        if not self.pattern.can("signed"):
            assert stage.ask(headers=cookie).status == 503
            return
        assert stage.answerers(headers=cookie) == {"app1", "app2"}
        assert stage.answerers(headers=[("Understudy-Pass", token)]) == {"app1", "app2"}
        negative = [("Cookie", f"understudy_pass={token}; BYPASS_MAINTENANCE=false")]
        assert stage.ask(headers=negative).status == 503
        assert stage.ask(headers=[("Cookie", f"understudy_pass={token[:-2]}")]).status == 503

    def test_read_only(self, stage: Stage) -> None:
        stage.say("read-only")
        if not self.pattern.can("read-only"):
            assert stage.ask("POST").status == 200
            return
        if not self.pattern.can("at once"):
            wait_until(lambda: stage.ask("POST").status == 503, 10, "writes to be blocked")
        for method in ("GET", "HEAD"):
            assert stage.ask(method).status == 200
        assert stage.preflight().header("X-App")
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = stage.ask(method)
            assert response.status == 503 and response.header("Understudy-Reason") == "read-only", response
            expect_cors(response, ORIGIN)
        assert stage.ask("POST", "/graphql").status == 200
        assert stage.ask("PUT", "/graphql").status == 503
        assert stage.ask("POST", "/search/shoes").status == 200
        assert stage.ask("POST", "/search").status == 503
        assert stage.ask("POST", source=TESTER).status == 200

    def test_reopening_little_by_little(self, stage: Stage) -> None:
        stage.switch("maintenance")
        if not self.pattern.can("ramp"):
            stage.switch("open", ramp="10m")
            assert len({stage.ask().header("X-App") for _ in range(8)} - {None}) == 2
            return
        stage.say("open", ramp="10m")
        # Told apart by their addresses: nearly all must wait their turn, and each is told the same again.
        first = [stage.ask(source=f"127.0.1.{i}").status for i in range(1, 41)]
        assert first.count(503) >= 30, first
        waiting = next(i for i, status in enumerate(first, 1) if status == 503)
        response = stage.ask(source=f"127.0.1.{waiting}")
        assert response.status == 503 and response.header("Understudy-Reason") == "maintenance", response
        assert 0 < int(response.header("Retry-After")) <= 660, response.headers
        assert stage.ask(headers=[("X-Bypass", "true")]).status == 200
        stage.switch("open")
        assert {stage.ask(source=f"127.0.1.{i}").status for i in range(1, 41)} == {200}

    def test_understudy_s_own_paths_reach_it_whatever_the_mode(self, stage: Stage) -> None:
        def told() -> str:
            response = stage.ask(path="/_understudy/status.json")
            assert response.status == 200 and not response.header("X-App"), response
            expect_cors(response, ORIGIN)
            return response.json()["mode"]

        wait_until(lambda: not stage.ask(path="/_understudy/status.json").header("X-App"), 10, "status.json")
        assert told() == "open"
        script = stage.ask(path="/_understudy/client.js")
        assert script.status == 200 and script.header("Content-Type").startswith("text/javascript"), script
        if self.pattern.can("signed"):
            link = urlsplit(stage.pass_token()["link"])
            response = stage.ask(path=f"{link.path}?{link.query}")
            assert response.status == 200 and response.header("Set-Cookie").startswith("understudy_pass="), response
        stage.switch("maintenance")
        assert told() == "maintenance"

    def test_a_clients_target_opens_nothing(self, stage: Stage) -> None:
        stage.switch("maintenance")
        # What a gate, or a rule on paths, could take for its own business.
        for query in ("status=200", "answer", "answer&status=200", "group=nosuch", "/.well-known/acme-challenge/x"):
            response = stage.ask("POST", f"/orders?{query}")
            assert response.status == 503 and not response.header("X-App"), (query, response)
        for target in ("http://api.shop.example?x://h/.well-known/acme-challenge/y", "http://api.shop.example?/search/x",
                       "/.well-known/acme-challenge/../../orders", "/.well-known/acme-challenge/%2e%2e/%2e%2e/orders"):
            with Connection(stage.port) as connection:
                connection.send(f"POST {target} HTTP/1.1\r\nHost: api.shop.example\r\nContent-Length: 0\r\n\r\n".encode())
                response = connection.read_response()
            assert not response.header("X-App"), (target, response)

    def test_dead_apps_are_a_failure(self, stage: Stage) -> None:
        stage.kill_apps()
        wait_until(lambda: stage.ask().header("Understudy-Reason"), 15, "understudy's answer")
        expect_kinds(stage, **FAILURE)
        for app in stage.apps:
            app.start()
        wait_until(lambda: stage.ask().status == 200, 30, "the apps to be used again")

    def test_one_dead_app_is_noticed_by_nobody(self, stage: Stage) -> None:
        with Load(stage) as load:
            load.wait_for(10)
            stage.apps[0].kill()
            load.wait_for(40)
        # What the app had taken when it died may fail; nothing after it.
        failed = [r for r in load.responses if isinstance(r, Exception) or r.status != 200]
        assert len(failed) <= 2, failed

    def test_understudy_dead_while_open_harms_nobody(self, stage: Stage) -> None:
        with Load(stage) as load:
            load.wait_for(20)
            stage.understudy.kill()
            load.wait_for(200)
        failed = [r for r in load.responses if isinstance(r, Exception) or r.status != 200]
        assert not failed, failed[:3]
        expect_apps(stage)

    def test_understudy_dead_during_maintenance(self, stage: Stage) -> None:
        stage.switch("maintenance")
        stage.wait_blocked()  # a proxy that asks knows of it from the first answer on
        stage.understudy.kill()
        if not self.pattern.can("holds"):
            stage.wait_open(15)
            expect_apps(stage)
            return
        expect_last_answer(stage)
        if self.pattern.can("bypass"):
            assert stage.answerers(source=TESTER) == {"app1", "app2"}
            assert stage.ask(headers=[("Cookie", "BYPASS_MAINTENANCE=false")], source=TESTER).status == 503
        stage.start_understudy()
        wait_until(lambda: stage.ask().header("Understudy-Reason") == "maintenance", 15, "understudy's answer")
        stage.switch("open")
        expect_apps(stage)

    @pytest.mark.parametrize("mode", ["maintenance", "read-only"])
    def test_understudy_dead_while_reopening_harms_nobody(self, stage: Stage, mode: str) -> None:
        if not self.pattern.can("ramp"):
            return  # opened at once: that is another test
        stage.switch(mode)
        assert stage.ask("POST").status == 503
        stage.say("open", ramp="10m")
        # What a proxy remembers of these is that the group is open, whether they waited or not.
        wait_until(lambda: stage.ask("POST").header("Understudy-Reason") != "failure", 5, "an answer")
        stage.ask()
        stage.understudy.kill()
        wait_until(lambda: stage.ask("POST").status < 300, 15, "a write that reaches an app")
        expect_apps(stage)

    def test_understudy_and_apps_dead_is_still_readable(self, stage: Stage) -> None:
        stage.understudy.kill()
        stage.kill_apps()
        wait_until(lambda: stage.ask().status == 503, 15, "the last answer")
        expect_last_answer(stage)

    def test_the_proxy_restarted_during_maintenance_stays_closed(self, stage: Stage) -> None:
        stage.switch("maintenance")
        stage.proxy.kill()
        stage.start_proxy()
        if not self.pattern.can("at once"):
            stage.wait_blocked()
        expect_answer(stage.ask(), **MAINTENANCE)
        stage.understudy.kill()
        stage.proxy.kill()
        stage.proxy = self.pattern.run(stage, stage.files)
        if self.pattern.can("keeps"):
            expect_last_answer(stage)
        else:
            stage.wait_open(15)
