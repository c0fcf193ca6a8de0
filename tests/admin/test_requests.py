"""What arrives is no clean JSON: it is refused with its place, and the next call is served."""

from __future__ import annotations

import json

import pytest

from admin.conftest import Stage
from support.admin import PREFIX, check_response
from support.http import Connection, Response, format_request

MODE = "/groups/shop/mode"
MIB = 1 << 20


def assert_serves(stage: Stage) -> None:
    """The next call, of this client and of the public."""
    for client in stage.clients:
        assert client.status("shop")["mode"] == "open"
    assert stage.server.request("GET").status == 503


class TestJson:
    @pytest.mark.parametrize(
        "text, line, column",
        [
            (b"{", 1, None),
            (b'{"mode":}', 1, 9),
            (b'{"mode":"maintenance",}', 1, 23),
            (b'{\n  "mode": maintenance\n}', 2, 11),
            (b'{"mode":"maintenance"} x', 1, 24),
            (b"{'mode':'open'}", 1, 2),
            (b'{"mode":"open"', 1, None),
            (b'{"mode":"\x01"}', 1, 10),
            (b"// x\n{}", 1, 1),
            (b"nul", 1, None),
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", 1, None),
        ],
    )
    def test_syntax_has_its_place(self, shared: Stage, text: bytes, line: int, column: int | None) -> None:
        problem = shared.unix.refused(400, "malformed", "PUT", MODE, raw=text)
        assert "line" in problem["detail"] and str(line) in problem["detail"]
        if column is not None:
            assert any(str(c) in problem["detail"] for c in (column - 1, column, column + 1)), problem[
                "detail"
            ]
        assert_serves(shared)

    @pytest.mark.parametrize("text", [b"", b" ", b"[]", b"7", b"null", b'"maintenance"', b"true"])
    def test_no_object(self, shared: Stage, text: bytes) -> None:
        assert shared.unix.call("PUT", MODE, raw=text).status in (400, 422)
        assert_serves(shared)

    @pytest.mark.parametrize(
        "text",
        [
            b'{"mode":"maintenance","reason":"\xff"}',
            b'{"mode":"maintenance","reason":"\xc3"}',
            b'{"mode":"maintenance","reason":"\xc0\xaf"}',
            b'{"mode":"maintenance","reason":"\xed\xa0\x80"}',
            b'{"mode":"maintenance","reason":"\xf4\x90\x80\x80"}',
            b'{"mode":"maintenance","\xff":"x"}',
            b'{"mode":"maintenance","reason":"\\ud800"}',
        ],
    )
    def test_no_utf8(self, shared: Stage, text: bytes) -> None:
        shared.unix.refused(400, "malformed", "PUT", MODE, raw=text)
        assert_serves(shared)

    def test_name_twice(self, shared: Stage) -> None:
        shared.unix.refused(400, "malformed", "PUT", MODE, raw=b'{"mode":"open","mode":"maintenance"}')
        assert_serves(shared)

    def test_deep(self, shared: Stage) -> None:
        for depth in (20, 100_000):
            text = b'{"mode":"open","texts":' + b"[" * depth + b"]" * depth + b"}"
            assert shared.unix.call("PUT", MODE, raw=text).status in (400, 422)
        assert_serves(shared)

    @pytest.mark.parametrize("number", ["1e999", "-1e400", "99999999999999999999999", "1" * 5000])
    def test_big_numbers(self, shared: Stage, number: str) -> None:
        text = b'{"name":"n","retry_jitter":' + number.encode() + b"}"
        assert shared.unix.call("POST", "/groups", raw=text).status in (400, 422)
        assert_serves(shared)

    @pytest.mark.parametrize(
        "change, field",
        [
            ({}, "mode"),
            ({"mode": None}, "mode"),
            ({"mode": 1}, "mode"),
            ({"mode": ["open"]}, "mode"),
            ({"mode": "maintainance"}, "mode"),
            ({"mode": "Open"}, "mode"),
            ({"mode": "maintenance", "for": "soon"}, "for"),
            ({"mode": "maintenance", "for": 30}, "for"),
            ({"mode": "maintenance", "for": "0s"}, "for"),
            ({"mode": "maintenance", "for": "-5m"}, "for"),
            ({"mode": "maintenance", "for": "999999999999d"}, "for"),
            ({"mode": "maintenance", "until": "22:30"}, "until"),
            ({"mode": "maintenance", "until": "2026-11-21T01:00:00"}, "until"),
            ({"mode": "maintenance", "until": "2020-01-01T00:00:00Z"}, "until"),
            ({"mode": "maintenance", "until": "2030-02-30T00:00:00Z"}, "until"),
            ({"mode": "maintenance", "until": 1795388400}, "until"),
            ({"mode": "maintenance", "for": "5m", "until": "2030-01-01T00:00:00Z"}, ""),
            ({"mode": "open", "for": "5m"}, "for"),
            ({"mode": "open", "until": "2030-01-01T00:00:00Z"}, "until"),
            ({"mode": "maintenance", "ramp": "5m"}, "ramp"),
            ({"mode": "open", "ramp": "gently"}, "ramp"),
            ({"mode": "maintenance", "reason": 7}, "reason"),
            ({"mode": "maintenance", "reason": "x" * 1001}, "reason"),
            ({"mode": "maintenance", "texts": []}, "texts"),
            ({"mode": "maintenance", "texts": {"en": "x"}}, "texts"),
            ({"mode": "maintenance", "texts": {"e n": {"title": "x"}}}, "texts"),
            ({"mode": "maintenance", "texts": {"en": {"titel": "x"}}}, "texts"),
            ({"mode": "maintenance", "texts": {"en": {"title": "x" * 501}}}, "texts"),
            ({"mode": "maintenance", "texts": {"en": {"message": "x" * 8193}}}, "texts"),
            ({"mode": "maintenance", "untill": "2030-01-01T00:00:00Z"}, "untill"),
        ],
    )
    def test_wrong_fields(self, shared: Stage, change: dict, field: str) -> None:
        problem = shared.unix.refused(422, "invalid", "PUT", MODE, change)
        assert problem["field"].startswith(field), problem
        if field == "untill":
            assert "until" in problem["suggestions"]
        assert_serves(shared)

    def test_control_characters_stay_text(self, shared: Stage) -> None:
        """A reason with line ends, quotes and escapes is kept as it is, or refused; never half."""
        reason = 'line\nend "quoted" \\ \t \u0000 \u2028 \U0001f6e0'
        answer = shared.unix.call("PUT", "/groups/blog/mode", {"mode": "read-only", "reason": reason})
        if answer.status == 200:
            assert answer.json()["reason"] == reason
            assert shared.unix.status("blog")["reason"] == reason
            shared.server.wait_event("mode_changed", group="blog", mode="read-only")
            shared.unix.switch("blog", "open")
        else:
            assert answer.status == 422 and answer.json()["field"] == "reason"


class TestMediaTypes:
    @pytest.mark.parametrize(
        "media_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonx",
            "",
        ],
    )
    def test_refused(self, shared: Stage, media_type: str) -> None:
        """What a page of another origin can send without a preflight is never taken."""
        for client in shared.clients:
            client.refused(
                415,
                "unsupported-media-type",
                "PUT",
                MODE,
                raw=b'{"mode":"maintenance"}',
                headers=[("Content-Type", media_type)],
            )
        assert_serves(shared)

    @pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
    def test_taken(self, shared: Stage, media_type: str) -> None:
        shared.unix.ok("PUT", MODE, {"mode": "open"}, headers=[("Content-Type", media_type)])

    def test_missing(self, shared: Stage) -> None:
        body = b'{"mode":"maintenance"}'
        head, payload = format_request("PUT", PREFIX + MODE, (), body)
        with Connection(shared.unix.target) as connection:
            connection.send(head + payload)
            answer = connection.read_response("PUT")
        check_response("PUT", PREFIX + MODE, answer)
        assert answer.status == 415
        assert_serves(shared)


class TestFraming:
    def put(self, stage: Stage, value: dict, **options) -> Response:
        return stage.unix.call("PUT", "/groups/blog/mode", value, **options)

    @pytest.fixture(autouse=True)
    def opened(self, shared: Stage):
        yield
        shared.unix.switch("blog", "open")

    def test_chunked(self, shared: Stage) -> None:
        texts = {"en": {"title": "t", "message": "m" * 8000}, "de": {"title": "ü", "message": "ß" * 4000}}
        answer = self.put(shared, {"mode": "maintenance", "texts": texts}, chunked=True)
        assert answer.status == 200 and answer.json()["texts"] == texts

    @pytest.mark.parametrize("size", [1, 3, 7])
    def test_small_pieces(self, shared: Stage, size: int) -> None:
        body = json.dumps({"mode": "maintenance", "reason": "in pieces ü"}).encode()
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        head, _ = format_request(
            "PUT",
            PREFIX + "/groups/blog/mode",
            [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")],
        )
        with Connection(shared.unix.target) as connection:
            connection.send(head)
            for piece in pieces:
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.send(b"0\r\n\r\n")
            answer = connection.read_response("PUT")
        check_response("PUT", PREFIX + "/groups/blog/mode", answer)
        assert (answer.status, answer.json()["reason"]) == (200, "in pieces ü")

    def test_expect_continue(self, shared: Stage) -> None:
        for client in shared.clients:
            body = b'{"mode":"maintenance"}'
            pairs, _ = client.head(
                [("Expect", "100-continue"), ("Content-Type", "application/json")], ..., None
            )
            head, _ = format_request(
                "PUT",
                PREFIX + "/groups/blog/mode",
                [*pairs, ("Content-Length", str(len(body)))],
                host=client.host,
            )
            with Connection(client.target) as connection:
                connection.send(head)
                assert connection.read_next("PUT").status == 100
                connection.send(body)
                answer = connection.read_response("PUT")
            check_response("PUT", PREFIX + "/groups/blog/mode", answer)
            assert answer.status == 200

    def test_expect_continue_and_refused(self, shared: Stage) -> None:
        """Without a token there is no use in sending the body."""
        pairs = [
            ("Expect", "100-continue"),
            ("Content-Type", "application/json"),
            ("Content-Length", "1000000"),
        ]
        head, _ = format_request("PUT", PREFIX + MODE, pairs, host=shared.tcp.host)
        with Connection(shared.tcp.target) as connection:
            connection.send(head)
            answer = connection.read_next("PUT")
        assert answer.status == 401
        check_response("PUT", PREFIX + MODE, answer)
        assert_serves(shared)

    def test_ten_megabytes(self, shared: Stage) -> None:
        body = b'{"mode":"maintenance","reason":"' + b"x" * (10 * MIB) + b'"}'
        for client in shared.clients:
            for chunked in (False, True):
                problem = client.refused(413, "too-large", "PUT", MODE, raw=body, chunked=chunked)
                assert "1 MiB" in problem["detail"] or "1048576" in problem["detail"]
                assert_serves(shared)

    def test_one_mebibyte_is_the_limit(self, shared: Stage) -> None:
        """With the very last byte it is too large; up to it, it is looked at."""
        start, end = b'{"mode":"open","reason":"', b'"}'
        fits = start + b"x" * (MIB - len(start) - len(end)) + end
        assert len(fits) == MIB
        shared.unix.refused(422, "invalid", "PUT", MODE, raw=fits)
        shared.unix.refused(413, "too-large", "PUT", MODE, raw=fits + b" ")
        assert_serves(shared)

    def test_many_calls_on_one_connection(self, shared: Stage) -> None:
        client = shared.tcp
        pairs, body = client.head((), {"mode": "read-only"}, None)
        put = b"".join(format_request("PUT", PREFIX + "/groups/blog/mode", pairs, body, host=client.host))
        pairs, _ = client.head((), ..., None)
        get = b"".join(format_request("GET", PREFIX + "/groups/blog/status", pairs, host=client.host))
        with Connection(client.target) as connection:
            for _ in range(5):
                connection.send(put + get + get)
                for method, path in (("PUT", "mode"), ("GET", "status"), ("GET", "status")):
                    answer = connection.read_response(method)
                    check_response(method, f"{PREFIX}/groups/blog/{path}", answer)
                    assert (answer.status, answer.json()["mode"]) == (200, "read-only")

    def test_body_after_get(self, shared: Stage) -> None:
        """It is read away, and the next request on the connection is understood."""
        get = b"".join(format_request("GET", PREFIX + "/groups/shop/status", (), b"x" * 5000))
        with Connection(shared.unix.target) as connection:
            connection.send(get + get)
            statuses = [connection.read_response("GET").status for _ in range(2)]
        assert statuses in ([200, 200], [400, 400]) or statuses[0] == 400

    @pytest.mark.parametrize(
        "start, fields, body",
        [
            (b"PUT", [b"Content-Length: 5", b"Content-Length: 6"], b""),
            (b"PUT", [b"Content-Length: 5", b"Transfer-Encoding: chunked"], b""),
            (b"PUT", [b"Transfer-Encoding: chunked"], b"zz\r\n"),
            (b"PUT", [b"Host: another", b"Content-Length: 0"], b""),
            (b"no nsense", [], b""),
            (b"GET /" + b"x" * 9000, [], b""),
        ],
        ids=["two_lengths", "length_and_coding", "bad_chunk", "two_hosts", "nonsense", "long"],
    )
    def test_what_is_no_http(self, shared: Stage, start: bytes, fields: list[bytes], body: bytes) -> None:
        """Refused as on the public listener; and nothing of it is taken for a second request."""
        for client in shared.clients:
            host = b"Host: " + client.host.encode()
            lines = [start + b" /api/v1/groups/shop/mode HTTP/1.1", host, *fields]
            with Connection(client.target) as connection:
                connection.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)
                answer = connection.read_response("PUT")
                assert answer.status in (400, 401, 414)
                assert answer.header("Content-Type") == "application/problem+json"
        assert_serves(shared)

    def test_clients_that_go_away(self, shared: Stage) -> None:
        """In the middle of a body, or before the answer: nothing is changed half."""
        body = b'{"mode":"maintenance","reason":"gone"}'
        head, payload = format_request("PUT", PREFIX + MODE, [("Content-Type", "application/json")], body)
        for data in (head, head + payload[:20], head + payload[:-1]):
            for _ in range(20):
                with Connection(shared.unix.target) as connection:
                    connection.send(data)
        assert_serves(shared)


class TestParameters:
    @pytest.mark.parametrize(
        "query",
        [
            "reason=outage",
            "format=pdf",
            "language=%ff",
            "language=not%20a%20tag",
            "coding=lzma",
            "x=1",
            "format=",
        ],
    )
    def test_preview(self, shared: Stage, query: str) -> None:
        assert shared.unix.call("GET", f"/groups/shop/preview?{query}").status in (400, 422)

    def test_pretty_paths_only(self, shared: Stage) -> None:
        for path in ("/groups/shop/../shop/status", "/groups//shop/status", "/groups/shop/status%2f"):
            assert shared.unix.call("GET", path).status in (400, 404)
