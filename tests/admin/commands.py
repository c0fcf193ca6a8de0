"""The command line as a test runs it: with the address that the test gives, and no other."""

from __future__ import annotations

import subprocess
from typing import Callable

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# No address of this machine's; and a zone that has daylight saving.
CLEAN = {"UNDERSTUDY_ADMIN": "", "UNDERSTUDY_CONFIG": "", "UNDERSTUDY_TOKEN": "", "TZ": "Europe/Berlin"}


def clean_environment() -> dict[str, str]:
    return {key: value for key, value in CLEAN.items() if value}
