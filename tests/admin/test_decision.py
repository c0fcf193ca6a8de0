"""Why a request passes or not: over the API and by `understudy why`; a group's gate and bypass over the API."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from admin.configs import TWO
from admin.conftest import Stage
from support.understudy import run_command

BYPASS = """
[groups.shop.gate]
reads = ["POST /search"]
[groups.shop.bypass]
networks = ["203.0.113.0/24"]
cookie = "BYPASS"
header = "X-Bypass=letmein"
"""
HASH = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"


@pytest.fixture
def closed(stage) -> Stage:
    made = stage(TWO + BYPASS)
    made.unix.ok("PUT", "/groups/shop/mode", {"mode": "maintenance"})
    return made


def ask(stage: Stage, group: str = "shop", **asked: str) -> dict:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    return stage.unix.get(f"/groups/{group}/decision?{query}")


def test_explains(closed: Stage) -> None:
    blocked = ask(closed, ip="192.0.2.1", cookie="BYPASS=1", header="no")
    assert (blocked["decision"], blocked["why"], blocked["mode"]) == ("blocked", "maintenance", "maintenance")
    assert blocked["explanation"] == "blocked: maintenance; the bypass cookie has another value"
    assert blocked["rights"] == [
        "address: 192.0.2.1 is in no network of the group (1)",
        'cookie: BYPASS is not "true"',
        "header: X-Bypass has another value than the one that lets through",
        "pass: none came",
    ]
    assert ask(closed, ip="203.0.113.7")["explanation"] == "passes: 203.0.113.7 is in 203.0.113.0/24"
    assert ask(closed, cookie="a=b; BYPASS=true")["why"] == "cookie"
    assert ask(closed, header="letmein")["why"] == ask(closed, header="X-Bypass: letmein")["why"] == "header"
    assert ask(closed, ip="203.0.113.7", cookie="BYPASS=false")["why"] == "cancelled"
    assert ask(closed, target="/.well-known/acme-challenge/x")["why"] == "exempt"
    assert ask(closed, target="/.well-known/acme-challenge/../x")["why"] == "maintenance"
    assert ask(closed, group="blog")["why"] == "open"


def test_tells_a_proxys_address_from_a_clients(closed: Stage) -> None:
    assert "trusted proxy's" in ask(closed, ip="127.0.0.1")["rights"][0]
    assert "server.trusted_proxies must name it" in ask(closed, ip="10.0.0.7")["rights"][0]
    assert "none is known" in ask(closed)["rights"][0]


def test_asks_of_read_only(closed: Stage) -> None:
    closed.unix.ok("PUT", "/groups/shop/mode", {"mode": "read-only"})
    assert ask(closed)["why"] == "read"
    assert ask(closed, method="POST", target="/orders")["why"] == "read-only"
    assert ask(closed, method="POST", target="/search?q=1")["why"] == "read"


def test_while_reopening_it_tells_the_turn(closed: Stage) -> None:
    closed.unix.ok("PUT", "/groups/shop/mode", {"mode": "open", "ramp": "1h"})
    told = [ask(closed, ip=f"198.51.100.{i}") for i in range(20)]
    waiting = [one for one in told if one["why"] == "waiting"]
    assert len(waiting) >= 15 and all(0 < one["wait"] <= 3600 for one in waiting)


@pytest.mark.parametrize("query", ["ip=nowhere", "target=orders", "method=A%20B", "colour=red", "ip=1.2.3.4&ip=1"])
def test_bad_questions(closed: Stage, query: str) -> None:
    assert closed.unix.call("GET", f"/groups/shop/decision?{query}").status in (400, 422)


def test_the_command(closed: Stage) -> None:
    env = {"UNDERSTUDY_ADMIN": f"unix:{closed.unix.target}"}
    done = run_command("why", "shop", "--ip", "192.0.2.1", "--cookie", "a=b", "--cookie", "BYPASS=1", env=env)
    assert done.returncode == 1 and done.stderr == ""
    assert done.stdout.splitlines()[:2] == [
        "blocked: maintenance; the bypass cookie has another value",
        "why: maintenance",
    ]
    passes = run_command("why", "shop", "--ip", "203.0.113.7", "--json", env=env)
    assert passes.returncode == 0 and json.loads(passes.stdout)["why"] == "network"
    unknown = run_command("why", "shopp", env=env)
    assert unknown.returncode == 1 and "shop" in unknown.stderr
    write = run_command("why", "shop", "--method", "POST", "--path", "/a?b", "--header", "letmein", env=env)
    assert write.stdout.startswith("passes: the header X-Bypass")


def test_a_group_over_the_api_has_a_gate(closed: Stage) -> None:
    api = closed.unix
    made = {"name": "docs", "gate": {"paths": ["/docs/*"]}, "bypass": {"cookie": "B", "password_hash": HASH}}
    created = api.ok("POST", "/groups", made)
    assert created["gate"]["paths"] == ["/docs/*"] and created["gate"]["exempt"]
    assert created["bypass"]["password"] is True and "password_hash" not in created["bypass"]
    api.ok("PUT", "/groups/docs/mode", {"mode": "maintenance"})
    assert ask(closed, "docs", target="/docs/a")["why"] == "maintenance"
    assert ask(closed, "docs", target="/blog")["why"] == "outside"
    changed = api.call("PATCH", "/groups/docs", {"bypass": {"cookie": "C"}}, headers=[("If-Match", "*")])
    assert changed.status == 200 and changed.json()["bypass"]["password"] is True, "what is not given stays"
    assert ask(closed, "docs", target="/docs/a", cookie="C=true")["why"] == "cookie"
    gone = api.call("PATCH", "/groups/docs", {"bypass": {"password_hash": ""}}, headers=[("If-Match", "*")])
    assert gone.json()["bypass"]["password"] is False
    assert "$y$" not in json.dumps(api.get("/audit"))
    wrong = api.call("PATCH", "/groups/docs", {"bypass": {"networks": ["10.0.0.1/8"]}}, headers=[("If-Match", "*")])
    assert wrong.status == 422 and "bits are set behind the prefix" in wrong.text


def test_a_gate_over_the_api_survives_a_restart(stage, tmp_path) -> None:
    config = TWO + f'[store]\npath = "{tmp_path}/state.db"\n'
    first = stage(config)
    first.unix.ok("POST", "/groups", {"name": "docs", "bypass": {"networks": ["192.0.2.0/24"], "password_hash": HASH}})
    before = first.unix.get("/groups/docs")
    first.server.stop()
    assert stage(config).unix.get("/groups/docs") == before
