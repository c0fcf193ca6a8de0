"""HAProxy, configured to give understudy's answers: `http-request return` with ACLs for format, language and
coding, and a pattern for the origin. The bodies are files, which HAProxy reads once, at start."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from .answers import Answers, Variant, variants

ORIGINS = r"^(https://shop\.example|https://([a-z0-9-]+\.)+shop\.example|http://localhost(:[0-9]+)?)$"


def configuration(port: int, answers: Answers, connections: int, folder: Path) -> str:
    largest = max(len(answer.body) for answer in answers.by_variant.values())
    # A body has to fit into a buffer, beside the head and a reserve of 1 KiB.
    buffer_size = 16384 if largest < 12000 else 1 << (largest + 8192).bit_length()
    return f"""global
    maxconn {connections + 100}
    nbthread 1
    no strict-limits
    tune.bufsize {buffer_size}
defaults
    mode http
    option http-keep-alive
    timeout client 1h
    timeout http-request 1h
    timeout http-keep-alive 1h
    timeout connect 5s
    timeout server 5s
frontend bench
    bind 127.0.0.1:{port} backlog 4096
    acl html req.fhdr(accept) -m sub text/html
    acl german req.fhdr(accept-language) -m beg -i de
    acl brotli req.fhdr(accept-encoding) -m sub br
    acl allowed req.fhdr(origin) -m reg {_quoted(ORIGINS)}
    http-request return status 204 {_cors(answers)} if METH_OPTIONS allowed
    http-request return status 204 if METH_OPTIONS
{_returns(answers, folder)}
"""


def _cors(answers: Answers) -> str:
    return "hdr Access-Control-Allow-Origin %[req.fhdr(origin)] " + _headers(answers.cors_headers())


def _returns(answers: Answers, folder: Path) -> str:
    """One rule for each body and each outcome for the origin: the headers of a rule are fixed, which is the
    cheapest. The rules for the answers that are measured come first."""
    for variant in variants():
        _path(folder, variant).write_bytes(answers.by_variant[variant].body)
    cases = list(product(variants(), (True, False)))
    cases.sort(key=lambda case: (case[0].language != "en", case[0].coding != "br",
                                 case[1] != (case[0].format == "json")))
    return "\n".join(_return(answers, folder, variant, allowed) for variant, allowed in cases)


def _return(answers: Answers, folder: Path, variant: Variant, allowed: bool) -> str:
    conditions = {"html": variant.format == "html", "german": variant.language == "de",
                  "brotli": variant.coding == "br", "allowed": allowed}
    headers = {"Content-Language": variant.language, **answers.common_headers(),
               **answers.headers_of_format(variant.format)}
    if coding := answers.content_encoding(variant):
        headers["Content-Encoding"] = coding
    # The other servers send a Date by themselves.
    return (f"    http-request return status 503 content-type {_quoted(answers.content_type(variant.format))}"
            f" file {_path(folder, variant)} hdr Date %[date,http_date] {_headers(headers)}"
            f" {_cors(answers) if allowed else ''}"
            f" if {' '.join(name if wanted else '!' + name for name, wanted in conditions.items())}")


def _path(folder: Path, variant: Variant) -> Path:
    return folder / f"haproxy.{variant.name}"


def _headers(headers: dict[str, str]) -> str:
    return " ".join(f"hdr {name} {_quoted(value.replace('%', '%%'))}" for name, value in headers.items())


def _quoted(value: str) -> str:
    """In double quotes, with what means something there escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'
