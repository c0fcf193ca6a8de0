"""The rows of the matrix: every framework with every way of asking an API that its adapter knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "clients" / "js" / "examples"

# What a careful site sends with its pages. {api} is the API's origin, {wire} the same for WebSockets.
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {api} {wire}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


@dataclass(frozen=True)
class Subject:
    """One row: the example application of `framework`, opened with `?stack=`.

    `policy` is the Content-Security-Policy that its pages come with; "" where the framework can't live with one. `unasked`: it learns
    of a failure although nobody presses anything, so that the page then covers the buttons.
    """

    framework: str
    stack: str
    policy: str = ""
    unasked: bool = False

    @property
    def dist(self) -> Path:
        return EXAMPLES / self.framework / "dist"

    def __str__(self) -> str:
        return f"{self.framework}-{self.stack}"


SUBJECTS = (
    Subject("angularjs", "http", STRICT),
    Subject("angular", "fetch", STRICT),
    Subject("angular", "xhr", STRICT),
    Subject("ember", "fetch", STRICT),
    Subject("ember", "ember-data", STRICT),
    Subject("ember", "warp-drive", STRICT),
    Subject("extjs", "ajax"),
    Subject("extjs", "rest"),
    Subject("knockout", "jquery"),
    Subject("meteor", "fetch", STRICT),
    Subject("meteor", "ddp", STRICT, unasked=True),
    Subject("react", "fetch", STRICT),
    Subject("react", "axios", STRICT),
    Subject("react", "tanstack", STRICT),
    Subject("vue", "fetch", STRICT),
    Subject("vue", "axios", STRICT),
    Subject("svelte", "fetch", STRICT),
)
