"""An example application in the browser, used as a person does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from clients.frameworks import Subject
from support.browser import Page

# What #outcome showed and what the watch went through, from the beginning on.
RECORD = """
() => {
  const recorded = (window.recorded = { outcomes: [], states: [] });
  new MutationObserver(() => {
    const text = document.querySelector("#outcome")?.textContent.trim() ?? "";
    if (text !== recorded.outcomes.at(-1)) recorded.outcomes.push(text);
  }).observe(document, { subtree: true, childList: true, characterData: true });
  window.shop.watch.subscribe(({ state }) => {
    if (state !== recorded.states.at(-1)) recorded.states.push(state);
  });
}
"""

# Whether <understudy-page> takes up any room.
SHOWN = """
[...document.querySelectorAll("understudy-page")].some((element) =>
  [element, ...(element.shadowRoot?.querySelectorAll("[part~=page], [part~=banner]") ?? [])]
    .some((part) => part.offsetWidth * part.offsetHeight))
"""


class Shop:
    """The shop of one row of the matrix, opened in a page of a German browser."""

    def __init__(self, page: Page, subject: Subject, front: str, api: str) -> None:
        self.page, self.subject = page, subject
        self._address = f"{front}/?api={api}&stack={subject.stack}"
        self.visit()

    def visit(self) -> None:
        """Opens the shop, or opens it anew: nothing that was recorded is left."""
        found = self.page.goto(self._address)
        assert found["status"] == 200, found
        self.wait('document.querySelector("#load") && window.shop?.watch', "the shop to be there", 10)
        self.page.evaluate(RECORD)

    def wait(self, condition: str, what: str, limit: float) -> None:
        """Until the expression is true; says what the page was like where it never is."""
        try:
            self.page.wait_for(f"() => Boolean({condition})", limit)
        except AssertionError as error:
            raise AssertionError(f"{self.subject}: waited {limit} s in vain for {what}\n{self.describe()}") from error

    def describe(self) -> str:
        """For a failing test: the screen, what was recorded, and the console."""
        state = self.page.evaluate("() => ({ ...window.recorded, snapshot: window.shop?.watch?.snapshot })")
        return "\n".join([self.page.text(), json.dumps(state, indent=1, ensure_ascii=False), *map(str, self.page.complaints())])

    # What a person does.

    def note(self, text: str) -> None:
        self.page.type("#note", text)

    def noted(self) -> str:
        return self.page.evaluate('() => document.querySelector("#note").value')

    def expect(self, button: str, outcome: str, *, pressed: bool = True, limit: float = 5.0) -> None:
        """Presses the button; what the shop then shows must be `outcome`.

        `pressed` is false where the maintenance page covers the button: then the application presses it by itself,
        as one does that loads in the background.
        """
        seen = len(self.page.evaluate("() => window.recorded.outcomes"))
        if pressed:
            self.page.click(f"#{button}")
        else:
            self.page.evaluate("(id) => document.getElementById(id).click()", button)
        later = f"window.recorded.outcomes.slice({seen}).find((text) => text !== '')"
        self.wait(later, f"#outcome after #{button}; it is to be emptied when a request begins, and to show {outcome!r}", limit)
        shown = self.page.evaluate(f"() => {later}")
        assert shown == outcome, f"{self.subject}: #{button} showed {shown!r}, not {outcome!r}\n{self.describe()}"

    # What a person sees.

    def expect_page(self, title: str, message: str, *, limit: float = 5.0) -> None:
        """<understudy-page> is there, with this text to be read."""
        self.wait(SHOWN, "<understudy-page>", limit)
        self.page.wait_for_text(title, limit)
        self.page.wait_for_text(message, limit)

    def expect_no_page(self, *, limit: float = 40.0) -> None:
        """The longer it was there, the longer the watch waits between two questions."""
        self.wait(f"!({SHOWN})", "<understudy-page> to go by itself", limit)

    def expect_text(self, selector: str, text: str, *, limit: float = 15.0) -> None:
        self.wait(f"document.querySelector({selector!r})?.textContent === {text!r}", f"{selector} to show {text!r}", limit)

    # What the watch knows.

    def expect_answer(self, reason: str, language: str) -> None:
        """The answer was read to its headers: Retry-After is understudy's, and so is Content-Language."""
        answer: dict[str, Any] = self.page.evaluate("() => window.shop.watch.snapshot.answer")
        assert answer, f"{self.subject}: the watch has no answer\n{self.describe()}"
        assert (answer["status"], answer["reason"], answer["language"]) == (503, reason, language), answer
        assert answer["retryAfter"] in (1, 2), answer

    def states(self) -> list[str]:
        return self.page.evaluate("() => window.recorded.states")

    def screenshot(self, name: str) -> None:
        """Kept where UNDERSTUDY_SCREENSHOTS names a folder."""
        if folder := os.environ.get("UNDERSTUDY_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(Path(folder).resolve() / f"{self.subject}-{name}.png")
