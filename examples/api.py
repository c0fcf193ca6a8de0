#!/usr/bin/env python3
"""The API that the demonstration lacks: start it, and orders arrive again.

    python3 examples/api.py        listens on 127.0.0.1:8501; Ctrl-C ends it

HAProxy (examples/haproxy/haproxy.cfg) notices within a second, and understudy
is asked no longer. This is what a real API does about CORS, no more: it answers
its own preflights and names the pages that may read its answers.
"""

from __future__ import annotations

import itertools
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = ("127.0.0.1", 8501)
PAGES = ("http://127.0.0.1:8508", "http://localhost:8508")
numbers = itertools.count(1)


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "api.py"

    def do_OPTIONS(self) -> None:
        self.reply(204)

    def do_GET(self) -> None:
        self.reply(200, {"status": 200, "orders": []})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        order = self.rfile.read(length).decode(errors="replace")
        self.reply(201, {"status": 201, "number": next(numbers), "order": order})

    def reply(self, status: int, content: dict | None = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Origin")
        origin = self.headers.get("Origin")
        if origin in PAGES:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            if self.command == "OPTIONS":
                self.send_header("Access-Control-Allow-Methods", "GET, POST")
                self.send_header("Access-Control-Allow-Headers", "Content-Type, X-Shop-Client")
        self.end_headers()
        if body:
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if (self.command, self.path) != ("OPTIONS", "/"):  # HAProxy's health check, each second
            super().log_request(code, size)


if __name__ == "__main__":
    with ThreadingHTTPServer(ADDRESS, Api) as server:
        print("The API is back: http://{}:{}".format(*ADDRESS), flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
