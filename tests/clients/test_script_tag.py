"""Without a build step: a page that loads the client from understudy, through the proxy."""

from __future__ import annotations

import pytest

from clients.shop import SHOWN
from clients.stage import OCCASION, Front

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<script src="{api}/_understudy/client.js" data-page></script></head>
<body><label>Note <input id="note"></label></body></html>"""
POLICY = "default-src 'none'; script-src {api}; connect-src {api}; require-trusted-types-for 'script'; trusted-types 'none'"
ASK = "async (api) => (await fetch(api + '/v1/orders', {credentials: 'include', headers: {'X-Shop-Client': 'web'}})).status"


def test_the_page_comes_and_goes(page, right, resources, tmp_path) -> None:
    right.open()
    (tmp_path / "index.html").write_text(PAGE.format(api=right.api))
    front = resources.enter_context(Front(tmp_path, POLICY.format(api=right.api)))
    browser = page(locale="de")
    assert browser.goto(f"{front.url}/")["status"] == 200
    assert browser.evaluate(ASK, right.api) == 200 and not browser.evaluate(f"() => {SHOWN}")
    browser.type("#note", "Boots")
    right.take_down()
    assert browser.evaluate(ASK, right.api) == 503
    browser.wait_for(f"() => {SHOWN}", 5)
    assert OCCASION["de"][0] in browser.evaluate("() => document.querySelector('understudy-page').shadowRoot.textContent")
    right.say("open")
    browser.wait_for(f"() => !({SHOWN})", 40)
    assert browser.evaluate("() => [understudy.current().state, document.querySelector('#note').value]") == ["open", "Boots"]
