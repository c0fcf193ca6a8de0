"""SIGTERM and SIGINT end it gracefully, SIGHUP reads the configuration again."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import pytest

from support.http import Connection
from support.net import free_port, is_listening, wait_until
from support.understudy import Understudy, sanitizer_reports
from wire.configs import BLOG, SHOP, server
from wire.sending import GET, HEALTH, MIB, head, with_big_file


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
            assert connection.at_end(), "and it is the last one"
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
