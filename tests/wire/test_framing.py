"""Where a request ends: what leaves it in doubt is answered once, and the connection closed.

What follows could be a request that somebody hid from a proxy in front
(RFC 9112, 6.3 and 11.2).
"""

from __future__ import annotations

import pytest

from support.http import Connection
from wire.asking import (
    SMUGGLED,
    assert_ends,
    assert_ends_or_resets,
    assert_problem,
    assert_refused,
    assert_serves_the_next_client,
    get,
    post,
)
from wire.configs import ORIGIN, SHOP

# Each is followed by what must not be taken for a second request.
FRAMING = {
    "length_and_chunked": (
        post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        {400},
    ),
    "chunked_and_length": (
        post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
        {400},
    ),
    "chunked_and_length_zero": (
        post(b"Transfer-Encoding: chunked", b"Content-Length: 0", body=b"0\r\n\r\n"),
        {400},
    ),
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
    "coding_two_fields": (
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
        {400, 501},
    ),
    "coding_look_alike": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_quoted": (post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), {400, 501}),
    "coding_vertical_tab": (post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), {400, 501}),
    "coding_empty": (post(b"Transfer-Encoding:"), {400, 501}),
    "coding_http_1_0": (
        post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", start=b"POST / HTTP/1.0"),
        {400, 501},
    ),
    "get_with_both": (
        post(
            b"Content-Length: 44", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", start=b"GET / HTTP/1.1"
        ),
        {400},
    ),
    "options_with_both": (
        post(
            b"Content-Length: 44",
            b"Transfer-Encoding: chunked",
            body=b"0\r\n\r\n",
            start=b"OPTIONS / HTTP/1.1",
        ),
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
