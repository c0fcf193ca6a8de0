"""The operator's own page: index.html is the HTML answer, files beside it come with 200.

Nothing outside the folder is reachable, whatever a path says.
"""

from __future__ import annotations

import os
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from support.http import Connection, Response, exchange
from support.understudy import Understudy
from wire.configs import BARE, CORS, HOST, ORIGIN
from wire.pages import CSS, FILES, FONT, INDEX, SECRET, build, encoded


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    pages = build(folder)
    with Understudy(BARE + f'page_dir = "{pages}"\n' + CORS, folder) as running:
        yield running


def get(server: Understudy, path: str, *headers: tuple[str, str], method: str = "GET") -> Response:
    return server.request(method, path, headers)


def media_type(response: Response) -> str:
    return response.header("Content-Type").split(";")[0]


class TestIndex:
    @pytest.mark.parametrize("path", ["/", "/orders", "/deep/er/none", "/index.html", "/img/none.png"])
    def test_is_the_html_answer(self, site, path: str) -> None:
        response = get(site, path, ("Accept", "text/html"), ("Origin", ORIGIN))
        assert response.status == 503
        assert response.text == INDEX
        assert media_type(response) == "text/html"
        assert response.header("Understudy-Reason") == "failure"
        assert response.header("Cache-Control") == "no-store"
        assert 600 <= int(response.header("Retry-After")) <= 660
        assert response.header("Access-Control-Allow-Origin") == ORIGIN
        assert "ETag" not in response.headers and "Last-Modified" not in response.headers

    def test_other_formats_stay(self, site) -> None:
        response = get(site, "/", ("Accept", "application/json"))
        assert (response.status, media_type(response)) == (503, "application/json")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
    def test_whatever_the_method(self, site, method: str) -> None:
        response = get(site, "/", ("Accept", "text/html"), method=method)
        assert (response.status, response.text) == (503, INDEX)

    def test_is_compressed_like_any_answer(self, site) -> None:
        response = get(site, "/", ("Accept", "text/html"), ("Accept-Encoding", "gzip"))
        assert response.status == 503
        assert "accept-encoding" in response.headers.tokens("Vary")

    def test_has_a_policy_that_lets_its_own_files_load(self, site) -> None:
        policy = get(site, "/", ("Accept", "text/html")).header("Content-Security-Policy")
        if policy is not None:
            assert "default-src 'none'" not in policy or "img-src" in policy


class TestFiles:
    @pytest.mark.parametrize("name, content, types", FILES, ids=[name for name, _, _ in FILES])
    def test_come_with_200(self, site, name: str, content: bytes, types: tuple[str, ...]) -> None:
        response = get(site, encoded(name), ("Origin", ORIGIN))
        assert response.status == 200
        assert response.body == content
        assert media_type(response) in types
        assert response.header("Cache-Control") == "no-cache"
        assert response.header("ETag").lstrip("W/").startswith('"')
        parsedate_to_datetime(response.header("Last-Modified"))
        assert response.header("Access-Control-Allow-Origin") == ORIGIN
        assert "origin" in response.headers.tokens("Vary")
        assert response.header("X-Content-Type-Options") == "nosniff"
        assert "Retry-After" not in response.headers
        assert "Understudy-Reason" not in response.headers

    def test_last_modified_is_the_file_s(self, site) -> None:
        response = get(site, "/style.css")
        modified = parsedate_to_datetime(response.header("Last-Modified")).timestamp()
        assert modified == int((site.directory / "pages" / "style.css").stat().st_mtime)

    @pytest.mark.parametrize(
        "path", ["/style.css?v=1", "/style.css?", "/style%2Ecss", "/%73tyle.css", "/inside-link.css"]
    )
    def test_by_another_spelling(self, site, path: str) -> None:
        response = get(site, path)
        assert (response.status, response.text) == (200, CSS)

    def test_by_an_absolute_target(self, site) -> None:
        data = f"GET http://{HOST}/style.css HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        assert exchange(site.port, data).text == CSS

    def test_through_a_link_that_runs_in_a_circle(self, site) -> None:
        """Inside it is all the same file; what matters is that reading the folder came to an end."""
        for path in (
            "/self/style.css",
            "/self/self/style.css",
            "/img/up/style.css",
            "/img/up/img/up/style.css",
        ):
            response = get(site, path)
            assert response.status == 503 or response.text == CSS

    def test_through_a_folder_s_link_that_stays_inside(self, site) -> None:
        response = get(site, "/inside-folder/text.woff2")
        assert (response.status, response.body) == (200, FONT)

    @pytest.mark.parametrize("name", ["style.css", "font/text.woff2", "empty.txt"])
    def test_head(self, site, name: str) -> None:
        changing = ("date",)
        answers = [get(site, f"/{name}", method=method) for method in ("GET", "HEAD")]
        fields = [sorted((k.lower(), v) for k, v in a.headers if k.lower() not in changing) for a in answers]
        assert answers[1].status == 200
        assert fields[0] == fields[1]
        with Connection(site.port) as connection:
            request = f"HEAD /{name} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
            connection.send(request)
            connection.read_response("HEAD")
            assert connection.at_end()

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
    def test_other_methods_mean_the_api(self, site, method: str) -> None:
        response = get(site, "/style.css", method=method)
        assert (response.status, media_type(response)) == (503, "application/json")

    def test_options(self, site) -> None:
        response = get(site, "/style.css", method="OPTIONS")
        assert response.status == 204
        response = get(
            site, "/style.css", ("Origin", ORIGIN), ("Access-Control-Request-Method", "GET"), method="OPTIONS"
        )
        assert (response.status, response.header("Access-Control-Allow-Origin")) == (204, ORIGIN)

    def test_of_another_group_only(self, understudy, tmp_path: Path) -> None:
        """A group without page_dir has no files."""
        pages = build(tmp_path)
        more = '[groups.blog]\nid = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"\nhosts = ["api.blog.example"]\n'
        own = understudy(BARE + f'page_dir = "{pages}"\n' + more)
        assert own.request("GET", "/style.css").status == 200
        assert own.request("GET", "/style.css", host="api.blog.example").status == 503

    def test_refused_origin_has_no_cors(self, site) -> None:
        response = get(site, "/style.css", ("Origin", "https://evil.example"))
        assert response.status == 200
        assert not [name for name, _ in response.headers if name.lower().startswith("access-control")]

    def test_whole_file_where_a_range_is_asked(self, site) -> None:
        """RFC 9110, 14.2: a server may ignore Range; if not, the part must be the right one."""
        response = get(site, "/font/text.woff2", ("Range", "bytes=0-9"))
        if response.status == 206:
            assert response.body == FONT[:10]
        else:
            assert (response.status, response.body) == (200, FONT)

    def test_large_file(self, understudy, tmp_path: Path) -> None:
        pages = tmp_path / "pages"
        pages.mkdir()
        (pages / "index.html").write_text(INDEX)
        data = os.urandom(1 << 20) * 8
        (pages / "big.bin").write_bytes(data)
        own = understudy(BARE + f'page_dir = "{pages}"\n')
        with Connection(own.port) as connection:
            for _ in range(3):
                connection.send(f"GET /big.bin HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                assert connection.read_response().body == data


class TestConditional:
    """RFC 9110, 13: validators."""

    def validators(self, site) -> tuple[str, str]:
        response = get(site, "/style.css")
        return response.header("ETag"), response.header("Last-Modified")

    def test_if_none_match(self, site) -> None:
        tag, _ = self.validators(site)
        for value in (tag, f'"other", {tag}', f'{tag}, "other"', "*", "W/" + tag.removeprefix("W/")):
            response = get(site, "/style.css", ("If-None-Match", value), ("Origin", ORIGIN))
            assert (response.status, response.body) == (304, b""), value
            assert response.header("ETag") == tag
            assert response.header("Cache-Control") == "no-cache"
            assert "origin" in response.headers.tokens("Vary")
            assert response.header("Access-Control-Allow-Origin") == ORIGIN

    def test_if_none_match_otherwise(self, site) -> None:
        tag, _ = self.validators(site)
        for value in ('"other"', tag.strip('"'), tag + "x", '"' + tag + '"', "", ","):
            assert get(site, "/style.css", ("If-None-Match", value)).status == 200, value

    def test_if_modified_since(self, site) -> None:
        _, modified = self.validators(site)
        for value in (modified, "Fri, 01 Jan 2100 00:00:00 GMT"):
            assert get(site, "/style.css", ("If-Modified-Since", value)).status in (304,), value

    def test_if_modified_since_otherwise(self, site) -> None:
        for value in ("Sat, 01 Jan 2000 00:00:00 GMT", "yesterday", "", "0"):
            assert get(site, "/style.css", ("If-Modified-Since", value)).status == 200, value

    def test_if_none_match_wins(self, site) -> None:
        """RFC 9110, 13.1.3: with If-None-Match, If-Modified-Since is ignored."""
        tag, modified = self.validators(site)
        both = ("If-Modified-Since", modified)
        assert get(site, "/style.css", ("If-None-Match", '"other"'), both).status == 200
        old = ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")
        assert get(site, "/style.css", ("If-None-Match", tag), old).status == 304

    def test_head(self, site) -> None:
        tag, _ = self.validators(site)
        assert get(site, "/style.css", ("If-None-Match", tag), method="HEAD").status == 304

    def test_keeps_the_connection_in_step(self, site) -> None:
        tag, _ = self.validators(site)
        request = f"GET /style.css HTTP/1.1\r\nHost: {HOST}\r\n"
        with Connection(site.port) as connection:
            connection.send(f"{request}If-None-Match: {tag}\r\n\r\n{request}\r\n".encode())
            assert [connection.read_response().status for _ in range(2)] == [304, 200]

    def test_not_for_the_answer(self, site) -> None:
        response = get(site, "/orders", ("If-None-Match", "*"), ("Accept", "text/html"))
        assert response.status == 503

    def test_files_differ(self, site) -> None:
        tags = {get(site, encoded(name)).header("ETag") for name, content, _ in FILES if content}
        assert len(tags) >= len({content for _, content, _ in FILES if content})


ESCAPES = [
    "/../secret.txt",
    "/../../secret.txt",
    "/img/../../secret.txt",
    "/img/../../outside/secret.txt",
    "/./../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E/secret.txt",
    "/.%2e/secret.txt",
    "/%2e./secret.txt",
    "/..%2fsecret.txt",
    "/..%2Fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/img%2f..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/%5c..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/..%252fsecret.txt",
    "/%252e%252e%252fsecret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/..%c0%afsecret.txt",
    "/..%00/secret.txt",
    "/../secret.txt%00",
    "/style.css%00.txt",
    "/%00/../secret.txt",
    "//secret.txt",
    "//../secret.txt",
    "/..//secret.txt",
    "/....//secret.txt",
    "/..;/secret.txt",
    "/../pages-beside/secret.txt",
    "/../outside/secret.txt",
    "/%2fetc/passwd",
    "//etc/passwd",
    "/file:///etc/passwd",
    # Links that lead out.
    "/link-out.txt",
    "/absolute-link-out.txt",
    "/folder-link-out/secret.txt",
    "/folder-link-out/",
    "/link-beside.txt",
    "/link-by-link.txt",
    "/link-to-root/etc/passwd",
    "/link-to-root/proc/self/environ",
    # Hidden ones.
    "/.hidden.txt",
    "/%2ehidden.txt",
    "/.git/config",
    "/.git%2fconfig",
    "/img/../.git/config",
    "/.well-known/x.txt",
    # No files.
    "/img",
    "/img/",
    "/deep/er/",
    "/dangling",
    "/loop",
    "/fifo",
    "/style.css/",
    "/style.css/x",
    "/STYLE.CSS",
    "/" + "a" * 5000,
    "/" + "a/" * 2000,
    "/%",
    "/%2",
    "/%zz",
    "/style.css%",
    "/%ff%fe",
]


@pytest.mark.parametrize("path", ESCAPES, ids=lambda path: path[:40])
@pytest.mark.parametrize("form", ["{}", "http://api.shop.example{}"], ids=["origin", "absolute"])
def test_nothing_else_is_reachable(site, path: str, form: str) -> None:
    """The API's answer (or 400), and never a byte of what lies outside or is hidden."""
    target = form.format(path)
    data = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    with Connection(site.port) as connection:
        connection.send(data)
        received = connection.read_to_end()
    assert received[:12] in (b"HTTP/1.1 503", b"HTTP/1.1 400"), received[:300]
    assert SECRET.encode() not in received
    assert b"root:" not in received


def test_hidden_is_a_file_on_the_server_all_the_same(site) -> None:
    """The escapes above would prove nothing if the files were not there."""
    pages = site.directory / "pages"
    for name in ("link-out.txt", "folder-link-out/secret.txt", "link-by-link.txt", ".git/config"):
        assert (pages / name).read_text() == SECRET
