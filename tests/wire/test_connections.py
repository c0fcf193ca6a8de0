"""Connections: kept, pipelined, cut, split; bodies read away; listeners of every kind; ends."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
from pathlib import Path

import pytest

from support.http import Connection, ProtocolError, exchange
from support.net import LOOPBACK, free_port, is_listening, wait_until
from support.proxies import make_certificate
from support.understudy import Understudy, run_command, sanitizer_reports, target_of
from wire.configs import BARE, BLOG, HOST, ORIGIN, SHOP, server
from wire.tls import fingerprint, shown_fingerprint

GET = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"
HEALTH = b"GET /_understudy/health HTTP/1.1\r\nHost: a\r\n\r\n"
MIB = 1 << 20


def head(start: str, *fields: str) -> bytes:
    return "\r\n".join([start, f"Host: {HOST}", *fields, "", ""]).encode()


def chunked(body: bytes, size: int = 16_000) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


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
            ("OPTIONS", head("OPTIONS / HTTP/1.1", f"Origin: {ORIGIN}", "Access-Control-Request-Method: PUT"), 204),
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
    "preflight": (head("OPTIONS /a HTTP/1.1", f"Origin: {ORIGIN}", "Access-Control-Request-Method: PUT"), 204),
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


def with_big_file(folder: Path, prefix: str = server()) -> tuple[str, bytes]:
    """A configuration whose page_dir has a file larger than what sockets buffer, and that file."""
    pages = folder / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!DOCTYPE html><title>away</title>")
    data = os.urandom(1 << 16) * 384  # 24 MiB
    (pages / "big.bin").write_bytes(data)
    return prefix + BARE + f'page_dir = "{pages}"\n', data


class TestListeners:
    def test_unix_socket(self, understudy, short_path: Path) -> None:
        path = short_path / "answer.sock"
        own = understudy(server(listen=f'["unix:{path}"]') + SHOP)
        with Connection(path) as connection:
            connection.send(GET + HEALTH)
            assert [connection.read_response().status for _ in range(2)] == [503, 200]
        own.stop()
        assert not path.exists(), "the socket goes with the server"

    def test_unix_peer_is_trusted(self, understudy, short_path: Path) -> None:
        """Who may open the socket is the file system's business: no network says otherwise."""
        path = short_path / "answer.sock"
        understudy(server("trusted_proxies = []", f'["unix:{path}"]') + SHOP + BLOG)
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        assert exchange(path, data).header("Understudy-Reason") == "maintenance"
        data = head("GET / HTTP/1.1", "X-Forwarded-Host: api.blog.example")
        assert exchange(path, data).json()["title"] == "The blog failed"

    def test_socket_left_by_a_crash(self, understudy, short_path: Path) -> None:
        path = short_path / "answer.sock"
        config = server(listen=f'["unix:{path}"]') + SHOP
        first = understudy(config)
        first.kill()
        assert path.exists()
        understudy(config)
        assert exchange(path, GET).status == 503

    def test_ipv6(self, understudy) -> None:
        own = understudy(server(listen='["[::1]:0"]') + SHOP)
        assert own.listeners[0].startswith("[::1]:")
        target = target_of(own.listeners[0])
        assert exchange(target, GET).status == 503
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        assert exchange(target, data).header("Understudy-Reason") == "maintenance", "::1 is trusted"

    def test_both_any_addresses_on_one_port(self, understudy) -> None:
        """As many write it who mean "everywhere"."""
        port = free_port()
        own = understudy(server(listen=f'["0.0.0.0:{port}", "[::]:{port}"]') + SHOP)
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        for target in (own.port, ("::1", own.port)):
            assert exchange(target, data).header("Understudy-Reason") == "maintenance"

    def test_several(self, understudy, short_path: Path) -> None:
        listen = f'["127.0.0.1:0", "[::1]:0", "unix:{short_path}/a.sock"]'
        own = understudy(server(listen=listen) + SHOP)
        assert len(own.listeners) == 3
        for address in own.listeners:
            assert exchange(target_of(address), GET).status == 503

    def test_admin_is_not_public(self, servers) -> None:
        shared = servers(SHOP)
        assert shared.request("GET", "/metrics").status == 503
        assert shared.admin_request("GET", "/_understudy/health").status == 200

    def test_admin_on_tcp(self, understudy) -> None:
        own = understudy(SHOP + '[admin]\nlisten = ["127.0.0.1:0"]\n')
        assert own.admin_request("GET", "/metrics").status == 200
        for data, status in ((b"nonsense\r\n\r\n", 400), (b"GET /metrics HTTP/1.1\r\n\r\n", 400)):
            assert exchange(own.admin, data, method="GET").status == status
        big = b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"
        assert exchange(own.admin, big).status == 431
        assert own.admin_request("GET", "/metrics").status == 200

    def test_port_in_use_is_said(self, understudy, tmp_path: Path) -> None:
        own = understudy(SHOP)
        config = tmp_path / "second.toml"
        config.write_text(server("", f'["127.0.0.1:{own.port}"]') + "[admin]\nlisten = []\n" + SHOP)
        done = run_command("serve", "--config", config)
        assert done.returncode == 1
        assert str(own.port) in done.stderr


class TestTls:
    @pytest.fixture
    def tls(self, understudy, tmp_path: Path):
        folder = tmp_path / "tls"
        folder.mkdir()
        certificate, key, _ = make_certificate(folder, "server")
        settings = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\nheader_timeout = "2s"'
        return understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)

    def test_requests(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            for _ in range(5):
                connection.send(GET)
                assert connection.read_response().status == 503
            connection.send(GET * 20)
            assert [connection.read_response().status for _ in range(20)] == [503] * 20

    def test_body_and_connection_close(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(head("POST / HTTP/1.1", f"Content-Length: {MIB}") + b"x" * MIB)
            assert connection.read_response().status == 503
            connection.send(head("GET / HTTP/1.1", "Connection: close"))
            assert connection.read_response().status == 503
            assert connection.at_end()

    def test_expect(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(head("POST / HTTP/1.1", "Expect: 100-continue", "Content-Length: 10"))
            response = connection.read_response()
            assert (response.status, response.interim) == (503, [])
            assert connection.at_end()

    def test_ends_with_close_notify(self, tls) -> None:
        """Without it a client cannot tell an end from a cut (RFC 8446, 6.1)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((LOOPBACK, tls.tls_port), timeout=10) as raw:
            with context.wrap_socket(raw, suppress_ragged_eofs=False) as secure:
                secure.sendall(head("GET / HTTP/1.1", "Connection: close"))
                while secure.recv(65536):
                    pass

    def test_offers_http_1_1_only(self, tls) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection((LOOPBACK, tls.tls_port), timeout=10) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as secure:
                assert secure.selected_alpn_protocol() in (None, "http/1.1")
                assert secure.version() in ("TLSv1.2", "TLSv1.3")
                secure.sendall(GET)
                assert secure.recv(12) == b"HTTP/1.1 503"

    def test_plain_http_gets_a_clear_answer(self, tls) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(GET)
            response = connection.read_response()
            assert response.status == 400
            assert response.header("Content-Type") == "application/problem+json"
            assert "TLS" in response.text or "HTTPS" in response.text
            assert connection.at_end()
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503

    @pytest.mark.parametrize("data", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"])
    def test_handshake_that_never_ends(self, tls, data: bytes) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(data)
            connection.read_to_end()  # in the end the server gives up

    def test_garbage_after_the_handshake_s_start(self, tls) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(b"\x16\x03\x01" + b"\xff" * 500)
            try:
                connection.read_to_end()
            except ConnectionResetError:
                pass
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503

    @pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    def test_deadlines(self, understudy, tmp_path: Path, sent: bytes) -> None:
        """After the handshake nothing, half a request, or a whole one and then nothing."""
        certificate, key, _ = make_certificate(tmp_path, "server")
        settings = (
            f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
            'header_timeout = "300ms"\nidle_timeout = "400ms"\n'
        )
        own = understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)
        with Connection(own.tls_port, tls=True) as connection:
            connection.send(sent)
            received = connection.read_to_end()
        expected = {b"": (b"", b"HTTP/1.1 408"), b"GET / HT": (b"HTTP/1.1 408",)}
        assert received[:12] in expected.get(sent, (b"HTTP/1.1 503",))

    def test_client_that_never_reads(self, understudy, tmp_path: Path) -> None:
        certificate, key, _ = make_certificate(tmp_path, "server")
        settings = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\nwrite_timeout = "300ms"'
        own = understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)
        requests = head("GET / HTTP/1.1", "Accept: text/html") * 200
        with Connection(own.tls_port, tls=True) as connection:
            with pytest.raises((OSError, ssl.SSLError)):
                for _ in range(10_000):
                    connection.socket.sendall(requests)
        wait_until(lambda: own.metrics().value("understudy_connections") == 0, what="it to be cut off")

    def test_certificate_is_replaced_by_sighup(self, tls, tmp_path: Path) -> None:
        folder = tmp_path / "tls"
        before = shown_fingerprint(tls.tls_port)
        assert before == fingerprint(folder / "server.crt")
        with Connection(tls.tls_port, tls=True) as connection:
            certificate, key, _ = make_certificate(folder, "next")
            certificate.replace(folder / "server.crt")
            key.replace(folder / "server.key")
            tls.reload()
            assert shown_fingerprint(tls.tls_port) == fingerprint(folder / "server.crt") != before
            connection.send(GET)
            assert connection.read_response().status == 503, "an open connection lives on"

    @pytest.mark.parametrize("damage", ["missing", "garbage", "other_key"])
    def test_bad_certificate_leaves_the_old_one(self, tls, tmp_path: Path, damage: str) -> None:
        folder = tmp_path / "tls"
        before = shown_fingerprint(tls.tls_port)
        if damage == "missing":
            (folder / "server.crt").unlink()
        elif damage == "garbage":
            (folder / "server.crt").write_text("no certificate")
        else:
            make_certificate(folder, "other")[1].replace(folder / "server.key")
        tls.reload(refused=True)
        assert shown_fingerprint(tls.tls_port) == before
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503


def assert_ends_well(own: Understudy, limit: float = 20.0) -> None:
    """For a server that has been told to end: it does, with 0, and no sanitizer complains."""
    code = own.process.child.wait(limit)
    own.kill()  # there is nothing left to kill: the last of its output is taken in
    assert code == 0
    assert sanitizer_reports(own.process.err.text()) == []


class TestShutdown:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
    def test_answer_in_flight_finishes(self, understudy, tmp_path: Path, number: int) -> None:
        """A client that has taken half of a big file gets the rest; meanwhile nobody new comes in."""
        config, data = with_big_file(tmp_path)
        own = understudy(config)
        with Connection(own.port, timeout=30) as busy, Connection(own.port) as idle:
            idle.send(GET)
            assert idle.read_response().status == 503
            busy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            busy.send(head("GET /big.bin HTTP/1.1"))
            assert busy.socket.recv(12) == b"HTTP/1.1 200"
            own.process.signal(number)
            assert idle.at_end(), "an idle connection has nothing to wait for"
            wait_until(lambda: not is_listening(own.port), what="new connections to be refused")
            assert own.process.alive()
            busy._buffer += b"HTTP/1.1 200"
            response = busy.read_response()
            assert response.body == data
            assert busy.at_end()
        assert_ends_well(own)

    def test_request_that_is_being_sent_is_answered(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection, Connection(own.port) as idle:
            connection.send(GET[:10])
            idle.send(HEALTH)
            assert idle.read_response().status == 200
            own.process.signal(signal.SIGTERM)
            assert idle.at_end()
            connection.send(GET[10:])
            response = connection.read_response()
            assert response.status == 503
            assert "close" in response.headers.tokens("Connection")
            assert connection.at_end()
        assert_ends_well(own)

    def test_body_that_is_being_sent_is_read_away(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection, Connection(own.port) as idle:
            connection.send(head("POST / HTTP/1.1", f"Content-Length: {MIB}") + b"x" * 1000)
            assert connection.read_response().status == 503
            idle.send(HEALTH)
            assert idle.read_response().status == 200
            own.process.signal(signal.SIGTERM)
            assert idle.at_end()
            connection.send(b"x" * (MIB - 1000))
            assert connection.at_end()
        assert_ends_well(own)

    def test_a_second_signal_changes_nothing(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503
            for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                own.process.signal(number)
            assert connection.at_end()
        assert_ends_well(own)

    def test_shutdown_timeout_ends_it(self, understudy, tmp_path: Path) -> None:
        config, _ = with_big_file(tmp_path, server('shutdown_timeout = "300ms"'))
        own = understudy(config)
        with Connection(own.port) as connection:
            connection.send(head("GET /big.bin HTTP/1.1"))
            assert connection.socket.recv(12) == b"HTTP/1.1 200"
            own.process.signal(signal.SIGTERM)
            assert_ends_well(own)

    def test_without_connections_it_ends(self, understudy) -> None:
        own = understudy(SHOP)
        own.process.signal(signal.SIGTERM)
        assert_ends_well(own)


class TestReload:
    CHANGED = SHOP.replace("Something went wrong", "Another text")

    def title(self, own) -> str:
        return own.request("GET").json()["title"]

    def test_good_file(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection:
            connection.send(GET)
            assert connection.read_response().json()["title"] == "Something went wrong"
            own.reload(self.CHANGED)
            assert self.title(own) == "Another text"
            connection.send(GET)
            assert connection.read_response().json()["title"] == "Another text", "on an open connection, too"

    def test_said_when_in_force(self, understudy) -> None:
        """The log's "reloaded" comes after the last worker has been told."""
        own = understudy(SHOP)
        connections = [Connection(own.port) for _ in range(8)]
        try:
            for index in range(30):
                own.reload(SHOP.replace("Something went wrong", f"Text {index}"))
                for connection in connections:
                    connection.send(GET)
                assert {c.read_response().json()["title"] for c in connections} == {f"Text {index}"}
        finally:
            for connection in connections:
                connection.close()

    def test_group_comes_and_goes(self, understudy) -> None:
        own = understudy(SHOP)
        own.reload(SHOP + BLOG)
        assert own.request("GET", host="api.blog.example").json()["title"] == "The blog failed"
        own.reload(SHOP)
        assert own.request("GET", host="api.blog.example").json()["title"] == "Something went wrong"

    @pytest.mark.parametrize(
        "broken, line",
        [
            (SHOP + "\n[groups.shop.oops\n", (SHOP + "\n").count("\n") + 1),
            (SHOP + '\n[groups.other]\nid = "no uuid"\n', (SHOP + "\n\n").count("\n") + 1),
            (SHOP.replace("default = true", "default = true\nhostz = []"), 6),
        ],
        ids=["syntax", "value", "unknown_key"],
    )
    def test_bad_file_is_refused_with_its_place(self, understudy, broken: str, line: int) -> None:
        own = understudy(SHOP)
        own.reload(broken, refused=True)
        assert self.title(own) == "Something went wrong"
        log = own.process.err.text()
        assert f"{own.config_path.name}:{line}:" in log or f'"line":{line}' in log.replace(" ", "")
        own.reload(self.CHANGED)
        assert self.title(own) == "Another text"

    def test_what_needs_a_restart_is_said(self, understudy) -> None:
        """Reloaded, but not all of it: the operator learns which settings wait."""
        own = understudy(SHOP)
        port = free_port()
        own.reload(server("workers = 1", f'["127.0.0.1:{port}"]') + self.CHANGED)
        assert self.title(own) == "Another text"
        assert not is_listening(port)
        waiting = [event for event in own.events() if event.get("level") == "warning"]
        for key in ("server.listen", "server.workers"):
            assert any(key in str(event) for event in waiting), f"nothing is said about {key}"

    def test_missing_file_is_refused(self, understudy) -> None:
        own = understudy(SHOP)
        own.config_path.unlink()
        own.reload(refused=True)
        assert self.title(own) == "Something went wrong"

    def test_last_of_many_signals_counts(self, understudy) -> None:
        """Signals may be merged; the last file is the one in force in the end."""
        own = understudy(SHOP)
        for index in range(20):
            own.write_config(SHOP.replace("Something went wrong", f"Text {index}"))
            own.process.signal(signal.SIGHUP)
        wait_until(lambda: self.title(own) == "Text 19", what="the last configuration to be in force")

    def test_under_load_without_a_failed_request(self, understudy) -> None:
        own = understudy(SHOP)
        stop, failures, counts = threading.Event(), [], []
        titles = {"Something went wrong", "Another text"}

        def ask(keep: bool) -> None:
            count = 0
            connection = Connection(own.port)
            try:
                while not stop.is_set():
                    connection.send(GET)
                    response = connection.read_response()
                    assert response.status == 503 and response.json()["title"] in titles
                    count += 1
                    if not keep:
                        connection.close()
                        connection = Connection(own.port)
            except (OSError, AssertionError) as error:
                failures.append(repr(error))
            finally:
                connection.close()
                counts.append(count)

        threads = [threading.Thread(target=ask, args=(n % 2 == 0,)) for n in range(4)]
        for thread in threads:
            thread.start()
        try:
            for index in range(20):
                own.reload(self.CHANGED if index % 2 else SHOP)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert all(count > 0 for count in counts)


def test_built_in_demonstration(understudy) -> None:
    """Without a file: group demo in maintenance, readable from any port of localhost."""
    own = understudy(None, env={"UNDERSTUDY_SERVER_LISTEN": "127.0.0.1:0"})
    for origin in ("http://localhost:5173", "http://127.0.0.1:8000"):
        response = own.request("GET", "/", [("Origin", origin)], host="localhost")
        assert response.status == 503
        assert response.header("Understudy-Reason") == "maintenance"
        assert response.header("Access-Control-Allow-Origin") == origin
    assert own.request("GET", "/_understudy/status.json").json()["group"] == "demo"
    assert own.admin is None
