"""What no client should send: a clear answer, and the next client is served."""

from __future__ import annotations

import ssl

import pytest

from support.http import Connection
from wire.asking import (
    GOOD_HOST,
    GOOD_ORIGIN,
    SMUGGLED,
    assert_ends,
    assert_problem,
    assert_refused,
    assert_serves_the_next_client,
    get,
    post,
)
from wire.configs import ORIGIN, SHOP

REQUEST_LINES = {
    "method_alone": (b"GET\r\nHost: a\r\n\r\n", {400}),
    "no_version": (b"GET /\r\nHost: a\r\n\r\n", {400}),
    "http_0_9": (b"GET /\r\n\r\n", {400}),
    "no_target": (b"GET HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "empty_target": (b"GET  HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "two_blanks_before_target": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "two_blanks_before_version": (b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "blank_at_start": (b" GET / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "blank_at_end": (b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", {400}),
    "tab_between": (b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "fourth_word": (b"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", {400}),
    "blank_in_target": (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "no_token": (b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "method_with_parens": (b"GET() / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "method_with_high_bytes": ("GÉT / HTTP/1.1\r\nHost: a\r\n\r\n".encode(), {400}),
    "nul_in_method": (b"G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "nul_in_target": (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "delete_in_target": (b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "escape_in_target": (b"GET /\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "cr_in_target": (b"GET /\rX HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "target_without_slash": (b"GET orders HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "lower_case_version": (b"GET / http/1.1\r\nHost: a\r\n\r\n", {400, 505}),
    "other_protocol": (b"GET / RTSP/1.0\r\nHost: a\r\n\r\n", {400, 505}),
    "version_without_dot": (b"GET / HTTP/11\r\nHost: a\r\n\r\n", {400, 505}),
    "version_letter": (b"GET / HTTP/1.x\r\nHost: a\r\n\r\n", {400, 505}),
    "version_too_long": (b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", {400, 505}),
    "version_0_9": (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", {400, 505}),
    "version_2": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {505}),
    "version_3": (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", {505}),
    "bare_lf_everywhere": (b"GET / HTTP/1.1\nHost: a\n\n", {400}),
    "bare_lf_after_request_line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", {400}),
    "bare_cr_after_request_line": (b"GET / HTTP/1.1\rHost: a\r\n\r\n", {400}),
    "ssh": (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", {400}),
    "proxy_protocol_1": (b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "proxy_protocol_2": (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\x7f\0\0\1" * 3 + b"\r\n\r\n", {400}),
    "redis": (b"*1\r\n$4\r\nPING\r\n", {400}),
    "binary": (bytes(range(1, 256)) + b"\r\n\r\n", {400}),
    "json": (b'{"jsonrpc":"2.0"}\r\n\r\n', {400}),
}


@pytest.mark.parametrize("name", REQUEST_LINES)
def test_request_line(servers, name: str) -> None:
    data, statuses = REQUEST_LINES[name]
    assert_refused(servers(SHOP), data, *statuses)


# Each stands after a good Host and a good Origin: the page may read what was wrong.
HEADER_LINES = {
    "no_colon": b"no colon here\r\n",
    "no_name": b": value\r\n",
    "blank_before_colon": b"X-A : value\r\n",
    "tab_before_colon": b"X-A\t: value\r\n",
    "blank_in_name": b"X A: value\r\n",
    "nul_in_name": b"X\0A: value\r\n",
    "high_byte_in_name": "X-Ä: value\r\n".encode(),
    "paren_in_name": b"X(A): value\r\n",
    "nul_in_value": b"X-A: va\0lue\r\n",
    "control_in_value": b"X-A: va\x01lue\r\n",
    "escape_in_value": b"X-A: \x1b[31m\r\n",
    "delete_in_value": b"X-A: va\x7flue\r\n",
    "bare_cr_in_value": b"X-A: va\rlue\r\n",
    "bare_cr_before_field": b"X-A: a\rX-B: b\r\n",
    "bare_lf": b"X-A: value\n",
    "bare_lf_within": b"X-A: a\nX-B: b\r\n",
    "obs_fold": b"X-A: one\r\n two\r\n",
    "obs_fold_tab": b"X-A: one\r\n\ttwo\r\n",
    "obs_fold_empty": b"X-A: one\r\n \r\n",
    "obs_fold_of_framing": b"Transfer-Encoding:\r\n chunked\r\n",
    "second_host": b"Host: other.example\r\n",
    "second_host_equal": GOOD_HOST,
}


@pytest.mark.parametrize("name", HEADER_LINES)
def test_header_line(servers, name: str) -> None:
    data = b"GET / HTTP/1.1\r\n" + GOOD_HOST + GOOD_ORIGIN + HEADER_LINES[name] + b"\r\n"
    response = assert_refused(servers(SHOP), data + SMUGGLED, 400)
    assert response.header("Access-Control-Allow-Origin") == ORIGIN
    assert "origin" in response.headers.tokens("Vary")


def test_no_cors_for_a_refused_origin(servers) -> None:
    data = get(GOOD_HOST.strip(), b"Origin: https://evil.example", b"no colon")
    response = assert_refused(servers(SHOP), data, 400)
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "origin" in response.headers.tokens("Vary")


def test_space_before_the_first_field(servers) -> None:
    """RFC 9112, 2.2: whitespace between the request line and the first field."""
    assert_refused(servers(SHOP), b"GET / HTTP/1.1\r\n X-A: 1\r\n" + GOOD_HOST + b"\r\n", 400)


class TestHost:
    def test_missing(self, servers) -> None:
        """RFC 9112, 3.2: an HTTP/1.1 request without Host, or with two, gets 400."""
        response = assert_refused(servers(SHOP), get(GOOD_ORIGIN.strip()) + SMUGGLED, 400)
        assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_missing_at_all(self, servers) -> None:
        assert_refused(servers(SHOP), b"GET / HTTP/1.1\r\n\r\n", 400)

    def test_missing_with_an_absolute_target(self, servers) -> None:
        assert_refused(servers(SHOP), get(start=b"GET http://api.shop.example/ HTTP/1.1"), 400)

    def test_two_in_http_1_0(self, servers) -> None:
        assert_refused(servers(SHOP), get(b"Host: a", b"Host: b", start=b"GET / HTTP/1.0"), 400)

    @pytest.mark.parametrize(
        "value",
        [
            b"a b",
            b"a/b",
            b"user@a",
            b"a:80abc",
            b"<script>",
            b"a#b",
            b"a?b",
            b'"a"',
            b"[::1",
            b"a\\b",
            b"a:80:80",
        ],
    )
    def test_invalid(self, servers, value: bytes) -> None:
        """RFC 9112, 3.2: a Host field with an invalid value gets 400, too."""
        assert_refused(servers(SHOP), get(b"Host: " + value), 400)

    @pytest.mark.parametrize(
        "value", [b"", b"a", b"a:", b"a:8080", b"[::1]:80", b"127.0.0.1", b"A_b.example"]
    )
    def test_valid(self, servers, value: bytes) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: " + value))
            assert connection.read_response().status == 503


class TestLimits:
    """Headers up to 16 KiB and 100 fields (431), targets up to 8 KiB (414)."""

    def assert_fine(self, shared, data: bytes) -> None:
        with Connection(shared.port) as connection:
            connection.send(data + get(b"Host: a"))
            assert connection.read_response().status == 503
            assert connection.read_response().status == 503

    def test_headers_just_below(self, servers) -> None:
        self.assert_fine(servers(SHOP), post(b"X-A: " + b"a" * 15_000, b"Content-Length: 0"))

    def test_one_long_field(self, servers) -> None:
        response = assert_refused(servers(SHOP), post(b"X-A: " + b"a" * 17_000) + SMUGGLED, 431)
        assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_many_fields_of_middle_size(self, servers) -> None:
        fields = [b"X-%d: " % i + b"a" * 400 for i in range(50)]
        assert_refused(servers(SHOP), post(*fields) + SMUGGLED, 431)

    def test_long_name(self, servers) -> None:
        assert_refused(servers(SHOP), post(b"X" * 17_000 + b": a") + SMUGGLED, 431)

    def test_hundred_fields(self, servers) -> None:
        fields = [b"X-%d: a" % i for i in range(97)]
        self.assert_fine(servers(SHOP), post(*fields, b"Content-Length: 0"))  # 97, Host, Origin, this

    def test_more_than_a_hundred_fields(self, servers) -> None:
        fields = [b"X-%d: a" % i for i in range(99)]
        response = assert_refused(servers(SHOP), post(*fields) + SMUGGLED, 431)
        assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_thousand_empty_fields(self, servers) -> None:
        assert_refused(servers(SHOP), post(*[b"X:"] * 1000) + SMUGGLED, 431)

    def test_headers_without_end(self, servers) -> None:
        """The answer can be read although the client is still sending."""
        assert_refused(servers(SHOP), b"GET / HTTP/1.1\r\n" + GOOD_HOST + b"X-A: " + b"a" * 200_000, 431)

    def test_target_just_below(self, servers) -> None:
        target = b"/" + b"a" * 8191
        self.assert_fine(servers(SHOP), get(GOOD_HOST.strip(), start=b"GET " + target + b" HTTP/1.1"))

    @pytest.mark.parametrize("length", [8193, 9000, 17_000, 100_000])
    def test_long_target(self, servers, length: int) -> None:
        target = b"/" + b"a" * (length - 1)
        data = get(GOOD_HOST.strip(), start=b"GET " + target + b" HTTP/1.1")
        assert_refused(servers(SHOP), data + SMUGGLED, 414)

    def test_long_target_with_origin(self, servers) -> None:
        """The Origin stands after the target, and can be read all the same."""
        start = b"GET /" + b"a" * 9000 + b" HTTP/1.1"
        data = get(GOOD_HOST.strip(), GOOD_ORIGIN.strip(), start=start)
        response = assert_refused(servers(SHOP), data, 414)
        assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_long_method(self, servers) -> None:
        """An unknown method may be as long as a header may, or be refused; not more."""
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a", start=b"A" * 20_000 + b" / HTTP/1.1"))
            assert_problem(connection.read_response(), 400, 431, 501)
            assert_ends(connection)
        assert_serves_the_next_client(servers(SHOP))

    def test_long_line_without_a_blank(self, servers) -> None:
        assert_refused(servers(SHOP), b"A" * 100_000 + b"\r\n\r\n", 400, 414, 431)


class TestOtherProtocols:
    def test_http2_preface(self, servers) -> None:
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
        assert_refused(servers(SHOP), preface, 505)

    @pytest.mark.parametrize("name", ["api.shop.example", "a" * 200 + ".example"[:50]])
    def test_tls_hello(self, servers, name: str) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls = context.wrap_bio(incoming, outgoing, server_hostname=name[:60])
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        response = assert_refused(servers(SHOP), outgoing.read(), 400)
        assert "TLS" in response.text or "HTTPS" in response.text, "say what it is"

    def test_tls_hello_in_pieces(self, servers) -> None:
        """A hello's first bytes are enough to tell; waiting for an end of line would be in vain."""
        with Connection(servers(SHOP).port) as connection:
            connection.send(b"\x16\x03\x01")
            assert_problem(connection.read_response(), 400)


class TestNegotiationFields:
    """Lists beyond measure: an answer, or a refusal for their size; the server does not mind."""

    @pytest.mark.parametrize(
        "field",
        [
            b"Accept: " + b",".join([b"*/*"] * 3_800),
            b"Accept: " + b",".join([b"a/b;q=0.1"] * 1_500),
            b"Accept: " + b"," * 15_000,
            b"Accept: " + b";" * 15_000,
            b'Accept: a/b;c="' + b'\\"' * 7_000,
            b"Accept-Language: " + b",".join([b"x"] * 7_500),
            b"Accept-Language: " + b"-".join([b"x"] * 7_500),
            b"Accept-Language: " + b"-" * 15_000,
            b"Accept-Encoding: " + b",".join([b"gzip"] * 3_000),
            b"Accept: text/html;q=999",
            b"Accept-Language: de;q=999",
            b"Accept-Encoding: br;q=999",
            b"Accept: text/html;q=" + b"9" * 10_000,
            b"Accept: text/html;q=0." + b"0" * 10_000 + b"1",
            b"Connection: " + b"," * 15_000,
            b"Access-Control-Request-Headers: " + b",".join([b"x"] * 7_500),
        ],
        ids=lambda field: field[:40].decode(),
    )
    def test_within_the_size(self, servers, field: bytes) -> None:
        shared = servers(SHOP)
        with Connection(shared.port) as connection:
            connection.send(get(b"Host: a", field))
            assert connection.read_response().status == 503
        assert_serves_the_next_client(shared)

    def test_5000_accept_ranges(self, servers) -> None:
        data = post(b"Accept: " + b",".join([b"text/x%d;q=0.5" % i for i in range(5_000)]))
        assert_refused(servers(SHOP), data, 431)

    def test_10000_language_tags(self, servers) -> None:
        assert_refused(servers(SHOP), post(b"Accept-Language: " + b",".join([b"xx"] * 10_000)), 431)

    def test_ranges_in_many_fields(self, servers) -> None:
        field = b"Accept: " + b",".join([b"a/b"] * 35)
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a", *[field] * 95))
            assert connection.read_response().status == 503

    def test_origin_of_8_kib(self, servers) -> None:
        origin = b"https://" + b"a" * 8_000 + b".shop.example"
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a", b"Origin: " + origin))
            response = connection.read_response()
        assert response.status == 503
        assert "Access-Control-Allow-Origin" not in response.headers
        assert b"aaaaaaaa" not in response.body

    def test_long_origin_that_a_wildcard_would_take(self, servers) -> None:
        """Names are at most 253 characters (RFC 1035): whatever is done, the answer is well-formed."""
        config = SHOP.replace('origins = ["https://shop.example"]', 'origins = ["https://*.shop.example"]')
        origin = b"https://" + b"a." * 3_000 + b"shop.example"
        with Connection(servers(config).port) as connection:
            connection.send(get(b"Host: a", b"Origin: " + origin))
            assert connection.read_response().status == 503
