"""What lies in a folder tree: scandir and stat, nothing opened."""

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

_NO_TEXT: Final = "subtitles of this kind can't be shown: SRT, ASS and WebVTT can"

# No value here can be part of a cycle: the garbage collector, which would look at half a million
# of them again and again, is told so (gc=False). It took a fifth of a walk.


class FoundFile(msgspec.Struct, frozen=True, gc=False):
    """A regular file. Symbolic links stand for what they point to."""

    name: str
    size: int  # bytes
    mtime_ns: int


class FoundFolder(msgspec.Struct, frozen=True, gc=False):
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


class _Look(msgspec.Struct, frozen=True, gc=False):
    """What the system tells of a folder, in its order."""

    files: list[FoundFile]  # that are of use by their names
    folders: list[tuple[str, bool]]  # names, and whether it is a link
    others: list[str]  # hidden ones too


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A folder as it was, and what that means."""

    look: _Look
    found: FoundFolder | None  # None: not for us, as its owner says
    linked: frozenset[str]  # those of its subfolders that are links
    refused: tuple[Problem, ...] = ()


class WalkMemory:
    """How the last walk found each folder: one that looks the same need not be sorted again.

    Every folder is read at every walk all the same, and the state of every file asked for. The
    time of a folder would not do: a file that grows leaves it alone, and so does, on union file
    systems, a file that comes.
    """

    def __init__(self) -> None:
        self.folders: dict[str, _Known] = {}  # by path


def join(folder: str, name: str) -> str:
    """Return the path of `name` in `folder`, both relative to the library."""
    return f"{folder}/{name}" if folder else name


def walk(root: Path, memory: WalkMemory | None = None) -> Tree:
    """Return what is in `root` and below; what can't be read is told, not raised.

    Links to files and folders are followed, inside the library and out of it. A folder is listed
    once, however many ways lead to it, so a loop of links ends; the way without links counts, or
    else the first by name, so that paths (and with them ids) are the same at every walk.

    `memory` is of the same library, and takes over this walk: folders that have not changed are
    the very objects that they were.
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
        look = self._look(path, full)
        known = self._before.get(path)
        if known is None or known.look != look:
            known = _sorted_out(path, look)
        self.known[path] = known
        if known.found is None:
            return None
        self.problems += known.refused
        for name in known.found.subfolders:
            (self._linked if name in known.linked else self._direct).append(join(path, name))
        return known.found

    def _look(self, path: str, full: str) -> _Look:
        """Ask the system. This is where the time of a walk goes."""
        look = _Look([], [], [])
        failed: list[tuple[str, OSError]] = []
        with os.scandir(full) as entries:
            for entry in entries:
                name = entry.name
                try:
                    if name[0] == ".":
                        look.others.append(name)
                    elif entry.is_dir():
                        look.folders.append((name, entry.is_symlink()))
                    elif kind_of(name) is None:
                        look.others.append(name)
                    else:
                        status = entry.stat()
                        # A pipe or device of such a name would hang whoever opens it.
                        if stat.S_ISREG(status.st_mode):
                            file = FoundFile(name, status.st_size, status.st_mtime_ns)
                            look.files.append(file)
                except OSError as error:
                    failed.append((name, error))
        if failed and not has_ignore_file(look.others):
            for name, reason in sorted(failed, key=lambda each: each[0]):
                self._report(join(path, name), reason)
        return look

    def _report(self, path: str, error: OSError) -> None:
        """Note what can't be read. What vanished meanwhile is no problem, but for the library."""
        vanished = isinstance(error, FileNotFoundError)
        if vanished and path and not os.path.islink(f"{self._root}/{path}"):  # noqa: PTH114 - as below
            return
        if not vanished:
            self.unreadable.append(path)
        reason = "the link points to nothing" if vanished and path else _reason(error)
        self.problems.append(Problem(path, reason))


def _sorted_out(path: str, look: _Look) -> _Known:
    if has_ignore_file(look.others):
        return _Known(look, None, frozenset())
    by_kind: dict[FileKind | None, list[FoundFile]] = {}
    for file in sorted(look.files, key=lambda file: file.name):
        by_kind.setdefault(kind_of(file.name), []).append(file)
    videos = by_kind.get("video", [])
    marks = [name for name in look.others if name[0] != "." and is_partial(name)]
    kept = set(complete_videos([file.name for file in videos], marks))
    found = FoundFolder(
        path,
        tuple(file for file in videos if file.name in kept),
        tuple(by_kind.get("artwork", ())),
        tuple(_subfolders(look, beside_videos=bool(kept))),
        tuple(by_kind.get("nfo", ())),
        tuple(by_kind.get("subtitles", ())),
    )
    linked = frozenset(name for name, is_link in look.folders if is_link)
    refused = tuple(
        Problem(join(path, name), _NO_TEXT) for name in unsupported_subtitles(look.others)
    )
    return _Known(look, found, linked, refused)


def _subfolders(look: _Look, *, beside_videos: bool) -> Iterator[str]:
    for name, _ in sorted(look.folders):
        if not (is_junk_folder(name) or (beside_videos and is_sample_folder(name))):
            yield name


def _identity(full: str) -> tuple[int, int]:
    status = os.stat(full)  # noqa: PTH116 - a Path per folder doubles the time of the walk
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    return f"can't be read: {printable(error.strerror or str(error)).lower()}"
