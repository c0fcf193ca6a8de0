"""A small API, run as `python3 -m support.api_app`: what stands behind the proxies.

It answers every method with JSON that says what arrived, reads plain and
chunked bodies, answers its own preflights with its own dynamic CORS headers,
gives a browser a page, echoes WebSocket messages, and on demand falls sick:
while the file given as --mood holds a status such as `500`, everything is
answered with that status and a body of the app's own.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import socket
import ssl
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, TCPServer, UnixStreamServer

WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The shop</title>
<link rel="icon" href="data:,"></head>
<body><h1 id="app">The shop is open</h1></body></html>
"""


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: "Server"

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, BrokenPipeError):
            pass

    def log_message(self, format: str, *args) -> None:
        print(f"{self.server.name}: {format % args}", file=sys.stderr, flush=True)

    def answer(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.echo_websocket()
            return
        body = self.read_body()
        mood = self.server.mood()
        if mood:
            self.send(mood, {"app": self.server.name, "error": "the app itself fails"})
        elif self.command == "OPTIONS":
            self.preflight()
        elif self.path == "/health":
            self.send(200, {"app": self.server.name, "healthy": True})
        elif self.path == "/hang":
            self.connection.recv(1)  # until the client gives up
            self.close_connection = True
        elif "text/html" in self.headers.get("Accept", ""):
            self.send_bytes(200, "text/html; charset=utf-8", PAGE.encode())
        else:
            self.send(200, self.describe(body))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

    def read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return bytes(body)

    def describe(self, body: bytes) -> dict:
        return {
            "app": self.server.name,
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }

    def preflight(self) -> None:
        """Its own answer to OPTIONS; X-App tells it from anybody else's."""
        self.send_response(204)
        self.send_header("X-App", self.server.name)
        self.send_header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        if self.headers.get("Origin") and self.headers.get("Access-Control-Request-Method"):
            self.cors()
            self.send_header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
            self.send_header("Access-Control-Allow-Headers", "Content-Type, X-Shop-Client")
            self.send_header("Access-Control-Max-Age", "0")
        self.end_headers()

    def cors(self) -> None:
        origin = self.headers.get("Origin")
        if origin:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Vary", "Origin")

    def send(self, status: int, value: dict | list) -> None:
        self.send_bytes(status, "application/json", json.dumps(value).encode())

    def send_bytes(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-App", self.server.name)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Set-Cookie", "basket=full; Path=/; HttpOnly")
        self.cors()
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo_websocket(self) -> None:
        """Shakes hands and sends every (short, masked) message back until the client closes."""
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.close_connection = True
        while head := self.rfile.read(2):
            length = head[1] & 0x7F
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(length)))
            self.wfile.write(bytes([head[0], length]) + data)
            if head[0] & 0x0F == 8:
                return


class Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    name = "app"
    mood_file: Path | None = None
    tls: ssl.SSLContext | None = None

    def mood(self) -> int:
        """The status that everything gets while the app is sick, else 0."""
        try:
            return int(self.mood_file.read_text()) if self.mood_file else 0
        except (FileNotFoundError, ValueError):
            return 0


class UnixServer(Server, UnixStreamServer):
    address_family = socket.AF_UNIX

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("unix", 0)


def main(handler: type[Api] = Api) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int)
    options.add_argument("--unix")
    options.add_argument("--name", default="app")
    options.add_argument("--mood", type=Path)
    options.add_argument("--certificate", help="PEM file with certificate and key: speak TLS")
    given = options.parse_args()
    if given.unix:
        server: Server = UnixServer(given.unix, handler)
    else:
        server = Server(("127.0.0.1", given.port), handler)
    server.name = given.name
    server.mood_file = given.mood
    if given.certificate:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(given.certificate)
    print(f"ready {os.getpid()}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
