"""The store breaks: answers go on, changes are refused and say why, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable, Iterator

import pytest

from admin.configs import SHOP, TWO, listeners, store
from admin.conftest import Stage, stage_of
from admin.public import Crowd
from support.admin import Admin
from support.net import wait_until
from support.process import Process
from support.understudy import Understudy, binary, run_command

WINDOW = {"groups": ["shop"], "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}


@pytest.fixture
def tmpfs() -> Iterator[Path]:
    """A file system of 256 KiB of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="us-tmpfs-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "understudy-test", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small file system can't be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def start(understudy, short_path: Path) -> Callable[..., Stage]:
    """`start(database)`: a server that keeps its state there."""
    count = 0

    def run(database: Path, config: str = TWO) -> Stage:
        nonlocal count
        count += 1
        return stage_of(understudy(config + store(database) + listeners(short_path / f"{count}.sock")))

    return run


@pytest.fixture
def start_troubled(understudy, short_path: Path) -> Callable[..., tuple[Understudy, Admin]]:
    """The same where no token can be made: the socket alone."""
    count = 0

    def run(database: Path, config: str = TWO) -> tuple[Understudy, Admin]:
        nonlocal count
        count += 1
        server = understudy(config + store(database) + listeners(short_path / f"t{count}.sock"))
        return server, Admin(server.admins[0])

    return run


def assert_degraded(server: Understudy, client: Admin, fault: str, said: str) -> None:
    """Everywhere an operator may look, and nowhere else: the answers go on."""
    wait_until(lambda: client.get("/status")["health"] == "degraded", what="health to be degraded")
    trouble = client.get("/status")["store"]["trouble"]
    assert re.search(fault, trouble["fault"]), trouble
    assert trouble["message"]
    health = server.admin_request("GET", "/_understudy/health")
    assert (health.status, health.json()["status"]) == (200, "degraded")
    wait_until(lambda: server.metrics().value("understudy_store_well") == 0, what="the metric to fall")
    assert any(
        re.search(said, event["message"], re.IGNORECASE) and event["level"] in ("warning", "error")
        for event in server.events()
    ), "the log says so"
    done = run_command("status", env={"UNDERSTUDY_ADMIN": f"unix:{client.target}"})
    assert re.search("store|degraded", done.stdout + done.stderr), done
    assert server.request("GET").status == 503


def assert_refused(client: Admin, said: str) -> None:
    """Every kind of change, with a cause that a person understands."""
    before = client.status("shop")
    for method, path, body in (
        ("PUT", "/groups/shop/mode", {"mode": "read-only", "reason": "x" * 900}),
        ("POST", "/windows", {**WINDOW, "reason": "x" * 900}),
        (
            "POST",
            "/groups",
            {"name": "made", "texts": {"failure": {"en": {"title": "x", "message": "x" * 6000}}}},
        ),
        ("POST", "/tokens", {"label": "x", "scope": "viewer"}),
    ):
        problem = client.refused(503, "store", method, path, body)
        assert re.search(said, problem["detail"], re.IGNORECASE), problem
    assert client.status("shop") == before
    assert client.get("/windows")["windows"] == []
    client.refused(404, "unknown-group", "GET", "/groups/made")


def assert_well(server: Understudy, client: Admin) -> None:
    wait_until(lambda: client.get("/status")["health"] == "ok", 30, "health to be ok")
    assert client.get("/status")["store"]["trouble"] is None
    assert server.admin_request("GET", "/_understudy/health").json()["status"] == "ok"
    wait_until(lambda: server.metrics().value("understudy_store_well") == 1, what="the metric to rise")


class TestFull:
    def fill(self, folder: Path) -> None:
        """To the last byte."""
        with (folder / "filler").open("wb", buffering=0) as file:
            for size in (4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def test_and_well_again(self, start, tmpfs: Path) -> None:
        own = start(tmpfs / "state.db")
        own.unix.switch("shop", "maintenance", reason="before")
        with Crowd(own.server) as crowd:
            self.fill(tmpfs)
            # What SQLite has laid by may still take a few.
            last = "before"
            for index in range(200):
                answer = own.unix.call(
                    "PUT", "/groups/shop/mode", {"mode": "maintenance", "reason": f"{index:0900}"}
                )
                if answer.status != 200:
                    break
                last = answer.json()["reason"]
            assert answer.status == 503, "a change that can't be kept is refused"
            assert "full" in answer.json()["detail"].lower()
            assert_refused(own.unix, "full")
            assert own.unix.status("shop")["reason"] == last
            assert crowd.reasons() == {"maintenance"}
            assert_degraded(own.server, own.unix, "full", "full")
            assert (
                own.tcp.status("shop")["reason"] == last
            ), "a token's last use can't be kept; it serves all the same"
            own.tcp.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "open"})
            done = run_command("off", "shop", env={"UNDERSTUDY_ADMIN": f"unix:{own.unix.target}"})
            assert done.returncode == 1 and "full" in done.stderr.lower()
            assert crowd.reasons() == {"maintenance"}
            (tmpfs / "filler").unlink()
            wait_until(
                lambda: own.unix.call("PUT", "/groups/shop/mode", {"mode": "open"}).status == 200,
                what="changes to be taken again",
            )
            assert crowd.reasons() == {"failure"}
            assert_well(own.server, own.unix)
        own.unix.switch("shop", "read-only", reason="after")
        own.server.kill()
        again = start(tmpfs / "state.db")
        assert again.unix.status("shop")["reason"] == "after"

    def test_from_the_start(self, start_troubled, tmpfs: Path) -> None:
        """There is not even room for an empty database."""
        self.fill(tmpfs)
        server, client = start_troubled(tmpfs / "state.db")
        assert server.request("GET").status == 503
        assert client.get("/status")["health"] == "degraded"
        client.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "maintenance"})

    def test_windows_go_on(self, start, tmpfs: Path) -> None:
        """What is planned happens, though nothing can be written down."""
        own = start(tmpfs / "state.db")
        begin = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=3)
        times = [(begin + timedelta(hours=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 1)]
        own.unix.ok("POST", "/windows", {"groups": ["shop"], "start": times[0], "end": times[1]})
        self.fill(tmpfs)
        own.server.wait_event("mode_changed", group="shop", mode="maintenance", limit=30)
        with Crowd(own.server) as crowd:
            assert crowd.reasons() == {"maintenance"}


class TestReadOnly:
    def test_file_system(self, start, start_troubled, tmpfs: Path) -> None:
        own = start(tmpfs / "state.db")
        own.unix.switch("shop", "maintenance", reason="kept")
        own.server.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(tmpfs)], check=True)
        server, client = start_troubled(tmpfs / "state.db")
        assert client.status("shop")["reason"] == "kept", "what is there is in force"
        assert server.request("GET").header("Understudy-Reason") == "maintenance"
        assert_degraded(server, client, "read-only", "read-only|readonly")
        assert_refused(client, "read-only|readonly")
        server.stop()
        subprocess.run(["mount", "-o", "remount,rw", str(tmpfs)], check=True)
        own = start(tmpfs / "state.db")
        own.unix.switch("shop", "open")
        assert_well(own.server, own.unix)

    def test_after_a_crash(self, start, start_troubled, tmpfs: Path) -> None:
        """The write-ahead log is left behind, and its last change is not forgotten."""
        own = start(tmpfs / "state.db")
        own.unix.switch("shop", "maintenance", reason="kept")
        own.server.kill()
        subprocess.run(["mount", "-o", "remount,ro", str(tmpfs)], check=True)
        server, client = start_troubled(tmpfs / "state.db")
        assert server.request("GET").status == 503
        assert client.status("shop")["reason"] == "kept"
        assert_degraded(server, client, "read-only|unavailable", "read-only|readonly|open")


class TestLocked:
    def test_and_well_again(self, start, tmp_path: Path) -> None:
        """Somebody else's transaction, a backup for instance, that does not end."""
        own = start(tmp_path / "state.db")
        own.unix.switch("shop", "maintenance", reason="before")
        other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            assert_refused(own.unix, "locked")
            assert_degraded(own.server, own.unix, "locked", "locked")
            with Crowd(own.server) as crowd:
                assert crowd.reasons() == {"maintenance"}
            assert own.tcp.status("shop")["reason"] == "before"
        finally:
            other.close()
        own.unix.switch("shop", "read-only", reason="after")
        assert_well(own.server, own.unix)
        own.server.kill()
        assert start(tmp_path / "state.db").unix.status("shop")["reason"] == "after"

    def test_readers_are_no_hindrance(self, start, tmp_path: Path) -> None:
        """Whoever looks into the file sees the acknowledged state, and holds up nothing."""
        own = start(tmp_path / "state.db")
        own.unix.switch("shop", "maintenance", reason="seen")
        reader = sqlite3.connect(f"file:{tmp_path}/state.db?mode=ro", uri=True, isolation_level=None)
        try:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
            for index in range(5):
                own.unix.switch("shop", "maintenance", reason=str(index))
        finally:
            reader.close()
        assert_well(own.server, own.unix)


class TestTakenAway:
    def test_removed_while_it_runs(self, start_troubled, tmp_path: Path) -> None:
        """Acknowledging what goes into a file that nobody can open again would be a lie."""
        server, client = start_troubled(tmp_path / "state.db")
        client.switch("shop", "maintenance", reason="before")
        (tmp_path / "state.db").rename(tmp_path / "away.db")
        assert_refused(client, "moved|deleted|missing")
        assert_degraded(server, client, "unavailable|corrupt", "moved|deleted|missing")
        (tmp_path / "away.db").rename(tmp_path / "state.db")
        wait_until(
            lambda: client.call("PUT", "/groups/shop/mode", {"mode": "open"}).status == 200,
            what="changes to be taken again",
        )
        assert_well(server, client)


class TestDamaged:
    def damage_truncated(self, path: Path) -> None:
        os.truncate(path, path.stat().st_size // 2)

    def damage_short(self, path: Path) -> None:
        os.truncate(path, 100)

    def damage_overwritten(self, path: Path) -> None:
        path.write_bytes(random.Random(1).randbytes(path.stat().st_size))

    def damage_middle(self, path: Path) -> None:
        data = bytearray(path.read_bytes())
        for place in range(4096, len(data), 4096):
            data[place : place + 512] = b"\xa5" * 512
        path.write_bytes(data)

    def damage_empty(self, path: Path) -> None:
        os.truncate(path, 0)

    def damage_text(self, path: Path) -> None:
        path.write_text("This is no database.\n" * 500)

    @pytest.mark.parametrize("how", ["truncated", "short", "empty", "overwritten", "middle", "text"])
    def test_while_stopped(self, start, start_troubled, tmp_path: Path, how: str) -> None:
        """It starts, answers, says what is wrong, changes nothing, and leaves the evidence alone."""
        database = tmp_path / "kept" / "state.db"
        database.parent.mkdir()
        own = start(database)
        for index in range(40):
            own.unix.switch("shop", "maintenance", reason=f"{index:0800}")
        own.server.stop()
        getattr(self, f"damage_{how}")(database)
        evidence = database.read_bytes()
        server, client = start_troubled(database)
        assert server.request("GET").status == 503
        assert_degraded(server, client, "corrupt", "corrupt|damaged|malformed|no database|not a database")
        assert any(str(database) in event["message"] for event in server.events()), "which file it is"
        assert_refused(client, "corrupt|damaged|malformed|not a database")
        server.stop()
        assert database.read_bytes() == evidence

    def test_put_back(self, start, start_troubled, tmp_path: Path) -> None:
        """The good file in its place and a restart: as before."""
        database = tmp_path / "state.db"
        own = start(database)
        own.unix.switch("shop", "maintenance", reason="good")
        own.server.stop()
        shutil.copy(database, tmp_path / "good.db")
        self.damage_text(database)
        server, _ = start_troubled(database)
        server.stop()
        shutil.copy(tmp_path / "good.db", database)
        own = start(database)
        assert own.unix.status("shop")["reason"] == "good"
        assert_well(own.server, own.unix)

    def test_of_a_newer_version(self, start, start_troubled, tmp_path: Path) -> None:
        """Made by an understudy that is not there yet: not touched, and said."""
        database = tmp_path / "state.db"
        own = start(database)
        own.unix.switch("shop", "maintenance")
        own.server.stop()
        with sqlite3.connect(database) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            assert version > 0, "the schema has a version"
            connection.execute(f"PRAGMA user_version = {version + 1000}")
        connection.close()
        evidence = database.read_bytes()
        server, client = start_troubled(database)
        assert client.get("/status")["health"] == "degraded"
        assert "version" in client.get("/status")["store"]["trouble"]["message"]
        client.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "open"})
        server.stop()
        assert database.read_bytes() == evidence


class TestPlaces:
    def test_missing_folder(self, start_troubled, tmp_path: Path) -> None:
        """Made, or said: never a server that does not answer."""
        database = tmp_path / "not" / "there" / "state.db"
        server, client = start_troubled(database)
        assert server.request("GET").status == 503
        if database.exists():
            client.switch("shop", "maintenance")
            assert_well(server, client)
            return
        assert_degraded(server, client, "unavailable|read-only", "there|folder|directory|open")
        assert str(database.parent) in client.get("/status")["store"]["trouble"]["message"]
        client.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "open"})

    def test_folder_in_its_place(self, start_troubled, tmp_path: Path) -> None:
        (tmp_path / "state.db").mkdir()
        server, client = start_troubled(tmp_path / "state.db")
        assert_degraded(server, client, "unavailable|corrupt|read-only", "state.db")
        client.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "open"})

    def test_second_server(self, start, short_path: Path, tmp_path: Path) -> None:
        """Two servers on one file would each know half: the second says so and changes nothing."""
        database = tmp_path / "state.db"
        own = start(database)
        own.unix.switch("shop", "maintenance", reason="first")
        config = tmp_path / "second.toml"
        config.write_text(
            SHOP
            + store(database)
            + listeners(short_path / "second.sock")
            + '[server]\nlisten=["127.0.0.1:0"]\n'
        )
        with Process("second", [binary(), "serve", "--config", config], cwd=tmp_path) as second:
            found = wait_until(
                lambda: not second.alive() or second.err.wait(lambda line: '"ready"' in line, 0.1),
                30,
                "the second to start or to end",
            )
            assert found
            if second.alive():
                client = Admin(short_path / "second.sock")
                assert client.get("/status")["health"] == "degraded"
                assert client.get("/status")["store"]["trouble"]["fault"] == "locked"
                client.refused(503, "store", "PUT", "/groups/shop/mode", {"mode": "open"})
            else:
                assert second.child.returncode == 1
                assert "state.db" in second.err.text()
        own.unix.switch("shop", "read-only", reason="still")
        own.server.kill()
        assert start(database).unix.status("shop")["reason"] == "still"

    def test_second_takes_over(self, start, tmp_path: Path) -> None:
        """After kill -9 of the first nothing is left that locks the second out."""
        for index in range(3):
            own = start(tmp_path / "state.db")
            assert own.unix.status("shop")["reason"] == (f"run {index - 1}" if index else "")
            own.unix.switch("shop", "maintenance", reason=f"run {index}")
            own.server.kill()
