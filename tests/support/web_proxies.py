"""Debian's Caddy and Apache, started with a printed snippet and nothing around it but what every installation has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.net import is_listening, wait_until
from support.process import Process
from support.proxies import program, user_name

# No admin endpoint and no certificates: both would be the whole machine's.
_CADDY_MAIN = """\
{{
	admin off
	auto_https off
	storage file_system {home}
}}
import {snippet}
"""

_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_APACHE_MAIN = """\
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/apache2.pid"
ErrorLog /dev/stderr
ServerName api.shop.example
{user}
{modules}
Listen 127.0.0.1:{port}
Include "{snippet}"
"""
# What a2enmod is told in the snippet's first line, and what Debian's Apache always has.
_APACHE_ALWAYS = ("mpm_event", "authz_core")


def start_caddy(snippet: Path, port: int) -> Process:
    home = snippet.parent
    main = home / "main.caddy"
    main.write_text(_CADDY_MAIN.format(home=home, snippet=snippet), encoding="utf-8")
    environment = {"HOME": str(home)}
    arguments = ["--config", str(main), "--adapter", "caddyfile"]
    done = subprocess.run(
        [program("caddy"), "validate", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"Caddy refuses {snippet}:\n{done.stderr}"
    return _started(Process("caddy", [program("caddy"), "run", *arguments], env=environment), port)


def start_apache(snippet: Path, port: int) -> Process:
    folder = snippet.parent
    (folder / "apache2.pid").unlink(missing_ok=True)
    named = snippet.read_text(encoding="utf-8").split("a2enmod ", 1)[1].splitlines()[0].split()
    modules = "\n".join(
        f'LoadModule {name}_module "{_APACHE_MODULES}/mod_{name}.so"' for name in (*_APACHE_ALWAYS, *named)
    )
    user = f"User {user_name()}" if os.geteuid() else "User www-data\nGroup www-data"
    main = folder / "main.conf"
    main.write_text(
        _APACHE_MAIN.format(folder=folder, user=user, modules=modules, port=port, snippet=snippet),
        encoding="utf-8",
    )
    arguments = [program("apache2"), "-f", str(main)]
    done = subprocess.run([*arguments, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, f"Apache refuses {snippet}:\n{done.stderr}"
    return _started(Process("apache", [*arguments, "-DFOREGROUND"]), port)


def _started(proxy: Process, port: int) -> Process:
    def ready() -> bool:
        assert proxy.alive(), f"{proxy.name} ended\n{proxy.transcript()}"
        return is_listening(port)

    try:
        wait_until(ready, 20, f"{proxy.name} to listen on {port}")
    except BaseException:
        proxy.kill()
        raise
    return proxy
