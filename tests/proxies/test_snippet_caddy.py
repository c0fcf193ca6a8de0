"""Caddy with each printed snippet, as printed."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from proxies.gate_patterns import GateTests, Pattern, Stage
from support.net import free_port
from support.process import Process
from support.web_proxies import start_caddy


class Printed(Pattern):
    proxy = "caddy"

    def replacements(self, stage: Stage) -> dict[str, object]:
        last = free_port()
        return {
            "http://api.shop.example ": f"http://api.shop.example:{stage.port} ",
            "127.0.0.1:8081": stage.apps[0].address,
            "127.0.0.1:8082": stage.apps[1].address,
            "127.0.0.1:8599": f"127.0.0.1:{last}",
            "http://:8599": f"http://:{last}",
        }

    def run(self, stage: Stage, files: list[Path]) -> Process:
        return start_caddy(files[0], stage.port)


class Ask(Printed):
    style = "ask"
    cannot = {"holds", "keeps"}


class Tell(Printed):
    style = "tell"
    cannot = {"signed", "ramp"}


class TestAsk(GateTests):
    pattern = Ask()

    def test_a_hung_understudy_costs_a_few_requests_a_second(self, stage: Stage) -> None:
        stage.understudy.process.signal(signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _ in range(100):
                assert stage.ask().status == 200
            # Without the rest that Caddy gives it each would take half a second.
            assert time.monotonic() - started < 30
        finally:
            stage.understudy.process.signal(signal.SIGCONT)


class TestTell(GateTests):
    pattern = Tell()
