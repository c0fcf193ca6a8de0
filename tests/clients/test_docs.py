"""What the pages under docs/clients/ ask a reader to copy is short, and names what the packages have."""

from __future__ import annotations

import json
import re

import pytest

from clients.frameworks import EXAMPLES, REPOSITORY, SUBJECTS

PAGES = REPOSITORY / "docs" / "clients"
PACKAGES = EXAMPLES.parent / "packages"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
IMPORT = re.compile(r"import (?:(\w+)(?:, )?)?(?:\{ ([^}]+) \} )?from '@understudy/(\w+)(/[\w-]+)?'")


def declarations(package: str, way: str) -> str:
    """The types that `@understudy/package/way` gives."""
    manifest = json.loads((PACKAGES / package / "package.json").read_text())
    types = PACKAGES / package / manifest["exports"][f".{way}"]["types"]
    assert types.is_file(), f"{types} is missing: run clients/js/build.mjs {package}"
    return types.read_text()


@pytest.mark.parametrize("name", sorted({subject.framework for subject in SUBJECTS}))
def test_ten_lines_are_enough(name: str) -> None:
    beginning = re.split(r"^(?:## |With a bundler)", (PAGES / f"{name}.md").read_text(), flags=re.M)[0]
    lines = [line for language, code in FENCE.findall(beginning) if language != "sh" for line in code.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 10, "\n".join(lines)


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_what_is_imported_is_there(page) -> None:
    code = "\n".join(code for _, code in FENCE.findall(page.read_text()))
    for default, names, package, way in IMPORT.findall(code):
        types = declarations(package, way)
        wanted = ["default"] * bool(default) + [name.split(" as ")[0].strip() for name in names.split(",") if name]
        missing = [name for name in wanted if not re.search(rf"\b{name.removeprefix('type ')}\b", types)]
        assert not missing, f"@understudy/{package}{way} has no {', '.join(missing)}"


@pytest.mark.parametrize("package", sorted(path.name for path in PACKAGES.iterdir() if path.name != "client"))
def test_a_package_s_readme_says_what_its_page_says(package: str) -> None:
    readme = FENCE.findall((PACKAGES / package / "README.md").read_text())
    page = FENCE.findall((PAGES / f"{package}.md").read_text())
    assert readme and readme == page[: len(readme)]
