"""page_dir is read anew when it changes on disk, and refused where it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.http import Response
from support.net import wait_until
from support.understudy import Understudy, run_command
from wire.configs import BARE
from wire.pages import INDEX, build


def get(server: Understudy, path: str, *headers: tuple[str, str], method: str = "GET") -> Response:
    return server.request(method, path, headers)


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
