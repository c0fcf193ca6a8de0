"""Request bodies on the admin listener: collected before the answer, bounded, and the connection outlives them."""

from __future__ import annotations

import json

import pytest

from support.http import Connection
from wire.configs import SHOP, server
from wire.sending import HEALTH, MIB, chunked, head

MODE = "PUT /api/v1/groups/shop/mode HTTP/1.1"
JSON = "Content-Type: application/json"
# Of the right form, but refused: the field that is named shows that the body was read, and nothing is switched.
WRONG = json.dumps({"mode": "clos\u00e9", "reason": "x" * 100}, ensure_ascii=False).encode()


def field_of(response) -> str:
    assert response.status == 422, response.text
    assert response.headers.get("Content-Type") == "application/problem+json"
    return response.json()["field"]


def padded(size: int) -> bytes:
    """The same body, white space behind it, `size` bytes in all."""
    return WRONG + b" " * (size - len(WRONG))


class TestBodies:
    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_byte_by_byte(self, servers, framing: str) -> None:
        field = f"Content-Length: {len(WRONG)}" if framing == "length" else "Transfer-Encoding: chunked"
        payload = WRONG if framing == "length" else chunked(WRONG, 7)
        with Connection(servers(SHOP).admin) as connection:
            request = head(MODE, JSON, field) + payload
            for i in range(len(request)):
                connection.send(request[i : i + 1])
            assert field_of(connection.read_response()) == "mode"
            connection.send(HEALTH)
            assert connection.read_response().status == 200

    def test_pipelined(self, servers) -> None:
        """What stands behind a body is the next request."""
        with Connection(servers(SHOP).admin) as connection:
            one = head(MODE, JSON, f"Content-Length: {len(WRONG)}") + WRONG
            other = head(MODE, JSON, "Transfer-Encoding: chunked") + chunked(b'{"modes":1}')
            connection.send(one + HEALTH + other + one + HEALTH)
            assert field_of(connection.read_response()) == "mode"
            assert connection.read_response().status == 200
            assert field_of(connection.read_response()) == "mode", "is missing"
            assert field_of(connection.read_response()) == "mode"
            assert connection.read_response().status == 200

    def test_two_connections_at_once(self, servers) -> None:
        """Each keeps its own head while the other's body comes."""
        shared = servers(SHOP)
        with Connection(shared.admin) as first, Connection(shared.admin) as second:
            first.send(head(MODE, JSON, f"Content-Length: {len(WRONG)}") + WRONG[:10])
            second.send(head("POST /api/v1/tokens HTTP/1.1", JSON, "Content-Length: 2") + b"{")
            first.send(WRONG[10:])
            assert field_of(first.read_response()) == "mode"
            second.send(b"}")
            assert field_of(second.read_response()) == "label"

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_bounds(self, servers, framing: str) -> None:
        """1 MiB is taken; one byte more is refused, and read away."""
        for size, status in ((MIB, 422), (MIB + 1, 413), (10 * MIB, 413)):
            field = f"Content-Length: {size}" if framing == "length" else "Transfer-Encoding: chunked"
            body = padded(size)
            with Connection(servers(SHOP).admin) as connection:
                connection.send(head(MODE, JSON, field) + (body if framing == "length" else chunked(body)))
                assert connection.read_response().status == status, size
                connection.send(HEALTH)
                assert connection.read_response().status == 200

    def test_too_large_is_told_at_the_head(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, f"Content-Length: {MIB + 1}"))
            assert connection.read_response().status == 413

    def test_chunks_without_content(self, servers) -> None:
        """Nobody fills the memory with chunk extensions either."""
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, "Transfer-Encoding: chunked"))
            piece = b"1;" + b"x" * 8000 + b"\r\n \r\n"
            connection.send(piece * (9 * MIB // len(piece)))
            assert connection.read_response().status == 413


class TestExpect:
    def test_continue_comes_before_the_body(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, f"Content-Length: {len(WRONG)}", "Expect: 100-continue"))
            assert connection.read_next().status == 100
            connection.send(WRONG)
            assert field_of(connection.read_response()) == "mode"
            connection.send(HEALTH)
            assert connection.read_response().status == 200, "the connection lives on"

    def test_a_body_that_is_there_needs_no_permission(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, f"Content-Length: {len(WRONG)}", "Expect: 100-continue") + WRONG)
            assert connection.read_next().status == 422

    def test_too_large_gets_no_permission(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, f"Content-Length: {2 * MIB}", "Expect: 100-continue"))
            response = connection.read_next()
            assert response.status == 413
            assert "close" in response.headers.tokens("Connection")


class TestBrokenBodies:
    def test_broken_chunks(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, "Transfer-Encoding: chunked") + b"zz\r\n")
            assert connection.read_response().status == 400

    def test_cut_off(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, "Content-Length: 100") + b"{")
            connection.half_close()
            assert connection.read_response().status == 400

    def test_too_slow(self, servers) -> None:
        shared = servers(server('drain_timeout = "300ms"') + SHOP)
        with Connection(shared.admin) as connection:
            connection.send(head(MODE, JSON, "Content-Length: 100") + b"{")
            assert connection.read_response().status == 408

    def test_without_content(self, servers) -> None:
        with Connection(servers(SHOP).admin) as connection:
            connection.send(head(MODE, JSON, "Content-Length: 0"))
            assert connection.read_response().status == 400
