"""One Chromium for each test worker; every page in it has a fresh context."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Callable, Iterator

import pytest

from support.browser import Browser, Page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.stop()


@pytest.fixture
def page(chromium: Browser, resources: ExitStack) -> Callable[..., Page]:
    """Opens a page: `page(locale="ar", colorScheme="dark")`, closed at the test's end."""
    return lambda **options: resources.enter_context(chromium.open(**options))
