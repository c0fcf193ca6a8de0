"""understudy as HAProxy's sorry server, with a page, a font and a picture."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.apps import App
from support.http import request
from support.net import free_port, wait_until
from support.proxies import HAProxy

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[groups.encompass]
id = "0f7a3f3c-8f0e-4f0e-9d5e-2b6a1c9d4e10"
default = true
page_dir = "{page_dir}"
[groups.encompass.failure.en]
title = "The site is offline"
message = "Please come back later."
"""

INDEX = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Back soon</title>
<style>@font-face { font-family: Brand; src: url(/font/brand.woff2) }</style></head>
<body><img src="/img/logo.png" alt="Logo"><h1>We are updating the site — ünïcödé</h1></body></html>
"""

# Content does not matter to a server; size does: more than one buffer of anybody's.
FONT = b"wOF2" + bytes(i * 7 % 251 for i in range(300_000))


def picture() -> bytes:
    """A real PNG: one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def make_page_dir(path: Path) -> Path:
    (path / "font").mkdir(parents=True)
    (path / "img").mkdir()
    (path / "index.html").write_text(INDEX, encoding="utf-8")
    (path / "font" / "brand.woff2").write_bytes(FONT)
    (path / "img" / "logo.png").write_bytes(picture())
    return path


@dataclass
class Stage:
    proxy: HAProxy
    port: int
    apps: list[App]

    def ask(self, path: str, accept: str = "*/*", method: str = "GET", headers=(), **options):
        return request(
            self.port, method, path, [("Accept", accept), *headers], tls=True, **options
        )

    def on_the_sorry_server(self) -> bool:
        return "Understudy-Reason" in self.ask("/").headers

    def wait_for_the_sorry_server(self) -> None:
        """Real requests do it: each error that one meets counts against its server."""
        wait_until(self.on_the_sorry_server, 20, "understudy to be asked")

    def wait_for_the_apps(self) -> None:
        wait_until(lambda: self.ask("/").header("X-App"), 40, "an app to be asked again")


@pytest.fixture
def stage(understudy, app, haproxy, certificate, tmp_path) -> Stage:
    server = understudy(CONFIG.format(page_dir=make_page_dir(tmp_path / "www")))
    apps = [app("server01"), app("server02")]
    port = free_port()
    proxy = haproxy(
        "haproxy-sorry-page.cfg",
        {
            "10.0.0.1:443": f"127.0.0.1:{port}",
            "/etc/haproxy/app.example.org.pem": certificate[2],
            "10.0.0.11:8080": apps[0].address,
            "10.0.0.12:8080": apps[1].address,
            "127.0.0.1:8503": server.address,
        },
        ports=[port],
    )
    return Stage(proxy, port, apps)


def expect_page_font_and_picture(stage: Stage) -> None:
    for path in ("/", "/index.html", "/deep/link?q=1"):
        page = stage.ask(path, accept="text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
        assert page.status == 503, page
        assert page.header("Content-Type") == "text/html; charset=utf-8"
        assert page.body == INDEX.encode()
        assert page.header("Cache-Control") == "no-store"
        assert int(page.header("Retry-After") or 0) >= 600

    font = stage.ask("/font/brand.woff2")
    assert (font.status, font.header("Content-Type")) == (200, "font/woff2")
    assert font.body == FONT
    logo = stage.ask("/img/logo.png", accept="image/avif,image/webp,*/*;q=0.8")
    assert (logo.status, logo.header("Content-Type")) == (200, "image/png")
    assert logo.body == picture()
    for file in (font, logo):
        assert "no-cache" in file.headers.tokens("Cache-Control")

    # Validators work through the proxy, and HEAD tells the size alone.
    again = stage.ask("/img/logo.png", headers=[("If-None-Match", logo.header("ETag"))])
    assert (again.status, again.body) == (304, b"")
    head = stage.ask("/font/brand.woff2", method="HEAD")
    assert (head.status, head.header("Content-Length"), head.body) == (200, str(len(FONT)), b"")

    # A program that asks for JSON is not sent the page, and a file that isn't there is no 404.
    told = stage.ask("/api/orders", accept="application/json", method="POST", body=b"{}")
    assert (told.status, told.json()["title"]) == (503, "The site is offline")
    assert stage.ask("/img/missing.png", accept="image/*").status == 503


def test_healthy_apps_answer(stage: Stage) -> None:
    assert {stage.ask("/").header("X-App") for _ in range(8)} == {"server01", "server02"}


def test_killed_apps_bring_page_font_and_picture_and_return(stage: Stage) -> None:
    for app in stage.apps:
        app.kill()
    stage.wait_for_the_sorry_server()
    expect_page_font_and_picture(stage)
    for app in stage.apps:
        app.start()
    stage.wait_for_the_apps()


def test_errors_of_running_apps_bring_the_page_too(stage: Stage) -> None:
    """observe layer7 and on-error mark-down: 500s in real traffic, no health check involved."""
    for app in stage.apps:
        app.answer_with(500)
    seen = [stage.ask("/") for _ in range(4)]
    assert all(response.status == 500 for response in seen[:2]), "the errors are the app's own"
    stage.wait_for_the_sorry_server()
    expect_page_font_and_picture(stage)
    for app in stage.apps:
        app.answer_normally()
    stage.wait_for_the_apps()


def test_nothing_outside_the_folder_is_reachable(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not for you")
    for app in stage.apps:
        app.kill()
    stage.wait_for_the_sorry_server()
    for path in (
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/img/..%2f..%2fsecret.txt",
        "/img/%2e%2e/%2e%2e/secret.txt",
    ):
        response = stage.ask(path)
        assert response.status != 200, (path, response)
        assert b"not for you" not in response.body
