"""Meteor's DDP: a WebSocket, which can't be told why it is refused."""

from __future__ import annotations

import pytest

from clients.frameworks import STRICT, Subject
from clients.shop import Shop
from clients.stage import OCCASION

pytestmark = pytest.mark.browser

DDP = Subject("meteor", "ddp", STRICT)
CALL = "() => new Promise((done) => Meteor.call('orders', (error, orders) => done(error ? String(error) : orders.length)))"


def connected(it: Shop, limit: float) -> None:
    it.wait("Meteor.status().connected", "DDP to be connected", limit)
    assert it.page.evaluate(CALL) == 3


def test_waits_asks_why_and_reconnects_at_once(shop, right) -> None:
    it = shop(DDP, right)
    connected(it, 10)
    assert it.states() == ["open"]

    right.take_down()
    # A connection that stands is not cut by the switch: it goes on until either end lets go.
    assert it.page.evaluate(CALL) == 3
    assert it.states() == ["open"], it.describe()

    right.kill_apps()
    it.wait("!Meteor.status().connected", "DDP to have lost the API", 5)
    it.expect_page(*OCCASION["de"])
    it.expect_answer("maintenance", "de")
    it.wait("Meteor.status().retryTime - Date.now() > 4000", "DDP's own back-off to be longer than what is waited for below", 60)

    right.start_apps()
    right.say("open")
    it.expect_no_page()
    connected(it, 2)
    assert it.states() == ["open", "maintenance", "recovered", "open"], it.describe()


def test_a_failure_is_told_without_a_click(shop, right) -> None:
    it = shop(DDP, right)
    connected(it, 10)
    right.fail()
    it.expect_page("Da ging etwas schief", "Wir kümmern uns darum.")
    right.start_apps()
    it.expect_no_page()
    connected(it, 5)
