"""Where it listens: TCP, Unix sockets, IPv6, TLS, the admin listener."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from support.http import Connection, exchange
from support.net import LOOPBACK, free_port, wait_until
from support.proxies import make_certificate
from support.understudy import run_command, target_of
from wire.configs import BLOG, SHOP, server
from wire.sending import GET, HEALTH, MIB, head
from wire.tls import fingerprint, shown_fingerprint


class TestListeners:
    def test_unix_socket(self, understudy, short_path: Path) -> None:
        path = short_path / "answer.sock"
        own = understudy(server(listen=f'["unix:{path}"]') + SHOP)
        with Connection(path) as connection:
            connection.send(GET + HEALTH)
            assert [connection.read_response().status for _ in range(2)] == [503, 200]
        own.stop()
        assert not path.exists(), "the socket goes with the server"

    def test_unix_peer_is_trusted(self, understudy, short_path: Path) -> None:
        """Who may open the socket is the file system's business: no network says otherwise."""
        path = short_path / "answer.sock"
        understudy(server("trusted_proxies = []", f'["unix:{path}"]') + SHOP + BLOG)
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        assert exchange(path, data).header("Understudy-Reason") == "maintenance"
        data = head("GET / HTTP/1.1", "X-Forwarded-Host: api.blog.example")
        assert exchange(path, data).json()["title"] == "The blog failed"

    def test_socket_left_by_a_crash(self, understudy, short_path: Path) -> None:
        path = short_path / "answer.sock"
        config = server(listen=f'["unix:{path}"]') + SHOP
        first = understudy(config)
        first.kill()
        assert path.exists()
        understudy(config)
        assert exchange(path, GET).status == 503

    def test_ipv6(self, understudy) -> None:
        own = understudy(server(listen='["[::1]:0"]') + SHOP)
        assert own.listeners[0].startswith("[::1]:")
        target = target_of(own.listeners[0])
        assert exchange(target, GET).status == 503
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        assert exchange(target, data).header("Understudy-Reason") == "maintenance", "::1 is trusted"

    def test_both_any_addresses_on_one_port(self, understudy) -> None:
        """As many write it who mean "everywhere"."""
        port = free_port()
        own = understudy(server(listen=f'["0.0.0.0:{port}", "[::]:{port}"]') + SHOP)
        data = head("GET / HTTP/1.1", "Understudy-Reason: maintenance")
        for target in (own.port, ("::1", own.port)):
            assert exchange(target, data).header("Understudy-Reason") == "maintenance"

    def test_several(self, understudy, short_path: Path) -> None:
        listen = f'["127.0.0.1:0", "[::1]:0", "unix:{short_path}/a.sock"]'
        own = understudy(server(listen=listen) + SHOP)
        assert len(own.listeners) == 3
        for address in own.listeners:
            assert exchange(target_of(address), GET).status == 503

    def test_admin_is_not_public(self, servers) -> None:
        shared = servers(SHOP)
        assert shared.request("GET", "/metrics").status == 503
        assert shared.admin_request("GET", "/_understudy/health").status == 200

    def test_admin_on_tcp(self, understudy) -> None:
        own = understudy(SHOP + '[admin]\nlisten = ["127.0.0.1:0"]\n')
        assert own.admin_request("GET", "/metrics").status == 200
        for data, status in ((b"nonsense\r\n\r\n", 400), (b"GET /metrics HTTP/1.1\r\n\r\n", 400)):
            assert exchange(own.admin, data, method="GET").status == status
        big = b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"
        assert exchange(own.admin, big).status == 431
        assert own.admin_request("GET", "/metrics").status == 200

    def test_port_in_use_is_said(self, understudy, tmp_path: Path) -> None:
        own = understudy(SHOP)
        config = tmp_path / "second.toml"
        config.write_text(server("", f'["127.0.0.1:{own.port}"]') + "[admin]\nlisten = []\n" + SHOP)
        done = run_command("serve", "--config", config)
        assert done.returncode == 1
        assert str(own.port) in done.stderr


class TestTls:
    @pytest.fixture
    def tls(self, understudy, tmp_path: Path):
        folder = tmp_path / "tls"
        folder.mkdir()
        certificate, key, _ = make_certificate(folder, "server")
        settings = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\nheader_timeout = "2s"'
        return understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)

    def test_requests(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            for _ in range(5):
                connection.send(GET)
                assert connection.read_response().status == 503
            connection.send(GET * 20)
            assert [connection.read_response().status for _ in range(20)] == [503] * 20

    def test_body_and_connection_close(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(head("POST / HTTP/1.1", f"Content-Length: {MIB}") + b"x" * MIB)
            assert connection.read_response().status == 503
            connection.send(head("GET / HTTP/1.1", "Connection: close"))
            assert connection.read_response().status == 503
            assert connection.at_end()

    def test_expect(self, tls) -> None:
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(head("POST / HTTP/1.1", "Expect: 100-continue", "Content-Length: 10"))
            response = connection.read_response()
            assert (response.status, response.interim) == (503, [])
            assert connection.at_end()

    def test_ends_with_close_notify(self, tls) -> None:
        """Without it a client cannot tell an end from a cut (RFC 8446, 6.1)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((LOOPBACK, tls.tls_port), timeout=10) as raw:
            with context.wrap_socket(raw, suppress_ragged_eofs=False) as secure:
                secure.sendall(head("GET / HTTP/1.1", "Connection: close"))
                while secure.recv(65536):
                    pass

    def test_offers_http_1_1_only(self, tls) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection((LOOPBACK, tls.tls_port), timeout=10) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as secure:
                assert secure.selected_alpn_protocol() in (None, "http/1.1")
                assert secure.version() in ("TLSv1.2", "TLSv1.3")
                secure.sendall(GET)
                assert secure.recv(12) == b"HTTP/1.1 503"

    def test_plain_http_gets_a_clear_answer(self, tls) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(GET)
            response = connection.read_response()
            assert response.status == 400
            assert response.header("Content-Type") == "application/problem+json"
            assert "TLS" in response.text or "HTTPS" in response.text
            assert connection.at_end()
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503

    @pytest.mark.parametrize("data", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"])
    def test_handshake_that_never_ends(self, tls, data: bytes) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(data)
            connection.read_to_end()  # in the end the server gives up

    def test_garbage_after_the_handshake_s_start(self, tls) -> None:
        with Connection(tls.tls_port) as connection:
            connection.send(b"\x16\x03\x01" + b"\xff" * 500)
            try:
                connection.read_to_end()
            except ConnectionResetError:
                pass
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503

    @pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    def test_deadlines(self, understudy, tmp_path: Path, sent: bytes) -> None:
        """After the handshake nothing, half a request, or a whole one and then nothing."""
        certificate, key, _ = make_certificate(tmp_path, "server")
        settings = (
            f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
            'header_timeout = "300ms"\nidle_timeout = "400ms"\n'
        )
        own = understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)
        with Connection(own.tls_port, tls=True) as connection:
            connection.send(sent)
            received = connection.read_to_end()
        expected = {b"": (b"", b"HTTP/1.1 408"), b"GET / HT": (b"HTTP/1.1 408",)}
        assert received[:12] in expected.get(sent, (b"HTTP/1.1 503",))

    def test_client_that_never_reads(self, understudy, tmp_path: Path) -> None:
        certificate, key, _ = make_certificate(tmp_path, "server")
        settings = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\nwrite_timeout = "300ms"'
        own = understudy(server(settings, '["tls:127.0.0.1:0"]') + SHOP)
        requests = head("GET / HTTP/1.1", "Accept: text/html") * 200
        with Connection(own.tls_port, tls=True) as connection:
            with pytest.raises((OSError, ssl.SSLError)):
                for _ in range(10_000):
                    connection.socket.sendall(requests)
        wait_until(lambda: own.metrics().value("understudy_connections") == 0, what="it to be cut off")

    def test_certificate_is_replaced_by_sighup(self, tls, tmp_path: Path) -> None:
        folder = tmp_path / "tls"
        before = shown_fingerprint(tls.tls_port)
        assert before == fingerprint(folder / "server.crt")
        with Connection(tls.tls_port, tls=True) as connection:
            certificate, key, _ = make_certificate(folder, "next")
            certificate.replace(folder / "server.crt")
            key.replace(folder / "server.key")
            tls.reload()
            assert shown_fingerprint(tls.tls_port) == fingerprint(folder / "server.crt") != before
            connection.send(GET)
            assert connection.read_response().status == 503, "an open connection lives on"

    @pytest.mark.parametrize("damage", ["missing", "garbage", "other_key"])
    def test_bad_certificate_leaves_the_old_one(self, tls, tmp_path: Path, damage: str) -> None:
        folder = tmp_path / "tls"
        before = shown_fingerprint(tls.tls_port)
        if damage == "missing":
            (folder / "server.crt").unlink()
        elif damage == "garbage":
            (folder / "server.crt").write_text("no certificate")
        else:
            make_certificate(folder, "other")[1].replace(folder / "server.key")
        tls.reload(refused=True)
        assert shown_fingerprint(tls.tls_port) == before
        with Connection(tls.tls_port, tls=True) as connection:
            connection.send(GET)
            assert connection.read_response().status == 503


def test_built_in_demonstration(understudy, tmp_path: Path) -> None:
    """Without a file: group demo in maintenance, readable from any port of localhost, and to be switched."""
    socket = f"{tmp_path}/admin.sock"
    own = understudy(
        None, env={"UNDERSTUDY_SERVER_LISTEN": "127.0.0.1:0", "UNDERSTUDY_ADMIN_LISTEN": f"unix:{socket}"}
    )
    for origin in ("http://localhost:5173", "http://127.0.0.1:8000"):
        response = own.request("GET", "/", [("Origin", origin)], host="localhost")
        assert response.status == 503
        assert response.header("Understudy-Reason") == "maintenance"
        assert response.header("Access-Control-Allow-Origin") == origin
    assert own.request("GET", "/_understudy/status.json").json()["group"] == "demo"
    assert run_command("off", "demo", "--admin", f"unix:{socket}").returncode == 0
    assert own.request("GET", "/").header("Understudy-Reason") == "failure"
