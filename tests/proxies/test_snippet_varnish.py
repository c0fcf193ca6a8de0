"""Varnish with the printed snippet, as printed."""

from __future__ import annotations

from pathlib import Path

from proxies.gate_patterns import GateTests, Pattern, Stage
from support.process import Process
from support.proxies import program, wait_for_ports


class Varnish(Process):
    def __init__(self, stage: Stage, vcl: Path) -> None:
        work = stage.folder / "varnish"
        work.mkdir(exist_ok=True)
        command = [program("varnishd"), "-F", "-n", work, "-f", vcl, "-a", f"127.0.0.1:{stage.port}"]
        # Without -j none it would change to users that may be missing, or not allowed.
        command += ["-j", "none", "-T", "none", "-s", "default,16m"]
        super().__init__("varnishd", command, cwd=stage.directory)
        wait_for_ports(self, [stage.port])


class Probe(Pattern):
    proxy, style = "varnish", "probe"
    cannot = {"at once", "signed", "read-only", "ramp", "holds", "keeps", "reset"}

    def replacements(self, stage: Stage) -> dict[str, object]:
        # Host and port stand on lines of their own.
        return {'"8081"': f'"{stage.apps[0].port}"', '"8082"': f'"{stage.apps[1].port}"'}

    def run(self, stage: Stage, files: list[Path]) -> Process:
        return Varnish(stage, files[0])


class TestProbe(GateTests):
    pattern = Probe()
