"""Who may: the socket's file, scopes, Host and Origin."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from admin.configs import BLOG_ID, TWO, listeners
from admin.conftest import Stage, stage_of
from support.admin import PREFIX, Admin, check_response
from support.http import Connection, format_request

MAINTENANCE = {"mode": "maintenance"}
WINDOW = {"groups": ["shop"], "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}


class TestSocket:
    def test_is_for_owner_and_group(self, shared: Stage) -> None:
        mode = os.stat(shared.unix.target).st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660

    @pytest.mark.parametrize("mask", [0o000, 0o077, 0o177])
    def test_whatever_the_umask(self, understudy, short_path: Path, mask: int) -> None:
        before = os.umask(mask)
        try:
            own = understudy(TWO + listeners(short_path / "a.sock"))
        finally:
            os.umask(before)
        assert stat.S_IMODE(os.stat(short_path / "a.sock").st_mode) == 0o660
        assert Admin(own.admins[0]).get("/status")["health"] == "ok"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_others_cannot_connect(self, shared: Stage) -> None:
        """And those of the group can, and are known by their name."""
        program = (
            "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
            "s.sendall(b'PUT /api/v1/groups/blog/mode HTTP/1.1\\r\\nHost: x\\r\\n"
            "Content-Type: application/json\\r\\n"
            'Content-Length: 15\\r\\nConnection: close\\r\\n\\r\\n{"mode":"open"}\')\n'
            "print(s.makefile().readline())"
        )
        folder = Path(str(shared.unix.target)).parent
        before = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0o755)
        try:
            for group, expected in (("65534", 1), ("0", 0)):
                done = subprocess.run(
                    ["setpriv", "--reuid", "65534", "--regid", group, "--clear-groups"]
                    + ["/usr/bin/python3", "-c", program, str(shared.unix.target)],
                    capture_output=True,
                    text=True,
                    cwd="/",
                )
                assert done.returncode == expected, done
                if expected:
                    assert "PermissionError" in done.stderr
        finally:
            folder.chmod(before)
        assert "200" in done.stdout

    def test_is_not_taken_from_a_server_that_runs(self, shared: Stage, understudy) -> None:
        """A second server with the same socket says so, and the first one stays reachable."""
        second = understudy(TWO + f'[admin]\nlisten = ["unix:{shared.unix.target}"]\n')
        assert second.admin is None and second.events("admin_unavailable")
        assert shared.unix.get("/status")["health"] == "ok"
        second.stop()
        assert shared.unix.get("/status")["health"] == "ok", "nor is it removed at the second one's end"

    def test_who_is_known(self, shared: Stage) -> None:
        shared.unix.switch("blog", "read-only")
        status = shared.unix.status("blog")
        assert f"(uid {os.geteuid()})" in status["by"]
        shared.unix.switch("blog", "open")
        entry = shared.unix.get("/audit?group=blog&limit=1")["entries"][0]
        assert f"(uid {os.geteuid()})" in entry["who"] and entry["from"] == "unix socket"

    def test_a_token_on_the_socket_changes_nothing(self, shared: Stage) -> None:
        assert shared.unix.with_token("us_wrong").get("/status")["health"] == "ok"


# Method, path, body; which of viewer, operator of shop, operator of blog, admin may.
CALLS = [
    ("GET", "/status", ..., "vsba"),
    ("GET", "/groups", ..., "vsba"),
    ("GET", "/groups/shop", ..., "vsba"),
    ("GET", "/groups/shop/status", ..., "vsba"),
    ("GET", "/groups/shop/mode", ..., "vsba"),
    ("GET", "/groups/shop/preview", ..., "vsba"),
    ("GET", "/groups/shop/decision", ..., "vsba"),
    ("GET", "/groups/shop/windows.ics", ..., "vsba"),
    ("GET", "/windows", ..., "vsba"),
    ("GET", "/audit", ..., "vsba"),
    ("GET", "/openapi.json", ..., "vsba"),
    ("HEAD", "/status", ..., "vsba"),
    ("GET", "/tokens", ..., "a"),
    ("PUT", "/groups/shop/mode", {"mode": "open"}, "sa"),
    ("PUT", "/groups/blog/mode", {"mode": "open"}, "ba"),
    ("PUT", f"/groups/{BLOG_ID}/mode", {"mode": "open"}, "ba"),
    ("POST", "/windows", WINDOW, "sa"),
    ("POST", "/windows", {**WINDOW, "groups": ["shop", "blog"]}, "a"),
    ("POST", "/groups", {"name": "made"}, "a"),
    ("PATCH", "/groups/api", {"retry_jitter": 1}, "a"),
    ("DELETE", "/groups/made", ..., "a"),
    ("POST", "/tokens", {"label": "x", "scope": "viewer"}, "a"),
    ("DELETE", "/tokens/t-00000000", ..., "a"),
    ("POST", "/reload", ..., "a"),
]


class TestScopes:
    @pytest.fixture(scope="class")
    def callers(self, shared: Stage) -> dict[str, Admin]:
        shared.unix.ok("POST", "/groups", {"name": "api"})
        make = lambda *args: shared.tcp.with_token(shared.unix.new_token(*args)["token"])  # noqa: E731
        return {
            "v": make("viewer", "viewer"),
            "s": make("of shop", "operator", ["shop"]),
            "b": make("of blog", "operator", ["blog"]),
            "a": shared.tcp,
        }

    @pytest.mark.parametrize("method, path, body, may", CALLS)
    def test_each_call(
        self, shared: Stage, callers: dict, method: str, path: str, body: object, may: str
    ) -> None:
        for who in "vsba":
            answer = callers[who].call(method, path, body)
            assert (answer.status != 403) == (who in may), (who, answer.text)
            assert answer.status != 401
            if answer.status == 403:
                problem = answer.json()
                assert problem["type"].endswith(":forbidden")
                assert re.search("operator|admin", problem["detail"]), "which scope is needed"
            elif answer.status == 201 and path != "/tokens":
                shared.unix.ok("DELETE", (answer.header("Location") or "").removeprefix(PREFIX))
                if path == "/groups":
                    shared.unix.ok("POST", "/groups", {"name": "made"})

    def test_windows_of_another_group(self, shared: Stage, callers: dict) -> None:
        mine, both = (
            shared.unix.ok("POST", "/windows", {**WINDOW, "groups": groups})["id"]
            for groups in (["shop"], ["shop", "blog"])
        )
        shop, blog = callers["s"], callers["b"]
        for window in (mine, both):
            blog.refused(403, "forbidden", "PATCH", f"/windows/{window}", {"title": "x"})
            blog.refused(403, "forbidden", "DELETE", f"/windows/{window}")
        shop.refused(403, "forbidden", "PATCH", f"/windows/{mine}", {"groups": ["blog"]})
        shop.refused(403, "forbidden", "PATCH", f"/windows/{mine}", {"groups": ["shop", "blog"]})
        shop.refused(403, "forbidden", "PATCH", f"/windows/{both}", {"title": "x"})
        shop.refused(403, "forbidden", "PATCH", f"/windows/{both}", {"groups": ["shop"]})
        shop.refused(403, "forbidden", "DELETE", f"/windows/{both}")
        calendar = [("Content-Type", "text/calendar")]
        blog.refused(403, "forbidden", "POST", "/groups/shop/windows.ics", raw=b"x", headers=calendar)
        shop.ok("PATCH", f"/windows/{mine}", {"title": "x"})
        shop.ok("DELETE", f"/windows/{mine}")
        shared.unix.ok("DELETE", f"/windows/{both}")

    def test_operator_of_all(self, shared: Stage) -> None:
        client = shared.tcp.with_token(shared.unix.new_token("all", "operator", ["*"])["token"])
        for group in ("shop", "blog"):
            client.switch(group, "open")
        client.refused(403, "forbidden", "POST", "/reload")

    def test_who_is_named(self, shared: Stage) -> None:
        token = shared.unix.new_token("deploy bot", "operator", ["blog"])
        client = shared.tcp.with_token(token["token"])
        assert "deploy bot" in client.switch("blog", "maintenance")["by"]
        entry = shared.unix.get("/audit?group=blog&limit=1")["entries"][0]
        assert "deploy bot" in entry["who"] and token["id"] in entry["who"]
        assert entry["from"].startswith("127.0.0.1")
        assert (entry["before"] or {}).get("mode", "open") == "open" and entry["after"][
            "mode"
        ] == "maintenance"
        client.switch("blog", "open")


class TestBrowsers:
    def ask(self, client: Admin, method: str, path: str, host: str, *headers: tuple[str, str]) -> int:
        pairs, _ = client.head([*headers, ("Host", host)], ..., None)
        head, _ = format_request(method, path, pairs)
        with Connection(client.target) as connection:
            connection.send(head)
            answer = connection.read_response(method)
        check_response(method, path, answer)
        return answer.status

    def test_foreign_host(self, shared: Stage) -> None:
        port = shared.tcp.target[1]  # type: ignore[index]
        for host in (
            "evil.example",
            f"evil.example:{port}",
            f"127.0.0.2:{port}",
            "127.0.0.1.evil.example",
            "[::1]x",
        ):
            assert self.ask(shared.tcp, "GET", PREFIX + "/status", host) in (400, 421)
        for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LOCALHOST"):
            assert self.ask(shared.tcp, "GET", PREFIX + "/status", host) == 200

    def test_foreign_host_comes_before_everything(self, shared: Stage) -> None:
        """Be the token right or missing, and the path there or not."""
        for client in (shared.tcp, shared.tcp.with_token(None)):
            for path in ("/status", "/nothing", "/openapi.json", "/groups/shop/windows.ics"):
                assert self.ask(client, "GET", PREFIX + path, "evil.example") == 421, path

    def test_foreign_host_learns_nothing_elsewhere(self, shared: Stage) -> None:
        """The metrics need no token, and name every group."""
        for path in ("/metrics",):
            for host, expected in (("evil.example", 421), ("localhost", 200)):
                head, _ = format_request("GET", path, host=host)
                with Connection(shared.tcp.target) as connection:
                    connection.send(head)
                    answer = connection.read_response()
                assert answer.status == expected, (path, host)
                assert expected == 200 or b"shop" not in answer.body

    def test_further_names(self, stage) -> None:
        own = stage(admin='hosts = ["admin.example"]')
        assert self.ask(own.tcp, "GET", PREFIX + "/status", "admin.example:1") == 200
        assert self.ask(own.tcp, "GET", PREFIX + "/status", "Admin.Example") == 200
        assert self.ask(own.tcp, "GET", PREFIX + "/status", "x.admin.example") == 421

    def test_ipv6(self, understudy, short_path: Path) -> None:
        own = stage_of(understudy(TWO + listeners(short_path / "a.sock", "[::1]:0")))
        host, port = own.tcp.target  # type: ignore[misc]
        assert host == "::1"
        for name in (f"[::1]:{port}", "[::1]", "localhost", "[0:0:0:0:0:0:0:1]"):
            assert self.ask(own.tcp, "GET", PREFIX + "/status", name) == 200, name
        for name in ("::1", "[::2]", "127.0.0.1", "evil.example"):
            assert self.ask(own.tcp, "GET", PREFIX + "/status", name) in (400, 421), name
        own.tcp.host = "[::1]"
        wrong = own.tcp.with_token("us_wrong")
        assert [wrong.call("GET", "/status").status for _ in range(7)][-1] == 429

    def test_any_host_on_the_socket(self, shared: Stage) -> None:
        assert self.ask(shared.unix, "GET", PREFIX + "/status", "anything.example") == 200

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
    def test_foreign_origin(self, shared: Stage, origin: str) -> None:
        """No page of another origin changes or reads anything, not even with a token."""
        headers = [("Origin", origin)]
        shared.tcp.refused(403, "forbidden", "PUT", "/groups/shop/mode", MAINTENANCE, headers=headers)
        assert shared.unix.status("shop")["mode"] == "open"
        preflight = shared.tcp.with_token(None).call(
            "OPTIONS", "/groups/shop/mode", headers=[*headers, ("Access-Control-Request-Method", "PUT")]
        )
        assert preflight.status in (204, 401, 403)
        shared.tcp.call("GET", "/status", headers=headers)  # no CORS headers: support.admin sees to it
