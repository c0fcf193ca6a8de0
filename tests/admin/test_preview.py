"""A preview is what a client really gets: held against the public listener, byte for byte."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest

from admin.conftest import Stage
from support.http import Headers, Response
from support.openapi import description

# What a client sends to be given that format.
ASKING: dict[str, tuple[str, list[tuple[str, str]], bytes | None]] = {
    "json": ("GET", [("Accept", "application/json")], None),
    "problem": ("GET", [("Accept", "application/problem+json")], None),
    "html": ("GET", [("Accept", "text/html")], None),
    "text": ("GET", [("Accept", "text/plain")], None),
    "xml": ("GET", [("Accept", "application/xml")], None),
    "text-xml": ("GET", [("Accept", "text/xml")], None),
    "grpc": ("POST", [("Content-Type", "application/grpc")], b""),
    "grpc-web": ("POST", [("Content-Type", "application/grpc-web+proto")], b""),
    "graphql": ("GET", [("Accept", "application/graphql-response+json")], None),
    "jsonrpc": ("POST", [("Content-Type", "application/json-rpc")], b"{}"),
    "soap11": ("POST", [("Content-Type", "text/xml"), ("SOAPAction", '"x"')], b"<x/>"),
    "soap12": ("POST", [("Content-Type", "application/soap+xml")], b"<x/>"),
    "event-stream": ("GET", [("Accept", "text/event-stream")], None),
}
REASONS = ("maintenance", "read-only", "failure")
LANGUAGES = ("", "en", "de", "ar", "pt-BR")
CODINGS = ("identity", "gzip", "br", "zstd")

# What differs from one answer to the next, or belongs to the connection.
PASSING = {"date", "connection", "retry-after", "content-length"}


@dataclass
class Shown:
    status: int
    headers: Headers
    body: bytes

    def lasting(self) -> list[tuple[str, str]]:
        return sorted((n.lower(), v) for n, v in self.headers if n.lower() not in PASSING)


def preview(stage: Stage, group: str, **asked: str) -> Shown:
    query = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    value = stage.unix.get(f"/groups/{group}/preview?{query}")
    body = base64.b64decode(value["bodyBase64"]) if "bodyBase64" in value else value["body"].encode()
    return Shown(value["status"], Headers(map(tuple, value["headers"])), body)


def really(stage: Stage, reason: str, format: str, language: str, coding: str, host: str) -> Response:
    method, headers, body = ASKING[format]
    pairs = [*headers, ("Understudy-Reason", reason), ("Accept-Encoding", coding)]
    if language:
        pairs.append(("Accept-Language", language))
    return stage.server.request(method, "/", pairs, body, host=host)


def test_all_documented_formats_are_tried() -> None:
    parameters = description().document["paths"]["/groups/{group}/preview"]["get"]["parameters"]
    known = {parameter["name"]: parameter["schema"].get("enum") for parameter in parameters}
    assert set(known["format"]) == set(ASKING)
    assert set(known["reason"]) == set(REASONS)
    assert set(known["coding"]) == set(CODINGS)


@pytest.mark.parametrize("format", ASKING)
def test_is_what_a_client_gets(shared: Stage, format: str) -> None:
    for group in ("shop", "blog"):
        for reason in REASONS:
            for language in LANGUAGES:
                for coding in CODINGS:
                    label = (group, reason, format, language, coding)
                    shown = preview(
                        shared, group, reason=reason, format=format, language=language, coding=coding
                    )
                    real = really(shared, reason, format, language, coding, f"api.{group}.example")
                    assert shown.status == real.status, label
                    got = Shown(real.status, real.headers, real.body)
                    assert shown.lasting() == got.lasting(), label
                    assert shown.body == real.body, label


def test_what_is_left_out_has_a_default(shared: Stage) -> None:
    shown = preview(shared, "shop")
    assert shown == preview(shared, "shop", reason="maintenance", format="json", coding="identity")
    assert shown.status == 503
    assert shown.headers.get("Understudy-Reason") == "maintenance"


def test_shows_what_is_in_force(stage) -> None:
    """During a maintenance: its texts for this occasion, its end, in the body as in the answer."""
    own = stage()
    own.unix.switch(
        "shop", "maintenance", for_="1h", texts={"fr": {"title": "Déménagement", "message": "À bientôt."}}
    )
    for language in ("fr", "de"):
        shown = preview(own, "shop", language=language)
        real = own.server.request(
            "GET", headers=[("Accept-Language", language), ("Accept-Encoding", "identity")]
        )
        assert shown.body == real.body, language
    assert "Déménagement".encode() in preview(own, "shop", language="fr").body


def test_changes_nothing(stage) -> None:
    own = stage()
    before = own.unix.get("/audit")
    preview(own, "shop")
    assert own.unix.status("shop")["mode"] == "open"
    assert own.unix.get("/audit") == before
    metrics = own.server.metrics()
    assert metrics.value("understudy_answers_total") == 0
