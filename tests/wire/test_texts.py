"""Whatever an operator writes, and a client sends, comes out as text and as nothing else."""

from __future__ import annotations

import json
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from support.http import Response
from wire.configs import BARE
from wire.markup import Page

TEXTS = {
    "quotes": "\"double\" 'single' `back` \\slash\\",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "closing_tags": "</title></style></script></textarea><!--",
    "comment": "--> <!-- ]]> <![CDATA[ <?php ?>",
    "entities": "&amp; &lt; &#60; &nbsp; AT&T",
    "mustache": "{{title}} {{{title}}} {{#x}}{{/x}} {{=<% %>=}}",
    "line_separators": "one\u2028two\u2029three\u0085four",
    "emoji": "😀 👩‍💻 🇩🇪 \U0001f3f4",
    "scripts": "日本語 العربية עברית ไทย e\u0301",
    "direction": "\u202eabc\u202c \u200f",
    "noncharacters": "\ufffe \uffff \ufeff",
    "newlines": "first line\nsecond line\n\nfourth line",
    "tab": "a\tb",
    "long": "long " * 90,
    "percent": "100% %0d%0a %s %n {} {0}",
}
CONTROL = "bell\u0007 null-like\u0001 escape\u001b[31m delete\u007f c1\u0090 end"

FORMATS = ["application/json", "application/problem+json", "text/html", "text/plain", "application/xml"]


def toml(text: str) -> str:
    """A TOML basic string: everything but plain ASCII escaped."""
    escaped = []
    for character in text:
        plain = " " <= character <= "~" and character not in '"\\'
        escaped.append(character if plain else f"\\U{ord(character):08x}")
    return '"' + "".join(escaped) + '"'


def config(text: str) -> str:
    return f"{BARE}[groups.shop.failure.en]\ntitle = {toml('T ' + text)}\nmessage = {toml('M ' + text)}\n"


def get(server, accept: str) -> Response:
    response = server.request("GET", "/", [("Accept", accept)])
    assert response.status == 503
    return response


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(params=TEXTS, ids=str)
def text(request) -> str:
    return TEXTS[request.param]


class TestOperatorsTexts:
    def test_json(self, servers, text: str) -> None:
        answer = get(servers(config(text)), "application/json").json()
        assert answer["title"] == answer["errorTitle"]["en"] == "T " + text
        assert answer["message"] == answer["errorMessage"]["en"] == "M " + text

    def test_json_is_safe_within_a_script_element(self, servers) -> None:
        """U+2028 and U+2029 would end a line of JavaScript, `</` an element."""
        for name in ("line_separators", "closing_tags"):
            body = get(servers(config(TEXTS[name])), "application/json").text
            json.loads(body)

    def test_problem_json(self, servers, text: str) -> None:
        answer = get(servers(config(text)), "application/problem+json").json()
        assert (answer["title"], answer["detail"]) == ("T " + text, "M " + text)

    def test_html(self, servers, text: str) -> None:
        page = Page(get(servers(config(text)), "text/html").text)
        shown = "T " + text.translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})  # no HTML characters
        assert squeezed(page.texts["title"]) == squeezed(shown)
        assert squeezed(page.texts["h1"]) == squeezed(shown)
        plain = Page(get(servers(BARE), "text/html").text)
        own = [tag for tag, _ in page.tags if tag != "br"]
        assert own == [tag for tag, _ in plain.tags if tag != "br"], "the text has made elements"

    def test_plain_text(self, servers, text: str) -> None:
        body = get(servers(config(text)), "text/plain").text
        assert "T " + text in body and "M " + text in body

    def test_xml(self, servers, text: str) -> None:
        body = get(servers(config(text)), "application/xml").body
        texts = [element.text or "" for element in ElementTree.fromstring(body).iter()]
        if text != TEXTS["noncharacters"]:  # U+FFFE and U+FFFF are no XML characters
            assert "T " + text in texts and "M " + text in texts

    def test_soap(self, servers, text: str) -> None:
        for content_type, more in (
            ("text/xml", [("SOAPAction", '""')]),
            ("application/soap+xml", []),
        ):
            response = servers(config(text)).request(
                "POST", "/", [("Content-Type", content_type), *more], b""
            )
            ElementTree.fromstring(response.body)

    def test_event_stream(self, servers, text: str) -> None:
        """A newline within the data would make a field of its own."""
        body = get(servers(config(text)), "text/event-stream").text
        names = [line.partition(":")[0] for line in body.split("\n") if line]
        assert sorted(names) == ["data", "event", "retry"]
        (data,) = [line for line in body.split("\n") if line.startswith("data: ")]
        assert json.loads(data[6:])["title"] == "T " + text

    def test_grpc(self, servers, text: str) -> None:
        response = servers(config(text)).request("POST", "/", [("Content-Type", "application/grpc")], b"")
        assert response.status == 503
        message = response.header("grpc-message")
        assert all(" " <= c <= "~" for c in message)
        decoded = urllib.parse.unquote(message, errors="strict")
        assert "T " + text in decoded or "M " + text in decoded


def test_long_message(servers) -> None:
    """8 KiB are allowed; a header field, whose size proxies limit, holds less of it."""
    message = "ä" * 4000
    server = servers(f"{BARE}[groups.shop.failure.en]\ntitle = 'Long'\nmessage = '{message}'\n")
    for accept in FORMATS:
        assert message in get(server, accept).text
    response = server.request("POST", "/", [("Content-Type", "application/grpc")], b"")
    assert len(response.header("grpc-message")) < 4096
    urllib.parse.unquote(response.header("grpc-message"), errors="strict")


class TestControlCharacters:
    """They may be dropped or replaced where a format has no place for them, but break nothing."""

    def test_json(self, servers) -> None:
        assert get(servers(config(CONTROL)), "application/json").json()["title"] == "T " + CONTROL

    @pytest.mark.parametrize("accept", FORMATS)
    def test_well_formed(self, servers, accept: str) -> None:
        response = get(servers(config(CONTROL)), accept)
        text = response.body.decode("utf-8")
        assert "bell" in text and "end" in text
        if accept == "application/xml":
            ElementTree.fromstring(response.body)
        if accept.endswith("json"):
            json.loads(text)
        if accept == "text/html":
            assert not set(text) & {"\u0001", "\u0007", "\u001b"}, "no HTML characters"

    def test_header_fields_hold_none(self, servers) -> None:
        response = servers(config(CONTROL)).request("POST", "/", [("Content-Type", "application/grpc")], b"")
        assert all(" " <= c <= "~" for c in response.header("grpc-message"))


@pytest.mark.parametrize(
    "path", ["/<script>alert(1)</script>", '/"onload="alert(1)', "/'x'", "/%3Cscript%3E", "/{{title}}"]
)
@pytest.mark.parametrize("accept", FORMATS)
def test_nothing_of_the_client_s_is_given_back(servers, path: str, accept: str) -> None:
    marker = "marker-of-the-client"
    headers = [
        ("Accept", accept),
        ("Referer", f"https://{marker}/<script>"),
        ("User-Agent", f"{marker}<script>"),
        ("Origin", f"https://{marker}.example"),
        ("X-Own", marker),
    ]
    response = servers(BARE).request("GET", f"{path}?{marker}", headers, host="api.shop.example")
    assert response.status in (400, 503)
    assert marker.encode() not in response.body
    assert b"alert(1)" not in response.body
