"""Free ports, and waiting for a condition instead of for a time."""

from __future__ import annotations

import functools
import random
import socket
import time
from typing import Callable, TypeVar

T = TypeVar("T")

LOOPBACK = "127.0.0.1"

# Below the range from which the kernel takes the source ports of outgoing
# connections, so that a port found free stays free until it is listened on.
_FIRST_PORT, _LAST_PORT = 10000, 31999
_SLOTS = 28
_SLOT_SIZE = (_LAST_PORT + 1 - _FIRST_PORT) // _SLOTS
_handed_out: set[int] = set()


@functools.cache
def _slot() -> tuple[int, socket.socket]:
    """The share of the ports that is this process's alone, and what holds it until the process ends.

    Two test processes that look for a free port in the same range can find
    the same one, before either listens. An abstract Unix socket belongs to
    one process at a time, in the network namespace that the ports are in.
    """
    for slot in range(_SLOTS):
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            holder.bind(f"\0understudy-test-ports-{slot}")
            return slot, holder
        except OSError:
            holder.close()
    raise RuntimeError(f"{_SLOTS} test processes run on this machine already: no ports are left for one more")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, never the same twice in a process nor in two at a time."""
    slot, _ = _slot()
    first = _FIRST_PORT + slot * _SLOT_SIZE
    for port in random.sample(range(first, first + _SLOT_SIZE), _SLOT_SIZE):
        if port not in _handed_out and _is_free(port):
            _handed_out.add(port)
            return port
    raise RuntimeError(f"no free port from {first} to {first + _SLOT_SIZE - 1}")


def free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]


def wait_until(
    condition: Callable[[], T],
    limit: float = 10.0,
    what: str = "the condition",
    interval: float = 0.02,
) -> T:
    """Calls `condition` until it gives something true, and returns that.

    An OSError (nobody listens yet, a connection cut while a server changes
    state) counts as "not yet". Raises TimeoutError after `limit` seconds,
    naming `what` was waited for and what happened last.
    """
    deadline = time.monotonic() + limit
    last: object = None
    while True:
        try:
            result = condition()
            if result:
                return result
            last = result
        except OSError as error:
            last = error
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {limit} s in vain for {what}; last: {last!r}")
        time.sleep(interval)


def is_listening(port: int) -> bool:
    """Whether something accepts connections on that port of 127.0.0.1."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
