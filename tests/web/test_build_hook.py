"""The build hook: what it fetches is what the lock says, and it never stops a build."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import runpy
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NPM = """#!/bin/sh
while [ "$1" != --pack-destination ]; do shift; done
cp "{source}" "$2/made.tgz" && echo '[{{"filename": "made.tgz"}}]'
"""


class Build:
    """A checkout with the hook in it, and an npm that has one package."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        (self.root / "blobhls" / "web").mkdir(parents=True)
        self.hook = self.root / "hatch_build.py"
        self.hook.write_text((ROOT / "hatch_build.py").read_text())
        self.tools = folder / "tools"
        self.tools.mkdir()
        package = folder / "package.tgz"
        with tarfile.open(package, "w:gz") as archive:
            for name in ("dist/player.js", "LICENSE", "secret.js"):
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(name)
                archive.addfile(member, io.BytesIO(name.encode()))
        npm = self.tools / "npm"
        npm.write_text(NPM.format(source=package))
        npm.chmod(0o755)
        digest = hashlib.sha512(package.read_bytes()).digest()
        self.integrity = "sha512-" + base64.b64encode(digest).decode()
        self.lock(self.integrity)

    def lock(self, integrity: str) -> None:
        files = {"dist/player.js": "player/player.js", "LICENSE": "player/LICENSE.txt"}
        wanted = {"player": {"version": "1.2.3", "integrity": integrity, "files": files}}
        (self.root / "vendor.lock.json").write_text(json.dumps(wanted))

    def fetch(self) -> bool:
        return bool(runpy.run_path(str(self.hook))["fetch"]())

    @property
    def vendor(self) -> Path:
        return self.root / "blobhls" / "web" / "vendor"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    made = Build(tmp_path)
    monkeypatch.setenv("PATH", f"{made.tools}:/usr/bin:/bin")
    return made


def test_only_the_files_wanted_are_unpacked_with_their_licence(build: Build) -> None:
    assert build.fetch()
    found = {str(p.relative_to(build.vendor)) for p in build.vendor.rglob("*") if p.is_file()}
    assert found == {"player/player.js", "player/LICENSE.txt", "vendor.lock.json"}


def test_another_package_than_the_locked_one_is_refused(
    build: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    build.lock("sha512-" + "A" * 86 + "==")
    assert not build.fetch()
    assert not build.vendor.exists()
    assert "not the one in vendor.lock.json" in capsys.readouterr().err


def test_without_npm_the_build_goes_on(
    build: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not build.fetch()
    assert "npm is not installed" in capsys.readouterr().err


def test_what_is_there_already_needs_no_npm(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build.fetch()
    monkeypatch.setenv("PATH", "/nowhere")
    assert build.fetch()


def test_a_new_lock_fetches_anew_and_keeps_the_old_files_if_it_can_not(build: Build) -> None:
    assert build.fetch()
    build.lock("sha512-other")
    assert not build.fetch()
    assert (build.vendor / "player" / "player.js").exists()


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "vendor.lock.json").read_text())
    assert set(lock) == {"hls.js", "media-chrome"}
    for package in lock.values():
        assert set(package) == {"version", "integrity", "files"}
        assert "LICENSE" in package["files"]
