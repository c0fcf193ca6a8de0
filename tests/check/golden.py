"""Golden configurations: what `understudy check` says about them, one file each.

Above the line `---` stands understudy.toml, byte for byte; a comment in it
`#! file NAME: TEXT` makes a file beside it first. Below stands the output,
a line for each problem, with its place counted in the text above:

    understudy.toml:4:1: error: groups.shop.hostz: found ... did you mean "hosts"?

Place, severity and key are exact; of the message the parts between `...`
must be there, in that order. What is missing altogether has no place but the
file. Nothing below the line: nothing is wrong. `{dir}` in the configuration
is the folder that it stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FILE_LINE = re.compile(r"#! file ([^:]+):(.*)")
_PROBLEM = re.compile(
    r"(?P<file>[^:]+):((?P<line>\d+):(?P<column>\d+):)? (?P<severity>error|warning): (?P<rest>.*)"
)


@dataclass(frozen=True)
class Problem:
    file: str
    line: int  # 0: no place
    column: int
    severity: str
    key: str
    message: str

    @property
    def place(self) -> tuple:
        return (self.line, self.column, self.severity, self.key, self.file)

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}:" if self.line else ""
        return f"{self.file}:{place} {self.severity}: {self.key}: {self.message}"


@dataclass
class Case:
    config: str
    files: dict[str, str]
    problems: list[Problem]


def parse_problem(text: str) -> Problem:
    """A line as `check` prints it. A key may be empty: what is no TOML has none."""
    match = _PROBLEM.fullmatch(text)
    assert match, f"no problem line: {text!r}"
    key, colon, message = match["rest"].partition(": ")
    assert colon, f"no key and message: {text!r}"
    return Problem(
        match["file"], int(match["line"] or 0), int(match["column"] or 0), match["severity"], key, message
    )


def read_case(path: Path) -> Case:
    config, line, expected = path.read_text(encoding="utf-8").partition("---\n")
    assert line, f"{path.name}: a configuration, a line ---, and the output, please"
    files = {m[1].strip(): m[2].strip() for m in map(_FILE_LINE.fullmatch, config.splitlines()) if m}
    return Case(config, files, [parse_problem(text) for text in expected.splitlines()])


def differences(expected: list[Problem], found: list[Problem]) -> list[str]:
    """A line for each problem that is missing, too many, or said in other words."""
    left = sorted(found, key=lambda problem: problem.place)
    result = []
    for problem in expected:
        same = [other for other in left if other.place == problem.place]
        if not same:
            result.append(f"missing:      {problem}")
            continue
        left.remove(same[0])
        if not _says(problem.message, same[0].message):
            result.append(f"other words:  {same[0]}\n  expected in it: {problem.message}")
    return result + [f"not expected: {problem}" for problem in left]


def _says(parts: str, message: str) -> bool:
    pattern = ".*".join(re.escape(part.strip()) for part in parts.split("..."))
    return re.search(pattern, message) is not None
