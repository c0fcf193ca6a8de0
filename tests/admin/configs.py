"""Configurations that the tests of the admin API start from."""

from __future__ import annotations

from pathlib import Path

SHOP_ID = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
BLOG_ID = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"
ORIGIN = "https://shop.example"

SHOP = f"""
[groups.shop]
id = "{SHOP_ID}"
hosts = ["api.shop.example"]
default = true
[groups.shop.cors]
origins = ["{ORIGIN}"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
"""

BLOG = f"""
[groups.blog]
id = "{BLOG_ID}"
hosts = ["api.blog.example"]
"""

TWO = SHOP + BLOG


def listeners(socket: Path | str, tcp: str = "127.0.0.1:0", more: str = "") -> str:
    """[admin] with a Unix socket first and TCP behind it."""
    return f'[admin]\nlisten = ["unix:{socket}", "{tcp}"]\n{more}\n'


def store(path: Path | str) -> str:
    return f'[store]\npath = "{path}"\n'


def groups(names: list[str]) -> str:
    """Groups of those names, each with an id made of its place and a host of its own."""
    return "".join(
        f'[groups.{name}]\nid = "00000000-0000-4000-8000-{index:012x}"\nhosts = ["{name}.example"]\n'
        for index, name in enumerate(names)
    )
