"""HTTP/1 with nothing hidden: exact bytes out, every response as it came back."""

from __future__ import annotations

import json
import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, Sequence

from support.net import LOOPBACK

# Where to connect: a port of 127.0.0.1, a (host, port) pair, or the path of a Unix socket.
Target = int | tuple[str, int] | str | Path

HeaderPairs = Sequence[tuple[str, str]]


class Headers(list):
    """(name, value) pairs in the order received; looked up without regard to case."""

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self if key.lower() == name.lower()]

    def get(self, name: str, default: str | None = None) -> str | None:
        """The only value of that name. A name sent twice is an error: use get_all."""
        values = self.get_all(name)
        if len(values) > 1:
            raise AssertionError(f"{name} was sent {len(values)} times: {values}")
        return values[0] if values else default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_all(name))

    def tokens(self, name: str) -> set[str]:
        """The comma-separated members of all fields of that name, in lower case."""
        joined = ",".join(self.get_all(name))
        return {part.strip().lower() for part in joined.split(",") if part.strip()}


@dataclass
class Response:
    version: str
    status: int
    reason: str
    headers: Headers
    body: bytes
    framing: str  # how the body's end was known: "none", "length", "chunked", "close"
    interim: list["Response"] = field(default_factory=list)  # the 1xx answers before it

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return self.headers.get(name)


class ProtocolError(AssertionError):
    """What came back was no well-formed HTTP/1 response."""


class Connection:
    """One connection, for keep-alive, pipelining and unusual behaviour.

    `source` is the address that it comes from, such as 127.0.0.2. All waiting is bounded by `timeout` seconds; then TimeoutError.
    """

    def __init__(
        self, target: Target, *, tls: bool = False, timeout: float = 15.0, source: str | None = None
    ) -> None:
        """`source`: the address of this machine to come from, such as 127.0.0.7."""
        self.timeout = timeout
        self._source = (source, 0) if source else None
        self._buffer = bytearray()
        self._ended = False
        self._tls = tls
        self.socket = self._connect(target)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def _connect(self, target: Target) -> socket.socket:
        if isinstance(target, int):
            target = (LOOPBACK, target)
        if isinstance(target, tuple):
            return socket.create_connection(target, timeout=self.timeout, source_address=self._source)
        path = str(target).removeprefix("unix:")
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unix.settimeout(self.timeout)
        unix.connect(path)
        return unix

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Sends everything, and keeps what arrives meanwhile: an early answer is no dead end."""
        if self._tls:
            self.socket.sendall(data)
            return
        view = memoryview(data)
        poll = select.poll()
        deadline = time.monotonic() + self.timeout
        while view:
            wanted = select.POLLOUT | (0 if self._ended else select.POLLIN)
            poll.register(self.socket, wanted)
            events = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not events:
                raise TimeoutError(f"{len(view)} bytes could not be sent")
            if events[0][1] & select.POLLIN:
                self._receive()
            if events[0][1] & ~select.POLLIN:
                view = view[self.socket.send(view) :]

    def half_close(self) -> None:
        """Says that nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def _receive(self) -> bool:
        """Takes in what has arrived; False at the end of the stream."""
        try:
            chunk = self.socket.recv(65536)
        except ssl.SSLEOFError:
            chunk = b""
        if not chunk:
            self._ended = True
        self._buffer += chunk
        return bool(chunk)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if b"\n" in self._buffer:
                raise ProtocolError(f"a bare LF: {bytes(self._buffer[:200])!r}")
            if self._ended or not self._receive():
                raise ProtocolError(f"the stream ended within a line: {bytes(self._buffer)!r}")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            if self._ended or not self._receive():
                raise ProtocolError(f"the stream ended {count - len(self._buffer)} bytes early")
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def read_to_end(self) -> bytes:
        """All that is left until the peer closes."""
        while not self._ended and self._receive():
            pass
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def at_end(self) -> bool:
        """Whether the peer has closed with nothing more to say (waits for it to decide)."""
        if self._buffer:
            return False
        return self._ended or not self._receive()

    def _head(self) -> Response:
        start = self._line().decode("latin-1")
        version, _, rest = start.partition(" ")
        code, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/1.") or len(code) != 3 or not code.isdigit():
            raise ProtocolError(f"no status line: {start!r}")
        headers = Headers()
        while line := self._line():
            name, colon, value = line.decode("utf-8").partition(":")
            if not colon or not name or name != name.strip():
                raise ProtocolError(f"no header line: {line!r}")
            headers.append((name, value.strip(" \t")))
        return Response(version, int(code), reason, headers, b"", "none")

    def read_response(self, method: str = "GET") -> Response:
        """The next final response; `method` says whether it may have a body."""
        interim = []
        response = self._head()
        while 100 <= response.status < 200 and response.status != 101:
            interim.append(response)
            response = self._head()
        response.interim = interim
        return self._with_body(response, method)

    def read_next(self, method: str = "GET") -> Response:
        """The next response, be it 100 Continue or a final one."""
        response = self._head()
        return response if response.status == 100 else self._with_body(response, method)

    def _with_body(self, response: Response, method: str) -> Response:
        if method == "HEAD" or response.status in (101, 204, 304):
            return response
        encodings = response.headers.tokens("Transfer-Encoding")
        length = response.headers.get("Content-Length")
        if encodings:
            if encodings != {"chunked"} or length is not None:
                raise ProtocolError(f"framing in doubt: {response.headers}")
            response.framing, response.body = "chunked", self._chunks()
        elif length is not None:
            response.framing, response.body = "length", self._take(int(length))
        else:
            response.framing, response.body = "close", self.read_to_end()
        return response

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._line().split(b";")[0], 16):
            body += self._take(size)
            if self._take(2) != b"\r\n":
                raise ProtocolError("no CRLF after a chunk")
        while self._line():
            pass
        return bytes(body)


def exchange(
    target: Target, data: bytes, *, method: str | None = None, tls: bool = False, timeout: float = 15.0
) -> Response:
    """Sends exact bytes on a new connection and returns the first final response.

    `method` is taken from the bytes where it is not given.
    """
    with Connection(target, tls=tls, timeout=timeout) as connection:
        connection.send(data)
        return connection.read_response(method or data.split(b" ", 1)[0].decode("latin-1"))


def exchange_all(
    target: Target, data: bytes, methods: Iterable[str], *, tls: bool = False, timeout: float = 15.0
) -> list[Response]:
    """Sends several requests in one go and returns one response for each of `methods`."""
    with Connection(target, tls=tls, timeout=timeout) as connection:
        connection.send(data)
        return [connection.read_response(method) for method in methods]


def format_request(
    method: str,
    path: str,
    headers: HeaderPairs = (),
    body: bytes | None = None,
    *,
    chunked: bool = False,
    host: str = "api.shop.example",
) -> tuple[bytes, bytes]:
    """The head and the body of a request, as bytes. Host and framing are added where missing."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {path} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    payload = body or b""
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = [payload[i : i + 16000] for i in range(0, len(payload), 16000)]
        payload = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    elif body is not None and "content-length" not in names:
        lines.append(f"Content-Length: {len(payload)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"), payload


def request(
    target: Target,
    method: str,
    path: str = "/",
    headers: HeaderPairs = (),
    body: bytes | None = None,
    *,
    chunked: bool = False,
    expect: bool = False,
    host: str = "api.shop.example",
    tls: bool = False,
    timeout: float = 15.0,
    source: str | None = None,
) -> Response:
    """One request on a connection of its own, from the address `source` where given.

    `expect` sends `Expect: 100-continue`, waits for the server's word, and
    sends the body only if that is 100; a final answer at once is returned.
    """
    pairs = list(headers) + ([("Expect", "100-continue")] if expect else [])
    head, payload = format_request(method, path, pairs, body, chunked=chunked, host=host)
    with Connection(target, tls=tls, timeout=timeout, source=source) as connection:
        if not expect:
            connection.send(head + payload)
            return connection.read_response(method)
        connection.send(head)
        first = connection.read_next(method)
        if first.status != 100:
            return first
        connection.send(payload)
        response = connection.read_response(method)
        response.interim.insert(0, first)
        return response
