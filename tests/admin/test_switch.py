"""The switch, end to end: what an operator says, and what the public is told by every worker."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from admin.configs import BLOG, SHOP, TWO, listeners, store
from admin.conftest import Stage, stage_of
from admin.planning import moment, plan, soon, written
from admin.public import Crowd, state, wait_for
from support.net import wait_until

TEXTS = {
    "en": {"title": "Moving house", "message": "Your basket is safe."},
    "fr": {"title": "Déménagement", "message": "Votre panier est en sécurité."},
}


class TestOnAndOff:
    def test_every_worker_answers_accordingly(self, stage) -> None:
        """The very next answer on each connection, again and again."""
        own = stage()
        with Crowd(own.server) as crowd:
            assert crowd.reasons() == {"failure"}
            for client in own.clients * 4:
                status = client.switch("shop", "maintenance")
                assert (status["mode"], status["lifecycle"]) == ("maintenance", "active")
                assert crowd.reasons() == {"maintenance"}
                assert crowd.reasons(host="api.blog.example") == {"failure"}
                status = client.switch("shop", "read-only")
                assert status["mode"] == "read-only"
                assert crowd.reasons("POST") == crowd.reasons("DELETE") == {"read-only"}
                assert crowd.reasons("GET") == crowd.reasons("HEAD") == {"failure"}
                assert client.switch("shop", "open")["lifecycle"] == "open"
                assert crowd.reasons() == crowd.reasons("POST") == {"failure"}

    def test_texts_of_the_occasion(self, stage) -> None:
        own = stage()
        status = own.unix.switch("shop", "maintenance", for_="30m", reason="release 42", texts=TEXTS)
        assert (status["reason"], status["texts"]) == ("release 42", TEXTS)
        with Crowd(own.server) as crowd:
            for answer in crowd.ask():
                body = answer.json()
                assert answer.status == 503
                assert body["title"] == "Moving house" and body["message"] == "Your basket is safe."
                assert body["errorTitle"]["fr"] == "Déménagement"
                assert (body["since"], body["until"]) == (status["since"], status["until"])
                assert "release 42" not in answer.text, "the reason is for operators"
                assert 1700 <= int(answer.header("Retry-After") or 0) <= 1980
        french = own.server.request("GET", headers=[("Accept-Language", "fr")])
        assert french.json()["message"] == "Votre panier est en sécurité."
        own.unix.switch("shop", "open")
        status = own.unix.switch("shop", "maintenance")
        assert status["texts"] == {} and status["reason"] == "" and status["until"] is None
        assert own.server.request("GET").json()["title"] == "Down for maintenance"

    def test_one_text_without_the_other(self, stage) -> None:
        """A message alone keeps the title that there was."""
        own = stage()
        own.unix.switch("shop", "maintenance", texts={"en": {"message": "Half an hour."}})
        body = own.server.request("GET").json()
        assert (body["title"], body["message"]) == ("Down for maintenance", "Half an hour.")

    def test_markup_stays_text(self, stage) -> None:
        own = stage()
        own.unix.switch(
            "shop", "maintenance", texts={"en": {"title": "<b>&\"'", "message": "<script>x</script>"}}
        )
        page = own.server.request("GET", headers=[("Accept", "text/html"), ("Accept-Language", "en")]).text
        assert "<script>x" not in page and "&lt;script&gt;" in page

    def test_ends_by_itself(self, stage) -> None:
        own = stage()
        with Crowd(own.server) as crowd:
            until = own.unix.switch("shop", "maintenance", for_="2s")["until"]
            assert crowd.reasons() == {"maintenance"}
            event = own.server.wait_event("mode_changed", group="shop", mode="open", limit=30)
            assert crowd.reasons() == {"failure"}
            assert moment(event["time"]) >= moment(until)
        assert own.unix.status("shop")["lifecycle"] == "open"
        until = written(soon(2))
        assert own.unix.switch("shop", "read-only", until=until)["until"] == until
        wait_for(own.server, mode="open", lifecycle="open", until=None)

    def test_longer_and_shorter(self, stage) -> None:
        """A second `on` replaces the first, its end, its texts and its reason."""
        own = stage()
        own.unix.switch("shop", "maintenance", for_="2s", reason="one", texts=TEXTS)
        status = own.unix.switch("shop", "maintenance", for_="1h", reason="two")
        assert (status["reason"], status["texts"]) == ("two", {})
        first_end = datetime.now(timezone.utc) + timedelta(seconds=2.5)
        wait_until(lambda: datetime.now(timezone.utc) > first_end, what="the first end to pass")
        assert own.unix.status("shop")["mode"] == "maintenance"
        own.unix.switch("shop", "maintenance", for_="1s")
        wait_for(own.server, mode="open")

    def test_off_twice(self, stage) -> None:
        own = stage()
        for _ in range(2):
            assert own.unix.switch("shop", "open")["mode"] == "open"

    def test_survives_a_reload_and_a_restart(self, understudy, short_path: Path, tmp_path: Path) -> None:
        config = TWO + store(tmp_path / "state.db") + listeners(short_path / "a.sock")
        own = stage_of(understudy(config))
        before = own.unix.switch("shop", "maintenance", for_="1h", reason="r", texts=TEXTS)
        own.unix.switch("blog", "read-only")
        own.unix.ok("POST", "/reload")
        assert own.unix.status("shop") == before
        own.server.kill()
        own = stage_of(understudy(config))
        assert own.unix.status("shop") == before
        with Crowd(own.server) as crowd:
            assert {answer.json()["title"] for answer in crowd.ask()} == {"Moving house"}
            assert crowd.reasons("POST", "api.blog.example") == {"read-only"}

    def test_end_passes_while_it_is_down(self, understudy, short_path: Path, tmp_path: Path) -> None:
        """In force at once: nobody has to wait for anything to be noticed."""
        config = TWO + store(tmp_path / "state.db") + listeners(short_path / "a.sock")
        own = stage_of(understudy(config))
        until = moment(own.unix.switch("shop", "maintenance", for_="2s")["until"])
        start = soon(1)
        window = plan(own, start, start + timedelta(hours=1), "blog")
        own.server.kill()
        later = max(until, start) + timedelta(seconds=0.1)
        wait_until(lambda: datetime.now(timezone.utc) > later, what="end and start to pass")
        own = stage_of(understudy(config))
        assert state(own.server, "shop")["mode"] == "open"
        assert state(own.server, "blog")["mode"] == "maintenance"
        assert own.unix.status("blog")["since"] == window["occurrence"]["start"]

    def test_two_operators_at_once(self, stage) -> None:
        """Of two that saw the same state one wins, and the other is told."""
        own = stage()
        for _ in range(10):
            tag = own.unix.call("GET", "/groups/shop/mode").header("ETag") or ""
            results: list[tuple[str, int]] = []

            def switch(client, reason: str) -> None:
                answer = client.call(
                    "PUT",
                    "/groups/shop/mode",
                    {"mode": "maintenance", "reason": reason},
                    headers=[("If-Match", tag)],
                )
                results.append((reason, answer.status))

            threads = [
                threading.Thread(target=switch, args=(client, f"operator {index}"))
                for index, client in enumerate(own.clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(status for _, status in results) == [200, 412]
            (winner,) = [reason for reason, status in results if status == 200]
            assert own.unix.status("shop")["reason"] == winner

    def test_revision_counts(self, stage) -> None:
        own = stage()
        first = own.unix.call("GET", "/groups/shop/mode")
        assert first.header("ETag") == '"0"', "never switched"
        done = own.unix.call(
            "PUT", "/groups/shop/mode", {"mode": "maintenance"}, headers=[("If-Match", '"0"')]
        )
        assert done.status == 200 and done.header("ETag") not in (None, '"0"')
        assert own.unix.call("GET", "/groups/shop/status").header("ETag") == done.header("ETag")
        own.unix.refused(
            412, "stale", "PUT", "/groups/shop/mode", {"mode": "open"}, headers=[("If-Match", '"0"')]
        )
        assert own.unix.status("shop")["mode"] == "maintenance"

    def test_ramp(self, stage) -> None:
        own = stage()
        own.unix.switch("shop", "maintenance")
        status = own.unix.switch("shop", "open", ramp="2s")
        assert (status["mode"], status["lifecycle"]) == ("open", "reopening")
        assert state(own.server)["lifecycle"] == "reopening"
        assert state(own.server)["reopeningUntil"] == status["reopeningUntil"]
        wait_for(own.server, lifecycle="open")

    def test_hard_limit(self, stage) -> None:
        """A forgotten `on` gets an end; a given one stays."""
        own = stage(TWO + '[switch]\nhard_limit = "1h"\n')
        status = own.unix.switch("shop", "maintenance")
        assert moment(status["until"]) - moment(status["since"]) == timedelta(hours=1)
        assert state(own.server)["until"] == status["until"]
        status = own.unix.switch("shop", "maintenance", for_="3h")
        assert moment(status["until"]) - moment(status["since"]) >= timedelta(hours=2, minutes=59)

    def test_hard_limit_ends_it(self, stage) -> None:
        """One minute is the least that can be set; what it ends is understudy's own doing."""
        own = stage(TWO + '[switch]\nhard_limit = "1m"\n')
        own.unix.switch("shop", "maintenance")
        own.unix.switch("blog", "maintenance", for_="1h")
        own.server.wait_event("mode_changed", group="shop", mode="open", limit=90)
        entry = own.unix.get("/audit?group=shop&limit=1")["entries"][0]
        assert entry["who"] == "understudy" and entry["before"]["mode"] == "maintenance"
        since, at = moment(own.unix.get("/audit?group=shop")["entries"][-1]["at"]), moment(entry["at"])
        assert timedelta(seconds=59) <= at - since <= timedelta(seconds=62)
        assert own.unix.status("blog")["mode"] == "maintenance"


class TestAudit:
    def test_every_change(self, stage) -> None:
        own = stage()
        own.unix.switch("shop", "maintenance", reason="one")
        own.unix.switch("shop", "open")
        window = plan(own, soon(3600), soon(7200))
        own.unix.ok("PATCH", f"/windows/{window['id']}", {"title": "x"})
        own.unix.ok("DELETE", f"/windows/{window['id']}")
        own.unix.ok("POST", "/groups", {"name": "api"})
        own.unix.ok("PATCH", "/groups/api", {"retry_jitter": 1})
        own.unix.ok("DELETE", "/groups/api")
        token = own.unix.new_token("audited", "viewer")
        own.unix.ok("DELETE", f"/tokens/{token['id']}")
        own.unix.refused(404, "unknown-group", "PUT", "/groups/none/mode", {"mode": "open"})
        entries = own.unix.get("/audit?limit=1000")["entries"]
        targets = [entry["target"] for entry in reversed(entries)]
        assert targets[1:] == ["shop"] * 2 + [window["id"]] * 3 + ["api"] * 3 + [token["id"]] * 2
        ids = [entry["id"] for entry in entries]
        assert ids == sorted(ids, reverse=True), "the newest first"
        assert all(entry["who"] and entry["from"] == "unix socket" for entry in entries)
        switched, opened = entries[-2], entries[-3]
        assert switched["action"] == opened["action"] == "mode.set"
        assert (switched["after"]["mode"], switched["after"]["reason"]) == ("maintenance", "one")
        assert (
            opened["before"]["mode"] == "maintenance"
            and (opened["after"] or {}).get("mode", "open") == "open"
        )
        assert token["token"] not in str(entries)
        removed = entries[0]
        assert removed["before"]["label"] == "audited" and removed["after"] is None

    def test_pages_and_filters(self, stage) -> None:
        own = stage()
        for index in range(15):
            own.unix.switch(("shop", "blog")[index % 2], "maintenance", reason=str(index))
        whole = own.unix.get("/audit?limit=1000")["entries"]
        for limit in (1, 4, 16, 100):
            seen, before = [], ""
            while True:
                page = own.unix.get(f"/audit?limit={limit}{before}")
                seen += page["entries"]
                assert len(page["entries"]) <= limit
                if page["next"] is None:
                    break
                before = f"&before={page['next']}"
            assert seen == whole
        ours = own.unix.get("/audit?group=shop&limit=1000")["entries"]
        assert [e["after"]["reason"] for e in reversed(ours)] == [str(n) for n in range(0, 15, 2)]
        assert (
            own.unix.get("/audit?target=blog&limit=3")["entries"]
            == [e for e in whole if e["target"] == "blog"][:3]
        )
        assert own.unix.get("/audit?group=shpo") == {"entries": [], "next": None}

    def test_what_the_schedule_does_is_logged(self, stage) -> None:
        """And not put down to somebody who is asleep."""
        own = stage()
        own.unix.switch("shop", "maintenance", for_="1s")
        begun = own.server.wait_event("mode_changed", group="shop", mode="maintenance")
        assert "uid" in begun["by"]
        ended = own.server.wait_event("mode_changed", group="shop", mode="open", limit=30)
        assert "uid" not in ended["by"] and "uid" not in ended["message"]


class TestFlagFile:
    @pytest.fixture
    def flag(self, tmp_path: Path) -> Path:
        return tmp_path / "flag"

    @pytest.fixture
    def own(self, stage, flag: Path) -> Stage:
        return stage(SHOP.replace("default = true", f'default = true\nflag_file = "{flag}"') + BLOG)

    def test_the_stricter_wins(self, own: Stage, flag: Path) -> None:
        flag.write_text("read-only")
        wait_for(own.server, mode="read-only")
        status = own.unix.switch("shop", "maintenance", for_="1h")
        assert status["mode"] == "maintenance" and status["until"] is not None
        assert {(h["kind"], h["mode"]) for h in status["holders"]} == {
            ("flag_file", "read-only"),
            ("switch", "maintenance"),
        }
        flag.write_text("on")
        wait_until(lambda: own.unix.status("shop")["until"] is None, what="the flag file, which has no end")
        flag.unlink()
        wait_until(lambda: own.unix.status("shop")["until"] == status["until"], what="the switch alone")
        assert own.unix.status("shop")["mode"] == "maintenance"

    def test_off_is_refused(self, own: Stage, flag: Path) -> None:
        flag.touch()
        wait_for(own.server, mode="maintenance")
        problem = own.unix.refused(409, "conflict", "PUT", "/groups/shop/mode", {"mode": "open"})
        assert str(flag) in problem["detail"]
        own.unix.switch("shop", "read-only", reason="stays")
        before = own.unix.get("/audit")
        own.unix.refused(409, "conflict", "PUT", "/groups/shop/mode", {"mode": "open"})
        assert own.unix.get("/audit") == before, "nothing was changed"
        flag.unlink()
        wait_for(own.server, mode="read-only")
        assert own.unix.status("shop")["reason"] == "stays"
        own.unix.switch("shop", "open")
        assert state(own.server)["mode"] == "open"
