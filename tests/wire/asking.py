"""Requests, good and bad, as bytes; and what an error answer has to be like."""

from __future__ import annotations

from support.http import Connection, Response
from wire.configs import HOST, ORIGIN

SMUGGLED = b"GET /_understudy/health HTTP/1.1\r\nHost: smuggled\r\n\r\n"

GOOD_HOST = f"Host: {HOST}\r\n".encode()
GOOD_ORIGIN = f"Origin: {ORIGIN}\r\n".encode()


def get(*fields: bytes, start: bytes = b"GET / HTTP/1.1") -> bytes:
    return start + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(*fields: bytes, body: bytes = b"", start: bytes = b"POST / HTTP/1.1") -> bytes:
    return get(GOOD_HOST.strip(), GOOD_ORIGIN.strip(), *fields, start=start) + body


def assert_serves_the_next_client(shared) -> None:
    response = shared.request("GET", "/", [("Origin", ORIGIN)])
    assert response.status == 503
    assert response.header("Access-Control-Allow-Origin") == ORIGIN


def assert_problem(response: Response, *statuses: int) -> None:
    """An error answer as RFC 9457 and the wire contract want it."""
    assert response.status in statuses, response
    assert response.header("Content-Type") == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status
    assert problem["title"] == response.reason != ""
    assert problem["detail"], "say what was wrong"
    assert "close" in response.headers.tokens("Connection")
    assert response.header("Cache-Control") == "no-store"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert "Date" in response.headers


def assert_ends(connection: Connection) -> None:
    """Not a byte more, and the connection is closed."""
    rest = connection.read_to_end()
    assert rest == b"", f"after the last answer came {rest[:300]!r}"


def assert_refused(shared, data: bytes, *statuses: int) -> Response:
    with Connection(shared.port) as connection:
        connection.send(data)
        response = connection.read_response()
        assert_problem(response, *statuses)
        assert_ends(connection)
    assert_serves_the_next_client(shared)
    return response


def assert_ends_or_resets(connection: Connection) -> None:
    """Closed while we may still have been sending: a reset is an end, a second answer is not."""
    try:
        rest = connection.read_to_end()
    except ConnectionResetError:
        return
    assert rest == b"", f"after the last answer came {rest[:300]!r}"
