"""What the public sees: on many connections at once, and in status.json."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator
from contextlib import contextmanager

from support.http import Connection, Response
from support.net import wait_until
from support.understudy import Understudy

# So many kept-alive connections are spread over every worker.
CROWD = 24
LONG_ENOUGH = 30.0


def lines(method: str = "GET", host: str = "api.shop.example", path: str = "/", *fields: str) -> bytes:
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", *fields]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


class Crowd:
    """Connections that stay open; `ask` sends the same request on each and gives the answers."""

    def __init__(self, server: Understudy, count: int = CROWD) -> None:
        self._connections = [Connection(server.port, timeout=30) for _ in range(count)]

    def ask(self, method: str = "GET", host: str = "api.shop.example", path: str = "/") -> list[Response]:
        for connection in self._connections:
            connection.send(lines(method, host, path))
        return [connection.read_response(method) for connection in self._connections]

    def reasons(self, method: str = "GET", host: str = "api.shop.example") -> set[str | None]:
        return {response.header("Understudy-Reason") for response in self.ask(method, host)}

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()


def state(server: Understudy, group: str = "shop", origin: str | None = None) -> dict[str, Any]:
    """The group's status.json."""
    headers = [("Understudy-Group", group)] + ([("Origin", origin)] if origin else [])
    response = server.request("GET", "/_understudy/status.json", headers)
    assert response.status == 200, response
    return response.json()


def wait_for(
    server: Understudy, group: str = "shop", *, limit: float = LONG_ENOUGH, **expected: Any
) -> dict[str, Any]:
    """Waits until status.json says so; its text then."""

    def now() -> dict[str, Any] | None:
        found = state(server, group)
        return found if all(found.get(key) == value for key, value in expected.items()) else None

    return wait_until(now, limit, f"{group} to be {expected}")


@contextmanager
def load(server: Understudy, accept: Callable[[Response], bool], clients: int = 4) -> Iterator[list[int]]:
    """Clients that ask without a pause; every answer must be acceptable. Gives the counts at the end."""
    stop, failures, counts = threading.Event(), [], []

    def ask(keep: bool) -> None:
        count = 0
        connection = Connection(server.port, timeout=30)
        try:
            while not stop.is_set():
                connection.send(lines())
                response = connection.read_response()
                assert accept(response), response
                count += 1
                if not keep:
                    connection.close()
                    connection = Connection(server.port, timeout=30)
        except (OSError, AssertionError) as error:
            failures.append(repr(error))
        finally:
            connection.close()
            counts.append(count)

    threads = [threading.Thread(target=ask, args=(index % 2 == 0,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(counts) == clients and all(counts)
