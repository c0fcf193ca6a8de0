"""What no client should send: a clear answer, no second one, and the next client is served.

Where the bytes leave in doubt where a request ends, the connection is closed
after one answer: what follows could be a request that somebody hid from a
proxy in front (RFC 9112, 6.3 and 11.2).
"""

from __future__ import annotations

import random
import re
import socket
import ssl
import threading

import pytest

from support.http import Connection, Response
from support.net import wait_until
from wire.configs import HOST, ORIGIN, SHOP, server

SMUGGLED = b"GET /_understudy/health HTTP/1.1\r\nHost: smuggled\r\n\r\n"

GOOD_HOST = f"Host: {HOST}\r\n".encode()
GOOD_ORIGIN = f"Origin: {ORIGIN}\r\n".encode()


def get(*fields: bytes, start: bytes = b"GET / HTTP/1.1") -> bytes:
    return start + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def assert_serves_the_next_client(shared) -> None:
    response = shared.request("GET", "/", [("Origin", ORIGIN)])
    assert response.status == 503
    assert response.header("Access-Control-Allow-Origin") == ORIGIN


def assert_problem(response: Response, *statuses: int) -> None:
    """An error answer as RFC 9457 and the wire contract want it."""
    assert response.status in statuses, response
    assert response.header("Content-Type") == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status
    assert problem["title"] == response.reason != ""
    assert problem["detail"], "say what was wrong"
    assert "close" in response.headers.tokens("Connection")
    assert response.header("Cache-Control") == "no-store"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert "Date" in response.headers


def assert_ends(connection: Connection) -> None:
    """Not a byte more, and the connection is closed."""
    rest = connection.read_to_end()
    assert rest == b"", f"after the last answer came {rest[:300]!r}"


def assert_refused(shared, data: bytes, *statuses: int) -> Response:
    with Connection(shared.port) as connection:
        connection.send(data)
        response = connection.read_response()
        assert_problem(response, *statuses)
        assert_ends(connection)
    assert_serves_the_next_client(shared)
    return response


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
        [b"a b", b"a/b", b"user@a", b"a:80abc", b"<script>", b"a#b", b"a?b", b'"a"', b"[::1", b"a\\b", b"a:80:80"],
    )
    def test_invalid(self, servers, value: bytes) -> None:
        """RFC 9112, 3.2: a Host field with an invalid value gets 400, too."""
        assert_refused(servers(SHOP), get(b"Host: " + value), 400)

    @pytest.mark.parametrize("value", [b"", b"a", b"a:", b"a:8080", b"[::1]:80", b"127.0.0.1", b"A_b.example"])
    def test_valid(self, servers, value: bytes) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: " + value))
            assert connection.read_response().status == 503


def post(*fields: bytes, body: bytes = b"", start: bytes = b"POST / HTTP/1.1") -> bytes:
    return get(GOOD_HOST.strip(), GOOD_ORIGIN.strip(), *fields, start=start) + body


# Each is followed by what must not be taken for a second request.
FRAMING = {
    "length_and_chunked": (post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), {400}),
    "chunked_and_length": (post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"), {400}),
    "chunked_and_length_zero": (post(b"Transfer-Encoding: chunked", b"Content-Length: 0", body=b"0\r\n\r\n"), {400}),
    "lengths_differ": (post(b"Content-Length: 0", b"Content-Length: 44"), {400}),
    "lengths_differ_in_list": (post(b"Content-Length: 0, 44"), {400}),
    "length_negative": (post(b"Content-Length: -1"), {400}),
    "length_plus": (post(b"Content-Length: +5", body=b"12345"), {400}),
    "length_hex": (post(b"Content-Length: 0x5", body=b"12345"), {400}),
    "length_letters": (post(b"Content-Length: five"), {400}),
    "length_trailing": (post(b"Content-Length: 5x", body=b"12345"), {400}),
    "length_inner_blank": (post(b"Content-Length: 1 0"), {400}),
    "length_fraction": (post(b"Content-Length: 5.0", body=b"12345"), {400}),
    "length_empty": (post(b"Content-Length:"), {400}),
    "length_overflow_64": (post(b"Content-Length: 18446744073709551616"), {400, 413}),
    "length_overflow_far": (post(b"Content-Length: " + b"9" * 60), {400, 413}),
    "coding_unknown": (post(b"Transfer-Encoding: gzip"), {400, 501}),
    "coding_identity": (post(b"Transfer-Encoding: identity"), {400, 501}),
    "coding_not_last": (post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), {400, 501}),
    "coding_before": (post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_twice": (post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_two_fields": (post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"), {400, 501}),
    "coding_look_alike": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_quoted": (post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), {400, 501}),
    "coding_vertical_tab": (post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_empty": (post(b"Transfer-Encoding:"), {400, 501}),
    "coding_http_1_0": (post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", start=b"POST / HTTP/1.0"), {400, 501}),
    "get_with_both": (
        post(b"Content-Length: 44", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", start=b"GET / HTTP/1.1"),
        {400},
    ),
    "options_with_both": (
        post(b"Content-Length: 44", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", start=b"OPTIONS / HTTP/1.1"),
        {400},
    ),
}


@pytest.mark.parametrize("name", FRAMING)
def test_framing(servers, name: str) -> None:
    data, statuses = FRAMING[name]
    response = assert_refused(servers(SHOP), data + SMUGGLED, *statuses)
    assert response.header("Access-Control-Allow-Origin") == ORIGIN


@pytest.mark.parametrize("fields", [(b"Content-Length: 5", b"Content-Length: 5"), (b"Content-Length: 5, 5",)])
def test_equal_lengths(servers, fields: tuple[bytes, ...]) -> None:
    """RFC 9110, 8.6: may be refused, or taken as one; never as two."""
    with Connection(servers(SHOP).port) as connection:
        connection.send(post(*fields, body=b"12345") + get(b"Host: a"))
        response = connection.read_response()
        if response.status == 503:
            assert connection.read_response().status == 503
        else:
            assert_problem(response, 400)
            assert_ends(connection)


BAD_CHUNKS = {
    "no_hex": b"zz\r\n12345\r\n0\r\n\r\n",
    "empty_size": b"\r\n12345\r\n0\r\n\r\n",
    "negative": b"-5\r\n12345\r\n0\r\n\r\n",
    "plus": b"+5\r\n12345\r\n0\r\n\r\n",
    "hex_prefix": b"0x5\r\n12345\r\n0\r\n\r\n",
    "inner_blank": b"0 5\r\n12345\r\n0\r\n\r\n",
    "overflow_64": b"10000000000000005\r\n12345\r\n0\r\n\r\n",
    "overflow_far": b"f" * 60 + b"\r\n12345\r\n0\r\n\r\n",
    "data_longer": b"5\r\n1234567\r\n0\r\n\r\n",
    "data_shorter": b"7\r\n12345\r\n0\r\n\r\n",
    "bare_lf_after_size": b"5\n12345\r\n0\r\n\r\n",
    "bare_lf_after_data": b"5\r\n12345\n0\r\n\r\n",
    "bare_lf_at_end": b"5\r\n12345\r\n0\n\n",
    "bare_cr_after_size": b"5\r12345\r\n0\r\n\r\n",
    "nul_in_size": b"5\0\r\n12345\r\n0\r\n\r\n",
    "extension_with_lf": b"5;a=\n\r\n12345\r\n0\r\n\r\n",
    "bad_trailer": b"5\r\n12345\r\n0\r\nno colon\r\n\r\n",
    "html": b"<html>\r\n\r\n",
}


@pytest.mark.parametrize("together", [True, False], ids=["in_one_write", "after_the_answer"])
@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_bad_chunks(servers, name: str, together: bool) -> None:
    """The answer may be out already: then it was the last one. Nothing is smuggled either way."""
    shared = servers(SHOP)
    head = post(b"Transfer-Encoding: chunked")
    with Connection(shared.port) as connection:
        if together:
            connection.send(head + BAD_CHUNKS[name] + SMUGGLED)
            response = connection.read_response()
        else:
            connection.send(head)
            response = connection.read_response()
            assert response.status == 503
            try:
                connection.send(BAD_CHUNKS[name] + SMUGGLED)
            except ConnectionError:
                pass
        assert response.status in (400, 503)
        assert response.header("Access-Control-Allow-Origin") == ORIGIN
        assert_ends_or_resets(connection)
    assert_serves_the_next_client(shared)


def assert_ends_or_resets(connection: Connection) -> None:
    """Closed while we may still have been sending: a reset is an end, a second answer is not."""
    try:
        rest = connection.read_to_end()
    except ConnectionResetError:
        return
    assert rest == b"", f"after the last answer came {rest[:300]!r}"


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\n12345\r\n0\r\n\r\n",
        b"0\r\n\r\n",
        b"00005\r\n12345\r\n000\r\n\r\n",
        b"A\r\n1234567890\r\na\r\n1234567890\r\n0\r\n\r\n",
        b"5;name=value\r\n12345\r\n0;last\r\n\r\n",
        b'5;name="quo;ted\\" \t"\r\n12345\r\n0\r\n\r\n',
        b"5\r\n12345\r\n0\r\nX-Trailer: 1\r\nX-Other: 2\r\n\r\n",
        b"1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n",
    ],
)
def test_good_chunks(servers, body: bytes) -> None:
    with Connection(servers(SHOP).port) as connection:
        connection.send(post(b"Transfer-Encoding: chunked", body=body) + SMUGGLED)
        assert connection.read_response().status == 503
        assert connection.read_response().status == 200, "the request after the body"


@pytest.mark.parametrize(
    "body",
    [
        b"5;" + b"a" * 100_000 + b"\r\n12345\r\n0\r\n\r\n",
        b"5\r\n12345\r\n0\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
        b"1;a=b\r\nx\r\n" * 20_000 + b"0\r\n\r\n",
    ],
    ids=["long_extension", "many_trailers", "many_small_chunks"],
)
def test_well_formed_but_beyond_measure(servers, body: bytes) -> None:
    """Read away rightly, or the end of the connection: both will do (RFC 9112, 7.1.1)."""
    shared = servers(SHOP)
    with Connection(shared.port) as connection:
        try:
            connection.send(post(b"Transfer-Encoding: chunked", body=body) + SMUGGLED)
        except ConnectionError:
            pass
        assert connection.read_response().status in (400, 503)
        try:
            if not connection.at_end():
                assert connection.read_response().json() == {"status": "ok"}
        except ConnectionResetError:
            pass
    assert_serves_the_next_client(shared)


def test_smuggling_within_a_body(servers) -> None:
    """A request inside a body is part of the body."""
    with Connection(servers(SHOP).port) as connection:
        length = f"Content-Length: {len(SMUGGLED)}".encode()
        connection.send(post(length, body=SMUGGLED) + get(b"Host: a", b"Connection: close"))
        assert connection.read_response().status == 503
        assert connection.read_response().status == 503
        assert_ends(connection)


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


class TestSlowClients:
    QUICK = server('header_timeout = "300ms"\nidle_timeout = "600ms"\n') + SHOP

    def test_header_that_never_ends(self, servers) -> None:
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: a")
            assert_problem(connection.read_response(), 408)
            assert_ends(connection)
        assert_serves_the_next_client(shared)

    def test_cors_where_the_origin_has_come(self, servers) -> None:
        with Connection(servers(self.QUICK).port) as connection:
            connection.send(b"GET / HTTP/1.1\r\n" + GOOD_HOST + GOOD_ORIGIN + b"X-A: ")
            response = connection.read_response()
            assert_problem(response, 408)
            assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_a_trickle_does_not_move_the_deadline(self, servers) -> None:
        """One byte now and then, forever: the header as a whole has the deadline."""
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nX-A: ")
            connection.socket.settimeout(0.05)

            def trickle_until_told() -> bool:
                try:
                    return connection._receive()
                except TimeoutError:
                    connection.socket.send(b"a")
                    return False

            wait_until(trickle_until_told, limit=10, what="408 in spite of the trickle", interval=0)
            connection.socket.settimeout(10)
            assert_problem(connection.read_response(), 408)
        assert_serves_the_next_client(shared)

    def test_second_request_has_a_deadline_too(self, servers) -> None:
        with Connection(servers(self.QUICK).port) as connection:
            connection.send(get(b"Host: a") + b"GET / HT")
            assert connection.read_response().status == 503
            assert_problem(connection.read_response(), 408)
            assert_ends(connection)

    def test_a_client_that_says_nothing(self, servers) -> None:
        """No request, so no answer is due: the connection is closed (408 would do, too)."""
        shared = servers(self.QUICK)
        with Connection(shared.port) as connection:
            rest = connection.read_to_end()
            assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")
        assert_serves_the_next_client(shared)


class TestHalfClosed:
    def test_after_a_request(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a"))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)

    def test_after_three_requests(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(get(b"Host: a") * 3)
            connection.half_close()
            assert [connection.read_response().status for _ in range(3)] == [503] * 3
            assert_ends(connection)

    def test_after_a_chunked_request(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.send(post(b"Transfer-Encoding: chunked", body=b"5\r\n12345\r\n0\r\n\r\n"))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)

    @pytest.mark.parametrize("part", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"])
    def test_within_a_header(self, servers, part: bytes) -> None:
        """There is nothing to answer any more; 400 would do, too."""
        shared = servers(SHOP)
        with Connection(shared.port) as connection:
            connection.send(part)
            connection.half_close()
            rest = connection.read_to_end()
            assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")
        assert_serves_the_next_client(shared)

    @pytest.mark.parametrize("fields, part", [(b"Content-Length: 100", b"half"), (b"Transfer-Encoding: chunked", b"64\r\nhalf")])
    def test_within_a_body(self, servers, fields: bytes, part: bytes) -> None:
        shared = servers(SHOP)
        with Connection(shared.port) as connection:
            connection.send(post(fields, body=part))
            connection.half_close()
            assert connection.read_response().status == 503
            assert_ends(connection)
        assert_serves_the_next_client(shared)

    def test_nothing_at_all(self, servers) -> None:
        with Connection(servers(SHOP).port) as connection:
            connection.half_close()
            assert_ends(connection)

    def test_reset_in_the_middle(self, servers) -> None:
        shared = servers(SHOP)
        for part in (b"", b"GET / HT", get(b"Host: a"), post(b"Content-Length: 100", body=b"half")):
            with Connection(shared.port) as connection:
                connection.send(part)
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert_serves_the_next_client(shared)


class TestClientThatNeverReads:
    CONFIG = server('write_timeout = "500ms"\n') + SHOP

    def flood(self, port: int, limit: int) -> tuple[socket.socket, int]:
        """Sends requests, reads nothing, until the server takes no more (or `limit` bytes went)."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        requests, sent = get(b"Host: a", b"Accept: text/html") * 200, 0
        while sent < limit:
            try:
                sent += client.send(requests)
            except BlockingIOError:
                break
            except ConnectionError:
                break
        return client, sent

    def test_is_not_buffered_without_bound(self, servers) -> None:
        """Answers that nobody takes stop the reading: the client is held up, not the memory."""
        limit = 64 << 20
        client, sent = self.flood(servers(self.CONFIG).port, limit)
        with client:
            assert sent < limit

    def test_is_cut_off(self, understudy) -> None:
        own = understudy(self.CONFIG)
        before = own.metrics().value("understudy_connections")
        clients = [self.flood(own.port, 8 << 20)[0] for _ in range(4)]
        try:
            wait_until(
                lambda: own.metrics().value("understudy_connections") <= before,
                limit=20,
                what="write_timeout to close what nobody reads",
            )
        finally:
            for client in clients:
                client.close()
        assert_serves_the_next_client(own)

    def test_others_are_served_meanwhile(self, servers) -> None:
        shared = servers(SHOP)
        clients = [self.flood(shared.port, 2 << 20)[0] for _ in range(8)]
        for _ in range(20):
            assert_serves_the_next_client(shared)
        for client in clients:
            client.close()


MUTATED = [
    get(GOOD_HOST.strip(), GOOD_ORIGIN.strip(), b"Accept: text/html;q=0.5, */*;q=0.1", b"Accept-Language: de-AT, en"),
    post(b"Transfer-Encoding: chunked", body=b"5;a=b\r\n12345\r\n0\r\nX-T: 1\r\n\r\n") + SMUGGLED,
    post(b"Content-Length: 10", body=b"0123456789") + SMUGGLED,
    get(GOOD_HOST.strip(), GOOD_ORIGIN.strip(), b"Access-Control-Request-Method: PUT", start=b"OPTIONS / HTTP/1.1"),
    get(b"Host: a", b"Connection: keep-alive", start=b"HEAD / HTTP/1.0") + SMUGGLED,
]


@pytest.mark.parametrize("seed", range(20))
def test_mutations(servers, seed: int) -> None:
    """Requests with a few bytes changed, left out or put in: whatever comes back is HTTP."""
    chance = random.Random(seed)
    shared = servers(SHOP)
    for _ in range(50):
        data = bytearray(chance.choice(MUTATED))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data))
            kind = chance.randrange(3)
            byte = chance.choice(b"\r\n\0 \t:;,/0123456789aZ\x7f\xff" + bytes([chance.randrange(256)]))
            data[at : at + (kind != 2)] = b"" if kind == 1 else bytes([byte])
        with Connection(shared.port) as connection:
            connection.send(bytes(data))
            connection.half_close()
            received = connection.read_to_end()
        assert_is_http(received, bytes(data))
    assert_serves_the_next_client(shared)


def assert_is_http(received: bytes, data: bytes) -> None:
    """A row of whole responses (those to HEAD may be without the body that they announce)."""
    allowed = {200, 204, 400, 404, 405, 408, 413, 414, 417, 431, 501, 503, 505}
    while received:
        top, separator, rest = received.partition(b"\r\n\r\n")
        status_line, *fields = top.split(b"\r\n")
        assert separator and status_line.startswith(b"HTTP/1.1 "), (data, received)
        status = int(status_line[9:12])
        assert status in allowed, (data, status_line)
        assert all(re.fullmatch(rb"[A-Za-z-]+: [^\0\r\n]*", field) for field in fields), (data, top)
        lengths = [int(f.split(b": ")[1]) for f in fields if f.lower().startswith(b"content-length:")]
        assert len(lengths) == (status != 204), (data, top)
        body = lengths[0] if lengths else 0
        without_body = b"HEAD" in data and (rest == b"" or rest.startswith(b"HTTP/1.1 "))
        received = rest if without_body else rest[body:]
        assert without_body or len(rest) >= body, (data, top)


def test_many_bad_clients_at_once(servers) -> None:
    """Sixteen threads of nonsense; whoever asks properly meanwhile is answered."""
    shared = servers(SHOP)
    inputs = [data for data, _ in REQUEST_LINES.values()] + [data for data, _ in FRAMING.values()]
    failures: list[str] = []

    def nonsense(offset: int) -> None:
        for index in range(offset, len(inputs), 16):
            with Connection(shared.port) as connection:
                connection.send(inputs[index])
                if connection.read_response().status not in (400, 413, 501, 505):
                    failures.append(repr(inputs[index]))

    threads = [threading.Thread(target=nonsense, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert_serves_the_next_client(shared)
    for thread in threads:
        thread.join()
    assert not failures
