"""A page_dir with files of many types, links of every kind, and secrets beside it."""

from __future__ import annotations

import os
from pathlib import Path

SECRET = "the secret outside"
INDEX = (
    '<!DOCTYPE html><html lang="en"><title>Shop</title><h1>Back soon</h1><img src="/img/logo.svg"></html>\n'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>\n'
CSS = "body { color: teal }\n"
FONT = bytes(range(256)) * 64
PNG = b"\x89PNG\r\n\x1a\n" + os.urandom(500)

# (path below page_dir, contents, Content-Type without parameters)
FILES: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("img/logo.svg", SVG.encode(), ("image/svg+xml",)),
    ("img/photo.png", PNG, ("image/png",)),
    ("img/photo.jpg", b"\xff\xd8\xff", ("image/jpeg",)),
    ("img/photo.webp", b"RIFF", ("image/webp",)),
    ("img/photo.avif", b"avif", ("image/avif",)),
    ("img/photo.gif", b"GIF89a", ("image/gif",)),
    ("favicon.ico", b"\0\0\1\0", ("image/x-icon", "image/vnd.microsoft.icon")),
    ("style.css", CSS.encode(), ("text/css",)),
    ("app.js", b"'use strict';\n", ("text/javascript",)),
    ("module.mjs", b"export {};\n", ("text/javascript",)),
    ("font/text.woff2", FONT, ("font/woff2",)),
    ("font/text.woff", FONT, ("font/woff",)),
    ("font/text.ttf", FONT, ("font/ttf",)),
    ("data.json", b"{}", ("application/json",)),
    ("site.webmanifest", b"{}", ("application/manifest+json",)),
    ("robots.txt", b"User-agent: *\n", ("text/plain",)),
    ("about.html", b"<!DOCTYPE html><title>About</title>", ("text/html",)),
    ("empty.txt", b"", ("text/plain",)),
    ("unknown.xyz", b"xyz", ("application/octet-stream",)),
    ("without-extension", b"xyz", ("application/octet-stream",)),
    ("with blank.txt", b"blank", ("text/plain",)),
    ("ümläut.txt", b"umlaut", ("text/plain",)),
    ("a+b&c=d,e;f.txt", b"marks", ("text/plain",)),
    ("100%.txt", b"percent", ("text/plain",)),
    ("UPPER.TXT", b"upper", ("text/plain",)),
    ("deep/er/and/deeper/file.txt", b"deep", ("text/plain",)),
]


def encoded(path: str) -> str:
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+&=,;"
    return "/" + "".join(c if c in safe else "".join(f"%{b:02X}" for b in c.encode()) for c in path)


def build(folder: Path) -> Path:
    """FOLDER/outside/… is out of reach; FOLDER/pages is the page_dir; links of every kind."""
    outside, pages = folder / "outside", folder / "pages"
    for name, content, _ in FILES:
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_bytes(content)
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (folder / "pages-beside").mkdir()
    (folder / "pages-beside" / "secret.txt").write_text(SECRET)
    (folder / "secret.txt").write_text(SECRET)
    (pages / "index.html").write_text(INDEX)
    (pages / ".hidden.txt").write_text(SECRET)
    (pages / ".git").mkdir()
    (pages / ".git" / "config").write_text(SECRET)
    (pages / ".well-known").mkdir()
    (pages / ".well-known" / "x.txt").write_text(SECRET)
    (pages / "inside-link.css").symlink_to("style.css")
    (pages / "inside-folder").symlink_to("font")
    (pages / "link-out.txt").symlink_to("../outside/secret.txt")
    (pages / "absolute-link-out.txt").symlink_to(outside / "secret.txt")
    (pages / "folder-link-out").symlink_to("../outside")
    (pages / "link-to-root").symlink_to("/")
    (pages / "link-beside.txt").symlink_to("../pages-beside/secret.txt")
    (pages / "link-by-link.txt").symlink_to("folder-link-out/secret.txt")
    (pages / "dangling").symlink_to("nowhere")
    (pages / "loop").symlink_to("loop")
    (pages / "self").symlink_to(".")
    (pages / "img" / "up").symlink_to("..")
    os.mkfifo(pages / "fifo")
    return pages
