"""Build hook: puts hls.js and media-chrome into `blobhls/web/vendor`, or says why it can't.

They are never committed. `vendor.lock.json` names versions, hashes and the files wanted; `npm pack`
fetches the tarballs from whatever registry npm is set up for. Without npm, or without a network,
the build goes on without them: the page then says what it lacks.

Runs for wheels, source distributions and editable installs; `python hatch_build.py` runs it alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run alone, where nothing is built
    BuildHookInterface = object  # type: ignore[misc,assignment]

ROOT = Path(__file__).parent
LOCK = ROOT / "vendor.lock.json"
VENDOR = ROOT / "blobhls" / "web" / "vendor"
STAMP = "vendor.lock.json"  # beside the files: for which lock they were unpacked
TIMEOUT = 120  # seconds for one package


class VendorHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before it collects files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Fetch what is missing, and have the build include it although git ignores it."""
        fetch()
        build_data["artifacts"].append("/blobhls/web/vendor/**")


class VendorError(Exception):
    """Why a package can't be had, for a person."""


def fetch() -> bool:
    """Make `VENDOR` what the lock says; return whether it is now."""
    lock = LOCK.read_bytes()
    stamp = VENDOR / STAMP
    if stamp.exists() and stamp.read_bytes() == lock:
        return True
    try:
        with tempfile.TemporaryDirectory(dir=ROOT) as made:
            staging = Path(made)
            for name, wanted in json.loads(lock).items():
                _unpack(_packed(name, wanted, staging), wanted["files"], staging / "vendor")
            (staging / "vendor" / STAMP).write_bytes(lock)
            # All or nothing: a folder without the stamp would be fetched again anyway.
            shutil.rmtree(VENDOR, ignore_errors=True)
            (staging / "vendor").replace(VENDOR)
    except (VendorError, OSError) as error:
        print(f"warning: built without hls.js and media-chrome: {error}", file=sys.stderr)
        return False
    return True


def _packed(name: str, wanted: dict[str, Any], folder: Path) -> Path:
    """Return the tarball of a package, its hash checked."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is not installed")
    what = f"{name}@{wanted['version']}"
    command = [npm, "pack", what, "--json", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - name and version come from our own lock file
            command, cwd=folder, capture_output=True, check=True, timeout=TIMEOUT
        )
        path = folder / str(json.loads(done.stdout)[0]["filename"])
    except (subprocess.SubprocessError, ValueError, LookupError) as error:
        raise VendorError(f"npm could not fetch {what}") from error
    digest = hashlib.sha512(path.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != wanted["integrity"]:
        raise VendorError(f"{what} has the hash {found}, not the one in {LOCK.name}")
    return path


def _unpack(tarball: Path, files: dict[str, str], folder: Path) -> None:
    """Write the files wanted; `files` maps names in the tarball to names in `folder`."""
    with tarfile.open(tarball) as archive:
        for member, name in files.items():
            try:
                source = archive.extractfile(f"package/{member}")
            except KeyError as error:
                raise VendorError(f"{tarball.name} has no {member}") from error
            if source is None:
                raise VendorError(f"{member} in {tarball.name} is no file")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())


if __name__ == "__main__":
    sys.exit(0 if fetch() else 1)
