"""Everything at once: snapshots are replaced, connections cut and the server ended in mid-answer.

What a client then reads is a whole answer, old or new, or nothing; never half
of one. The sanitizers watch what is freed under whom.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
from pathlib import Path
from typing import Callable

import pytest

from support.http import Connection, ProtocolError
from support.net import LOOPBACK, wait_until
from support.proxies import make_certificate
from support.understudy import Understudy, sanitizer_reports
from wire.configs import BARE, SHOP, server
from wire.sending import GET, HEALTH, MIB, head, with_big_file

HTML = head("GET / HTTP/1.1", "Accept: text/html", "Accept-Encoding: gzip")
CHANGED = SHOP.replace("Something went wrong", "Another text")
RESET_ON_CLOSE = b"\1\0\0\0\0\0\0\0"


class Crowd:
    """Threads that do the same again and again until they are told to stop."""

    def __init__(self, count: int, action: Callable[[], None]) -> None:
        self.failures: list[str] = []
        self.rounds = 0
        self._action = action
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._action()
                self.rounds += 1
            except Exception as error:  # shown by the test, which looks at it
                self.failures.append(repr(error))
                return

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self.rounds > 10 or self.failures, what="the crowd to be there")
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


class TestReplacedUnderway:
    @pytest.mark.parametrize("coding", ["identity", "gzip"])
    def test_pages_not_yet_taken(self, understudy, coding: str) -> None:
        """The body of a snapshot that is gone is kept as long as somebody is being sent it."""
        own = understudy(SHOP)
        fields = [("Accept", "text/html"), ("Accept-Encoding", coding)]
        request = head("GET / HTTP/1.1", *(": ".join(field) for field in fields))
        bodies = {own.request("GET", "/", fields).body}
        count = 1_000
        with Connection(own.port, timeout=60) as slow:
            slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            writer = threading.Thread(target=slow.socket.sendall, args=(request * count,))
            writer.start()
            for index in range(6):
                own.reload(SHOP if index % 2 else CHANGED)
                bodies.add(own.request("GET", "/", fields).body)
            assert {slow.read_response().body for _ in range(count)} <= bodies
            writer.join()

    @pytest.mark.parametrize("change", ["rewritten", "removed", "group_gone"])
    def test_file_half_sent(self, understudy, tmp_path: Path, change: str) -> None:
        """The file as it was when it was asked for, to the last byte."""
        config, data = with_big_file(tmp_path)
        own = understudy(config)
        with Connection(own.port, timeout=60) as slow:
            slow.send(head("GET /big.bin HTTP/1.1"))
            assert slow.socket.recv(12) == b"HTTP/1.1 200"
            if change == "rewritten":
                (tmp_path / "pages" / "big.bin").write_bytes(b"small now")
                wait_until(lambda: own.request("GET", "/big.bin").body == b"small now", what="the new file")
            elif change == "removed":
                (tmp_path / "pages" / "big.bin").unlink()
                wait_until(lambda: own.request("GET", "/big.bin").status == 503, what="it to be gone")
            else:
                own.reload(server() + BARE.replace("groups.shop", "groups.other"))
                assert own.request("GET", "/big.bin").status == 503
            slow._buffer += b"HTTP/1.1 200"
            assert slow.read_response().body == data
            slow.send(GET)
            assert slow.read_response().status == 503

    def test_modes_under_load(self, understudy, tmp_path: Path) -> None:
        flag = tmp_path / "flag"
        own = understudy(SHOP.replace("default = true", f'default = true\nflag_file = "{flag}"'))
        seen: set[str | None] = set()

        def ask() -> None:
            with Connection(own.port) as connection:
                connection.send(GET * 10)
                for _ in range(10):
                    response = connection.read_response()
                    seen.add(response.header("Understudy-Reason"))
                    assert response.status == 503
                    assert response.json()["reason"] == response.header("Understudy-Reason")

        with Crowd(4, ask) as crowd:
            for _ in range(30):
                flag.touch()
                own.wait_event("mode_changed", mode="maintenance")
                flag.unlink()
                own.wait_event("mode_changed", mode="open")
        assert crowd.failures == []
        assert seen == {"maintenance", "failure"}


class TestEndedUnderLoad:
    @pytest.mark.parametrize("seed", range(3))
    def test_no_half_answers(self, understudy, seed: int) -> None:
        """SIGTERM amid traffic: an answer is whole, or the connection was closed before it began."""
        own = understudy(SHOP)
        kept = threading.local()

        def ask() -> None:
            if not hasattr(kept, "connection"):
                kept.connection = Connection(own.port)
            kept.connection.send(HTML if seed % 2 else GET)
            response = kept.connection.read_response()
            assert response.status == 503
            if "close" in response.headers.tokens("Connection"):
                del kept.connection

        with Crowd(6, ask) as crowd:
            own.process.signal(signal.SIGTERM)
            code = own.process.child.wait(30)
        own.kill()
        assert code == 0
        assert sanitizer_reports(own.process.err.text()) == []
        for failure in crowd.failures:
            closed = ("ConnectionRefused", "ConnectionReset", "BrokenPipe", "within a line: b''")
            assert any(word in failure for word in closed), failure


class TestCut:
    """Clients that vanish (a reset, not an end) in every state a connection can be in."""

    STATES = {
        "at_once": b"",
        "within_a_header": b"GET / HT",
        "after_a_request": GET,
        "after_many": GET * 500,
        "within_a_body": head("POST / HTTP/1.1", f"Content-Length: {MIB}") + b"x" * 1000,
        "within_a_chunk": head("POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"fff\r\nabc",
        "after_expect": head("POST / HTTP/1.1", "Expect: 100-continue", f"Content-Length: {MIB}"),
        "after_an_error": b"nonsense\r\n\r\n",
        "after_a_file": head("GET /big.bin HTTP/1.1"),
        "after_files": head("GET /big.bin HTTP/1.1") * 3,
        "after_close": head("GET / HTTP/1.1", "Connection: close"),
    }

    @pytest.fixture(scope="class")
    def target(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("cut")
        certificate, key, _ = make_certificate(folder, "server")
        settings = f'tls_certificate = "{certificate}"\ntls_key = "{key}"'
        config, _ = with_big_file(folder, server(settings, '["127.0.0.1:0", "tls:127.0.0.1:0"]'))
        with Understudy(config, folder) as running:
            yield running

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "answered"])
    @pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
    def test_in_every_state(self, target: Understudy, state: str, answered: bool, tls: bool) -> None:
        for _ in range(5):
            connection = Connection(target.tls_port if tls else target.port, tls=tls)
            connection.send(self.STATES[state])
            if answered and self.STATES[state] not in (b"", b"GET / HT"):
                assert connection.socket.recv(9) == b"HTTP/1.1 "
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            connection.close()
        assert target.request("GET").status == 503

    @pytest.mark.parametrize("length", [0, 1, 5, 50, 200])
    def test_within_a_tls_handshake(self, target: Understudy, length: int) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with pytest.raises(ssl.SSLWantReadError):
            context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        hello = outgoing.read()
        for _ in range(10):
            client = socket.create_connection((LOOPBACK, target.tls_port), timeout=10)
            client.sendall(hello[:length] if length < 200 else hello)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.close()
        with Connection(target.tls_port, tls=True) as connection:
            connection.send(HEALTH)
            assert connection.read_response().status == 200

    def test_all_are_forgotten(self, target: Understudy) -> None:
        wait_until(lambda: target.metrics().value("understudy_connections") == 0, what="no connection")
        descriptors = len(os.listdir(f"/proc/{target.process.pid}/fd"))
        assert descriptors < 60, "descriptors are left open"


def test_room_is_made_under_load(understudy) -> None:
    """Far more clients than max_connections: answered wholly, or closed before the answer began."""
    own = understudy(server("max_connections = 3") + SHOP)
    closed = 0

    def ask() -> None:
        nonlocal closed
        try:
            with Connection(own.port) as connection:
                for _ in range(3):
                    connection.send(GET)
                    assert connection.read_response().status == 503
        except (ConnectionError, ProtocolError) as error:
            assert not isinstance(error, ProtocolError) or "within a line: b''" in str(error), error
            closed += 1

    with Crowd(8, ask) as crowd:
        wait_until(lambda: crowd.rounds > 400 or crowd.failures, limit=60, what="many rounds")
    assert crowd.failures == []
    assert own.metrics().value("understudy_connections") <= 3
    assert own.request("GET").status == 503
