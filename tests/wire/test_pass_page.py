"""/_understudy/pass: links, where they lead, the password form, and what is refused."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest

from support.http import Response
from support.net import wait_until
from support.understudy import Understudy, hash_of
from wire.configs import BARE, BLOG, HOST

PATH = "/_understudy/pass"
TOKEN = r"up_[-_A-Za-z0-9]{92}"
BYPASS = '[groups.shop.bypass]\nredirects = ["https://shop.example", "http://localhost:3000"]\n'
ADMIN = '[admin]\nlisten = ["unix:{short}/admin.sock"]\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Understudy(BARE + BYPASS + BLOG + ADMIN, tmp_path_factory.mktemp("passes")) as running:
        yield running


@pytest.fixture
def guarded(understudy, short_path):
    """A server whose shop has a password, and a proxy on this machine that says who asks."""

    def start(more: str = "") -> Understudy:
        settings = f'[groups.shop.bypass]\npassword_hash = "{hash_of("correct horse")}"\n{more}'
        return understudy(BARE + settings + f'[admin]\nlisten = ["unix:{short_path}/admin.sock"]\n')

    return start


def new_pass(server: Understudy, group: str = "shop", expires: str = "2h") -> dict:
    body = json.dumps({"group": group, "expires": expires}).encode()
    answer = server.admin_request("POST", "/api/v1/passes", [("Content-Type", "application/json")], body)
    assert answer.status == 201, answer.text
    return answer.json()


def gate(server: Understudy, cookie: str) -> int:
    asked = [("X-Original-URI", "/orders"), ("X-Original-Method", "POST"), ("Cookie", cookie)]
    return server.request("GET", "/_understudy/gate?group=shop", asked).status


def cookie_of(answer: Response) -> SimpleCookie:
    return SimpleCookie(answer.header("Set-Cookie"))


def check_page(answer: Response, status: int) -> str:
    """What holds for every page here; its text."""
    assert answer.status == status, answer
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    policy = answer.header("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script" not in policy
    assert "<script" not in answer.text and " style=" not in answer.text
    assert not re.search(TOKEN, answer.text), "whoever looks over the shoulder reads no token"
    return answer.text


def post(server: Understudy, form: str, *headers: tuple[str, str], path: str = PATH) -> Response:
    named = [("Content-Type", "application/x-www-form-urlencoded"), *headers]
    return server.request("POST", path, named, form.encode())


class TestLink:
    def test_sets_the_cookie_and_says_for_what(self, server) -> None:
        made = new_pass(server)
        answer = server.request("GET", f"{PATH}?token={made['token']}")
        text = check_page(answer, 200)
        assert "shop" in text and made["expires"] in text
        morsel = cookie_of(answer)["understudy_pass"]
        assert morsel.value == made["token"]
        assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "None", "")
        assert morsel["httponly"] and morsel["secure"]
        assert 7190 <= int(morsel["max-age"]) <= 7201

    def test_head_and_options(self, server) -> None:
        made = new_pass(server)
        head = server.request("HEAD", f"{PATH}?token={made['token']}")
        assert (head.status, head.body) == (200, b"")
        assert server.request("OPTIONS", f"{PATH}?token={made['token']}").status == 204

    @pytest.mark.parametrize(
        "to", ["https://shop.example", "https://shop.example/a?b=c#d", "http://localhost:3000/%C3%A4"]
    )
    def test_leads_where_it_may(self, server, to: str) -> None:
        made = new_pass(server)
        answer = server.request("GET", f"{PATH}?token={made['token']}&to={quote(to, safe='')}")
        assert (answer.status, answer.header("Location")) == (303, to)
        assert cookie_of(answer)["understudy_pass"].value == made["token"]
        assert answer.header("Referrer-Policy") == "no-referrer"

    @pytest.mark.parametrize(
        "to",
        [
            "",
            "https://evil.example/",
            "https://shop.example.evil/",
            "https://shop.example@evil.example/",
            "https://shop.example:444/",
            "http://shop.example/",
            "HTTPS://SHOP.EXAMPLE/",
            "//shop.example/",
            "/orders",
            "https:/shop.example/",
            "javascript:alert(1)//https://shop.example",
            "https%3A%2F%2Fshop.example%5C.evil.example",
            "https://shop.example/%0D%0ASet-Cookie:%20a=b",
            "https://shop.example%09/",
            "https://shop.example/%C3%A4",
            "%zz",
        ],
    )
    def test_leads_nowhere_else(self, server, to: str) -> None:
        made = new_pass(server)
        answer = server.request("GET", f"{PATH}?token={made['token']}&to={to}")
        check_page(answer, 403)
        assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers

    def test_says_why_it_is_refused(self, server) -> None:
        made = new_pass(server)
        other = new_pass(server, "blog")
        revoked = new_pass(server)
        assert server.admin_request("DELETE", f"/api/v1/passes/{revoked['id']}").status == 204
        changed = made["token"][:-1] + ("A" if made["token"][-1] != "A" else "B")
        cases = {
            changed: "cut off or changed",
            made["token"][:50]: "cut off or changed",
            "": "cut off or changed",
            "%zz": "cut off or changed",
            other["token"]: "another API",
            revoked["token"]: "revoked",
        }
        for token, why in cases.items():
            answer = server.request("GET", f"{PATH}?token={token}&to=https://shop.example/")
            assert why in check_page(answer, 403), token
            assert "Set-Cookie" not in answer.headers

    def test_is_taken_by_the_proxys_question_until_it_is_given_up(self, server) -> None:
        mode = json.dumps({"mode": "maintenance"}).encode()
        kind = [("Content-Type", "application/json")]
        assert server.admin_request("PUT", "/api/v1/groups/shop/mode", kind, mode).status == 200
        made = new_pass(server)
        assert gate(server, made["cookie"]) == 204
        answer = post(server, "give-up=1")
        check_page(answer, 200)
        morsel = cookie_of(answer)["understudy_pass"]
        assert (morsel.value, morsel["max-age"]) == ("false", "")
        assert gate(server, "understudy_pass=false") == 403

    def test_the_log_shows_no_token(self, server) -> None:
        made = new_pass(server)
        target = f"{PATH}?token={made['token']}"
        for method in ("GET", "OPTIONS", "DELETE"):
            server.request(method, target)
            server.wait_access(method=method, target=PATH)
        server.request("GET", target, [("Bad Header", "x")])
        server.wait_access(status=400, target=PATH)
        assert not any("up_" in str(entry) for entry in server.access_log())

    def test_cookie_settings(self, understudy, short_path) -> None:
        settings = '[groups.shop.bypass]\ncookie_domain = "shop.example"\ncookie_same_site = "lax"\n'
        server = understudy(BARE + settings + f'[admin]\nlisten = ["unix:{short_path}/a.sock"]\n')
        made = new_pass(server)
        answer = server.request("GET", f"{PATH}?token={made['token']}", host=HOST)
        morsel = cookie_of(answer)["understudy_pass"]
        assert (morsel["domain"], morsel["samesite"]) == ("shop.example", "Lax")


class TestRefusals:
    def test_without_token_and_password(self, server) -> None:
        assert server.request("GET", PATH).status == 404
        assert post(server, "password=x").status == 404
        assert server.request("GET", f"{PATH}?check=x").status == 404

    def test_other_methods_and_too_much(self, server) -> None:
        assert server.request("PUT", PATH).header("Allow") == "GET, HEAD, POST, OPTIONS"
        assert post(server, "give-up=" + "x" * 5000).status == 413

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_forms_of_other_sites(self, server, site: str) -> None:
        answer = post(server, "give-up=1", ("Sec-Fetch-Site", site))
        assert answer.status == 403 and "Set-Cookie" not in answer.headers

    def test_a_host_of_nobodys(self, understudy) -> None:
        server = understudy(BLOG)
        assert server.request("GET", f"{PATH}?token=x", host="nobody.example").status == 404


class TestPassword:
    def outcome(self, server: Understudy, password: str, *headers: tuple[str, str]) -> Response:
        answer = post(server, f"password={password}", *headers)
        assert answer.status == 303, answer.text
        where = answer.header("Location")
        assert re.fullmatch(rf"{PATH}\?check=[-_A-Za-z0-9]{{22}}", where)
        seen: list[Response] = []

        def told() -> bool:
            seen.append(server.request("GET", where))
            waiting = "Refresh" in seen[-1].headers
            assert not waiting or "being checked" in check_page(seen[-1], 200)
            return not waiting

        wait_until(told, what="the password to be checked")
        assert "Who goes there?" in check_page(server.request("GET", where), 200), "told once"
        return seen[-1]

    def test_the_form(self, guarded) -> None:
        server = guarded()
        text = check_page(server.request("GET", PATH), 200)
        assert 'type="password"' in text and "shop" in text

    def test_a_right_one_makes_a_pass(self, guarded) -> None:
        server = guarded()
        answer = self.outcome(server, "correct+horse")
        check_page(answer, 200)
        morsel = cookie_of(answer)["understudy_pass"]
        assert re.fullmatch(TOKEN, morsel.value)
        assert 43190 <= int(morsel["max-age"]) <= 43201
        made = server.admin_request("GET", "/api/v1/passes").json()["passes"]
        assert [(p["label"], p["by"]) for p in made] == [("password", "password")]

    @pytest.mark.parametrize("password", ["correct+hors", "", "%zz", "x" * 600, "correct+horse%00"])
    def test_a_wrong_one_makes_none(self, guarded, password: str) -> None:
        server = guarded()
        answer = self.outcome(server, password)
        assert "not the password" in check_page(answer, 403)
        assert "Set-Cookie" not in answer.headers
        assert server.admin_request("GET", "/api/v1/passes").json()["passes"] == []

    def test_whoever_guesses_is_slowed_down(self, guarded) -> None:
        server = guarded()
        guesser = ("X-Forwarded-For", "203.0.113.9")
        for _ in range(5):
            self.outcome(server, "guess", guesser)
        answer = post(server, "password=correct+horse", guesser)
        assert "Too many" in check_page(answer, 429)
        assert int(answer.header("Retry-After")) >= 1
        check_page(self.outcome(server, "correct+horse", ("X-Forwarded-For", "203.0.113.10")), 200)

    def test_a_ticket_is_of_one_group(self, understudy, short_path) -> None:
        word = f'password_hash = "{hash_of("correct horse")}"\n'
        config = BARE + "[groups.shop.bypass]\n" + word + BLOG + "[groups.blog.bypass]\n" + word
        server = understudy(config + f'[admin]\nlisten = ["unix:{short_path}/a.sock"]\n')
        where = post(server, "password=correct+horse").header("Location")
        assert "Who goes there?" in server.request("GET", where, host="api.blog.example").text
        wait_until(lambda: "Set-Cookie" in server.request("GET", where).headers, what="the pass")

    def test_nobody_waits_for_it(self, guarded) -> None:
        server = guarded()
        for i in range(20):
            post(server, "password=guess", ("X-Forwarded-For", f"203.0.113.{i}"))
            assert server.request("GET", "/_understudy/health").status == 200
