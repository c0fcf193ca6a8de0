"""A look at the certificate that a server shows."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from support.net import LOOPBACK


def _digest(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def fingerprint(certificate: Path) -> str:
    return _digest(certificate.read_text())


def shown_fingerprint(port: int) -> str:
    """Of the certificate that a new connection is shown."""
    return _digest(ssl.get_server_certificate((LOOPBACK, port), timeout=10))
