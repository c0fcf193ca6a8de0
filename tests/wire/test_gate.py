"""The gate over HTTP: who may pass, in the dialects that proxies ask in, and the probes."""

from __future__ import annotations

import pytest

from support.admin import Admin
from support.http import request
from support.understudy import Understudy
from wire.configs import ORIGIN

GATE = "/_understudy/gate"

CONFIG = f"""
[server]
listen = ["127.0.0.1:0", "unix:{{short}}/answer.sock"]
trusted_proxies = ["127.0.0.0/8", "10.0.0.0/8"]
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
flag_file = "{{dir}}/shop.flag"
[groups.shop.cors]
origins = ["{ORIGIN}"]
[groups.shop.bypass]
networks = ["203.0.113.0/24", "2001:db8::/32"]
cookie = "BYPASS"
header = "X-Bypass"
[groups.library]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c4"
hosts = ["library.example"]
flag_file = "{{dir}}/library.flag"
[groups.library.gate]
reads = ["POST /graphql"]
[groups.blog]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c5"
hosts = ["blog.example"]
"""
FILES = {"shop.flag": "on", "library.flag": "read-only"}


@pytest.fixture
def server(servers) -> Understudy:
    return servers(CONFIG, FILES)


def ask(server, *headers, method="GET", path=GATE, group="shop"):
    return server.request(method, path, [("Understudy-Group", group), *headers])


def verdict(response) -> tuple[int, str | None, str | None]:
    assert response.header("Cache-Control") == "no-store"
    assert response.body == b""
    return response.status, response.header("Understudy-Decision"), response.header("Understudy-Why")


BLOCKED = (403, "blocked", "maintenance")


def test_passes_and_blocks(server) -> None:
    assert verdict(ask(server, group="blog")) == (204, "pass", "open")
    response = ask(server)
    assert verdict(response) == BLOCKED
    assert response.header("Understudy-Group") == "shop"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "PROPFIND"])
def test_a_question_may_have_any_method(server, method) -> None:
    assert ask(server, method=method).status == 403
    assert ask(server, method=method, group="blog").status == 204


def test_the_group_is_found_as_everywhere_or_named(server) -> None:
    assert verdict(server.request("GET", GATE, host="blog.example"))[2] == "open"
    assert verdict(server.request("GET", GATE, [("X-Forwarded-Host", "blog.example")]))[2] == "open"
    assert verdict(server.request("GET", GATE))[2] == "maintenance", "the default group"
    assert verdict(server.request("GET", f"{GATE}?group=blog"))[2] == "open"
    assert verdict(server.request("GET", f"{GATE}?group=9E428B69-47e2-48b7-a694-bb2222bf48c5"))[2] == "open"
    # A slip of the pen, or a client's own query, opens nothing that the host would have closed.
    nobody = server.request("GET", f"{GATE}?group=nobody")
    assert verdict(nobody)[2] == "maintenance" and nobody.header("Understudy-Group") == "shop"


WRITE = [("X-Original-Method", "POST"), ("X-Original-URI", "/orders")]


@pytest.mark.parametrize(
    "headers, expected",
    [
        ([], "read"),
        (WRITE, "read-only"),
        ([("X-Original-Method", "POST"), ("X-Original-URI", "/graphql?a=b")], "read"),
        ([("X-Original-Method", "POST"), ("X-Original-URL", "https://library.example/graphql")], "read"),
        ([("X-Original-Method", "POST"), ("X-Original-URI", "/x/../graphql")], "read-only"),
        ([("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/graphql")], "read"),
        ([("X-Forwarded-Method", "DELETE"), ("X-Forwarded-Uri", "/orders")], "read-only"),
        ([("X-Original-URI", "/orders")], "read"),
        # What a client sends along past a proxy that sets the other headers.
        ([*WRITE, ("X-Forwarded-Method", "GET")], "read-only"),
        ([*WRITE, ("X-Forwarded-Uri", "/.well-known/acme-challenge/a")], "read-only"),
        ([("X-Forwarded-Method", "POST"), ("X-Original-Method", "GET")], "read-only"),
        ([("X-Original-Method", "POST"), ("X-Original-URI", "/graphql"), ("X-Original-URI", "/orders")], "read-only"),
        ([("X-Original-Method", "GET"), ("X-Original-Method", "POST")], "read-only"),
        ([("X-Original-URI", "not a path"), ("X-Original-Method", "POST")], "read-only"),
        # What only looks like a URL with a path that goes through.
        *(
            ([("X-Original-URI", uri), ("X-Original-Method", "POST")], "read-only")
            for uri in (
                "http://h?/graphql",
                "http://h#/graphql",
                "?x://h/graphql",
                "*?://h/graphql",
                "://h/graphql",
                "/orders?x://h/graphql",
                "http://h?/.well-known/acme-challenge/y",
                "?x://h/.well-known/acme-challenge/y",
            )
        ),
    ],
)
def test_what_is_asked_about(server, headers, expected) -> None:
    assert verdict(ask(server, *headers, group="library"))[2] == expected


@pytest.mark.parametrize(
    "method, path, expected",
    [
        ("GET", f"{GATE}/orders", "read"),
        ("POST", f"{GATE}/orders", "read-only"),
        ("POST", f"{GATE}/graphql?answer&group=blog", "read"),
        ("POST", f"{GATE}/", "read-only"),
        ("GET", f"{GATE}/.well-known/acme-challenge/a", "exempt"),
        ("POST", f"{GATE}/.well-known/acme-challenge/../../orders", "read-only"),
        ("POST", f"{GATE}/.well-known/acme-challenge/%2e%2e/orders", "read-only"),
    ],
)
def test_the_request_itself_behind_a_prefix(server, method, path, expected) -> None:
    headers = [("Understudy-Group", "library"), ("X-Forwarded-For", "192.0.2.1")]
    assert verdict(server.request(method, path, headers))[2] == expected


def test_a_clients_own_header_gains_nothing_behind_a_prefix(server) -> None:
    forged = [("X-Original-URI", "/.well-known/acme-challenge/a"), ("X-Original-Method", "GET")]
    assert verdict(ask(server, *forged, method="POST", path=f"{GATE}/orders", group="library"))[2] == "read-only"


def forwarded(server, value, *more):
    return verdict(ask(server, ("X-Forwarded-For", value), *more))[2]


def test_an_address_goes_through(server) -> None:
    assert forwarded(server, "203.0.113.7") == "network"
    assert forwarded(server, "::ffff:203.0.113.7") == "network"
    assert forwarded(server, "[2001:db8::7]:443") == "network"
    assert forwarded(server, "203.0.113.7, 10.1.2.3") == "network"
    assert forwarded(server, "203.0.113.7, 192.0.2.1") == "maintenance", "walked from the right"
    assert forwarded(server, "203.0.113.7, unknown") == "maintenance"
    assert forwarded(server, "192.0.2.1", ("X-Forwarded-For", "203.0.113.7")) == "network", "several headers"
    assert forwarded(server, "203.0.113.7", ("X-Forwarded-For", "192.0.2.1")) == "maintenance"


def test_a_hundred_entries(server) -> None:
    chain = ", ".join(["203.0.113.7"] + ["10.0.0.1"] * 99)
    assert forwarded(server, chain) == "network"
    forged = ", ".join(["203.0.113.7"] * 99 + ["192.0.2.1"])
    assert forwarded(server, forged) == "maintenance"
    assert forwarded(server, "203.0.113.7" + ", 10.0.0.1" * 1000) == "maintenance", "no chain of proxies is that long"


def test_an_untrusted_peer_forges_nothing(servers) -> None:
    strict = servers(CONFIG.replace('"127.0.0.0/8", ', ""), FILES)
    assert forwarded(strict, "203.0.113.7") == "maintenance"
    assert strict.wait_access(format="gate", status=403)["why"] == "maintenance"


def test_over_a_unix_socket(server) -> None:
    path = next(a.removeprefix("unix:") for a in server.listeners if a.startswith("unix:"))
    headers = [("Understudy-Group", "shop")]
    assert verdict(request(path, "GET", GATE, headers)) == BLOCKED
    headers.append(("X-Forwarded-For", "203.0.113.7"))
    assert verdict(request(path, "GET", GATE, headers))[2] == "network"


@pytest.mark.parametrize(
    "cookie, expected",
    [
        ("BYPASS=true", "cookie"),
        ("a=b; BYPASS=true; c=d", "cookie"),
        ('BYPASS="true"', "cookie"),
        ("BYPASS=false", "cancelled"),
        ("BYPASS=true; BYPASS=false", "cancelled"),
        ("BYPASS=false; BYPASS=true", "cancelled"),
        ("BYPASS=1", "maintenance"),
        ("BYPASS", "maintenance"),
        ("BYPASS=", "maintenance"),
        ("bypass=true", "maintenance"),
        ("XBYPASS=true", "maintenance"),
        ("BYPASS =true", "maintenance"),
        ("a=BYPASS=true", "maintenance"),
        ("a=b, BYPASS=true", "maintenance"),
        (";;;=;\t;BYPASS=true", "cookie"),
        ("understudy_pass=false", "cancelled"),
        ("understudy_pass=up_garbage", "maintenance"),
        ("x" * 8000, "maintenance"),
        ("BYPASS=\u00ff\u00fe", "maintenance"),
    ],
)
def test_cookies(server, cookie, expected) -> None:
    assert verdict(ask(server, ("Cookie", cookie)))[2] == expected


def test_several_cookie_headers_are_one(server) -> None:
    assert verdict(ask(server, ("Cookie", "a=b"), ("Cookie", "BYPASS=true")))[2] == "cookie"


def test_false_takes_a_networks_right_away(server) -> None:
    assert forwarded(server, "203.0.113.7", ("Cookie", "BYPASS=false")) == "cancelled"
    assert forwarded(server, "203.0.113.7", ("X-Bypass", "false")) == "cancelled"
    assert forwarded(server, "203.0.113.7", ("X-Bypass", "true")) == "network"


def test_a_header_goes_through(server) -> None:
    assert verdict(ask(server, ("X-Bypass", "true")))[2] == "header"
    assert verdict(ask(server, ("x-bypass", "yes")))[2] == "maintenance"


def test_the_finished_answer(server) -> None:
    path = f"{GATE}?answer"
    blocked = ask(server, ("Origin", ORIGIN), ("Accept", "application/json"), path=path)
    assert blocked.status == 503 and blocked.json()["reason"] == "maintenance"
    assert blocked.header("Access-Control-Allow-Origin") == ORIGIN
    assert int(blocked.header("Retry-After")) >= 600
    preflight = [("Origin", ORIGIN), ("Access-Control-Request-Method", "PUT")]
    asked = ask(server, ("X-Original-Method", "OPTIONS"), ("X-Original-URI", "/a"), *preflight, path=path)
    assert asked.status == 204 and asked.header("Access-Control-Allow-Methods") == "PUT"
    own = ask(server, *preflight, method="OPTIONS", path=f"{path}/orders?x=1")
    assert own.status == 204 and own.header("Access-Control-Allow-Methods") == "PUT"
    # A body's length is that of the method that came.
    head = ask(server, ("X-Original-Method", "HEAD"), path=path)
    assert head.status == 503 and head.body
    assert ask(server, method="HEAD", path=path).body == b""
    passes = ask(server, group="blog", path=path)
    assert verdict(passes) == (200, "pass", "open")
    write = ask(server, method="POST", path=f"{path}/orders?x=/1", group="library")
    assert write.status == 503 and write.json()["reason"] == "read-only"
    assert ask(server, method="POST", path=f"{path}/graphql", group="library").status == 200


def test_probes_are_opposite(server) -> None:
    expected = {("shop", "open"): 503, ("shop", "closed"): 200, ("blog", "open"): 200, ("blog", "closed"): 503}
    expected |= {("library", "open"): 200, ("library", "closed"): 503}
    for method in ("GET", "HEAD", "OPTIONS"):
        for (group, which), status in expected.items():
            response = server.request(method, f"{GATE}/{group}/{which}")
            assert response.status == status and response.header("Cache-Control") == "no-store"
    unknown = server.request("GET", f"{GATE}/nobody/open")
    assert unknown.status == 404 and "no such group" in unknown.text


def test_a_clients_path_is_no_probe(server) -> None:
    asked = ask(server, ("X-Forwarded-For", "192.0.2.1"), path=f"{GATE}/shop/closed")
    assert verdict(asked) == BLOCKED


def test_counted_and_logged(servers) -> None:
    fresh = servers(CONFIG + "# counted\n", FILES)
    ask(fresh, path=f"{GATE}?1")
    ask(fresh, ("Cookie", "BYPASS=true"), path=f"{GATE}?2")
    ask(fresh, ("Cookie", "BYPASS=no"), path=f"{GATE}?3")
    metrics = fresh.metrics()
    name = "understudy_gate_decisions_total"
    assert metrics.value(name, group="shop", decision="blocked", why="maintenance") == 2
    assert metrics.value(name, group="shop", decision="pass", why="cookie") == 1
    logged = fresh.wait_access(target=f"{GATE}?2")
    assert (logged["why"], logged["why_detail"], logged["status"]) == ("cookie", "BYPASS", 204)
    assert fresh.wait_access(target=f"{GATE}?3")["why_detail"] == "the bypass cookie has another value"


def test_while_a_group_reopens(tmp_path) -> None:
    config = CONFIG.replace("{dir}", str(tmp_path)).replace("library.flag", "none.flag")
    with Understudy(config, tmp_path) as server:
        Admin(server.admin).ok("PUT", "/groups/shop/mode", {"mode": "open", "ramp": "10m"})
        waiting = [i for i in range(100) if forwarded(server, f"198.51.100.{i}") == "waiting"]
        assert len(waiting) > 80, "nearly nobody at the beginning"
        client = ("X-Forwarded-For", f"198.51.100.{waiting[0]}")
        first, second = (int(server.request("GET", "/", [client]).header("Retry-After")) for _ in "12")
        assert 0 < first <= 660 and abs(first - second) <= max(first, second) * 0.1 + 2, "its own turn"
        answer = server.request("GET", "/", [client]).json()
        assert answer["reason"] == "maintenance" and answer["until"]
        waits = {int(server.request("GET", "/").header("Retry-After")) for _ in range(20)}
        assert server.request("GET", f"{GATE}/shop/open").status == 200, "who probes sees it open"
        assert forwarded(server, "203.0.113.7") == "network"
        assert waits


def test_while_a_group_reopens_out_of_read_only(tmp_path) -> None:
    config = CONFIG.replace("{dir}", str(tmp_path)).replace("library.flag", "none.flag")
    with Understudy(config, tmp_path) as server:
        admin = Admin(server.admin)
        admin.ok("PUT", "/groups/shop/mode", {"mode": "read-only"})
        admin.ok("PUT", "/groups/shop/mode", {"mode": "open", "ramp": "10m"})
        clients = [("X-Forwarded-For", f"198.51.100.{i}") for i in range(100)]
        assert {ask(server, client).header("Understudy-Why") for client in clients} == {"admitted"}, "reads went on"
        writes = [ask(server, client, method="POST").header("Understudy-Why") for client in clients]
        assert writes.count("waiting") > 80, "nearly no write at the beginning"
        answer = server.request("POST", "/", [clients[writes.index("waiting")]])
        assert answer.header("Understudy-Reason") == "read-only" and int(answer.header("Retry-After")) <= 660


def test_the_verdict_in_the_headers_alone(server) -> None:
    """For Traefik and Envoy, which route by a header and can't take another status for a verdict."""
    for method in ("GET", "POST", "OPTIONS"):
        response = ask(server, path=GATE + "?status=200", method=method)
        assert verdict(response) == (200, "blocked", "maintenance"), method
    both = ask(server, path=GATE + "?answer&status=200")
    assert verdict(both) == (200, "blocked", "maintenance")
    assert verdict(ask(server, path=GATE + "?status=200", group="blog")) == (200, "pass", "open")
    # Envoy's path_prefix: the request's own path follows.
    exempt = ask(server, path=GATE + "?group=shop&status=200/.well-known/acme-challenge/x", group="blog")
    assert verdict(exempt) == (200, "pass", "exempt")
    assert verdict(ask(server, path=GATE + "?status=403")) == BLOCKED


def test_what_ingress_nginx_asks_its_default_backend(server) -> None:
    def said(group: str, *headers: tuple[str, str], method: str = "POST"):
        return server.request(method, "/orders", [("Understudy-Group", group), *headers])

    # A write that was let through in read-only and failed is a failure; without X-Code it is a refused write.
    assert said("library").header("Understudy-Reason") == "read-only"
    for code in ("502", "503", "504"):
        assert said("library", ("X-Code", code)).header("Understudy-Reason") == "failure"
    assert said("library", ("X-Code", "404")).header("Understudy-Reason") == "read-only"
    # An API that is scaled down to nothing is in maintenance still.
    assert said("shop", ("X-Code", "503")).header("Understudy-Reason") == "maintenance"
    assert said("blog", ("X-Format", "text/html")).header("Content-Type").startswith("text/html")
    both = said("blog", ("X-Format", "text/html"), ("Accept", "application/json"))
    assert both.header("Content-Type") == "application/json"
