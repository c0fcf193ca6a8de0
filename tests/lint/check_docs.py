#!/usr/bin/env python3
"""Holds the documentation against the project: links, excerpts, configurations, exchanges.

Every relative link leads somewhere; every block of HAProxy or nginx configuration is an excerpt of a file that the
tests run (or of another file of the project that the text names); `understudy check` finds no error in a TOML block;
and the server answers each request in docs/wire.md as it says there.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(os.environ.get("UNDERSTUDY_ROOT", Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("UNDERSTUDY_BINARY", str(ROOT / "build/debug/understudy"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/proxies/*.md"), *ROOT.glob("docs/clients/*.md"), ROOT / "src/README.md", ROOT / "bench/README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
PROXY_SYNTAX = ("haproxy", "nginx", "caddy", "apache", "vcl", "yaml")
LINK = re.compile(r"\]\(([^)\s]+)\)")
VOLATILE = {"date", "retry-after", "etag", "last-modified"}


def anchors(page: Path) -> set[str]:
    """The names that a Markdown page's headings get."""
    text = FENCE.sub("", page.read_text())
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(page: Path) -> list[str]:
    faults = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            faults.append(f"{page.relative_to(ROOT)}: {link} leads nowhere")
        elif anchor and anchor not in anchors(target):
            faults.append(f"{page.relative_to(ROOT)}: {link}: no such heading")
    return faults


@cache
def printed_snippets() -> list[str]:
    """What `understudy snippet` prints for the configuration that the pages show."""
    config = ROOT / "tests/proxies/configs/snippet.toml"
    command = [BINARY, "snippet"]
    rows = json.loads(subprocess.run([*command, "--list", "--json"], check=True, capture_output=True).stdout)
    return [
        subprocess.run(
            [*command, row["proxy"], "--style", row["style"], "--config", config],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for row in rows
    ]


def foreign_excerpts(page: Path) -> list[str]:
    """Blocks of proxy configuration that stand in no file of the project, and that no command of it prints."""
    sources = [path.read_text() for path in (ROOT / "tests/proxies/configs").iterdir()] + printed_snippets()
    # Elsewhere YAML is no proxy's.
    syntax = PROXY_SYNTAX if page.parent.name == "proxies" else tuple(kind for kind in PROXY_SYNTAX if kind != "yaml")
    blocks = [body for kind, body in FENCE.findall(page.read_text()) if kind in syntax]
    return [
        f"{page.relative_to(ROOT)}: in no file of tests/proxies/configs, and printed by no `understudy snippet`:\n{body}"
        for body in blocks
        if not any(body.strip("\n") in source for source in sources)
    ]


def wrong_configurations(page: Path) -> list[str]:
    """TOML blocks that `understudy check` refuses. A piece of a group or a section gets what it lacks."""
    faults = []
    for kind, body in FENCE.findall(page.read_text()):
        if kind != "toml":
            continue
        text = body if "[groups." not in body or "\nid = " in body else add_id(body)
        with tempfile.TemporaryDirectory() as folder:
            for path in re.findall(r'(?:page_dir|tls_certificate|tls_key|secret_file) *= *"(.+?)"', text):
                text = text.replace(f'"{path}"', f'"{stand_in(Path(folder), path)}"')
            file = Path(folder) / "understudy.toml"
            file.write_text(text)
            done = subprocess.run([BINARY, "check", "--config", file], capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"{page.relative_to(ROOT)}: {done.stdout}{body}")
    return faults


def add_id(body: str) -> str:
    name = re.search(r"\[groups\.(\w+)", body)[1]
    head = f'[groups.{name}]\nid = "9e428b69-47e2-48b7-a694-bb2222bf48c3"\n'
    return body.replace(f"[groups.{name}]\n", head) if f"[groups.{name}]\n" in body else head + body


def stand_in(folder: Path, path: str) -> Path:
    if path.endswith(".secret"):
        (folder / "secret").write_text("0123456789abcdef")
        return folder / "secret"
    if not path.endswith((".crt", ".key")):
        (folder / "page").mkdir(exist_ok=True)
        (folder / "page/index.html").write_text("<!doctype html><title>x</title>")
        return folder / "page"
    if not (folder / "x.key").exists():
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x".split()
        subprocess.run([*command, "-keyout", folder / "x.key", "-out", folder / "x.crt"], check=True, capture_output=True)
    return folder / f"x.{path[-3:]}"


def exchanges(page: Path) -> list[tuple[str, str]]:
    blocks = [body for _, body in FENCE.findall(page.read_text())]
    pairs = zip(blocks, blocks[1:])
    return [(a, b) for a, b in pairs if re.match(r"[A-Z]+ \S+ HTTP/1", a) and b.startswith("HTTP/1.1 ")]


def parse(text: str) -> tuple[str, dict[str, str], str]:
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.rstrip("\n").split("\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return first, fields, body.strip("\n")


def ask(port: int, request: str) -> str:
    head, _, body = request.rstrip("\n").partition("\n\n")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body.encode())
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while chunk := connection.recv(65536):
            got += chunk
    return got.decode()


def without_times(body: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>", body)


def wrong_exchanges(page: Path) -> list[str]:
    config = next(body for kind, body in FENCE.findall(page.read_text()) if kind == "toml")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        flag = Path(folder) / "flag"
        flag.touch()
        config = config.replace("/etc/understudy/shop.maintenance", str(flag))
        config = '[server]\nlisten = ["127.0.0.1:0"]\n[admin]\nlisten = []\n[log]\naccess = false\n[store]\npath = "memory"\n' + config
        file = Path(folder) / "understudy.toml"
        file.write_text(config)
        server = subprocess.Popen([BINARY, "serve", "--config", file], stderr=subprocess.PIPE, text=True)
        try:
            events = (json.loads(line) for line in server.stderr)
            port = next(int(e["address"].rpartition(":")[2]) for e in events if e["event"] == "listening")
            next(e for e in events if e["event"] == "ready")
            for request, expected in exchanges(page):
                first, fields, body = parse(expected)
                got_first, got_fields, got_body = parse(ask(port, request))
                # The connection's end is asked for by the half-close alone.
                said = {k: v for k, v in fields.items() if k not in VOLATILE}
                heard = {k: v for k, v in got_fields.items() if k not in VOLATILE}
                if (first, said, without_times(body)) != (got_first, heard, without_times(got_body)):
                    faults.append(f"{page.relative_to(ROOT)}: {request}\nsays\n{expected}\nbut is\n{got_first}\n{got_fields}\n{got_body}")
                if fields.keys() != got_fields.keys():
                    faults.append(f"{page.relative_to(ROOT)}: {request}: other header fields: {got_fields.keys() ^ fields.keys()}")
        finally:
            server.terminate()
            server.wait()
    return faults


def main() -> int:
    faults = []
    for page in PAGES:
        if page.exists():
            faults += broken_links(page) + foreign_excerpts(page) + wrong_configurations(page)
    faults += wrong_exchanges(ROOT / "docs/wire.md")
    print("\n".join(faults) or f"{len(PAGES)} pages are true, {len(exchanges(ROOT / 'docs/wire.md'))} exchanges among them")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
