"""The snippets for proxies that don't run here: they are YAML, whole, and every name in them leads somewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.understudy import run_command

yaml = pytest.importorskip("yaml", reason="Debian package python3-yaml")

CONFIG = Path(__file__).resolve().parents[1] / "proxies" / "configs" / "snippet.toml"


def documents(proxy: str, *more: str) -> list[dict]:
    done = run_command("snippet", proxy, "shop", "--config", CONFIG, "--json", *more)
    assert done.returncode == 0, done.stderr
    return [part for file in json.loads(done.stdout)["files"] for part in yaml.safe_load_all(file["text"])]


def test_not_run_is_said() -> None:
    for proxy in ("traefik", "envoy", "kubernetes"):
        assert "not tested beyond its syntax" in run_command("snippet", proxy, "--config", CONFIG).stdout


def test_traefik() -> None:
    (document,) = documents("traefik")
    http = document["http"]
    services = {*http["services"], "ping@internal"}
    for name, router in http["routers"].items():
        assert router["service"] in services, name
        assert set(router.get("middlewares", [])) <= set(http["middlewares"]), name
        assert set(router["entryPoints"]) <= {"web", "understudy"}, name
        assert router["rule"], name
    for name, service in http["services"].items():
        assert {service.get("failover", {}).get(key) for key in ("service", "fallback")} <= {*services, None}, name


def test_envoy() -> None:
    (document,) = documents("envoy")
    resources = document["static_resources"]
    clusters = {cluster["name"] for cluster in resources["clusters"]}
    (listener,) = resources["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    gate, router = manager["http_filters"]
    assert gate["typed_config"]["failure_mode_allow"] is True
    assert gate["typed_config"]["http_service"]["server_uri"]["cluster"] in clusters
    assert router["name"] == "envoy.filters.http.router"
    (host,) = manager["route_config"]["virtual_hosts"]
    assert {route["route"]["cluster"] for route in host["routes"]} == clusters
    # The first route that matches counts: everything comes last.
    assert host["routes"][-1]["match"] == {"prefix": "/"}


def test_kubernetes() -> None:
    service, route, ingress = documents("kubernetes")
    assert [part["kind"] for part in (service, route, ingress)] == ["Service", "HTTPRoute", "Ingress"]
    weights = {ref["name"]: ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"]}
    assert weights == {"api": 1, "understudy": 0}
    annotations = ingress["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/default-backend"] == service["metadata"]["name"]
    assert ingress["spec"]["rules"][0]["host"] == "api.shop.example"
