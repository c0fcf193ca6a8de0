"""The receiver that docs/webhooks.md shows does what the page says, with the page's own figures, which
src/control/webhook_message_test.cc has as well."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
SECRET = b"a secret of 23 bytes!!!"
BODY = b'{"event":"mode"}'
NOW = 1795388400.5


@pytest.fixture(name="is_genuine")
def fixture_is_genuine():
    names = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.S).group(1), names)
    return names["is_genuine"]


@pytest.fixture(name="headers")
def fixture_headers():
    return dict(re.findall(r"^(Understudy-[A-Za-z]+): (.*)$", PAGE, re.M))


def test_takes_what_understudy_signs(is_genuine, headers):
    assert is_genuine(SECRET, headers, BODY, NOW)


def test_refuses_everything_else(is_genuine, headers):
    assert not is_genuine(b"another secret, as long", headers, BODY, NOW)
    assert not is_genuine(SECRET, headers, BODY + b" ", NOW)
    assert not is_genuine(SECRET, headers, BODY, NOW + 301)
    assert not is_genuine(SECRET, headers, BODY, NOW - 302)
    for name in ("Understudy-Timestamp", "Understudy-Signature"):
        without = {key: value for key, value in headers.items() if key != name}
        assert not is_genuine(SECRET, without, BODY, NOW)
    for timestamp in ("", "now", "-1", "1795388401", "1795388400 "):
        assert not is_genuine(SECRET, {**headers, "Understudy-Timestamp": timestamp}, BODY, NOW)
