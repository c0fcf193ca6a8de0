"""Servers that tests share: one for each configuration, started when first asked for."""

from __future__ import annotations

from collections import OrderedDict
from typing import Callable, Iterator, Mapping

import pytest

from support.understudy import Understudy, binary

# Each is a process with the sanitizers' shadow memory: the one unused longest makes room.
MOST_AT_ONCE = 8


class Servers:
    """Called with a configuration (and files), gives the running server for it.

    `{dir}` in the configuration is the server's own folder, in which the
    files are made. Only for tests that change neither server nor files.
    """

    def __init__(self, make_directory: Callable[[], object]) -> None:
        self._make_directory = make_directory
        self._running: OrderedDict[tuple, Understudy] = OrderedDict()

    def __call__(self, config: str, files: Mapping[str, str] | None = None) -> Understudy:
        key = (config, tuple(sorted((files or {}).items())))
        if key not in self._running:
            if len(self._running) >= MOST_AT_ONCE:
                self._running.popitem(last=False)[1].stop()
            self._running[key] = self._start(config, files or {})
        self._running.move_to_end(key)
        return self._running[key]

    def _start(self, config: str, files: Mapping[str, str]) -> Understudy:
        assert binary().exists(), f"{binary()} is missing: build it, or set UNDERSTUDY_BINARY"
        directory = self._make_directory()
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Understudy(config.replace("{dir}", str(directory)), directory)

    def stop(self) -> None:
        while self._running:
            self._running.popitem()[1].stop()


@pytest.fixture(scope="session")
def servers(tmp_path_factory) -> Iterator[Servers]:
    shared = Servers(lambda: tmp_path_factory.mktemp("shared"))
    yield shared
    shared.stop()
