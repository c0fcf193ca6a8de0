"""A client of the admin API that takes nothing that the description does not promise."""

from __future__ import annotations

import json
from typing import Any, Sequence
from urllib.parse import quote

from support.http import Connection, Response, Target, format_request
from support.openapi import description

PREFIX = "/api/v1"
PROBLEM = "urn:understudy:problem:"

Pairs = Sequence[tuple[str, str]]


def check_response(method: str, path: str, response: Response) -> None:
    """What holds for every response of the admin API."""
    description().check(method, path, response)
    if response.status not in (400, 408, 414, 431, 501, 505) or PROBLEM.encode() in response.body:
        assert response.header("Cache-Control") == "no-store", (method, path, response)
        assert response.header("X-Content-Type-Options") == "nosniff", (method, path, response)
    granted = [name for name, _ in response.headers if name.lower().startswith("access-control-")]
    assert not granted, f"{method} {path}: a page of another origin may read this: {granted}"


def name_in_path(name: str) -> str:
    return quote(name, safe="")


class Refused(AssertionError):
    """An answer other than the one that `ok` wants."""


class Admin:
    """Talks to one admin address. Every response is held against docs/openapi.json.

    `call` gives the response, whatever it is; `ok` gives its JSON and takes
    2xx alone; `refused` gives the problem and takes that status and kind alone.
    """

    def __init__(self, target: Target, token: str | None = None, *, host: str | None = None) -> None:
        self.target = target
        self.token = token
        self.host = host or (f"{target[0]}:{target[1]}" if isinstance(target, tuple) else "admin")

    def with_token(self, token: str | None) -> "Admin":
        return Admin(self.target, token, host=self.host)

    def head(
        self, headers: Pairs, value: Any, raw: bytes | None
    ) -> tuple[list[tuple[str, str]], bytes | None]:
        pairs = list(headers)
        names = {name.lower() for name, _ in pairs}
        body = raw
        if value is not ...:
            body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        if body is not None and "content-type" not in names:
            pairs.append(("Content-Type", "application/json"))
        if self.token is not None and "authorization" not in names:
            pairs.append(("Authorization", f"Bearer {self.token}"))
        return pairs, body

    def call(
        self,
        method: str,
        path: str,
        value: Any = ...,
        *,
        headers: Pairs = (),
        raw: bytes | None = None,
        chunked: bool = False,
        host: str | None = None,
        timeout: float = 30.0,
    ) -> Response:
        """`path` is what stands behind /api/v1. `value` goes as JSON, `raw` as it is."""
        full = PREFIX + path
        pairs, body = self.head(headers, value, raw)
        head, payload = format_request(method, full, pairs, body, chunked=chunked, host=host or self.host)
        with Connection(self.target, timeout=timeout) as connection:
            connection.send(head + payload)
            response = connection.read_response(method)
        check_response(method, full, response)
        return response

    def ok(self, method: str, path: str, value: Any = ..., **options: Any) -> Any:
        """The JSON of a response with 2xx; None where it has no body."""
        response = self.call(method, path, value, **options)
        if not 200 <= response.status < 300:
            raise Refused(f"{method} {path}: {response.status} {response.text[:1000]}")
        return response.json() if response.body else None

    def refused(
        self, status: int, kind: str, method: str, path: str, value: Any = ..., **options: Any
    ) -> dict:
        """The problem of a response with that status and kind."""
        response = self.call(method, path, value, **options)
        told = (response.status, response.text[:1000])
        assert response.status == status, f"{method} {path}: {told} instead of {status}"
        problem = response.json()
        assert problem["type"] == PROBLEM + kind, f"{method} {path}: {told} instead of {kind}"
        assert problem["detail"], told
        return problem

    # What tests ask for most.

    def get(self, path: str, **options: Any) -> Any:
        return self.ok("GET", path, **options)

    def switch(self, group: str, mode: str, **fields: Any) -> dict:
        """PUT mode; the group's status afterwards. A trailing _ is taken off a field's name."""
        change = {"mode": mode, **{name.rstrip("_"): value for name, value in fields.items()}}
        return self.ok("PUT", f"/groups/{name_in_path(group)}/mode", change)

    def status(self, group: str) -> dict:
        return self.get(f"/groups/{name_in_path(group)}/status")

    def new_token(self, label: str, scope: str, groups: Sequence[str] = (), **fields: Any) -> dict:
        wanted = {"label": label, "scope": scope, **fields}
        if groups:
            wanted["groups"] = list(groups)
        return self.ok("POST", "/tokens", wanted)
