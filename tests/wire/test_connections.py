"""Connections: kept, pipelined, split at every byte; how long they may wait, and how many there are."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from support.http import Connection, ProtocolError, exchange
from support.net import LOOPBACK, wait_until
from wire.configs import BLOG, ORIGIN, SHOP, server
from wire.sending import GET, HEALTH, MIB, chunked, head, with_big_file


class TestKeepAlive:
    def test_fifty_requests(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            for _ in range(50):
                connection.send(GET)
                response = connection.read_response()
                assert response.status == 503
                assert "close" not in response.headers.tokens("Connection")

    @pytest.mark.parametrize("value", ["close", "Close", "foo, close", "close, foo", "keep-alive, close"])
    def test_connection_close(self, servers, value: str) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(head("GET / HTTP/1.1", f"Connection: {value}") + GET)
            response = connection.read_response()
            assert response.status == 503
            assert "close" in response.headers.tokens("Connection")
            assert connection.at_end(), "the second request is not answered"

    @pytest.mark.parametrize("value", ["closed", "x-close", "keep-alive", "foo"])
    def test_other_connection_options(self, servers, value: str) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(head("GET / HTTP/1.1", f"Connection: {value}") + GET)
            assert [connection.read_response().status for _ in range(2)] == [503, 503]

    def test_connection_close_with_a_body(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(head("POST / HTTP/1.1", "Connection: close", f"Content-Length: {MIB}"))
            assert connection.read_response().status == 503
            connection.send(b"x" * MIB)
            assert connection.at_end()

    def test_empty_lines_before_a_request(self, servers) -> None:
        """RFC 9112, 2.2: at least one is to be ignored."""
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"\r\n" + GET + b"\r\n" + GET)
            assert [connection.read_response().status for _ in range(2)] == [503, 503]


class TestHttp10:
    def test_closes(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"GET / HTTP/1.0\r\n\r\n")
            response = connection.read_response()
            assert response.status == 503
            assert response.framing in ("length", "close")
            assert connection.at_end()

    def test_keep_alive(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            for _ in range(3):
                connection.send(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
                response = connection.read_response()
                assert response.status == 503
                assert response.framing == "length"
                assert "keep-alive" in response.headers.tokens("Connection")
            connection.send(b"GET / HTTP/1.0\r\n\r\n")
            assert connection.read_response().status == 503
            assert connection.at_end()

    def test_close_wins_over_keep_alive(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")
            assert connection.read_response().status == 503
            assert connection.at_end()

    def test_post_and_head(self, servers) -> None:
        port = servers(SHOP).port
        assert exchange(port, b"POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody").status == 503
        assert exchange(port, b"HEAD / HTTP/1.0\r\n\r\n").status == 503

    def test_204_with_keep_alive(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"OPTIONS / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)
            assert [connection.read_response().status for _ in range(2)] == [204, 204]


class TestPipelining:
    def test_twenty_in_order(self, servers) -> None:
        """All in one write; each answer is the one for its own request."""
        titles = {"shop": "Something went wrong", "blog": "The blog failed"}
        groups = ["shop", "blog", "blog", "shop", "shop"] * 4
        data = b"".join(head("GET / HTTP/1.1", f"Understudy-Group: {group}") for group in groups)
        with Connection(servers(SHOP + BLOG).port) as connection:
            connection.send(data)
            answers = [connection.read_response().json()["title"] for _ in groups]
        assert answers == [titles[group] for group in groups]

    def test_all_kinds_mixed(self, servers) -> None:
        body = b'{"a":1}'
        kinds = [
            ("GET", GET, 503),
            ("HEAD", head("HEAD / HTTP/1.1"), 503),
            ("POST", head("POST / HTTP/1.1", f"Content-Length: {len(body)}") + body, 503),
            ("OPTIONS", head("OPTIONS * HTTP/1.1"), 204),
            ("PUT", head("PUT / HTTP/1.1", "Transfer-Encoding: chunked") + chunked(body), 503),
            ("GET", HEALTH, 200),
            (
                "OPTIONS",
                head("OPTIONS / HTTP/1.1", f"Origin: {ORIGIN}", "Access-Control-Request-Method: PUT"),
                204,
            ),
            ("GET", head("GET /_understudy/nothing HTTP/1.1"), 404),
            ("HEAD", head("HEAD /_understudy/health HTTP/1.1"), 200),
            ("POST", head("POST / HTTP/1.1", "Content-Length: 0"), 503),
        ] * 2
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"".join(data for _, data, _ in kinds))
            for method, _, status in kinds:
                assert connection.read_response(method).status == status
            connection.send(HEALTH)
            assert connection.read_response().status == 200

    def test_more_than_a_buffer(self, servers) -> None:
        count = 2_000
        with Connection(servers(SHOP).port, timeout=60) as connection:
            connection.send(GET * count)
            assert all(connection.read_response().status == 503 for _ in range(count))

    def test_a_bad_one_ends_it(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(GET * 3 + b"GET / HTTP/1.1\r\nno colon\r\n\r\n" + GET)
            statuses = [connection.read_response().status for _ in range(4)]
            assert statuses == [503, 503, 503, 400]
            assert connection.at_end()


SPLIT = {
    "get": (
        head(
            "GET /orders?page=2 HTTP/1.1",
            "Accept: text/html;q=0.5, application/json",
            "Accept-Language: de",
            f"Origin: {ORIGIN}",
        ),
        503,
    ),
    "chunked_put": (
        head("PUT /a HTTP/1.1", "Transfer-Encoding: chunked") + b"5;x=y\r\n12345\r\n0\r\nX-T: 1\r\n\r\n",
        503,
    ),
    "post_with_length": (head("POST /a HTTP/1.1", "Content-Length: 10") + b"0123456789", 503),
    "preflight": (
        head("OPTIONS /a HTTP/1.1", f"Origin: {ORIGIN}", "Access-Control-Request-Method: PUT"),
        204,
    ),
}


class TestSplit:
    @pytest.mark.parametrize("name", SPLIT)
    def test_byte_by_byte(self, servers, name: str) -> None:
        """A write for each byte; a question on another connection lets the server read between."""
        data, status = SPLIT[name]
        port = servers(SHOP).port
        with Connection(port) as connection, Connection(port) as other:
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for index in range(len(data)):
                connection.send(data[index : index + 1])
                other.send(HEALTH)
                assert other.read_response().status == 200
            assert connection.read_response().status == status
            connection.send(HEALTH)
            assert connection.read_response().status == 200

    @pytest.mark.parametrize("name", SPLIT)
    def test_in_two_at_every_byte(self, servers, name: str) -> None:
        data, status = SPLIT[name]
        port = servers(SHOP).port
        with Connection(port) as connection, Connection(port) as other:
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for index in range(1, len(data)):
                connection.send(data[:index])
                other.send(HEALTH)
                assert other.read_response().status == 200
                connection.send(data[index:])
                assert connection.read_response().status == status

    def test_bad_input_split_is_bad_input(self, servers) -> None:
        data = head("GET / HTTP/1.1", f"Origin: {ORIGIN}", "no colon")
        for index in range(1, len(data), 3):
            with Connection(servers(SHOP).port) as connection:
                connection.send(data[:index])
                try:
                    connection.send(data[index:])
                except ConnectionError:
                    pass
                assert connection.read_response().status == 400


class TestDeadlines:
    def test_idle_timeout(self, servers) -> None:
        shared = servers(server('idle_timeout = "300ms"') + SHOP)
        with Connection(shared.port) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503
            assert connection.at_end()
        assert shared.request("GET").status == 503

    def test_write_timeout(self, understudy, tmp_path: Path) -> None:
        """Somebody asks for a big file and does not take it."""
        config, data = with_big_file(tmp_path, server('write_timeout = "500ms"'))
        own = understudy(config)
        before = own.metrics().value("understudy_connections")
        with Connection(own.port) as connection:
            connection.send(head("GET /big.bin HTTP/1.1"))
            assert connection.socket.recv(12) == b"HTTP/1.1 200"
            wait_until(
                lambda: own.metrics().value("understudy_connections") <= before,
                limit=20,
                what="the connection of the client that does not read to be closed",
            )
            try:
                received = connection.read_to_end()
            except ConnectionResetError:
                received = b""
            assert len(received) < len(data)
        assert own.request("GET").status == 503

    def test_max_connections(self, understudy) -> None:
        """Their number is bounded; a newcomer is served in the place of one that is idle."""
        own = understudy(server("max_connections = 4") + SHOP)
        connections: list[Connection] = []
        try:
            for _ in range(12):
                connections.append(Connection(own.port))
                connections[-1].send(GET)
                assert connections[-1].read_response().status == 503
                assert own.metrics().value("understudy_connections") <= 4
            assert sum(map(is_open, connections)) <= 4
        finally:
            for connection in connections:
                connection.close()

    def test_max_connections_that_are_all_busy(self, understudy) -> None:
        """None of them is idle: they finish, and whoever comes meanwhile waits or is turned away."""
        own = understudy(server("max_connections = 4") + SHOP)
        busy = [Connection(own.port) for _ in range(4)]
        try:
            for connection in busy:
                connection.send(head("POST / HTTP/1.1", f"Content-Length: {MIB}") + b"x")
                assert connection.read_response().status == 503
            late = [socket.create_connection((LOOPBACK, own.port), timeout=10) for _ in range(8)]
            assert own.metrics().value("understudy_connections") <= 4
            for client in late:
                client.close()
            for connection in busy:
                connection.send(b"x" * (MIB - 1) + GET)
                assert connection.read_response().status == 503
        finally:
            for connection in busy:
                connection.close()
        wait_until(lambda: own.request("GET").status == 503, what="room for a new client")

    def test_as_many_descriptors_as_the_system_allows(self, servers) -> None:
        """The soft limit, which shells set low, is raised to the hard one at start."""
        limits = Path(f"/proc/{servers(SHOP).process.pid}/limits").read_text()
        (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
        soft, hard = line.split()[3:5]
        assert soft == hard


def is_open(connection: Connection) -> bool:
    """Whether it still answers."""
    try:
        connection.send(GET)
        return connection.read_response().status == 503
    except (ProtocolError, OSError):
        return False
