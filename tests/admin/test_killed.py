"""kill -9 at random moments: what was acknowledged is there afterwards, and whole."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

from admin.configs import TWO, listeners, store
from admin.public import load
from support.admin import Admin
from support.http import ProtocolError
from support.understudy import Understudy


def change(number: int) -> dict:
    """The number-th switch: each part of it tells which one it belongs to."""
    return {
        "mode": ("maintenance", "read-only")[number % 2],
        "until": f"2030-01-01T{number // 60 % 24:02}:{number % 60:02}:00Z",
        "reason": f"switch {number}",
        "texts": {"en": {"title": f"Title {number}", "message": f"Message {number}" * (number % 50 + 1)}},
    }


def parts(status: dict) -> dict:
    return {name: status[name] for name in ("mode", "until", "reason", "texts")}


class TestKilled:
    SWITCHES = 200
    ROUNDS = 8

    def test_no_acknowledged_change_is_lost(self, understudy, short_path: Path, tmp_path: Path) -> None:
        """kill -9 at random moments during 200 switches under load: none lost, none half applied."""
        seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
        print(f"UNDERSTUDY_TEST_SEED={seed}")
        chance = random.Random(seed)
        config = TWO + store(tmp_path / "state.db") + listeners(short_path / "a.sock")
        number = acknowledged = 0  # the switch that was sent last, and that was answered last
        for turn in range(self.ROUNDS):
            server = understudy(config)
            client = Admin(server.admins[0])
            if number:
                acknowledged = self.assert_kept(client, server, acknowledged, number)
            enough = max(self.SWITCHES, number + 10) if turn == self.ROUNDS - 1 else None
            killer = threading.Timer(
                chance.uniform(0.05, 1.0) if enough is None else 30, server.process.child.kill
            )
            killer.start()
            asking = threading.Thread(target=self.ask_until_it_dies, args=(server,))
            asking.start()
            try:
                while enough is None or number < enough:
                    number += 1
                    client.ok("PUT", "/groups/shop/mode", change(number))
                    acknowledged = number
            except (OSError, ProtocolError):
                assert server.process.child.wait(30) == -signal.SIGKILL, "it ended by itself"
            finally:
                killer.cancel()
                server.kill()
                asking.join()
        assert number >= self.SWITCHES
        server = understudy(config)
        self.assert_kept(Admin(server.admins[0]), server, acknowledged, number)

    def ask_until_it_dies(self, server: Understudy) -> None:
        try:
            with load(server, lambda response: response.status == 503, clients=2):
                server.process.child.wait()
        except AssertionError:
            pass  # a connection that was cut by the crash

    def assert_kept(self, client: Admin, server: Understudy, acknowledged: int, sent: int) -> int:
        """In force is the last acknowledged change, or the one that was under way; it is whole.

        Gives its number.
        """
        assert client.get("/status")["health"] == "ok"
        status = client.status("shop")
        found = int(status["reason"].removeprefix("switch ") or 0)
        assert found in (acknowledged, sent), (found, acknowledged, sent)
        if found == 0:
            return 0
        assert parts(status) == change(found)
        newest = client.get("/audit?group=shop&limit=1")["entries"]
        assert newest and newest[0]["after"]["reason"] == f"switch {found}", "the audit trail goes along"
        answer = server.request("POST", body=b"", headers=[("Accept-Language", "en")])
        assert answer.header("Understudy-Reason") == change(found)["mode"]
        assert answer.json()["title"] == f"Title {found}"
        return found
