"""Where the command line finds the server, or not; its help, its manual and the shells' completion."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from admin.commands import Run, clean_environment
from admin.conftest import Stage
from support.net import free_port
from support.openapi import description
from support.process import Process
from support.understudy import binary, run_command

pytestmark = pytest.mark.usefixtures("no_address_of_the_machine")


class TestServer:
    def test_nobody_there(self, run: Run, tmp_path: Path) -> None:
        socket = tmp_path / "nobody.sock"
        for arguments in (
            ["on", "shop"],
            ["off", "shop"],
            ["status"],
            ["window", "list"],
            ["reload"],
            ["audit"],
        ):
            done = run(*arguments, env={"UNDERSTUDY_ADMIN": f"unix:{socket}"}, code=1)
            assert str(socket) in done.stderr and "serve" in done.stderr

    def test_nobody_on_the_port(self, run: Run) -> None:
        address = f"http://127.0.0.1:{free_port()}"
        assert address.removeprefix("http://") in run("status", "--admin", address, code=1).stderr

    @pytest.mark.parametrize("address", ["ftp://x", "127.0.0.1:80", "unix:", "", "http://", "http://x:99999"])
    def test_no_address(self, run: Run, address: str) -> None:
        done = run_command("status", "--admin", address)
        assert done.returncode in (1, 2) and done.stderr

    def test_of_a_configuration(self, shared: Stage, run: Run, tmp_path: Path) -> None:
        """The socket in the file that the server was started with."""
        config = shared.server.config_path
        for done in (
            run_command("status", "--config", config),
            run_command("status", env={"UNDERSTUDY_CONFIG": str(config)}),
        ):
            assert done.returncode == 0 and "shop" in done.stdout, done
        missing = run_command("status", "--config", tmp_path / "none.toml")
        assert missing.returncode in (1, 2) and "none.toml" in missing.stderr

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_not_permitted(self, shared: Stage) -> None:
        """Who may not is told what to do about it."""
        folder = Path(str(shared.unix.target)).parent
        before = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0o755)
        try:
            done = subprocess.run(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary(), "status"],
                env={**clean_environment(), "UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}"},
                capture_output=True,
                text=True,
                cwd="/",
            )
        finally:
            folder.chmod(before)
        if "binary" in done.stderr or done.returncode in (126, 127):
            pytest.skip(f"somebody else can't run the binary where it is: {done.stderr}")
        assert done.returncode == 1
        assert str(shared.unix.target) in done.stderr
        assert re.search("permi|group", done.stderr), done.stderr

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_demonstration_is_found(self, short_path: Path) -> None:
        """Without a file and without rights: `serve` in one terminal, `on` in another, no more."""
        short_path.chmod(0o755)
        home = short_path / "run"
        home.mkdir()
        os.chown(home, 65534, 65534)
        home.chmod(0o700)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        env = {"XDG_RUNTIME_DIR": str(home), "UNDERSTUDY_SERVER_LISTEN": "127.0.0.1:0", "HOME": str(home)}
        if subprocess.run([*nobody, binary(), "--version"], capture_output=True, cwd="/").returncode != 0:
            pytest.skip("somebody else can't run the binary where it is")
        with Process("demonstration", [*nobody, binary(), "serve"], cwd=Path("/"), env=env) as server:
            assert server.err.wait(lambda line: '"ready"' in line, 30), server.transcript()
            socket = home / "understudy" / "admin.sock"
            assert stat.S_ISSOCK(socket.stat().st_mode)

            def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
                return subprocess.run(
                    [*nobody, binary(), *arguments],
                    env={**os.environ, **env},
                    capture_output=True,
                    text=True,
                    cwd="/",
                )

            table = run("status")
            assert table.returncode == 0, table
            group = table.stdout.splitlines()[1].split()[0]
            assert run("on", group, "--for", "1h").returncode == 0
            assert run("status", "--exit-code").returncode == 11
            assert run("off", group).returncode == 0
        assert not socket.exists()

    def test_something_else_listens(self, run: Run, app) -> None:
        """An API that is no understudy: said, not believed."""
        other = app("other")
        done = run("status", "--admin", other.url, code=1)
        assert "understudy" in done.stderr

    def test_certificate_is_verified(self, run: Run, app, certificate: tuple[Path, Path, Path]) -> None:
        """The token is never shown to somebody whom nobody vouches for."""
        other = app("tls", certificate=certificate[2])
        done = run(
            "status", "--admin", f"https://localhost:{other.port}", env={"UNDERSTUDY_TOKEN": "us_x"}, code=1
        )
        assert "certificate" in done.stderr.lower()
        assert not [line for line in other.process.err.all() if "GET" in line]

    def test_reload(self, run: Run) -> None:
        assert "2 groups" in run("reload").stdout
        description().validate("Reloaded", json.loads(run("reload", "--json").stdout))


class TestHelp:
    COMMANDS = [
        "serve",
        "check",
        "on",
        "off",
        "status",
        "window",
        "token",
        "audit",
        "reload",
        "completion",
        "manual",
    ]

    def test_help_is_enough(self) -> None:
        """The tasks of an operator are all on the first page."""
        said = run_command("--help").stdout
        for command in self.COMMANDS:
            assert re.search(rf"\b{command}\b", said), command
        for command in self.COMMANDS:
            done = run_command(command, "--help")
            assert done.returncode == 0 and done.stdout.strip()
        for command in ("on", "window add", "token create"):
            assert "understudy " + command in run_command(*command.split(), "--help").stdout, "an example"

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_is_a_program_of_that_shell(self, shell: str, tmp_path: Path) -> None:
        done = run_command("completion", shell)
        assert done.returncode == 0
        for word in ("window", "until", "audit"):
            assert word in done.stdout
        file = tmp_path / f"completion.{shell}"
        file.write_text(done.stdout)
        try:
            checked = subprocess.run([shell, "-n", file], capture_output=True, text=True)
        except FileNotFoundError:
            pytest.skip(f"{shell} is not installed")
        assert checked.returncode == 0, checked.stderr

    def test_bash_completes(self, shared: Stage, tmp_path: Path) -> None:
        """Commands, options and the server's own groups."""
        file = tmp_path / "completion.bash"
        file.write_text(run_command("completion", "bash").stdout)
        (tmp_path / "understudy").symlink_to(binary())

        def complete(*words: str) -> list[str]:
            program = f"""
                source {file}
                COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
                COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
                $(complete -p understudy | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
                printf '%s\\n' "${{COMPREPLY[@]}}"
            """
            done = subprocess.run(
                ["bash", "-c", program],
                capture_output=True,
                text=True,
                env={
                    **os.environ,
                    "PATH": f"{tmp_path}:{os.environ['PATH']}",
                    "UNDERSTUDY_ADMIN": f"unix:{shared.unix.target}",
                },
            )
            return [word.strip() for word in done.stdout.splitlines()]

        assert {"on", "off", "status", "window"} <= set(complete("understudy", ""))
        assert complete("understudy", "stat") == ["status"]
        assert {"add", "list", "remove"} <= set(complete("understudy", "window", ""))
        assert "--until" in complete("understudy", "on", "--u")
        assert {"shop", "blog"} <= set(complete("understudy", "on", ""))
        assert complete("understudy", "on", "sh") == ["shop"]

    @pytest.mark.parametrize("page", [[], ["on"], ["status"], ["window add"], ["token create"]])
    def test_manual(self, page: list[str]) -> None:
        words = [word for part in page for word in part.split()]
        done = run_command("manual", *words)
        assert done.returncode == 0 and done.stdout.startswith((".TH", '.\\"'))
        try:
            checked = subprocess.run(
                ["groff", "-man", "-Tutf8", "-ww", "-z"], input=done.stdout, capture_output=True, text=True
            )
        except FileNotFoundError:
            pytest.skip("groff is not installed")
        assert checked.returncode == 0 and checked.stderr == ""
