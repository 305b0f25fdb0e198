"""TypeScript and ESLint find no fault in the JavaScript of the page and of the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.javascript.api_types import PATH, describe

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
FOLDERS: Final = ("blobhls/web/static", "tests")
ESLINT: Final = ("--config", "tests/javascript/eslint.config.mjs", "--max-warnings", "0")
# What TypeScript reads together, and the folders whose packages it then needs: a page, a service
# worker and Node know different globals.
PROGRAMS: Final = {
    "page": (),
    "worker": (),
    "web": ("tests/web",),
    "players": ("tests/players", "tests/clients"),
    "clients": ("tests/clients",),
}


def tool(name: str, *folders: str) -> Path:
    """Return a tool. Skips where Node, the tool or the packages of `folders` are not installed."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: nothing to run TypeScript and ESLint with")
    for folder in ("tests/javascript", *folders):
        if not (ROOT / folder / "node_modules").is_dir():
            pytest.skip(f"no packages in {folder}: npm install --prefix {folder} --no-package-lock")
    return HERE / "node_modules" / ".bin" / name


def said_by(program: Path, *arguments: str) -> list[str]:
    """Return the lines that a tool writes; it may only fail by saying why."""
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 0 or lines, f"{program.name} ended with {done.returncode}"
    return lines


def scripts() -> set[Path]:
    """List our scripts."""
    named = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*js"))
    return {path for path in named if {"node_modules", ".venv"}.isdisjoint(path.parts)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_types_of_a_program_agree(name: str) -> None:
    tsc = tool("tsc", *PROGRAMS[name])
    assert said_by(tsc, "--pretty", "false", "-p", f"tests/javascript/tsconfig.{name}.json") == []


def test_every_script_belongs_to_a_program() -> None:
    listed: set[Path] = set()
    for name in PROGRAMS:
        project = f"tests/javascript/tsconfig.{name}.json"
        listed |= {Path(line) for line in said_by(tool("tsc"), "-p", project, "--listFilesOnly")}
    assert scripts() - listed == set()


def test_eslint_finds_no_fault() -> None:
    assert said_by(tool("eslint"), *ESLINT, *FOLDERS) == []


def test_what_the_api_answers_has_the_types_that_the_server_describes(tmp_path: Path) -> None:
    """If not, `python -m tests.javascript.api_types` writes them anew."""
    assert describe(tmp_path) == PATH.read_text("utf-8")


def test_the_types_of_hls_js_are_those_of_the_version_in_the_page() -> None:
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    shipped = json.loads((ROOT / "vendor.lock.json").read_text("utf-8"))
    assert wanted["hls.js"] == shipped["hls.js"]["version"]
