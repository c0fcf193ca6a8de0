"""The answers that are compared: asked of understudy once, then given to the other servers to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from . import wire
from .processes import BenchError

FORMATS = ("json", "html")
LANGUAGES = ("en", "de")
CODINGS = ("br", "identity")

# Sent by every server in its own way, or chosen per request.
OWN_HEADERS = {"date", "content-length", "content-type", "content-language", "content-encoding", "connection",
               "keep-alive", "server"}


@dataclass(frozen=True)
class Variant:
    format: str
    language: str
    coding: str

    @property
    def name(self) -> str:
        return f"{self.format}.{self.language}.{self.coding}"


class Answers:
    """understudy's answers by format, language and coding, and what their headers have in common."""

    def __init__(self, port: int) -> None:
        self.by_variant = {variant: _ask_for(port, variant) for variant in variants()}

    def of(self, format: str, language: str = "en", coding: str = "br") -> wire.Answer:
        return self.by_variant[Variant(format, language, coding)]

    def content_type(self, format: str) -> str:
        return self.of(format).get("content-type")

    def content_encoding(self, variant: Variant) -> str:
        """"br", or empty where understudy does not compress this one."""
        return self.by_variant[variant].get("content-encoding")

    def common_headers(self) -> dict[str, str]:
        """The headers that every answer carries with the same value."""
        json, html = self._fixed("json"), self._fixed("html")
        return {name: value for name, value in json.items() if html.get(name) == value}

    def headers_of_format(self, format: str) -> dict[str, str]:
        common = self.common_headers()
        return {name: value for name, value in self._fixed(format).items() if name not in common}

    def cors_headers(self) -> dict[str, str]:
        """What an allowed origin gets, without the echoed origin itself."""
        return {name: value for name, value in self.of("json").headers
                if name.lower().startswith("access-control-") and name.lower() != "access-control-allow-origin"}

    def _fixed(self, format: str) -> dict[str, str]:
        return {name: "600" if name.lower() == "retry-after" else value for name, value in self.of(format).headers
                if name.lower() not in OWN_HEADERS and not name.lower().startswith("access-control-")}


def variants() -> list[Variant]:
    return [Variant(*parts) for parts in product(FORMATS, LANGUAGES, CODINGS)]


def request_for(variant: Variant, connection: str = "close") -> bytes:
    language = {"en": wire.ENGLISH, "de": wire.GERMAN}[variant.language]
    coding = {"br": "gzip, deflate, br, zstd", "identity": "identity"}[variant.coding]
    build = wire.fetch if variant.format == "json" else wire.page
    return build(connection=connection, language=language, coding=coding)


def _ask_for(port: int, variant: Variant) -> wire.Answer:
    answer = wire.ask(port, request_for(variant))
    wanted = {"json": "application/json", "html": "text/html"}[variant.format]
    if (answer.status, answer.get("content-language")) != (503, variant.language):
        raise BenchError(f"understudy's answer for {variant.name} is not what was asked for:\n"
                         + answer.raw.partition(b"\r\n\r\n")[0].decode("latin-1"))
    if not answer.get("content-type").startswith(wanted) or not answer.body:
        raise BenchError(f"understudy's answer for {variant.name} has the type {answer.get('content-type')!r}")
    return answer
