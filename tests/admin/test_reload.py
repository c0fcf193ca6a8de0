"""The configuration is read again: under load, with errors, without groups that were there."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from admin.configs import BLOG, TWO, groups, listeners, store
from admin.conftest import stage_of
from admin.planning import plan, soon, written
from admin.public import Crowd, load, state
from support.understudy import run_command


class TestReload:
    def acceptable(self, response) -> bool:
        return response.status == 503 and response.header("Understudy-Reason") in ("failure", "maintenance")

    def test_under_load(self, stage) -> None:
        """SIGHUP, the API and the command, one after the other: no request fails, nothing is forgotten."""
        own = stage()
        own.unix.switch("shop", "maintenance", reason="kept")
        env = {"UNDERSTUDY_ADMIN": f"unix:{own.unix.target}"}
        good = own.server.config_path.read_text()
        with load(own.server, self.acceptable):
            for index in range(6):
                own.server.write_config(good + (groups([f"extra{index}"]) if index % 2 else ""))
                own.server.process.signal(signal.SIGHUP)
                own.server.wait_event("reloaded")
                assert own.unix.ok("POST", "/reload")["groups"] == (3 if index % 2 else 2)
            done = run_command("reload", env=env)
            assert done.returncode == 0, done.stderr
        assert own.unix.status("shop")["reason"] == "kept"

    def test_switches_during_reloads(self, stage) -> None:
        own = stage()
        with load(own.server, self.acceptable, clients=2), Crowd(own.server) as crowd:
            for index in range(10):
                own.server.process.signal(signal.SIGHUP)
                mode = "maintenance" if index % 2 == 0 else "open"
                own.unix.switch("shop", mode)
                assert crowd.reasons() == {"maintenance" if index % 2 == 0 else "failure"}

    def test_bad_file_is_told_with_its_places(self, stage) -> None:
        own = stage()
        own.unix.switch("shop", "maintenance")
        good = own.server.config_path.read_text()
        own.server.write_config(
            good.replace("default = true", "defaultt = true") + '\n[groups.x]\nid = "no"\n'
        )
        problem = own.unix.refused(422, "invalid", "POST", "/reload")
        line = good[: good.index("default = true")].count("\n") + 1
        found = [(p["line"], p["key"], p["suggestion"]) for p in problem["problems"]]
        assert any(at == line and "defaultt" in key and "default" in offered for at, key, offered in found)
        assert len([p for p in problem["problems"] if p["severity"] == "error"]) >= 2
        assert all(p["file"].endswith(".toml") and p["column"] >= 1 for p in problem["problems"])
        assert own.unix.get("/status")["groupCount"] == 2
        assert state(own.server)["mode"] == "maintenance"
        done = run_command("reload", env={"UNDERSTUDY_ADMIN": f"unix:{own.unix.target}"})
        assert done.returncode == 1
        assert re.search(rf"understudy\.toml:{line}:\d+", done.stdout + done.stderr)
        own.server.write_config(good)
        assert own.unix.ok("POST", "/reload")["groups"] == 2

    def test_missing_file(self, stage) -> None:
        own = stage()
        good = own.server.config_path.read_text()
        own.server.config_path.unlink()
        problem = own.unix.refused(422, "invalid", "POST", "/reload")
        assert "understudy.toml" in str(problem)
        own.server.write_config(good)

    def test_vanished_groups_keep_nothing(self, understudy, short_path: Path, tmp_path: Path) -> None:
        """Neither over a reload nor over a restart does a group come back in maintenance by accident."""
        config = TWO + store(tmp_path / "state.db") + listeners(short_path / "a.sock")
        without = config.replace(BLOG, "")
        own = stage_of(understudy(config))
        own.unix.switch("blog", "maintenance")
        plan(own, soon(-60), soon(3600), "blog")
        own.server.reload(without)
        own.unix.refused(404, "unknown-group", "GET", "/groups/blog/status")
        assert [g["group"] for g in own.unix.get("/status")["groups"]] == ["shop"]
        own.server.reload(config)
        assert own.unix.status("blog")["mode"] == "open"
        own.unix.switch("blog", "maintenance")
        own.server.stop()
        own = stage_of(understudy(without))
        assert own.unix.get("/status")["groupCount"] == 1
        own.server.stop()
        own = stage_of(understudy(config))
        assert own.unix.status("blog")["mode"] == "open"
        assert own.unix.status("shop")["mode"] == "open"

    def test_window_of_two_groups_of_which_one_vanishes(self, stage) -> None:
        own = stage()
        wanted = {"groups": ["shop", "blog"], "start": written(soon(-60)), "end": written(soon(3600))}
        own.unix.ok("POST", "/windows", wanted)
        text = own.server.config_path.read_text()
        own.server.reload(text.replace(BLOG, ""))
        assert own.unix.status("shop")["mode"] == "maintenance"
        (window,) = own.unix.get("/windows")["windows"]
        assert window["groups"] == ["shop"]
