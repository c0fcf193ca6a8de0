"""Clients that are slow, half gone, deaf or mad: they are ended, and nobody else notices."""

from __future__ import annotations

import random
import re
import socket
import threading

import pytest

from support.http import Connection
from support.net import wait_until
from wire.asking import (
    GOOD_HOST,
    GOOD_ORIGIN,
    SMUGGLED,
    assert_ends,
    assert_problem,
    assert_serves_the_next_client,
    get,
    post,
)
from wire.configs import ORIGIN, SHOP, server
from wire.test_bad_input import REQUEST_LINES
from wire.test_framing import FRAMING


class TestSlowClients:
    QUICK = server('header_timeout = "300ms"\nidle_timeout = "600ms"\n') + SHOP

    def test_header_that_never_ends(self, servers) -> None:
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: a")
            assert_problem(connection.read_response(), 408)
            assert_ends(connection)
        assert_serves_the_next_client(shared)

    def test_cors_where_the_origin_has_come(self, servers) -> None:
        with Connection(servers(self.QUICK).port) as connection:
            connection.send(b"GET / HTTP/1.1\r\n" + GOOD_HOST + GOOD_ORIGIN + b"X-A: ")
            response = connection.read_response()
            assert_problem(response, 408)
            assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_a_trickle_does_not_move_the_deadline(self, servers) -> None:
        """One byte now and then, forever: the header as a whole has the deadline."""
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nX-A: ")
            connection.socket.settimeout(0.05)

            def trickle_until_told() -> bool:
                try:
                    return connection._receive()
                except TimeoutError:
                    connection.socket.send(b"a")
                    return False

            wait_until(trickle_until_told, limit=10, what="408 in spite of the trickle", interval=0)
            connection.socket.settimeout(10)
            assert_problem(connection.read_response(), 408)
        assert_serves_the_next_client(shared)

    def test_second_request_has_a_deadline_too(self, servers) -> None:
        with Connection(servers(self.QUICK).port) as connection:
            connection.send(get(b"Host: a") + b"GET / HT")
            assert connection.read_response().status == 503
            assert_problem(connection.read_response(), 408)
            assert_ends(connection)

    def test_a_client_that_says_nothing(self, servers) -> None:
        """No request, so no answer is due: the connection is closed (408 would do, too)."""
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            rest = connection.read_to_end()
            assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")
        assert_serves_the_next_client(shared)


class TestHalfClosed:
    def test_after_a_request(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a"))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)

    def test_after_three_requests(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a") * 3)
            connection.half_close()
            assert [connection.read_response().status for _ in range(3)] == [503] * 3
            assert_ends(connection)

    def test_after_a_chunked_request(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(post(b"Transfer-Encoding: chunked", body=b"5\r\n12345\r\n0\r\n\r\n"))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)

    @pytest.mark.parametrize("part", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"])
    def test_within_a_header(self, servers, part: bytes) -> None:
        """There is nothing to answer any more; 400 would do, too."""
        shared = servers(SHOP)
        with Connection(shared.port) as connection:
            connection.send(part)
            connection.half_close()
            rest = connection.read_to_end()
            assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")
        assert_serves_the_next_client(shared)

    @pytest.mark.parametrize(
        "fields, part", [(b"Content-Length: 100", b"half"), (b"Transfer-Encoding: chunked", b"64\r\nhalf")]
    )
    def test_within_a_body(self, servers, fields: bytes, part: bytes) -> None:
        shared = servers(SHOP)
        with Connection(shared.port) as connection:
            connection.send(post(fields, body=part))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)
        assert_serves_the_next_client(shared)

    def test_nothing_at_all(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.half_close()
            assert_ends(connection)

    def test_reset_in_the_middle(self, servers) -> None:
        shared = servers(SHOP)
        for part in (b"", b"GET / HT", get(b"Host: a"), post(b"Content-Length: 100", body=b"half")):
            with Connection(shared.port) as connection:
                connection.send(part)
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert_serves_the_next_client(shared)


class TestClientThatNeverReads:
    CONFIG = server('write_timeout = "500ms"\n') + SHOP

    def flood(self, port: int, limit: int) -> tuple[socket.socket, int]:
        """Sends requests, reads nothing, until the server takes no more (or `limit` bytes went)."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        requests, sent = get(b"Host: a", b"Accept: text/html") * 200, 0
        while sent < limit:
            try:
                sent += client.send(requests)
            except BlockingIOError:
                break
            except ConnectionError:
                break
        return client, sent

    def test_is_not_buffered_without_bound(self, servers) -> None:
        """Answers that nobody takes stop the reading: the client is held up, not the memory."""
        limit = 64 << 20
        client, sent = self.flood(servers(self.CONFIG).port, limit)
        with client:
            assert sent < limit

    def test_is_cut_off(self, understudy) -> None:
        own = understudy(self.CONFIG)
        before = own.metrics().value("understudy_connections")
        clients = [self.flood(own.port, 8 << 20)[0] for _ in range(4)]
        try:
            wait_until(
                lambda: own.metrics().value("understudy_connections") <= before,
                limit=20,
                what="write_timeout to close what nobody reads",
            )
        finally:
            for client in clients:
                client.close()
        assert_serves_the_next_client(own)

    def test_others_are_served_meanwhile(self, servers) -> None:
        shared = servers(SHOP)
        clients = [self.flood(shared.port, 2 << 20)[0] for _ in range(8)]
        for _ in range(20):
            assert_serves_the_next_client(shared)
        for client in clients:
            client.close()


MUTATED = [
    get(
        GOOD_HOST.strip(),
        GOOD_ORIGIN.strip(),
        b"Accept: text/html;q=0.5, */*;q=0.1",
        b"Accept-Language: de-AT, en",
    ),
    post(b"Transfer-Encoding: chunked", body=b"5;a=b\r\n12345\r\n0\r\nX-T: 1\r\n\r\n") + SMUGGLED,
    post(b"Content-Length: 10", body=b"0123456789") + SMUGGLED,
    get(
        GOOD_HOST.strip(),
        GOOD_ORIGIN.strip(),
        b"Access-Control-Request-Method: PUT",
        start=b"OPTIONS / HTTP/1.1",
    ),
    get(b"Host: a", b"Connection: keep-alive", start=b"HEAD / HTTP/1.0") + SMUGGLED,
]


@pytest.mark.parametrize("seed", range(20))
def test_mutations(servers, seed: int) -> None:
    """Requests with a few bytes changed, left out or put in: whatever comes back is HTTP."""
    chance = random.Random(seed)
    shared = servers(SHOP)
    for _ in range(50):
        data = bytearray(chance.choice(MUTATED))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data))
            kind = chance.randrange(3)
            byte = chance.choice(b"\r\n\0 \t:;,/0123456789aZ\x7f\xff" + bytes([chance.randrange(256)]))
            data[at : at + (kind != 2)] = b"" if kind == 1 else bytes([byte])
        with Connection(shared.port) as connection:
            connection.send(bytes(data))
            connection.half_close()
            received = connection.read_to_end()
        assert_is_http(received, bytes(data))
    assert_serves_the_next_client(shared)


def assert_is_http(received: bytes, data: bytes) -> None:
    """A row of whole responses (those to HEAD may be without the body that they announce)."""
    allowed = {200, 204, 400, 404, 405, 408, 413, 414, 417, 431, 501, 503, 505}
    while received:
        top, separator, rest = received.partition(b"\r\n\r\n")
        status_line, *fields = top.split(b"\r\n")
        assert separator and status_line.startswith(b"HTTP/1.1 "), (data, received)
        status = int(status_line[9:12])
        assert status in allowed, (data, status_line)
        assert all(re.fullmatch(rb"[A-Za-z-]+: [^\0\r\n]*", field) for field in fields), (data, top)
        lengths = [int(f.split(b": ")[1]) for f in fields if f.lower().startswith(b"content-length:")]
        assert len(lengths) == (status != 204), (data, top)
        body = lengths[0] if lengths else 0
        without_body = b"HEAD" in data and (rest == b"" or rest.startswith(b"HTTP/1.1 "))
        received = rest if without_body else rest[body:]
        assert without_body or len(rest) >= body, (data, top)


def test_many_bad_clients_at_once(servers) -> None:
    """Sixteen threads of nonsense; whoever asks properly meanwhile is answered."""
    shared = servers(SHOP)
    inputs = [data for data, _ in (REQUEST_LINES | FRAMING).values()]
    failures: list[str] = []

    def nonsense(offset: int) -> None:
        for index in range(offset, len(inputs), 16):
            with Connection(shared.port) as connection:
                connection.send(inputs[index])
                if connection.read_response().status not in (400, 413, 501, 505):
                    failures.append(repr(inputs[index]))

    threads = [threading.Thread(target=nonsense, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert_serves_the_next_client(shared)
    for thread in threads:
        thread.join()
    assert not failures
