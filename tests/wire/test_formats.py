"""Which format an Accept field gets (RFC 9110, 12.5.1), and what each format is like inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from support.http import Response, exchange
from wire.configs import BARE, SHOP
from wire.markup import Page

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html"
TEXT = "text/plain"
XML = "application/xml"

# Offered, and preferred at equal weight, in this order: JSON, problem+json, HTML, text, XML.
NEGOTIATION = [
    (None, JSON),
    ("", JSON),
    ("*/*", JSON),
    (JSON, JSON),
    (PROBLEM, PROBLEM),
    (HTML, HTML),
    (TEXT, TEXT),
    (XML, XML),
    ("text/xml", "text/xml"),
    ("text/*", HTML),
    ("application/*", JSON),
    # What clients send.
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", HTML),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
    ("application/json, text/plain, */*", JSON),
    ("application/json, text/javascript, */*; q=0.01", JSON),
    ("text/html, */*; q=0.01", HTML),
    ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", JSON),
    # Weights.
    ("text/html;q=0.3, text/plain;q=0.7", TEXT),
    ("text/html;q=0.7, text/plain;q=0.8", TEXT),
    ("text/html;q=0.701, text/plain;q=0.702", TEXT),
    ("text/html;q=1.000, application/json;q=0.999", HTML),
    ("application/json;q=0.4, application/xml;q=0.5", XML),
    ("*/*;q=0.1, text/plain;q=0.2", TEXT),
    ("*/*, text/html;q=0.1", JSON),
    # A small weight is no refusal.
    ("text/html;q=0.05", HTML),
    ("text/html;q=0.001", HTML),
    ("application/json;q=0.04, text/html;q=0.05", HTML),
    ("image/png, text/html;q=0.001", HTML),
    # Refusals.
    ("application/json;q=0, */*", PROBLEM),
    ("application/json;q=0, application/problem+json;q=0, */*;q=0.5", HTML),
    ("application/*;q=0, */*", HTML),
    ("text/html;q=0, text/*", TEXT),
    ("text/html;q=0.0, text/plain;q=0.1", TEXT),
    ("text/html;q=0.000, text/plain;q=0.1", TEXT),
    # The most specific range counts, whatever its weight and place.
    ("text/*;q=0.3, text/html;q=0.7", HTML),
    ("text/html;q=0.3, text/*;q=0.7", TEXT),
    ("text/*;q=0.7, text/html;q=0.3, */*;q=0.5", TEXT),
    ("*/*;q=0.9, application/*;q=0.2, text/*;q=0.1, application/xml;q=0.5", XML),
    (
        "*/*;q=1, application/json;q=0.5, application/problem+json;q=0.5,"
        " text/html;q=0.6, text/*;q=0.4, application/xml;q=0.55",
        HTML,
    ),
    # Spelling.
    ("TEXT/HTML", HTML),
    ("Text/Html;Q=0.5, application/json;q=0.4", HTML),
    ("text/html ; q=0.2 , text/plain ; q=0.9", TEXT),
    ("text/html;q=0.2,\ttext/plain;\tq=0.9", TEXT),
    ("text/html;q=0.2,,, ,text/plain;q=0.9", TEXT),
    (",text/html", HTML),
    ("text/html,", HTML),
    # Parameters that we have, and weights after them.
    ("text/html;charset=utf-8", HTML),
    ('text/html;charset="utf-8"', HTML),
    ("text/html;charset=UTF-8;q=0.2, text/plain;q=0.9", TEXT),
    ("text/html;charset=utf-8;q=0.9, application/json;q=0.5", HTML),
    # Nothing acceptable: JSON, for a 406 would hide the news.
    ("image/png", JSON),
    ("image/*, audio/*;q=0.5", JSON),
    ("*/*;q=0", JSON),
    ("application/json;q=0", JSON),
    ("text/html;q=0", JSON),
    ("application/vnd.api+json", JSON),
    # No media ranges: as if nothing had been said, or as if nothing were acceptable.
    ("html", JSON),
    ("/", JSON),
    ("*", JSON),
    ("*/html", JSON),
    (";q=1", JSON),
    ("text/", JSON),
]


def media_type(response: Response) -> str:
    return response.header("Content-Type").split(";")[0].strip()


def get(server, *accept: str) -> Response:
    return server.request("GET", "/", [("Accept", value) for value in accept])


@pytest.mark.parametrize("accept, expected", NEGOTIATION, ids=lambda value: repr(value)[:60])
def test_negotiation(servers, accept: str | None, expected: str) -> None:
    response = get(servers(SHOP), *([] if accept is None else [accept]))
    assert response.status == 503
    assert media_type(response) == expected
    assert "accept" in response.headers.tokens("Vary")


def test_accept_in_several_fields_is_one_list(servers) -> None:
    assert media_type(get(servers(SHOP), "text/html;q=0.2", "text/plain;q=0.9")) == TEXT


@pytest.mark.parametrize(
    "accept",
    [
        "text/html;q=999",
        "text/html;q=-1",
        "text/html;q=abc",
        "text/html;q=",
        "text/html;q",
        "text/html;q=1.001",
        "text/html;q=0.1234567890123456789",
        "text/html;q=1e3",
        "text/html;q=nan",
        'text/html;q="0.5"',
        'text/html;x="unclosed',
        'text/html;x="a\\',
        "text/html;;;q=0.5",
        "*/*;q=0;q=1",
        "<script>",
        "\u00e4/\u00f6",
    ],
)
def test_malformed_accept_still_gets_an_answer(servers, accept: str) -> None:
    response = get(servers(SHOP), accept)
    assert response.status == 503
    assert media_type(response) in (JSON, HTML)


@pytest.mark.parametrize(
    "accept", ["text/html;q=999, application/json;q=0.5", "text/html;q=abc, application/json;q=0.5"]
)
def test_a_malformed_weight_leaves_the_others(servers, accept: str) -> None:
    assert get(servers(SHOP), accept).status == 503


# What each format is like inside.


def test_json_keys_stand_in_the_design_s_order(servers) -> None:
    flag = SHOP.replace("default = true", 'default = true\nflag_file = "{dir}/flag"')
    response = get(servers(flag, {"flag": ""}), JSON)
    keys = list(json.loads(response.body))
    order = [
        "status",
        "reason",
        "title",
        "message",
        "errorTitle",
        "errorMessage",
        "since",
        "until",
        "retryAfter",
    ]
    assert keys == [key for key in order if key in keys]
    assert {"status", "reason", "title", "message", "errorTitle", "errorMessage", "retryAfter"} <= set(keys)


def test_json_body_does_not_change_with_the_clock(servers) -> None:
    """One body for all: what differs from request to request stands in header fields."""
    bodies = {get(servers(SHOP), JSON).body for _ in range(20)}
    assert len(bodies) == 1


def test_problem_json(servers) -> None:
    """RFC 9457, 3.1: type, title, status and detail have these types."""
    response = get(servers(SHOP), PROBLEM)
    problem = response.json()
    assert problem["status"] == 503
    assert isinstance(problem["title"], str) and problem["title"]
    assert isinstance(problem["detail"], str) and problem["detail"]
    assert isinstance(problem.get("type", "about:blank"), str)
    assert problem["reason"] == "failure"


def test_xml_holds_the_texts(servers) -> None:
    response = get(servers(SHOP), XML)
    root = ElementTree.fromstring(response.body)
    texts = {element.text for element in root.iter()} | set(root.attrib.values())
    assert {"Something went wrong", "We are working on it.", "failure", "503", "600"} <= texts


def test_text_types_say_utf_8(servers) -> None:
    for accept in (HTML, TEXT):
        assert get(servers(SHOP), accept).header("Content-Type").lower().endswith("charset=utf-8")


def directives(response: Response) -> dict[str, list[str]]:
    policy = response.header("Content-Security-Policy")
    assert policy is not None
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("reason", ["maintenance", "failure"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_page_keeps_its_own_policy(servers, reason: str, language: str) -> None:
    """Everything inline is allowed by hash, and nothing is fetched from anywhere else."""
    response = servers(SHOP).request(
        "GET", "/", [("Accept", HTML), ("Understudy-Reason", reason), ("Accept-Language", language)]
    )
    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] and policy["base-uri"] == ["'none'"]
    assert "'unsafe-inline'" not in response.header("Content-Security-Policy")
    assert "'unsafe-eval'" not in response.header("Content-Security-Policy")
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        for content in re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", response.text, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode()
            assert f"'sha256-{digest}'" in policy[directive], f"the {tag} would be blocked"
    page = Page(response.text)
    for tag, attributes in page.tags:
        assert "style" not in attributes, f"an inline style on {tag} would be blocked"
        assert not [name for name in attributes if name.startswith("on")], f"a handler on {tag}"
        for name in ("src", "href", "action", "srcset", "data", "poster"):
            target = attributes.get(name) or ""
            assert not re.match(r"(?i)(https?:|//|javascript:)", target), f"{tag} {name}={target}"


def test_page_is_a_whole_document(servers) -> None:
    response = get(servers(SHOP), HTML)
    page = Page(response.text)
    assert response.text.startswith("<!DOCTYPE html>") or response.text.startswith("<!doctype html>")
    assert page.attributes("html") == {"lang": "en", "dir": "ltr"}
    assert page.texts["title"].strip() == "Something went wrong"
    assert page.texts["h1"].strip() == "Something went wrong"
    viewport = [a for tag, a in page.tags if tag == "meta" and a.get("name") == "viewport"]
    assert viewport and "user-scalable=no" not in viewport[0]["content"]


# The request's own protocol leaves no choice.


def own_protocol(server, *headers: tuple[str, str], method: str = "POST", body: bytes = b"") -> Response:
    response = server.request(method, "/rpc", headers, body)
    assert response.status == 503
    assert response.header("Understudy-Reason") == "failure"
    assert int(response.header("Retry-After")) >= 600
    return response


@pytest.mark.parametrize(
    "content_type",
    [
        "application/grpc",
        "application/grpc+proto",
        "application/grpc+json",
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "application/grpc-web-text+proto",
        "APPLICATION/GRPC",
    ],
)
def test_grpc(servers, content_type: str) -> None:
    response = own_protocol(servers(SHOP), ("Content-Type", content_type), body=b"\0\0\0\0\0")
    assert response.header("Content-Type") == content_type
    assert response.header("grpc-status") == "14"
    message = response.header("grpc-message")
    assert "Something went wrong" in urllib.parse.unquote(message) or "working on it" in urllib.parse.unquote(
        message
    )
    assert response.body == b""


def test_grpc_message_is_percent_encoded(servers) -> None:
    """gRPC over HTTP/2: a message holds printable ASCII only, the rest and % are encoded."""
    config = BARE + '[groups.shop.failure.en]\ntitle = "100 % kaputt: ü 漢 😀"\nmessage = "é\\nzwei"\n'
    response = own_protocol(servers(config), ("Content-Type", "application/grpc"), body=b"")
    message = response.header("grpc-message")
    assert all(0x20 <= ord(c) <= 0x7E for c in message)
    assert not re.search(r"%(?![0-9A-F]{2})", message)
    decoded = urllib.parse.unquote(message, errors="strict")
    assert "100 % kaputt: ü 漢 😀" in decoded or "é\nzwei" in decoded


def test_grpc_web_is_exposed_to_javascript(servers) -> None:
    response = own_protocol(
        servers(SHOP),
        ("Content-Type", "application/grpc-web+proto"),
        ("Origin", "https://shop.example"),
        body=b"\0\0\0\0\0",
    )
    exposed = response.headers.tokens("Access-Control-Expose-Headers")
    assert {"grpc-status", "grpc-message"} <= exposed


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "application/json"), ("Accept", "application/graphql-response+json")],
        [("Accept", "application/graphql-response+json, application/json;q=0.9")],
        [("Accept", "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8")],
        [("Content-Type", "application/graphql")],
        [("Content-Type", "application/graphql; charset=utf-8"), ("Accept", "*/*")],
        [("Content-Type", "application/graphql-response+json")],
    ],
)
def test_graphql(servers, headers) -> None:
    response = own_protocol(servers(SHOP), *headers, body=b"{}")
    assert media_type(response) in ("application/graphql-response+json", "application/json")
    answer = response.json()
    assert "data" not in answer or answer["data"] is None
    (error,) = answer["errors"]
    assert error["message"]
    assert isinstance(error["extensions"], dict)


def test_json_rpc(servers) -> None:
    response = own_protocol(
        servers(SHOP),
        ("Content-Type", "application/json-rpc"),
        body=b'{"jsonrpc":"2.0","method":"a","id":1}',
    )
    answer = response.json()
    assert answer["jsonrpc"] == "2.0" and answer["id"] is None and "result" not in answer
    assert answer["error"]["code"] == -32000 and answer["error"]["message"]


@pytest.mark.parametrize(
    "headers, namespace, fault",
    [
        (
            [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", '""')],
            "http://schemas.xmlsoap.org/soap/envelope/",
            "faultstring",
        ),
        (
            [("Content-Type", 'application/soap+xml; charset=utf-8; action="urn:a"')],
            "http://www.w3.org/2003/05/soap-envelope",
            "Text",
        ),
    ],
)
def test_soap(servers, headers, namespace: str, fault: str) -> None:
    response = own_protocol(servers(SHOP), *headers, body=b"<a/>")
    assert media_type(response) == dict(headers)["Content-Type"].split(";")[0]
    root = ElementTree.fromstring(response.body)
    assert root.tag == f"{{{namespace}}}Envelope"
    assert root.find(f"{{{namespace}}}Body/{{{namespace}}}Fault") is not None
    texts = [element.text or "" for element in root.iter() if element.tag.endswith(fault)]
    assert any("Something went wrong" in text or "working on it" in text for text in texts)


def test_event_stream(servers) -> None:
    response = own_protocol(servers(SHOP), ("Accept", "text/event-stream"), method="GET")
    assert media_type(response) == "text/event-stream"
    fields = [line.partition(": ")[::2] for line in response.text.splitlines() if line]
    assert ("event", "understudy") in fields
    assert any(name == "retry" and value.isdigit() for name, value in fields)
    (data,) = [value for name, value in fields if name == "data"]
    assert json.loads(data)["reason"] == "failure"
    assert response.text.endswith("\n\n")


def test_websocket_is_not_upgraded(servers) -> None:
    response = own_protocol(
        servers(SHOP),
        ("Connection", "keep-alive, Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        method="GET",
    )
    assert "Upgrade" not in response.headers
    assert "Sec-WebSocket-Accept" not in response.headers


def test_h2c_upgrade_is_ignored(servers) -> None:
    """RFC 9110, 7.8: a server may ignore an upgrade, and goes on in HTTP/1.1."""
    request = (
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )
    assert exchange(servers(SHOP).port, request).status == 503


@pytest.mark.parametrize(
    "content_type", ["application/x-grpc", "text/grpc", "application/json; x=application/grpc"]
)
def test_protocol_look_alikes(servers, content_type: str) -> None:
    response = own_protocol(servers(SHOP), ("Content-Type", content_type), body=b"")
    assert "grpc-status" not in response.headers
    assert media_type(response) == JSON
