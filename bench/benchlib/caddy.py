"""Caddy, configured to give understudy's answers: matchers for format and language, `respond` where a body is
text and file_server with `precompressed br` where it is compressed (a Caddyfile cannot hold such bytes)."""

from __future__ import annotations

from pathlib import Path

from .answers import Answers, Variant

ORIGINS = r"^(https://shop\.example|https://([a-z0-9-]+\.)+shop\.example|http://localhost(:[0-9]+)?)$"


def configuration(port: int, answers: Answers, folder: Path) -> str:
    site = folder / "caddy-site"
    site.mkdir()
    return f"""{{
	admin off
	auto_https off
	log {{
		output discard
	}}
	servers {{
		protocols h1
		timeouts {{
			idle 1h
		}}
	}}
}}
http://127.0.0.1:{port}, http://:{port} {{
	bind 127.0.0.1
	@allowed header_regexp origin Origin {ORIGINS}
	header @allowed {{
		Access-Control-Allow-Origin {{re.origin.1}}
{_lines(answers.cors_headers())}
	}}
	@options method OPTIONS
	handle @options {{
		respond 204
	}}
	header {{
{_lines(answers.common_headers())}
	}}
{"".join(_handle(answers, format, language, site) for format in ("html", "json") for language in ("de", "en"))}}}
"""


def _handle(answers: Answers, format: str, language: str, site: Path) -> str:
    conditions = (["header Accept *text/html*"] if format == "html" else []) \
        + (["header_regexp Accept-Language (?i)^de"] if language == "de" else [])
    name = f"{format}_{language}"
    matcher = f"\t@{name} {{\n\t\t" + "\n\t\t".join(conditions) + "\n\t}\n" if conditions else ""
    headers = {"Content-Type": answers.content_type(format), "Content-Language": language,
               **answers.headers_of_format(format)}
    return f"""{matcher}	handle {f"@{name}" if conditions else ""} {{
		header {{
{_lines(headers)}
		}}
{_body(answers, Variant(format, language, "br"), site)}
	}}
"""


def _body(answers: Answers, compressed: Variant, site: Path) -> str:
    plain = Variant(compressed.format, compressed.language, "identity")
    if not answers.content_encoding(compressed):
        return f"\t\trespond {_quoted(answers.by_variant[plain].body.decode())} 503"
    path = site / f"{compressed.format}.{compressed.language}"
    path.write_bytes(answers.by_variant[plain].body)
    path.with_name(path.name + ".br").write_bytes(answers.by_variant[compressed].body)
    # A compressed file goes out in chunks unless its length is given.
    return f"""		@br header Accept-Encoding *br*
		header @br Content-Length {len(answers.by_variant[compressed].body)}
		rewrite * /{path.name}
		file_server {{
			root {site}
			precompressed br
			status 503
		}}"""


def _lines(headers: dict[str, str]) -> str:
    return "\n".join(f"\t\t{name} {_quoted(value)}" for name, value in headers.items())


def _quoted(value: str) -> str:
    if "`" in value:
        raise ValueError(f"a Caddyfile cannot hold {value!r}")
    return f"`{value}`"
