"""Requests as bytes, and a file that is too big for the buffers between two sockets."""

from __future__ import annotations

import os
from pathlib import Path

from wire.configs import BARE, HOST, server

GET = b"GET / HTTP/1.1\r\nHost: api.shop.example\r\n\r\n"
HEALTH = b"GET /_understudy/health HTTP/1.1\r\nHost: a\r\n\r\n"
MIB = 1 << 20


def head(start: str, *fields: str) -> bytes:
    return "\r\n".join([start, f"Host: {HOST}", *fields, "", ""]).encode()


def chunked(body: bytes, size: int = 16_000) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def with_big_file(folder: Path, prefix: str = server()) -> tuple[str, bytes]:
    """A configuration whose page_dir has a file larger than what sockets buffer, and that file."""
    pages = folder / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!DOCTYPE html><title>away</title>")
    data = os.urandom(1 << 16) * 384  # 24 MiB
    (pages / "big.bin").write_bytes(data)
    return prefix + BARE + f'page_dir = "{pages}"\n', data
