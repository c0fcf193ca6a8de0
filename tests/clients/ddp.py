"""The server's end of DDP, as a Meteor server speaks it to a browser: inside SockJS, inside a WebSocket.

As much of it as Meteor's client asks for: a session, heartbeats, subscriptions that are ready at once, and the method `orders`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable, Iterator

from support.api_app import WEBSOCKET_GUID

# What SockJS asks first; without it no WebSocket is tried.
INFO = {"websocket": True, "origins": ["*:*"], "cookie_needed": False, "entropy": 4711}

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Socket:
    """A WebSocket on a request that asks for one. Messages come in one frame each, as browsers send them."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler
        key = handler.headers["Sec-WebSocket-Key"].encode()
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID).digest()).decode())
        handler.end_headers()
        handler.close_connection = True

    def send(self, text: str, opcode: int = TEXT) -> None:
        data = text.encode()
        assert len(data) < 65536
        length = bytes([len(data)]) if len(data) < 126 else bytes([126]) + len(data).to_bytes(2, "big")
        self.handler.wfile.write(bytes([0x80 | opcode]) + length + data)

    def messages(self) -> Iterator[str]:
        """Every text that arrives, until the client goes."""
        read = self.handler.rfile.read
        while head := read(2):
            length = head[1] & 0x7F
            if length == 126:
                length = int.from_bytes(read(2), "big")
            mask = read(4)
            data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(read(length))).decode("utf-8", "replace")
            match head[0] & 0x0F:
                case 1:
                    yield data
                case 8:
                    self.send("", CLOSE)
                    return
                case 9:
                    self.send(data, PONG)


def serve(handler: BaseHTTPRequestHandler, methods: dict[str, Callable[..., Any]]) -> None:
    """Speaks DDP on a WebSocket request until the client goes."""
    socket = Socket(handler)
    handler.connection.settimeout(None)

    def say(**message: Any) -> None:
        socket.send("a" + json.dumps([json.dumps(message)]))

    socket.send("o")
    for frame in socket.messages():
        for text in json.loads(frame):
            message = json.loads(text)
            match message["msg"]:
                case "connect":
                    say(msg="connected", session="session")
                case "ping":
                    say(msg="pong", **{key: message[key] for key in ("id",) if key in message})
                case "sub":
                    say(msg="ready", subs=[message["id"]])
                case "method":
                    say(msg="result", id=message["id"], result=methods[message["method"]](*message["params"]))
                    say(msg="updated", methods=[message["id"]])
