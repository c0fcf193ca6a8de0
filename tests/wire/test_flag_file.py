"""The flag file: there or not, and what it says. It is watched, so a change is soon in force.

The product promises 100 ms; a loaded machine gets two seconds here.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.http import Connection
from support.net import wait_until
from support.understudy import Understudy
from wire.configs import BARE, BLOG_ID

SOON = 2.0


def config(flag: Path | str, more: str = "") -> str:
    return f'{BARE}flag_file = "{flag}"\n{more}'


def mode(server: Understudy) -> str:
    return server.request("GET", "/_understudy/status.json").json()["mode"]


# So many connections in a row meet every worker, and all of them have been told.
IN_A_ROW = 12


def assert_reason(server: Understudy, expected: str, method: str = "GET") -> None:
    wait_until(
        lambda: all(server.request(method).header("Understudy-Reason") == expected for _ in range(IN_A_ROW)),
        limit=SOON,
        what=f"reason {expected} for {method}",
        interval=0.005,
    )


def assert_mode(server: Understudy, expected: str) -> None:
    wait_until(
        lambda: all(mode(server) == expected for _ in range(IN_A_ROW)),
        limit=SOON,
        what=f"mode {expected}",
        interval=0.005,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "flags"
    path.mkdir()
    return path


@pytest.fixture
def flag(folder: Path) -> Path:
    return folder / "shop.maintenance"


@pytest.fixture
def server(understudy, flag: Path) -> Understudy:
    """Open: the folder is there, the file is not."""
    running = understudy(config(flag))
    assert mode(running) == "open"
    return running


def test_create_and_remove(server: Understudy, flag: Path) -> None:
    for _ in range(5):
        flag.touch()
        assert_mode(server, "maintenance")
        assert_reason(server, "maintenance")
        flag.unlink()
        assert_mode(server, "open")
        assert_reason(server, "failure")


def test_change_is_logged(server: Understudy, flag: Path) -> None:
    flag.touch()
    server.wait_event("mode_changed", group="shop", mode="maintenance")
    flag.write_text("read-only")
    server.wait_event("mode_changed", group="shop", mode="read-only")
    flag.unlink()
    server.wait_event("mode_changed", group="shop", mode="open")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "maintenance"),
        ("\n", "maintenance"),
        ("on", "maintenance"),
        ("on\n", "maintenance"),
        ("  on \r\n", "maintenance"),
        ("off", "open"),
        ("off\n", "open"),
        ("read-only", "read-only"),
        ("read-only\n", "read-only"),
    ],
)
def test_contents_at_start(servers, text: str, expected: str) -> None:
    shared = servers(config("{dir}/flag"), {"flag": text})
    assert mode(shared) == expected


def test_contents_change(server: Understudy, flag: Path) -> None:
    """Written in place, again and again."""
    for text, expected in [
        ("on\n", "maintenance"),
        ("off\n", "open"),
        ("read-only\n", "read-only"),
        ("on\n", "maintenance"),
        ("read-only\n", "read-only"),
        ("off\n", "open"),
    ]:
        flag.write_text(text)
        assert_mode(server, expected)


@pytest.mark.parametrize(
    "text", ["maybe", "0", "onoff", "\0\0\0", "on\noff\n", "x" * 1_000_000], ids=lambda text: repr(text[:10])
)
def test_unknown_contents_mean_maintenance(server: Understudy, flag: Path, text: str) -> None:
    """The file is there: somebody wanted maintenance. It is said in the log that the word is unknown."""
    flag.write_text(text)
    assert_mode(server, "maintenance")


def test_read_only_answers_writes_only(server: Understudy, flag: Path) -> None:
    flag.write_text("read-only")
    assert_mode(server, "read-only")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert_reason(server, "read-only", method)
    for method in ("GET", "HEAD"):
        assert_reason(server, "failure", method)


def test_replaced_by_rename(server: Understudy, flag: Path) -> None:
    """As editors and configuration management do."""
    for text, expected in [
        ("on", "maintenance"),
        ("off", "open"),
        ("read-only", "read-only"),
        ("", "maintenance"),
    ]:
        temporary = flag.with_suffix(".new")
        temporary.write_text(text)
        temporary.replace(flag)
        assert_mode(server, expected)


def test_renamed_away_and_back(server: Understudy, flag: Path) -> None:
    flag.touch()
    assert_mode(server, "maintenance")
    flag.rename(flag.with_suffix(".off"))
    assert_mode(server, "open")
    flag.with_suffix(".off").rename(flag)
    assert_mode(server, "maintenance")


def test_other_files_in_the_folder_do_not_matter(server: Understudy, folder: Path, flag: Path) -> None:
    for name in ("shop", "shop.maintenance.bak", ".shop.maintenance.swp", "blog.maintenance"):
        (folder / name).write_text("on")
    flag.write_text("read-only")
    assert_mode(server, "read-only")


class TestFolder:
    def test_missing_and_made_later(self, understudy, tmp_path: Path) -> None:
        flag = tmp_path / "one" / "two" / "three" / "flag"
        server = understudy(config(flag))
        assert mode(server) == "open"
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "two").mkdir()
        (tmp_path / "one" / "two" / "three").mkdir()
        assert mode(server) == "open"
        flag.touch()
        assert_mode(server, "maintenance")
        flag.unlink()
        assert_mode(server, "open")

    def test_made_all_at_once_with_the_file(self, understudy, tmp_path: Path) -> None:
        """Between the folder's making and the watch on it the file has come."""
        flag = tmp_path / "one" / "two" / "three" / "flag"
        server = understudy(config(flag))
        flag.parent.mkdir(parents=True)
        flag.touch()
        assert_mode(server, "maintenance")

    def test_moved_into_place(self, understudy, tmp_path: Path) -> None:
        staged = tmp_path / "staged" / "two"
        staged.mkdir(parents=True)
        (staged / "flag").write_text("on")
        server = understudy(config(tmp_path / "one" / "two" / "flag"))
        assert mode(server) == "open"
        (tmp_path / "staged").rename(tmp_path / "one")
        assert_mode(server, "maintenance")
        (tmp_path / "one").rename(tmp_path / "staged")
        assert_mode(server, "open")

    def test_removed_and_made_again(self, server: Understudy, folder: Path, flag: Path) -> None:
        for _ in range(3):
            flag.touch()
            assert_mode(server, "maintenance")
            shutil.rmtree(folder)
            assert_mode(server, "open")
            folder.mkdir()
            assert mode(server) == "open"

    def test_removed_above_and_made_again(self, understudy, tmp_path: Path) -> None:
        flag = tmp_path / "one" / "two" / "flag"
        flag.parent.mkdir(parents=True)
        flag.touch()
        server = understudy(config(flag))
        assert mode(server) == "maintenance"
        shutil.rmtree(tmp_path / "one")
        assert_mode(server, "open")
        flag.parent.mkdir(parents=True)
        flag.write_text("read-only")
        assert_mode(server, "read-only")

    def test_a_folder_in_the_file_s_place(self, server: Understudy, flag: Path) -> None:
        """nginx's -f would not take it for a file, and -e would; it must at least be left again."""
        flag.mkdir()
        flag.rmdir()
        flag.touch()
        assert_mode(server, "maintenance")
        flag.unlink()
        assert_mode(server, "open")

    def test_a_pipe_in_the_file_s_place(self, server: Understudy, flag: Path) -> None:
        """Reading it would wait for ever; it is there, and that is enough."""
        os.mkfifo(flag)
        assert_mode(server, "maintenance")
        flag.unlink()
        assert_mode(server, "open")
        flag.write_text("read-only")
        assert_mode(server, "read-only")

    def test_path_with_dots(self, understudy, folder: Path) -> None:
        server = understudy(config(folder / ".." / "flags" / "." / "flag"))
        (folder / "flag").touch()
        assert_mode(server, "maintenance")

    def test_three_hundred_groups(self, understudy, folder: Path) -> None:
        """One folder, a file for each: the kernel gives a user only so many watches."""
        groups = "".join(
            f'[groups.g{n}]\nid = "00000000-0000-4000-8000-{n:012x}"\nflag_file = "{folder}/g{n}"\n'
            for n in range(300)
        )
        server = understudy(groups)

        def reasons() -> list[str | None]:
            return [
                server.request("GET", "/", [("Understudy-Group", f"g{n}")]).header("Understudy-Reason")
                for n in (0, 150, 299)
            ]

        assert reasons() == ["failure"] * 3
        (folder / "g299").touch()
        wait_until(lambda: reasons() == ["failure", "failure", "maintenance"], SOON, "the last one alone")


class TestSymlinks:
    def test_file_is_a_symlink(self, server: Understudy, folder: Path, flag: Path) -> None:
        (folder / "is-on").write_text("on")
        (folder / "is-read-only").write_text("read-only")
        flag.symlink_to("is-on")
        assert_mode(server, "maintenance")
        swapped = folder / "swapped"
        swapped.symlink_to("is-read-only")
        swapped.replace(flag)
        assert_mode(server, "read-only")
        flag.unlink()
        assert_mode(server, "open")

    def test_target_changes(self, server: Understudy, tmp_path: Path, flag: Path) -> None:
        """The link stays, the file it leads to changes, in another folder."""
        other = tmp_path / "other"
        other.mkdir()
        (other / "state").write_text("off")
        flag.symlink_to(other / "state")
        assert_mode(server, "open")
        (other / "state").write_text("on")
        assert_mode(server, "maintenance")
        (other / "state").unlink()
        assert_mode(server, "open")
        (other / "state").write_text("read-only")
        assert_mode(server, "read-only")

    def test_dangling(self, server: Understudy, folder: Path, flag: Path) -> None:
        flag.symlink_to(folder / "nowhere")
        assert mode(server) == "open"
        (folder / "nowhere").touch()
        assert_mode(server, "maintenance")

    def test_loop(self, server: Understudy, folder: Path, flag: Path) -> None:
        flag.symlink_to(folder / "b")
        (folder / "b").symlink_to(flag)
        assert mode(server) == "open"
        flag.unlink()
        flag.touch()
        assert_mode(server, "maintenance")

    def test_folder_is_a_symlink(self, understudy, tmp_path: Path) -> None:
        for name, text in (("v1", "on"), ("v2", "read-only")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "flag").write_text(text)
        (tmp_path / "current").symlink_to("v1")
        server = understudy(config(tmp_path / "current" / "flag"))
        assert mode(server) == "maintenance"
        (tmp_path / "next").symlink_to("v2")
        (tmp_path / "next").replace(tmp_path / "current")
        assert_mode(server, "read-only")
        (tmp_path / "v2" / "flag").unlink()
        assert_mode(server, "open")

    def test_mounted_config_map(self, understudy, tmp_path: Path) -> None:
        """Kubernetes: flag → ..data/flag, ..data → a dated folder; ..data is swapped."""
        volume = tmp_path / "volume"
        volume.mkdir()

        def publish(version: int, text: str | None) -> None:
            dated = volume / f"..2026_11_20_{version}"
            dated.mkdir()
            if text is not None:
                (dated / "flag").write_text(text)
            (volume / "..data_tmp").symlink_to(dated.name)
            previous = os.readlink(volume / "..data") if (volume / "..data").is_symlink() else None
            (volume / "..data_tmp").replace(volume / "..data")
            if previous:
                shutil.rmtree(volume / previous)

        publish(1, "off")
        (volume / "flag").symlink_to("..data/flag")
        server = understudy(config(volume / "flag"))
        assert mode(server) == "open"
        for version, (text, expected) in enumerate(
            [
                ("on", "maintenance"),
                ("off", "open"),
                ("read-only", "read-only"),
                (None, "open"),
                ("on", "maintenance"),
            ],
            start=2,
        ):
            publish(version, text)
            assert_mode(server, expected)


class TestStorms:
    def test_thousand_toggles(self, server: Understudy, flag: Path) -> None:
        for index in range(1000):
            if index % 2 == 0:
                flag.touch()
            else:
                flag.unlink()
        assert_mode(server, "open")
        flag.touch()
        assert_mode(server, "maintenance")

    def test_thousand_rewrites(self, server: Understudy, flag: Path) -> None:
        for index in range(1000):
            flag.write_text(("on", "off", "read-only")[index % 3])
        assert_mode(server, "maintenance")
        flag.write_text("off")
        assert_mode(server, "open")

    def test_noise_in_the_folder(self, server: Understudy, folder: Path, flag: Path) -> None:
        """More events than the kernel's queue holds in a small moment; the flag is not lost among them."""
        for index in range(5_000):
            (folder / f"noise{index % 50}").touch()
        flag.write_text("read-only")
        assert_mode(server, "read-only")

    def test_several_groups_one_folder(self, understudy, folder: Path) -> None:
        more = f'[groups.blog]\nid = "{BLOG_ID}"\nflag_file = "{folder}/blog"\n'
        server = understudy(config(folder / "shop", more))

        def modes() -> dict[str, str]:
            return {
                group: server.request(
                    "GET", "/_understudy/status.json", [("Understudy-Group", group)]
                ).json()["mode"]
                for group in ("shop", "blog")
            }

        (folder / "blog").touch()
        wait_until(lambda: modes() == {"shop": "open", "blog": "maintenance"}, SOON, "blog alone")
        (folder / "shop").write_text("read-only")
        wait_until(lambda: modes() == {"shop": "read-only", "blog": "maintenance"}, SOON, "both")
        (folder / "blog").unlink()
        wait_until(lambda: modes() == {"shop": "read-only", "blog": "open"}, SOON, "shop alone")

    def test_one_file_for_two_groups(self, understudy, folder: Path) -> None:
        more = f'[groups.blog]\nid = "{BLOG_ID}"\nflag_file = "{folder}/all"\n'
        server = understudy(config(folder / "all", more))
        (folder / "all").touch()
        for group in ("shop", "blog"):
            wait_until(
                lambda: server.request("GET", "/", [("Understudy-Group", group)]).header("Understudy-Reason")
                == "maintenance",
                SOON,
                f"{group} in maintenance",
            )


class TestReload:
    def test_another_file(self, server: Understudy, folder: Path, flag: Path) -> None:
        flag.touch()
        assert_mode(server, "maintenance")
        server.reload(config(folder / "other"))
        assert_mode(server, "open")
        (folder / "other").touch()
        assert_mode(server, "maintenance")
        (folder / "other").unlink()
        assert_mode(server, "open")

    def test_no_file_any_more(self, server: Understudy, flag: Path) -> None:
        flag.touch()
        assert_mode(server, "maintenance")
        server.reload(BARE)
        assert_mode(server, "open")

    def test_still_watched_afterwards(self, server: Understudy, flag: Path) -> None:
        for _ in range(3):
            server.reload()
            flag.touch()
            assert_mode(server, "maintenance")
            flag.unlink()
            assert_mode(server, "open")

    def test_mode_is_kept(self, server: Understudy, flag: Path) -> None:
        flag.touch()
        assert_mode(server, "maintenance")
        server.reload()
        assert mode(server) == "maintenance"

    def test_since_is_kept(self, server: Understudy, flag: Path) -> None:
        """The maintenance did not begin with the reload."""
        flag.touch()
        assert_mode(server, "maintenance")
        before = server.request("GET", "/_understudy/status.json").json().get("since")
        server.reload()
        assert server.request("GET", "/_understudy/status.json").json().get("since") == before


def test_said_when_in_force(server: Understudy, flag: Path) -> None:
    """The log's mode_changed comes after the last worker has been told, not before."""
    request = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"
    connections = [Connection(server.port) for _ in range(8)]
    try:
        for index in range(40):
            flag.unlink() if index % 2 else flag.touch()
            server.wait_event("mode_changed", mode="open" if index % 2 else "maintenance")
            for connection in connections:
                connection.send(request)
            reasons = {c.read_response().header("Understudy-Reason") for c in connections}
            assert reasons == {"failure" if index % 2 else "maintenance"}
    finally:
        for connection in connections:
            connection.close()


def test_open_connections_see_the_change(server: Understudy, flag: Path) -> None:
    """Every worker has its own reference to the snapshot; each is told."""
    request = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"
    connections = [Connection(server.port) for _ in range(16)]
    try:

        def reasons() -> set[str | None]:
            for connection in connections:
                connection.send(request)
            return {connection.read_response().header("Understudy-Reason") for connection in connections}

        assert reasons() == {"failure"}
        flag.touch()
        wait_until(lambda: reasons() == {"maintenance"}, SOON, "all connections to see it")
    finally:
        for connection in connections:
            connection.close()
