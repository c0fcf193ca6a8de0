"""The command line against a real server: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from admin.commands import Run
from admin.configs import groups
from admin.conftest import Stage
from admin.public import Crowd
from support.net import wait_until
from support.openapi import description
from support.understudy import run_command

pytestmark = pytest.mark.usefixtures("no_address_of_the_machine")

SECRET = re.compile(r"us_[A-Za-z0-9_-]{20,}")


class TestOnAndOff:
    def test_in_force_when_it_returns(self, shared: Stage, run: Run) -> None:
        with Crowd(shared.server) as crowd:
            for _ in range(3):
                done = run("on", "shop")
                assert crowd.reasons() == {"maintenance"}
                assert "shop" in done.stdout and "maintenance" in done.stdout and "no end" in done.stdout
                run("off", "shop")
                assert crowd.reasons() == {"failure"}

    def test_everything_that_can_be_said(self, shared: Stage, run: Run) -> None:
        done = run(
            *("on", "shop", "blog", "--for", "90m", "--read-only", "--reason", "a 'quoted' reason"),
            *("--message", "en=Back = soon.", "--message", "de=Bis gleich.", "--title", "en=Moving"),
        )
        for group in ("shop", "blog"):
            status = shared.unix.status(group)
            assert (status["mode"], status["reason"]) == ("read-only", "a 'quoted' reason")
            assert status["texts"]["en"] == {"title": "Moving", "message": "Back = soon."}
            assert status["texts"]["de"]["message"] == "Bis gleich."
            assert re.search(rf"^{group}: read-only until ", done.stdout, re.MULTILINE)

    def test_json(self, run: Run) -> None:
        lines = run("on", "shop", "blog", "--for", "1h", "--json").stdout.splitlines()
        found = [json.loads(line) for line in lines]
        assert [status["group"] for status in found] == ["shop", "blog"]
        for status in found:
            description().validate("Status", status)
        (status,) = [json.loads(line) for line in run("off", "blog", "--json").stdout.splitlines()]
        description().validate("Status", status)
        assert status["mode"] == "open"

    def test_unknown_group(self, shared: Stage, run: Run) -> None:
        done = run("on", "shop", "blgo", code=1)
        assert "blgo" in done.stderr and "blog" in done.stderr.replace("blgo", "")
        assert shared.unix.status("shop")["mode"] == "open", "none is switched"
        assert "blog" in run("off", "blgo", code=1).stderr.replace("blgo", "")
        assert "blog" in run("status", "blgo", code=1).stderr.replace("blgo", "")

    def test_ramp(self, shared: Stage, run: Run) -> None:
        run("on", "shop")
        done = run("off", "shop", "--ramp", "10m")
        assert shared.unix.status("shop")["lifecycle"] == "reopening"
        assert "in 10m" in done.stdout or "in 9m" in done.stdout

    @pytest.mark.parametrize(
        "arguments, said",
        [
            (["on"], "GROUP"),
            (["off"], "GROUP"),
            (["on", "shop", "--until", "2020-01-01T00:00:00Z"], "passed"),
            (["on", "shop", "--until", "2027-03-28 02:30 Europe/Berlin"], "no such time"),
            (["on", "shop", "--until", "2027-03-28 02:30"], "no such time"),
            (["on", "shop", "--until", "2027-10-31 02:30 Europe/Berlin"], "twice"),
            (["on", "shop", "--until", "25:00"], "25:00"),
            (["on", "shop", "--until", "22:30 Europe/Berlinn"], "Berlin"),
            (["on", "shop", "--until", "whenever"], "whenever"),
            (["on", "shop", "--for", "soon"], "duration"),
            (["on", "shop", "--for", "0s"], "--for"),
            (["on", "shop", "--for", "-5m"], "5m"),
            (["on", "shop", "--for", "5m", "--until", "22:30"], "--until"),
            (["on", "shop", "--message", "no language"], "LANG=TEXT"),
            (["on", "shop", "--message", "=x"], "LANG=TEXT"),
            (["on", "shop", "--untill", "22:30"], "--untill"),
            (["off", "shop", "--for", "5m"], "--for"),
            (["window"], ""),
            (["window", "ad"], ""),
            (["window", "add", "shop", "--start", "22:30"], "end"),
            (["window", "add", "shop", "--start", "tomorrow 04:00", "--end", "tomorrow 02:00"], "not after"),
            (["window", "add", "shop", "--start", "2020-01-01T00:00:00Z", "--for", "2h"], "passed"),
            (["window", "add", "shop", "--start", "2027-03-28 02:30", "--for", "2h"], "no such time"),
            (["window", "add", "shop", "--start", "2027-10-31 02:30", "--for", "2h"], "twice"),
            (["window", "add", "shop", "--start", "22:30", "--for", "2h", "--zone", "Mars/Base"], "Mars"),
            (["token", "create", "x", "--scope", "root"], "scope"),
            (["token", "create", "x", "--scope", "operator"], "group"),
            (["token", "create", "x", "--scope", "viewer", "--expires", "yesterday-ish"], "expires"),
            (["audit", "--limit", "0"], "limit"),
            (["completion", "tcsh"], "tcsh"),
            (["manual", "nothing"], "nothing"),
            (["onn", "shop"], ""),
            ([], ""),
        ],
    )
    def test_wrong_use(self, shared: Stage, run: Run, arguments: list[str], said: str) -> None:
        """Exit code 2, one sentence on standard error, and nothing is changed."""
        before = shared.unix.get("/audit?limit=1")
        done = run(*arguments, code=2)
        assert said.lower() in done.stderr.lower()
        assert done.stderr.strip() and "terminate" not in done.stderr
        assert shared.unix.get("/audit?limit=1") == before


class TestTimes:
    """What was understood is echoed in local time and UTC."""

    def until(self, shared: Stage) -> datetime:
        return datetime.fromisoformat(shared.unix.status("shop")["until"].replace("Z", "+00:00"))

    @pytest.mark.parametrize(
        "text, local, utc",
        [
            ("2030-07-01T12:00:00Z", "14:00 CEST", "12:00 UTC"),
            ("2030-07-01T12:00:00+02:00", "12:00 CEST", "10:00 UTC"),
            ("2030-01-01T02:00:00+01:00", "02:00 CET", "01:00 UTC"),
            ("2030-01-01 02:00 Europe/Berlin", "02:00 CET", "01:00 UTC"),
            ("2030-01-01 02:00 America/New_York", "CET", "07:00 UTC"),
            ("2027-10-31T02:30:00+02:00", "02:30 CEST", "00:30 UTC"),
        ],
    )
    def test_forms(self, run: Run, text: str, local: str, utc: str) -> None:
        said = run("on", "shop", "--until", text).stdout.splitlines()[0]
        assert utc in said and (local in said or local == "CET"), said

    def test_time_of_day_is_the_next(self, shared: Stage, run: Run) -> None:
        soon = (datetime.now(timezone.utc) + timedelta(minutes=5)).strftime("%H:%M")
        past = (datetime.now(timezone.utc) - timedelta(minutes=5)).strftime("%H:%M")
        for text, least, most in ((soon, 3, 6), (past, 1433, 1436)):
            run("on", "shop", "--until", text, env={"TZ": "UTC"})
            left = (self.until(shared) - datetime.now(timezone.utc)).total_seconds() / 60
            assert least <= left <= most, (text, left)

    def test_tomorrow_in_a_zone(self, shared: Stage, run: Run) -> None:
        from zoneinfo import ZoneInfo

        run("on", "shop", "--until", "tomorrow 02:00 Asia/Tokyo", env={"TZ": "America/New_York"})
        until = self.until(shared).astimezone(ZoneInfo("Asia/Tokyo"))
        assert (until.hour, until.minute) == (2, 0)
        assert timedelta(0) < until - datetime.now(timezone.utc) <= timedelta(days=2)

    @pytest.mark.parametrize("text, seconds", [("45s", 45), ("30m", 1800), ("1h30m", 5400), ("2d", 172800)])
    def test_durations(self, shared: Stage, run: Run, text: str, seconds: int) -> None:
        run("on", "shop", "--for", text)
        status = shared.unix.status("shop")
        since, until = (
            datetime.fromisoformat(status[name].replace("Z", "+00:00")) for name in ("since", "until")
        )
        assert abs((until - since).total_seconds() - seconds) <= 1


class TestStatus:
    def test_table(self, run: Run) -> None:
        run("on", "shop", "--for", "1h", "--reason", "r")
        lines = run("status").stdout.splitlines()
        assert lines[0].split()[:2] == ["GROUP", "MODE"]
        (shop,) = [line for line in lines if line.startswith("shop")]
        (blog,) = [line for line in lines if line.startswith("blog")]
        assert "maintenance" in shop and "59m" in shop and "open" in blog
        assert "\x1b" not in "".join(lines), "colours are for terminals"

    def test_json(self, run: Run) -> None:
        description().validate("Server", json.loads(run("status", "--json").stdout))
        description().validate("Status", json.loads(run("status", "shop", "--json").stdout))

    def test_one_group(self, run: Run) -> None:
        run("on", "shop", "--for", "1h", "--reason", "ticket 7")
        run("window", "add", "shop", "--start", "tomorrow 02:00", "--for", "2h", "--title", "Upgrade")
        said = run("status", "shop").stdout
        for part in ("maintenance", "ticket 7", "uid", "switch", "w-"):
            assert part in said, said

    def test_exit_codes(self, shared: Stage, run: Run) -> None:
        run("status", "--exit-code", code=0)
        run("window", "add", "blog", "--start", "tomorrow 02:00", "--for", "2h")
        run("status", "--exit-code", code=0)
        run("on", "blog", "--read-only")
        run("status", "--exit-code", code=10)
        run("on", "shop")
        run("status", "--exit-code", code=11)
        run("status", "shop", "--exit-code", code=11)
        run("status", "blog", "--exit-code", code=10)
        run("status", code=0)
        start = datetime.now(timezone.utc)
        times = [(start + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (1, 2)]
        wanted = {"groups": ["blog"], "start": times[0], "end": times[1], "atEnd": "stay"}
        shared.unix.ok("POST", "/windows", wanted)
        wait_until(lambda: shared.unix.status("blog")["lifecycle"] == "overdue", what="blog to be overdue")
        run("status", "--exit-code", code=12)
        run("status", "shop", "--exit-code", code=11)
        assert "overdue" in run("status").stdout
        run("off", "shop", "blog")
        run("status", "--exit-code", code=0)

    def test_no_answer_is_1(self, run: Run) -> None:
        run("status", "--exit-code", code=1, env={"UNDERSTUDY_ADMIN": "unix:/nowhere/admin.sock"})
        run("status", "nothing", "--exit-code", code=1)

    def test_more_groups_than_a_page(self, stage) -> None:
        own = stage(groups([f"g{n:04}" for n in range(1100)]))
        env = {"UNDERSTUDY_ADMIN": f"unix:{own.unix.target}"}
        run_command("on", "g1099", env=env)
        done = run_command("status", "--exit-code", env=env)
        assert done.returncode == 11, "the last page counts as well"
        assert len([line for line in done.stdout.splitlines() if re.match(r"g\d{4}\b", line)]) == 1100


class TestWindows:
    def test_add_list_remove(self, shared: Stage, run: Run) -> None:
        done = run(
            *("window", "add", "shop", "blog", "--start", "tomorrow 23:00 Europe/Berlin", "--end", "02:00"),
            *("--repeat", "weekly", "--title", "Backups", "--reason", "r", "--read-only", "--at-end", "stay"),
            *("--message", "en=Reading goes on."),
        )
        (window,) = shared.unix.get("/windows")["windows"]
        assert window["id"] in done.stdout
        assert "CET" in done.stdout or "CEST" in done.stdout
        assert "UTC" in done.stdout
        assert (window["title"], window["mode"], window["atEnd"]) == ("Backups", "read-only", "stay")
        assert sorted(window["groups"]) == ["blog", "shop"]
        assert window["zone"] == "Europe/Berlin" and window["rule"].startswith("FREQ=WEEKLY")
        assert window["start"].endswith("T23:00:00") and window["end"].endswith("T02:00:00")
        assert window["texts"]["en"]["message"] == "Reading goes on."
        for arguments in (["window", "list"], ["window", "list", "blog"]):
            assert window["id"] in run(*arguments).stdout
        description().validate("WindowList", json.loads(run("window", "list", "--json").stdout))
        run("window", "remove", window["id"])
        assert shared.unix.get("/windows")["windows"] == []
        assert window["id"] in run("window", "remove", window["id"], code=1).stderr

    def test_for(self, shared: Stage, run: Run) -> None:
        run(
            "window",
            "add",
            "shop",
            "--start",
            "2030-07-01 02:00",
            "--for",
            "2h",
            "--zone",
            "America/New_York",
        )
        (window,) = shared.unix.get("/windows")["windows"]
        assert window["zone"] == "America/New_York"
        assert window["occurrence"]["start"] == "2030-07-01T06:00:00Z"
        assert window["occurrence"]["end"] == "2030-07-01T08:00:00Z"

    def test_unknown_group(self, shared: Stage, run: Run) -> None:
        done = run("window", "add", "shpo", "--start", "22:30", "--for", "2h", code=1)
        assert "shop" in done.stderr.replace("shpo", "")

    def test_bad_rule(self, shared: Stage, run: Run) -> None:
        wrong = ("window", "add", "shop", "--start", "22:30", "--for", "2h", "--repeat", "FREQ=SOMETIMES")
        done = run_command(*wrong, env={"UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"})
        assert done.returncode in (1, 2) and re.search("rule|repeat", done.stderr)
        assert shared.unix.get("/windows")["windows"] == []

    def test_export_and_import(self, shared: Stage, run: Run, tmp_path: Path) -> None:
        run("window", "add", "shop", "--start", "tomorrow 02:00", "--for", "2h", "--title", "Ümlaut")
        text = run("window", "export", "shop").stdout
        assert "BEGIN:VEVENT" in text and "Ümlaut" in text
        file = tmp_path / "w.ics"
        file.write_bytes(text.replace("UID:", "UID:other-").encode())
        run("window", "import", "blog", str(file))
        (window,) = shared.unix.get("/windows?group=blog")["windows"]
        assert window["title"] == "Ümlaut"
        again = run_command(
            "window", "import", "blog", file, env={"UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"}
        )
        assert again.returncode in (0, 1)
        assert len(shared.unix.get("/windows?group=blog")["windows"]) == 1
        assert "nowhere.ics" in run("window", "import", "blog", str(tmp_path / "nowhere.ics"), code=1).stderr
        file.write_text("no calendar")
        run("window", "import", "blog", str(file), code=1)


class TestTokens:
    def test_create_use_list_revoke(self, shared: Stage, run: Run, tmp_path: Path) -> None:
        done = run("token", "create", "ci", "--scope", "operator", "--group", "shop", "--expires", "90d")
        secrets = SECRET.findall(done.stdout + done.stderr)
        assert len(set(secrets)) == 1, "shown once"
        host, port = shared.tcp.target  # type: ignore[misc]
        address = f"http://{host}:{port}"
        file = tmp_path / "token"
        file.write_text(secrets[0] + "\n")
        file.chmod(0o600)
        run("on", "shop", "--admin", address, "--token-file", str(file))
        assert "ci" in shared.unix.status("shop")["by"]
        run("off", "shop", env={"UNDERSTUDY_ADMIN": address, "UNDERSTUDY_TOKEN": secrets[0]})
        refused = run("on", "blog", env={"UNDERSTUDY_ADMIN": address, "UNDERSTUDY_TOKEN": secrets[0]}, code=1)
        assert re.search("operator|admin|scope", refused.stderr)
        listed = run("token", "list")
        assert "ci" in listed.stdout and secrets[0] not in listed.stdout
        tokens = json.loads(run("token", "list", "--json").stdout)
        description().validate("TokenList", tokens)
        (token,) = [t for t in tokens["tokens"] if t["label"] == "ci"]
        assert token["groups"] == ["shop"] and token["lastUsed"]
        run("token", "revoke", token["id"])
        run("token", "revoke", token["id"], code=1)
        run("status", env={"UNDERSTUDY_ADMIN": address, "UNDERSTUDY_TOKEN": secrets[0]}, code=1)

    def test_token_file_that_others_may_read(self, shared: Stage, run: Run, tmp_path: Path) -> None:
        host, port = shared.tcp.target  # type: ignore[misc]
        file = tmp_path / "token"
        file.write_text(shared.tcp.token or "")
        file.chmod(0o644)
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        done = run("status", "--admin", f"http://{host}:{port}", "--token-file", str(file), code=1)
        assert str(file) in done.stderr

    def test_never_an_argument(self, run: Run) -> None:
        done = run("status", "--token", "us_secret", code=2)
        assert done.stderr

    def test_none(self, shared: Stage, run: Run) -> None:
        host, port = shared.tcp.target  # type: ignore[misc]
        done = run("status", env={"UNDERSTUDY_ADMIN": f"http://{host}:{port}"}, code=1)
        assert "token" in done.stderr

    def test_all_groups(self, shared: Stage, run: Run) -> None:
        run("token", "create", "all", "--scope", "operator", "--group", "*")
        (token,) = [t for t in shared.unix.get("/tokens")["tokens"] if t["label"] == "all"]
        assert token["groups"] == ["*"]


class TestAudit:
    def test_who_did_what(self, run: Run) -> None:
        run("on", "blog", "--reason", "audited")
        run("off", "blog")
        lines = run("audit", "blog", "--limit", "2").stdout.splitlines()
        assert len(lines) == 3 and "WHO" in lines[0]
        assert "audited" in lines[2] and f"uid {os.geteuid()}" in lines[2]
        entries = json.loads(run("audit", "--json", "--limit", "2").stdout)
        description().validate("Audit", entries)
