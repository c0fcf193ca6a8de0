"""`understudy manual` and `--help`: pages that groff takes without a warning, and that name everything."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from support.understudy import run_command

COMMANDS = re.findall(r"^  ([a-z]+)(?: [a-z|]+)?(?:  |$)", run_command("--help").stdout, re.M)
LEAVES = [
    *(f"window {leaf}" for leaf in ("add", "list", "remove", "export", "import")),
    *(f"token {leaf}" for leaf in ("create", "list", "revoke")),
]


def render(roff: str) -> str:
    """The page as man(1) would show it; a warning fails the test."""
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c", "-P-b", "-P-u"],
        input=roff,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_programs_page_names_every_command() -> None:
    page = render(run_command("manual").stdout)
    assert {"on", "off", "window", "status", "audit", "token", "reload"} <= set(COMMANDS)
    for command in [*COMMANDS, *LEAVES]:
        assert f"understudy {command}" in page or f"understudy-{command}" in page, command
    assert "/run/understudy/admin.sock" in page and "UNDERSTUDY_TOKEN" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_page_has_its_options(command: str) -> None:
    page = render(run_command("manual", command).stdout)
    assert page.startswith(f"UNDERSTUDY-{command.upper()}(1)")
    leaves = [leaf for leaf in LEAVES if leaf.split()[0] == command] or [command]
    for leaf in leaves:
        options = re.findall(r"^  (?:-h,)?(--[a-z-]+)", run_command(*leaf.split(), "--help").stdout, re.M)
        assert "--help" in options
        for option in options:
            assert option in page, f"{leaf}: {option}"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("window", "token")] + LEAVES)
def test_help_has_usage_and_examples(command: str) -> None:
    done = run_command(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: understudy {command}" in done.stdout
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert any(f"understudy {command}" in line for line in examples), done.stdout


@pytest.mark.parametrize("page", [["onn"], ["xyzzy"]])
def test_an_unknown_command_is_refused(page: list[str]) -> None:
    done = run_command("manual", *page)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"no command is called {page[0]}" in done.stderr
    assert ("did you mean on?" in done.stderr) == (page == ["onn"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["on"],
        ["on", "shop", "--for", "30m", "--until", "22:30"],
        ["on", "shop", "--for", "3 bananas"],
        ["on", "shop", "--until", "2001-01-01T00:00:00Z"],
        ["on", "shop", "--message", "Back soon"],
        ["window", "add", "shop", "--start", "22:00"],
        ["window", "add", "shop", "--start", "22:00", "--for", "1h", "--zone", "Nowhere"],
        ["token", "create", "ci", "--scope", "root"],
        ["token", "create", "ci", "--scope", "operator"],
        ["audit", "--limit", "0"],
        ["status", "--watch", "--nonsense"],
        ["onn"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_and_nobody_is_asked(arguments: list[str], tmp_path) -> None:
    done = run_command(*arguments, env={"UNDERSTUDY_ADMIN": f"unix:{tmp_path}/none.sock"})
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("understudy: ")
    assert "nothing listens" not in done.stderr


def test_nobody_there_is_told_with_what_to_do(tmp_path) -> None:
    done = run_command("status", "--admin", f"unix:{tmp_path}/none.sock")
    assert done.returncode == 1
    assert f"nothing listens on {tmp_path}/none.sock: is `understudy serve` running?" in done.stderr
