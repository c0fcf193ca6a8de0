"""Language by RFC 4647 lookup over Accept-Language; right-to-left pages say so."""

from __future__ import annotations

import html
import re

import pytest

from support.http import Response
from wire.configs import BARE, TEXTS

# (Accept-Language, what Content-Language may be) where everything built in is offered.
LOOKUP = [
    (None, {"en"}),
    ("", {"en"}),
    ("*", {"en"}),
    ("en", {"en"}),
    ("en-US", {"en"}),
    ("de", {"de"}),
    ("DE", {"de"}),
    ("de-AT", {"de"}),
    ("de-at", {"de"}),
    ("de-DE-1996", {"de"}),
    ("de-Latn-DE-1996-x-own", {"de"}),
    ("ja-JP", {"ja"}),
    ("es-419", {"es"}),
    ("he-IL", {"he"}),
    ("ar-EG", {"ar"}),
    # Portuguese: the exact one, else one of them.
    ("pt-BR", {"pt-BR"}),
    ("pt-PT", {"pt-PT", "pt", "pt-BR"}),
    ("pt", {"pt", "pt-BR", "pt-PT"}),
    ("pt-AO", {"pt", "pt-BR", "pt-PT"}),
    # Chinese: by script where it is said, else by what the region writes.
    ("zh-Hant", {"zh-Hant"}),
    ("zh-Hans", {"zh-Hans"}),
    ("zh-hant-hk", {"zh-Hant"}),
    ("zh-Hans-TW", {"zh-Hans"}),
    ("zh-TW", {"zh-Hant"}),
    ("zh-HK", {"zh-Hant"}),
    ("zh-MO", {"zh-Hant"}),
    ("zh-CN", {"zh-Hans"}),
    ("zh-SG", {"zh-Hans"}),
    ("zh", {"zh-Hans"}),
    ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", {"zh-Hant"}),
    ("zh-CN,zh;q=0.9,zh-TW;q=0.8,en;q=0.7", {"zh-Hans"}),
    # Weights.
    ("fr;q=0.3, de;q=0.7", {"de"}),
    ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", {"fr"}),
    ("de;q=0.05", {"de"}),
    ("de;q=0.001, en;q=0", {"de"}),
    ("de;q=1.000, fr;q=0.999", {"de"}),
    ("de ; q=0.2 , fr ; q=0.9", {"fr"}),
    ("de;Q=0.2, fr;Q=0.9", {"fr"}),
    # At equal weight the first one counts.
    ("de, fr", {"de"}),
    ("fr, de", {"fr"}),
    ("fr;q=0.5, de;q=0.5", {"fr"}),
    # A range is cut down to the end before the next one is tried (RFC 4647, 3.4).
    ("de-AT, fr", {"de"}),
    ("xx-YY, fr-CA", {"fr"}),
    ("x-klingon, de;q=0.5", {"de"}),
    ("i-klingon, de;q=0.5", {"de"}),
    ("a-DE, de;q=0.1", {"de"}),
    # A star takes what nothing else has taken.
    ("xx, *;q=0.5", {"en"}),
    ("*, de;q=0.5", {"en", "de"}),
    # Unknown, or refused: there is always an answer.
    ("xx", {"en"}),
    ("tlh", {"en"}),
    ("en;q=0", None),
    ("*;q=0", None),
    ("en;q=0, de", {"de"}),
    ("de;q=0, fr;q=0.1", {"fr"}),
    ("de;q=0", {"en"}),
    # Spelling.
    (",,de,,", {"de"}),
    (" de ", {"de"}),
    # Nonsense is passed over.
    ("de;q=abc, fr;q=0.5", None),
    ("de;q=999", None),
    ("-", {"en"}),
    ("---", {"en"}),
    ("d\u00e4", {"en"}),
    ("verylongsubtag-x, de;q=0.5", {"de"}),
    ("de_AT, fr;q=0.5", {"fr", "de"}),
    (";", {"en"}),
    (";q=1", {"en"}),
]


def get(server, language: str | None, *more: tuple[str, str]) -> Response:
    headers = list(more) + ([] if language is None else [("Accept-Language", language)])
    return server.request("GET", "/", headers)


@pytest.mark.parametrize(
    "accepted, expected",
    LOOKUP,
    ids=lambda value: repr(value)[:60] if value is None or isinstance(value, str) else "-",
)
def test_lookup(servers, accepted: str | None, expected: set[str] | None) -> None:
    response = get(servers(BARE), accepted)
    assert response.status == 503
    language = response.header("Content-Language")
    if expected is None:
        assert language
    else:
        assert language in expected
    assert language in response.json()["errorTitle"]
    assert "accept-language" in response.headers.tokens("Vary")


def test_star_after_a_refusal_takes_another(servers) -> None:
    assert get(servers(BARE), "en;q=0, *").header("Content-Language") != "en"


def test_several_fields_are_one_list(servers) -> None:
    response = servers(BARE).request(
        "GET", "/", [("Accept-Language", "fr;q=0.1"), ("Accept-Language", "de;q=0.9")]
    )
    assert response.header("Content-Language") == "de"


COMMON = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nb nl pl"
    " pt-BR pt-PT ro ru sk sl sr sv th tr uk vi zh-Hans zh-Hant"
).split()


def built_in(server, reason: str) -> dict[str, tuple[str, str]]:
    texts = {}
    for tag in COMMON:
        response = get(server, f"{tag}, en;q=0.1", ("Understudy-Reason", reason))
        if response.header("Content-Language") == tag:
            texts[tag] = (response.json()["title"], response.json()["message"])
    return texts


@pytest.mark.parametrize("reason", ["maintenance", "failure"])
def test_at_least_24_languages_are_built_in(servers, reason: str) -> None:
    texts = built_in(servers(BARE), reason)
    assert len(texts) >= 24
    assert {"en", "de", "ja", "ar", "he", "zh-Hans", "zh-Hant", "pt-BR"} <= set(texts)
    messages = [message for _, message in texts.values()]
    assert len(set(messages)) == len(messages), "two languages with one text"
    assert all(title and message for title, message in texts.values())


def test_maintenance_and_failure_are_two_texts(servers) -> None:
    maintenance, failure = (built_in(servers(BARE), reason) for reason in ("maintenance", "failure"))
    assert all(maintenance[tag] != failure[tag] for tag in maintenance)


@pytest.mark.parametrize(
    "accepted, language, direction",
    [
        ("ar", "ar", "rtl"),
        ("he", "he", "rtl"),
        ("en", "en", "ltr"),
        ("ja", "ja", "ltr"),
        ("zh-TW", "zh-Hant", "ltr"),
        ("de-AT", "de", "ltr"),
    ],
)
@pytest.mark.parametrize("reason", ["maintenance", "failure"])
def test_page(servers, accepted: str, language: str, direction: str, reason: str) -> None:
    server = servers(BARE)
    page = get(server, accepted, ("Accept", "text/html"), ("Understudy-Reason", reason))
    assert page.header("Content-Language") == language
    opening = re.search(r"<html\b[^>]*>", page.text)[0]
    assert f'lang="{language}"' in opening
    assert f'dir="{direction}"' in opening
    texts = get(server, accepted, ("Understudy-Reason", reason)).json()
    plain = html.unescape(page.text)
    assert texts["title"] in plain and texts["message"] in plain


class TestOperatorsTexts:
    CONFIG = (
        BARE
        + TEXTS
        + """
[groups.shop.maintenance.tlh]
title = "Qapla'"
message = "jIyajbe'"
[groups.shop.maintenance.ar]
title = "صيانة المتجر"
message = "نعود قريبا."
"""
    )

    def get(self, servers, language: str, *more: tuple[str, str]) -> Response:
        return get(servers(self.CONFIG), language, ("Understudy-Reason", "maintenance"), *more)

    def test_take_the_place_of_the_built_in_one(self, servers) -> None:
        answer = self.get(servers, "de-CH").json()
        assert answer["title"] == "Wartungsarbeiten"
        assert answer["message"] == "Wir führen gerade Wartungsarbeiten durch."

    def test_in_a_language_that_is_not_built_in(self, servers) -> None:
        response = self.get(servers, "tlh")
        assert response.header("Content-Language") == "tlh"
        assert response.json()["title"] == "Qapla'"
        page = self.get(servers, "tlh", ("Accept", "text/html"))
        assert 'lang="tlh"' in page.text
        assert "Qapla'" in html.unescape(page.text)

    def test_right_to_left(self, servers) -> None:
        page = self.get(servers, "ar", ("Accept", "text/html"))
        assert 'dir="rtl"' in page.text and "صيانة المتجر" in page.text

    def test_elsewhere_the_built_in_ones(self, servers) -> None:
        response = self.get(servers, "fr")
        assert response.header("Content-Language") == "fr"
        assert response.json()["title"] not in ("Down for maintenance", "Wartungsarbeiten")
        assert set(response.json()["errorTitle"]) == {"en", "de", "tlh", "ar"}

    def test_maps_hold_what_the_operator_wrote_for_this_reason(self, servers) -> None:
        answer = get(servers(self.CONFIG), "de", ("Understudy-Reason", "failure")).json()
        assert set(answer["errorTitle"]) == set(answer["errorMessage"]) == {"en"}


class TestLanguagesSetting:
    def test_restricts(self, servers) -> None:
        config = BARE + 'languages = ["en", "de"]\n'
        assert get(servers(config), "fr").header("Content-Language") in ("en", "de")
        assert get(servers(config), "fr, de;q=0.1").header("Content-Language") == "de"
        assert get(servers(config), "de-AT").header("Content-Language") == "de"
        assert get(servers(config), "ja").header("Content-Language") in ("en", "de")

    def test_without_english(self, servers) -> None:
        config = BARE + 'languages = ["de", "fr"]\n'
        for accepted in (None, "en", "ja", "*"):
            assert get(servers(config), accepted).header("Content-Language") == "de", accepted
        assert get(servers(config), "fr-CA").header("Content-Language") == "fr"
