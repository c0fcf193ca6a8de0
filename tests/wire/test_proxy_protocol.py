"""Listeners whose connections begin with a PROXY protocol header (HAProxy: doc/proxy-protocol.txt)."""

from __future__ import annotations

import socket
import struct

import pytest

from support.http import Connection
from support.net import wait_until
from support.understudy import Understudy, run_command, target_of
from wire.configs import BLOG, SHOP, server
from wire.sending import GET, head

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
LISTEN = '["proxy:127.0.0.1:0", "127.0.0.1:0"]'


def version2(command: int, family: int, addresses: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(addresses)) + addresses


def v4(source: str, port: int = 56324) -> bytes:
    return socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack(">HH", port, 443)


LINE = b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 443\r\n"
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::7") + bytes(16) + struct.pack(">HH", 56324, 443)

GOOD = {
    "a line": (LINE, "203.0.113.7"),
    "a line, IPv6": (b"PROXY TCP6 2001:db8::7 ::1 56324 443\r\n", "2001:db8::7"),
    "an unknown line": (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    "binary": (version2(0x21, 0x11, v4("203.0.113.7")), "203.0.113.7"),
    "binary, IPv6": (version2(0x21, 0x21, SIX), "2001:db8::7"),
    "binary with extensions": (
        version2(0x21, 0x11, v4("203.0.113.7") + b"\x02\x00\x04shop" + b"\x04\x00\x03abc"),
        "203.0.113.7",
    ),
    "the proxy's own": (version2(0x20, 0x00, b""), "127.0.0.1"),
    "a client on a Unix socket": (version2(0x21, 0x31, b"/x".ljust(216, b"\0")), "127.0.0.1"),
}

BAD = {
    "a plain request": (GET, "missing"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "missing"),
    "a broken line": (b"PROXY TCP4 203.0.113.7 127.0.0.1 443\r\n" + GET, "malformed"),
    "a line without end": (b"PROXY UNKNOWN " + b"x" * 200, "malformed"),
    "a line with a bare LF": (b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 443\n" + GET, "malformed"),
    "another version": (version2(0x11, 0x11, v4("203.0.113.7")), "malformed"),
    "another command": (version2(0x22, 0x11, v4("203.0.113.7")), "malformed"),
    "another family": (version2(0x21, 0x51, v4("203.0.113.7")), "malformed"),
    "addresses cut short": (version2(0x21, 0x11, v4("203.0.113.7")[:-1]), "malformed"),
    "too long": (version2(0x21, 0x11, bytes(5000)), "too-long"),
}


def proxied(own: Understudy):
    return target_of(own.listeners[0])


def refused(own: Understudy, kind: str) -> float:
    return own.metrics().value("understudy_proxy_headers_refused_total", kind=kind)


def hears_nothing(connection: Connection, raw: bytes, *, half_close: bool = False) -> None:
    """Closed without a word; a reset, for what was not read, says the same."""
    try:
        connection.send(raw)
        if half_close:
            connection.half_close()
        assert connection.read_to_end() == b""
    except ConnectionError:
        pass


class TestProxyProtocol:
    @pytest.mark.parametrize("case", GOOD)
    def test_the_header_says_whose_connection_it_is(self, servers, case: str) -> None:
        own = servers(server(listen=LISTEN) + SHOP)
        header, client = GOOD[case]
        path = f"/{list(GOOD).index(case)}"
        with Connection(proxied(own)) as connection:
            connection.send(header + head(f"GET {path} HTTP/1.1"))
            assert connection.read_response().status == 503
            connection.send(head(f"GET {path} HTTP/1.1"))
            assert connection.read_response().status == 503, "the same client still"
        entries = [own.wait_access(target=path)] + [e for e in own.access_log() if e.get("target") == path]
        assert {entry["peer"] for entry in entries} == {client}, entries

    def test_in_pieces(self, servers) -> None:
        own = servers(server(listen=LISTEN) + SHOP)
        for header in (LINE, version2(0x21, 0x11, v4("203.0.113.7"))):
            with Connection(proxied(own)) as connection:
                connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in header + GET:
                    connection.send(bytes([byte]))
                assert connection.read_response().status == 503

    @pytest.mark.parametrize("case", BAD)
    def test_closed_and_counted(self, servers, case: str) -> None:
        own = servers(server(listen=LISTEN) + SHOP)
        raw, kind = BAD[case]
        before = refused(own, kind)
        with Connection(proxied(own)) as connection:
            hears_nothing(connection, raw)
        wait_until(lambda: refused(own, kind) == before + 1, what=f"{kind} to be counted")

    def test_cut_short(self, servers) -> None:
        own = servers(server(listen=LISTEN) + SHOP)
        before = refused(own, "malformed")
        for header in (LINE[:20], SIGNATURE, version2(0x21, 0x11, v4("1.2.3.4"))[:20]):
            with Connection(proxied(own)) as connection:
                hears_nothing(connection, header, half_close=True)
        wait_until(lambda: refused(own, "malformed") == before + 3, what="all to be counted")

    def test_silence(self, understudy) -> None:
        own = understudy(server('header_timeout = "1s"', LISTEN) + SHOP)
        with Connection(proxied(own)) as connection:
            hears_nothing(connection, LINE[:10])
        assert refused(own, "timeout") == 1

    def test_from_trusted_proxies_alone(self, understudy) -> None:
        own = understudy(server('trusted_proxies = ["10.0.0.0/8"]', LISTEN) + SHOP)
        with Connection(proxied(own)) as connection:
            hears_nothing(connection, LINE + GET)
        wait_until(lambda: refused(own, "untrusted") == 1, what="it to be counted")

    def test_the_client_is_not_the_proxy(self, servers) -> None:
        """What a client says of itself counts no more than on a connection of its own."""
        own = servers(server(listen=LISTEN) + SHOP + BLOG)
        asks = head("GET / HTTP/1.1", "X-Forwarded-Host: api.blog.example", "Understudy-Reason: maintenance")
        for header, reason in ((LINE, "failure"), (b"PROXY UNKNOWN\r\n", None)):
            with Connection(proxied(own)) as connection:
                connection.send(header + asks)
                response = connection.read_response()
                if reason:
                    assert response.header("Understudy-Reason") == reason
                    assert response.json()["title"] == "Something went wrong", "the shop's"
                else:
                    assert response.header("Understudy-Reason") == "maintenance", "the proxy itself is believed"

    def test_tls_behind_the_header(self, understudy, certificate) -> None:
        crt, key, _ = certificate
        settings = f'tls_certificate = "{crt}"\ntls_key = "{key}"'
        own = understudy(server(settings, '["proxy+tls:127.0.0.1:0"]') + SHOP)

        class Proxied(Connection):
            def _connect(self, target):
                plain = super()._connect(target)
                plain.sendall(LINE)
                return plain

        with Proxied(target_of(own.listeners[0]), tls=True) as connection:
            connection.send(head("GET /secret HTTP/1.1"))
            assert connection.read_response().status == 503
        assert own.wait_access(target="/secret")["peer"] == "203.0.113.7"

    def test_only_where_answers_are_given(self, tmp_path) -> None:
        for text in ('[admin]\nlisten = ["proxy:127.0.0.1:0"]\n', '[gate]\nspoe = "proxy:127.0.0.1:0"\n'):
            file = tmp_path / "understudy.toml"
            file.write_text(SHOP + text)
            done = run_command("check", "--config", str(file))
            assert done.returncode == 1 and "proxy:127.0.0.1:0" in done.stdout, done.stdout
