"""The page of /_understudy/pass in a browser: accessible, at every width, light and dark."""

from __future__ import annotations

import json
import re

import pytest

from browser.test_page import SCHEMES, WIDTHS, lightness, save_screenshot
from support.browser import BrowserError
from support.net import wait_until
from support.understudy import hash_of

pytestmark = pytest.mark.browser

PATH = "/_understudy/pass"
CONFIG = """\
[server]
listen = ["127.0.0.1:0"]
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
[groups.shop.bypass]
password_hash = "{hash}"
[admin]
listen = ["unix:{socket}"]
"""


@pytest.fixture
def server(understudy, short_path):
    return understudy(CONFIG.format(hash=hash_of("correct horse"), socket=short_path / "admin.sock"))


def new_link(server) -> str:
    body = json.dumps({"group": "shop", "expires": "2h"}).encode()
    kind = [("Content-Type", "application/json")]
    made = server.admin_request("POST", "/api/v1/passes", kind, body).json()
    return f"{server.base_url}{PATH}?token={made['token']}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_pages_are_accessible_and_fit(server, page, scheme: str) -> None:
    pages = {
        "good": (new_link(server), "You may pass"),
        "refused": (f"{server.base_url}{PATH}?token=up_x", "This pass lets nobody through"),
        "password": (f"{server.base_url}{PATH}", "Who goes there?"),
    }
    for name, (url, title) in pages.items():
        opened = page(locale="en", colorScheme=scheme, reducedMotion="reduce")
        opened.goto(url)
        result = opened.axe()
        assert result["violations"] == [], (name, scheme)
        assert result["incomplete"] == [], "the rules could not tell, and a person would have to look"
        assert opened.evaluate("() => document.querySelector('h1').textContent") == title
        assert (lightness(opened) > 0.5) == (scheme == "light"), name
        for width, height in WIDTHS.items():
            opened.resize(width, height)
            assert opened.evaluate("() => document.documentElement.scrollWidth") <= width, name
            save_screenshot(opened, f"pass-{name}-{width}-{scheme}")
        expect = [c for c in opened.complaints() if "status of 403" not in c["text"]]
        assert expect == []
        opened.close()


def test_a_person_gets_in_by_the_password_and_gives_it_up(server, page) -> None:
    opened = page(locale="en")
    opened.goto(f"{server.base_url}{PATH}")

    def shows(words: str) -> bool:
        try:
            return words in opened.text()
        except BrowserError:  # it is going to the next page right now
            return False

    opened.evaluate(
        "() => { document.querySelector('input').value = 'wrong'; document.querySelector('button').click(); }"
    )
    wait_until(lambda: shows("not the password"), what="the form once more", interval=0.2)
    assert opened.axe()["violations"] == []
    save_screenshot(opened, "pass-wrong")
    opened.evaluate(
        "() => { document.querySelector('input').value = 'correct horse';"
        " document.querySelector('button').click(); }"
    )
    wait_until(lambda: shows("You may pass"), what="the pass", interval=0.2)
    opened.evaluate("() => document.querySelector('button').click()")
    wait_until(lambda: shows("Given up"), what="the page that says so", interval=0.2)
    assert re.search("like any other", opened.text())
    expect_calm_but_403(opened, server)


def expect_calm_but_403(opened, server) -> None:
    assert [c for c in opened.complaints() if "status of 403" not in c["text"]] == []
    for request in opened.requests():
        assert request["url"].startswith((server.base_url + "/", "data:")), request
