"""Webhooks: signed, in order, tried again, and never in the way of the switch."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Iterator

import pytest

from admin.configs import TWO, store
from admin.conftest import Stage
from admin.public import Crowd
from admin.receiver import Receiver
from support.net import free_port, wait_until
from support.openapi import description

SECRET = "a secret of more than sixteen characters"
WINDOW = {"groups": ["shop"], "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}


def hook(url: str, name: str = "ops", more: str = "") -> str:
    return f'[webhooks.{name}]\nurl = "{url}/hook"\nsecret = "{SECRET}"\n{more}\n'


def pending(stage: Stage, name: str = "ops") -> dict:
    (found,) = [h for h in stage.unix.get("/status")["webhooks"] if h["name"] == name]
    return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class TestDelivery:
    def test_a_switch(self, stage, receiver: Receiver) -> None:
        own = stage(TWO + hook(receiver.url))
        before = int(time.time())
        status = own.unix.switch("shop", "maintenance", for_="1h", reason="ümlaut")
        (delivery,) = receiver.wait(1)
        assert delivery.path == "/hook"
        assert delivery.headers.get("Content-Type") == "application/json"
        assert delivery.headers.get("Understudy-Event") == "mode"
        assert before <= int(delivery.headers.get("Understudy-Timestamp") or 0) <= time.time()
        assert delivery.id
        assert delivery.is_signed_with(SECRET) and not delivery.is_signed_with(SECRET + "x")
        event = delivery.json()
        assert (event["event"], event["action"], event["target"], event["group"]) == (
            "mode",
            "mode.set",
            "shop",
            "shop",
        )
        assert "uid" in event["who"] and event["from"] == "unix socket"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["at"])
        assert (event["before"] or {}).get("mode", "open") == "open"
        assert (event["after"]["mode"], event["after"]["reason"]) == ("maintenance", "ümlaut")
        description().validate("Status", event["status"])
        # Whether proxies follow is told to whoever waits for it alone.
        told = {key: value for key, value in status.items() if key not in ("proxies", "proxyTimeout")}
        assert event["status"] == told
        wait_until(lambda: pending(own)["delivered"] == 1, what="it to be counted")
        assert (pending(own)["pending"], pending(own)["failed"]) == (0, 0)

    def test_order_is_kept(self, stage, receiver: Receiver) -> None:
        """Also while the receiver fails now and then."""
        receiver.answers = [204, 500, 204, 503, 204]
        own = stage(TWO + hook(receiver.url))
        for index in range(12):
            own.unix.switch(("shop", "blog")[index % 2], "maintenance", reason=str(index))
        got = receiver.wait(12)
        assert [delivery.json()["after"]["reason"] for delivery in got] == [str(n) for n in range(12)]
        assert len({delivery.id for delivery in got}) == 12
        refused = [delivery for delivery in receiver.deliveries if delivery.status >= 500]
        assert len(refused) == 2
        for delivery in refused:
            (again,) = [d for d in got if d.id == delivery.id]
            assert again.body == delivery.body and again.is_signed_with(SECRET), "the same once more"

    def test_which_events(self, stage, receiver: Receiver) -> None:
        everything = '["mode", "window", "token", "group"]'
        own = stage(
            TWO
            + hook(receiver.url, "usual")
            + hook(receiver.url + "/all", "all", f"events = {everything}")
            + hook(receiver.url + "/blog", "blog", 'groups = ["blog"]')
        )
        secret = own.unix.new_token("x", "viewer")["token"]
        own.unix.ok("POST", "/groups", {"name": "made"})
        window = own.unix.ok("POST", "/windows", WINDOW)
        own.unix.ok("DELETE", f"/windows/{window['id']}")
        own.unix.switch("blog", "maintenance")
        own.unix.switch("shop", "maintenance")

        def of(path: str) -> list[tuple[str, str]]:
            return [(d.json()["event"], d.json()["action"]) for d in receiver.accepted() if d.path == path]

        usual = [
            ("window", "window.add"),
            ("window", "window.remove"),
            ("mode", "mode.set"),
            ("mode", "mode.set"),
        ]
        wait_until(lambda: len(of("/hook")) >= 4, what="the usual ones")
        wait_until(lambda: len(of("/all/hook")) >= 6, what="all")
        wait_until(lambda: len(of("/blog/hook")) >= 1, what="the blog's")
        wait_until(
            lambda: all(h["pending"] == 0 for h in own.unix.get("/status")["webhooks"]), what="the rest"
        )
        assert [event for event, _ in of("/hook")] == [event for event, _ in usual]
        assert {"token", "group", "window", "mode"} == {event for event, _ in of("/all/hook")}
        assert [event for event, _ in of("/blog/hook")] == ["mode"]
        assert all(secret.encode() not in delivery.body for delivery in receiver.deliveries)

    def test_what_the_schedule_does(self, stage, receiver: Receiver) -> None:
        """A window's beginning and end, and an `on` that ends by itself, are changes as well."""
        own = stage(TWO + hook(receiver.url))
        own.unix.switch("blog", "maintenance", for_="1s")
        start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=2)
        times = [(start + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 1)]
        own.unix.ok("POST", "/windows", {"groups": ["shop"], "start": times[0], "end": times[1]})

        def modes(group: str) -> list[str]:
            events = [delivery.json() for delivery in receiver.accepted()]
            return [e["status"]["mode"] for e in events if e["event"] == "mode" and e["group"] == group]

        wait_until(lambda: modes("blog") == ["maintenance", "open"], 30, "blog to be told open")
        wait_until(lambda: modes("shop") == ["maintenance", "open"], 30, "shop's window to be told")

    def test_slack(self, stage, receiver: Receiver) -> None:
        own = stage(TWO + hook(receiver.url, more='format = "slack"'))
        own.unix.switch("shop", "maintenance", for_="1h", reason="<!channel> & *bold*")
        own.unix.switch("shop", "open")
        on, off = (delivery.json() for delivery in receiver.wait(2))
        assert set(on) == set(off) == {"text"}
        assert "shop" in on["text"] and "maintenance" in on["text"]
        assert "<!channel>" not in on["text"], "nobody's reason alarms a whole channel"
        assert "shop" in off["text"] and "open" in off["text"]

    def test_secret_from_a_file(self, stage, receiver: Receiver, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(SECRET + "\n")
        file.chmod(0o600)
        own = stage(TWO + hook(receiver.url).replace(f'secret = "{SECRET}"', f'secret_file = "{file}"'))
        own.unix.switch("shop", "maintenance")
        assert receiver.wait(1)[0].is_signed_with(SECRET)

    def test_the_store(self, stage, receiver: Receiver, tmp_path: Path) -> None:
        """That changes are refused, and that they are taken again, is told to those who want to know."""
        own = stage(TWO + store(tmp_path / "state.db") + hook(receiver.url, more='events = ["store"]'))
        other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            own.unix.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "maintenance"})
            trouble = receiver.wait(1)[0].json()
        finally:
            other.close()
        own.unix.switch("shop", "maintenance")
        well = receiver.wait(2)[1].json()
        assert trouble["event"] == well["event"] == "store"
        assert "locked" in str(trouble) and "locked" not in str(well["after"])


class TestTrouble:
    def test_certificate_is_verified(self, stage, app, certificate: tuple[Path, Path, Path]) -> None:
        """A certificate that nobody vouches for: not a byte of the event goes there."""
        other = app("tls", certificate=certificate[2])
        own = stage(TWO + hook(f"https://localhost:{other.port}"))
        own.unix.switch("shop", "maintenance")
        wait_until(lambda: "certificate" in (pending(own)["lastError"] or "").lower(), what="the refusal")
        assert pending(own)["delivered"] == 0
        assert not [line for line in other.process.err.all() if "POST" in line]

    def test_tried_again(self, stage, receiver: Receiver) -> None:
        receiver.answers = [500, 503]
        own = stage(TWO + hook(receiver.url))
        own.unix.switch("shop", "maintenance")
        receiver.wait(1)
        assert [delivery.status for delivery in receiver.deliveries] == [500, 503, 204]
        assert len({delivery.id for delivery in receiver.deliveries}) == 1
        assert len({delivery.body for delivery in receiver.deliveries}) == 1
        assert all(delivery.is_signed_with(SECRET) for delivery in receiver.deliveries)

    def test_given_up(self, stage, receiver: Receiver) -> None:
        """410 says: never again; the next event goes out all the same."""
        receiver.answers = [410]
        own = stage(TWO + hook(receiver.url))
        own.unix.switch("shop", "maintenance", reason="lost")
        wait_until(lambda: "410" in (pending(own)["lastError"] or ""), what="the reason to be told")
        own.unix.switch("shop", "maintenance", reason="next")
        assert receiver.wait(1)[0].json()["after"]["reason"] == "next"
        wait_until(lambda: pending(own)["failed"] == 1, what="it to be counted")

    def test_redirects_are_not_followed(self, stage, receiver: Receiver) -> None:
        with Receiver() as other:
            receiver.answers, receiver.location = [302, 307], other.url + "/stolen"
            own = stage(TWO + hook(receiver.url))
            own.unix.switch("shop", "maintenance")
            receiver.wait(1)
            assert other.deliveries == []
            assert len(receiver.deliveries) == 3

    def test_never_in_the_way(self, stage, receiver: Receiver) -> None:
        """A receiver that hangs, and one that is not there: the switch and the other hooks go on."""
        receiver.hold()
        with Receiver() as healthy:
            own = stage(
                TWO
                + hook(receiver.url, "slow", 'timeout = "1m"')
                + hook(f"http://127.0.0.1:{free_port()}", "gone")
                + hook(healthy.url, "healthy")
            )
            with Crowd(own.server, 8) as crowd:
                for index in range(10):
                    own.unix.switch("shop", "maintenance", reason=str(index))
                    assert crowd.reasons() == {"maintenance"}
                    own.unix.switch("shop", "open")
                    assert crowd.reasons() == {"failure"}
            healthy.wait(20)
            assert len(receiver.deliveries) == 1, "one at a time"
            assert pending(own, "slow")["pending"] >= 19
            wait_until(lambda: pending(own, "gone")["lastError"], what="the error to be told")
            receiver.release()
            assert len(receiver.wait(20)) == 20

    def test_shutdown_does_not_wait(self, stage, receiver: Receiver) -> None:
        receiver.hold()
        own = stage(TWO + hook(receiver.url, more='timeout = "1m"'))
        own.unix.switch("shop", "maintenance")
        wait_until(lambda: receiver.deliveries, what="the delivery to be under way")
        own.server.stop(limit=20)

    def test_timeout(self, stage, receiver: Receiver) -> None:
        receiver.hold()
        own = stage(TWO + hook(receiver.url, more='timeout = "200ms"'))
        own.unix.switch("shop", "maintenance")
        wait_until(lambda: len(receiver.deliveries) >= 2, 30, "another attempt")
        receiver.release()
        assert len({delivery.id for delivery in receiver.deliveries}) == 1

    def test_address_and_secret_stay_secret(self, stage, receiver: Receiver) -> None:
        receiver.answers = [500]
        own = stage(TWO + hook(receiver.url + "/T0/B0/token"))
        own.unix.switch("shop", "maintenance")
        receiver.wait(1)
        said = own.server.process.err.text() + own.server.process.out.text()
        said += json.dumps(own.unix.get("/status")) + json.dumps(own.unix.get("/audit"))
        assert SECRET not in said and "/T0/B0/token" not in said

    def test_reload_changes_hooks(self, stage, receiver: Receiver) -> None:
        own = stage(TWO)
        good = own.server.config_path.read_text()
        own.unix.switch("shop", "maintenance")
        own.server.reload(good + hook(receiver.url))
        own.unix.switch("shop", "open")
        assert receiver.wait(1)[0].json()["status"]["mode"] == "open"
        own.server.reload(good)
        own.unix.switch("shop", "maintenance")
        assert own.unix.get("/status")["webhooks"] == []
        assert len(receiver.deliveries) == 1
