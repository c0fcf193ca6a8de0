"""Which origins may read, said in CORS headers: a table of origins against one list."""

from __future__ import annotations

import pytest

from support.http import Response, exchange
from wire.configs import BARE, ORIGIN, SHOP, TEXTS

LIST = (
    BARE
    + """
[groups.shop.cors]
origins = [
  "https://shop.example",
  "https://*.shop.example",
  "https://app.example:8443",
  "https://*.port.example:8443",
  "http://localhost:*",
  "http://127.0.0.1:3000",
  "http://[::1]:3000",
]
credentials = true
"""
    + TEXTS
)

ALLOWED = [
    "https://shop.example",
    "https://www.shop.example",
    "https://a.b.c.shop.example",
    "https://xn--mnchen-3ya.shop.example",
    "https://under_score.shop.example",
    "https://1.shop.example",
    "https://app.example:8443",
    "https://a.port.example:8443",
    "http://localhost",
    "http://localhost:1",
    "http://localhost:3000",
    "http://localhost:65535",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
]

REFUSED = [
    # Not in the list at all.
    "https://evil.example",
    "http://shop.example",
    "http://www.shop.example",
    "wss://shop.example",
    "https://app.example",
    "https://app.example:8444",
    "https://app.example:84430",
    "https://a.port.example",
    "http://127.0.0.1",
    "http://127.0.0.1:3001",
    "http://[::1]",
    "http://[::1]:3001",
    # Look-alikes of an exact origin.
    "https://shop.example.evil.com",
    "https://shop.example:444",
    "https://shop.example/",
    "https://shop.example/path",
    "https://shop.example?",
    "https://shop.example#",
    "https://shop.examplex",
    "https://xshop.example",
    "https://user@shop.example",
    "shop.example",
    "//shop.example",
    "https:shop.example",
    "https:/shop.example",
    "https:///shop.example",
    "https://shop.example\\",
    # Look-alikes of a wildcard.
    "https://evilshop.example",
    "https://.shop.example",
    "https://a..shop.example",
    "https://a.shop.example.",
    "https://a.shop.example.evil.com",
    "https://a.shop.example:444",
    "https://a.shop.example:8443",
    "https://*.shop.example",
    "https://evil.com/.shop.example",
    "https://evil.com?.shop.example",
    "https://evil.com#.shop.example",
    "https://evil.com\\.shop.example",
    "https://evil.com:80.shop.example",
    "https://evil.com@a.shop.example",
    "https://evil.com%2f.shop.example",
    "https://a b.shop.example",
    "https://a,b.shop.example",
    'https://a"b.shop.example',
    "https://<script>.shop.example",
    "https://münchen.shop.example",
    # Look-alikes of any port.
    "http://localhost:",
    "http://localhost:*",
    "http://localhost:evil",
    "http://localhost:80.evil.com",
    "http://localhost:80/",
    "http://localhost:99999",
    "http://localhost:-1",
    "http://localhost:3000:3000",
    "http://localhost.evil.com:3000",
    "http://evil.localhost:3000",
    "https://localhost:3000",
    # Case: browsers send lower case, and nothing else is an origin.
    "HTTPS://shop.example",
    "https://SHOP.example",
    "https://WWW.shop.example",
    "http://LOCALHOST:3000",
    # No origin, or more than one.
    "null",
    "",
    "https://",
    "*",
    "https://shop.example, https://evil.example",
    "https://evil.example, https://shop.example",
    "https://shop.example,https://www.shop.example",
    "https://shop.example https://evil.example",
    "https://evil.example https://shop.example",
    "https://shop.example https://shop.example",
]


def get(server, *origins: str) -> Response:
    lines = "".join(f"Origin: {origin}\r\n" for origin in origins)
    data = f"GET /orders HTTP/1.1\r\nHost: api.shop.example\r\n{lines}\r\n"
    return exchange(server.port, data.encode("utf-8"))


def preflight(server, origin: str, *fields: str, method: str = "PUT") -> Response:
    lines = [f"Origin: {origin}", f"Access-Control-Request-Method: {method}", *fields]
    data = "OPTIONS /orders HTTP/1.1\r\nHost: api.shop.example\r\n" + "\r\n".join(lines) + "\r\n\r\n"
    return exchange(server.port, data.encode("utf-8"))


def cors_headers(response: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers if name.lower().startswith("access-control")]


def assert_says_nothing(response: Response) -> None:
    assert cors_headers(response) == []
    assert "origin" in response.headers.tokens("Vary")


@pytest.mark.parametrize("origin", ALLOWED)
def test_allowed(servers, origin: str) -> None:
    server = servers(LIST)
    response = get(server, origin)
    assert response.status == 503
    assert response.header("Access-Control-Allow-Origin") == origin
    assert response.header("Access-Control-Allow-Credentials") == "true"
    assert "origin" in response.headers.tokens("Vary")

    response = preflight(server, origin)
    assert response.status == 204
    assert response.header("Access-Control-Allow-Origin") == origin
    assert response.header("Access-Control-Allow-Credentials") == "true"
    assert response.header("Access-Control-Allow-Methods") == "PUT"
    assert response.header("Access-Control-Max-Age") == "0"


@pytest.mark.parametrize("origin", REFUSED)
def test_refused(servers, origin: str) -> None:
    server = servers(LIST)
    response = get(server, origin)
    assert response.status == 503
    assert_says_nothing(response)

    response = preflight(server, origin)
    assert response.status == 204
    assert_says_nothing(response)


@pytest.mark.parametrize(
    "origins",
    [
        (ORIGIN, "https://evil.example"),
        ("https://evil.example", ORIGIN),
        (ORIGIN, "https://www.shop.example"),
        (ORIGIN, ""),
        ("", ORIGIN),
        ("null", ORIGIN),
    ],
)
def test_repeated_origin_is_no_origin(servers, origins: tuple[str, ...]) -> None:
    response = get(servers(LIST), *origins)
    assert response.status in (400, 503)
    assert cors_headers(response) == []


def test_group_without_cors_allows_nobody(servers) -> None:
    response = get(servers(BARE), ORIGIN)
    assert response.status == 503
    assert_says_nothing(response)
    response = preflight(servers(BARE), ORIGIN)
    assert response.status == 204
    assert_says_nothing(response)


class TestStar:
    CONFIG = BARE + '[groups.shop.cors]\norigins = ["*"]\n'

    @pytest.mark.parametrize("origin", ["https://anyone.example", "null", "http://localhost:1"])
    def test_answers_with_a_star(self, servers, origin: str) -> None:
        response = get(servers(self.CONFIG), origin)
        assert response.header("Access-Control-Allow-Origin") == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers

    def test_vary_names_origin_all_the_same(self, servers) -> None:
        assert "origin" in get(servers(self.CONFIG), ORIGIN).headers.tokens("Vary")
        assert "origin" in get(servers(self.CONFIG)).headers.tokens("Vary")


class TestPreflight:
    def test_has_no_body_and_no_length(self, servers) -> None:
        """A 204 has neither Content-Length nor Transfer-Encoding (RFC 9110, 8.6; RFC 9112, 6.1)."""
        response = preflight(servers(SHOP), ORIGIN)
        assert "Content-Length" not in response.headers
        assert "Transfer-Encoding" not in response.headers
        assert "Content-Type" not in response.headers
        assert "Retry-After" not in response.headers

    def test_vary_names_what_is_echoed(self, servers) -> None:
        response = preflight(servers(SHOP), ORIGIN, "Access-Control-Request-Headers: x-a")
        assert {
            "origin",
            "access-control-request-method",
            "access-control-request-headers",
        } <= response.headers.tokens("Vary")

    @pytest.mark.parametrize("method", ["GET", "DELETE", "patch", "PROPFIND", "X-OWN"])
    def test_method_is_echoed(self, servers, method: str) -> None:
        response = preflight(servers(SHOP), ORIGIN, method=method)
        assert response.header("Access-Control-Allow-Methods") == method

    @pytest.mark.parametrize("headers", ["x-a", "x-a,x-b", "authorization, content-type, x-request-id"])
    def test_headers_are_echoed(self, servers, headers: str) -> None:
        response = preflight(servers(SHOP), ORIGIN, f"Access-Control-Request-Headers: {headers}")
        allowed = response.headers.tokens("Access-Control-Allow-Headers")
        assert allowed == {name.strip() for name in headers.split(",")}

    def test_two_header_fields_are_one_list(self, servers) -> None:
        """RFC 9110, 5.3: a list may be spread over several fields."""
        response = preflight(
            servers(SHOP),
            ORIGIN,
            "Access-Control-Request-Headers: x-a",
            "Access-Control-Request-Headers: x-b",
        )
        assert response.headers.tokens("Access-Control-Allow-Headers") == {"x-a", "x-b"}

    @pytest.mark.parametrize(
        "method, headers",
        [
            ("GET, PUT", "x-a"),
            ("G T", "x-a"),
            ('"><script>', "x-a"),
            ("PUT", "x-a\\x0d, <script>"),
            ("PUT", "x-\u00e4"),
            ("PUT", '"quoted, name"'),
            ("PUT", ",,,"),
            ("PUT", "x" * 4000),
        ],
    )
    def test_echoes_no_nonsense(self, servers, method: str, headers: str) -> None:
        """What is no method or no header name is not given back."""
        token = set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        response = preflight(
            servers(SHOP), ORIGIN, f"Access-Control-Request-Headers: {headers}", method=method
        )
        assert response.status == 204
        for name in ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers"):
            for member in response.headers.tokens(name):
                assert set(member) <= token, f"{name}: {response.header(name)}"

    def test_empty_request_method_is_no_preflight(self, servers) -> None:
        response = preflight(servers(SHOP), ORIGIN, method="")
        assert response.status == 204

    @pytest.mark.parametrize("group_header", ["Understudy-Group", "X-Maintpage-Response-Group"])
    def test_belongs_to_the_group_that_the_proxy_names(self, servers, group_header: str) -> None:
        """A preflight carries no header of the page's, but the proxy's are there."""
        config = SHOP + (
            '\n[groups.blog]\nid = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"\n'
            '[groups.blog.cors]\norigins = ["https://blog.example"]\n'
        )
        response = preflight(servers(config), "https://blog.example", f"{group_header}: blog")
        assert response.header("Access-Control-Allow-Origin") == "https://blog.example"
        assert_says_nothing(preflight(servers(config), ORIGIN, f"{group_header}: blog"))


@pytest.mark.parametrize(
    "path, accept",
    [
        ("/", "text/html"),
        ("/", "application/problem+json"),
        ("/", "text/plain"),
        ("/", "application/xml"),
        ("/_understudy/health", "*/*"),
        ("/_understudy/status.json", "*/*"),
        ("/_understudy/nothing", "*/*"),
    ],
)
def test_everything_carries_cors(servers, path: str, accept: str) -> None:
    response = servers(SHOP).request("GET", path, [("Origin", ORIGIN), ("Accept", accept)])
    assert response.header("Access-Control-Allow-Origin") == ORIGIN
    assert response.header("Access-Control-Allow-Credentials") == "true"
    exposed = response.headers.tokens("Access-Control-Expose-Headers")
    assert {"content-language", "retry-after", "understudy-reason"} <= exposed
    assert "origin" in response.headers.tokens("Vary")
