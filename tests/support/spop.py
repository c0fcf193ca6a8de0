"""HAProxy's side of SPOP, by hand (HAProxy: doc/SPOE.txt, section 3): well and badly."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from typing import Any, Mapping

from support.http import Target
from support.net import LOOPBACK

FIN = 1
ABORT = 2
UNSET, HELLO, DISCONNECT, NOTIFY = 0, 1, 2, 3
AGENT_HELLO, AGENT_DISCONNECT, ACK = 101, 102, 103


def varint(number: int) -> bytes:
    if number < 240:
        return bytes([number])
    out = bytearray([(number | 240) & 255])
    number = (number - 240) >> 4
    while number >= 128:
        out.append((number | 128) & 255)
        number = (number - 128) >> 7
    out.append(number)
    return bytes(out)


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return varint(len(raw)) + raw


def typed(value: Any) -> bytes:
    """None, a truth, a number (UINT32), an address ("127.0.0.1" as bytes of 4 or 16), a string."""
    if value is None:
        return b"\x00"
    if isinstance(value, bool):
        return b"\x11" if value else b"\x01"
    if isinstance(value, int):
        return b"\x03" + varint(value)
    if isinstance(value, bytes):
        return (b"\x06" if len(value) == 4 else b"\x07") + value
    return b"\x08" + text(value)


def items(values: Mapping[str, Any]) -> bytes:
    return b"".join(text(name) + typed(value) for name, value in values.items())


def frame(kind: int, payload: bytes, *, stream: int = 0, number: int = 0, flags: int = FIN) -> bytes:
    body = bytes([kind]) + struct.pack(">I", flags) + varint(stream) + varint(number) + payload
    return struct.pack(">I", len(body)) + body


def hello(**changes: Any) -> bytes:
    """HAPROXY-HELLO as 2.6 sends it; a change to None leaves the item out."""
    values: dict[str, Any] = {
        "supported-versions": "2.0",
        "max-frame-size": 16380,
        "capabilities": "pipelining,async",
        "engine-id": "fc0a0a6b-9a13-4202-8829-fb81b3096cb3",
    }
    values |= {name.replace("_", "-"): value for name, value in changes.items()}
    return frame(HELLO, items({name: value for name, value in values.items() if value is not None}))


def notify(number: int, stream: int = 7, message: str = "understudy", **arguments: Any) -> bytes:
    asked: dict[str, Any] = {"method": "GET", "path": "/orders", **arguments}
    payload = text(message) + bytes([len(asked)]) + items(asked)
    return frame(NOTIFY, payload, stream=stream, number=number)


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def take(self, size: int) -> bytes:
        assert len(self.raw) >= size, "cut short"
        taken, self.raw = self.raw[:size], self.raw[size:]
        return taken

    def varint(self) -> int:
        number = self.take(1)[0]
        if number < 240:
            return number
        shift = 4
        while True:
            byte = self.take(1)[0]
            number += byte << shift
            shift += 7
            if byte < 128:
                return number

    def text(self) -> str:
        return self.take(self.varint()).decode()

    def typed(self) -> Any:
        kind = self.take(1)[0]
        if kind & 15 == 1:
            return bool(kind & 16)
        if kind in (2, 3, 4, 5):
            return self.varint()
        assert kind == 8, kind
        return self.text()


@dataclass
class Frame:
    kind: int
    stream: int
    number: int
    values: dict[str, Any] = field(default_factory=dict)  # items, or variables of an ACK

    @property
    def status(self) -> int | None:
        """Of an AGENT-DISCONNECT."""
        return self.values.get("status-code") if self.kind == AGENT_DISCONNECT else None


def parse(raw: bytes) -> Frame:
    reader = _Reader(raw)
    kind = reader.take(1)[0]
    assert struct.unpack(">I", reader.take(4))[0] == FIN
    found = Frame(kind, reader.varint(), reader.varint())
    while reader.raw:
        if kind == ACK:
            assert reader.take(3) == b"\x01\x03\x02", "SET-VAR, three arguments, for the transaction"
        name = reader.text()
        found.values[name] = reader.typed()
    return found


class Engine:
    """A connection to the agent. All waiting is bounded by `timeout` seconds."""

    def __init__(self, target: Target, *, greet: bool = True, timeout: float = 15.0) -> None:
        if isinstance(target, int):
            target = (LOOPBACK, target)
        if isinstance(target, tuple):
            self.socket = socket.create_connection(target, timeout=timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(target))
        if greet:
            self.send(hello())
            assert self.read().kind == AGENT_HELLO

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def read(self) -> Frame | None:
        """The next frame; None at the connection's end."""
        head = self._take(4)
        return None if head is None else parse(self._take(struct.unpack(">I", head)[0]) or b"")

    def _take(self, size: int) -> bytes | None:
        raw = b""
        while len(raw) < size:
            more = self.socket.recv(size - len(raw))
            if not more:
                assert not raw, "cut within a frame"
                return None
            raw += more
        return raw

    def ask(self, **arguments: Any) -> dict[str, Any]:
        """The variables that one NOTIFY sets."""
        self.send(notify(1, **arguments))
        answer = self.read()
        assert answer is not None and (answer.kind, answer.stream, answer.number) == (ACK, 7, 1), answer
        return answer.values

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()
