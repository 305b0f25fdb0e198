"""Rules that hold for every file of the repository."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SOURCES = sorted((ROOT / "blobhls").rglob("*.py"))
TEXT = {".py", ".md", ".toml", ".js", ".ts", ".css", ".html", ".yml", ".json", ""}
# In parts, so that this file itself passes.
REGISTRY_HOSTS = ("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)")


def text_files() -> Iterator[Path]:
    """List the files that belong to the repository, apart from what tools leave behind."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = parts[0].startswith(".") and parts[0] != ".ci"
        foreign = not {"node_modules", ".venv"}.isdisjoint(parts)
        if path.is_file() and path.suffix in TEXT and not hidden and not foreign:
            yield path


def test_pyav_is_locked_exactly_because_it_makes_the_bytes() -> None:
    (pin,) = (line for line in PROJECT["dependencies"] if re.match(r"av\b", line))
    assert re.fullmatch(r"av==\d+\.\d+\.\d+", pin)


def test_no_file_names_the_host_of_a_package_registry() -> None:
    pattern = re.compile("|".join(REGISTRY_HOSTS), re.IGNORECASE)
    named = [path for path in text_files() if pattern.search(path.read_text("utf-8", "replace"))]
    assert named == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    assert text.startswith('"""')


def test_the_changelog_begins_with_the_version_being_made() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert headings[0] == PROJECT["version"]


def test_the_scripts_of_the_repository_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
