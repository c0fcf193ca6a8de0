"""Every file in cases/ is one exchange with the server; golden.py says how they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.http import Connection
from wire.golden import differences, read_case, transcript

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))

HEALTH = b"GET /_understudy/health HTTP/1.1\r\nHost: probe\r\n\r\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_exchange(path: Path, servers) -> None:
    case = read_case(path)
    server = servers(case.config, case.files)
    with Connection(server.port) as connection:
        connection.send(case.request)
        response = connection.read_response(case.method)
        found = differences(case, response)
        assert not found, "\n".join([*found, "", "the whole answer:", transcript(response)])
        if "close" in response.headers.tokens("Connection"):
            assert connection.at_end(), "Connection: close, and then it was not closed"
        else:
            # The answer ended where it said it would: the next one is read rightly.
            connection.send(HEALTH)
            assert connection.read_response().status == 200
