"""Requests as a browser sends them, and a small client that shows an answer as it came."""

from __future__ import annotations

import socket
from dataclasses import dataclass

HOST = "api.shop.example"
ORIGIN = "https://shop.example"
FOREIGN_ORIGIN = "https://shop.example.attacker.example"
ENGLISH = "en-US,en;q=0.9,de;q=0.8"
GERMAN = "de-DE,de;q=0.9,en;q=0.8"

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
BRANDS = '"Chromium";v="142", "Not_A Brand";v="99"'
PAGE_ACCEPT = ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
               "application/signed-exchange;v=b3;q=0.7")


def fetch(*, connection: str = "keep-alive", language: str = ENGLISH, origin: str = ORIGIN, host: str = HOST,
          coding: str = "gzip, deflate, br, zstd", extra: str = "") -> bytes:
    """What Chromium sends for fetch(url, {headers: {Accept: "application/json"}}) to another origin."""
    return _request(f"""GET /v1/orders?page=1&sort=-created HTTP/1.1
Host: {host}
Connection: {connection}
{extra}sec-ch-ua-platform: "Linux"
User-Agent: {AGENT}
Accept: application/json
sec-ch-ua: {BRANDS}
sec-ch-ua-mobile: ?0
Origin: {origin}
Sec-Fetch-Site: same-site
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: {origin}/
Accept-Encoding: {coding}
Accept-Language: {language}
""")


def page(*, connection: str = "keep-alive", language: str = ENGLISH, coding: str = "gzip, deflate, br, zstd") -> bytes:
    """What Chromium sends when a person opens an address."""
    return _request(f"""GET /v1/orders?page=1&sort=-created HTTP/1.1
Host: {HOST}
Connection: {connection}
sec-ch-ua: {BRANDS}
sec-ch-ua-mobile: ?0
sec-ch-ua-platform: "Linux"
Upgrade-Insecure-Requests: 1
User-Agent: {AGENT}
Accept: {PAGE_ACCEPT}
Sec-Fetch-Site: none
Sec-Fetch-Mode: navigate
Sec-Fetch-User: ?1
Sec-Fetch-Dest: document
Accept-Encoding: {coding}
Accept-Language: {language}
""")


def preflight() -> bytes:
    return _request(f"""OPTIONS /v1/orders HTTP/1.1
Host: {HOST}
Connection: close
Origin: {ORIGIN}
Access-Control-Request-Method: POST
Access-Control-Request-Headers: authorization
""")


def group_fetch(number: int, connection: str = "keep-alive") -> bytes:
    """A fetch to one of many groups; the load generator counts up the digits where groups are varied."""
    name = f"g{number:06d}"
    return fetch(connection=connection, host=f"{name}.example", origin=f"https://{name}.example",
                 extra=f"Understudy-Group: {name}\n")


def _request(text: str) -> bytes:
    return (text + "\n").replace("\n", "\r\n").encode()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes

    def get(self, name: str) -> str:
        """A header's value; empty where it is missing, joined where it came more than once."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())


def ask(port: int, request: bytes, seconds: float = 10) -> Answer:
    """Sends one request over a new connection and reads the answer by its Content-Length."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += _receive(connection)
        head, _, body = raw.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        status = int(status_line.split()[1])
        length = 0 if status == 204 else int(Answer(status, headers, b"", b"").get("content-length") or 0)
        while len(body) < length:
            body += _receive(connection)
    return Answer(status, headers, body, head + b"\r\n\r\n" + body)


def _receive(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65536)):
        raise ConnectionError("the connection was closed before the answer's end")
    return data
