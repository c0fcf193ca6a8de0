"""Groups over the API: made, read, changed, taken away; those of the file stay the file's."""

from __future__ import annotations

import pytest

from admin.configs import BLOG_ID, SHOP, SHOP_ID, TWO
from admin.conftest import Stage
from support.admin import Admin, name_in_path

DOCS = {
    "name": "docs",
    "hosts": ["docs.example", "help.example"],
    "languages": ["de", "en"],
    "retry_after": "5m",
    "retry_jitter": 0,
    "cors": {"origins": ["https://docs.example"], "credentials": True, "max_age": "0s"},
    "texts": {
        "maintenance": {"en": {"title": "Closed", "message": "Back soon."}},
        "failure": {"de": {"title": "Kaputt", "message": "Wir kümmern uns."}},
    },
}


@pytest.fixture
def clean(shared: Stage) -> Stage:
    """Without the groups that other tests made."""
    for group in shared.unix.get("/groups?limit=1000")["groups"]:
        if group["source"] == "api":
            shared.unix.ok("DELETE", f"/groups/{group['name']}")
    return shared


class TestRead:
    def test_list(self, clean: Stage) -> None:
        for client in clean.clients:
            found = client.get("/groups")
            assert [g["name"] for g in found["groups"]] == ["blog", "shop"]
            assert found["next"] is None

    def test_one_of_the_file(self, clean: Stage) -> None:
        group = clean.unix.get("/groups/shop")
        assert (group["name"], group["id"], group["source"]) == ("shop", SHOP_ID, "file")
        assert group["default"] is True
        assert group["hosts"] == ["api.shop.example"]
        assert group["cors"]["origins"] == ["https://shop.example"]
        assert group["texts"]["maintenance"]["de"]["title"] == "Wartungsarbeiten"

    def test_by_its_id(self, clean: Stage) -> None:
        assert clean.unix.get(f"/groups/{BLOG_ID}")["name"] == "blog"
        assert clean.unix.get(f"/groups/{BLOG_ID}/status")["group"] == "blog"

    def test_percent_encoded(self, clean: Stage) -> None:
        assert clean.unix.get("/groups/%73hop")["name"] == "shop"

    @pytest.mark.parametrize(
        "path, status, kind",
        [
            ("/groups/shpo", 404, "unknown-group"),
            ("/groups/shpo/status", 404, "unknown-group"),
            ("/groups/shpo/mode", 404, "unknown-group"),
            ("/groups/shpo/preview", 404, "unknown-group"),
            ("/groups/shpo/windows.ics", 404, "unknown-group"),
            ("/groups/shop%2Fx", 404, "unknown-group"),
            ("/groups/%zz", 400, "malformed"),
            ("/groups/%ff", 400, "malformed"),
            ("/groups/%", 400, "malformed"),
        ],
    )
    def test_unknown(self, clean: Stage, path: str, status: int, kind: str) -> None:
        problem = clean.unix.refused(status, kind, "GET", path)
        if "shpo" in path:
            assert "shop" in problem["suggestions"]

    def test_file_s_own_keys_are_shown(self, stage, tmp_path) -> None:
        own = stage(SHOP.replace("default = true", f'default = true\nflag_file = "{tmp_path}/flag"'))
        assert own.unix.get("/groups/shop")["flag_file"] == f"{tmp_path}/flag"


class TestCreate:
    def test_and_it_answers(self, clean: Stage) -> None:
        made = clean.unix.call("POST", "/groups", DOCS)
        assert made.status == 201
        group = made.json()
        assert group["source"] == "api" and len(group["id"]) == 36
        for key, value in DOCS.items():
            if key not in ("cors", "texts"):
                assert group[key] == value
        assert (made.header("Location") or "").endswith("/api/v1/groups/docs")
        assert clean.unix.get("/groups/docs") == group == clean.unix.get(f"/groups/{group['id']}")
        answer = clean.server.request(
            "GET", host="help.example", headers=[("Origin", "https://docs.example")]
        )
        assert (answer.status, answer.json()["title"]) == (503, "Kaputt")
        assert answer.header("Access-Control-Allow-Origin") == "https://docs.example"
        assert answer.header("Retry-After") == "300"
        clean.unix.switch("docs", "maintenance")
        assert (
            clean.server.request("GET", host="docs.example", headers=[("Accept-Language", "en")]).json()[
                "title"
            ]
            == "Closed"
        )

    def test_least(self, clean: Stage) -> None:
        group = clean.tcp.ok("POST", "/groups", {"name": "least"})
        assert clean.unix.status("least")["id"] == group["id"]

    def test_given_id(self, clean: Stage) -> None:
        wanted = "00000000-1111-4222-8333-444444444444"
        assert clean.unix.ok("POST", "/groups", {"name": "given", "id": wanted})["id"] == wanted
        assert (
            clean.server.request("GET", "/_understudy/status.json", [("Understudy-Group", wanted)]).json()[
                "group"
            ]
            == "given"
        )

    @pytest.mark.parametrize(
        "group",
        [
            {"name": "shop"},
            {"name": "x1", "id": SHOP_ID},
            {"name": "x2", "hosts": ["api.shop.example"]},
            {"name": "x3", "hosts": ["API.shop.example"]},
            {"name": "x4", "default": True},
        ],
        ids=["name", "id", "host", "host_in_capitals", "default"],
    )
    def test_what_another_group_has(self, clean: Stage, group: dict) -> None:
        answer = clean.unix.call("POST", "/groups", group)
        assert answer.status in (409, 422), answer.text
        assert clean.unix.get("/status")["groupCount"] == 2

    @pytest.mark.parametrize(
        "change, field",
        [
            ({"name": "a b"}, "name"),
            ({"name": ""}, "name"),
            ({"name": "ä"}, "name"),
            ({"name": "x" * 65}, "name"),
            ({"name": 7}, "name"),
            ({"id": "no uuid"}, "id"),
            ({"hosts": "docs.example"}, "hosts"),
            ({"hosts": ["docs.example", 7]}, "hosts"),
            ({"hosts": ["no host/"]}, "hosts"),
            ({"default": "yes"}, "default"),
            ({"languages": ["not a tag!"]}, "languages"),
            ({"retry_after": "soon"}, "retry_after"),
            ({"retry_after": "0s"}, "retry_after"),
            ({"retry_after": 600}, "retry_after"),
            ({"retry_jitter": 101}, "retry_jitter"),
            ({"retry_jitter": -1}, "retry_jitter"),
            ({"retry_jitter": 1.5}, "retry_jitter"),
            ({"retry_jitter": "10"}, "retry_jitter"),
            ({"cors": {"origins": ["*"], "credentials": True}}, "cors"),
            ({"cors": {"origins": ["https://*.com"]}}, "cors"),
            ({"cors": {"origins": ["shop.example"]}}, "cors"),
            ({"cors": []}, "cors"),
            ({"cors": {"origin": []}}, "cors"),
            ({"texts": {"maintenance": {"en": {"title": 7, "message": "x"}}}}, "texts"),
            ({"texts": {"maintenance": {"no tag!": {"title": "x", "message": "x"}}}}, "texts"),
            ({"texts": {"outage": {}}}, "texts"),
            ({"texts": {"maintenance": {"en": {"title": "x" * 501, "message": "x"}}}}, "texts"),
            ({"flag_file": "/etc/passwd"}, "flag_file"),
            ({"page_dir": "/etc"}, "page_dir"),
            ({"source": "api"}, "source"),
            ({"hostz": []}, "hostz"),
        ],
    )
    def test_wrong_fields(self, clean: Stage, change: dict, field: str) -> None:
        """Each is named; nothing is made, neither of them over the API nor by a merge patch."""
        problem = clean.unix.refused(422, "invalid", "POST", "/groups", {"name": "bad", **change})
        assert problem["field"].startswith(field)
        assert problem["field"] in [error["field"] for error in problem["errors"]]
        clean.unix.refused(404, "unknown-group", "GET", "/groups/bad")
        clean.unix.ok("POST", "/groups", {"name": "good"})
        problem = clean.unix.refused(422, "invalid", "PATCH", "/groups/good", change)
        assert problem["field"].startswith(field)

    def test_misspelt_field_offers_the_nearest(self, clean: Stage) -> None:
        problem = clean.unix.refused(422, "invalid", "POST", "/groups", {"name": "x", "langauges": []})
        assert "languages" in problem["suggestions"] and "languages" in str(problem["errors"])

    def test_all_that_is_wrong_is_told(self, clean: Stage) -> None:
        problem = clean.unix.refused(
            422, "invalid", "POST", "/groups", {"name": "x y", "retry_jitter": 500, "hostz": []}
        )
        assert {"name", "retry_jitter", "hostz"} <= {error["field"] for error in problem["errors"]}

    def test_name_is_missing(self, clean: Stage) -> None:
        assert clean.unix.refused(422, "invalid", "POST", "/groups", {"hosts": []})["field"] == "name"


class TestChange:
    def make(self, client: Admin) -> str:
        made = client.call("POST", "/groups", DOCS)
        assert made.status == 201
        return made.header("ETag") or client.call("GET", "/groups/docs").header("ETag") or ""

    @pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
    def test_merge_patch(self, clean: Stage, media_type: str) -> None:
        self.make(clean.unix)
        before = clean.unix.get("/groups/docs")
        patch = {
            "hosts": ["other.example"],
            "retry_after": None,
            "texts": {"failure": None, "maintenance": {"fr": {"title": "Fermé", "message": "À bientôt."}}},
        }
        after = clean.unix.ok("PATCH", "/groups/docs", patch, headers=[("Content-Type", media_type)])
        assert after["hosts"] == ["other.example"]
        assert after["retry_after"] == "10m", "null takes a key back to its default"
        assert set(after["texts"]["maintenance"]) == {"en", "fr"}
        assert not after["texts"].get("failure")
        assert after["languages"] == before["languages"] and after["cors"] == before["cors"]
        assert clean.unix.get("/groups/docs") == after
        german = [("Accept-Language", "fr")]
        clean.unix.switch("docs", "maintenance")
        assert clean.server.request("GET", host="other.example", headers=german).status == 503
        assert (
            clean.server.request("GET", "/_understudy/status.json", host="docs.example").json()["group"]
            == "shop"
        )

    def test_rename_keeps_switch_and_id(self, clean: Stage) -> None:
        """Either it is refused, or everything goes along."""
        self.make(clean.unix)
        before = clean.unix.switch("docs", "maintenance", reason="moving")
        answer = clean.unix.call("PATCH", "/groups/docs", {"name": "papers"})
        if answer.status == 200:
            after = clean.unix.status("papers")
            assert (after["id"], after["mode"], after["reason"]) == (before["id"], "maintenance", "moving")
            clean.unix.refused(404, "unknown-group", "GET", "/groups/docs")
        else:
            assert answer.status in (409, 422) and answer.json()["detail"]
            assert clean.unix.status("docs")["mode"] == "maintenance"

    def test_if_match(self, clean: Stage) -> None:
        tag = self.make(clean.unix)
        assert tag.startswith('"') and not tag.startswith("W/")
        first = clean.unix.call("PATCH", "/groups/docs", {"retry_jitter": 1}, headers=[("If-Match", tag)])
        assert first.status == 200 and first.header("ETag") != tag
        clean.tcp.refused(
            412, "stale", "PATCH", "/groups/docs", {"retry_jitter": 2}, headers=[("If-Match", tag)]
        )
        assert clean.unix.get("/groups/docs")["retry_jitter"] == 1
        clean.unix.refused(412, "stale", "DELETE", "/groups/docs", headers=[("If-Match", tag)])
        clean.unix.ok("PATCH", "/groups/docs", {"retry_jitter": 3}, headers=[("If-Match", "*")])
        listed = f'"nonsense", {clean.unix.call("GET", "/groups/docs").header("ETag")}'
        clean.unix.ok("PATCH", "/groups/docs", {"retry_jitter": 4}, headers=[("If-Match", listed)])
        tag = clean.unix.call("GET", "/groups/docs").header("ETag") or ""
        weak = [("If-Match", f"W/{tag}")]
        clean.unix.refused(412, "stale", "PATCH", "/groups/docs", {"retry_jitter": 5}, headers=weak)
        clean.unix.ok("DELETE", "/groups/docs", headers=[("If-Match", tag)])

    def test_if_none_match(self, clean: Stage) -> None:
        tag = self.make(clean.unix)
        again = clean.unix.call("GET", "/groups/docs", headers=[("If-None-Match", tag)])
        assert (again.status, again.body) == (304, b"")
        clean.unix.ok("PATCH", "/groups/docs", {"retry_jitter": 1})
        assert clean.unix.call("GET", "/groups/docs", headers=[("If-None-Match", tag)]).status == 200

    def test_delete(self, clean: Stage) -> None:
        self.make(clean.unix)
        clean.unix.switch("docs", "maintenance")
        assert clean.unix.call("DELETE", "/groups/docs").status == 204
        clean.unix.refused(404, "unknown-group", "GET", "/groups/docs")
        clean.unix.refused(404, "unknown-group", "DELETE", "/groups/docs")
        assert (
            clean.server.request("GET", "/_understudy/status.json", host="docs.example").json()["group"]
            == "shop"
        )
        again = clean.unix.ok("POST", "/groups", {"name": "docs", "hosts": ["docs.example"]})
        assert clean.unix.status("docs")["mode"] == "open", "a new group of the old name begins open"
        assert clean.unix.status(again["id"])["reason"] == ""

    def test_those_of_the_file_stay(self, clean: Stage) -> None:
        for method, body in (("PATCH", {"retry_jitter": 1}), ("DELETE", ...)):
            clean.unix.refused(409, "conflict", method, "/groups/shop", body)
        assert clean.unix.get("/groups/shop")["retry_jitter"] == 10

    @pytest.mark.parametrize("patch", [b"[]", b"7", b"null", b'"x"'])
    def test_patch_that_is_no_object(self, clean: Stage, patch: bytes) -> None:
        self.make(clean.unix)
        assert clean.unix.call("PATCH", "/groups/docs", raw=patch).status in (400, 422)

    def test_survives_a_reload(self, stage) -> None:
        own = stage()
        own.unix.ok("POST", "/groups", DOCS)
        own.unix.ok("POST", "/reload")
        assert own.unix.get("/groups/docs")["hosts"] == DOCS["hosts"]
        assert own.server.request("GET", host="docs.example").json()["title"] == "Kaputt"

    def test_file_that_takes_the_name_of_one(self, stage) -> None:
        """Either the reload is refused and says why, or the file wins and it is said; never both at once."""
        own = stage(SHOP)
        own.unix.ok("POST", "/groups", {"name": "blog", "hosts": ["elsewhere.example"]})
        own.server.write_config(own.server.config_path.read_text() + TWO[len(SHOP) :])
        answer = own.unix.call("POST", "/reload")
        found = [g for g in own.unix.get("/groups")["groups"] if g["name"] == "blog"]
        assert len(found) == 1
        assert (answer.status == 422) == (found[0]["source"] == "api")
        assert "blog" in answer.text, "one of the two does not count: somebody has to be told"


class TestPages:
    def test_every_group_once(self, stage) -> None:
        own = stage(SHOP)
        names = sorted([f"g{n:03}" for n in range(57)] + ["Zebra", "a.b", "_x", "shop"])
        for name in names:
            if name != "shop":
                own.unix.ok("POST", "/groups", {"name": name})
        for path, key in (("/groups", "name"), ("/status", "group")):
            for limit in (1, 7, 20, 61, 1000):
                seen, after = [], ""
                while True:
                    page = own.unix.get(
                        f"{path}?limit={limit}" + (f"&after={name_in_path(after)}" if after else "")
                    )
                    assert len(page["groups"]) <= limit
                    seen += [group[key] for group in page["groups"]]
                    if page["next"] is None:
                        break
                    after = page["next"]
                assert seen == names, (path, limit)
        assert own.unix.get("/status?limit=1")["groupCount"] == len(names)
        assert len(own.unix.get("/groups")["groups"]) == len(names)
        assert own.unix.get("/groups?after=zzzz") == {"groups": [], "next": None}

    @pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", "99999999999999999999", ""])
    def test_bad_limits(self, shared: Stage, limit: str) -> None:
        for path in ("/groups", "/status", "/audit"):
            assert shared.unix.refused(422, "invalid", "GET", f"{path}?limit={limit}")["field"] == "limit"

    @pytest.mark.parametrize("query", ["limitt=1", "x", "after=a&after=b"])
    def test_bad_parameters(self, shared: Stage, query: str) -> None:
        assert shared.unix.call("GET", f"/groups?{query}").status in (400, 422)
