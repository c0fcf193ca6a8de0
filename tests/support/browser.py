"""Debian's Chromium, driven through tests/browser/driver.mjs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from support.process import Process

BROWSER_TESTS = Path(__file__).resolve().parents[1] / "browser"


class BrowserError(AssertionError):
    """The browser could not do what it was told."""


class Browser:
    """A running Chromium; each page opened in it has a fresh context."""

    def __init__(self) -> None:
        assert (BROWSER_TESTS / "node_modules" / "playwright-core").is_dir(), (
            f"the browser's driver is missing: run `npm ci --ignore-scripts` in {BROWSER_TESTS}"
        )
        # Chromium's profile, cache and crash reports all go here, and go with it.
        self._home = Path(tempfile.mkdtemp(prefix="us-chromium-"))
        self._count = 0
        self.process = Process(
            "chromium",
            ["node", "driver.mjs"],
            cwd=BROWSER_TESTS,
            env={
                "HOME": os.fspath(self._home),
                "TMPDIR": os.fspath(self._home),
                "XDG_CONFIG_HOME": os.fspath(self._home),
                "XDG_CACHE_HOME": os.fspath(self._home),
            },
            stdin=subprocess.PIPE,
            shown=10,
        )
        self._commands = 0

    def tell(self, command: str, **parameters: Any) -> Any:
        """One command, its answer; BrowserError with the driver's words if it failed."""
        pipe = self.process.child.stdin
        assert pipe is not None
        self._commands += 1
        line = json.dumps({"id": self._commands, "command": command, **parameters})
        pipe.write(line.encode() + b"\n")
        pipe.flush()
        start = f'{{"id":{self._commands},'
        # The driver keeps its own limit, and should be the first to give up.
        wait = 60.0 + parameters.get("limit", 0)
        found = self.process.out.wait(lambda line: line.startswith(start), wait)
        if found is None:
            raise BrowserError(f"no answer to {command} within {wait} s\n{self.process.transcript()}")
        answer = json.loads(found[1])
        if "error" in answer:
            raise BrowserError(f"{command}: {answer['error']}")
        return answer["value"]

    def open(self, **options: Any) -> "Page":
        """A page of a new context; options are Playwright's, such as locale="ar"."""
        self._count += 1
        name = f"page{self._count}"
        self.tell("open", name=name, options=options)
        return Page(self, name)

    def stop(self) -> None:
        """The end of its input is the driver's sign to close the browser."""
        pipe = self.process.child.stdin
        if pipe and self.process.alive():
            pipe.close()
            try:
                self.process.child.wait(20)
            except subprocess.TimeoutExpired:
                pass
        self.process.stop()
        shutil.rmtree(self._home, ignore_errors=True)


class Page:
    """One page. Use it in `with`, or call `close`."""

    def __init__(self, browser: Browser, name: str) -> None:
        self.browser = browser
        self.name = name
        self._closed = False

    def _tell(self, command: str, **parameters: Any) -> Any:
        return self.browser.tell(command, name=self.name, **parameters)

    def goto(self, url: str) -> dict[str, Any]:
        """Opens the address; the document's {"status", "headers"}."""
        return self._tell("goto", url=url)

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Calls the function that `script` is the text of, in the page."""
        return self._tell("evaluate", script=script, argument=argument)

    def wait_for_text(self, text: str, limit: float = 20.0) -> None:
        self._tell("waitForText", text=text, limit=limit)

    def wait_for(self, script: str, limit: float = 20.0) -> None:
        """Until the function that `script` is the text of gives something true."""
        self._tell("waitForFunction", script=script, limit=limit)

    def text(self) -> str:
        """What a person can read."""
        return self.evaluate("() => document.body.innerText")

    def complaints(self) -> list[dict[str, str]]:
        """The console's errors and warnings so far."""
        return self._tell("seen")["complaints"]

    def requests(self) -> list[dict[str, str]]:
        return self._tell("seen")["requests"]

    def documents(self) -> list[dict[str, Any]]:
        """The documents shown one after the other: {"url", "status"}."""
        return self._tell("seen")["documents"]

    def click(self, selector: str) -> None:
        self._tell("click", selector=selector)

    def type(self, selector: str, text: str) -> None:
        """Types into a field, key by key, in place of what it holds."""
        self._tell("type", selector=selector, text=text)

    def resize(self, width: int, height: int) -> None:
        self._tell("resize", width=width, height=height)

    def axe(self) -> dict[str, Any]:
        return self._tell("axe")

    def screenshot(self, path: Path) -> None:
        self._tell("screenshot", path=os.fspath(path))

    def close(self) -> None:
        """Ends its context; once is enough, twice does no harm."""
        if not self._closed:
            self._closed = True
            self._tell("close")

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        if self.browser.process.alive():
            self.close()
