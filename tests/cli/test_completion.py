"""The shells take what `understudy completion` prints, and complete with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.understudy import binary, run_command

SHELLS = ("bash", "zsh", "fish")
# Stands in for asking a server: the names that completion would get from it.
NAMES = "case $2 in groups) printf 'shop\\nshipping\\napi\\n$(touch pwned)\\n' ;; windows) echo w-ab12cd34 ;; esac"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder with a script for each shell, and an `understudy` whose __names are known."""
    for shell in SHELLS:
        done = run_command("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / shell).write_text(done.stdout, encoding="utf-8")
    program = tmp_path / "understudy"
    program.write_text(f'#!/bin/sh\n[ "$1" = __names ] || exec {binary()} "$@"\n{NAMES}\n')
    program.chmod(0o755)
    return tmp_path


def run(folder: Path, *command: str) -> str:
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def in_bash(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    script = (
        'source ./bash; COMP_WORDS=(understudy "$@"); COMP_CWORD=$#; _understudy; '
        '[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return run(folder, "bash", "-uc", script, "bash", *words).splitlines()


def in_fish(folder: Path, line: str) -> list[str]:
    """What fish offers at the end of the line, without the descriptions."""
    script = "source ./fish; complete -C $argv[1]"
    return [entry.split("\t")[0] for entry in run(folder, "fish", "-N", "-c", script, line).splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_takes_its_script(scripts: Path, shell: str) -> None:
    assert shutil.which(shell), f"{shell} is missing: packaging/debian-packages.txt has it"
    run(scripts, shell, "-n", shell)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["o"], ["on", "off"]),
        (["window", ""], ["add", "list", "remove", "export", "import"]),
        (["on", "sh"], ["shop", "shipping"]),
        (["on", "shop", "a"], ["api"]),
        (["window", "remove", ""], ["w-ab12cd34"]),
        (["window", "add", "--at-end", ""], ["reopen", "stay"]),
        (["token", "create", "ci", "--scope", "o"], ["operator"]),
        (["token", "create", "--group", "sho"], ["shop"]),
        (["on", "--re"], ["--read-only", "--reason"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["on", "shop", "--for", ""], []),
        (["check", "--config", "zs"], ["zsh"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_bash_completes(scripts: Path, words: list[str], offered: list[str]) -> None:
    assert in_bash(scripts, *words) == offered


def test_bash_does_not_run_what_a_name_says(scripts: Path) -> None:
    assert in_bash(scripts, "on", "$") == [r"\$\(touch\ pwned\)"]
    assert not (scripts / "pwned").exists()


def test_bash_offers_every_command_that_help_names(scripts: Path) -> None:
    offered = in_bash(scripts, "")
    assert {"on", "off", "status", "window", "token", "audit", "reload", "serve", "check"} <= set(offered)
    assert "__names" not in offered
    assert all(command in run_command("--help").stdout for command in offered)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("understudy window ", {"add", "list", "remove", "export", "import"}),
        ("understudy on sh", {"shop", "shipping"}),
        ("understudy window remove ", {"w-ab12cd34"}),
        ("understudy token create --scope o", {"operator"}),
        ("understudy on --re", {"--read-only", "--reason"}),
    ],
)
def test_fish_completes(scripts: Path, line: str, offered: set[str]) -> None:
    assert set(in_fish(scripts, line)) == offered


def test_zsh_registers_its_function(scripts: Path) -> None:
    script = "autoload -Uz compinit; compinit -u -D; source ./zsh; print -r -- $_comps[understudy]"
    assert run(scripts, "zsh", "-f", "-c", script).strip() == "_understudy"


def test_an_unknown_shell_is_refused() -> None:
    done = run_command("completion", "tcsh")
    assert done.returncode == 2
    assert done.stderr.startswith("understudy: ")


def test_names_are_quiet_where_no_server_is(tmp_path: Path) -> None:
    done = run_command("__names", "groups", "--admin", f"unix:{tmp_path}/none.sock")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
