"""nginx with each printed snippet, as printed."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

from proxies.gate_patterns import GateTests, Pattern, Stage
from support.process import Process
from support.proxies import Nginx


class Printed(Pattern):
    proxy = "nginx"

    def run(self, stage: Stage, files: list[Path]) -> Process:
        shutil.rmtree(stage.directory / "nginx", ignore_errors=True)
        return Nginx(files[0].read_text(encoding="utf-8"), stage.directory, ports=[stage.port])


class Tell(Printed):
    style = "tell"
    cannot = {"signed", "ramp"}


class Ask(Printed):
    style = "ask"
    cannot = {"holds", "keeps"}


class TestTell(GateTests):
    pattern = Tell()


class TestAsk(GateTests):
    pattern = Ask()

    def test_a_hung_understudy_costs_a_few_requests_a_second(self, stage: Stage) -> None:
        stage.understudy.process.signal(signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _ in range(100):
                assert stage.ask().status == 200
            # Without the rest that nginx gives it each would take a second.
            assert time.monotonic() - started < 50
        finally:
            stage.understudy.process.signal(signal.SIGCONT)
