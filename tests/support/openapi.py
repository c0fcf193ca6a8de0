"""The admin API's description as a judge: a response that it does not document is an error."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from typing import Any, Iterator
from urllib.parse import urlsplit

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft202012Validator, FormatChecker, RefResolver

from support.http import Response
from support.understudy import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")

# What can't be understood as HTTP is refused before the API is asked.
TRANSPORT_STATUSES = {400, 408, 414, 431, 501, 505}

formats = FormatChecker()


@formats.checks("date-time")
def _is_time(value: object) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


@formats.checks("uuid")
def _is_uuid(value: object) -> bool:
    return (
        not isinstance(value, str)
        or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None
    )


class Undocumented(AssertionError):
    """The response is not what the description says."""


class Description:
    """An OpenAPI 3.1 document; `check` holds a response against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._resolver = RefResolver("", document)
        self._prefix = document["servers"][0]["url"]
        self._templates = [
            (
                re.compile(
                    re.sub(r"\{[^}]*\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
                ),
                path,
            )
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]

    def resolve(self, node: Any) -> Any:
        """What a $ref stands for; anything else as it is."""
        while isinstance(node, dict) and "$ref" in node:
            node = self._resolver.resolve(node["$ref"])[1]
        return node

    def template(self, target: str) -> str | None:
        """The documented path that a request's target belongs to."""
        path = urlsplit(target).path
        if not path.startswith(self._prefix + "/"):
            return None
        rest = path[len(self._prefix) :]
        return next((name for pattern, name in self._templates if pattern.fullmatch(rest)), None)

    def methods(self, template: str) -> set[str]:
        """In capitals; with HEAD and OPTIONS, which the description promises for every path."""
        known = {method.upper() for method in METHODS if method in self.document["paths"][template]}
        return known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())

    def check(self, method: str, target: str, response: Response) -> None:
        """Raises Undocumented unless this may be the answer to `method target`."""
        where = f"{method} {target} -> {response.status}"
        template = self.template(target)
        if response.status in TRANSPORT_STATUSES and self._is_transport_problem(response):
            self.validate("TransportProblem", response.json(), where)
        elif template is None:
            self._expect(
                response.status in (400, 401, 403, 404, 421, 429), where, "nothing is documented here"
            )
            self._check_problem(response, method, where)
        elif method == "OPTIONS" and response.status == 204:
            allowed = {token.upper() for token in response.headers.tokens("Allow")}
            self._expect(allowed == self.methods(template), where, f"Allow is {sorted(allowed)}")
            self._expect(response.body == b"", where, "204 with a body")
        else:
            self._check_operation(template, method, response, where)

    def _check_operation(self, template: str, method: str, response: Response, where: str) -> None:
        item = self.document["paths"][template]
        key = "get" if method == "HEAD" else method.lower()
        known = key in item
        operation = item[key] if known else next(item[name] for name in METHODS if name in item)
        if not known:
            self._expect(
                response.status in (400, 401, 403, 405, 421, 429), where, "the method is not documented"
            )
        documented = operation["responses"].get(str(response.status))
        self._expect(documented is not None, where, "the status is not documented")
        documented = self.resolve(documented)
        for name, header in documented.get("headers", {}).items():
            self._expect(name in response.headers, where, f"{name} is missing")
            schema = self.resolve(header).get("schema", {})
            value: Any = response.headers.get(name)
            if schema.get("type") == "integer":
                self._expect(value.isdigit(), where, f"{name}: {value}")
                value = int(value)
            self._validate(schema, value, f"{where}, header {name}")
        self._check_content(documented.get("content", {}), method, response, where)

    def _check_content(self, content: dict, method: str, response: Response, where: str) -> None:
        if not content:
            self._expect(response.body == b"", where, f"a body is not documented: {response.body[:200]!r}")
            return
        media_type = response.header("Content-Type")
        self._expect(media_type in content, where, f"{media_type} is none of {list(content)}")
        if method == "HEAD":
            self._expect(response.body == b"", where, "HEAD with a body")
        elif "json" in (media_type or ""):
            try:
                value = json.loads(response.body.decode("utf-8"), object_pairs_hook=_once_each)
            except ValueError as error:
                raise Undocumented(f"{where}: no JSON: {error}: {response.body[:300]!r}") from None
            self._validate(content[media_type].get("schema", {}), value, where)
            if media_type == "application/problem+json":
                self._expect(value["status"] == response.status, where, "status in the body differs")
        elif "text" in (media_type or ""):
            response.body.decode("utf-8")

    def _check_problem(self, response: Response, method: str, where: str) -> None:
        schema = {"$ref": "#/components/schemas/Problem"}
        self._check_content({"application/problem+json": {"schema": schema}}, method, response, where)

    def _is_transport_problem(self, response: Response) -> bool:
        return (
            response.header("Content-Type") == "application/problem+json" and b"about:blank" in response.body
        )

    def validate(self, schema: str, value: Any, where: str = "") -> None:
        """Against a schema by its name."""
        self._validate({"$ref": f"#/components/schemas/{schema}"}, value, where or schema)

    def _validate(self, schema: dict, value: Any, where: str) -> None:
        validator = Draft202012Validator(schema, resolver=self._resolver, format_checker=formats)
        errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        if errors:
            told = "; ".join(
                f"{'/'.join(map(str, e.absolute_path)) or '(whole)'}: {e.message}" for e in errors[:5]
            )
            raise Undocumented(f"{where}: {told}"[:2000])

    @staticmethod
    def _expect(condition: bool, where: str, what: str) -> None:
        if not condition:
            raise Undocumented(f"{where}: {what}")

    # The document itself.

    def schemas(self) -> Iterator[tuple[str, dict]]:
        """Every schema in the document, with the place where it stands."""
        yield from _schemas(self.document, "#")

    def references(self) -> Iterator[str]:
        yield from _references(self.document)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name stands twice in an object: {names}")
    return dict(pairs)


def _schemas(node: Any, place: str) -> Iterator[tuple[str, dict]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema" and isinstance(value, dict):
                yield f"{place}/{key}", value
            elif place == "#/components/schemas":
                yield f"{place}/{key}", value
            elif key not in ("example", "examples"):
                yield from _schemas(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _schemas(value, f"{place}/{index}")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@cache
def description() -> Description:
    return Description(json.loads(DOCUMENT.read_text(encoding="utf-8")))
