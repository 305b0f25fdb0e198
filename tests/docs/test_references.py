"""What code, tests and documents refer to is in this repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ADR = ROOT / "docs" / "adr"
RECORDS = {int(path.name[:3]): path for path in sorted(ADR.glob("[0-9]*.md"))}
HEAD = re.compile(r"# (\d+)\. (.+)\n\nStatus: (.+) · (\d{4}-\d\d-\d\d)\n\n")
STATUSES = re.compile(r"accepted|superseded by ADR \d+")
_NOT_OURS = {"node_modules", ".venv", "vendor", "__pycache__"}


def ours(folder: Path) -> list[Path]:
    """List the files of a folder in which something may be referred to."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".md", ".js", ".mjs"} and _NOT_OURS.isdisjoint(path.parts)
    ]


FILES = [
    *(path for folder in ("blobhls", "tests", "docs") for path in ours(ROOT / folder)),
    *sorted(ROOT.glob("*.md")),
    ROOT / "pyproject.toml",
    ROOT / "hatch_build.py",
    ROOT / "Dockerfile",
    ROOT / ".ci" / "run",
]
PAGES = [path for path in FILES if path.suffix == ".md"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def references(pattern: str) -> dict[str, str]:
    """Return what a pattern's first group finds in all files, and where it was found last."""
    return {
        found: name(path)
        for path in FILES
        if path != Path(__file__)
        for found in re.findall(pattern, path.read_text("utf-8"))
    }


def test_every_adr_that_is_referred_to_exists() -> None:
    found = references(r"\bADRs?\s+(\d+(?:(?:, | and |-)\d+)*)")
    numbers = {int(n): where for text, where in found.items() for n in re.findall(r"\d+", text)}
    assert numbers
    assert {n: where for n, where in numbers.items() if n not in RECORDS} == {}


def test_no_section_of_a_design_outside_the_repository_is_referred_to() -> None:
    assert references(r"([Dd]esign,? §\s*\d+)") == {}


def test_every_path_that_is_referred_to_exists() -> None:
    found = references(r"(?<![\w/])((?:tests|docs|blobhls)/[a-z0-9_./-]+\.(?:py|md|mjs|js))\b")
    assert found
    assert {path: where for path, where in found.items() if not (ROOT / path).exists()} == {}


def test_every_module_that_is_referred_to_exists() -> None:
    found = references(r"`(blobhls(?:\.\w+)+)")
    assert found
    assert {module: where for module, where in found.items() if not _is_there(module)} == {}


def _is_there(dotted: str) -> bool:
    """Say whether a module exists, or a name that it defines or exports."""
    place = ROOT
    parts = dotted.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").exists():
        place /= f"{parts.pop(0)}.py"
    source = place / "__init__.py" if place.is_dir() else place
    return all(re.search(rf"\b{part}\b", source.read_text("utf-8")) for part in parts)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_headings_lead_to_one(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text("utf-8")):
        text = (page.parent / target if target else page).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in {
            re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings
        }


@pytest.mark.parametrize("path", RECORDS.values(), ids=lambda path: path.stem)
def test_a_record_begins_with_its_number_its_title_its_status_and_its_date(path: Path) -> None:
    head = HEAD.match(path.read_text("utf-8"))
    assert head
    assert int(head[1]) == int(path.name[:3])
    assert STATUSES.fullmatch(head[3])


def test_the_index_of_records_has_each_with_number_title_status_and_date() -> None:
    rows = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \| (.+) \|$",
        (ADR / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    written = []
    for number, path in RECORDS.items():
        head = HEAD.match(path.read_text("utf-8"))
        assert head
        written.append((str(number), head[2], path.name, head[3], head[4]))
    assert rows == written


def test_no_two_records_have_one_number() -> None:
    assert len(RECORDS) == len(list(ADR.glob("[0-9]*.md")))
