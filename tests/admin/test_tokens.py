"""Tokens: their life, their limits, wrong ones; and where secrets must never be."""

from __future__ import annotations

import hashlib
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from admin.configs import TWO, listeners, store
from admin.conftest import Stage, stage_of
from support.admin import Admin
from support.net import wait_until
from support.understudy import Understudy
from wire.prometheus import parse

MAINTENANCE = {"mode": "maintenance"}


def in_seconds(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused_tokens(server: Understudy) -> float:
    families = parse(server.admin_request("GET", "/metrics").text)
    return sum(
        value
        for name, family in families.items()
        if re.search("token|auth", name) and family.type == "counter"
        for value in family.samples.values()
    )


class TestTokens:
    def test_life(self, stage) -> None:
        shared = stage()
        made = shared.unix.call("POST", "/tokens", {"label": "ci", "scope": "viewer", "expires": "90d"})
        assert made.status == 201
        token = made.json()
        assert token["token"].startswith("us_") and len(token["token"]) >= 30
        days = datetime.strptime(token["expires"], "%Y-%m-%dT%H:%M:%SZ") - datetime.strptime(
            token["created"], "%Y-%m-%dT%H:%M:%SZ"
        )
        assert days == timedelta(days=90)
        assert token["lastUsed"] is None and token["by"]
        find = lambda: [
            t for t in shared.unix.get("/tokens")["tokens"] if t["id"] == token["id"]
        ]  # noqa: E731
        assert "token" not in find()[0]
        client = shared.tcp.with_token(token["token"])
        assert client.get("/status")["health"] == "ok"
        wait_until(lambda: find()[0]["lastUsed"], what="the last use to be shown")
        shared.unix.ok("DELETE", f"/tokens/{token['id']}")
        assert find() == []
        client.refused(401, "unauthorized", "GET", "/status")
        shared.unix.refused(404, "unknown-token", "DELETE", f"/tokens/{token['id']}")

    def test_expiry_passes(self, stage) -> None:
        shared = stage()
        token = shared.unix.new_token("short", "viewer", expires=in_seconds(2))
        client = shared.tcp.with_token(token["token"])
        assert client.call("GET", "/status").status == 200
        wait_until(
            lambda: client.call("GET", "/status").status == 401, what="the token to expire", interval=0.4
        )

    def test_two_are_never_alike(self, shared: Stage) -> None:
        made = [shared.unix.new_token("same", "viewer") for _ in range(20)]
        assert len({t["token"] for t in made}) == len({t["id"] for t in made}) == 20
        for token in made:
            shared.unix.ok("DELETE", f"/tokens/{token['id']}")

    @pytest.mark.parametrize(
        "change, field",
        [
            ({"label": ""}, "label"),
            ({"label": "x" * 101}, "label"),
            ({"label": 7}, "label"),
            ({"scope": "root"}, "scope"),
            ({"scope": None}, "scope"),
            ({"scope": "operator"}, "groups"),
            ({"scope": "operator", "groups": []}, "groups"),
            ({"scope": "operator", "groups": "shop"}, "groups"),
            ({"expires": "tomorrow-ish"}, "expires"),
            ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
            ({"expires": 90}, "expires"),
            ({"expires": "0s"}, "expires"),
            ({"token": "us_mine"}, "token"),
            ({"id": "t-mine"}, "id"),
        ],
    )
    def test_wrong_fields(self, shared: Stage, change: dict, field: str) -> None:
        before = len(shared.unix.get("/tokens")["tokens"])
        problem = shared.unix.refused(
            422, "invalid", "POST", "/tokens", {"label": "x", "scope": "viewer", **change}
        )
        assert problem["field"].startswith(field)
        assert len(shared.unix.get("/tokens")["tokens"]) == before

    def test_of_an_unknown_group(self, shared: Stage) -> None:
        answer = shared.unix.call("POST", "/tokens", {"label": "x", "scope": "operator", "groups": ["shpo"]})
        assert answer.status in (404, 422)
        assert "shop" in answer.json()["suggestions"]

    def test_survive_a_restart_as_hashes(self, understudy, short_path: Path, tmp_path: Path) -> None:
        """What is on disk is of no use to a thief; nor is what the server says."""
        config = TWO + store(tmp_path / "kept" / "state.db") + listeners(short_path / "a.sock")
        (tmp_path / "kept").mkdir()
        own = stage_of(understudy(config))
        secret = own.unix.new_token("kept", "viewer")["token"]
        for _ in range(3):
            own.tcp.with_token(secret).get("/status")
        wrong = "us_" + "W" * (len(secret) - 3)
        assert own.tcp.with_token(wrong).call("GET", "/status").status == 401
        feed = own.tcp.with_token(None).call("GET", f"/groups/shop/windows.ics?token={secret}")
        assert feed.status == 200
        own.server.stop()
        own_words = own.server.process.err.text() + own.server.process.out.text()
        assert secret not in own_words and wrong not in own_words
        kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").iterdir())
        raw = secret.removeprefix("us_").encode()
        assert b"kept" in kept, "the label is there, so this is the right place to look"
        for trace in (secret.encode(), raw, raw[:16], raw[-16:], raw.hex().encode()):
            assert trace not in kept
        again = Understudy(config, tmp_path, name="again")
        with again:
            client = Admin(again.admins[1], secret)
            assert client.get("/status")["health"] == "ok"
            (token,) = [t for t in Admin(again.admins[0]).get("/tokens")["tokens"] if t["label"] == "kept"]
            assert token["lastUsed"], "the last use is kept, too"

    def test_not_in_the_process_list(self, shared: Stage) -> None:
        """Of the server; and the command line has no option that takes one (see test_cli)."""
        token = (shared.tcp.token or "").encode()
        assert token
        proc = Path(f"/proc/{shared.server.process.pid}")
        for name in ("cmdline", "environ", "comm"):
            assert token not in (proc / name).read_bytes()

    def test_database_is_for_its_owner_alone(self, understudy, short_path: Path, tmp_path: Path) -> None:
        understudy(TWO + store(tmp_path / "state.db") + listeners(short_path / "a.sock"))
        for path in tmp_path.glob("state.db*"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0, f"{path.name} is everybody's to read"


class TestWrongTokens:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer us_nothing",
            "Basic dXM6eA==",
            "us_nothing",
            "Bearer us_a us_b",
        ],
    )
    def test_unauthorized(self, stage, value: str | None) -> None:
        own = stage()
        headers = [] if value is None else [("Authorization", value)]
        client = own.tcp.with_token(None)
        answer = client.call("GET", "/status", headers=headers)
        assert answer.status == 401
        assert (answer.header("WWW-Authenticate") or "").startswith("Bearer")
        own.tcp.with_token(None).refused(401, "unauthorized", "PUT", "/groups/shop/mode", MAINTENANCE)
        assert own.unix.status("shop")["mode"] == "open"

    def test_scheme_in_any_case(self, shared: Stage) -> None:
        for scheme in ("bearer", "BEARER"):
            headers = [("Authorization", f"{scheme} {shared.tcp.token}")]
            assert shared.tcp.with_token(None).call("GET", "/status", headers=headers).status == 200

    def test_two_authorizations(self, shared: Stage) -> None:
        headers = [("Authorization", f"Bearer {shared.tcp.token}"), ("Authorization", "Bearer us_x")]
        assert shared.tcp.with_token(None).call("GET", "/status", headers=headers).status in (400, 401)

    def test_paths_say_nothing_without_a_token(self, shared: Stage) -> None:
        """Whether a group is there is nobody's business."""
        client = shared.tcp.with_token(None)
        for path in ("/groups/shop", "/groups/nothing", "/windows/w-00000000", "/openapi.json"):
            assert client.call("GET", path).status == 401

    def test_slowed_down_and_counted(self, stage) -> None:
        own = stage()
        before = refused_tokens(own.server)
        wrong = own.tcp.with_token("us_wrong")
        statuses = [wrong.call("GET", "/status").status for _ in range(7)]
        assert statuses[:5] == [401] * 5 and statuses[-1] == 429
        slowed = own.tcp.call("GET", "/status")
        assert slowed.status == 429, "the right token has to wait as well: nothing is to be learnt meanwhile"
        assert int(slowed.header("Retry-After") or 0) >= 1
        assert refused_tokens(own.server) >= before + 5
        assert own.unix.get("/status")["health"] == "ok", "the socket is not concerned"
        assert own.server.admin_request("GET", "/metrics").status == 200
        wait_until(
            lambda: own.tcp.call("GET", "/status").status == 200, what="the wait to be over", interval=0.3
        )

    def test_the_wait_doubles(self, stage) -> None:
        own = stage()
        wrong = own.tcp.with_token("us_wrong")
        waits: list[int] = []

        def wait_after_the_next_wrong_one() -> int:
            wait_until(
                lambda: wrong.call("GET", "/status").status == 401, what="another attempt", interval=0.05
            )
            return int(wrong.call("GET", "/status").header("Retry-After") or 0)

        for _ in range(4):
            wrong.call("GET", "/status")
        for _ in range(3):
            waits.append(wait_after_the_next_wrong_one())
        assert waits == sorted(waits) and waits[0] >= 1 and waits[-1] >= 3, waits

    def test_hash_of_a_token_is_no_token(self, stage) -> None:
        """Whoever reads the hashes can't use them."""
        own = stage()
        digest = hashlib.sha256((own.tcp.token or "").encode()).hexdigest()
        for value in (digest, "us_" + digest):
            assert own.tcp.with_token(value).call("GET", "/status").status == 401
        assert own.tcp.call("GET", "/status").status == 200

    def test_calendar_programs_send_it_in_the_address(self, stage) -> None:
        shared = stage()
        client = shared.tcp.with_token(None)
        secret = shared.unix.new_token("calendar", "viewer")["token"]
        assert client.call("GET", f"/groups/shop/windows.ics?token={secret}").status == 200
        assert client.call("GET", "/groups/shop/windows.ics?token=us_wrong").status == 401
        for path in ("/status", "/groups/shop", "/windows"):
            assert client.call("GET", f"{path}?token={secret}").status == 401
        calendar = [("Content-Type", "text/calendar")]
        answer = client.call("POST", f"/groups/shop/windows.ics?token={secret}", raw=b"x", headers=calendar)
        assert answer.status == 401
