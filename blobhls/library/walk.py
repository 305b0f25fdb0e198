"""Walking a folder tree with scandir and stat; no file is opened."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from blobhls.index.catalogue.rows import Problem
from blobhls.names.file_kinds import (
    FileKind,
    complete_videos,
    has_ignore_file,
    is_junk_folder,
    is_partial,
    is_sample_folder,
    kind_of,
    unsupported_subtitles,
)
from blobhls.names.titles import printable

_UNSUPPORTED: Final = "this subtitle format is not supported: SRT, ASS and WebVTT are"

# No value here can be part of a cycle, so the garbage collector skips them (gc=False). Otherwise it
# would traverse half a million of them again and again, which took a fifth of a walk.


class FoundFile(msgspec.Struct, frozen=True, gc=False):
    """A regular file. Symbolic links count as what they point to."""

    name: str
    size: int  # bytes
    mtime_ns: int


class FoundFolder(msgspec.Struct, frozen=True, gc=False):
    """A folder that could be read."""

    path: str  # relative to the library, "" for the library itself
    videos: tuple[FoundFile, ...]  # by name
    artwork: tuple[FoundFile, ...]  # by name
    subfolders: tuple[str, ...]  # by name; without junk
    nfo_files: tuple[FoundFile, ...] = ()  # NFO files, by name
    subtitle_files: tuple[FoundFile, ...] = ()  # subtitle files, by name


class Tree(msgspec.Struct, frozen=True):
    """A library at the time of a walk."""

    folders: tuple[FoundFolder, ...]
    unreadable: tuple[str, ...]  # files and folders that exist but can't be read
    problems: tuple[Problem, ...]


class _Listing(msgspec.Struct, frozen=True, gc=False):
    """The entries of a folder, in the system's order."""

    files: list[FoundFile]  # whose names are relevant
    folders: list[tuple[str, bool]]  # names, and whether it is a link
    others: list[str]  # including hidden ones


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A folder as last listed, and what follows from that."""

    listing: _Listing
    found: FoundFolder | None  # None: marked as to be ignored
    linked: frozenset[str]  # the subfolders that are links
    refused: tuple[Problem, ...] = ()


class WalkMemory:
    """The last listing of each folder: a folder with the same listing need not be sorted again.

    Every folder is still listed on every walk, and every file's status read. The folder's own time
    would not suffice: it does not change when a file grows, nor, on union file systems, when a file
    is added.
    """

    def __init__(self) -> None:
        self.folders: dict[str, _Known] = {}  # by path


def join(folder: str, name: str) -> str:
    """Return the path of `name` in `folder`, both relative to the library."""
    return f"{folder}/{name}" if folder else name


def walk(root: Path, memory: WalkMemory | None = None) -> Tree:
    """Return what is in `root` and below; unreadable entries are reported, not raised.

    Links to files and folders are followed, inside the library and outside. A folder is listed only
    once, however many paths lead to it, so a loop of links ends. The path without links is used, or
    else the first by name, so that paths (and their ids) are the same on every walk.

    `memory` belongs to the same library and is updated: unchanged folders are the same objects as
    before.
    """
    walker = _Walker(root, {} if memory is None else memory.folders)
    tree = Tree(tuple(walker.folders()), tuple(walker.unreadable), tuple(walker.problems))
    if memory is not None:
        memory.folders = walker.known
    return tree


class _Walker:
    def __init__(self, root: Path, before: dict[str, _Known]) -> None:
        self._root = os.fspath(root)
        self._before = before
        self.known: dict[str, _Known] = {}
        # (st_dev, st_ino); None until a link is followed: until then no folder is met twice, and
        # reading every folder's identity would take a quarter of the walk.
        self._visited: set[tuple[int, int]] | None = None
        self._direct = deque([""])
        self._linked: deque[str] = deque()  # only after everything that is reached without links
        self.unreadable: list[str] = []
        self.problems: list[Problem] = []

    def folders(self) -> Iterator[FoundFolder]:
        direct: list[str] = []
        while self._direct or self._linked:
            if not self._direct and self._visited is None:
                self._visited = set(filter(None, map(self._identity, direct)))
            path = (self._direct or self._linked).popleft()
            if self._visited is None:
                direct.append(path)
            try:
                found = self._read(path)
            except OSError as error:
                self._report(path, error)
                continue
            if found is not None:
                yield found

    def _identity(self, path: str) -> tuple[int, int] | None:
        """Return a folder's identity; None if it has vanished meanwhile."""
        try:
            return _identity(f"{self._root}/{path}")
        except OSError:
            return None

    def _read(self, path: str) -> FoundFolder | None:
        full = f"{self._root}/{path}"
        if self._visited is not None:
            identity = _identity(full)
            if identity in self._visited:
                return None
            self._visited.add(identity)
        listing = self._list(path, full)
        known = self._before.get(path)
        if known is None or known.listing != listing:
            known = _classified(path, listing)
        self.known[path] = known
        if known.found is None:
            return None
        self.problems += known.refused
        for name in known.found.subfolders:
            (self._linked if name in known.linked else self._direct).append(join(path, name))
        return known.found

    def _list(self, path: str, full: str) -> _Listing:
        """List a folder. This takes most of the time of a walk."""
        listing = _Listing([], [], [])
        failed: list[tuple[str, OSError]] = []
        with os.scandir(full) as entries:
            for entry in entries:
                name = entry.name
                try:
                    if name[0] == ".":
                        listing.others.append(name)
                    elif entry.is_dir():
                        listing.folders.append((name, entry.is_symlink()))
                    elif kind_of(name) is None:
                        listing.others.append(name)
                    else:
                        status = entry.stat()
                        # Opening a pipe or device with such a name would block.
                        if stat.S_ISREG(status.st_mode):
                            file = FoundFile(name, status.st_size, status.st_mtime_ns)
                            listing.files.append(file)
                except OSError as error:
                    failed.append((name, error))
        if failed and not has_ignore_file(listing.others):
            for name, reason in sorted(failed, key=lambda each: each[0]):
                self._report(join(path, name), reason)
        return listing

    def _report(self, path: str, error: OSError) -> None:
        """Report an unreadable entry. A vanished entry is no problem, except for the library."""
        vanished = isinstance(error, FileNotFoundError)
        if vanished and path and not os.path.islink(f"{self._root}/{path}"):  # noqa: PTH114 - as below
            return
        if not vanished:
            self.unreadable.append(path)
        reason = "the link points to nothing" if vanished and path else _reason(error)
        self.problems.append(Problem(path, reason))


def _classified(path: str, listing: _Listing) -> _Known:
    if has_ignore_file(listing.others):
        return _Known(listing, None, frozenset())
    by_kind: dict[FileKind | None, list[FoundFile]] = {}
    for file in sorted(listing.files, key=lambda file: file.name):
        by_kind.setdefault(kind_of(file.name), []).append(file)
    videos = by_kind.get("video", [])
    downloads = [name for name in listing.others if name[0] != "." and is_partial(name)]
    kept = set(complete_videos([file.name for file in videos], downloads))
    found = FoundFolder(
        path,
        tuple(file for file in videos if file.name in kept),
        tuple(by_kind.get("artwork", ())),
        tuple(_subfolders(listing, beside_videos=bool(kept))),
        tuple(by_kind.get("nfo", ())),
        tuple(by_kind.get("subtitles", ())),
    )
    linked = frozenset(name for name, is_link in listing.folders if is_link)
    refused = tuple(
        Problem(join(path, name), _UNSUPPORTED) for name in unsupported_subtitles(listing.others)
    )
    return _Known(listing, found, linked, refused)


def _subfolders(listing: _Listing, *, beside_videos: bool) -> Iterator[str]:
    for name, _ in sorted(listing.folders):
        if not (is_junk_folder(name) or (beside_videos and is_sample_folder(name))):
            yield name


def _identity(full: str) -> tuple[int, int]:
    status = os.stat(full)  # noqa: PTH116 - a Path per folder doubles the time of the walk
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    return f"can't be read: {printable(error.strerror or str(error)).lower()}"
