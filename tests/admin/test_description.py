"""docs/openapi.json: right in itself, served as it is, and a judge that does refuse."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from admin.conftest import Stage
from support.http import Headers, Response
from support.openapi import DOCUMENT, METHODS, Undocumented, description


def response(status: int, value: object, content_type: str = "application/json", *headers) -> Response:
    pairs = Headers([("Content-Type", content_type), ("ETag", '"7"'), *headers])
    return Response("HTTP/1.1", status, "", pairs, json.dumps(value).encode(), "length")


STATUS = {
    "group": "shop",
    "id": "",
    "source": "file",
    "mode": "open",
    "lifecycle": "open",
    "since": None,
    "until": None,
    "by": "",
    "reason": "",
    "holders": [],
    "next": None,
    "reopeningUntil": None,
    "texts": {},
}
PROBLEM = {"type": "urn:understudy:problem:invalid", "title": "a", "status": 422, "detail": "b"}


class TestTheJudge:
    """The checks that all other tests here lean on can fail."""

    PATH = "/api/v1/groups/shop/status"

    def test_takes_what_is_documented(self) -> None:
        description().check("GET", self.PATH, response(200, STATUS))
        description().check("GET", self.PATH + "?x=1", response(422, PROBLEM, "application/problem+json"))

    @pytest.mark.parametrize(
        "answer",
        [
            response(200, {**STATUS, "more": 1}),
            response(200, {k: v for k, v in STATUS.items() if k != "holders"}),
            response(200, {**STATUS, "mode": "shut"}),
            response(200, {**STATUS, "since": "2026-11-22T01:00:00+01:00"}),
            response(200, STATUS, "text/json"),
            response(202, STATUS),
            response(500, PROBLEM, "application/problem+json"),
            response(422, {**PROBLEM, "type": "about:blank"}, "application/problem+json"),
            response(422, {**PROBLEM, "status": 400}, "application/problem+json"),
            response(401, {**PROBLEM, "status": 401}, "application/problem+json"),
        ],
    )
    def test_refuses_what_is_not(self, answer: Response) -> None:
        with pytest.raises(Undocumented):
            description().check("GET", self.PATH, answer)

    @pytest.mark.parametrize(
        "method, path", [("GET", "/api/v1/nothing"), ("POST", "/api/v1/status"), ("GET", "/status")]
    )
    def test_refuses_answers_where_nothing_is(self, method: str, path: str) -> None:
        with pytest.raises(Undocumented):
            description().check(method, path, response(200, STATUS))

    def test_refuses_a_missing_header(self) -> None:
        answer = response(200, STATUS)
        answer.headers = Headers([("Content-Type", "application/json")])
        with pytest.raises(Undocumented, match="ETag is missing"):
            description().check("GET", self.PATH, answer)

    def test_refuses_a_name_twice(self) -> None:
        answer = response(200, STATUS)
        description().check("GET", self.PATH, answer)
        answer.body = answer.body.replace(b'"mode"', b'"group": "shop", "mode"')
        with pytest.raises(Undocumented):
            description().check("GET", self.PATH, answer)


class TestDocument:
    def test_version(self) -> None:
        assert re.fullmatch(r"3\.1\.\d+", description().document["openapi"])

    def test_schemas_are_json_schema(self) -> None:
        found = list(description().schemas())
        assert len(found) > 30
        for place, schema in found:
            Draft202012Validator.check_schema(schema)
            assert place

    def test_references_lead_somewhere(self) -> None:
        found = list(description().references())
        assert len(found) > 100
        for reference in found:
            assert description().resolve({"$ref": reference})

    def test_operations(self) -> None:
        """Each with an id of its own, its path's parameters, and what happens without a token."""
        document = description().document
        names = []
        for path, item in document["paths"].items():
            wanted = set(re.findall(r"\{([^}]*)\}", path))
            for method in METHODS:
                if method not in item:
                    continue
                operation = item[method]
                names.append(operation["operationId"])
                parameters = [
                    description().resolve(p)
                    for p in item.get("parameters", []) + operation.get("parameters", [])
                ]
                assert {p["name"] for p in parameters if p["in"] == "path"} == wanted, path
                assert all(p.get("required") for p in parameters if p["in"] == "path"), path
                assert {"401", "403", "421", "429"} <= set(operation["responses"]), (path, method)
                for answer in operation["responses"].values():
                    assert description().resolve(answer)["description"], (path, method)
        assert len(names) == len(set(names)) >= 20

    def test_examples_are_valid(self) -> None:
        count = 0
        for name, schema in description().document["components"]["schemas"].items():
            for example in schema.get("examples", []):
                description().validate(name, example)
                count += 1
        assert count >= 8

    def test_is_what_the_server_says(self, shared: Stage) -> None:
        for client in shared.clients:
            answer = client.call("GET", "/openapi.json")
            assert answer.json() == json.loads(DOCUMENT.read_text(encoding="utf-8"))
            copy = client.call(
                "GET", "/openapi.json", headers=[("If-None-Match", answer.header("ETag") or "")]
            )
            assert (copy.status, copy.body) == (304, b"")

    def test_every_path_is_known(self, shared: Stage) -> None:
        """OPTIONS tells the methods that the description has (support.openapi compares them)."""
        document = description().document
        for path in document["paths"]:
            concrete = path.replace("{group}", "shop").replace("{id}", "x-none")
            for client in shared.clients:
                assert client.call("OPTIONS", concrete).status == 204

    def test_every_other_method_is_refused(self, shared: Stage) -> None:
        for path in description().document["paths"]:
            concrete = path.replace("{group}", "shop").replace("{id}", "x-none")
            for method in {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "TRACE", "PROPFIND"}:
                if method in description().methods(path):
                    continue
                answer = shared.unix.call(method, concrete, {} if method in ("PUT", "POST", "PATCH") else ...)
                assert answer.status == 405, (method, path)
                allowed = {token.upper() for token in answer.headers.tokens("Allow")}
                assert allowed == description().methods(path)

    def test_head_goes_where_get_goes(self, shared: Stage) -> None:
        for path, item in description().document["paths"].items():
            if "get" not in item or "{id}" in path:
                continue
            concrete = path.replace("{group}", "shop")
            got, headed = (shared.unix.call(method, concrete) for method in ("GET", "HEAD"))
            assert headed.status == got.status == 200, path
            assert headed.header("Content-Type") == got.header("Content-Type")
            assert headed.header("ETag") == got.header("ETag")

    @pytest.mark.parametrize(
        "path",
        ["/", "", "/nothing", "/groups/", "/groups/shop/", "/groups/shop/nothing", "/status/x", "//status"],
    )
    def test_nothing_is_at_other_paths(self, shared: Stage, path: str) -> None:
        for client in shared.clients:
            assert client.call("GET", path).status == 404
