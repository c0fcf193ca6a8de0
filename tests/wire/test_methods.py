"""Everything but OPTIONS gets 503, whatever the method; OPTIONS never gets a 5xx."""

from __future__ import annotations

import pytest

from support.http import Connection, exchange
from wire.configs import ORIGIN, SHOP

METHODS = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "REPORT",
    "PURGE",
    "SEARCH",
    "QUERY",
    "get",
    "X-OWN.METHOD_1!",
    "A" * 100,
]


@pytest.mark.parametrize("method", METHODS)
def test_503_whatever_the_method(servers, method: str) -> None:
    response = servers(SHOP).request(method, "/orders", [("Origin", ORIGIN)])
    assert response.status == 503
    assert response.header("Access-Control-Allow-Origin") == ORIGIN
    assert response.json()["reason"] == "failure"


def test_connect_is_no_tunnel(servers) -> None:
    request = b"CONNECT api.shop.example:443 HTTP/1.1\r\nHost: api.shop.example:443\r\n\r\n"
    response = exchange(servers(SHOP).port, request)
    assert response.status == 503


def test_trace_gives_nothing_back(servers) -> None:
    response = servers(SHOP).request("TRACE", "/secret-path", [("Cookie", "secret-cookie")])
    assert response.status == 503
    assert b"secret" not in response.body


@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/plain", "image/png"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_head_has_the_fields_of_get(servers, accept: str, coding: str) -> None:
    headers = [("Accept", accept), ("Accept-Encoding", coding), ("Origin", ORIGIN)]
    shared = servers(SHOP)
    answers = {method: shared.request(method, "/", headers) for method in ("GET", "HEAD")}

    def fixed(method: str) -> list[tuple[str, str]]:
        changing = ("date", "retry-after")
        return sorted((k.lower(), v) for k, v in answers[method].headers if k.lower() not in changing)

    assert fixed("HEAD") == fixed("GET")


def test_head_sends_no_body(servers) -> None:
    with Connection(servers(SHOP).port) as connection:
        connection.send(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert connection.read_response("HEAD").status == 503
        assert connection.at_end()


@pytest.mark.parametrize("path", ["/_understudy/health", "/_understudy/status.json", "/_understudy/nothing"])
def test_head_of_own_paths(servers, path: str) -> None:
    shared = servers(SHOP)
    with Connection(shared.port) as connection:
        connection.send(f"HEAD {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        response = connection.read_response("HEAD")
        assert response.status == shared.request("GET", path).status
        assert connection.at_end()


@pytest.mark.parametrize(
    "head",
    [
        "OPTIONS / HTTP/1.1\r\nHost: api.shop.example",
        "OPTIONS * HTTP/1.1\r\nHost: api.shop.example",
        "OPTIONS * HTTP/1.1\r\nHost:",
        "OPTIONS / HTTP/1.0",
        "OPTIONS * HTTP/1.0",
        "OPTIONS http://api.shop.example/x HTTP/1.1\r\nHost: api.shop.example",
        "OPTIONS /_understudy/health HTTP/1.1\r\nHost: a",
        "OPTIONS /_understudy/status.json HTTP/1.1\r\nHost: a",
        "OPTIONS /_understudy/nothing HTTP/1.1\r\nHost: a",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nUnderstudy-Reason: maintenance",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nUnderstudy-Reason: failure",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nUnderstudy-Group: nobody",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nAccept: */*;q=0",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: null",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Method: PUT",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
    ],
)
@pytest.mark.parametrize("mode", ["on", "off", "read-only"])
def test_options_is_never_5xx(servers, head: str, mode: str) -> None:
    config = SHOP.replace("default = true", 'default = true\nflag_file = "{dir}/flag"')
    data = head.encode() + (b"" if "\r\n\r\n" in head else b"\r\n\r\n")
    with Connection(servers(config, {"flag": mode}).port) as connection:
        connection.send(data)
        response = connection.read_response()
        assert response.status == 204
        # With Origin and a method asked for it is a preflight; else it has Allow.
        assert "GET" in response.header("Allow")
        if "HTTP/1.1" in head:
            connection.send(b"OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.read_response().status == 204
