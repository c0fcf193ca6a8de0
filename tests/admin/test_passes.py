"""Passes over the API: their life, who may make them, what is shown once, and what is never shown."""

from __future__ import annotations

import json
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from admin.configs import SHOP_ID, TWO, store
from admin.conftest import Stage
from support.admin import Admin
from support.understudy import Understudy, hash_of, run_command

TOKEN = r"up_[-_A-Za-z0-9]{92}"
UNKNOWN = "p-0000000000000000"


def new_pass(admin: Admin, group: str = "shop", expires: str = "2h", **fields) -> dict:
    return admin.ok("POST", "/passes", {"group": group, "expires": expires, **fields})


def gate(server: Understudy, token: str | None = None, group: str = "shop") -> tuple[int, str]:
    """What a proxy is told about a request with that pass."""
    headers = [("X-Original-URI", "/orders"), ("X-Original-Method", "POST")]
    if token:
        headers.append(("Understudy-Pass", token))
    answer = server.request("GET", f"/_understudy/gate?group={group}", headers)
    return answer.status, answer.header("Understudy-Why")


class TestLife:
    def test_from_the_first_to_the_last(self, stage) -> None:
        shared = stage()
        shared.unix.switch("shop", "maintenance")
        assert gate(shared.server) == (403, "maintenance")
        made = new_pass(shared.unix, label="QA")
        assert re.fullmatch(TOKEN, made["token"])
        assert made["link"] == f"https://api.shop.example/_understudy/pass?token={made['token']}"
        assert made["cookie"] == f"understudy_pass={made['token']}"
        assert made["header"] == f"Understudy-Pass: {made['token']}"
        assert made["group"] == "shop" and made["label"] == "QA" and made["uses"] == 0
        assert gate(shared.server, made["token"]) == (204, "pass")
        listed = shared.unix.get("/passes")["passes"]
        assert [p["id"] for p in listed] == [made["id"]]
        assert shared.unix.get(f"/passes/{made['id']}") == listed[0]
        assert made["token"] not in shared.unix.call("GET", "/passes").text
        shared.unix.ok("DELETE", f"/passes/{made['id']}")
        assert gate(shared.server, made["token"]) == (403, "maintenance")
        assert shared.unix.get("/passes")["passes"] == []
        shared.unix.refused(404, "unknown-pass", "DELETE", f"/passes/{made['id']}")

    def test_is_of_one_group(self, shared: Stage) -> None:
        shared.unix.switch("blog", "maintenance")
        made = new_pass(shared.unix)
        assert gate(shared.server, made["token"], "blog") == (403, "maintenance")
        blog = new_pass(shared.unix, "blog")
        assert gate(shared.server, blog["token"], "blog") == (204, "pass")
        assert [p["id"] for p in shared.unix.get("/passes?group=blog")["passes"]] == [blog["id"]]
        shared.unix.refused(404, "unknown-group", "GET", "/passes?group=blag")
        shared.unix.switch("blog", "open")

    def test_lasts_as_long_as_asked(self, shared: Stage) -> None:
        made = new_pass(shared.unix, expires="90m")
        asked = timedelta(minutes=90)
        read = lambda name: datetime.strptime(made[name], "%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
        assert abs(read("expires") - read("created") - asked) <= timedelta(seconds=1)
        tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert new_pass(shared.unix, SHOP_ID, tomorrow)["expires"] == tomorrow

    def test_outlives_a_restart_and_uses_are_written_at_the_end(self, stage, tmp_path: Path) -> None:
        config = TWO + store(tmp_path / "state.db")
        first = stage(config)
        first.unix.switch("shop", "maintenance")
        made = new_pass(first.unix)
        for _ in range(3):
            assert gate(first.server, made["token"])[0] == 204
        first.server.stop()
        for file in tmp_path.glob("state.db*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, "it holds the keys"
        second = stage(config)
        assert gate(second.server, made["token"]) == (204, "pass")
        known = second.unix.get(f"/passes/{made['id']}")
        assert known["uses"] == 3 and known["lastUsed"]

    def test_goes_with_its_group(self, stage) -> None:
        shared = stage()
        shared.unix.ok("POST", "/groups", {"name": "late"})
        made = new_pass(shared.unix, "late")
        assert made["link"].startswith("/_understudy/pass?token="), "no host is known"
        shared.unix.ok("DELETE", "/groups/late")
        assert shared.unix.get("/passes")["passes"] == []

    def test_keys_are_rotated(self, shared: Stage) -> None:
        shared.unix.switch("shop", "maintenance")
        before = new_pass(shared.unix)
        first = shared.unix.ok("POST", "/passes/rotate")["key"]
        assert shared.unix.ok("POST", "/passes/rotate")["key"] != first
        after = new_pass(shared.unix)
        for made in (before, after):
            assert gate(shared.server, made["token"]) == (204, "pass")
        shared.unix.switch("shop", "open")


class TestRefusals:
    @pytest.mark.parametrize(
        "change, field",
        [
            ({"group": None}, "group"),
            ({"group": "shob"}, "group"),
            ({"expires": None}, "expires"),
            ({"expires": "soon"}, "expires"),
            ({"expires": "30s"}, "expires"),
            ({"expires": "401d"}, "expires"),
            ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
            ({"label": "x" * 101}, "label"),
            ({"base": "api.shop.example"}, "base"),
            ({"base": "https://api.shop.example/"}, "base"),
            ({"base": "javascript:alert(1)"}, "base"),
            ({"uses": 0}, "uses"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_names_the_field(self, shared: Stage, change: dict, field: str) -> None:
        body = {"group": "shop", "expires": "2h", **change}
        body = {key: value for key, value in body.items() if value is not None}
        problem = shared.unix.refused(422, "invalid", "POST", "/passes", body)
        told = [e["field"] for e in problem.get("errors", [])] or [problem.get("field")]
        assert field in told, problem

    def test_a_base_is_taken(self, shared: Stage) -> None:
        made = new_pass(shared.unix, base="http://localhost:8503")
        assert made["link"] == f"http://localhost:8503/_understudy/pass?token={made['token']}"

    def test_a_stale_revision(self, shared: Stage) -> None:
        made = new_pass(shared.unix)
        tag = shared.unix.call("GET", f"/passes/{made['id']}").header("ETag")
        path = f"/passes/{made['id']}"
        shared.unix.refused(412, "stale", "DELETE", path, headers=[("If-Match", '"1"')])
        assert shared.unix.call("DELETE", path, headers=[("If-Match", tag)]).status == 204

    def test_other_methods(self, shared: Stage) -> None:
        assert shared.unix.call("PUT", "/passes").status == 405
        told = shared.unix.call("GET", "/passes/rotate")
        assert (told.status, told.header("Allow")) == (405, "POST, OPTIONS")
        shared.unix.refused(404, "unknown-pass", "GET", f"/passes/{UNKNOWN}")


class TestScopes:
    def test_who_may(self, shared: Stage) -> None:
        viewer = shared.tcp.with_token(shared.unix.new_token("v", "viewer")["token"])
        operator = shared.tcp.with_token(shared.unix.new_token("o", "operator", ["blog"])["token"])
        body = {"group": "shop", "expires": "2h"}
        made = new_pass(shared.unix)
        for client in (viewer, operator):
            client.refused(403, "forbidden", "POST", "/passes", body)
            client.refused(403, "forbidden", "DELETE", f"/passes/{made['id']}")
            client.refused(403, "forbidden", "POST", "/passes/rotate")
            assert made["id"] in [p["id"] for p in client.get("/passes")["passes"]]
            assert client.get(f"/passes/{made['id']}")["id"] == made["id"]
        own = new_pass(operator, "blog")
        operator.ok("DELETE", f"/passes/{own['id']}")
        shared.tcp.with_token(None).refused(401, "unauthorized", "GET", "/passes")

    def test_the_audit_trail_holds_no_secret(self, stage, tmp_path: Path) -> None:
        shared = stage(TWO + store(tmp_path / "state.db"))
        made = new_pass(shared.unix, label="for the audit")
        shared.unix.ok("POST", "/passes/rotate")
        shared.unix.ok("DELETE", f"/passes/{made['id']}")
        trail = shared.unix.call("GET", "/audit?limit=100")
        actions = [entry["action"] for entry in trail.json()["entries"]]
        assert {"pass.create", "pass.revoke", "pass.key"} <= set(actions)
        assert made["token"] not in trail.text and "secret" not in trail.text
        past = shared.unix.get("/audit?group=shop")["entries"]
        assert {"pass.create", "pass.revoke"} <= {entry["action"] for entry in past}
        for file in tmp_path.glob("state.db*"):
            assert made["token"].encode() not in file.read_bytes()


class TestCommands:
    def test_prints_link_cookie_header_and_until_when(self, run, shared: Stage) -> None:
        done = run("pass", "shop", "--for", "2h", "--label", "QA")
        lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
        assert [line[0] for line in lines] == ["link", "cookie", "header", "good"]
        token = re.search(TOKEN, done.stdout).group()
        assert lines[0][1] == f"https://api.shop.example/_understudy/pass?token={token}"
        assert lines[1][1] == f"understudy_pass={token}"
        assert lines[2][1] == f"Understudy-Pass: {token}"
        assert re.match(r"until .+ CE?S?T \(.*UTC\)", lines[3][1]), lines[3]
        ids = [p["id"] for p in shared.unix.get("/passes?group=shop")["passes"]]
        listed = run("pass", "list", "shop").stdout
        assert all(i in listed for i in ids) and token not in listed
        revoked = run("pass", "revoke", *ids).stdout
        assert revoked.splitlines() == [f"pass {i} is revoked" for i in ids]
        assert run("pass", "list", "shop").stdout == "there are no passes\n"
        assert run("pass", "revoke", UNKNOWN, code=1).stdout == ""

    def test_as_json_until_a_time_and_with_a_base(self, run) -> None:
        asked = ("--until", "tomorrow 02:00", "--base", "http://localhost:1", "--json")
        made = json.loads(run("pass", "add", "shop", *asked).stdout)
        assert urlsplit(made["link"]).netloc == "localhost:1"
        assert json.loads(run("pass", "rotate", "--json").stdout)["key"]
        assert any(p["id"] == made["id"] for p in json.loads(run("pass", "list", "--json").stdout)["passes"])

    @pytest.mark.parametrize(
        "words", [["shop"], ["shop", "--for", "soon"], ["shop", "--until", "yesterday"], [], ["add"]]
    )
    def test_wrong_use(self, run, words: list[str]) -> None:
        assert run("pass", *words, code=2).stderr.startswith("understudy: ")

    def test_a_group_that_is_called_like_a_command(self, run, shared: Stage) -> None:
        shared.unix.ok("POST", "/groups", {"name": "list"})
        assert "up_" in run("pass", "add", "list", "--for", "1h").stdout
        assert run("pass", "shob", "--for", "1h", code=1).stderr.count("shop") == 1, "what was meant"
        shared.unix.ok("DELETE", "/groups/list")

    def test_a_password_becomes_a_hash(self) -> None:
        first, second = hash_of("correct horse"), hash_of("correct horse")
        assert re.fullmatch(r"\$y\$\S+", first) and first != second, "salted"
        refused = run_command("pass", "password")
        assert refused.returncode == 1 and "empty" in refused.stderr


def test_the_link_is_good_where_it_leads(shared: Stage) -> None:
    made = new_pass(shared.unix)
    link = urlsplit(made["link"])
    answer = shared.server.request("GET", f"{link.path}?{link.query}", host=link.netloc)
    assert answer.status == 200 and made["token"] in answer.header("Set-Cookie")
