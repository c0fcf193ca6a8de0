"""HAProxy's agent checks, by hand."""

from __future__ import annotations

import socket

import pytest

from support.admin import Admin
from support.understudy import Understudy, target_of
from wire.configs import BLOG, SHOP

GATE = """
[gate]
agent_check = ["127.0.0.1:0"]
"""
UP, STOPPED = b"up\n", b"stopped #understudy: maintenance\n"
UNKNOWN = b"up #understudy: no such group\n"


def told(server: Understudy, line: bytes, *, close: bool = False) -> bytes:
    """Everything that comes until the server closes."""
    with socket.create_connection(target_of(server.listening("agent-check")[0]), timeout=15) as check:
        check.sendall(line)
        if close:
            check.shutdown(socket.SHUT_WR)
        answer = b""
        while more := check.recv(100):
            answer += more
        return answer


@pytest.fixture
def own(understudy) -> Understudy:
    return understudy(SHOP + BLOG + GATE)


class TestAgentCheck:
    def test_follows_the_switch(self, own: Understudy) -> None:
        admin = Admin(own.admin)
        assert told(own, b"shop\n") == UP
        assert told(own, b"shop maint\n") == b"ready\n"
        admin.switch("shop", "maintenance")
        assert told(own, b"shop\n") == STOPPED
        assert told(own, b"shop maint\n") == b"maint #understudy: maintenance\n"
        assert told(own, b"blog\n") == UP
        admin.switch("shop", "read-only")
        assert told(own, b"shop\n") == UP
        admin.switch("shop", "open")
        assert told(own, b"shop\n") == UP
        assert own.metrics().value("understudy_agent_checks_total", answer="stopped") == 2

    def test_silence_means_the_default_group(self, own: Understudy) -> None:
        Admin(own.admin).switch("shop", "maintenance")
        for line, close in ((b"", False), (b"", True), (b"\n", False), (b"shop", False), (b"shop", True)):
            assert told(own, line, close=close) == STOPPED, (line, close)

    def test_garbage_takes_nothing_out(self, own: Understudy) -> None:
        Admin(own.admin).switch("shop", "maintenance")
        lines = [b"shpo\n", b"shop drain\n", b"\0\xff\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 5000, b"shop " * 500]
        for line in lines:
            assert told(own, line) == UNKNOWN, line
        assert own.metrics().value("understudy_agent_checks_total", answer="unknown") == len(lines)
        assert told(own, b"shop\nblog\n") == STOPPED, "the first line alone"
