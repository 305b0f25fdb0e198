"""The files of the page, read once and compressed once.

All URLs begin with one prefix, a hash of all files: modules import each other by relative names,
every answer may be cached for ever, and a browser never mixes two versions.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import re
from pathlib import Path
from typing import Final

import msgspec

_HERE: Final = Path(__file__).parent
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
}
# These contain the prefix, so their own URLs can't be below it.
_SHELL: Final = "index.html"
_SERVICE_WORKER: Final = "service-worker.js"
_MAIN: Final = "js/main.js"
_IMPORT: Final = re.compile(rb'^(?:import|.*\bfrom) "(\.[^"]+)"', re.MULTILINE)
_PREFIX_MARK: Final = "{{assets}}"
_PRELOADS_MARK: Final = "<!-- {{preloads}} -->"
_FILES_MARK: Final = '["{{files}}"]'


class Asset(msgspec.Struct, frozen=True):
    """One file as it is sent to browsers."""

    body: bytes
    gzipped: bytes | None  # None where it would not be smaller
    content_type: str
    etag: str  # quoted, as in the header


class Assets(msgspec.Struct, frozen=True):
    """All files of the page."""

    digest: str  # 16 hex digits over every name and byte
    shell: Asset  # the HTML of every page
    service_worker: Asset
    files: dict[str, Asset]  # by path below the prefix, `js/main.js`

    @property
    def prefix(self) -> str:
        """Path of the files, without a slash at its end."""
        return f"/web/{self.digest}"


def load_assets(static: Path = _HERE / "static", vendor: Path = _HERE / "vendor") -> Assets:
    """Read every file of the page; `vendor` need not exist. Raises `OSError`."""
    found = _read(static, "") | _read(vendor, "vendor/")
    digest = _digest(found)
    prefix = f"/web/{digest}"
    shell, worker = found.pop(_SHELL).decode(), found.pop(_SERVICE_WORKER).decode()
    ours = [name for name in found if not name.startswith("vendor/")]
    scripts = sorted(_reached(found, _MAIN, set()))
    # Without these links the browser would find the modules one import after the other.
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{_PREFIX_MARK}/{name}">' for name in scripts
    )
    shell = shell.replace(_PRELOADS_MARK, preloads).replace(_PREFIX_MARK, prefix)
    cached = json.dumps(["/", *(f"{prefix}/{name}" for name in ours)])
    worker = worker.replace(_FILES_MARK, cached).replace(_PREFIX_MARK, prefix)
    return Assets(
        digest=digest,
        shell=_asset(_SHELL, shell.encode()),
        service_worker=_asset(_SERVICE_WORKER, worker.encode()),
        files={name: _asset(name, body) for name, body in found.items()},
    )


def _read(folder: Path, prefix: str) -> dict[str, bytes]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix in _TYPES and p.is_file())
    return {prefix + path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _reached(files: dict[str, bytes], name: str, seen: set[str]) -> set[str]:
    """Return a module and its imports, without those of a later `import()`."""
    if name not in seen:
        seen.add(name)
        for target in _IMPORT.findall(files[name]):
            path = posixpath.join(posixpath.dirname(name), target.decode())
            _reached(files, posixpath.normpath(path), seen)
    return seen


def _digest(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, body in files.items():
        whole.update(f"{name}\0{len(body)}\0".encode())
        whole.update(body)
    return whole.hexdigest()[:16]


def _asset(name: str, body: bytes) -> Asset:
    small = gzip.compress(body, mtime=0)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    gzipped = small if len(small) < len(body) else None
    return Asset(body, gzipped, _TYPES[Path(name).suffix], etag)
