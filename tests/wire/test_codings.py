"""Content codings (RFC 9110, 12.5.3): which one, and that it decodes to the same bytes."""

from __future__ import annotations

import pytest

from support.http import Response
from wire.coding import decoded
from wire.configs import SHOP

# (Accept-Encoding, Content-Encoding or None). At equal weight: br, zstd, gzip, none.
NEGOTIATION = [
    (None, None),
    ("", None),
    ("identity", None),
    ("gzip", "gzip"),
    ("br", "br"),
    ("zstd", "zstd"),
    ("gzip, deflate, br, zstd", "br"),
    ("gzip, deflate, br", "br"),
    ("gzip, deflate", "gzip"),
    ("gzip, zstd", "zstd"),
    ("deflate", None),
    ("compress", None),
    ("*", "br"),
    # Weights.
    ("gzip;q=0.5, zstd;q=0.9", "zstd"),
    ("gzip;q=1.0, br;q=0.5", "gzip"),
    ("br;q=1.0, gzip;q=0.8, *;q=0.1", "br"),
    ("gzip;q=0.001", "gzip"),
    ("gzip ; q=0.2 , br ; q=0.9", "br"),
    ("gzip;q=0.9, br;q=0.8, *;q=0", "gzip"),
    ("*;q=0.1, gzip;q=0.5", "gzip"),
    ("identity;q=1, gzip;q=0.5", None),
    ("identity, gzip;q=0.5, br;q=0.4", None),
    ("identity;q=0.5, gzip;q=0.2", None),
    ("identity;q=0.2, gzip;q=0.5", "gzip"),
    # Refusals.
    ("gzip;q=0", None),
    ("br;q=0, gzip", "gzip"),
    ("br;q=0.0, zstd;q=0.000, gzip", "gzip"),
    ("br;q=0, *", "zstd"),
    ("br;q=0, zstd;q=0, gzip;q=0", None),
    ("identity;q=0, gzip;q=0.1", "gzip"),
    ("*;q=0, gzip", "gzip"),
    ("*;q=0, identity;q=0.5", None),
    # Spelling.
    ("GZIP", "gzip"),
    ("Br", "br"),
    ("gzip;Q=0.9, br;Q=0.1", "gzip"),
    (",,gzip,,", "gzip"),
    # Look-alikes.
    ("notgzip", None),
    ("gzip-foo", None),
    ("gzipped", None),
    ("x-br", None),
    ("brotli", None),
    ("zst", None),
    ("x-gzip", ("gzip", "x-gzip")),
]

FORMATS = ["text/html", "application/json", "application/problem+json", "text/plain", "application/xml"]


def get(server, coding: str | None, accept: str = "text/html") -> Response:
    headers = [("Accept", accept)] + ([] if coding is None else [("Accept-Encoding", coding)])
    return server.request("GET", "/", headers)


@pytest.mark.parametrize("accepted, expected", NEGOTIATION, ids=lambda value: repr(value)[:50])
def test_negotiation(servers, accepted: str | None, expected: str | tuple[str, ...] | None) -> None:
    response = get(servers(SHOP), accepted)
    assert response.status == 503
    coding = response.header("Content-Encoding")
    assert coding in expected if isinstance(expected, tuple) else coding == expected
    assert "accept-encoding" in response.headers.tokens("Vary")


@pytest.mark.parametrize(
    "accepted",
    ["identity;q=0", "*;q=0", "identity;q=0, *;q=0", "gzip;q=999", "gzip;q=", "gzip;q=x", '"gzip"'],
)
def test_there_is_always_an_answer(servers, accepted: str) -> None:
    """RFC 9110, 12.5.3 would allow refusing; the news matters more."""
    response = get(servers(SHOP), accepted)
    assert response.status == 503
    assert decoded(response) == get(servers(SHOP), None).body


def test_several_fields_are_one_list(servers) -> None:
    headers = [("Accept", "text/html"), ("Accept-Encoding", "gzip;q=0.1"), ("Accept-Encoding", "br")]
    assert servers(SHOP).request("GET", "/", headers).header("Content-Encoding") == "br"


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
def test_decodes_to_the_identity_bytes(servers, accept: str, coding: str) -> None:
    plain = get(servers(SHOP), None, accept)
    response = get(servers(SHOP), coding, accept)
    assert response.header("Content-Type") == plain.header("Content-Type")
    assert decoded(response) == plain.body
    if accept == "text/html":
        assert response.header("Content-Encoding") == coding
        assert len(response.body) < len(plain.body)


def test_compressed_once(servers) -> None:
    """The same bytes again and again: a body is compressed with the snapshot, not for a request."""
    assert len({get(servers(SHOP), "gzip").body for _ in range(10)}) == 1


def test_an_answer_without_body_has_no_coding(servers) -> None:
    response = servers(SHOP).request(
        "POST", "/", [("Content-Type", "application/grpc"), ("Accept-Encoding", "gzip")], b""
    )
    assert response.body == b"" and "Content-Encoding" not in response.headers
