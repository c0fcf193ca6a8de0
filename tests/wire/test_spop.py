"""HAProxy's offload protocol, by hand: what is answered, and what is refused with which status."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from support import spop
from support.admin import Admin
from support.net import wait_until
from support.spop import ACK, AGENT_DISCONNECT, AGENT_HELLO, Engine, frame, hello, items, notify
from support.understudy import Understudy, target_of
from wire.configs import SHOP

GATE = """
[gate]
spoe = "127.0.0.1:0"
"""


@pytest.fixture
def own(understudy) -> Understudy:
    server = understudy(SHOP + GATE)
    Admin(server.admin).switch("shop", "maintenance")
    return server


def agent(server: Understudy):
    return target_of(server.listening("spoe")[0])


class TestAsking:
    def test_the_switch_counts_from_the_next_frame(self, own: Understudy) -> None:
        admin = Admin(own.admin)
        with Engine(agent(own)) as engine:
            blocked = {"blocked": True, "group": "shop", "why": "maintenance"}
            assert engine.ask(group="shop") == blocked
            assert engine.ask(host="api.shop.example") == blocked
            assert engine.ask() == blocked, "the default group"
            admin.switch("shop", "open")
            assert engine.ask(group="shop") == {"blocked": False, "group": "shop", "why": "open"}
            admin.switch("shop", "read-only")
            assert engine.ask(group="shop")["why"] == "read"
            assert engine.ask(group="shop", method="POST") == blocked | {"why": "read-only"}

    def test_uses_of_a_pass_outlive_a_restart(self, understudy, tmp_path: Path) -> None:
        env = {"UNDERSTUDY_STORE_PATH": str(tmp_path / "state.db")}
        server = understudy(SHOP + GATE, env=env)
        admin = Admin(server.admin)
        admin.switch("shop", "maintenance")
        made = admin.ok("POST", "/passes", {"group": "shop", "expires": "1h"})
        with Engine(agent(server)) as engine:
            for _ in range(2):
                assert engine.ask(group="shop", **{"pass": made["token"]})["why"] == "pass"
        server.stop()
        server = understudy(SHOP + GATE, env=env)
        assert [one["uses"] for one in Admin(server.admin).get("/passes")["passes"]] == [2]

    def test_rights(self, understudy) -> None:
        bypass = (
            "[groups.shop.bypass]\n"
            'networks = ["203.0.113.0/24", "2001:db8::/32"]\ncookie = "BYPASS_MAINTENANCE"\nheader = "X-Bypass"\n'
        )
        server = understudy(SHOP + bypass + GATE)
        Admin(server.admin).switch("shop", "maintenance")
        inside, outside = bytes([203, 0, 113, 7]), bytes([203, 0, 114, 7])
        six = bytes.fromhex("20010db8") + bytes(11) + b"\1"
        cases = [
            ({"ip": inside}, "network"),
            ({"ip": bytes(10) + b"\xff\xff" + inside}, "network"),
            ({"ip": "203.0.113.7"}, "network"),
            ({"ip": six}, "network"),
            ({"ip": outside}, "maintenance"),
            ({"ip": None}, "maintenance"),
            ({"cookie": "a=1; BYPASS_MAINTENANCE=true"}, "cookie"),
            ({"cookie": "BYPASS_MAINTENANCE=no"}, "maintenance"),
            ({"ip": inside, "cookie": "BYPASS_MAINTENANCE=false"}, "cancelled"),
            ({"header": "true"}, "header"),
            ({"path": "/.well-known/acme-challenge/x"}, "exempt"),
            ({"path": "https://api.shop.example/.well-known/acme-challenge/x?y"}, "exempt"),
            ({"path": "/.well-known/acme-challenge/../../orders"}, "maintenance"),
            ({"pass": "up_nonsense"}, "maintenance"),
        ]
        with Engine(agent(server)) as engine:
            for arguments, why in cases:
                told = engine.ask(group="shop", **arguments)
                assert told["why"] == why, (arguments, told)
                assert told["blocked"] == (why in ("maintenance", "cancelled")), (arguments, told)

    def test_pipelining_keeps_ids(self, own: Understudy) -> None:
        ids = [(stream, number) for stream in (0, 239, 240, 2287, 2288, 2**32, 2**63) for number in (1, 300)]
        with Engine(agent(own)) as engine:
            engine.send(b"".join(notify(number, stream=stream, group="shop") for stream, number in ids))
            answers = [engine.read() for _ in ids]
            assert {(answer.stream, answer.number) for answer in answers} == set(ids)
            assert all(answer.kind == ACK and answer.values["blocked"] for answer in answers)

    def test_every_byte_alone(self, own: Understudy) -> None:
        with Engine(agent(own), greet=False) as engine:
            for byte in hello() + notify(1, group="shop") + notify(2, group="shop"):
                engine.send(bytes([byte]))
            assert [engine.read().kind for _ in range(3)] == [AGENT_HELLO, ACK, ACK]

    def test_health_check(self, own: Understudy) -> None:
        with Engine(agent(own), greet=False) as engine:
            engine.send(hello(healthcheck=True, engine_id=None, capabilities=""))
            answer = engine.read()
            assert answer.kind == AGENT_HELLO
            assert answer.values == {"version": "2.0", "max-frame-size": 16380, "capabilities": "pipelining"}
            assert engine.read() is None
        assert own.metrics().value("understudy_spop_health_checks_total") == 1

    def test_goodbye(self, own: Understudy) -> None:
        with Engine(agent(own)) as engine:
            engine.send(frame(spop.DISCONNECT, items({"status-code": 2, "message": "idle"})))
            assert engine.read().status == 0
            assert engine.read() is None

    def test_drain_answers_what_was_asked(self, own: Understudy) -> None:
        with Engine(agent(own)) as engine, Engine(agent(own)) as other:
            engine.send(notify(1, group="shop"))
            assert engine.read().kind == ACK
            own.stop()
            for each in (engine, other):
                assert each.read().status == 0
                assert each.read() is None

    def test_decisions_are_counted(self, own: Understudy) -> None:
        with Engine(agent(own)) as engine:
            for _ in range(3):
                engine.ask(group="shop")
            metrics = own.metrics()
            assert metrics.value("understudy_spop_connections") == 1
            name = "understudy_gate_decisions_total"
            assert metrics.value(name, group="shop", decision="blocked", why="maintenance") == 3
        wait_until(lambda: own.metrics().value("understudy_spop_connections") == 0, what="it to be counted out")

    def test_decisions_are_logged_unless_the_group_is_open(self, own: Understudy) -> None:
        with Engine(agent(own)) as engine:
            engine.ask(group="shop", method="POST", path="/orders?1", ip=bytes([192, 0, 2, 1]))
            Admin(own.admin).switch("shop", "open")
            engine.ask(group="shop", path="/orders?2")
            Admin(own.admin).switch("shop", "read-only")
            engine.ask(group="shop", path="/orders?3")
        told = own.wait_access(target="/orders?1")
        assert (told["format"], told["status"], told["why"]) == ("spoe", 403, "maintenance")
        assert (told["peer"], told["group"], told["method"]) == ("192.0.2.1", "shop", "POST")
        assert own.wait_access(target="/orders?3")["status"] == 204
        assert not own.process.out.wait(lambda line: "/orders?2" in line, 0), "an open group's"

    def test_a_pass_is_not_logged(self, own: Understudy) -> None:
        with Engine(agent(own)) as engine:
            engine.ask(group="shop", path="/_understudy/pass?token=up_secret&to=/", ip=None)
        told = own.wait_access(format="spoe")
        assert (told["target"], told["peer"]) == ("/_understudy/pass", "-")

    def test_unix_socket(self, understudy, short_path: Path) -> None:
        path = short_path / "spoe.sock"
        server = understudy(SHOP + f'[gate]\nspoe = ["unix:{path}", "127.0.0.1:0"]\n')
        for target in (path, target_of(server.listening("spoe")[1])):
            with Engine(target) as engine:
                assert engine.ask(group="shop")["why"] == "open"
        server.stop()
        assert not path.exists()


LENGTH = struct.Struct(">I").pack

BROKEN = {
    "a length beyond what was agreed": (LENGTH(16381), 3, "too-big"),
    "a length of 4 GiB": (b"\xff" * 4, 3, "too-big"),
    "no frame at all": (LENGTH(0), 4, "malformed"),
    "too short for its ids": (LENGTH(6) + b"\3\0\0\0\1\0", 4, "malformed"),
    "an id without end": (LENGTH(20) + b"\3\0\0\0\1" + b"\xff" * 15, 4, "malformed"),
    "a name longer than its frame": (frame(spop.NOTIFY, b"\xff\xff\x7f"), 4, "malformed"),
    "an unknown type of data": (frame(spop.NOTIFY, spop.text("understudy") + b"\1\1z\x0b"), 4, "malformed"),
    "fewer arguments than said": (frame(spop.NOTIFY, spop.text("understudy") + b"\5\1z\0"), 4, "malformed"),
    "a fragment": (frame(spop.NOTIFY, b"", flags=0), 10, "fragmented"),
    "a fragment that goes on": (frame(spop.UNSET, b""), 10, "fragmented"),
    "a fragment given up": (frame(spop.UNSET, b"", flags=3), 10, "fragmented"),
    "HELLO again": (hello(), 4, "unexpected"),
    "a frame of ours": (frame(ACK, b""), 4, "unexpected"),
    "a type that there is not": (frame(42, b""), 4, "unexpected"),
}

HELLOS = {
    "NOTIFY first": (notify(1), 4, "no-hello"),
    "DISCONNECT first": (frame(spop.DISCONNECT, b""), 4, "no-hello"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 3, "too-big"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 3, "too-big"),
    "no versions": (hello(supported_versions=None), 5, "no-versions"),
    "no size": (hello(max_frame_size=None), 6, "no-frame-size"),
    "no capabilities": (hello(capabilities=None), 7, "no-capabilities"),
    "another version": (hello(supported_versions="1.0, 3.1"), 8, "version"),
    "frames of 255 bytes": (hello(max_frame_size=255), 9, "frame-size"),
    "a fragment": (frame(spop.HELLO, b"", flags=0), 10, "fragmented"),
    "a size that is a text": (hello(max_frame_size="16380"), 6, "no-frame-size"),
}


class TestBadInput:
    @pytest.mark.parametrize("greet, case", [(True, c) for c in BROKEN] + [(False, c) for c in HELLOS])
    def test_refused_with_its_status(self, servers, greet: bool, case: str) -> None:
        own = servers(SHOP + GATE)
        raw, status, kind = (BROKEN if greet else HELLOS)[case]
        before = own.metrics().value("understudy_spop_refused_total", kind=kind)
        with Engine(agent(own), greet=greet) as engine:
            engine.send(raw)
            assert engine.read().status == status
            assert engine.read() is None
        assert own.metrics().value("understudy_spop_refused_total", kind=kind) == before + 1
        with Engine(agent(own)) as engine:
            assert engine.ask(group="shop")["why"] == "open", "the next connection works"

    def test_what_came_before_is_answered(self, servers) -> None:
        with Engine(agent(servers(SHOP + GATE))) as engine:
            engine.send(notify(1, group="shop") + frame(42, b"") + notify(2, group="shop"))
            assert [engine.read().kind for _ in range(2)] == [ACK, AGENT_DISCONNECT]
            assert engine.read() is None

    def test_the_largest_frame(self, servers) -> None:
        with Engine(agent(servers(SHOP + GATE)), greet=False) as engine:
            engine.send(hello(max_frame_size=1 << 24))
            most = engine.read().values["max-frame-size"]
            assert 16380 <= most < 1 << 16
            rest = most - (len(notify(1, group="shop", cookie="")) - 4)
            raw = notify(1, group="shop", cookie="x" * (rest - 2))
            assert 0 <= most - (len(raw) - 4) <= 2
            engine.send(raw)
            assert engine.read().values["why"] == "open"

    def test_a_connection_that_is_cut_in_a_frame(self, servers) -> None:
        own = servers(SHOP + GATE)
        before = own.metrics().value("understudy_spop_refused_total", kind="timeout")
        with Engine(agent(own)) as engine:
            engine.send(notify(1)[:20])
            engine.socket.shutdown(1)
            assert engine.read().status == 2
        assert own.metrics().value("understudy_spop_refused_total", kind="timeout") == before + 1

    def test_the_last_words_arrive(self, servers) -> None:
        """However much of what follows is unread: a reset would take them away."""
        with Engine(agent(servers(SHOP + GATE))) as engine:
            engine.send(b"\xff" * 4 + bytes(500_000))
            assert engine.read().status == 3
            assert engine.read() is None
