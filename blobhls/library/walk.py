"""What lies in a folder tree: scandir and stat, nothing opened, nothing kept."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from blobhls.index.catalogue_values import Problem
from blobhls.library.titles import printable
from blobhls.library.tree import (
    FileKind,
    is_junk_folder,
    is_partial,
    is_sample_folder,
    keeps_out,
    kind_of,
    without_junk,
)


class FoundFile(msgspec.Struct, frozen=True):
    """A regular file. Symbolic links stand for what they point to."""

    name: str
    size: int  # bytes
    mtime_ns: int


class FoundFolder(msgspec.Struct, frozen=True):
    """A folder that could be read."""

    path: str  # relative to the library, "" for the library itself
    videos: tuple[FoundFile, ...]  # by name
    pictures: tuple[FoundFile, ...]  # by name
    subfolders: tuple[str, ...]  # by name; junk left out
    notes: tuple[FoundFile, ...] = ()  # NFO files, by name
    texts: tuple[FoundFile, ...] = ()  # subtitle files, by name


class Tree(msgspec.Struct, frozen=True):
    """A library at the time of a walk."""

    folders: tuple[FoundFolder, ...]
    unreadable: tuple[str, ...]  # files and folders that are there but can't be looked at
    problems: tuple[Problem, ...]


def join(folder: str, name: str) -> str:
    """Return the path of `name` in `folder`, both relative to the library."""
    return f"{folder}/{name}" if folder else name


def walk(root: Path) -> Tree:
    """Return what is in `root` and below; what can't be read is told, not raised.

    Links to files and folders are followed, inside the library and out of it. A folder is listed
    once, however many ways lead to it, so a loop of links ends; the way without links counts, or
    else the first by name, so that paths (and with them ids) are the same at every walk.
    """
    walker = _Walker(root)
    return Tree(tuple(walker.folders()), tuple(walker.unreadable), tuple(walker.problems))


class _Walker:
    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        # (st_dev, st_ino); None while no link was followed: then nothing is met twice, and to ask
        # for every folder's identity would take a quarter of the walk.
        self._visited: set[tuple[int, int]] | None = None
        self._direct = deque([""])
        self._linked: deque[str] = deque()  # only after all that is reached without links
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
        """Return what a folder is known by; None if it has gone meanwhile."""
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
        with os.scandir(full) as entries:
            by_name = {entry.name: entry for entry in entries}
        if keeps_out(by_name):
            return None
        folders, by_kind = self._sorted_out(path, by_name)
        videos = self._files(path, by_kind.get("video", ()), by_name)
        marks = filter(is_partial, by_kind.get(None, ()))
        kept = set(without_junk([file.name for file in videos], marks))
        subfolders = self._subfolders(path, folders, by_name, beside_videos=bool(kept))
        return FoundFolder(
            path,
            tuple(file for file in videos if file.name in kept),
            tuple(self._files(path, by_kind.get("picture", ()), by_name)),
            tuple(subfolders),
            tuple(self._files(path, by_kind.get("note", ()), by_name)),
            tuple(self._files(path, by_kind.get("text", ()), by_name)),
        )

    def _sorted_out(
        self, folder: str, entries: dict[str, os.DirEntry[str]]
    ) -> tuple[list[str], dict[FileKind | None, list[str]]]:
        """Return the names of folders, and those of files by what they promise."""
        folders: list[str] = []
        by_kind: dict[FileKind | None, list[str]] = {}
        for name, entry in entries.items():
            if name.startswith("."):
                continue
            try:
                is_folder = entry.is_dir()
            except OSError as error:
                self._report(join(folder, name), error)
                continue
            if is_folder:
                folders.append(name)
            else:
                by_kind.setdefault(kind_of(name), []).append(name)
        return folders, by_kind

    def _files(
        self, folder: str, names: Iterable[str], entries: dict[str, os.DirEntry[str]]
    ) -> list[FoundFile]:
        found: list[FoundFile] = []
        for name in sorted(names):
            try:
                status = entries[name].stat()
            except OSError as error:
                self._report(join(folder, name), error)
                continue
            # A pipe or device of such a name would hang whoever opens it.
            if stat.S_ISREG(status.st_mode):
                found.append(FoundFile(name, status.st_size, status.st_mtime_ns))
        return found

    def _subfolders(
        self,
        folder: str,
        names: Iterable[str],
        entries: dict[str, os.DirEntry[str]],
        *,
        beside_videos: bool,
    ) -> list[str]:
        kept: list[str] = []
        for name in sorted(names):
            if not (is_junk_folder(name) or (beside_videos and is_sample_folder(name))):
                kept.append(name)
                is_link = entries[name].is_symlink()
                (self._linked if is_link else self._direct).append(join(folder, name))
        return kept

    def _report(self, path: str, error: OSError) -> None:
        """Note what can't be read. What vanished meanwhile is no problem, but for the library."""
        vanished = isinstance(error, FileNotFoundError)
        if vanished and path and not os.path.islink(f"{self._root}/{path}"):  # noqa: PTH114 - as above
            return
        if not vanished:
            self.unreadable.append(path)
        reason = "the link points to nothing" if vanished and path else _reason(error)
        self.problems.append(Problem(path, reason))


def _identity(full: str) -> tuple[int, int]:
    status = os.stat(full)  # noqa: PTH116 - a Path per folder doubles the time of the walk
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    return f"can't be read: {printable(error.strerror or str(error)).lower()}"
