"""The import contracts of pyproject.toml find what their names say, and dependencies are declared.

A contract that passes proves little: it may look past what it names. So they are all run on a copy
of the package in which every room imports every library.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "blobhls"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {
    contract["name"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
}
LAYERS = CONTRACTS["imports point downwards"]
SERVER = CONTRACTS["the server's process never loads libav"]
PURE = CONTRACTS["pure rooms do no I/O"]
ROOMS = sorted(
    f"blobhls.{path.stem}"
    for path in PACKAGE.iterdir()
    if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
)
# What each library's contract is about, and in which rooms it may be imported directly.
PROTECTED = {
    library: tuple(contract["allowed_importers"])
    for contract in CONTRACTS.values()
    if contract["type"] == "protected"
    for library in contract["protected_modules"]
    if not library.startswith("blobhls.")
}


def sources() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level modules that a file imports, by statement or by name at run time."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.Call(
                func=ast.Name(id="import_module" | "find_spec"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module.partition(".")[0]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says where every room imports every library, and one is new."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(
        PACKAGE, folder / "blobhls", ignore=lambda _, names: [n for n in names if n in UNCOPIED]
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    planted = "".join(f"import {name}\n" for name in (*PROTECTED, *PURE["forbidden_modules"]))
    planted += "import blobhls.settings\n"
    for room in (*ROOMS, "blobhls.media.plan", "blobhls.media.bitstream"):
        path = folder / room.replace(".", "/")
        if path.is_dir():
            (path / "planted.py").write_text(planted)
        else:
            with path.with_suffix(".py").open("a") as file:
                file.write(planted)
    (folder / "blobhls" / "attic").mkdir()
    (folder / "blobhls" / "attic" / "__init__.py").touch()
    with (folder / "blobhls" / "index" / "planted.py").open("a") as file:
        file.write("import blobhls.app.server\nimport blobhls.media.worker\n")
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stdout


UNCOPIED = {"__pycache__", "static", "vendor"}


def planted_in(room: str) -> str:
    """Name the module of the copy that imports everything."""
    return f"{room}.planted" if (ROOT / room.replace(".", "/")).is_dir() else room


def test_every_contract_can_be_broken(report: str) -> None:
    assert CONTRACTS.keys() == set(re.findall(r"^(.+) BROKEN", report, re.MULTILINE))


@pytest.mark.parametrize("library", PROTECTED)
def test_a_library_is_found_in_every_room_but_its_own(report: str, library: str) -> None:
    allowed = PROTECTED[library]
    for room in ROOMS:
        importer = planted_in(room)
        if not importer.startswith(allowed):
            assert re.search(rf"{re.escape(importer)} -> {library}\b", report), importer


def test_the_configuration_is_found_below_app(report: str) -> None:
    for room in set(ROOMS) - {"blobhls.app", "blobhls.cli", "blobhls.settings"}:
        assert f"{planted_in(room)} -> blobhls.settings" in report


def test_libav_is_found_behind_other_modules(report: str) -> None:
    said = report[report.rindex(SERVER["name"]) :]
    assert re.search(r"blobhls\.index is not allowed to import av:", said)
    assert re.search(r"blobhls\.index\.planted -> blobhls\.media\.worker", said)
    assert "blobhls.media.plan is not allowed to import av" in said


def test_io_is_found_in_pure_rooms(report: str) -> None:
    said = report[report.rindex(PURE["name"]) :]
    for room in PURE["source_modules"]:
        for module in PURE["forbidden_modules"]:
            assert f"{room} is not allowed to import {module}" in said


def test_an_import_that_points_upwards_is_found(report: str) -> None:
    assert "blobhls.index is not allowed to import blobhls.app" in report


def test_a_new_room_has_to_say_where_it_stands(report: str) -> None:
    assert "- blobhls.attic" in report


def test_no_room_is_left_out_of_what_the_server_may_not_load() -> None:
    assert {*SERVER["source_modules"], "blobhls.media", "blobhls.demo_clips"} >= set(ROOMS)


def test_the_servers_process_never_loads_libav() -> None:
    script = (
        "import importlib, pkgutil, sys\n"
        f"for room in {sorted(SERVER['source_modules'])!r}:\n"
        "    if room == 'blobhls.__main__': continue\n"
        "    module = importlib.import_module(room)\n"
        "    for each in pkgutil.walk_packages(getattr(module, '__path__', []), room + '.'):\n"
        "        importlib.import_module(each.name)\n"
        "        assert 'av' not in sys.modules, each.name\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_import_is_declared_and_every_dependency_is_imported() -> None:
    distributions = packages_distributions()
    names = {name for path in sources() for name in imported(path)}
    foreign = names - sys.stdlib_module_names - {"blobhls"}
    used = {normal(distributions[name][0]) for name in foreign}
    declared = {
        normal(re.match(r"[\w.-]+", line)[0])  # type: ignore[index]
        for line in PYPROJECT["project"]["dependencies"]
    }
    assert used == declared


def normal(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
