"""Content codings undone by programs that have nothing to do with the server's libraries."""

from __future__ import annotations

import gzip
import shutil
import subprocess

from support.http import Response

_BROTLI = (
    "const chunks = []; process.stdin.on('data', c => chunks.push(c)).on('end', () =>"
    " process.stdout.write(require('zlib').brotliDecompressSync(Buffer.concat(chunks))));"
)


def _filter(command: list[str], data: bytes) -> bytes:
    assert shutil.which(command[0]), f"{command[0]} is not installed"
    done = subprocess.run(command, input=data, capture_output=True, timeout=30)
    assert done.returncode == 0, f"{command[0]} cannot decode this: {done.stderr.decode()}"
    return done.stdout


def decoded(response: Response) -> bytes:
    """The body without its Content-Encoding."""
    coding = response.header("Content-Encoding")
    if coding is None or not response.body:
        return response.body
    if coding in ("gzip", "x-gzip"):
        return gzip.decompress(response.body)
    if coding == "br":
        return _filter(["node", "-e", _BROTLI], response.body)
    if coding == "zstd":
        return _filter(["zstd", "-d", "-c", "-q"], response.body)
    raise AssertionError(f"Content-Encoding: {coding}")
