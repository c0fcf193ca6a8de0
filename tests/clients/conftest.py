"""Fixtures of the matrix: one stage for each worker, one page for each test."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

import pytest

from clients.frameworks import Subject
from clients.shop import Shop
from clients.stage import Front, ShopStage, WithoutCors
from proxies.gate_patterns import Pattern
from proxies.test_snippet_haproxy import Tell
from support.understudy import binary


@contextmanager
def stage_of(pattern: Pattern, directory: Path) -> Iterator[ShopStage]:
    assert binary().exists(), f"{binary()} is missing: build it, or set UNDERSTUDY_BINARY"
    folder = Path(tempfile.mkdtemp(prefix="us-"))
    try:
        with ShopStage(pattern, directory, folder) as stage:
            yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def right(tmp_path_factory) -> Iterator[ShopStage]:
    """The printed snippet, as printed."""
    with stage_of(Tell(), tmp_path_factory.mktemp("right")) as stage:
        yield stage


@pytest.fixture(scope="session")
def broken(tmp_path_factory) -> Iterator[ShopStage]:
    """The same with a line that answers in understudy's place, without CORS."""
    with stage_of(WithoutCors(), tmp_path_factory.mktemp("broken")) as stage:
        yield stage


@pytest.fixture
def shop(page, resources) -> Callable[[Subject, ShopStage], Shop]:
    """Opens a row's example in a German browser: `shop(subject, stage)`; the stage is open then."""

    def visit(subject: Subject, stage: ShopStage) -> Shop:
        assert (subject.dist / "index.html").is_file(), (
            f"{subject.dist}/index.html is missing: run clients/js/build.mjs {subject.framework}"
        )
        stage.open()
        policy = subject.policy.format(api=stage.api, wire=stage.api.replace("http", "ws"))
        front = resources.enter_context(Front(subject.dist, policy))
        return Shop(page(locale="de"), subject, front.url, stage.api)

    return visit
