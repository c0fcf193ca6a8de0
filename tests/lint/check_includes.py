#!/usr/bin/env python3
"""Holds the include lines of src/ against the table in src/README.md: who may use whom."""

from __future__ import annotations

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#include "([a-z]+)/')


def allowed_by_folder(readme: str) -> dict[str, set[str]]:
    """The rows `| `folder` | promise | `a`, `b` | … |`."""
    allowed = {}
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        folder = re.fullmatch(r"`([a-z]+)/?`", cells[0])
        if folder and len(cells) >= 3:
            allowed[folder.group(1)] = set(re.findall(r"`([a-z]+)/?`", cells[2]))
    return allowed


def main() -> int:
    source = Path(__file__).resolve().parents[2] / "src"
    allowed = allowed_by_folder((source / "README.md").read_text())
    folders = {path.name for path in source.iterdir() if path.is_dir()}
    faults = [f"src/README.md has no row for {name}" for name in sorted(folders - allowed.keys())]
    files = 0
    for path in sorted(source.rglob("*.h")) + sorted(source.rglob("*.cc")):
        files += 1
        folder = path.relative_to(source).parts[0]
        tests = path.name.endswith("_test.cc")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            used = match.group(1) if match else None
            if used in folders and used != folder and used not in allowed.get(folder, set()) and not tests:
                faults.append(f"src/{path.relative_to(source)}:{number}: {folder}/ may not use {used}/")
    print("\n".join(faults) or f"{files} files include what they may")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
