"""Retry-After: never below the setting, at most its share on top; the body does not move."""

from __future__ import annotations

import pytest

from support.http import exchange_all
from wire.configs import BARE


def answers(server, count: int = 100):
    data = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * count
    return exchange_all(server.port, data, ["GET"] * count)


@pytest.mark.parametrize(
    "settings, lowest, highest",
    [
        ("", 600, 660),
        ('retry_after = "100s"\nretry_jitter = 0', 100, 100),
        ('retry_after = "100s"\nretry_jitter = 10', 100, 110),
        ('retry_after = "100s"\nretry_jitter = 100', 100, 200),
        ('retry_after = "2h"\nretry_jitter = 50', 7200, 10800),
        ('retry_after = "1s"\nretry_jitter = 0', 1, 1),
    ],
)
def test_bounds(servers, settings: str, lowest: int, highest: int) -> None:
    responses = answers(servers(f"{BARE}{settings}\n"))
    found = [int(response.header("Retry-After")) for response in responses]
    assert lowest <= min(found) and max(found) <= highest
    if highest > lowest:
        assert len(set(found)) > 1, "a million clients would come back in the same second"
    assert {response.json()["retryAfter"] for response in responses} == {lowest}


def test_share_is_spread_over_the_whole_range(servers) -> None:
    responses = answers(servers(f'{BARE}retry_after = "1000s"\nretry_jitter = 100\n'), 200)
    found = [int(response.header("Retry-After")) for response in responses]
    assert min(found) < 1300 and max(found) > 1700


def test_each_format_has_it(servers) -> None:
    for accept in ("text/html", "text/plain", "application/xml", "application/problem+json"):
        response = servers(BARE).request("GET", "/", [("Accept", accept)])
        assert 600 <= int(response.header("Retry-After")) <= 660
