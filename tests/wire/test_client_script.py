"""The script that front ends load from understudy itself: /_understudy/client.js."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.understudy import Understudy
from wire.coding import decoded
from wire.configs import SHOP

PATH = "/_understudy/client.js"
BUILT = Path(__file__).parents[2] / "pages" / "client" / "client.js"
ORIGIN = ("Origin", "https://shop.example")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Understudy(SHOP, tmp_path_factory.mktemp("client-script")) as running:
        yield running


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd", ""])
def test_the_script_in_each_coding(server: Understudy, coding: str) -> None:
    for _ in range(2):  # made, and kept
        response = server.request("GET", PATH, [ORIGIN, ("Accept-Encoding", coding or "identity")])
        assert (response.status, response.header("Content-Encoding")) == (200, coding or None)
        assert decoded(response) == BUILT.read_bytes()
        assert response.header("Content-Type") == "text/javascript; charset=utf-8"
        assert response.header("Access-Control-Allow-Origin") == ORIGIN[1]
        assert response.header("Cross-Origin-Resource-Policy") == "cross-origin"
        assert response.header("Vary") == "Origin, Accept-Encoding"


def test_what_has_not_changed_is_not_sent_again(server: Understudy) -> None:
    first = server.request("GET", PATH)
    assert "stale-while-revalidate" in first.header("Cache-Control")
    again = server.request("GET", PATH, [ORIGIN, ("If-None-Match", first.header("ETag"))])
    assert (again.status, again.body, again.header("ETag")) == (304, b"", first.header("ETag"))
    assert again.header("Access-Control-Allow-Origin") == ORIGIN[1]
    assert server.request("GET", PATH, [("If-None-Match", '"another"')]).status == 200
    assert server.request("GET", PATH, [("If-Modified-Since", "Sat, 21 Nov 2099 00:00:00 GMT")]).status == 200


def test_other_methods(server: Understudy) -> None:
    head = server.request("HEAD", PATH)
    assert (head.status, head.body, head.header("Content-Length")) == (200, b"", str(BUILT.stat().st_size))
    refused = server.request("POST", PATH)
    assert (refused.status, refused.header("Allow")) == (405, "GET, HEAD, OPTIONS")
    assert server.request("OPTIONS", PATH).status == 204


def test_whoever_asks(server: Understudy) -> None:
    nobody = server.request("GET", PATH, [("Host", "unknown.example"), ("Origin", "https://evil.example")])
    assert nobody.status == 200 and nobody.header("Access-Control-Allow-Origin") is None
