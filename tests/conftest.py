"""Fixtures for all black-box tests: started on demand, stopped and checked at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Callable, Iterator

import pytest

from support import process
from support.apps import App
from support.browser import Browser, Page
from support.proxies import HAProxy, Nginx, configuration, make_certificate
from support.understudy import Understudy, binary


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what every server that runs right now has said."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for child in list(process.running):
            report.sections.append((child.name, child.transcript()))


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    """What a test enters here is left in the opposite order at its end."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A temporary folder with a path short enough for Unix sockets (107 bytes)."""
    path = Path(tempfile.mkdtemp(prefix="us-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def understudy(resources: ExitStack, tmp_path: Path) -> Callable[..., Understudy]:
    """Starts the server: `understudy(config_text)`; see support.understudy.Understudy."""
    assert binary().exists(), f"{binary()} is missing: build it, or set UNDERSTUDY_BINARY"
    count = 0

    def start(config: str | None, **options) -> Understudy:
        nonlocal count
        count += 1
        name = "understudy" if count == 1 else f"understudy-{count}"
        return resources.enter_context(Understudy(config, tmp_path, name=name, **options))

    return start


@pytest.fixture
def app(resources: ExitStack, tmp_path: Path) -> Callable[..., App]:
    """Starts an app: `app("app1")`; see support.apps.App."""
    return lambda name="app", **options: resources.enter_context(App(tmp_path, name, **options))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path, Path]:
    return make_certificate(tmp_path)


@pytest.fixture
def haproxy(resources: ExitStack, tmp_path: Path, short_path: Path) -> Callable[..., HAProxy]:
    """Starts an example: `haproxy("x.cfg", {"10.0.0.1:80": …}, ports=[…])`."""

    def start(example: str, replacements: dict, *, ports: list[int], **options) -> HAProxy:
        text = configuration(example, replacements)
        return resources.enter_context(HAProxy(text, tmp_path, ports=ports, home=short_path, **options))

    return start


@pytest.fixture
def nginx(resources: ExitStack, tmp_path: Path) -> Callable[..., Nginx]:
    """Starts an example: `nginx("x.conf", {"listen 80": …}, ports=[…])`."""

    def start(example: str, replacements: dict, *, ports: list[int], name: str = "nginx") -> Nginx:
        text = configuration(example, replacements)
        return resources.enter_context(Nginx(text, tmp_path, ports=ports, name=name))

    return start


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for each test worker; every page in it has a fresh context."""
    browser = Browser()
    yield browser
    browser.stop()


@pytest.fixture
def page(chromium: Browser, resources: ExitStack) -> Callable[..., Page]:
    """Opens a page: `page(locale="ar", colorScheme="dark")`, closed at the test's end."""
    return lambda **options: resources.enter_context(chromium.open(**options))
