"""What an answer must be, wherever it has come through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator

from support.http import Response

MEBIBYTE = b"0123456789abcdef" * 65536


@dataclass(frozen=True)
class Kind:
    """One kind of request that a single-page application may send."""

    label: str
    method: str
    options: dict = field(default_factory=dict)

    def __str__(self) -> str:
        return self.label


# All but the preflight, which has its own checks.
KINDS = (
    Kind("GET", "GET"),
    Kind("HEAD", "HEAD"),
    Kind("POST of 1 MiB", "POST", {"body": MEBIBYTE}),
    Kind("POST of 1 MiB, chunked", "POST", {"body": MEBIBYTE, "chunked": True}),
    Kind("POST that expects 100-continue", "POST", {"body": MEBIBYTE, "expect": True}),
    Kind("PUT", "PUT", {"body": b'{"name":"boot"}'}),
    Kind("PATCH", "PATCH", {"body": b'{"name":"shoe"}'}),
    Kind("DELETE", "DELETE"),
)


def preflight_headers(origin: str, method: str, *headers: str) -> list[tuple[str, str]]:
    pairs = [("Origin", origin), ("Access-Control-Request-Method", method)]
    if headers:
        pairs.append(("Access-Control-Request-Headers", ", ".join(headers)))
    return pairs


def expect_cors(response: Response, origin: str, label: object = "") -> None:
    """The browser lets a page of `origin` read the answer to a request with credentials."""
    headers = response.headers
    assert headers.get("Access-Control-Allow-Origin") == origin, (label, headers)
    assert headers.get("Access-Control-Allow-Credentials") == "true", (label, headers)
    assert "origin" in headers.tokens("Vary"), (label, headers)


def expect_no_cors(response: Response, label: object = "") -> None:
    granted = [name for name, _ in response.headers if name.lower().startswith("access-control-allow")]
    assert not granted, (label, response.headers)


def expect_preflight(response: Response, origin: str, method: str, *headers: str) -> None:
    """understudy's own answer to a preflight of an allowed origin."""
    assert response.status == 204, response
    assert response.body == b""
    expect_cors(response, origin)
    assert method.lower() in response.headers.tokens("Access-Control-Allow-Methods"), response
    allowed = response.headers.tokens("Access-Control-Allow-Headers")
    assert {name.lower() for name in headers} <= allowed, response
    assert response.header("Access-Control-Max-Age") == "0", response


def expect_answer(
    response: Response,
    *,
    reason: str,
    title: str,
    origin: str | None,
    method: str = "GET",
    retry_after: int = 600,
    label: object = "",
) -> None:
    """A JSON answer with 503 for that reason, readable for that origin."""
    headers = response.headers
    assert response.status == 503, (label, response)
    assert headers.get("Understudy-Reason") == reason, (label, headers)
    assert headers.get("Content-Type") == "application/json", (label, headers)
    assert headers.get("Content-Language") == "en", (label, headers)
    assert headers.get("Cache-Control") == "no-store", (label, headers)
    assert headers.get("X-Content-Type-Options") == "nosniff", (label, headers)
    # Never earlier than was promised, and at most the default jitter of 10 % later.
    assert retry_after <= int(headers.get("Retry-After") or 0) <= retry_after * 11 // 10, (label, headers)
    assert {"origin", "accept", "accept-language", "accept-encoding"} <= headers.tokens("Vary")
    if origin is None:
        expect_no_cors(response, label)
    else:
        expect_cors(response, origin, label)
        exposed = {"content-language", "retry-after", "understudy-reason"}
        assert exposed <= headers.tokens("Access-Control-Expose-Headers"), (label, headers)
    if method == "HEAD":
        assert response.body == b"", label
        assert int(headers.get("Content-Length") or 0) > 0, (label, headers)
        return
    body = response.json()
    assert body["status"] == 503 and body["reason"] == reason, (label, body)
    assert body["title"] == title, (label, body)
    assert body["errorTitle"]["en"] == title, (label, body)
    assert body["message"] == body["errorMessage"]["en"], (label, body)


def kinds(*labels: str) -> Iterator[Kind]:
    """The kinds of those labels; all without any."""
    known = {kind.label for kind in KINDS}
    assert set(labels) <= known, set(labels) - known
    return (kind for kind in KINDS if not labels or kind.label in labels)
