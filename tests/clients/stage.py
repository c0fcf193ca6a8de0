"""Understudy, two apps and HAProxy with the printed snippet: what the shops of the matrix talk to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from proxies.gate_patterns import Stage
from proxies.test_snippet_haproxy import Tell
from support.apps import App
from support.net import LOOPBACK, free_port, wait_until
from support.understudy import run_command

# Retry-After is one or two seconds: a browser that waits as it is told is back before long.
CONFIG = """\
[server]
listen = ["127.0.0.1:{answer}"]
trusted_proxies = ["127.0.0.1/32"]

[proxies.edge]
map_file = "{folder}/understudy.map"
runtime = ["unix:{folder}/admin.sock"]

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
retry_after = "1s"
retry_jitter = 100

[groups.shop.cors]
origins = ["https://shop.example", "http://127.0.0.1:*"]
credentials = true

[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
[groups.shop.failure.de]
title = "Da ging etwas schief"
message = "Wir kümmern uns darum."
"""

# What an operator says this time; nothing of it is in the configuration.
OCCASION = {
    "en": ("New tills", "Back within the hour."),
    "de": ("Neue Kassen", "In einer Stunde sind wir zurück."),
}

# The way in which most installations have it wrong: the proxy answers by itself, preflights too, and without CORS.
WITHOUT_CORS = """\
    http-request return status 503 content-type application/json string '{"status":503,"reason":"maintenance"}' hdr Retry-After 1 if { var(txn.us_blocked) -m bool }
"""
FIRST_CHOICE = "    use_backend understudy_own if"


class WithoutCors(Tell):
    def run(self, stage: Stage, files: list[Path]):
        text = files[0].read_text(encoding="utf-8")
        assert text.count(FIRST_CHOICE) == 1
        files[0].write_text(text.replace(FIRST_CHOICE, WITHOUT_CORS + FIRST_CHOICE), encoding="utf-8")
        return super().run(stage, files)


class ShopStage(Stage):
    """A `Stage` with the shop's API behind it; one is shared by all tests of a worker, and each leaves it open."""

    def start(self) -> None:
        self.apps = [App(self.directory, name, module="clients.shop_api") for name in ("app1", "app2")]
        self.config = CONFIG.format(answer=free_port(), folder=self.folder)
        self.start_understudy()
        self.write_files()
        self.start_proxy()

    @property
    def api(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def open(self) -> None:
        """The apps answer, whatever a test before has left behind."""
        self.say("open")
        self.start_apps()
        self.wait_open()

    def start_apps(self) -> None:
        for app in self.apps:
            if app.process is None or not app.process.alive():
                app.start()

    def take_down(self) -> None:
        """`understudy on`, with the occasion's texts."""
        words = ["on", "shop", "--admin", f"unix:{self.understudy.admin}"]
        for language, (title, message) in OCCASION.items():
            words += ["--title", f"{language}={title}", "--message", f"{language}={message}"]
        done = run_command(*words)
        assert done.returncode == 0, (done.stdout, done.stderr)
        wait_until(lambda: self.ask().status == 503, 10, "the proxy to block")

    def fail(self) -> None:
        """The apps die; returns when the proxy has noticed."""
        self.kill_apps()
        wait_until(lambda: self.ask().header("Understudy-Reason") == "failure", 15, "understudy's answer")

    def preflights(self) -> int:
        """How many the apps have seen since they were started."""
        return sum("OPTIONS /v1/orders" in line for app in self.apps for line in app.process.err.all())


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    policy = ""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, format: str, *arguments) -> None:
        pass


@dataclass
class Front:
    """An origin of its own that serves a folder. Use it in `with`."""

    folder: Path
    policy: str = ""

    def __enter__(self) -> "Front":
        handler = type("Files", (_Files,), {"policy": self.policy})
        self.server = ThreadingHTTPServer((LOOPBACK, 0), partial(handler, directory=str(self.folder)))
        self.server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self.server.server_address[1]}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
