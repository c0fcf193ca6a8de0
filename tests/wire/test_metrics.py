"""What an operator sees: metrics that count rightly and stay few; health; status.json without a group."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from support.http import Connection, exchange
from support.net import wait_until
from support.understudy import Understudy, run_command
from wire.configs import BARE, BLOG, BLOG_ID, ORIGIN, SHOP
from wire.prometheus import FormatError, parse

GET = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"


def value(own: Understudy, name: str, **labels: str) -> float:
    """Of all series of that name with these labels, the sum."""
    total = 0.0
    for (sample, have), number in series(own).items():
        if sample == name and labels.items() <= dict(have).items():
            total += number
    return total


def series(own: Understudy) -> dict:
    response = own.admin_request("GET", "/metrics")
    assert response.status == 200
    return {key: number for family in parse(response.text).values() for key, number in family.samples.items()}


def counted(own: Understudy, expected: float, name: str, **labels: str) -> None:
    """Workers may hand in their numbers a moment later."""
    wait_until(lambda: value(own, name, **labels) == expected, what=f"{name}{labels} = {expected}")


class TestOurOwnParser:
    @pytest.mark.parametrize(
        "text",
        [
            "a 1",
            "a 1\n",
            "# TYPE a counter\n# HELP a x\na -1\n",
            "# TYPE a gauge\n# HELP a x\na{b=1} 1\n",
            '# TYPE a gauge\n# HELP a x\na{b="\\x"} 1\n',
            '# TYPE a gauge\n# HELP a x\na{b="c} 1\n',
            '# TYPE a gauge\n# HELP a x\na{b="c"} 1\na{b="c"} 2\n',
            "# TYPE a gauge\n# HELP a x\na one\n",
            "# TYPE a number\n# HELP a x\na 1\n",
            "# TYPE a gauge\n# HELP a x\\y\na 1\n",
        ],
    )
    def test_refuses(self, text: str) -> None:
        with pytest.raises(FormatError):
            parse(text)

    def test_reads(self) -> None:
        text = '# HELP a what \\\\ \\n\n# TYPE a counter\na{b="q\\"\\\\\\n",c=""} 1\na 2e3\n'
        assert parse(text)["a"].samples == {("a", (("b", 'q"\\\n'), ("c", ""))): 1, ("a", ()): 2000}


class TestMetrics:
    @pytest.fixture
    def own(self, understudy) -> Understudy:
        return understudy(SHOP + BLOG)

    def test_format(self, own: Understudy) -> None:
        own.request("GET")
        response = own.admin_request("GET", "/metrics")
        assert response.header("Content-Type").startswith("text/plain; version=0.0.4")
        families = parse(response.text)
        for name, family in families.items():
            assert name.startswith("understudy_") or name.startswith("process_")
            assert (family.type == "counter") == name.endswith("_total"), name
            assert family.help
        assert {
            "understudy_answers_total",
            "understudy_connections",
            "understudy_connections_accepted_total",
            "understudy_build_info",
            "understudy_snapshot_revision",
            "understudy_access_log_dropped_total",
        } <= set(families)

    def test_head_and_other_methods(self, own: Understudy) -> None:
        assert own.admin_request("HEAD", "/metrics").status == 200
        assert own.admin_request("POST", "/metrics", body=b"").status in (404, 405)
        assert own.admin_request("GET", "/nothing").status == 404
        assert own.admin_request("GET", "/_understudy/health").json() == {"status": "ok"}

    def test_build_info(self, own: Understudy) -> None:
        version = run_command("--version").stdout.strip()
        ((_, labels),) = [key for key in series(own) if key[0] == "understudy_build_info"]
        assert dict(labels)["version"] in version

    def test_answers_by_group_reason_format_and_status(self, own: Understudy) -> None:
        for _ in range(3):
            own.request("GET", "/", [("Accept", "text/html")])
        own.request("POST", "/", [("Understudy-Reason", "maintenance")], b"x")
        own.request("GET", host="api.blog.example")
        name = "understudy_answers_total"
        counted(own, 3, name, group="shop", reason="failure", format="html", status="5xx")
        counted(own, 1, name, group="shop", reason="maintenance", format="json", status="5xx")
        counted(own, 1, name, group="blog", reason="failure", format="json", status="5xx")
        counted(own, 5, name, status="5xx")

    @pytest.mark.parametrize(
        "accept",
        ["application/json", "application/problem+json", "text/html", "text/plain", "application/xml"],
    )
    def test_each_format_has_its_name(self, understudy, accept: str) -> None:
        own = understudy(SHOP)
        own.request("GET", "/", [("Accept", accept)])
        wait_until(lambda: value(own, "understudy_answers_total") == 1, what="the answer to be counted")
        labels = [dict(k[1]) for k, v in series(own).items() if k[0] == "understudy_answers_total" and v]
        assert len(labels) == 1 and labels[0]["format"] and labels[0]["reason"] == "failure"

    def test_preflights(self, own: Understudy) -> None:
        for origin, count in ((ORIGIN, 2), ("https://forgotten.example", 3)):
            for _ in range(count):
                own.request("OPTIONS", "/", [("Origin", origin), ("Access-Control-Request-Method", "PUT")])
        counted(own, 2, "understudy_preflights_total", group="shop", result="allowed")
        counted(own, 3, "understudy_preflights_total", group="shop", result="refused")
        assert value(own, "understudy_answers_total", status="5xx") == 0

    def test_refused_input(self, own: Understudy) -> None:
        inputs = [
            b"nonsense\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(32),
        ]
        for data in inputs:
            exchange(own.port, data, method="GET")
        counted(own, len(inputs), "understudy_refused_input_total")
        kinds = {
            dict(k[1])["kind"]
            for k, v in series(own).items()
            if k[0] == "understudy_refused_input_total" and v
        }
        assert len(kinds) >= 4, "an operator sees what was wrong"

    def test_connections(self, own: Understudy) -> None:
        before = value(own, "understudy_connections")
        accepted = value(own, "understudy_connections_accepted_total")
        connections = [Connection(own.port) for _ in range(7)]
        for connection in connections:
            connection.send(GET)
            assert connection.read_response().status == 503
        wait_until(lambda: value(own, "understudy_connections") >= before + 7, what="seven more connections")
        assert value(own, "understudy_connections_accepted_total") >= accepted + 7
        for connection in connections:
            connection.close()
        wait_until(lambda: value(own, "understudy_connections") <= before, what="them to be gone")

    def test_unmatched(self, understudy) -> None:
        own = understudy(SHOP.replace("default = true\n", ""))
        own.request("GET", host="elsewhere.example")
        own.request("GET", host="elsewhere.example")
        own.request("GET")
        counted(own, 2, "understudy_unmatched_requests_total")
        counted(own, 2, "understudy_answers_total", group="")
        counted(own, 1, "understudy_answers_total", group="shop")

    def test_reloads_and_revision(self, own: Understudy) -> None:
        revision = value(own, "understudy_snapshot_revision")
        own.reload()
        wait_until(lambda: value(own, "understudy_snapshot_revision") > revision, what="a new revision")
        now = value(own, "understudy_snapshot_revision")
        own.reload("[broken", refused=True)
        assert value(own, "understudy_snapshot_revision") == now
        reloads = {
            dict(k[1])["result"]: v for k, v in series(own).items() if k[0] == "understudy_reloads_total"
        }
        assert sum(reloads.values()) == 2 and len([v for v in reloads.values() if v]) == 2

    def test_counters_survive_a_reload(self, own: Understudy) -> None:
        own.request("GET")
        counted(own, 1, "understudy_answers_total", group="shop")
        own.reload()
        own.request("GET")
        counted(own, 2, "understudy_answers_total", group="shop")

    def test_own_paths_are_no_5xx(self, own: Understudy) -> None:
        own.request("GET", "/_understudy/health")
        own.request("OPTIONS", "/")
        assert value(own, "understudy_answers_total", status="5xx") == 0

    def test_label_set_is_bounded(self, own: Understudy) -> None:
        """Whatever clients send, the series stay the same few."""
        chance = random.Random(7)

        def word() -> str:
            return "".join(chance.choices("abcdefXYZ0123456789-", k=chance.randint(1, 20)))

        def garbage() -> None:
            with Connection(own.port) as connection:
                for _ in range(100):
                    lines = [
                        f"{chance.choice(['GET', 'POST', 'HEAD', 'OPTIONS', word()])} /{word()} HTTP/1.1",
                        f"Host: {word()}.example",
                        f"Understudy-Group: {word()}",
                        f"Understudy-Reason: {chance.choice(['maintenance', 'failure', word()])}",
                        f"Accept: {word()}/{word()}",
                        f"Accept-Language: {word()}",
                        f"Accept-Encoding: {word()}",
                        f"Content-Type: {word()}/{word()}",
                        f"Origin: https://{word()}.example",
                        f"Access-Control-Request-Method: {word()}",
                    ]
                    method = lines[0].split()[0]
                    connection.send(("\r\n".join(lines) + "\r\n\r\n").encode())
                    connection.read_response(method)
            for data in (
                word().encode() + b"\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + word().encode() + b"\r\n\r\n",
            ):
                exchange(own.port, data, method="GET")

        for _ in range(3):
            garbage()
        wait_until(lambda: value(own, "understudy_refused_input_total") == 6, what="all to be counted")
        before = set(series(own))
        for _ in range(10):
            garbage()
        wait_until(lambda: value(own, "understudy_refused_input_total") == 26, what="all to be counted")
        assert set(series(own)) == before

    def test_group_names_are_escaped(self, tmp_path: Path, understudy) -> None:
        """If a group may have such a name at all, the exposition stays readable."""
        group = f'[groups."we\\"ird\\\\name"]\nid = "{BLOG_ID}"\nhosts = ["w.example"]\n'
        config = SHOP + group
        path = tmp_path / "weird.toml"
        path.write_text(config)
        if run_command("check", "--config", path).returncode == 0:
            own = understudy(config)
            own.request("GET", host="w.example")
            counted(own, 1, "understudy_answers_total", group='we"ird\\name')

    def test_admin_off(self, understudy) -> None:
        own = understudy(SHOP + "[admin]\nlisten = []\n")
        assert own.admin is None
        assert own.request("GET").status == 503


class TestHealth:
    @pytest.mark.parametrize("mode", ["on", "off", "read-only"])
    def test_ok_whatever_the_mode(self, servers, mode: str) -> None:
        shared = servers(BARE + 'flag_file = "{dir}/flag"\n', {"flag": mode})
        for path in ("/_understudy/health", "/_understudy/health?x=1"):
            response = shared.request("GET", path)
            assert (response.status, response.json()) == (200, {"status": "ok"})
            assert response.header("Cache-Control") == "no-store"

    def test_without_a_group(self, servers) -> None:
        shared = servers(BARE.replace("default = true\n", ""))
        response = shared.request("GET", "/_understudy/health", host="elsewhere.example")
        assert (response.status, response.json()) == (200, {"status": "ok"})

    def test_status_without_a_group(self, servers) -> None:
        """There is no state to tell; it is said rather than made up."""
        shared = servers(BARE.replace("default = true\n", ""))
        response = shared.request("GET", "/_understudy/status.json", host="elsewhere.example")
        assert response.status == 404
        assert response.header("Content-Type") == "application/problem+json"

    def test_http_1_0(self, servers) -> None:
        response = exchange(servers(BARE).port, b"GET /_understudy/health HTTP/1.0\r\n\r\n")
        assert response.status == 200
