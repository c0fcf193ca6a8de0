"""A receiver of webhooks: keeps what comes, and answers as the test wants."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterable

from support.http import Headers
from support.net import wait_until


@dataclass
class Delivery:
    path: str
    headers: Headers
    body: bytes
    status: int  # what it was answered with

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers.get("Understudy-Delivery") or ""

    def is_signed_with(self, secret: str) -> bool:
        timestamp = self.headers.get("Understudy-Timestamp") or ""
        digest = hmac.new(secret.encode(), timestamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return self.headers.get("Understudy-Signature") == f"v1={digest}"


@dataclass
class Receiver:
    """Use it in `with`. `answers` are the next statuses, then 204.

    `hold` makes it say nothing until `release`.
    """

    answers: list[int] = field(default_factory=list)
    location: str = ""
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = receiver._take(self.path, Headers(self.headers.items()), body)
                receiver._open.wait(60)
                try:
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header("Location", receiver.location)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            do_GET = do_PUT = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _take(self, path: str, headers: Headers, body: bytes) -> int:
        with self._lock:
            status = self.answers.pop(0) if self.answers else 204
            self.deliveries.append(Delivery(path, headers, body, status))
            return status

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def accepted(self) -> list[Delivery]:
        with self._lock:
            return [delivery for delivery in self.deliveries if 200 <= delivery.status < 300]

    def wait(self, count: int, limit: float = 30.0) -> list[Delivery]:
        """The accepted ones, once there are so many."""
        wait_until(lambda: len(self.accepted()) >= count, limit, f"{count} deliveries")
        return self.accepted()

    def targets(self, deliveries: Iterable[Delivery] | None = None) -> list[str]:
        return [delivery.json()["target"] for delivery in deliveries or self.accepted()]

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
