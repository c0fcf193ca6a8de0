"""The log and the access log: every line can be read, and none of them slows an answer."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from support.http import Connection, exchange
from support.net import wait_until
from support.understudy import Understudy, binary, run_command
from wire.configs import BARE, SHOP, server
from wire.prometheus import parse

GET = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"

HOSTILE = [
    b'GET /"quotes"\\and\\backslashes HTTP/1.1\r\nHost: a\r\n',
    b"GET /?q=%00%0a%0d HTTP/1.1\r\nHost: a\r\n",
    b"GET /\xff\xfe\xc3\x28 HTTP/1.1\r\nHost: a\r\n",
    "GET /\u2028\u0085😀 HTTP/1.1\r\nHost: a\r\n".encode(),
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: "}{,\\u0000\\\r\n',
    b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\xfe\xed\xa0\x80\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: tab\there\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nReferer: https://x/\xe2\x80\xa8\r\n",
    b'GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://"\\\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: "\\\x80\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: "\\, <script>\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUnderstudy-Group: "\\\xff\r\n',
    b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\nHost: a\r\n",
    b"M" * 200 + b" / HTTP/1.1\r\nHost: a\r\n",
]


class TestAccessLog:
    def test_a_line_for_each_answer(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection:
            connection.send(b"GET /orders?page=2 HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.send(b"POST /orders HTTP/1.1\r\nHost: a\r\nUnderstudy-Reason: maintenance\r\n\r\n")
            assert [connection.read_response().status for _ in range(2)] == [503, 503]
        wait_until(lambda: len(own.access_log()) >= 2, what="two lines")
        first, second = own.access_log()[:2]
        for entry in (first, second):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry["time"])
            assert 503 in entry.values()
            assert "shop" in entry.values()
        assert "GET" in first.values() and "failure" in first.values()
        assert any("/orders?page=2" in str(v) for v in first.values())
        assert "POST" in second.values() and "maintenance" in second.values()

    def test_hostile_bytes_leave_it_json(self, understudy) -> None:
        own = understudy(SHOP)
        for data in HOSTILE:
            exchange(own.port, data + b"\r\n")
        exchange(own.port, b"\xff\0\x1b[31m nonsense\r\n\r\n", method="GET")
        exchange(own.port, b"GET /the-last HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: "/the-last" in own.process.out.text(), what="the last line")
        lines = own.process.out.all()
        for line in lines:
            assert isinstance(json.loads(line), dict)

    def test_bytes_of_the_pipe_are_utf_8(self, tmp_path: Path) -> None:
        """JSON is UTF-8 (RFC 8259, 8.1), whatever bytes a target had."""
        log = tmp_path / "access.log"
        config = SHOP + f'[log]\naccess_file = "{log}"\n'
        with Understudy(config, tmp_path) as own:
            for data in HOSTILE:
                exchange(own.port, data + b"\r\n")
            wait_until(
                lambda: log.exists() and log.read_bytes().count(b"\n") >= len(HOSTILE), what="all lines"
            )
        for line in log.read_bytes().splitlines():
            json.loads(line.decode("utf-8"))

    def test_off(self, understudy) -> None:
        own = understudy(SHOP + "[log]\naccess = false\n")
        for _ in range(5):
            own.request("GET")
        own.stop()
        assert own.process.out.all() == []

    def test_to_a_file(self, understudy, tmp_path: Path) -> None:
        log = tmp_path / "access.log"
        own = understudy(SHOP + f'[log]\naccess_file = "{log}"\n')
        own.request("GET", "/one")
        wait_until(lambda: log.exists() and "/one" in log.read_text(), what="the line in the file")
        log.rename(tmp_path / "access.log.1")
        own.reload()
        own.request("GET", "/two")
        wait_until(
            lambda: log.exists() and "/two" in log.read_text(), what="a new file after SIGHUP (rotation)"
        )
        own.stop()
        assert own.process.out.all() == []

    def test_nothing_is_lost_at_the_end(self, understudy) -> None:
        own = understudy(SHOP)
        with Connection(own.port) as connection:
            connection.send(GET * 500)
            for _ in range(500):
                connection.read_response()
        own.stop()
        assert len(own.access_log()) == 500

    def test_a_stalled_reader_never_blocks_an_answer(self, tmp_path: Path, short_path: Path) -> None:
        """Standard output is a pipe that nobody reads: lines are dropped and counted."""
        config = tmp_path / "understudy.toml"
        admin_socket = short_path / "admin.sock"
        config.write_text(server() + SHOP + f'[admin]\nlisten = ["unix:{admin_socket}"]\n')
        child = subprocess.Popen(
            [binary(), "serve", "--config", config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            port = _port_of(child)
            target = b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"
            with Connection(port, timeout=30) as connection:
                for _ in range(20):
                    connection.send(target * 1000)
                    for _ in range(1000):
                        assert connection.read_response().status == 503
            metrics = exchange(admin_socket, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").text
            samples = parse(metrics)["understudy_access_log_dropped_total"].samples
            assert sum(samples.values()) > 0
            child.terminate()
            child.stderr.close()
            assert child.wait(30) == 0, "it ends although nobody takes the log"
        finally:
            child.kill()
            child.wait()
            child.stdout.close()

    def test_a_closed_reader_ends_nothing(self, tmp_path: Path) -> None:
        """SIGPIPE must not end the server when `| head` has seen enough."""
        config = tmp_path / "understudy.toml"
        config.write_text(server() + SHOP + "[admin]\nlisten = []\n")
        child = subprocess.Popen(
            [binary(), "serve", "--config", config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            port = _port_of(child)
            child.stdout.close()
            for _ in range(50):
                assert exchange(port, GET).status == 503
            child.terminate()
            assert child.wait(30) == 0
        finally:
            child.kill()
            child.wait()
            child.stderr.close()


def _port_of(child: subprocess.Popen) -> int:
    """Reads its log up to "ready" and gives the public port."""
    port = None
    for line in child.stderr:
        event = json.loads(line)
        if event.get("event") == "listening" and event.get("listener") == "public":
            port = int(event["address"].rsplit(":", 1)[1])
        if event.get("event") == "ready":
            assert port is not None
            return port
    raise AssertionError("it ended before it was ready")


class TestLog:
    def test_every_line_is_an_event(self, understudy) -> None:
        own = understudy(SHOP)
        own.request("GET")
        own.reload()
        own.stop()
        lines = own.process.err.all()
        for line in lines:
            event = json.loads(line)
            assert {"time", "level", "event", "message"} <= set(event), line
        events = [json.loads(line)["event"] for line in lines]
        assert events.index("listening") < events.index("ready") < events.index("reloaded")

    def test_listening_says_where(self, understudy) -> None:
        own = understudy(SHOP)
        kinds = {event["listener"]: event["address"] for event in own.events("listening")}
        assert set(kinds) == {"public", "admin"}
        assert re.fullmatch(r"127\.0\.0\.1:\d+", kinds["public"])

    def test_level(self, understudy) -> None:
        own = understudy(BARE + '[log]\nlevel = "debug"\n')
        own.request("GET")
        own.stop()
        assert all(json.loads(line) for line in own.process.err.all())

    def test_human_format(self, tmp_path: Path) -> None:
        """Asked for, or on a terminal: lines for a person."""
        config = tmp_path / "understudy.toml"
        config.write_text(server(listen='["unix:nowhere/at/all.sock"]') + SHOP + '[log]\nformat = "human"\n')
        done = run_command("serve", "--config", config, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr and not done.stderr.startswith("{")
