"""Every framework's shop through a maintenance and a failure, in Chromium, across origins, behind the printed snippet.

The requests carry a cookie and need a preflight. Nothing stands between the browser and HAProxy.
"""

from __future__ import annotations

import pytest

from clients.frameworks import SUBJECTS, Subject
from clients.shop import Shop
from clients.stage import OCCASION
from support.net import wait_until

FAILURE = ("Da ging etwas schief", "Wir kümmern uns darum.")

pytestmark = pytest.mark.browser
each = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


# What must be seen of a maintenance; each on its own must fail where CORS is broken.


def refused(shop: Shop) -> None:
    """The framework's own error says what understudy said."""
    shop.expect("save", "refused 503 maintenance")


def told(shop: Shop, limit: float = 5.0) -> None:
    """The page shows the operator's words in the browser's language."""
    shop.expect_page(*OCCASION["de"], limit=limit)


def counted(shop: Shop) -> None:
    """The watch has read when to come again."""
    shop.expect_answer("maintenance", "de")


@each
def test_through_maintenance_and_failure(subject: Subject, shop, right) -> None:
    it = shop(subject, right)

    it.expect("load", "loaded 3 orders")
    it.note("two boots")
    it.expect("save", "saved two boots")
    assert right.preflights() > 0, "nothing of this needed a preflight"
    it.expect("own503", "error 503")
    it.expect("load", "loaded 3 orders")
    assert it.states() == ["open"], it.describe()
    it.expect_no_page(limit=0.5)
    it.screenshot("1-open")

    it.note("three scarves")
    right.take_down()
    refused(it)
    told(it)
    counted(it)
    it.screenshot("2-maintenance")
    it.expect("load", "refused 503 maintenance", pressed=False)

    right.say("open")
    it.expect_no_page()
    assert it.states() == ["open", "maintenance", "recovered", "open"], it.describe()
    assert it.noted() == "three scarves"
    it.expect("save", "saved three scarves")
    it.screenshot("3-back")

    right.fail()
    if subject.unasked:
        it.expect_page(*FAILURE, limit=15)
    it.expect("load", "refused 503 failure", pressed=not subject.unasked)
    it.expect_page(*FAILURE)
    it.expect_answer("failure", "de")
    it.screenshot("4-failure")

    right.start_apps()
    it.expect_no_page()
    assert it.states()[4:] == ["failure", "recovered", "open"], it.describe()
    assert it.noted() == "three scarves"
    it.expect("load", "loaded 3 orders")
    uncaught = [complaint for complaint in it.page.complaints() if complaint["type"] == "pageerror"]
    assert not uncaught, uncaught


@each
def test_broken_cors_is_noticed(subject: Subject, shop, broken) -> None:
    """The checks above can tell: where the proxy answers without CORS, each of them fails."""
    it = shop(subject, broken)
    it.expect("load", "loaded 3 orders")
    broken.take_down()
    with pytest.raises(AssertionError, match="#save showed 'error"):
        refused(it)
    with pytest.raises(AssertionError, match="in vain for <understudy-page>"):
        told(it, limit=1)
    with pytest.raises(AssertionError, match="the watch has no answer"):
        counted(it)
    broken.say("open")
    wait_until(lambda: broken.ask().status == 200, 10, "the proxy to open")
