"""Times as the API writes them, and windows around now."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from admin.conftest import Stage


def moment(text: str) -> datetime:
    """A time of the API or the log."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(when: datetime) -> str:
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def soon(seconds: int) -> datetime:
    """A whole second that is at least so many seconds away."""
    return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=seconds + 1)


def plan(stage: Stage, start: datetime, end: datetime, group: str = "shop", **fields) -> dict:
    wanted = {"groups": [group], "start": written(start), "end": written(end), **fields}
    return stage.unix.ok("POST", "/windows", wanted)
