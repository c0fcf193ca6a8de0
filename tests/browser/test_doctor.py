"""`understudy doctor` says what JavaScript sees; Chromium says whether that is so.

Each case is a small real server that misbehaves in one way. A page on another origin runs fetch in Chromium, in both
credentials modes, and the doctor's verdict is held against what came out: whether fetch gave anything, the status,
whether the body could be read to its end, and which headers could.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any, Callable, Iterator

import pytest

from browser import doctor_cases
from browser.doctor_cases import PREFLIGHTED, REDIRECTED, SIMPLE, Case
from support.browser import Page
from support.misbehaving import Misbehaving, Reply, Request, reply
from support.net import free_port
from support.proxies import Nginx
from support.understudy import run_command

pytestmark = pytest.mark.browser

MODES = ("omit", "include")
# Long enough for an answer that comes, and short enough to wait for one that never does.
LIMIT = 1.5

FETCH = """
async ({ url, method, headers, credentials, body, limit }) => {
  const stop = new AbortController();
  if (limit) setTimeout(() => stop.abort(), limit * 1000);
  let response;
  try {
    response = await fetch(url, { method, headers, credentials, body: body ?? undefined, signal: stop.signal });
  } catch (error) {
    const outcome = stop.signal.aborted ? "waits" : "rejects";
    return { outcome, status: 0, body: "none", readableHeaders: [], error: error.name };
  }
  let body_seen = "whole";
  try {
    await response.text();
  } catch (error) {
    body_seen = stop.signal.aborted ? "waits" : "cut";
  }
  const readableHeaders = [...new Set(response.headers.keys())].sort();
  return { outcome: "resolves", status: response.status, body: body_seen, readableHeaders };
}
"""

# The same from a frame without an origin.
FRAME = """
(argument) => new Promise((resolve) => {
  addEventListener("message", (event) => resolve(event.data), { once: true });
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  const script = `(${FETCH})(${JSON.stringify(argument)}).then((seen) => parent.postMessage(seen, "*"))`;
  frame.srcdoc = "<script>" + script + "</" + "script>";
  document.body.append(frame);
})
""".replace("${FETCH}", FETCH.replace("`", "\\`").replace("${", "\\${"))


@pytest.fixture(scope="module")
def front() -> Iterator[Misbehaving]:
    """Where the front end's page comes from."""
    with Misbehaving(lambda _: reply(200, "Content-Type: text/html", body="<!doctype html><title>Shop")) as server:
        yield server


def examine(url: str, origin: str, case: Case | None = None, *options: str) -> dict[str, Any]:
    """What the doctor says, as JSON; its exit code goes with its findings."""
    arguments = ["doctor", url, "--origin", origin, "--json", "--timeout", f"{int(LIMIT * 1000)}ms", *options]
    if case:
        arguments += ["--method", case.method]
        for name, value in case.headers:
            arguments += ["--header", f"{name}: {value}"]
    done = run_command(*arguments)
    assert done.returncode in (0, 1) and done.stderr == "", done
    report = json.loads(done.stdout)
    assert done.returncode == int(any(one["severity"] == "finding" for one in report["findings"]))
    return report


def codes(report: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in report["findings"]}


def verdicts(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    kept = ("outcome", "status", "body", "readableHeaders")
    return {one["credentials"]: {name: one[name] for name in kept} for one in report["verdicts"]}


def argument_of(url: str, case: Case | None, credentials: str, limit: float | None = None) -> dict[str, Any]:
    method = case.method if case else "GET"
    headers = [list(pair) for pair in case.headers] if case else []
    body = None
    # What the doctor sends with these.
    if method.upper() in ("POST", "PUT") or method == "PATCH":
        body = "{}"
        if not any(name == "Content-Type" for name, _ in headers):
            headers.append(["Content-Type", "application/json"])
    return {"url": url, "method": method, "headers": headers, "credentials": credentials, "body": body, "limit": limit}


def seen_by(page: Page, argument: dict[str, Any], script: str = FETCH) -> dict[str, Any]:
    seen = page.evaluate(script, argument)
    assert seen.pop("error", "TypeError") in ("TypeError", "AbortError")
    return seen


def is_slow(case: Case) -> bool:
    return "wait" in {case.answer.then, case.preflight.then if case.preflight else ""}


class Stage:
    """Front end, API and another API."""

    def __init__(self, case: Case, front: Misbehaving, stack: ExitStack) -> None:
        words = {"origin": front.url, "host": front.url.partition("://")[2]}
        self.other = stack.enter_context(
            Misbehaving(lambda request: doctor_cases.fill(case.other or Reply(b""), words))
        )
        words["other"] = self.other.url
        self.api = stack.enter_context(Misbehaving(lambda request: doctor_cases.behave(case, request, words)))
        words["api"] = self.api.url
        words["api-with-user"] = self.api.url.replace("://", "://somebody:secret@")
        self.url = self.api.url + "/"


@pytest.mark.parametrize("case", [*SIMPLE, *PREFLIGHTED, *REDIRECTED], ids=lambda case: case.name)
def test_verdict_is_what_chromium_does(case: Case, front: Misbehaving, page: Callable[..., Page], resources) -> None:
    stage = Stage(case, front, resources)
    expected = {}
    for mode in MODES:
        visitor = page()
        visitor.goto(front.url)
        limit = LIMIT if is_slow(case) else None
        expected[mode] = seen_by(visitor, argument_of(stage.url, case, mode, limit))
        visitor.close()
    before = len(stage.api.requests)
    report = examine(stage.url, front.url, case)
    assert verdicts(report) == expected
    assert codes(report) == case.codes, report["findings"]
    sent = stage.api.requests[before:]
    assert all(request.headers["user-agent"].startswith("understudy-doctor/") for request in sent)
    assert len(sent) <= 6


@pytest.fixture
def visit(page: Callable[..., Page]) -> Callable[..., dict[str, Any]]:
    """What a page of `front` sees in both modes, each in a context of its own."""

    def go(front: str, url: str, script: str = FETCH, **options: Any) -> dict[str, Any]:
        seen = {}
        for mode in MODES:
            visitor = page(**options)
            visitor.goto(front)
            seen[mode] = seen_by(visitor, argument_of(url, None, mode), script)
            visitor.close()
        return seen

    return go


def test_nobody_listens(front, visit) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    report = examine(url, front.url)
    assert verdicts(report) == visit(front.url, url)
    assert codes(report) == {"connection-refused"}


def test_host_without_address(front, visit) -> None:
    url = "http://api.invalid/"
    report = examine(url, front.url)
    assert verdicts(report) == visit(front.url, url)
    assert codes(report) == {"host-not-found"}


def test_port_that_browsers_avoid(front, visit) -> None:
    url = "http://127.0.0.1:6667/"
    report = examine(url, front.url)
    assert verdicts(report) == visit(front.url, url)
    assert codes(report) == {"port-blocked"} and report["requests"] == 0


def open_api(request: Request) -> Reply:
    """Everybody may, so that nothing but the connection can fail."""
    return reply(
        200, f"Access-Control-Allow-Origin: {request.headers.get('origin', '')}", "Access-Control-Allow-Credentials: true",
        "Vary: Origin", "Content-Type: application/json", body="{}",
    )  # fmt: skip


def test_certificate_that_nobody_trusts(front, visit, certificate) -> None:
    with Misbehaving(open_api, certificate=certificate[:2]) as api:
        report = examine(api.url, front.url)
        assert verdicts(report) == visit(front.url, api.url)
        assert codes(report) == {"certificate"}
        # Both look past it.
        report = examine(api.url, front.url, None, "--insecure")
        assert verdicts(report) == visit(front.url, api.url, ignoreHTTPSErrors=True)
        assert codes(report) == {"any-origin-allowed"}


def test_tls_where_there_is_none(front, visit) -> None:
    with Misbehaving(open_api, unasked=Reply(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as api:
        url = api.url.replace("http://127.0.0.1", "https://localhost")
        report = examine(url, front.url)
        assert verdicts(report) == visit(front.url, url)
        assert codes(report) == {"tls-failed"}


@pytest.fixture
def secure_front(certificate) -> Iterator[Misbehaving]:
    page = reply(200, "Content-Type: text/html", body="<!doctype html><title>Shop")
    with Misbehaving(lambda _: page, certificate=certificate[:2]) as server:
        yield server


def test_mixed_content(secure_front, visit) -> None:
    url = "http://api.shop.example/"
    report = examine(url, secure_front.url)
    assert verdicts(report) == visit(secure_front.url, url, ignoreHTTPSErrors=True)
    assert codes(report) == {"mixed-content"} and report["requests"] == 0


def test_ones_own_machine_is_no_mixed_content(secure_front, visit) -> None:
    with Misbehaving(open_api) as api:
        report = examine(api.url, secure_front.url)
        assert verdicts(report) == visit(secure_front.url, api.url, ignoreHTTPSErrors=True)
        assert codes(report) == {"any-origin-allowed"}


def test_the_pages_own_origin_needs_no_cors(visit) -> None:
    answer = reply(503, "Content-Type: text/html", "X-Own: 1", "Retry-After: 9", "Set-Cookie: a=b",
                   "Cache-Control: no-store", body="<!doctype html>")  # fmt: skip
    with Misbehaving(lambda _: answer) as both:
        report = examine(both.url, both.url)
        assert verdicts(report) == visit(both.url, both.url)
        assert codes(report) == {"wrong-format"}


@pytest.mark.parametrize("allowed", ["null", "*", "{origin}"])
def test_a_page_without_an_origin(allowed: str, front, visit) -> None:
    lines = ("Access-Control-Allow-Origin: " + allowed.replace("{origin}", front.url),
             "Access-Control-Allow-Credentials: true", "Content-Type: application/json")  # fmt: skip
    with Misbehaving(lambda _: reply(200, *lines, body="{}")) as api:
        report = examine(api.url, "null")
        assert verdicts(report) == visit(front.url, api.url, FRAME)
        found = {"null": "null-origin-allowed", "*": "origin-star-with-credentials", "{origin}": "origin-wrong"}
        assert codes(report) == {found[allowed]}


NGINX = """\
server {{
    listen 127.0.0.1:{bare};
    location / {{ return 503; }}
}}
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://127.0.0.1:{dead};
        error_page 502 503 504 = @understudy;
    }}
    location @understudy {{ proxy_pass http://127.0.0.1:{understudy}; }}
}}
"""

UNDERSTUDY = """\
[server]
listen = ["127.0.0.1:0"]
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
[groups.shop.cors]
origins = ["{origin}"]
credentials = true
"""


def test_nginx_alone_and_with_understudy_behind_it(front, visit, understudy, resources, tmp_path) -> None:
    server = understudy(UNDERSTUDY.format(origin=front.url))
    bare, port = free_port(), free_port()
    config = NGINX.format(bare=bare, port=port, dead=free_port(), understudy=server.port)
    resources.enter_context(Nginx(config, tmp_path, ports=[bare, port]))
    alone = examine(f"http://127.0.0.1:{bare}/", front.url)
    assert verdicts(alone) == visit(front.url, f"http://127.0.0.1:{bare}/")
    assert codes(alone) == {"proxy-error-without-cors", "wrong-format", "cacheable-error"}
    assert any("nginx" in finding["seen"] for finding in alone["findings"])
    behind = examine(f"http://127.0.0.1:{port}/", front.url)
    assert verdicts(behind) == visit(front.url, f"http://127.0.0.1:{port}/")
    assert codes(behind) == set(), behind["findings"]
    for verdict in verdicts(behind).values():
        assert (verdict["outcome"], verdict["status"], verdict["body"]) == ("resolves", 503, "whole")
        assert {"retry-after", "understudy-reason", "content-language"} <= set(verdict["readableHeaders"])
