"""Real HAProxys that understudy tells: over the stats socket, and by the map file that they read when they start."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from proxies.telling import (
    Start,
    ToldHAProxy,
    config,
    expect_maintenance,
    expect_open,
    order,
    proxies,
    wait_for_proxy,
)
from support.admin import Admin
from support.apps import App
from support.net import free_port, wait_until
from support.understudy import Understudy

HEAD = """\
global
    stats socket {socket} level {level}
    stats socket ipv4@127.0.0.1:{tcp} level {level}
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option redispatch 1
frontend api
    bind 127.0.0.1:{port}
"""
BY_MAP = (
    HEAD
    + """\
    http-request set-var(txn.mode) str(shop),map({map},open)
    use_backend understudy if {{ var(txn.mode) -m str maintenance }}
    default_backend app
backend app
    server app1 {apps[0].address}
    server app2 {apps[1].address}
backend understudy
    server understudy 127.0.0.1:{understudy}
"""
)
BY_SERVERS = (
    HEAD
    + """\
    default_backend app
backend app
    server app1 {apps[0].address}
    server app2 {apps[1].address}
    server understudy 127.0.0.1:{understudy} backup
"""
)


class Stage:
    """Apps, and what understudy and HAProxys need to know of one another."""

    def __init__(self, apps: list[App], folder: Path, sockets: Path, start: Start, stack: ExitStack) -> None:
        self.apps, self.folder, self.sockets = apps, folder, sockets
        self._start, self._stack = start, stack
        self.port = free_port()
        self.map = folder / "understudy.map"
        self.map.write_text("shop open\n", encoding="utf-8")

    def understudy(self, proxy: str, groups: tuple[str, ...] = ("shop", "blog")) -> Understudy:
        return self._start(self.config(proxy, groups))

    def config(self, proxy: str, groups: tuple[str, ...] = ("shop", "blog")) -> str:
        return config(self.port, self.folder / "state.db", proxy, groups)

    def haproxy(self, text: str, name: str = "haproxy", level: str = "admin", **more: object) -> ToldHAProxy:
        """Prepared, not started."""
        socket, port, tcp = self.sockets / f"{name}.sock", free_port(), free_port()
        values = {"map": self.map, "apps": self.apps, "understudy": self.port, "level": level, **more}
        filled = text.format(socket=socket, port=port, tcp=tcp, **values)
        haproxy = ToldHAProxy(
            self.folder, filled, port=port, socket=socket, tcp=f"127.0.0.1:{tcp}", name=name
        )
        self._stack.callback(haproxy.stop)
        return haproxy


@pytest.fixture
def stage(app, understudy: Start, tmp_path: Path, short_path: Path, resources: ExitStack) -> Stage:
    return Stage([app("app1"), app("app2")], tmp_path, short_path, understudy, resources)


def by_map(stage: Stage, *haproxys: ToldHAProxy) -> str:
    sockets = ", ".join(f'"unix:{haproxy.socket}"' for haproxy in haproxys)
    return f'[proxies.edge]\nruntime = [{sockets}]\nmap_file = "{stage.map}"\n'


def by_servers(haproxy: ToldHAProxy, more: str = "") -> str:
    runtime = f'runtime = ["unix:{haproxy.socket}"]\n'
    return f'[proxies.edge]\n{runtime}servers = ["shop app/app1", "shop app/app2"]\n{more}'


def test_a_switch_is_in_force_with_the_next_request(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    expect_open(haproxy.port)
    for _ in range(3):
        said = order(server, "on", "shop")
        expect_maintenance(haproxy.port)
        assert f"shop: proxy edge (unix:{haproxy.socket}) follows\n" in said, said
        assert f"shop: proxy edge ({stage.map}) follows\n" in said, said
        order(server, "off", "shop")
        expect_open(haproxy.port)
    order(server, "on", "shop", "--read-only")
    expect_open(haproxy.port)  # its configuration asks for maintenance alone
    assert stage.map.read_text().splitlines()[1:] == ["blog open", "shop read-only"]
    metrics = server.metrics()
    assert metrics.value("understudy_proxy_in_step", proxy="edge") == 2
    assert metrics.value("understudy_proxy_failures_total", proxy="edge") == 0


def test_over_tcp(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(
        f'[proxies.edge]\nruntime = ["{haproxy.tcp}"]\nmap_file = "{stage.map}"\ngroups = ["shop"]\n'
    )
    order(server, "on", "shop")
    expect_maintenance(haproxy.port)
    assert "blog" not in stage.map.read_text()
    assert "proxy edge" not in order(server, "on", "blog")


def test_haproxy_restarted_during_maintenance(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    order(server, "on", "shop")
    haproxy.restart()
    expect_maintenance(haproxy.port)  # with the very first request: the file says so
    wait_for_proxy(server, f"unix:{haproxy.socket}", "in step")
    expect_maintenance(haproxy.port)


def test_haproxy_reloaded_during_maintenance(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    order(server, "on", "shop")
    before = haproxy.worker()
    haproxy.process.signal(signal.SIGUSR2)
    wait_until(lambda: haproxy.worker() != before, 30, "another worker")
    expect_maintenance(haproxy.port)
    order(server, "off", "shop")
    expect_open(haproxy.port)


def test_haproxy_down_while_the_group_is_switched(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP)
    server = stage.understudy(by_map(stage, haproxy))
    address = f"unix:{haproxy.socket}"
    said = order(server, "on", "shop")
    assert f"shop: proxy edge ({address}) can't be reached: can't connect: " in said, said
    assert wait_for_proxy(server, address, "unreachable")["lastError"].startswith("can't connect: ")
    assert f"proxy edge ({address}) can't be reached" in order(server, "status")
    assert server.metrics().value("understudy_proxy_in_step", address=address) == 0
    haproxy.start()
    expect_maintenance(haproxy.port)
    wait_for_proxy(server, address, "in step")
    server.wait_event("proxy_unreachable", address=address)
    server.wait_event("proxy_in_step", address=address)
    haproxy.stop()
    order(server, "off", "shop")
    haproxy.start()
    expect_open(haproxy.port)


def test_what_somebody_else_changes_is_put_right(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    order(server, "on", "shop")
    for wrong in (f"set map {stage.map} shop open", f"clear map {stage.map}", f"add map {stage.map} x y"):
        assert haproxy.command(wrong).strip() == ""
        right = [["blog", "open"], ["shop", "maintenance"]]
        shown = f"show map {stage.map}"
        wait_until(
            lambda: sorted(line.split()[1:] for line in haproxy.command(shown).splitlines() if line) == right,
            30,
            f"{wrong} to be undone",
        )
    stage.map.unlink()
    wait_until(lambda: "shop maintenance" in stage.map.read_text(), 30, "the map file to be back")


def test_a_map_file_that_can_not_be_written(stage: Stage) -> None:
    """A link in its place stands for all that is in the way: HAProxy itself is told all the same."""
    real = stage.folder / "real.map"
    stage.map.rename(real)
    stage.map.symlink_to(real)
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    said = order(server, "on", "shop")
    expect_maintenance(haproxy.port)
    assert f"shop: proxy edge ({stage.map}) does not follow yet: {stage.map} is a symbolic link" in said, said
    assert real.read_text() == "shop open\n"
    stage.map.unlink()
    wait_for_proxy(server, stage.map, "in step")
    assert "shop maintenance" in stage.map.read_text()


def test_a_map_that_haproxy_does_not_use(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_SERVERS).start()
    server = stage.understudy(by_map(stage, haproxy))
    trouble = wait_for_proxy(server, f"unix:{haproxy.socket}", "behind")
    assert trouble["lastError"] == (
        f"show map {stage.map}: Unknown map identifier. Please use #<id> or <file>."
    )


def test_a_socket_at_level_user_refuses(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_SERVERS, level="user").start()
    server = stage.understudy(by_servers(haproxy))
    address = f"unix:{haproxy.socket}"
    wait_for_proxy(server, address, "in step")  # nothing is to be changed yet
    said = order(server, "on", "shop")
    refused = "set server app/app1 state maint and 1 more: Permission denied"
    assert f"shop: proxy edge ({address}) does not follow yet: {refused}; it is tried again\n" in said, said
    assert wait_for_proxy(server, address, "behind")["lastError"] == refused
    assert f"proxy edge ({address}) does not follow yet: {refused}" in order(server, "status")
    assert server.wait_event("proxy_behind", address=address)["proxy"] == "edge"
    metrics = server.metrics()
    assert metrics.value("understudy_proxy_in_step", address=address) == 0
    assert metrics.value("understudy_proxy_failures_total", address=address) >= 1


def test_two_haproxys(stage: Stage) -> None:
    one, two = stage.haproxy(BY_MAP, "one").start(), stage.haproxy(BY_MAP, "two").start()
    server = stage.understudy(by_map(stage, one, two))
    order(server, "on", "shop")
    expect_maintenance(one.port)
    expect_maintenance(two.port)
    one.stop()
    order(server, "off", "shop")
    expect_open(two.port)
    wait_for_proxy(server, f"unix:{one.socket}", "unreachable")
    wait_for_proxy(server, f"unix:{two.socket}", "in step")
    one.start()
    expect_open(one.port)


def test_servers_go_and_come_back(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_SERVERS).start()
    server = stage.understudy(by_servers(haproxy))
    order(server, "on", "shop", "--read-only")
    expect_open(haproxy.port)
    order(server, "on", "shop")
    expect_maintenance(haproxy.port)
    haproxy.restart()
    wait_until(lambda: haproxy.servers()["app1"] == haproxy.servers()["app2"] == 1, 30, "both to be out again")
    expect_maintenance(haproxy.port)
    order(server, "off", "shop")
    expect_open(haproxy.port)
    assert haproxy.servers() == {"app1": 0, "app2": 0, "understudy": 0}


def test_an_operators_own_maint_is_left_alone(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_SERVERS).start()
    server = stage.understudy(by_servers(haproxy))
    assert haproxy.command("set server app/app2 state maint").strip() == ""
    order(server, "on", "shop")
    expect_maintenance(haproxy.port)
    order(server, "off", "shop")
    expect_open(haproxy.port)
    assert haproxy.servers() == {"app1": 0, "app2": 1, "understudy": 0}


@pytest.mark.parametrize("text", [BY_MAP, BY_SERVERS], ids=["map", "servers"])
def test_understudy_killed_during_maintenance(stage: Stage, text: str) -> None:
    haproxy = stage.haproxy(text).start()
    proxy = by_map(stage, haproxy) if text is BY_MAP else by_servers(haproxy)
    server = stage.understudy(proxy)
    if text is BY_SERVERS:
        assert haproxy.command("set server app/app2 state maint").strip() == ""
    order(server, "on", "shop")
    server.kill()
    assert haproxy.command("show info")  # it stands as it was told; nobody answers now
    server = stage.understudy(proxy)
    wait_for_proxy(server, f"unix:{haproxy.socket}", "in step")
    expect_maintenance(haproxy.port)
    order(server, "off", "shop")
    expect_open(haproxy.port)
    if text is BY_SERVERS:
        assert haproxy.servers() == {"app1": 0, "app2": 1, "understudy": 0}


def test_nothing_is_told_while_the_store_can_not_be_read(stage: Stage) -> None:
    """How the groups stand is not known: "open" would be a guess, and end a maintenance."""
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    order(server, "on", "shop")
    server.stop()
    store = stage.folder / "state.db"
    for rest in (stage.folder / "state.db-wal", stage.folder / "state.db-shm"):
        rest.unlink(missing_ok=True)
    store.write_bytes(b"no database" * 1000)
    server = stage.understudy(by_map(stage, haproxy))
    told = wait_until(lambda: proxies(server)[str(stage.map)]["lastError"], 10, "a reason")
    assert told == "nothing is told before the store can be read: how the groups stand is not known"
    haproxy.restart()
    assert "shop maintenance" in stage.map.read_text()
    assert "shop maintenance" in haproxy.command(f"show map {stage.map}")


def test_a_reload_takes_changes_in(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    flags = stage.folder / "flags"
    flags.mkdir()
    both = by_map(stage, haproxy) + f'flag_folder = "{flags}"\nservers = ["shop app/app1"]\n'
    server = stage.understudy(both)
    order(server, "on", "blog")
    order(server, "on", "shop")
    assert sorted(path.name for path in flags.iterdir()) == ["blog.maintenance", "shop.maintenance"]
    assert haproxy.servers() == {"app1": 1, "app2": 0}
    # A group that vanishes leaves the map, and its flag goes.
    server.reload(stage.config(both, groups=("shop",)))
    wait_until(lambda: "blog" not in haproxy.command(f"show map {stage.map}"), 30, "blog to leave the map")
    wait_until(lambda: [path.name for path in flags.iterdir()] == ["shop.maintenance"], 30, "its flag to go")
    expect_maintenance(haproxy.port)
    # A way of telling that vanishes leaves nothing closed behind it; the others stay as they are.
    server.reload(stage.config(by_map(stage, haproxy), groups=("shop",)))
    wait_until(lambda: haproxy.servers() == {"app1": 0, "app2": 0}, 30, "the server to be given back")
    wait_until(lambda: not list(flags.iterdir()), 30, "the flag to go")
    expect_maintenance(haproxy.port)
    server.reload(stage.config("", groups=("shop",)))
    wait_until(lambda: "shop" not in haproxy.command(f"show map {stage.map}"), 30, "shop to leave the map")
    expect_open(haproxy.port)
    assert proxies(server) == {}


def test_groups_created_over_the_api_are_told(stage: Stage) -> None:
    haproxy = stage.haproxy(BY_MAP).start()
    server = stage.understudy(by_map(stage, haproxy))
    admin = Admin(server.admin)
    admin.ok("POST", "/groups", {"name": "new", "id": "11111111-2222-4333-8444-555555555555"})
    shown = f"show map {stage.map}"
    wait_until(lambda: " new open" in haproxy.command(shown), 30, "the new group in the map")
    order(server, "on", "new")
    assert " new maintenance" in haproxy.command(shown)
    admin.ok("DELETE", "/groups/new", headers=[("If-Match", "*")])
    wait_until(lambda: " new " not in haproxy.command(shown), 30, "the group to leave the map")
