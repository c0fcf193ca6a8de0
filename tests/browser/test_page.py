"""The HTML page as people get it: in a browser, through a proxy, in their language."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from support.browser import Page
from support.net import free_port
from support.understudy import Understudy

pytestmark = pytest.mark.browser

CONFIG = """\
[server]
listen = ["127.0.0.1:0"]

[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
"""

REASONS = ("maintenance", "failure", "read-only")
LANGUAGES = {"en": "ltr", "ar": "rtl", "ja": "ltr"}
SCHEMES = ("light", "dark")
WIDTHS = {360: 780, 768: 1024, 1440: 900}


def open_answer(page: Any, server: Understudy, reason: str, **options: Any) -> Page:
    """The answer for that reason, as a proxy on this machine would ask for it."""
    # Without movement, so that what is judged and shown is the page at rest.
    options.setdefault("reducedMotion", "reduce")
    opened = page(extraHTTPHeaders={"Understudy-Reason": reason}, **options)
    answer = opened.goto(f"{server.base_url}/orders/7?from=mail")
    assert answer["status"] == 503
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["headers"]["understudy-reason"] == reason
    return opened


def serious_complaints(page: Page) -> list[dict[str, str]]:
    """The console's complaints but one: that the answer is a 503, which it has to be."""
    return [c for c in page.complaints() if "the server responded with a status of 503" not in c["text"]]


def expect_calm(page: Page, server: Understudy) -> None:
    """No policy violation, no script error, nothing fetched from elsewhere."""
    assert serious_complaints(page) == []
    for request in page.requests():
        assert request["url"].startswith((server.base_url + "/", "data:")), request


def save_screenshot(page: Page, name: str) -> None:
    folder = os.environ.get("UNDERSTUDY_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(Path(folder).resolve() / f"{name}.png")


@pytest.fixture
def server(understudy) -> Understudy:
    return understudy(CONFIG)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_accessible(server, page, language: str, scheme: str) -> None:
    for reason in REASONS:
        opened = open_answer(page, server, reason, locale=language, colorScheme=scheme)
        result = opened.axe()
        assert result["violations"] == [], (reason, language, scheme)
        assert result["incomplete"] == [], "the rules could not tell, and a person would have to look"
        assert result["passes"] >= 10, "the rules did not run"
        root = opened.evaluate(
            "() => [document.documentElement.lang, getComputedStyle(document.body).direction]"
        )
        assert root == [language, LANGUAGES[language]]
        assert opened.evaluate("() => document.title.trim().length") > 0
        expect_calm(opened, server)
        opened.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_every_width(server, page, language: str, scheme: str) -> None:
    for reason in REASONS:
        opened = open_answer(page, server, reason, locale=language, colorScheme=scheme)
        # Light is light and dark is dark, whatever the reason's own colour.
        assert (lightness(opened) > 0.5) == (scheme == "light"), reason
        for width, height in WIDTHS.items():
            opened.resize(width, height)
            assert opened.evaluate("() => document.documentElement.scrollWidth") <= width, reason
            save_screenshot(opened, f"{reason}-{language}-{width}-{scheme}")
        opened.close()


def lightness(page: Page) -> float:
    """Of the ground that the text stands on, from 0 (black) to 1 (white)."""
    colour = page.evaluate(
        """() => {
             const grounds = [document.body, document.documentElement]
               .map((element) => getComputedStyle(element).backgroundColor)
               .filter((colour) => colour !== "rgba(0, 0, 0, 0)");
             return grounds[0] ?? "rgb(255, 255, 255)";
           }"""
    )
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_the_page_says_what_the_operator_wrote_and_nothing_of_it_runs(understudy, page) -> None:
    title = "<script>document.title = 'owned'</script>Maintenance & \\\"more\\\""
    message = (
        "<img src=x onerror=\\\"document.title='owned'\\\"> </title></style></main>"
        " Back &amp; soon '{{title}}'"
    )
    server = understudy(
        CONFIG
        + f"""
[groups.shop.maintenance.en]
title = "{title}"
message = "{message}"
"""
    )
    opened = open_answer(page, server, "maintenance", locale="en")
    text = opened.text()
    assert title.replace("\\", "") in text
    assert message.replace("\\", "") in text
    assert opened.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0
    assert "owned" not in opened.evaluate("() => document.title").replace(title.replace("\\", ""), "")
    assert opened.axe()["violations"] == []
    expect_calm(opened, server)


def test_the_page_reads_without_script(server, page) -> None:
    for reason in REASONS:
        opened = open_answer(page, server, reason, locale="en", javaScriptEnabled=False)
        with_script = open_answer(page, server, reason, locale="en")
        heading = "() => document.querySelector('h1').innerText"
        assert opened.evaluate(heading) == with_script.evaluate(heading) != ""
        assert len(opened.text()) > len(opened.evaluate(heading))
        assert serious_complaints(opened) == []


def test_a_form_sent_in_read_only_mode_gets_the_read_only_page(understudy, page, app, tmp_path) -> None:
    flag = tmp_path / "flag"
    flag.write_text("read-only")
    server = understudy(CONFIG + f'flag_file = "{flag}"\n')
    opened = page(locale="en")
    opened.goto(app("front").url)
    opened.evaluate(
        """(url) => {
             const form = document.createElement("form");
             form.method = "post";
             form.action = url;
             document.body.append(form);
             form.submit();
           }""",
        f"{server.base_url}/orders",
    )
    opened.wait_for("() => document.documentElement.lang === 'en' && !document.querySelector('#app')")
    assert opened.documents()[-1] == {"url": f"{server.base_url}/orders", "status": 503}
    read_only = open_answer(page, server, "read-only", locale="en")
    assert opened.evaluate("() => document.title") == read_only.evaluate("() => document.title")


def behind_nginx(server: Understudy, nginx: Any, api: Any, flag: Path) -> str:
    """nginx in front of the app and of understudy; its address."""
    port = free_port()
    nginx(
        "nginx-flag-file.conf",
        {
            "10.0.0.1:80": f"127.0.0.1:{port}",
            "10.0.0.11:8080": api.address,
            "10.0.0.12:8080": api.address,
            "127.0.0.1:8503": server.address,
            "/etc/nginx/maintenance/shop": flag,
        },
        ports=[port],
    )
    return f"http://127.0.0.1:{port}"


# How soon the page asks again is the server's business (Retry-After); a test
# does not wait ten minutes for it.
SOON = """\
retry_after = "2s"
retry_jitter = 0
"""


def test_after_maintenance_the_page_reloads_by_itself(understudy, page, app, nginx, tmp_path) -> None:
    flag = tmp_path / "shop.flag"
    flag.touch()
    url = behind_nginx(understudy(CONFIG + SOON), nginx, app("app"), flag)
    opened = page(locale="en")
    assert opened.goto(url + "/orders/7")["status"] == 503
    assert "The shop is open" not in opened.text()
    flag.unlink()
    opened.wait_for_text("The shop is open", limit=90)
    assert [d["url"] for d in opened.documents()][-1] == url + "/orders/7", "it must stay where it was"
    assert serious_complaints(opened) == []


def test_after_a_failure_the_page_reloads_by_itself(understudy, page, app, nginx, tmp_path) -> None:
    api = app("app")
    url = behind_nginx(understudy(CONFIG + SOON), nginx, api, tmp_path / "shop.flag")
    api.kill()
    opened = page(locale="en")
    assert opened.goto(url + "/")["status"] == 503
    # Still down: it stays, and the person is not shown something else meanwhile.
    shown = opened.text()
    assert shown
    api.start()
    opened.wait_for_text("The shop is open", limit=90)
    assert serious_complaints(opened) == []


def test_a_person_who_cannot_wait_tries_again_by_hand(understudy, page, app, nginx, tmp_path) -> None:
    """With the usual ten minutes to wait: the countdown is there, and so is a button."""
    flag = tmp_path / "shop.flag"
    flag.touch()
    url = behind_nginx(understudy(CONFIG), nginx, app("app"), flag)
    opened = page(locale="en")
    assert opened.goto(url + "/orders/7#part")["status"] == 503
    opened.wait_for_text("Next attempt in")
    opened.click("text=Try again now")
    opened.wait_for_text("Next attempt in")  # asked, and still closed
    flag.unlink()
    opened.click("text=Try again now")
    opened.wait_for_text("The shop is open")
    assert opened.evaluate("() => location.href") == url + "/orders/7#part"
    assert serious_complaints(opened) == []


def test_without_script_the_page_shows_the_app_when_reloaded(understudy, page, app, nginx, tmp_path) -> None:
    flag = tmp_path / "shop.flag"
    flag.touch()
    url = behind_nginx(understudy(CONFIG + SOON), nginx, app("app"), flag)
    opened = page(locale="en", javaScriptEnabled=False)
    assert opened.goto(url)["status"] == 503
    assert len(opened.text()) > 20
    flag.unlink()
    assert opened.goto(url)["status"] == 200
    assert "The shop is open" in opened.text()


OWN_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Back soon</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/css/page.css"></head>
<body><main><h1>We are updating the site</h1><img src="/img/logo.svg" alt="Logo"></main>
<script src="/js/page.js"></script></body></html>
"""
OWN_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
    '<rect width="40" height="30"/></svg>'
)


def test_an_own_page_is_shown_with_its_picture_style_and_script(understudy, page, tmp_path) -> None:
    folder = tmp_path / "www"
    for name, text in {
        "index.html": OWN_PAGE,
        "css/page.css": "h1 { color: rgb(1, 2, 3) }",
        "img/logo.svg": OWN_PICTURE,
        "js/page.js": "document.documentElement.dataset.script = 'ran'",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    server = understudy(CONFIG + f'page_dir = "{folder}"\n')
    opened = open_answer(page, server, "maintenance")
    assert opened.evaluate("() => document.querySelector('img').naturalWidth") == 40
    assert opened.evaluate("() => getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    assert opened.evaluate("() => document.documentElement.dataset.script") == "ran"
    expect_calm(opened, server)
