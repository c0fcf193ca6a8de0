"""nginx, configured to give understudy's answers: `return 503` with maps for CORS, format, language, coding.

The bodies stand in the configuration itself and are sent from memory. That is the cheapest way nginx has:
a file through error_page costs it an internal redirect and, even with open_file_cache, a sendfile.
"""

from __future__ import annotations

from .answers import Answers, Variant, variants

# nginx reads no parameter of 4,096 bytes or more; a longer body is put together from pieces.
LONGEST_PIECE = 2000
ORIGINS = r"~^(https://shop\.example|https://([a-z0-9-]+\.)+shop\.example|http://localhost(:[0-9]+)?)$"


def configuration(port: int, answers: Answers, connections: int) -> bytes:
    pieces, bodies = _bodies(answers)
    lines = [
        b"daemon off;\npcre_jit on;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr error;",
        b"events { worker_connections %d; }" % (connections + 100),
        b"http {",
        b"access_log off; server_tokens off; tcp_nodelay on; charset off;",
        b"keepalive_timeout 1h; keepalive_requests 1000000000; keepalive_time 24h;",
        *_temp_paths(),
        b"variables_hash_max_size 2048; map_hash_bucket_size 256; map_hash_max_size 4096;",
        b'geo $dollar { default "$"; }',
        b"map $http_accept $format { default json; ~text/html html; }",
        b"map $http_accept_language $language { default en; ~*^de de; }",
        b"map $http_accept_encoding $coding { default identity; ~*\\bbr\\b br; }",
        b"map $http_origin $allowed_origin { default ''; %b $http_origin; }" % _quoted(ORIGINS.encode()),
        *_conditional_cors(answers),
        *_by_format(answers),
        *_content_encoding(answers),
        *pieces,
        _map("$format.$language.$coding", "body", bodies),
        b"server { listen 127.0.0.1:%d backlog=4096;" % port,
        # An empty default_type leaves Content-Type to add_header, which can choose it per request.
        b'default_type "";',
        *_headers(answers),
        b"if ($request_method = OPTIONS) { return 204; }",
        b"return 503 $body;",
        b"}}",
    ]
    return b"\n".join(line for line in lines if line) + b"\n"


def _headers(answers: Answers) -> list[bytes]:
    names: dict[str, bytes] = {"Content-Type": b"$content_type_out", "Content-Language": b"$language",
                               "Content-Encoding": b"$content_encoding",
                               "Access-Control-Allow-Origin": b"$allowed_origin"}
    names |= {name: _quoted(value.encode()) for name, value in answers.common_headers().items()}
    names |= {name: b"$" + _variable(name) for name in answers.cors_headers()}
    names |= {name: b"$" + _variable(name) for format in ("json", "html")
              for name in answers.headers_of_format(format)}
    return [b"add_header %b %b always;" % (name.encode(), value) for name, value in names.items()]


def _conditional_cors(answers: Answers) -> list[bytes]:
    return [b"map $allowed_origin $%b { '' ''; default %b; }" % (_variable(name), _quoted(value.encode()))
            for name, value in answers.cors_headers().items()]


def _by_format(answers: Answers) -> list[bytes]:
    names = {name for format in ("json", "html") for name in answers.headers_of_format(format)}
    maps = [_map("$format", "content_type_out",
                 {format: answers.content_type(format).encode() for format in ("json", "html")})]
    for name in sorted(names):
        maps.append(_map("$format", _variable(name).decode(),
                         {format: answers.headers_of_format(format).get(name, "").encode()
                          for format in ("json", "html")}))
    return maps


def _content_encoding(answers: Answers) -> list[bytes]:
    """By format, and there by what the client accepts: understudy leaves bodies alone that gain nothing."""
    maps = [_map("$coding", f"{format}_encoding",
                 {"br": answers.content_encoding(Variant(format, "en", "br")).encode()}) for format in ("json", "html")]
    return maps + [b"map $format $content_encoding { json $json_encoding; html $html_encoding; }"]


def _bodies(answers: Answers) -> tuple[list[bytes], dict[str, bytes]]:
    """The pieces of long bodies as variables of their own, and what each body is put together from."""
    pieces: list[bytes] = []
    bodies: dict[str, bytes] = {}
    for variant in variants():
        body = answers.by_variant[variant].body
        if len(body) <= LONGEST_PIECE:
            bodies[variant.name] = body
            continue
        names = []
        for start in range(0, len(body), LONGEST_PIECE):
            name = f"piece_{variant.name.replace('.', '_')}_{start}".encode()
            pieces.append(b"map '' $%b { default %b; }" % (name, _quoted(body[start:start + LONGEST_PIECE])))
            names.append(b"${%b}" % name)
        bodies[variant.name] = _Raw(b"".join(names))
    return pieces, bodies


class _Raw(bytes):
    """Text that names variables and is not to be quoted."""


def _map(source: str, target: str, values: dict[str, bytes]) -> bytes:
    rows = [b"%b %b;" % (key.encode(), b'"%b"' % value if isinstance(value, _Raw) else _quoted(value))
            for key, value in values.items()]
    return b"map %b $%b {\n%b\n}" % (source.encode(), target.encode(), b"\n".join(rows))


def _quoted(value: bytes) -> bytes:
    """A parameter that means `value`, whatever bytes it holds."""
    escaped = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    if value.startswith(b"~"):  # a pattern: its dollar is an anchor
        return b'"%b"' % escaped.replace(b"\\\\", b"\\")
    return b'"%b"' % escaped.replace(b"$", b"${dollar}")


def _variable(name: str) -> bytes:
    return b"h_" + name.lower().replace("-", "_").encode()


def _temp_paths() -> list[bytes]:
    """nginx makes these folders at start, by default in places where only root may write."""
    return [b"%b_temp_path temp_%b;" % (kind, kind)
            for kind in (b"client_body", b"proxy", b"fastcgi", b"uwsgi", b"scgi")]
