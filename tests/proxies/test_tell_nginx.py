"""A real nginx that tests for understudy's flag file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from proxies.telling import Start, config, expect_maintenance, expect_open, order, wait_for_proxy
from support.apps import App
from support.net import free_port
from support.proxies import Nginx

NGINX = """\
server {{
    listen 127.0.0.1:{port};
    location / {{
        error_page 599 = @understudy;
        if (-f {flags}/shop.maintenance) {{ return 599; }}
        proxy_pass {app};
    }}
    location @understudy {{
        proxy_pass http://127.0.0.1:{understudy};
    }}
}}
"""


@pytest.fixture
def flags(tmp_path: Path) -> Path:
    # nginx's workers, which may be another user's, have to get there.
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o111)
    return tmp_path / "flags"


def test_a_switch_is_in_force_with_the_next_request(
    app, understudy: Start, resources: ExitStack, tmp_path: Path, flags: Path
) -> None:
    flags.mkdir()
    api: App = app("app1")
    port, own = free_port(), free_port()
    text = NGINX.format(port=port, flags=flags, app=api.url, understudy=own)
    nginx = resources.enter_context(Nginx(text, tmp_path, ports=[port]))
    server = understudy(config(own, tmp_path / "state.db", f'[proxies.front]\nflag_folder = "{flags}"\n'))
    expect_open(port)
    for _ in range(3):
        assert f"shop: proxy front ({flags}) follows\n" in order(server, "on", "shop", "--for", "30m")
        expect_maintenance(port)
        order(server, "off", "shop")
        expect_open(port)
    order(server, "on", "shop")
    words = (flags / "shop.maintenance").read_text(encoding="utf-8")
    assert words.startswith("Written by understudy: shop is in maintenance."), words
    assert "\nsince: 2" in words and "\nuntil: somebody opens it\n" in words and "\nby: " in words, words
    nginx.stop()
    again = resources.enter_context(Nginx(text, tmp_path, ports=[port], name="nginx-2"))
    expect_maintenance(port)
    # Without understudy it stays as it is, and a new one knows how to end it.
    server.kill()
    server = understudy(config(own, tmp_path / "state.db", f'[proxies.front]\nflag_folder = "{flags}"\n'))
    expect_maintenance(port)
    order(server, "off", "shop")
    expect_open(port)
    assert again.alive() and list(flags.iterdir()) == []


def test_a_folder_that_is_not_there(understudy: Start, tmp_path: Path) -> None:
    flags = tmp_path / "flags"
    server = understudy(
        config(free_port(), tmp_path / "state.db", f'[proxies.front]\nflag_folder = "{flags}"\n')
    )
    told = f"{flags}: No such file or directory; understudy has to be able to write in that folder, and the proxy to"
    assert f"shop: proxy front ({flags}) does not follow yet: {told} read it" in order(server, "on", "shop")
    flags.mkdir()
    wait_for_proxy(server, flags, "in step")
    assert [path.name for path in flags.iterdir()] == ["shop.maintenance"]
