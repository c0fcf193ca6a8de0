"""HAProxy with each printed snippet, as printed."""

from __future__ import annotations

from pathlib import Path

from proxies.gate_patterns import GateTests, Pattern, Stage
from support.process import Process
from support.proxies import HAProxy


class Printed(Pattern):
    proxy = "haproxy"

    def replacements(self, stage: Stage) -> dict[str, object]:
        # Abstract sockets are the whole machine's, and other tests run beside this one.
        return {
            **super().replacements(stage),
            "abns@understudy-last-shop": f"abns@understudy-last-{stage.port}",
        }

    def run(self, stage: Stage, files: list[Path]) -> Process:
        (stage.folder / "understudy.map").touch()  # as the snippet's comment says
        text = files[0].read_text(encoding="utf-8")
        return HAProxy(text, stage.directory, ports=[stage.port], home=stage.folder)


class Tell(Printed):
    style = "tell"
    cannot = {"signed", "ramp", "reset"}


class Ask(Printed):
    style = "ask"
    cannot = {"keeps", "reset"}


class Probe(Printed):
    style = "probe"
    cannot = {"at once", "signed", "read-only", "ramp", "holds", "keeps", "reset"}


class Agent(Printed):
    style = "agent"
    cannot = {"at once", "signed", "read-only", "ramp", "keeps", "reset"}


class TestTell(GateTests):
    pattern = Tell()


class TestAsk(GateTests):
    pattern = Ask()


class TestProbe(GateTests):
    pattern = Probe()


class TestAgent(GateTests):
    pattern = Agent()
