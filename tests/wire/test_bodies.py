"""Request bodies: the answer does not wait for them, and the connection outlives them."""

from __future__ import annotations

import pytest

from support.http import Connection, exchange
from wire.configs import SHOP, server
from wire.sending import GET, HEALTH, MIB, chunked, head


class TestBodies:
    """The answer goes out at once; the body is read away afterwards, and the connection lives on."""

    SIZE = 5 * MIB

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_early_answer(self, servers, framing: str) -> None:
        body = b"x" * self.SIZE
        field = f"Content-Length: {self.SIZE}" if framing == "length" else "Transfer-Encoding: chunked"
        payload = body if framing == "length" else chunked(body)
        with Connection(servers(SHOP).port) as connection:
            connection.send(head("POST /upload HTTP/1.1", field))
            response = connection.read_response()
            assert response.status == 503, "the answer comes before a byte of the body is sent"
            assert "close" not in response.headers.tokens("Connection")
            connection.send(payload)
            connection.send(GET)
            assert connection.read_response().status == 503
            connection.send(HEALTH)
            assert connection.read_response().status == 200

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_in_one_go_without_reading(self, servers, framing: str) -> None:
        body = b"x" * self.SIZE
        field = f"Content-Length: {self.SIZE}" if framing == "length" else "Transfer-Encoding: chunked"
        payload = body if framing == "length" else chunked(body)
        with Connection(servers(SHOP).port) as connection:
            connection.socket.sendall(head("POST /upload HTTP/1.1", field) + payload + HEALTH)
            assert connection.read_response().status == 503
            assert connection.read_response().status == 200

    def test_uploads_one_after_the_other(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            for _ in range(10):
                connection.send(head("PUT /a HTTP/1.1", f"Content-Length: {MIB}") + b"x" * MIB)
                assert connection.read_response().status == 503

    def test_larger_than_drain_limit(self, servers) -> None:
        """The answer arrives; then the connection ends rather than swallowing it all."""
        shared = servers(server('drain_limit = "64KiB"') + SHOP)
        with Connection(shared.port) as connection:
            connection.send(head("POST /upload HTTP/1.1", f"Content-Length: {256 * MIB}"))
            assert connection.read_response().status == 503
            assert_cut(connection, 256 * MIB)
        assert shared.request("GET").status == 503

    def test_chunked_larger_than_drain_limit(self, servers) -> None:
        shared = servers(server('drain_limit = "64KiB"') + SHOP)
        with Connection(shared.port) as connection:
            connection.send(head("POST /upload HTTP/1.1", "Transfer-Encoding: chunked"))
            assert connection.read_response().status == 503
            connection.send(b"%x\r\n" % (256 * MIB))
            assert_cut(connection, 256 * MIB)
        assert shared.request("GET").status == 503

    def test_just_below_drain_limit(self, servers) -> None:
        with Connection(servers(server('drain_limit = "64KiB"') + SHOP).port) as connection:
            connection.send(head("POST /upload HTTP/1.1", "Content-Length: 60000") + b"x" * 60_000 + GET)
            assert [connection.read_response().status for _ in range(2)] == [503, 503]

    @pytest.mark.parametrize(
        "field, part", [("Content-Length: 1000", b"half"), ("Transfer-Encoding: chunked", b"ff\r\nhalf")]
    )
    def test_drain_timeout(self, servers, field: str, part: bytes) -> None:
        """A body that does not go on: the connection is closed, and nothing more is said."""
        shared = servers(server('drain_timeout = "300ms"') + SHOP)
        with Connection(shared.port) as connection:
            connection.send(head("POST /upload HTTP/1.1", field) + part)
            assert connection.read_response().status == 503
            assert connection.at_end()
        assert shared.request("GET").status == 503


def assert_cut(connection: Connection, size: int) -> None:
    """The server takes far less than `size` bytes before the connection ends."""
    piece, sent = b"x" * 65536, 0
    try:
        while sent < size:
            connection.send(piece)
            sent += len(piece)
            assert connection._buffer == b"", "a second answer"
    except ConnectionError:
        pass
    assert sent < size


class TestExpect:
    """`Expect: 100-continue` gets the final answer at once, then a half-close."""

    EXPECT = head("POST /upload HTTP/1.1", "Expect: 100-continue", f"Content-Length: {MIB}")

    def test_final_answer_then_half_close(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(self.EXPECT)
            response = connection.read_response()
            assert (response.status, response.interim) == (503, [])
            assert "close" in response.headers.tokens("Connection")
            assert connection.at_end(), "the server says that it will send no more"

    def test_body_that_comes_all_the_same_is_taken(self, servers) -> None:
        """Only half is closed: a client that goes on sending is not reset."""
        with Connection(servers(SHOP).port) as connection:
            connection.send(self.EXPECT)
            assert connection.read_response().status == 503
            connection.send(b"x" * MIB)
            assert connection.at_end()

    def test_body_sent_at_once(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.socket.sendall(self.EXPECT + b"x" * MIB)
            response = connection.read_response()
            assert (response.status, response.interim) == (503, [])

    def test_chunked(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(head("PUT / HTTP/1.1", "Expect: 100-Continue", "Transfer-Encoding: chunked"))
            response = connection.read_response()
            assert (response.status, response.interim) == (503, [])
            assert connection.at_end()

    def test_ignored_in_http_1_0(self, servers) -> None:
        """RFC 9110, 10.1.1."""
        data = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"
        response = exchange(servers(SHOP).port, data)
        assert (response.status, response.interim) == (503, [])

    def test_other_expectations(self, servers) -> None:
        response = exchange(servers(SHOP).port, head("GET / HTTP/1.1", "Expect: the-unexpected"))
        assert response.status in (417, 503)

    def test_preflight_or_own_path_with_expect(self, servers) -> None:
        for start, status in (("OPTIONS / HTTP/1.1", 204), ("GET /_understudy/health HTTP/1.1", 200)):
            response = exchange(servers(SHOP).port, head(start, "Expect: 100-continue"))
            assert response.status == status
