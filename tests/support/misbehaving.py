"""A server that answers exactly as it is told, wrongly above all: bytes, cut answers, resets, silence."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from typing import Callable

from support.net import LOOPBACK


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What is sent, and what follows: an orderly end, a reset, or nothing for as long as the client waits."""

    data: bytes
    then: str = "close"  # "close", "reset", "wait"


def reply(status: int, *lines: str, body: str = "", then: str = "close", length: int | None = None) -> Reply:
    """An answer whose Content-Length fits, unless `length` or a line says otherwise."""
    given = any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in lines)
    size = len(body.encode()) if length is None else length
    extra = () if given or status == 204 else (f"Content-Length: {size}",)
    head = [f"HTTP/1.1 {status} Whatever", *lines, *extra, "Connection: close"]
    return Reply(("\r\n".join(head) + "\r\n\r\n" + body).encode(), then)


Behaviour = Callable[[Request], Reply]


class Misbehaving:
    """Takes connections on threads of its own, one request each. Use it in `with`."""

    def __init__(
        self, behave: Behaviour, certificate: tuple | None = None, *, unasked: Reply | None = None
    ) -> None:
        """`certificate`: (certificate, key), and it speaks TLS. `unasked` is sent before anything is read."""
        self._behave = behave
        self._unasked = unasked
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self._context else ("http", LOOPBACK)
        return f"{scheme}://{host}:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        raw = connection
        try:
            # A browser that refuses the certificate, or opens a connection that it does not use, is no fault.
            raw.settimeout(30)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            if self._unasked:
                self._answer(connection, raw, self._unasked)
                return
            request = _read_request(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
            self._answer(connection, raw, self._behave(request))
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(raw)
            connection.close()

    def _answer(self, connection: socket.socket, raw: socket.socket, answer: Reply) -> None:
        connection.sendall(answer.data)
        if answer.then == "wait":
            connection.recv(1)  # until the client has had enough
        elif answer.then == "reset":
            # The client shall have read what came; it asks for nothing more, so this returns when it could.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            _wait_until_read(raw)

    def close(self) -> None:
        # shutdown wakes the thread that accepts; close alone would leave it there.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self) -> "Misbehaving":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _wait_until_read(connection: socket.socket) -> None:
    """Until the peer's kernel has acknowledged everything: a reset throws away what is still under way."""
    import fcntl
    import termios

    from support.net import wait_until

    def acknowledged() -> bool:
        return struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0] == 0

    wait_until(acknowledged, 10, "everything sent to be acknowledged")


def _read_request(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    return Request(method, target, headers, body)
