"""`understudy doctor` as a person meets it: wrong use, what is sent, colours. Its verdicts: tests/browser/test_doctor.py."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from support.misbehaving import Misbehaving, Request, reply
from support.understudy import binary, run_command

ORIGIN = "https://shop.example"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "URL is required"),
        (["http://a/"], "--origin is required"),
        (["api.shop.example", "--origin", ORIGIN], "expected http://… or https://…"),
        (["http://me:secret@a/", "--origin", ORIGIN], "user or a password"),
        (["http://a/", "--origin", ORIGIN + "/"], f"did you mean {ORIGIN}?"),
        (["http://a/", "--origin", "HTTPS://Shop.example:443"], f"did you mean {ORIGIN}?"),
        (["http://a/", "--origin", "shop.example"], "scheme, host and port"),
        (["http://a/", "--origin", ORIGIN, "--method", "TRACE"], "no browser lets a script send TRACE"),
        (["http://a/", "--origin", ORIGIN, "--method", "A B"], "is no method"),
        (["http://a/", "--origin", ORIGIN, "--header", "X-A"], 'expected "Name: value"'),
        (["http://a/", "--origin", ORIGIN, "--header", "X-A: 1\r\nX-B: 2"], "is no header"),
        (["http://a/", "--origin", ORIGIN, "--header", "Host: b"], "browsers let no script set Host"),
        (["http://a/", "--origin", ORIGIN, "--timeout", "1ms"], "100ms to 5m"),
        (["http://a/", "--origin", ORIGIN, "--credentials", "some"], "{include,omit,both}"),
    ],
)
def test_wrong_use(arguments: list[str], told: str) -> None:
    done = run_command("doctor", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def open_api(request: Request):
    """Fine for one origin."""
    allowed = [f"Access-Control-Allow-Origin: {ORIGIN}", "Access-Control-Allow-Credentials: true",
               "Access-Control-Allow-Headers: x-shop, content-type"]  # fmt: skip
    mine = request.headers.get("origin") == ORIGIN
    return reply(200, "Vary: Origin", "Content-Type: application/json", *(allowed if mine else []), body="{}")


def test_sends_a_handful_and_says_what() -> None:
    with Misbehaving(open_api) as api:
        done = run_command("doctor", api.url + "/orders?a=b", "--origin", ORIGIN, "--method", "post",
                           "--header", "X-Shop: 1", "--header", "x-shop: 2", "--header", "Cookie: a=b")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "sends a real POST with the body {}, twice" in done.stdout and "nothing found; 4 requests sent" in done.stdout
    sent = [(one.method, one.headers.get("cookie"), one.headers["origin"]) for one in api.requests]
    assert sent == [
        ("OPTIONS", None, ORIGIN),
        ("POST", None, ORIGIN),
        ("POST", "a=b", ORIGIN),
        ("OPTIONS", None, "https://understudy-doctor.invalid"),
    ]
    assert all(one.target == "/orders?a=b" for one in api.requests)
    assert api.requests[1].body == b"{}" and api.requests[1].headers["x-shop"] == "1, 2"
    assert "content-length" not in api.requests[0].headers


def test_json_is_the_same_without_words() -> None:
    with Misbehaving(lambda _: reply(503)) as api:
        done = run_command("doctor", api.url, "--origin", ORIGIN, "--credentials", "omit", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["url"], report["origin"], report["method"], report["requests"]) == (api.url + "/", ORIGIN, "GET", 2)
    assert [verdict["credentials"] for verdict in report["verdicts"]] == ["omit"]
    first = report["findings"][0]
    assert (first["code"], first["severity"], first["on"]) == ("proxy-error-without-cors", "finding", "request")
    assert first["credentials"] == ["omit"] and first["seen"] and first["so"] and first["change"]


def test_a_terminal_gets_colours_and_lines_that_fit() -> None:
    with Misbehaving(lambda _: reply(503, "Server: x\x1b[2J")) as api:
        plain = run_command("doctor", api.url, "--origin", ORIGIN).stdout
        ours, theirs = pty.openpty()
        os.set_blocking(ours, True)
        command = [str(binary()), "doctor", api.url, "--origin", ORIGIN]
        child = subprocess.Popen(command, stdout=theirs, stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how a pseudo terminal says that nobody writes any more
                break
            if not piece:
                break
            shown += piece
        assert child.wait(30) == 1
        os.close(ours)
    assert "\x1b" not in plain and b"\x1b[1;31mfinding" in shown
    assert b"\x1b[2J" not in shown
