"""Many at once, and things that hang together: what one change means for everything else."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest

from admin.configs import SHOP, TWO, groups
from admin.conftest import Stage
from admin.public import Crowd, load, state
from support.admin import PREFIX, Admin, check_response
from support.http import Connection, format_request

FUTURE = {"start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}


def in_seconds(seconds: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def all_at_once(*works) -> None:
    """Runs each in a thread of its own; the first failure is raised."""
    failures: list[BaseException] = []

    def run(work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001: handed on below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class TestManyAtOnce:
    def test_every_change_counts_once(self, stage) -> None:
        """Eight operators, each with things of its own, while the public asks: nothing is lost."""
        names = [f"g{n}" for n in range(8)]
        own = stage(groups(names))
        rounds = 6

        def work(index: int, name: str) -> None:
            client = own.clients[index % 2]
            for turn in range(rounds):
                client.switch(name, "maintenance", reason=f"{name} {turn}")
                window = client.ok(
                    "POST", "/windows", {"groups": [name], "title": f"{name} {turn}", **FUTURE}
                )
                if turn % 2:
                    client.ok("DELETE", f"/windows/{window['id']}")

        with load(own.server, lambda answer: answer.status in (503, 404), clients=2):
            all_at_once(*(lambda i=i, n=n: work(i, n) for i, n in enumerate(names)))
        for name in names:
            assert own.unix.status(name)["reason"] == f"{name} {rounds - 1}"
            titles = [w["title"] for w in own.unix.get(f"/windows?group={name}")["windows"]]
            assert sorted(titles) == [f"{name} {turn}" for turn in range(0, rounds, 2)]
        entries = own.unix.get("/audit?limit=1000")["entries"]
        actions = [entry["action"] for entry in entries]
        assert actions.count("mode.set") == 8 * rounds
        assert actions.count("window.add") == 8 * rounds
        assert actions.count("window.remove") == 8 * rounds // 2
        for name in names:
            reasons = [e["after"]["reason"] for e in reversed(entries) if e["target"] == name]
            assert reasons == [f"{name} {turn}" for turn in range(rounds)]

    def test_compare_and_set(self, stage) -> None:
        """A counter in the reason, raised by four with If-Match: no step is lost."""
        own = stage()
        own.unix.switch("shop", "maintenance", reason="0")
        steps = 6

        def count(client: Admin) -> None:
            for _ in range(steps):
                while True:
                    seen = client.call("GET", "/groups/shop/mode")
                    change = {"mode": "maintenance", "reason": str(int(seen.json()["reason"]) + 1)}
                    headers = [("If-Match", seen.header("ETag") or "")]
                    answer = client.call("PUT", "/groups/shop/mode", change, headers=headers)
                    if answer.status == 200:
                        break
                    assert answer.status == 412

        all_at_once(*(lambda c=c: count(c) for c in own.clients * 2))
        assert own.unix.status("shop")["reason"] == str(steps * 4)

    def test_slow_clients_hold_nobody_up(self, stage) -> None:
        own = stage()
        head, _ = format_request(
            "PUT", PREFIX + "/groups/shop/mode", [("Content-Length", "1000")], host=own.tcp.host
        )
        slow = [Connection(own.tcp.target) for _ in range(40)] + [
            Connection(own.unix.target) for _ in range(40)
        ]
        try:
            for index, connection in enumerate(slow):
                connection.send(head[: len(head) - (index % 2) * 5])
            for client in own.clients:
                assert client.switch("shop", "maintenance")["mode"] == "maintenance"
                assert client.switch("shop", "open")["mode"] == "open"
        finally:
            for connection in slow:
                connection.close()
        assert own.unix.status("shop")["mode"] == "open"

    def test_many_tokens(self, stage) -> None:
        own = stage()
        made = [own.unix.new_token(f"token {n}", "viewer")["token"] for n in range(150)]
        for secret in (made[0], made[75], made[149]):
            assert own.tcp.with_token(secret).get("/status")["health"] == "ok"
        assert len(own.unix.get("/tokens")["tokens"]) == 151


class TestHangTogether:
    def test_group_goes_and_its_windows_with_it(self, stage) -> None:
        own = stage()
        own.unix.ok("POST", "/groups", {"name": "made"})
        alone = own.unix.ok("POST", "/windows", {"groups": ["made"], **FUTURE})["id"]
        both = own.unix.ok("POST", "/windows", {"groups": ["made", "shop"], **FUTURE})["id"]
        own.unix.ok("DELETE", "/groups/made")
        (left,) = own.unix.get("/windows")["windows"]
        assert (left["id"], left["groups"]) == (both, ["shop"])
        own.unix.refused(404, "unknown-window", "GET", f"/windows/{alone}")
        own.unix.ok("POST", "/groups", {"name": "made"})
        assert own.unix.status("made")["next"] is None

    def test_stricter_for_one_of_two(self, stage) -> None:
        """A window for two groups, one of which is switched harder: each has its own state."""
        own = stage()
        wanted = {
            "groups": ["shop", "blog"],
            "mode": "read-only",
            "start": in_seconds(-60),
            "end": in_seconds(600),
        }
        own.unix.ok("POST", "/windows", wanted)
        own.unix.switch("blog", "maintenance", for_="2h")
        assert own.unix.status("shop")["mode"] == "read-only"
        assert own.unix.status("blog")["mode"] == "maintenance"
        own.unix.switch("blog", "open")
        assert (own.unix.status("blog")["mode"], own.unix.status("shop")["mode"]) == ("open", "read-only")

    def test_languages_that_nobody_wrote_for_the_occasion(self, stage) -> None:
        own = stage()
        own.unix.switch("shop", "maintenance", texts={"fr": {"title": "Fermé", "message": "Bientôt."}})
        for language, title in (("fr", "Fermé"), ("de", "Wartungsarbeiten"), ("en", "Down for maintenance")):
            answer = own.server.request("GET", headers=[("Accept-Language", language)])
            assert answer.json()["title"] == title, language
            assert answer.header("Content-Language") == language

    def test_texts_of_the_window(self, stage) -> None:
        """And after it those of the file again; the switch's own go first."""
        own = stage()
        texts = {"en": {"title": "Window", "message": "m"}}
        wanted = {"groups": ["shop"], "start": in_seconds(-60), "end": in_seconds(600), "texts": texts}
        window = own.unix.ok("POST", "/windows", wanted)
        with Crowd(own.server, 8) as crowd:
            assert {answer.json()["title"] for answer in crowd.ask()} == {"Window"}
            own.unix.ok("PATCH", f"/windows/{window['id']}", {"texts": {"en": {"title": "Changed"}}})
            assert {answer.json()["title"] for answer in crowd.ask()} == {"Changed"}
            own.unix.ok("DELETE", f"/windows/{window['id']}")
            own.unix.switch("shop", "maintenance")
            assert {answer.json()["title"] for answer in crowd.ask()} == {"Down for maintenance"}

    def test_reload_while_texts_are_in_force(self, stage) -> None:
        own = stage()
        own.unix.switch("shop", "maintenance", texts={"en": {"title": "Occasion", "message": "m"}})
        text = own.server.config_path.read_text().replace("Down for maintenance", "Newly written")
        own.server.reload(text)
        assert own.server.request("GET").json()["title"] == "Occasion"
        own.unix.switch("shop", "maintenance")
        assert own.server.request("GET").json()["title"] == "Newly written"

    def test_what_needs_a_restart_is_said(self, stage, tmp_path) -> None:
        own = stage(SHOP + f'[store]\npath = "{tmp_path}/one.db"\n')
        own.unix.switch("shop", "maintenance")
        own.server.reload(own.server.config_path.read_text().replace("one.db", "two.db"))
        assert any("store.path" in str(event) for event in own.server.events() if event["level"] == "warning")
        assert not (tmp_path / "two.db").exists()
        assert state(own.server)["mode"] == "maintenance"

    @pytest.mark.parametrize("authority", ["evil.example", "evil.example:80", "user@127.0.0.1"])
    def test_absolute_form(self, stage, authority: str) -> None:
        """The target's authority counts, not Host (RFC 9112 section 3.2.2): no way around the check."""
        own = stage()
        pairs, _ = own.tcp.head((), ..., None)
        head, _ = format_request("GET", f"http://{authority}{PREFIX}/status", pairs, host=own.tcp.host)
        with Connection(own.tcp.target) as connection:
            connection.send(head)
            answer = connection.read_response()
        assert answer.status in (400, 404, 421), answer
        check_response("GET", PREFIX + "/status", answer)

    def test_own_origin(self, stage) -> None:
        """A page that the listener itself would serve is no stranger."""
        own = stage()
        headers = [("Origin", f"http://{own.tcp.host}")]
        answer = own.tcp.call("PUT", "/groups/shop/mode", {"mode": "open"}, headers=headers)
        assert answer.status in (200, 403)

    def test_public_listener_has_no_api(self, stage) -> None:
        own = stage()
        for path in ("/api/v1/status", "/api/v1/groups/shop/mode", "/metrics"):
            for method in ("GET", "PUT"):
                answer = own.server.request(method, path, body=b"{}" if method == "PUT" else None)
                assert (answer.status, answer.header("Understudy-Reason")) == (503, "failure")

    def test_admin_listener_gives_no_answers(self, stage) -> None:
        own: Stage = stage(TWO)
        assert own.server.admin_request("GET", "/").status == 404
