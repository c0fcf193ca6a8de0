#!/usr/bin/python3
"""Holds docs/openapi.json against OpenAPI 3.1: its form, its references, its schemas, its examples.

That the paths are those of the binary is a unit test (src/control/routes_test.cc), which reads the same document.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Iterator

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/openapi.json"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the name {name!r} stands twice in an object")
    return dict(pairs)


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    yield place, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}")


def resolve(document: Any, reference: str) -> Any:
    node = document
    for part in reference.removeprefix("#/").split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def broken_references(document: Any) -> Iterator[str]:
    used = set()
    for place, node in walk(document):
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            continue
        used.add(node["$ref"])
        try:
            resolve(document, node["$ref"])
        except (KeyError, IndexError, ValueError):
            yield f"{place}: {node['$ref']} leads nowhere"
    for kind, members in document["components"].items():
        for name in members:
            if kind not in ("securitySchemes",) and f"#/components/{kind}/{name}" not in used:
                if name != "TransportProblem":  # what is sent before a path is known belongs to none
                    yield f"#/components/{kind}/{name}: nobody refers to it"


def schemas(document: Any) -> Iterator[tuple[str, Any]]:
    """Every schema of the document, each as a whole."""
    for name, schema in document["components"]["schemas"].items():
        yield f"#/components/schemas/{name}", schema
    for place, node in walk(document):
        if isinstance(node, dict) and "schema" in node and not place.startswith("#/components/schemas"):
            yield f"{place}/schema", node["schema"]


def wrong_schemas(document: Any) -> Iterator[str]:
    for place, schema in schemas(document):
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            yield f"{place}: no JSON Schema: {error.message} at {list(error.path)}"
        for inner, node in walk(schema, place):
            is_object = isinstance(node, dict) and node.get("type") == "object" and "properties" in node
            if is_object and "additionalProperties" not in node:
                yield f"{inner}: an object that permits any field"
            if is_object and not set(node.get("required", [])) <= node["properties"].keys():
                yield f"{inner}: requires what it doesn't describe"


def wrong_examples(document: Any) -> Iterator[str]:
    for place, schema in schemas(document):
        whole = {**schema, "components": document["components"]}
        for example in schema.get("examples", []):
            for error in Draft202012Validator(whole).iter_errors(example):
                yield f"{place}: an example doesn't fit: {error.message}"


def wrong_operations(document: Any) -> Iterator[str]:
    seen = set()
    for path, item in document["paths"].items():
        shared = [resolve(document, p["$ref"]) if "$ref" in p else p for p in item.get("parameters", [])]
        for method, operation in item.items():
            if method not in METHODS:
                continue
            place = f"{method.upper()} {path}"
            own = [resolve(document, p["$ref"]) if "$ref" in p else p for p in operation.get("parameters", [])]
            described = {p["name"] for p in shared + own if p["in"] == "path"}
            if described != set(re.findall(r"{(\w+)}", path)):
                yield f"{place}: its path parameters are {described}"
            if operation["operationId"] in seen:
                yield f"{place}: operationId {operation['operationId']} is another's"
            seen.add(operation["operationId"])
            for missing in {"summary", "tags", "responses"} - operation.keys():
                yield f"{place}: no {missing}"
            if not any(status.startswith("2") for status in operation["responses"]):
                yield f"{place}: tells no success"
            for status in ("401", "403", "405", "421", "422", "429"):
                if status not in operation["responses"]:
                    yield f"{place}: tells no {status}"
            if "requestBody" in operation and not {"413", "415"} <= operation["responses"].keys():
                yield f"{place}: takes a body, but tells neither 413 nor 415"


def main() -> int:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"), object_pairs_hook=no_name_twice)
    faults = []
    if not re.fullmatch(r"3\.1\.\d+", document["openapi"]) or document["jsonSchemaDialect"] != DIALECT:
        faults.append("expected OpenAPI 3.1 with JSON Schema 2020-12")
    for check in (broken_references, wrong_schemas, wrong_examples, wrong_operations):
        faults += check(document)
    operations = sum(method in METHODS for item in document["paths"].values() for method in item)
    print("\n".join(faults) or f"{operations} operations and {len(document['components']['schemas'])} schemas are sound")
    return 1 if faults or not operations else 0


if __name__ == "__main__":
    sys.exit(main())
