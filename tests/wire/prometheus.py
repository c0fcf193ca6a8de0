"""A strict reader of the Prometheus text format, version 0.0.4.

It knows what the format allows and refuses the rest: names, escapes, one TYPE
before the first sample of a family, a family's samples together, no series
twice, a newline at the very end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?Inf|NaN")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}

Series = tuple[str, tuple[tuple[str, str], ...]]


class FormatError(AssertionError):
    """Not in the format; says the line."""


@dataclass
class Family:
    type: str = ""
    help: str | None = None
    samples: dict[Series, float] = field(default_factory=dict)


def parse(text: str) -> dict[str, Family]:
    """The families by name. Raises FormatError."""
    if not text.endswith("\n"):
        raise FormatError("no newline at the end")
    reader = _Reader()
    for number, line in enumerate(text[:-1].split("\n"), 1):
        try:
            reader.line(line)
        except FormatError as error:
            raise FormatError(f"line {number}: {error}: {line!r}") from None
    for name, family in reader.families.items():
        if not family.type or family.help is None:
            raise FormatError(f"{name} has no TYPE or no HELP")
    return reader.families


class _Reader:
    def __init__(self) -> None:
        self.families: dict[str, Family] = {}
        self._current = ""

    def line(self, line: str) -> None:
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            self._declaration(line)
        elif line and not line.startswith("#"):
            self._sample(line)

    def _declaration(self, line: str) -> None:
        _, kind, name, *rest = line.split(" ", 3)
        if not NAME.fullmatch(name):
            raise FormatError("no metric name")
        family = self._open(name)
        if family.samples:
            raise FormatError("declared after its samples")
        value = rest[0] if rest else ""
        if kind == "HELP":
            if family.help is not None or "\\" in re.sub(r"\\[\\n]", "", value):
                raise FormatError("a second HELP, or a bad escape in it")
            family.help = value
        else:
            if family.type or value not in TYPES:
                raise FormatError("a second TYPE, or an unknown one")
            family.type = value

    def _open(self, name: str) -> Family:
        if name != self._current:
            if name in self.families:
                raise FormatError("a family's lines do not stand together")
            self.families[name] = Family()
            self._current = name
        return self.families[name]

    def _sample(self, line: str) -> None:
        match = NAME.match(line)
        if not match:
            raise FormatError("no metric name")
        name, position = match[0], match.end()
        labels: tuple[tuple[str, str], ...] = ()
        if line[position : position + 1] == "{":
            labels, position = _labels(line, position + 1)
        words = line[position:].split(" ")
        if words[0] != "" or len(words) not in (2, 3) or not NUMBER.fullmatch(words[1]):
            raise FormatError("no value after a blank")
        family = self._open(_family_name(name, self._current, self.families))
        if not family.type:
            raise FormatError("a sample before its TYPE")
        series = (name, tuple(sorted(labels)))
        if series in family.samples:
            raise FormatError("this series stands here twice")
        value = float(words[1].replace("Inf", "inf").replace("NaN", "nan"))
        if family.type == "counter" and not value >= 0:
            raise FormatError("a negative counter")
        family.samples[series] = value


def _family_name(name: str, current: str, families: dict[str, Family]) -> str:
    if current in families and families[current].type in ("histogram", "summary"):
        for suffix in ("_bucket", "_sum", "_count"):
            if name == current + suffix:
                return current
    return name


def _labels(line: str, position: int) -> tuple[tuple[tuple[str, str], ...], int]:
    labels: list[tuple[str, str]] = []
    while line[position : position + 1] != "}":
        match = LABEL_NAME.match(line, position)
        if not match or line[match.end() : match.end() + 2] != '="':
            raise FormatError("no label")
        value, position = _quoted(line, match.end() + 2)
        if match[0] in dict(labels):
            raise FormatError("a label twice")
        labels.append((match[0], value))
        if line[position : position + 1] == ",":
            position += 1
        elif line[position : position + 1] != "}":
            raise FormatError("no comma between labels")
    return tuple(labels), position + 1


def _quoted(line: str, position: int) -> tuple[str, int]:
    value = []
    while position < len(line) and line[position] != '"':
        if line[position] == "\\":
            escaped = {"\\": "\\", '"': '"', "n": "\n"}.get(line[position + 1 : position + 2])
            if escaped is None:
                raise FormatError("an escape that there is not")
            value.append(escaped)
            position += 2
        else:
            value.append(line[position])
            position += 1
    if position >= len(line):
        raise FormatError("a quote is not closed")
    return "".join(value), position + 1
