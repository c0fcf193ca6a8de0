"""Windows in force: announced, begun and ended in time, overdue, overlapping; as the public sees them."""

from __future__ import annotations

import statistics
from datetime import datetime, timedelta

from admin.configs import ORIGIN, SHOP, groups
from admin.planning import moment, plan, soon, written
from admin.public import Crowd, state, wait_for
from support.net import wait_until

TEXTS = {
    "en": {"title": "Moving house", "message": "Your basket is safe."},
    "fr": {"title": "Déménagement", "message": "Votre panier est en sécurité."},
}


class TestLifecycle:
    def test_from_announced_to_open(self, stage) -> None:
        """One window as a front end sees it, with CORS, from the announcement to the end."""
        own = stage()
        assert state(own.server)["lifecycle"] == "open"
        start = soon(2)
        window = plan(own, start, start + timedelta(seconds=2), title="Upgrade", texts=TEXTS)
        told = own.server.request(
            "GET", "/_understudy/status.json", [("Understudy-Group", "shop"), ("Origin", ORIGIN)]
        )
        assert told.header("Access-Control-Allow-Origin") == ORIGIN
        assert "origin" in told.headers.tokens("Vary")
        assert told.header("Cache-Control") == "no-store"
        announced = told.json()
        assert (announced["mode"], announced["lifecycle"]) == ("open", "announced")
        assert announced["next"]["start"] == window["occurrence"]["start"]
        assert announced["next"]["end"] == window["occurrence"]["end"]
        assert announced["next"]["mode"] == "maintenance"
        assert announced["next"]["title"]["fr"] == "Déménagement"
        active = wait_for(own.server, lifecycle="active")
        assert (active["mode"], active["since"], active["until"]) == (
            "maintenance",
            window["occurrence"]["start"],
            window["occurrence"]["end"],
        )
        assert active["title"]["fr"] == "Déménagement"
        assert own.server.request("GET").json()["title"] == "Moving house"
        after = wait_for(own.server, lifecycle="open")
        assert (after["mode"], after["next"]) == ("open", None)

    def test_foreign_origin_learns_nothing(self, stage) -> None:
        own = stage()
        told = own.server.request(
            "GET",
            "/_understudy/status.json",
            [("Understudy-Group", "shop"), ("Origin", "https://evil.example")],
        )
        assert "Access-Control-Allow-Origin" not in told.headers

    def test_overdue(self, stage) -> None:
        """A window that stays holds the group past its end, and says so everywhere, until `off`."""
        own = stage()
        start = soon(-3)
        window = plan(own, start, start + timedelta(seconds=4), atEnd="stay")
        assert own.unix.status("shop")["lifecycle"] == "active"
        overdue = wait_for(own.server, lifecycle="overdue")
        assert overdue["mode"] == "maintenance"
        status = own.unix.status("shop")
        assert [(h["id"], h["overdue"]) for h in status["holders"]] == [(window["id"], True)]
        assert own.unix.get(f"/windows/{window['id']}")["occurrence"]["state"] == "overdue"
        wait_until(
            lambda: own.server.metrics().value("understudy_overdue_groups") == 1, what="the metric to say so"
        )
        wait_until(
            lambda: any(
                "overdue" in str(e) for e in own.server.events() if e["level"] in ("warning", "error")
            ),
            what="the log to say so",
        )
        with Crowd(own.server) as crowd:
            assert crowd.reasons() == {"maintenance"}
            own.unix.switch("shop", "open")
            assert crowd.reasons() == {"failure"}
        assert state(own.server)["lifecycle"] == "open"
        wait_until(
            lambda: own.server.metrics().value("understudy_overdue_groups") == 0, what="the metric to fall"
        )

    def test_off_ends_a_running_window(self, stage) -> None:
        own = stage()
        plan(own, soon(-60), soon(60))
        assert state(own.server)["mode"] == "maintenance"
        assert own.unix.switch("shop", "open")["mode"] == "open"
        with Crowd(own.server) as crowd:
            assert crowd.reasons() == {"failure"}
        own.unix.ok("POST", "/reload")
        assert state(own.server)["mode"] == "open"


class TestWindows:
    def test_begin_and_end_in_time(self, stage) -> None:
        """By the server's own clock, which the log shows: within 100 ms, and never too early."""
        names = [f"g{n}" for n in range(4)]
        own = stage(groups(names))
        times: list[tuple[str, str, datetime]] = []
        first = soon(2)
        for index, name in enumerate(names):
            start, end = first + timedelta(seconds=index % 2), first + timedelta(seconds=2 + index % 3)
            plan(own, start, end, name)
            times += [(name, "maintenance", start), (name, "open", end)]
        late = []
        for name, mode, due in times:
            wait_until(
                lambda: any(
                    e["event"] == "mode_changed" and (e["group"], e["mode"]) == (name, mode)
                    for e in own.server.events()
                ),
                limit=30,
                what=f"{name} to be {mode}",
            )
            (event,) = [
                e for e in own.server.events("mode_changed") if (e["group"], e["mode"]) == (name, mode)
            ]
            late.append((moment(event["time"]) - due).total_seconds() * 1000)
        assert min(late) >= 0, late
        assert statistics.median(late) <= 100, late

    def test_overlap(self, stage) -> None:
        """The stricter one wins; status says which holds it; the end is the latest of that mode."""
        own = stage()
        now = soon(0)
        soft = plan(own, now - timedelta(hours=1), now + timedelta(hours=3), mode="read-only", title="soft")
        hard = plan(own, now - timedelta(hours=1), now + timedelta(hours=1), title="hard")
        longer = plan(own, now - timedelta(hours=1), now + timedelta(hours=2), title="longer")
        status = own.unix.status("shop")
        assert (status["mode"], status["until"]) == ("maintenance", longer["occurrence"]["end"])
        assert {(h["id"], h["mode"]) for h in status["holders"]} == {
            (soft["id"], "read-only"),
            (hard["id"], "maintenance"),
            (longer["id"], "maintenance"),
        }
        own.unix.ok("DELETE", f"/windows/{longer['id']}")
        assert own.unix.status("shop")["until"] == hard["occurrence"]["end"]
        own.unix.ok("DELETE", f"/windows/{hard['id']}")
        status = own.unix.status("shop")
        assert (status["mode"], status["until"]) == ("read-only", soft["occurrence"]["end"])
        own.unix.switch("shop", "maintenance")
        assert own.unix.status("shop")["until"] is None, "the switch has no end"

    def test_a_window_for_two_groups(self, stage) -> None:
        own = stage()
        start = soon(1)
        wanted = {
            "groups": ["shop", "blog"],
            "start": written(start),
            "end": written(start + timedelta(hours=1)),
        }
        own.unix.ok("POST", "/windows", wanted)
        for group in ("shop", "blog"):
            wait_for(own.server, group, mode="maintenance")
        own.unix.switch("shop", "open")
        assert (state(own.server, "shop")["mode"], state(own.server, "blog")["mode"]) == (
            "open",
            "maintenance",
        )

    def test_rule_comes_again(self, stage) -> None:
        """Every three seconds is no plan anybody has, but it is one."""
        own = stage()
        start = soon(0)
        fields = {"rule": "FREQ=SECONDLY;INTERVAL=3;COUNT=3"}
        answer = own.unix.call(
            "POST",
            "/windows",
            {
                "groups": ["shop"],
                "start": written(start),
                "end": written(start + timedelta(seconds=1)),
                **fields,
            },
        )
        if answer.status == 422:
            assert "rule" in answer.json()["field"]
            return
        for _ in range(2):
            own.server.wait_event("mode_changed", group="shop", mode="maintenance", limit=30)
            own.server.wait_event("mode_changed", group="shop", mode="open", limit=30)

    def test_changed_while_it_runs(self, stage) -> None:
        own = stage()
        window = plan(own, soon(-60), soon(3600))
        assert state(own.server)["mode"] == "maintenance"
        own.unix.ok("PATCH", f"/windows/{window['id']}", {"end": written(soon(1))})
        wait_for(own.server, mode="open")

    def test_many(self, stage) -> None:
        """Three hundred windows: all are kept, and the right one is next."""
        own = stage(SHOP)
        base = soon(7200)
        for index in range(300):
            start = base + timedelta(minutes=(index * 7) % 300)
            plan(own, start, start + timedelta(seconds=30))
        assert len(own.unix.get("/windows")["windows"]) == 300
        assert own.unix.status("shop")["next"]["start"] == written(base)
