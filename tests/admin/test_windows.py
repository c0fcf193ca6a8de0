"""Windows over the API: planned, read, moved, taken away; what can't be planned is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from admin.conftest import Stage

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.now(timezone.utc).replace(microsecond=0)


def local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def tomorrow(hour: int, zone: ZoneInfo | timezone = timezone.utc) -> datetime:
    return (datetime.now(zone) + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


PLAN = {
    "title": "Database upgrade",
    "groups": ["shop"],
    "zone": "Europe/Berlin",
    "start": local(tomorrow(2, BERLIN)),
    "end": local(tomorrow(4, BERLIN)),
    "texts": {"en": {"title": "Upgrade", "message": "Back at four."}},
    "reason": "ticket 7",
}


@pytest.fixture
def clean(shared: Stage) -> Stage:
    """Without the windows that other tests planned."""
    for window in shared.unix.get("/windows")["windows"]:
        shared.unix.ok("DELETE", f"/windows/{window['id']}")
    return shared


class TestPlan:
    def test_and_read(self, clean: Stage) -> None:
        answer = clean.unix.call("POST", "/windows", PLAN)
        assert answer.status == 201
        window = answer.json()
        for key, value in PLAN.items():
            assert window[key] == value, key
        assert (window["mode"], window["atEnd"], window["rule"], window["except"]) == (
            "maintenance",
            "reopen",
            "",
            [],
        )
        assert window["by"]
        expected = {"start": utc(tomorrow(2, BERLIN)), "end": utc(tomorrow(4, BERLIN)), "state": "next"}
        assert window["occurrence"] == expected
        assert (answer.header("Location") or "").endswith(f"/api/v1/windows/{window['id']}")
        for client in clean.clients:
            assert client.get(f"/windows/{window['id']}") == window
            assert client.get("/windows")["windows"] == [window]

    def test_announced(self, clean: Stage) -> None:
        window = clean.unix.ok("POST", "/windows", PLAN)
        status = clean.unix.status("shop")
        assert (status["mode"], status["lifecycle"]) == ("open", "announced")
        assert status["next"] == {
            "window": window["id"],
            "title": "Database upgrade",
            "mode": "maintenance",
            "start": window["occurrence"]["start"],
            "end": window["occurrence"]["end"],
        }
        assert clean.unix.status("blog")["lifecycle"] == "open"
        clean.unix.ok("DELETE", f"/windows/{window['id']}")
        status = clean.unix.status("shop")
        assert (status["lifecycle"], status["next"]) == ("open", None)

    def test_list_of_a_group(self, clean: Stage) -> None:
        both = clean.unix.ok("POST", "/windows", {**PLAN, "groups": ["shop", "blog"]})
        one = clean.unix.ok("POST", "/windows", {**PLAN, "groups": ["blog"]})
        ids = lambda query: {w["id"] for w in clean.unix.get(f"/windows{query}")["windows"]}  # noqa: E731
        assert ids("") == ids("?group=blog") == {both["id"], one["id"]}
        assert ids("?group=shop") == {both["id"]}
        assert clean.unix.refused(404, "unknown-group", "GET", "/windows?group=shpo")["suggestions"] == [
            "shop"
        ]

    def test_group_by_its_id(self, clean: Stage) -> None:
        group = clean.unix.get("/groups/blog")["id"]
        assert clean.unix.ok("POST", "/windows", {**PLAN, "groups": [group]})["groups"] == ["blog"]

    def test_least(self, clean: Stage) -> None:
        start, end = utc(tomorrow(10)), utc(tomorrow(11))
        window = clean.unix.ok("POST", "/windows", {"groups": ["shop"], "start": start, "end": end})
        assert (window["zone"], window["title"]) == ("UTC", "")
        assert (window["start"] + "Z", window["end"] + "Z") == (start, end), "an offset becomes local"

    def test_offset_becomes_local(self, clean: Stage) -> None:
        start, end = utc(tomorrow(2, BERLIN)), utc(tomorrow(4, BERLIN))
        window = clean.unix.ok("POST", "/windows", {**PLAN, "start": start, "end": end})
        assert (window["start"], window["end"]) == (PLAN["start"], PLAN["end"])

    def test_rule_across_daylight_saving(self, clean: Stage) -> None:
        """Two in the morning stays two in the morning: the summer's occurrence is an hour earlier in UTC."""
        year = NOW.year + 1
        window = clean.unix.ok(
            "POST",
            "/windows",
            {
                **PLAN,
                "start": f"{year}-02-28T23:00:00",
                "end": f"{year}-03-01T01:00:00",
                "rule": "FREQ=MONTHLY;BYMONTHDAY=28",
                "except": [f"{year}-02-28T23:00:00", f"{year}-03-28T23:00:00"],
            },
        )
        assert window["occurrence"]["start"] == f"{year}-04-28T21:00:00Z"
        assert window["occurrence"]["end"] == f"{year}-04-28T23:00:00Z"
        winter = clean.unix.ok("PATCH", f"/windows/{window['id']}", {"except": []})
        assert winter["occurrence"]["start"] == f"{year}-02-28T22:00:00Z"

    def test_under_way_at_once(self, stage) -> None:
        """A window that began before it was planned holds the group at once."""
        clean = stage()
        start, end = utc(NOW - timedelta(hours=1)), utc(NOW + timedelta(hours=1))
        window = clean.unix.ok(
            "POST", "/windows", {"groups": ["blog"], "mode": "read-only", "start": start, "end": end}
        )
        status = clean.unix.status("blog")
        assert (status["mode"], status["lifecycle"], status["since"], status["until"]) == (
            "read-only",
            "active",
            start,
            end,
        )
        assert [(h["kind"], h["id"]) for h in status["holders"]] == [("window", window["id"])]
        assert window["occurrence"]["state"] == "active"
        answer = clean.server.request("POST", host="api.blog.example", body=b"")
        assert answer.header("Understudy-Reason") == "read-only"
        clean.unix.ok("DELETE", f"/windows/{window['id']}")
        assert clean.unix.status("blog")["mode"] == "open"

    def test_planned_after_off(self, stage) -> None:
        """Who plans a window that has begun already means it; `off` ends that one, too."""
        own = stage()
        own.unix.switch("shop", "open")
        start, end = (utc(datetime.now(timezone.utc) + timedelta(hours=n)) for n in (-1, 1))
        window = own.unix.ok("POST", "/windows", {"groups": ["shop"], "start": start, "end": end})
        assert own.unix.status("shop")["mode"] == "maintenance"
        assert own.unix.switch("shop", "open")["mode"] == "open"
        own.unix.ok("PATCH", f"/windows/{window['id']}", {"title": "a name for it"})
        assert own.unix.status("shop")["mode"] == "open", "a title takes nothing down"

    def test_daily_rule_under_way(self, stage) -> None:
        """It began a week ago, and today's occurrence runs."""
        clean = stage()
        start = NOW - timedelta(days=7, hours=1)
        clean.unix.ok(
            "POST",
            "/windows",
            {
                "groups": ["blog"],
                "start": utc(start),
                "end": utc(start + timedelta(hours=2)),
                "rule": "FREQ=DAILY",
            },
        )
        status = clean.unix.status("blog")
        assert (status["mode"], status["since"]) == ("maintenance", utc(NOW - timedelta(hours=1)))
        opened = clean.unix.switch("blog", "open")
        assert (opened["mode"], opened["lifecycle"]) == (
            "open",
            "announced",
        ), "closed for today, not for tomorrow"
        assert opened["next"]["start"] == utc(NOW + timedelta(hours=23))


class TestRefused:
    @pytest.mark.parametrize(
        "change, field",
        [
            ({"groups": []}, "groups"),
            ({"groups": "shop"}, "groups"),
            ({"groups": [7]}, "groups"),
            ({"mode": "open"}, "mode"),
            ({"mode": "closed"}, "mode"),
            ({"mode": None}, "mode"),
            ({"zone": "Europe/Berlinn"}, "zone"),
            ({"zone": "../../etc/passwd"}, "zone"),
            ({"zone": 1}, "zone"),
            ({"start": "yesterday-ish"}, "start"),
            ({"start": "2027-02-30T00:00:00"}, "start"),
            ({"start": "2027-01-01T24:30:00"}, "start"),
            ({"start": 1795388400}, "start"),
            ({"end": local(tomorrow(1, BERLIN))}, "end"),
            ({"end": PLAN["start"]}, "end"),
            ({"start": "2020-01-01T00:00:00", "end": "2020-01-01T01:00:00"}, "end"),
            ({"start": "2027-03-28T02:30:00", "end": "2027-03-28T04:00:00"}, "start"),
            ({"start": "2027-03-28T01:00:00", "end": "2027-03-28T02:30:00"}, "end"),
            ({"start": "2027-10-31T02:30:00", "end": "2027-10-31T04:00:00"}, "start"),
            ({"rule": "FREQ=SOMETIMES"}, "rule"),
            ({"rule": "weekly"}, "rule"),
            ({"rule": "FREQ=DAILY;COUNT=0"}, "rule"),
            ({"rule": 7}, "rule"),
            ({"except": ["never"]}, "except"),
            ({"except": "2027-01-01T00:00:00"}, "except"),
            ({"atEnd": "explode"}, "atEnd"),
            ({"texts": {"en": "x"}}, "texts"),
            ({"texts": {"en": {"titel": "x"}}}, "texts"),
            ({"title": "x" * 501}, "title"),
            ({"reason": "x" * 1001}, "reason"),
            ({"id": "w-mine"}, "id"),
            ({"by": "me"}, "by"),
            ({"occurrence": None}, "occurrence"),
            ({"untill": "x"}, "untill"),
        ],
    )
    def test_wrong_fields(self, clean: Stage, change: dict, field: str) -> None:
        problem = clean.unix.refused(422, "invalid", "POST", "/windows", {**PLAN, **change})
        assert problem["field"].startswith(field)
        assert clean.unix.get("/windows")["windows"] == []

    def test_times_that_daylight_saving_skips_or_doubles_are_explained(self, clean: Stage) -> None:
        skipped = {**PLAN, "start": "2027-03-28T02:30:00", "end": "2027-03-28T04:00:00"}
        told = clean.unix.refused(422, "invalid", "POST", "/windows", skipped)
        assert "no such time" in told["detail"] and "2027-03-28T03:00:00+02:00" in told["detail"]
        doubled = {**PLAN, "start": "2027-10-31T02:30:00", "end": "2027-10-31T04:00:00"}
        told = clean.unix.refused(422, "invalid", "POST", "/windows", doubled)
        assert "twice" in told["detail"] and "2027-10-31T02:30:00+01:00" in told["detail"]
        meant = {**doubled, "start": "2027-10-31T02:30:00+02:00"}
        clean.unix.ok("POST", "/windows", {**meant, "end": "2027-10-31T04:00:00+01:00"})

    def test_unknown_group(self, clean: Stage) -> None:
        problem = clean.unix.call("POST", "/windows", {**PLAN, "groups": ["shop", "blgo"]})
        assert problem.status in (404, 422)
        assert "blog" in problem.json()["suggestions"]
        assert clean.unix.get("/windows")["windows"] == []

    @pytest.mark.parametrize("missing", ["groups", "start", "end"])
    def test_missing_fields(self, clean: Stage, missing: str) -> None:
        plan = {key: value for key, value in PLAN.items() if key != missing}
        assert clean.unix.refused(422, "invalid", "POST", "/windows", plan)["field"] == missing

    def test_rule_without_end_is_taken(self, clean: Stage) -> None:
        """And costs nothing: the next occurrence alone is looked for."""
        window = clean.unix.ok("POST", "/windows", {**PLAN, "rule": "FREQ=DAILY"})
        assert window["occurrence"]["state"] == "next"

    @pytest.mark.parametrize(
        "rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY", "FREQ=DAILY;UNTIL=20200101T000000Z"]
    )
    def test_rules_that_never_come_or_never_stop(self, clean: Stage, rule: str) -> None:
        """Refused, or planned with nothing to come; and the server goes on."""
        answer = clean.unix.call("POST", "/windows", {**PLAN, "rule": rule})
        assert answer.status in (201, 422)
        assert clean.unix.get("/status")["health"] == "ok"


class TestChange:
    def test_patch(self, clean: Stage) -> None:
        window = clean.unix.ok("POST", "/windows", PLAN)
        path = f"/windows/{window['id']}"
        later = local(tomorrow(5, BERLIN))
        changed = clean.unix.ok("PATCH", path, {"end": later, "reason": None, "mode": "read-only"})
        assert (changed["end"], changed["reason"], changed["mode"]) == (later, "", "read-only")
        assert changed["occurrence"]["end"] == utc(tomorrow(5, BERLIN))
        for key in ("id", "title", "groups", "start", "texts", "by", "created"):
            assert changed[key] == window[key], key
        assert clean.unix.get(path) == changed
        problem = clean.unix.refused(422, "invalid", "PATCH", path, {"end": local(tomorrow(1, BERLIN))})
        assert problem["field"] == "end"
        assert clean.unix.get(path) == changed

    def test_to_another_group(self, clean: Stage) -> None:
        window = clean.unix.ok("POST", "/windows", PLAN)
        clean.unix.ok("PATCH", f"/windows/{window['id']}", {"groups": ["blog"]})
        assert clean.unix.status("shop")["next"] is None
        assert clean.unix.status("blog")["next"]["window"] == window["id"]

    def test_if_match(self, clean: Stage) -> None:
        made = clean.unix.call("POST", "/windows", PLAN)
        path = f"/windows/{made.json()['id']}"
        tag = made.header("ETag") or ""
        assert tag == clean.unix.call("GET", path).header("ETag")
        moved = clean.unix.call("PATCH", path, {"title": "One"}, headers=[("If-Match", tag)])
        assert moved.status == 200
        clean.tcp.refused(412, "stale", "PATCH", path, {"title": "Two"}, headers=[("If-Match", tag)])
        clean.tcp.refused(412, "stale", "DELETE", path, headers=[("If-Match", tag)])
        assert clean.unix.get(path)["title"] == "One"
        clean.unix.ok("DELETE", path, headers=[("If-Match", moved.header("ETag") or "")])
        clean.unix.refused(404, "unknown-window", "GET", path)

    @pytest.mark.parametrize("method, body", [("GET", ...), ("PATCH", {"title": "x"}), ("DELETE", ...)])
    def test_unknown(self, clean: Stage, method: str, body: object) -> None:
        clean.unix.refused(404, "unknown-window", method, "/windows/w-00000000", body)


class TestCalendar:
    ICALENDAR = pytest.importorskip("icalendar")

    def feed(self, stage: Stage, group: str = "shop"):
        answer = stage.unix.call("GET", f"/groups/{group}/windows.ics")
        assert answer.status == 200
        assert b"\n" not in answer.body.replace(b"\r\n", b""), "lines end with CRLF (RFC 5545)"
        assert all(len(line) <= 75 for line in answer.body.split(b"\r\n")), "lines are folded (RFC 5545)"
        return self.ICALENDAR.Calendar.from_ical(answer.body.decode("utf-8"))

    def test_feed(self, clean: Stage) -> None:
        assert list(self.feed(clean).walk("VEVENT")) == []
        title = "Großer Umbau; Datenbank, Teil 1 \\ 2\nund noch eine Zeile" + " länger" * 20
        once = clean.unix.ok("POST", "/windows", {**PLAN, "title": title})
        rule = clean.unix.ok(
            "POST",
            "/windows",
            {**PLAN, "rule": "FREQ=WEEKLY", "except": [local(tomorrow(2, BERLIN) + timedelta(weeks=2))]},
        )
        clean.unix.ok("POST", "/windows", {**PLAN, "groups": ["blog"]})
        calendar = self.feed(clean)
        assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
        events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
        assert len(events) == 2
        (first,) = [event for uid, event in events.items() if once["id"] in uid]
        (second,) = [event for uid, event in events.items() if rule["id"] in uid]
        assert str(first["SUMMARY"]) == title
        assert first["DTSTART"].dt.astimezone(timezone.utc) == tomorrow(2, BERLIN)
        assert first["DTEND"].dt.astimezone(timezone.utc) == tomorrow(4, BERLIN)
        assert first["DTSTAMP"]
        assert second["RRULE"]["FREQ"] == ["WEEKLY"]
        assert "EXDATE" in second
        if first["DTSTART"].params.get("TZID"):
            zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
            assert first["DTSTART"].params["TZID"] in zones, "a zone that is named has to be there (RFC 5545)"

    def test_there_and_back(self, clean: Stage) -> None:
        """What a feed says of one group can be imported for another."""
        clean.unix.ok("POST", "/windows", {**PLAN, "rule": "FREQ=WEEKLY;BYDAY=SU,WE"})
        text = clean.unix.call("GET", "/groups/shop/windows.ics").body
        text = text.replace(b"UID:", b"UID:other-")
        done = clean.unix.ok(
            "POST", "/groups/blog/windows.ics", raw=text, headers=[("Content-Type", "text/calendar")]
        )
        assert done["leftOut"] == []
        (added,) = done["added"]
        (original,) = clean.unix.get("/windows?group=shop")["windows"]
        assert added["groups"] == ["blog"]
        for key in ("title", "start", "end", "zone", "rule", "occurrence"):
            assert added[key] == original[key], key

    def event(self, uid: str, start: datetime, hours: int, *more: str) -> str:
        lines = [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART:{start.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}",
            f"DTEND:{(start + timedelta(hours=hours)).astimezone(timezone.utc):%Y%m%dT%H%M%SZ}",
            *more,
            "END:VEVENT",
        ]
        return "\r\n".join(lines) + "\r\n"

    def calendar(self, *events: str) -> bytes:
        return (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n"
            + "".join(events)
            + "END:VCALENDAR\r\n"
        ).encode()

    def load(self, clean: Stage, data: bytes):
        return clean.unix.call(
            "POST",
            "/groups/shop/windows.ics",
            raw=data,
            headers=[("Content-Type", "text/calendar; charset=utf-8")],
        )

    def test_import(self, clean: Stage) -> None:
        data = self.calendar(
            self.event("a@x", tomorrow(2), 2, "SUMMARY:Ümlaut\\, and more"),
            self.event("b@x", tomorrow(12), 1, "RRULE:FREQ=WEEKLY;COUNT=4"),
            self.event("past@x", NOW - timedelta(days=30), 1),
        )
        answer = self.load(clean, data)
        assert answer.status == 200
        added, left = answer.json()["added"], answer.json()["leftOut"]
        assert [w["title"] for w in added][:1] == ["Ümlaut, and more"]
        assert [w["occurrence"]["start"] for w in added] == [utc(tomorrow(2)), utc(tomorrow(12))]
        assert len(left) == 1 and "past@x" in left[0]
        assert len(clean.unix.get("/windows?group=shop")["windows"]) == 2
        again = self.load(clean, data).json()
        assert again["added"] == [] and len(again["leftOut"]) == 3, "a second import adds nothing"

    @pytest.mark.parametrize(
        "data",
        [b"", b"nonsense", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"\xff\xfe\0\0", b"{}"],
    )
    def test_no_calendar(self, clean: Stage, data: bytes) -> None:
        assert self.load(clean, data).status in (400, 422)
        assert clean.unix.get("/windows")["windows"] == []

    def test_too_large(self, clean: Stage) -> None:
        data = self.calendar(
            *[self.event(f"{n}@x", tomorrow(2), 2, "DESCRIPTION:" + "x" * 60) for n in range(9000)]
        )
        assert len(data) > 1 << 20
        assert self.load(clean, data).status == 413
        assert clean.unix.get("/windows")["windows"] == []

    def test_wrong_type(self, clean: Stage) -> None:
        clean.unix.refused(415, "unsupported-media-type", "POST", "/groups/shop/windows.ics", {"x": 1})
