"""Golden exchanges: one file each, read as configuration, request, response.

    #! file shop.flag: read-only
    [groups.shop]
    ...
    ---
    GET / HTTP/1.1
    Host: api.shop.example
    ---
    HTTP/1.1 503 Service Unavailable
    Date: <date>
    Retry-After: <600..660>
    ...

    {"status":503, ...}

Above the first line `---` stands the configuration. A line `#! file NAME: TEXT`
makes a file in the server's folder, which the configuration calls `{dir}`.
Lines of a request end with CRLF on the wire; what follows its first empty line
is the body, without the newline at its end. `\\xNN` is one byte.

In a response every header field is listed, in any order: one too few or too
many is a failure, unless a line `<other headers>` allows more. A value may be
a placeholder:

    <date>           an IMF-fixdate (RFC 9110, 5.6.7), near the present
    <length>         a number; the body's length, which reading it has proved
    <600..660>       a whole number in that range
    <lists A, B>     a comma-separated list that holds at least these
    <any>            anything but nothing

A body is decoded first where the response has a Content-Encoding. JSON is
compared as a value: "<any>" stands for any string, "<time>" for an RFC 3339
time, and a key that ends in "?" may be missing. In any other body `<any>`
stands for any text, and blanks around line ends do not count.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Mapping

from support.http import Response
from wire.coding import decoded

_FILE_LINE = re.compile(r"#! file ([^:]+):(.*)")
_RANGE = re.compile(r"<(\d+)\.\.(\d+)>")
_LISTS = re.compile(r"<lists (.+)>")
_IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT"
)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_OTHER_HEADERS = "<other headers>"


@dataclass
class Case:
    config: str
    files: Mapping[str, str]
    request: bytes
    status_line: str
    headers: list[tuple[str, str]]
    other_headers: bool
    body: str

    @property
    def method(self) -> str:
        return self.request.split(b" ", 1)[0].decode("latin-1")


def read_case(path: Path) -> Case:
    sections = re.split(r"(?m)^---\n", path.read_text(encoding="utf-8"))
    assert len(sections) == 3, f"{path.name}: configuration, request and response, please"
    config, request, response = sections
    files = {m[1].strip(): m[2].strip() for m in map(_FILE_LINE.fullmatch, config.splitlines()) if m}
    head, _, body = response.partition("\n\n")
    status_line, *fields = head.rstrip("\n").split("\n")
    pairs = [line.partition(": ")[::2] for line in fields if line != _OTHER_HEADERS]
    # Without its comments, so that cases of one configuration share a server.
    config = re.sub(r"(?m)^#.*\n", "", config).strip() + "\n"
    return Case(config, files, _wire_bytes(request), status_line, pairs, _OTHER_HEADERS in fields, body)


def _wire_bytes(text: str) -> bytes:
    head, _, body = text.rstrip("\n").partition("\n\n")
    raw = head.replace("\n", "\r\n") + "\r\n\r\n" + body
    return re.sub(
        rb"\\x([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1].decode()), raw.encode("utf-8")
    )


def differences(case: Case, response: Response) -> list[str]:
    """What is not as the case says, a line each; nothing where all is well."""
    found = []
    status_line = f"{response.version} {response.status} {response.reason}"
    if status_line != case.status_line:
        found.append(f"status line: expected {case.status_line!r}, found {status_line!r}")
    found += _header_differences(case, response)
    found += _body_differences(case, response)
    return found


def _header_differences(case: Case, response: Response) -> list[str]:
    found = []
    left = [(name.lower(), value) for name, value in response.headers]
    for name, pattern in case.headers:
        fitting = [
            i for i, (have, value) in enumerate(left) if have == name.lower() and _fits(pattern, value)
        ]
        if fitting:
            del left[fitting[0]]
        else:
            found.append(f"header missing: {name}: {pattern}")
    expected_names = {name.lower() for name, _ in case.headers}
    for name, value in left:
        if name in expected_names or not case.other_headers:
            found.append(f"header not expected: {name}: {value}")
    return found


def _fits(pattern: str, value: str) -> bool:
    if pattern == "<any>":
        return value != ""
    if pattern == "<length>":
        return value.isdigit()
    if pattern == "<date>":
        return bool(_IMF_FIXDATE.fullmatch(value)) and _is_near_now(parsedate_to_datetime(value))
    if match := _RANGE.fullmatch(pattern):
        return value.isdigit() and int(match[1]) <= int(value) <= int(match[2])
    if match := _LISTS.fullmatch(pattern):
        return _members(match[1]) <= _members(value)
    return value == pattern


def _is_near_now(moment: datetime) -> bool:
    return abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=10)


def _members(text: str) -> set[str]:
    return {part.strip().lower() for part in text.split(",")}


def _body_differences(case: Case, response: Response) -> list[str]:
    body = decoded(response).decode("utf-8")
    if not case.body.strip():
        return [f"no body expected, found {body!r}"] if body else []
    if "json" in (response.header("Content-Type") or ""):
        try:
            value = json.loads(body)
        except ValueError as error:
            return [f"the body is no JSON ({error}): {body!r}"]
        return _json_differences("$", json.loads(case.body), value)
    pattern = ".*".join(map(re.escape, _plain(case.body).split("<any>")))
    if re.fullmatch(pattern, _plain(body), re.DOTALL):
        return []
    return [f"the body is not as expected:\n{case.body}"]


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _json_differences(where: str, expected: Any, value: Any) -> list[str]:
    if expected == "<any>" and isinstance(value, str):
        return []
    if expected == "<time>" and isinstance(value, str):
        return [] if _RFC3339.fullmatch(value) else [f"{where}: no RFC 3339 time: {value!r}"]
    if isinstance(expected, dict) and isinstance(value, dict):
        return _object_differences(where, expected, value)
    if isinstance(expected, list) and isinstance(value, list) and len(expected) == len(value):
        pairs = enumerate(zip(expected, value))
        return [line for i, (a, b) in pairs for line in _json_differences(f"{where}[{i}]", a, b)]
    if type(expected) is type(value) and expected == value:
        return []
    return [f"{where}: expected {expected!r}, found {value!r}"]


def _object_differences(where: str, expected: dict, value: dict) -> list[str]:
    found = []
    known = set()
    for key, inner in expected.items():
        name = key.removesuffix("?")
        known.add(name)
        if name in value:
            found += _json_differences(f"{where}.{name}", inner, value[name])
        elif name == key:
            found.append(f"{where}.{name} is missing")
    found += [f"{where}.{name} is not expected: {value[name]!r}" for name in value if name not in known]
    return found


def transcript(response: Response) -> str:
    """The response as a case would write it, for a failing test's report."""
    lines = [f"{response.version} {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    body = decoded(response).decode("utf-8", "backslashreplace")
    return "\n".join(lines) + "\n\n" + (body if len(body) < 2000 else body[:500] + " … " + body[-200:])
