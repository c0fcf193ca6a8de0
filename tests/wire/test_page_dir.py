"""The operator's own page: index.html is the HTML answer, files beside it come with 200.

Nothing outside the folder is reachable, whatever a path says.
"""

from __future__ import annotations

import os
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from support.http import Connection, Response, exchange
from support.net import wait_until
from support.understudy import Understudy, run_command
from wire.configs import BARE, CORS, HOST, ORIGIN

SECRET = "the secret outside"
INDEX = '<!DOCTYPE html><html lang="en"><title>Shop</title><h1>Back soon</h1><img src="/img/logo.svg"></html>\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>\n'
CSS = "body { color: teal }\n"
FONT = bytes(range(256)) * 64
PNG = b"\x89PNG\r\n\x1a\n" + os.urandom(500)

# (path below page_dir, contents, Content-Type without parameters)
FILES: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("img/logo.svg", SVG.encode(), ("image/svg+xml",)),
    ("img/photo.png", PNG, ("image/png",)),
    ("img/photo.jpg", b"\xff\xd8\xff", ("image/jpeg",)),
    ("img/photo.webp", b"RIFF", ("image/webp",)),
    ("img/photo.avif", b"avif", ("image/avif",)),
    ("img/photo.gif", b"GIF89a", ("image/gif",)),
    ("favicon.ico", b"\0\0\1\0", ("image/x-icon", "image/vnd.microsoft.icon")),
    ("style.css", CSS.encode(), ("text/css",)),
    ("app.js", b"'use strict';\n", ("text/javascript",)),
    ("module.mjs", b"export {};\n", ("text/javascript",)),
    ("font/text.woff2", FONT, ("font/woff2",)),
    ("font/text.woff", FONT, ("font/woff",)),
    ("font/text.ttf", FONT, ("font/ttf",)),
    ("data.json", b"{}", ("application/json",)),
    ("site.webmanifest", b"{}", ("application/manifest+json",)),
    ("robots.txt", b"User-agent: *\n", ("text/plain",)),
    ("about.html", b"<!DOCTYPE html><title>About</title>", ("text/html",)),
    ("empty.txt", b"", ("text/plain",)),
    ("unknown.xyz", b"xyz", ("application/octet-stream",)),
    ("without-extension", b"xyz", ("application/octet-stream",)),
    ("with blank.txt", b"blank", ("text/plain",)),
    ("ümläut.txt", b"umlaut", ("text/plain",)),
    ("a+b&c=d,e;f.txt", b"marks", ("text/plain",)),
    ("100%.txt", b"percent", ("text/plain",)),
    ("UPPER.TXT", b"upper", ("text/plain",)),
    ("deep/er/and/deeper/file.txt", b"deep", ("text/plain",)),
]


def encoded(path: str) -> str:
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+&=,;"
    return "/" + "".join(c if c in safe else "".join(f"%{b:02X}" for b in c.encode()) for c in path)


def build(folder: Path) -> Path:
    """FOLDER/outside/… is out of reach; FOLDER/pages is the page_dir; links of every kind."""
    outside, pages = folder / "outside", folder / "pages"
    for name, content, _ in FILES:
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_bytes(content)
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (folder / "pages-beside").mkdir()
    (folder / "pages-beside" / "secret.txt").write_text(SECRET)
    (folder / "secret.txt").write_text(SECRET)
    (pages / "index.html").write_text(INDEX)
    (pages / ".hidden.txt").write_text(SECRET)
    (pages / ".git").mkdir()
    (pages / ".git" / "config").write_text(SECRET)
    (pages / ".well-known").mkdir()
    (pages / ".well-known" / "x.txt").write_text(SECRET)
    (pages / "inside-link.css").symlink_to("style.css")
    (pages / "inside-folder").symlink_to("font")
    (pages / "link-out.txt").symlink_to("../outside/secret.txt")
    (pages / "absolute-link-out.txt").symlink_to(outside / "secret.txt")
    (pages / "folder-link-out").symlink_to("../outside")
    (pages / "link-to-root").symlink_to("/")
    (pages / "link-beside.txt").symlink_to("../pages-beside/secret.txt")
    (pages / "link-by-link.txt").symlink_to("folder-link-out/secret.txt")
    (pages / "dangling").symlink_to("nowhere")
    (pages / "loop").symlink_to("loop")
    (pages / "self").symlink_to(".")
    (pages / "img" / "up").symlink_to("..")
    os.mkfifo(pages / "fifo")
    return pages


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

    @pytest.mark.parametrize("path", ["/style.css?v=1", "/style.css?", "/style%2Ecss", "/%73tyle.css", "/inside-link.css"])
    def test_by_another_spelling(self, site, path: str) -> None:
        response = get(site, path)
        assert (response.status, response.text) == (200, CSS)

    def test_by_an_absolute_target(self, site) -> None:
        data = f"GET http://{HOST}/style.css HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        assert exchange(site.port, data).text == CSS

    def test_through_a_link_that_runs_in_a_circle(self, site) -> None:
        """Inside it is all the same file; what matters is that reading the folder came to an end."""
        for path in ("/self/style.css", "/self/self/style.css", "/img/up/style.css", "/img/up/img/up/style.css"):
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


class TestChanges:
    @pytest.fixture
    def pages(self, tmp_path: Path) -> Path:
        return build(tmp_path)

    @pytest.fixture
    def server(self, understudy, pages: Path) -> Understudy:
        return understudy(BARE + f'page_dir = "{pages}"\n')

    def soon(self, condition, what: str) -> None:
        wait_until(condition, limit=10, what=what)

    def test_index(self, server: Understudy, pages: Path) -> None:
        def page() -> str:
            return get(server, "/", ("Accept", "text/html")).text

        assert page() == INDEX
        (pages / "index.html").write_text("<!DOCTYPE html>changed in place")
        self.soon(lambda: "changed in place" in page(), "the changed page")
        (pages / "new").write_text("<!DOCTYPE html>renamed over")
        (pages / "new").replace(pages / "index.html")
        self.soon(lambda: "renamed over" in page(), "the replaced page")

    def test_file(self, server: Understudy, pages: Path) -> None:
        before = get(server, "/style.css").header("ETag")
        (pages / "style.css").write_text("body { color: red }")
        self.soon(lambda: "red" in get(server, "/style.css").text, "the changed file")
        assert get(server, "/style.css").header("ETag") != before
        assert get(server, "/style.css", ("If-None-Match", before)).status == 200

    def test_file_comes_and_goes(self, server: Understudy, pages: Path) -> None:
        assert get(server, "/later.txt").status == 503
        (pages / "later.txt").write_text("later")
        self.soon(lambda: get(server, "/later.txt").status == 200, "the new file")
        (pages / "later.txt").unlink()
        self.soon(lambda: get(server, "/later.txt").status == 503, "the file to be gone")

    def test_in_a_new_folder(self, server: Understudy, pages: Path) -> None:
        (pages / "fresh" / "deep").mkdir(parents=True)
        (pages / "fresh" / "deep" / "file.txt").write_text("fresh")
        self.soon(lambda: get(server, "/fresh/deep/file.txt").status == 200, "the file in a new folder")

    def test_in_a_deep_folder(self, server: Understudy, pages: Path) -> None:
        (pages / "deep/er/and/deeper/file.txt").write_text("deep change")
        self.soon(lambda: get(server, "/deep/er/and/deeper/file.txt").text == "deep change", "the change")

    def test_link_that_begins_to_lead_out(self, server: Understudy, pages: Path) -> None:
        assert get(server, "/inside-link.css").status == 200
        (pages / "swap").symlink_to("../outside/secret.txt")
        (pages / "swap").replace(pages / "inside-link.css")
        self.soon(lambda: get(server, "/inside-link.css").status == 503, "the link to be refused")

    def test_index_removed_leaves_an_answer(self, server: Understudy, pages: Path) -> None:
        """The last good page, or the built-in one: in any case a page, and 503."""
        (pages / "index.html").unlink()
        (pages / "marker.txt").write_text("seen")
        for _ in range(20):
            response = get(server, "/", ("Accept", "text/html"))
            assert response.status == 503
            assert "<html" in response.text
        (pages / "index.html").write_text("<!DOCTYPE html><html>is back</html>")
        self.soon(lambda: "is back" in get(server, "/", ("Accept", "text/html")).text, "the page to be back")

    def test_folder_swapped_by_a_link(self, understudy, tmp_path: Path) -> None:
        """A deployment: current → v1, then → v2."""
        for version in ("v1", "v2"):
            (tmp_path / version).mkdir()
            (tmp_path / version / "index.html").write_text(f"<!DOCTYPE html>{version}")
            (tmp_path / version / "only.txt").write_text(version)
        (tmp_path / "current").symlink_to("v1")
        server = understudy(BARE + f'page_dir = "{tmp_path}/current"\n')
        assert get(server, "/only.txt").text == "v1"
        (tmp_path / "next").symlink_to("v2")
        (tmp_path / "next").replace(tmp_path / "current")
        self.soon(lambda: get(server, "/only.txt").text == "v2", "the new version")
        assert "v2" in get(server, "/", ("Accept", "text/html")).text

    def test_mounted_config_map(self, understudy, tmp_path: Path) -> None:
        """Kubernetes: each name leads through ..data, a hidden link that is swapped."""
        volume = tmp_path / "volume"
        for version in ("1", "2"):
            dated = volume / f"..2026_11_20_{version}"
            dated.mkdir(parents=True)
            (dated / "index.html").write_text(f"<!DOCTYPE html>version {version}")
            (dated / "style.css").write_text(f"/* {version} */")
        (volume / "..data").symlink_to("..2026_11_20_1")
        for name in ("index.html", "style.css"):
            (volume / name).symlink_to(f"..data/{name}")
        server = understudy(BARE + f'page_dir = "{volume}"\n')
        assert "version 1" in get(server, "/", ("Accept", "text/html")).text
        assert get(server, "/style.css").text == "/* 1 */"
        (volume / "..data_tmp").symlink_to("..2026_11_20_2")
        (volume / "..data_tmp").replace(volume / "..data")
        self.soon(lambda: get(server, "/style.css").text == "/* 2 */", "the new version")
        self.soon(lambda: "version 2" in get(server, "/", ("Accept", "text/html")).text, "its page")
        for path in ("/..data/style.css", "/..2026_11_20_2/style.css", "/%2e%2edata/style.css"):
            assert get(server, path).status == 503

    def test_reload_reads_it_again(self, server: Understudy, pages: Path) -> None:
        (pages / "style.css").write_text("body { color: blue }")
        server.reload()
        assert "blue" in get(server, "/style.css").text


@pytest.mark.parametrize("damage", ["missing", "no_index", "index_is_a_folder", "is_a_file"])
def test_without_an_index_it_is_refused(tmp_path: Path, damage: str) -> None:
    """At check and at start, not first during the outage."""
    pages = tmp_path / "pages"
    if damage == "is_a_file":
        pages.write_text("file")
    elif damage != "missing":
        pages.mkdir()
        if damage == "index_is_a_folder":
            (pages / "index.html").mkdir()
    config = tmp_path / "understudy.toml"
    config.write_text(BARE + f'page_dir = "{pages}"\n')
    done = run_command("check", "--config", config)
    assert done.returncode == 1
    assert "groups.shop.page_dir" in done.stdout
    assert run_command("serve", "--config", config).returncode == 1
