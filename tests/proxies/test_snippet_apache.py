"""Apache with its printed snippet, as printed."""

from __future__ import annotations

from pathlib import Path

from proxies.gate_patterns import GateTests, MAINTENANCE, Pattern, Stage
from support.expect import expect_answer
from support.net import free_port
from support.process import Process
from support.web_proxies import start_apache


class Tell(Pattern):
    proxy, style = "apache", "tell"
    cannot = {"signed", "ramp"}

    def replacements(self, stage: Stage) -> dict[str, object]:
        return {**super().replacements(stage), "127.0.0.1:8599": f"127.0.0.1:{free_port()}"}

    def run(self, stage: Stage, files: list[Path]) -> Process:
        # Started by root, Apache serves as www-data, and the folder must let it in as the snippet's comment says.
        stage.folder.chmod(0o755)
        return start_apache(files[0], stage.port)


class TestTell(GateTests):
    pattern = Tell()

    def test_paths_that_apache_would_not_rewrite(self, stage: Stage) -> None:
        stage.switch("maintenance")
        for path in ("/a%3Fb", "/a%0Ab", "/a%25b?x=%3F", "//a", "/a;b"):
            expect_answer(stage.ask(path=path), **MAINTENANCE, label=path)
