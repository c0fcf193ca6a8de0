"""Before anything is measured: does each server really give the answer that understudy gives?"""

from __future__ import annotations

from . import wire
from .answers import Answers, Variant, request_for, variants
from .peers import Peer
from .processes import BenchError


def verify(peer: Peer, answers: Answers) -> dict[str, int]:
    """Raises where a server's answers differ in a way that matters. Returns the length of the body that it
    sends for each format in the measured variant: a server that cannot hold compressed bytes may differ."""
    port = peer.port("json", closing=False)
    for variant in variants():
        _check_variant(peer, answers, variant, wire.ask(port, request_for(variant)))
    refused = wire.ask(port, wire.fetch(connection="close", origin=wire.FOREIGN_ORIGIN))
    _expect(peer, "a foreign origin's permission", refused.get("access-control-allow-origin"), "")
    allowed = wire.ask(port, wire.preflight())
    _expect(peer, "a preflight's status", allowed.status, 204)
    _expect(peer, "a preflight's permission", allowed.get("access-control-allow-origin"), wire.ORIGIN)
    return {format: len(answers.of(format).body) for format in ("json", "html")}


def _check_variant(peer: Peer, answers: Answers, variant: Variant, answer: wire.Answer) -> None:
    wanted = answers.by_variant[variant]
    what = f"{variant.name}: "
    _expect(peer, what + "the status", answer.status, 503)
    for name in ("content-type", "content-language", "content-encoding", "cache-control", "understudy-reason",
                 "content-security-policy", "x-content-type-options", "access-control-allow-origin",
                 "access-control-allow-credentials", "access-control-expose-headers"):
        _expect(peer, what + name, answer.get(name), wanted.get(name))
    for name in ("date", "retry-after"):
        if not answer.get(name):
            raise BenchError(f"{peer.label}: {what}{name} is missing")
    missing = set(_names(wanted.get("vary"))) - set(_names(answer.get("vary")))
    if missing:
        raise BenchError(f"{peer.label}: {what}Vary lacks {', '.join(sorted(missing))}")
    if answer.body != wanted.body:
        raise BenchError(f"{peer.label}: {what}a body of {len(answer.body)} bytes that is not understudy's "
                         f"({len(wanted.body)} bytes)")


def _expect(peer: Peer, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise BenchError(f"{peer.label}: {what}: {found!r}, expected {wanted!r}")


def _names(vary: str) -> list[str]:
    return [name.strip().lower() for name in vary.split(",") if name.strip()]
