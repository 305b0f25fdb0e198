"""Rules that hold for every file of the repository."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.__main__ import CHECKS, pytest_commands
from tests.marks import UNMARKED

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


FOLDERS = sorted({path.parent for path in SOURCES})
# Grows by one module with every change of a table; the listing is the order they run in.
UNBOUNDED = {ROOT / "blobhls" / "index" / "migrations"}
# A folder of files on their way: the word of the field.
NOUNS_IN_ING = {"staging"}


def modules(folder: Path) -> set[str]:
    """Name the modules and packages of a folder as the table in its docstring does."""
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return packages | {path.name for path in folder.glob("*.py") if not path.stem.startswith("__")}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path) -> None:
    if folder not in UNBOUNDED:
        assert len([name for name in modules(folder) if name.endswith(".py")]) <= 15


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_by_a_noun(path: Path) -> None:
    assert not path.stem.endswith("ing") or path.stem in NOUNS_IN_ING


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_that_lists_its_modules_lists_them_all(folder: Path) -> None:
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    listed = re.findall(r"^(\w+(?:\.py|/)) +\S", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert not listed or set(listed) == modules(folder)


def test_the_changelog_begins_with_the_version_being_made() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert headings[0] == PROJECT["version"]


def test_pre_commit_runs_the_checks_of_the_tests_and_fetches_nothing() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert set(re.findall(r"repo: (.+)", config)) == {"local"}
    entries = re.findall(r"entry: (.+)", config)
    assert len(entries) == len(CHECKS)
    for entry, check in zip(entries, CHECKS, strict=True):
        expected = [word for word in check if word != "."]
        words = [word for word in entry.split() if word != "--force-exclude"]
        assert words[1:] == expected[1:]
        assert Path(words[0]).name in {"python", Path(expected[0]).name}


def test_every_script_that_the_justfile_runs_exists() -> None:
    justfile = (ROOT / "justfile").read_text("utf-8")
    for option in re.findall(r"-m tests (--\w+)", justfile):
        assert pytest_commands([option]) != pytest_commands([])
    assert UNMARKED[1] in justfile
    assert (ROOT / "tests" / "bench" / "bench_get.py").exists()


def test_the_scripts_of_the_repository_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
