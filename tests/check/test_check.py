"""`understudy check`: every problem of a configuration, with its place, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from check.golden import Case, Problem, differences, parse_problem, read_case
from support.understudy import run_command

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))

GROUP = '[groups.shop]\nid = "9e428b69-47e2-48b7-a694-bb2222bf48c3"\n'


def lay_out(case: Case, folder: Path) -> None:
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "understudy.toml").write_text(case.config.replace("{dir}", str(folder)), encoding="utf-8")


def problems(text: str) -> list[Problem]:
    """The problem lines; other lines (a summary, say) must not look like one."""
    return [parse_problem(line) for line in text.splitlines() if ": error: " in line or ": warning: " in line]


def check(folder: Path, text: str, *, env: dict[str, str] | None = None):
    (folder / "understudy.toml").write_text(text, encoding="utf-8")
    return run_command("check", "--config", "understudy.toml", cwd=folder, env=env)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = read_case(path)
    lay_out(case, tmp_path)
    done = run_command("check", "--config", "understudy.toml", cwd=tmp_path)
    found = differences(case.problems, problems(done.stdout))
    assert not found, "\n".join([*found, "", "the whole output:", done.stdout + done.stderr])
    errors = [problem for problem in case.problems if problem.severity == "error"]
    assert done.returncode == (1 if errors else 0)


@pytest.mark.parametrize(
    "path", [path for path in CASES if "fine" not in path.stem], ids=lambda path: path.stem
)
def test_json_says_the_same(path: Path, tmp_path: Path) -> None:
    case = read_case(path)
    lay_out(case, tmp_path)
    done = run_command("check", "--config", "understudy.toml", "--json", cwd=tmp_path)
    assert done.returncode == 1
    listed = json.loads(done.stdout)["problems"]
    for entry in listed:
        assert set(entry) == {
            "file",
            "line",
            "column",
            "severity",
            "key",
            "message",
            "found",
            "expected",
            "suggestion",
        }
    places = sorted((e["line"], e["column"], e["severity"], e["key"], e["file"]) for e in listed)
    assert places == sorted(problem.place for problem in case.problems)


def test_json_of_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_text(GROUP)
    done = run_command("check", "--config", "understudy.toml", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"problems": []})


def test_json_suggestion(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_text(GROUP + "hostz = []\nretry_jitter = 500\n")
    done = run_command("check", "--config", "understudy.toml", "--json", cwd=tmp_path)
    first, second = json.loads(done.stdout)["problems"]
    assert first["suggestion"] == "hosts"
    assert second["suggestion"] in (None, "")
    assert "500" in str(second["found"]) and second["expected"]


@pytest.mark.parametrize("name", ["./understudy.toml", "sub/other name.toml", "{tmp}/absolute.toml"])
def test_file_is_named_as_given(tmp_path: Path, name: str) -> None:
    name = name.format(tmp=tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("[servr]\n" + GROUP)
    done = run_command("check", "--config", name, cwd=tmp_path)
    assert done.stdout.startswith(f"{name}:1:2: error: servr: ")


def test_problems_stand_in_the_file_s_order(tmp_path: Path) -> None:
    case = read_case(next(path for path in CASES if path.stem == "all_at_once"))
    lay_out(case, tmp_path)
    done = run_command("check", "--config", "understudy.toml", cwd=tmp_path)
    places = [(problem.line, problem.column) for problem in problems(done.stdout)]
    assert places == sorted(places)


def test_serve_refuses_what_check_refuses(tmp_path: Path) -> None:
    """The same lines, and exit code 1: a bad configuration never gets as far as an outage."""
    case = read_case(next(path for path in CASES if path.stem == "all_at_once"))
    lay_out(case, tmp_path)
    done = run_command("serve", "--config", "understudy.toml", cwd=tmp_path)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    for problem in case.problems:
        assert f"{problem.line}" in said and problem.key in said


class TestFiles:
    def test_missing(self, tmp_path: Path) -> None:
        done = run_command("check", "--config", "nowhere.toml", cwd=tmp_path)
        assert done.returncode in (1, 2)
        assert "nowhere.toml" in done.stdout + done.stderr

    def test_a_folder(self, tmp_path: Path) -> None:
        done = run_command("check", "--config", ".", cwd=tmp_path)
        assert done.returncode in (1, 2)

    def test_no_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "understudy.toml").write_bytes(b'[server]\nreason_header = "\xff\xfe"\n')
        done = run_command("check", "--config", "understudy.toml", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stdout.startswith("understudy.toml:2:")

    def test_nul(self, tmp_path: Path) -> None:
        (tmp_path / "understudy.toml").write_bytes(b"[server]\n\0\n")
        done = run_command("check", "--config", "understudy.toml", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stdout.startswith("understudy.toml:2:1: error: ")

    def test_crlf(self, tmp_path: Path) -> None:
        (tmp_path / "understudy.toml").write_bytes(
            b"[server]\r\nworkers = 1\r\nlisen = []\r\n" + GROUP.replace("\n", "\r\n").encode()
        )
        done = run_command("check", "--config", "understudy.toml", cwd=tmp_path)
        assert done.stdout.startswith("understudy.toml:3:1: error: server.lisen: ")

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        (tmp_path / "understudy.toml").write_bytes(b"\xef\xbb\xbf" + GROUP.encode())
        assert run_command("check", "--config", "understudy.toml", cwd=tmp_path).returncode == 0

    def test_deep_nesting(self, tmp_path: Path) -> None:
        done = check(tmp_path, "a = " + "[" * 10_000 + "]" * 10_000 + "\n")
        assert done.returncode == 1

    def test_built_in_configuration(self, tmp_path: Path) -> None:
        """Without a file there is the demonstration, and nothing is wrong with it."""
        assert run_command("check", cwd=tmp_path).returncode == 0


class TestEnvironment:
    """Every setting can be given by a variable; a bad one is refused like a bad line."""

    @pytest.mark.parametrize(
        "variable, value",
        [
            ("UNDERSTUDY_SERVER_LISTEN", "127.0.0.1:0,[::1]:0"),
            ("UNDERSTUDY_SERVER_WORKERS", "2"),
            ("UNDERSTUDY_SERVER_IDLE_TIMEOUT", "5m"),
            ("UNDERSTUDY_SERVER_DRAIN_LIMIT", "1GiB"),
            ("UNDERSTUDY_SERVER_TRUSTED_PROXIES", "10.0.0.0/8, ::1/128"),
            ("UNDERSTUDY_LOG_ACCESS", "false"),
            ("UNDERSTUDY_LOG_LEVEL", "debug"),
            ("UNDERSTUDY_ADMIN_LISTEN", ""),
            ("UNDERSTUDY_GROUPS_SHOP_RETRY_AFTER", "5m"),
            ("UNDERSTUDY_GROUPS_SHOP_CORS_ORIGINS", "https://shop.example,http://localhost:*"),
        ],
    )
    def test_good(self, tmp_path: Path, variable: str, value: str) -> None:
        done = check(tmp_path, GROUP, env={variable: value})
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize(
        "variable, value, key",
        [
            ("UNDERSTUDY_SERVER_LISTEN", "127.0.0.1:0,nowhere", "server.listen"),
            ("UNDERSTUDY_SERVER_WORKERS", "many", "server.workers"),
            ("UNDERSTUDY_SERVER_WORKERS", "-1", "server.workers"),
            ("UNDERSTUDY_SERVER_WORKERS", "", "server.workers"),
            ("UNDERSTUDY_SERVER_WORKERS", "2x", "server.workers"),
            ("UNDERSTUDY_SERVER_IDLE_TIMEOUT", "75", "server.idle_timeout"),
            ("UNDERSTUDY_SERVER_DRAIN_LIMIT", "lots", "server.drain_limit"),
            ("UNDERSTUDY_SERVER_TRUSTED_PROXIES", "10.0.0.0/99", "server.trusted_proxies"),
            ("UNDERSTUDY_LOG_ACCESS", "maybe", "log.access"),
            ("UNDERSTUDY_LOG_LEVEL", "loud", "log.level"),
            ("UNDERSTUDY_GROUPS_SHOP_ID", "none", "groups.shop.id"),
            ("UNDERSTUDY_GROUPS_SHOP_RETRY_JITTER", "200", "groups.shop.retry_jitter"),
            ("UNDERSTUDY_GROUPS_SHOP_CORS_ORIGINS", "https://shop.example/", "groups.shop.cors.origins"),
        ],
    )
    def test_bad(self, tmp_path: Path, variable: str, value: str, key: str) -> None:
        done = check(tmp_path, GROUP, env={variable: value})
        assert done.returncode == 1
        (line,) = [line for line in done.stdout.splitlines() if ": error: " in line]
        assert variable in line and key in line and "expected" in line

    def test_wins_over_the_file(self, tmp_path: Path, understudy) -> None:
        own = understudy(
            GROUP + 'default = true\nretry_jitter = 0\nretry_after = "1m"\n',
            env={"UNDERSTUDY_GROUPS_SHOP_RETRY_AFTER": "7m"},
        )
        assert own.request("GET").header("Retry-After") == "420"

    def test_several_problems_at_once(self, tmp_path: Path) -> None:
        env = {"UNDERSTUDY_SERVER_WORKERS": "many", "UNDERSTUDY_LOG_LEVEL": "loud"}
        done = check(tmp_path, GROUP + "hostz = []\n", env=env)
        assert done.returncode == 1
        for part in ("UNDERSTUDY_SERVER_WORKERS", "UNDERSTUDY_LOG_LEVEL", "groups.shop.hostz"):
            assert part in done.stdout

    def test_other_variables_do_not_matter(self, tmp_path: Path) -> None:
        """Kubernetes makes UNDERSTUDY_PORT and the like for a service of that name."""
        env = {
            "UNDERSTUDY_PORT": "tcp://10.0.0.1:8503",
            "UNDERSTUDY_SERVICE_HOST": "10.0.0.1",
            "UNDERSTUDYX": "1",
        }
        assert check(tmp_path, GROUP, env=env).returncode == 0

    def test_a_setting_s_variable_spelt_wrongly_is_noticed(self, tmp_path: Path) -> None:
        """A warning at least: the operator believes that it is set."""
        done = check(tmp_path, GROUP, env={"UNDERSTUDY_SERVER_LISEN": "127.0.0.1:0"})
        assert "UNDERSTUDY_SERVER_LISEN" in done.stdout + done.stderr


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["chekc"],
            ["check", "--confg", "x"],
            ["check", "--config"],
            ["check", "extra"],
            ["serve", "--port", "1"],
            [],
        ],
    )
    def test_wrong_use_is_2(self, tmp_path: Path, arguments: list[str]) -> None:
        done = run_command(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr

    @pytest.mark.parametrize(
        "arguments", [["--help"], ["check", "--help"], ["serve", "--help"], ["--version"]]
    )
    def test_help_and_version(self, tmp_path: Path, arguments: list[str]) -> None:
        done = run_command(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout

    def test_help_names_the_commands(self, tmp_path: Path) -> None:
        done = run_command("--help", cwd=tmp_path)
        assert "serve" in done.stdout and "check" in done.stdout
