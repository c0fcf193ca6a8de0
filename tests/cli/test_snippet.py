"""`understudy snippet` as a command: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.understudy import run_command

SHOP = """\
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.cors]
origins = ["https://shop.example"]
"""
SECOND = """\
[groups.api]
id = "11111111-2222-4333-8444-555555555555"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "understudy.toml"
    path.write_text(SHOP)
    return path


def snippet(*arguments: object):
    return run_command("snippet", *map(str, arguments), env={"UNDERSTUDY_CONFIG": ""})


def test_the_only_group_and_the_default_style_need_no_words(config: Path) -> None:
    done = snippet("haproxy", "--config", config)
    assert done.returncode == 0
    assert done.stdout.startswith("# haproxy for the group shop, style tell")
    # What is missing is said twice: in the comment, and to the person at the terminal.
    for text in (done.stdout, done.stderr):
        assert "[proxies.haproxy]" in text and 'map_file = "/etc/haproxy/understudy.map"' in text


def test_a_group_goes_by_name_or_id(config: Path) -> None:
    config.write_text(SHOP + SECOND)
    by_name = snippet("varnish", "api", "--config", config)
    by_id = snippet("varnish", "11111111-2222-4333-8444-555555555555", "--config", config)
    assert by_name.returncode == by_id.returncode == 0
    assert by_name.stdout == by_id.stdout
    done = snippet("varnish", "--config", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "understudy: which group? None is the default; there are: shop, api\n"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["haproxi"], "no proxy is called haproxi; did you mean haproxy? There are: haproxy"),
        (["haproxy", "shpo"], "no group is called shpo; did you mean shop? There is: shop"),
        (["haproxy", "--style", "tel"], "no style of haproxy is called tel; did you mean tell?"),
        (["varnish", "--style", "ask"], "no style of varnish is called ask"),
        ([], "for which proxy? There are: haproxy"),
    ],
)
def test_what_is_unknown_gets_the_nearest_names(config: Path, arguments, words) -> None:
    done = snippet(*arguments, "--config", config)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert words in done.stderr


def test_list_and_json(config: Path) -> None:
    assert "haproxy" in snippet("--list").stdout
    rows = json.loads(snippet("--list", "--json").stdout)
    assert {"proxy": "haproxy", "style": "tell", "default": True}.items() <= rows[0].items()
    for row in rows:
        done = snippet(row["proxy"], "--style", row["style"], "--config", config, "--json")
        value = json.loads(done.stdout)
        assert value["group"] == "shop" and value["files"] and value["cannot"] == row["cannot"]
        # What each way can't do stands in the snippet itself.
        text = snippet(row["proxy"], "--style", row["style"], "--config", config).stdout
        assert all(f"# - {line}\n" in text for line in row["cannot"])
        assert all(file["text"] in text for file in value["files"])


def test_a_broken_configuration_and_an_unwritable_value(config: Path) -> None:
    config.write_text(SHOP + "[groups.shop.bypass]\ncookie = \"A'B=true\"\n")
    done = snippet("haproxy", "--config", config)
    assert (done.returncode, done.stdout) == (1, "")
    config.write_text("[groups.shop]\nid = 7\n")
    done = snippet("haproxy", "--config", config)
    assert (done.returncode, done.stdout) == (1, "")
    assert "understudy.toml:2" in done.stderr
