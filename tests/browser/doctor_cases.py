"""How an API can answer, mostly wrongly: each case is served by a real server, asked by Chromium and by the doctor.

`{origin}` in a header is the page's origin, `{asked}` the origin that the request names, `{api}` the API's own address
and `{other}` another API's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from support.misbehaving import Reply, Request, reply


@dataclass(frozen=True)
class Case:
    name: str
    answer: Reply
    codes: frozenset[str] = frozenset()  # of all findings, and of all advice
    preflight: Reply | None = None
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    more: dict[str, Reply] = field(default_factory=dict)  # by path
    other: Reply | None = None  # of another API


JSON = '{"status":503}'
ORIGIN = "Access-Control-Allow-Origin: {origin}"
CREDENTIALS = "Access-Control-Allow-Credentials: true"
CORS = (ORIGIN, CREDENTIALS, "Vary: Origin")
NO_STORE = "Cache-Control: no-store"
TYPE = "Content-Type: application/json"
FINE = reply(200, *CORS, TYPE, body="{}")
METHODS = "Access-Control-Allow-Methods: "
NAMES = "Access-Control-Allow-Headers: "
ALLOWED = reply(204, *CORS, METHODS + "GET, POST, PUT, DELETE", NAMES + "X-Shop, Authorization, Content-Type")
X_SHOP = (("X-Shop", "1"),)
AUTHORIZATION = (("Authorization", "Bearer abc"),)


def answering(name: str, status: int, *lines: str, codes: str = "", **options) -> Case:
    body = options.pop("body", JSON)
    return Case(name, reply(status, *lines, body=body), frozenset(codes.split()), **options)


def preflighted(name: str, preflight: Reply, codes: str = "", **options) -> Case:
    options.setdefault("headers", X_SHOP)
    options.setdefault("answer", FINE)
    return Case(name, preflight=preflight, codes=frozenset(codes.split()), **options)


STOPPED = (*CORS, TYPE, NO_STORE, "Retry-After: 60")
EXPOSED = "Access-Control-Expose-Headers: Retry-After"

SIMPLE = [
    answering("fine", 200, *CORS, TYPE),
    answering("fine 503", 503, *STOPPED, EXPOSED),
    answering("fine 404", 404, *CORS, TYPE),
    answering("fine constant origin", 200, "Access-Control-Allow-Origin: {origin}", CREDENTIALS, TYPE),
    answering("origin missing", 200, TYPE, codes="origin-missing"),
    answering("nginx 503", 503, "Server: nginx/1.22.1", "Content-Type: text/html", body="<html>503</html>",
              codes="proxy-error-without-cors wrong-format cacheable-error"),
    answering("bare 502", 502, codes="proxy-error-without-cors cacheable-error", body="Bad Gateway"),
    answering("bare 504", 504, NO_STORE, codes="proxy-error-without-cors"),
    answering("another origin", 200, "Access-Control-Allow-Origin: https://other.example", codes="origin-wrong"),
    answering("slash behind the origin", 200, "Access-Control-Allow-Origin: {origin}/", codes="origin-wrong"),
    answering("origin without scheme", 200, "Access-Control-Allow-Origin: {host}", codes="origin-wrong"),
    answering("pattern as origin", 200, "Access-Control-Allow-Origin: http://*", codes="origin-wrong"),
    answering("empty origin", 200, "Access-Control-Allow-Origin:", codes="origin-wrong"),
    answering("null as origin", 200, "Access-Control-Allow-Origin: null", codes="origin-wrong"),
    answering("blanks around the origin", 200, "Access-Control-Allow-Origin: \t {origin} \t", CREDENTIALS, TYPE),
    answering("two origins in one", 200, "Access-Control-Allow-Origin: {origin}, https://other.example",
              codes="origin-several"),
    answering("two origins in two lines", 200, ORIGIN, "Access-Control-Allow-Origin: https://other.example",
              codes="origin-several"),
    answering("the same origin twice", 200, ORIGIN, ORIGIN, codes="origin-several"),
    answering("star", 200, "Access-Control-Allow-Origin: *", TYPE, codes="origin-star-with-credentials"),
    answering("star and credentials", 200, "Access-Control-Allow-Origin: *", CREDENTIALS, TYPE,
              codes="origin-star-with-credentials"),
    answering("credentials missing", 200, ORIGIN, TYPE, codes="credentials-not-true"),
    answering("credentials True", 200, ORIGIN, "Access-Control-Allow-Credentials: True", TYPE,
              codes="credentials-not-true"),
    answering("credentials twice", 200, ORIGIN, CREDENTIALS, CREDENTIALS, TYPE, codes="credentials-not-true"),
    answering("retry-after hidden", 503, *STOPPED, codes="retry-after-hidden"),
    answering("retry-after exposed with star", 503, *STOPPED, "Access-Control-Expose-Headers: *",
              codes="retry-after-hidden"),
    answering("exposed in another case, in two lines", 503, *STOPPED, "Access-Control-Expose-Headers: x-a,",
              "Access-Control-Expose-Headers: ,RETRY-AFTER"),
    answering("exposed with a blank in between", 503, *STOPPED, "Access-Control-Expose-Headers: X-A Retry-After",
              codes="retry-after-hidden"),
    answering("set-cookie exposed", 200, *CORS, TYPE, "Set-Cookie: a=b", "Access-Control-Expose-Headers: Set-Cookie"),
    answering("own headers hidden", 200, *CORS, TYPE, "X-Total: 3", 'ETag: "1"', codes="headers-hidden"),
    answering("safelisted headers", 200, *CORS, TYPE, NO_STORE, "Content-Language: en", "Pragma: no-cache",
              "Expires: 0", "Last-Modified: Sat, 21 Nov 2026 08:00:00 GMT"),
    answering("503 without Retry-After", 503, *CORS, TYPE, NO_STORE, codes="retry-after-missing"),
    answering("503 that may be kept", 503, *CORS, TYPE, "Retry-After: 60", EXPOSED, "Cache-Control: max-age=60",
              codes="cacheable-error"),
    answering("503 from a cache", 503, *STOPPED, EXPOSED, "Age: 20", codes="cacheable-error"),
    answering("500 without Cache-Control", 500, *CORS, TYPE, codes="cacheable-error"),
    answering("echo without Vary", 200, "Access-Control-Allow-Origin: {asked-listed}", CREDENTIALS, TYPE,
              codes="vary-without-origin"),
    answering("anybody's origin echoed", 200, "Access-Control-Allow-Origin: {asked}", CREDENTIALS, "Vary: Origin", TYPE,
              codes="any-origin-allowed"),
    answering("HTML where JSON was asked", 500, *CORS, NO_STORE, "Content-Type: text/html", body="<html></html>",
              headers=(("Accept", "application/json"),), codes="wrong-format"),
    answering("HTML called JSON", 200, *CORS, TYPE, body="<!doctype html>", codes="body-not-json"),
    answering("nothing called JSON", 200, *CORS, TYPE, body="", codes="body-not-json"),
    answering("no content", 204, *CORS, body=""),
    Case("HEAD", reply(503, *STOPPED, EXPOSED, length=14), method="HEAD"),
    Case("cut by an orderly end", reply(503, *STOPPED, EXPOSED, body="abc", length=10), frozenset({"answer-cut"})),
    Case("cut in a chunk", reply(200, *CORS, "Transfer-Encoding: chunked", body="9\r\nabc"), frozenset({"answer-cut"})),
    Case("cut between chunks", reply(200, *CORS, "Transfer-Encoding: chunked", body="3\r\nabc\r\n"),
         frozenset({"answer-cut"})),
    Case("cut by a reset", reply(200, *CORS, TYPE, body="abc", length=10, then="reset"), frozenset({"answer-cut"})),
    Case("to the end of the connection", Reply(b"HTTP/1.0 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\nabc"),
         frozenset({"origin-star-with-credentials"})),
    Case("closed without an answer", Reply(b""), frozenset({"no-answer"})),
    Case("reset without an answer", Reply(b"", "reset"), frozenset({"no-answer"})),
    Case("cut in the head", Reply(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Or", "reset"), frozenset({"no-answer"})),
    Case("no HTTP", Reply(b"220 mail.example ESMTP\r\n"), frozenset({"not-http"})),
    Case("silence", Reply(b"", "wait"), frozenset({"timeout"})),
    Case("a body without end", reply(200, *CORS, TYPE, body="{", length=10, then="wait"), frozenset({"body-slow"})),
    Case("early hints first", Reply(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + FINE.data)),
]

PREFLIGHTED = [
    preflighted("preflight fine", ALLOWED),
    preflighted("preflight with 200 and a body", reply(200, *CORS, NAMES + "x-shop", body="fine")),
    preflighted("preflight with 299", reply(299, *CORS, NAMES + "x-shop")),
    preflighted("preflight 404", reply(404, *CORS, NAMES + "x-shop"), "preflight-not-2xx"),
    preflighted("preflight 405 without CORS", reply(405), "preflight-not-2xx origin-missing"),
    preflighted("preflight 401", reply(401, *CORS, NAMES + "x-shop"), "preflight-not-2xx"),
    preflighted("preflight 503", reply(503, *CORS, NAMES + "x-shop"), "preflight-5xx"),
    preflighted("preflight 502 without CORS", reply(502), "preflight-5xx origin-missing"),
    preflighted("preflight redirected", reply(301, *CORS, "Location: /elsewhere"), "preflight-redirected"),
    preflighted("preflight 304", reply(304, *CORS, NAMES + "x-shop"), "preflight-not-2xx"),
    preflighted("preflight without origin", reply(204, NAMES + "x-shop"), "origin-missing"),
    preflighted("preflight for another origin", reply(204, "Access-Control-Allow-Origin: https://x.example"),
                "origin-wrong"),
    preflighted("preflight without credentials", reply(204, ORIGIN, NAMES + "x-shop"), "credentials-not-true"),
    preflighted("preflight cut in its body", reply(200, *CORS, NAMES + "x-shop", body="a", length=9)),
    preflighted("preflight closed", Reply(b""), "no-answer"),
    preflighted("preflight silent", Reply(b"", "wait"), "timeout"),
    preflighted("answer without origin behind a preflight", ALLOWED, "proxy-error-without-cors",
                answer=reply(503, NO_STORE)),
    preflighted("header not allowed", reply(204, *CORS, NAMES + "x-other"), "header-not-allowed"),
    preflighted("no header allowed", reply(204, *CORS), "header-not-allowed"),
    preflighted("header by a star", reply(204, *CORS, NAMES + "*"), "header-not-allowed"),
    preflighted("header called *", reply(204, *CORS, NAMES + "*"), headers=(("*", "1"),)),
    preflighted("headers in two lines", reply(204, *CORS, NAMES + ", ,x-a,,", NAMES + " X-SHOP\t,")),
    preflighted("headers with a blank between", reply(204, *CORS, NAMES + "x-a x-shop"), "list-malformed"),
    preflighted("headers in quotes", reply(204, *CORS, NAMES + '"x-shop"'), "list-malformed"),
    preflighted("Authorization named", ALLOWED, headers=AUTHORIZATION),
    preflighted("Authorization named beside a star", reply(204, *CORS, NAMES + "*, Authorization"),
                headers=AUTHORIZATION),
    preflighted("Authorization by a star", reply(204, *CORS, NAMES + "*"),
                "authorization-not-covered header-not-allowed", headers=AUTHORIZATION),
    preflighted("PUT allowed", ALLOWED, method="PUT"),
    preflighted("PUT not allowed", reply(204, *CORS, METHODS + "GET, POST", NAMES + "content-type"),
                "method-not-allowed", method="PUT", headers=()),
    preflighted("no method allowed", reply(204, *CORS), "method-not-allowed", method="DELETE", headers=()),
    preflighted("PUT in lower case", reply(204, *CORS, METHODS + "put", NAMES + "content-type"), "method-not-allowed",
                method="PUT", headers=()),
    preflighted("put made PUT by fetch", ALLOWED, method="put", headers=()),
    preflighted("patch in lower case", reply(204, *CORS, METHODS + "PATCH", NAMES + "content-type"),
                "method-not-allowed", method="patch", headers=()),
    preflighted("DELETE by a star", reply(204, *CORS, METHODS + "*"), "method-not-allowed", method="DELETE", headers=()),
    preflighted("methods malformed", reply(204, *CORS, METHODS + "GET POST PUT", NAMES + "x-shop"), "list-malformed",
                method="PUT"),
    preflighted("POST is always allowed", reply(204, *CORS, METHODS + "GET", NAMES + "content-type"), method="POST",
                headers=()),
    preflighted("POST as text needs no preflight", Reply(b""), method="POST", headers=(("Content-Type", "text/plain"),)),
    preflighted("Accept with an unsafe byte", reply(204, *CORS), "header-not-allowed",
                headers=(("Accept", "application/json;x=(1)"),)),
    preflighted("a long Accept", reply(204, *CORS), "header-not-allowed", headers=(("Accept", "a" * 129),)),
    preflighted("a range", Reply(b""), headers=(("Range", "bytes=0-9"),)),
    preflighted("the end of a range", reply(204, *CORS), "header-not-allowed", headers=(("Range", "bytes=-9"),)),
    preflighted("POST becomes 405", ALLOWED, "method-405", method="POST",
                answer=reply(405, *CORS, "Allow: GET, HEAD", "Content-Type: text/plain")),
    preflighted("preflight kept past the maintenance", reply(204, *CORS, NAMES + "x-shop", "Access-Control-Max-Age: 86400"),
                "preflight-outlives-maintenance", answer=reply(503, *STOPPED, EXPOSED, body=JSON)),
    preflighted("a Max-Age that is none", reply(204, *CORS, NAMES + "x-shop", "Access-Control-Max-Age: 1h"),
                "max-age-malformed"),
]

THERE = {"/there": FINE}
TO_OTHER = reply(302, *CORS, "Location: {other}/there")
REDIRECTED = [
    answering("redirect", 302, *CORS, "Location: /there", more=THERE),
    answering("redirect to an absolute address", 301, *CORS, "Location: {api}/x/../there#part", more=THERE),
    answering("redirect without CORS", 302, "Location: /there", more=THERE, codes="origin-missing"),
    answering("redirect without an address", 302, *CORS, TYPE),
    answering("redirect in a circle", 302, *CORS, "Location: /", codes="redirect-loop"),
    answering("redirect to ftp", 302, *CORS, "Location: ftp://x.example/", codes="redirect-broken"),
    answering("redirect with a user", 302, *CORS, "Location: {api-with-user}/there", more=THERE,
              codes="redirect-with-user"),
    answering("POST redirected", 302, *CORS, "Location: /there", more=THERE, method="POST", preflight=ALLOWED),
    answering("PUT redirected", 307, *CORS, "Location: /there", more=THERE, method="PUT", preflight=ALLOWED),
    Case("redirect to another API", TO_OTHER, frozenset({"origin-wrong"}), other=FINE),
    Case("redirect to another API that allows null", TO_OTHER,
         other=reply(200, "Access-Control-Allow-Origin: null", CREDENTIALS, "Vary: Origin", TYPE, body="{}")),
    Case("redirect to another API that allows all", TO_OTHER, frozenset({"origin-star-with-credentials"}),
         other=reply(200, "Access-Control-Allow-Origin: *", TYPE, body="{}")),
    Case("Authorization does not go along", TO_OTHER, frozenset({"origin-star-with-credentials"}), preflight=ALLOWED,
         headers=AUTHORIZATION, other=reply(200, "Access-Control-Allow-Origin: *", TYPE, body="{}")),
]


def fill(answer: Reply, words: dict[str, str]) -> Reply:
    """The answer with its placeholders filled in."""
    text = answer.data.decode()
    for word, value in words.items():
        text = text.replace("{" + word + "}", value)
    return Reply(text.encode(), answer.then)


def behave(case: Case, request: Request, words: dict[str, str]) -> Reply:
    """What the case's API does."""
    asked = request.headers.get("origin", "")
    words = {**words, "asked": asked, "asked-listed": asked if asked == words["origin"] else "https://other.example"}
    if request.method == "OPTIONS" and case.preflight is not None:
        return fill(case.preflight, words)
    answer = case.more.get(request.target, case.answer)
    if request.method == "HEAD":
        head, separator, _ = answer.data.partition(b"\r\n\r\n")
        answer = Reply(head + separator, answer.then)
    return fill(answer, words)
