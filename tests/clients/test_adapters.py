"""What an adapter does beyond what every row of the matrix shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clients.frameworks import STRICT, Subject
from clients.stage import OCCASION

pytestmark = pytest.mark.browser

FOLLOWED = [
    (Subject("angularjs", "http", STRICT), ["#state"]),
    (Subject("angular", "fetch", STRICT), ["#state"]),
    (Subject("ember", "fetch", STRICT), ["#state"]),
    (Subject("react", "fetch", STRICT), ["#state"]),
    (Subject("vue", "fetch", STRICT), ["#state"]),
    (Subject("svelte", "fetch", STRICT), ["#state", "#rune"]),
    (Subject("knockout", "jquery"), ["#state"]),
    (Subject("meteor", "ddp", STRICT), ["#state"]),
]


@pytest.mark.parametrize("subject, places", FOLLOWED, ids=lambda value: str(value) if isinstance(value, Subject) else "")
def test_components_follow_the_state(subject: Subject, places: list[str], shop, right) -> None:
    it = shop(subject, right)
    it.expect("load", "loaded 3 orders")
    for mode, state in (("open", "open"), ("maintenance", "maintenance"), ("open", "open")):
        right.say(mode)
        if state == "maintenance":
            it.expect("load", "refused 503 maintenance")
        for place in places:
            it.expect_text(place, state)


def test_what_tanstack_query_could_not_load_comes_by_itself(shop, right) -> None:
    it = shop(Subject("react", "tanstack", STRICT), right)
    it.expect_text("#count", "3")
    right.take_down()
    it.visit()
    it.expect_page(*OCCASION["de"])
    it.expect_text("#count", "unknown")
    right.say("open")
    it.expect_no_page()
    it.expect_text("#count", "3")


def test_tanstack_query_still_retries_the_api_s_own_errors(shop, right) -> None:
    it = shop(Subject("react", "tanstack", STRICT), right)
    it.expect("own503", "error 503")
    asked = [request for request in it.page.requests() if request["url"].endswith("/v1/own-503") and request["method"] == "GET"]
    assert len(asked) == 2, asked


# Adapters that tell the watch what they met, so that it need not patch anything.
TELLING = [
    Subject("angularjs", "http", STRICT),
    Subject("angular", "fetch", STRICT),
    Subject("angular", "xhr", STRICT),
    Subject("ember", "fetch", STRICT),
    Subject("ember", "ember-data", STRICT),
    Subject("ember", "warp-drive", STRICT),
]


@pytest.mark.parametrize("subject", TELLING, ids=str)
def test_nothing_needs_to_be_patched(subject: Subject, shop, right) -> None:
    it = shop(replace(subject, stack=f"{subject.stack}&patch=no"), right)
    native = "() => [fetch, XMLHttpRequest.prototype.send].every((each) => String(each).includes('[native code]'))"
    assert it.page.evaluate(native), "something is patched"
    it.expect("load", "loaded 3 orders")
    it.note("two boots")
    right.take_down()
    it.expect("save", "refused 503 maintenance")
    it.expect_page(*OCCASION["de"])
    right.say("open")
    it.expect_no_page()
    it.expect("save", "saved two boots")
