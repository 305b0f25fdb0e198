"""Scanning: walk the folder tree, compare it with the catalogue, store the difference. Blocking."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import KnownFile, Problem, SeenVideo
from blobhls.library.build import Library, LibraryMemory, read_tree
from blobhls.library.mounts import mounts_below, not_mounted
from blobhls.library.walk import Tree, walk
from blobhls.names.titles import printable

_EVERYTHING_GONE: Final = (
    "empty or not mounted: the catalogue stays as it is until there are videos again"
)

_NOT_MOUNTED: Final = "not mounted: its content stays in the catalogue until it is mounted again"


class ScanResult(msgspec.Struct, frozen=True):
    """The result of a scan, in numbers of files."""

    added: int
    changed: int  # other content, or read differently because of its name or neighbours
    removed: int
    unchanged: int
    problems: tuple[Problem, ...]  # of this scan; `Catalogue.problems` has the flagged files too


class _Difference(msgspec.Struct, frozen=True):
    added: list[SeenVideo]
    changed: list[SeenVideo]
    removed: list[str]
    unchanged: int


class _Walked(msgspec.Struct, frozen=True):
    """The result of a walk."""

    tree: Tree
    library: Library
    skipped: frozenset[str]  # paths that are unreadable or still growing


class ScanMemory(LibraryMemory):
    """What is kept from one scan to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.unchanged: _UnchangedScan | None = None


class _UnchangedScan(msgspec.Struct, frozen=True):
    """A scan that changed nothing; neither will the next one, as long as all this is the same."""

    revision: int
    library: Library
    seen: Mapping[str, SeenVideo]  # by path
    skipped: frozenset[str]  # paths that are unreadable or still growing
    denied: frozenset[str]  # files that may not be opened
    known: int  # files
    duplicates: tuple[Problem, ...]  # names that only the file system distinguishes

    def still_holds(self, revision: int, library: Library, skipped: frozenset[str]) -> bool:
        """Whether tree and catalogue are unchanged."""
        return self.library is library and (self.revision, self.skipped) == (revision, skipped)


def scan(
    root: Path,
    intake: CatalogueIntake,
    growing: Collection[str] = frozenset(),
    memory: ScanMemory | None = None,
) -> ScanResult:
    """Bring the catalogue in line with the tree below `root`; no file is opened.

    `memory`: of the previous scan; it makes this one faster and is updated. `growing`: paths of
    files and folders that are still changing; their entries stay as they are.

    Entries of files that are gone are deleted, except below unreadable folders, and except if all
    files are gone at once. Unreadable files raise nothing: they are in the result's problems, and
    the scan continues.
    """
    memory = ScanMemory() if memory is None else memory
    revision = intake.revision()
    tree = walk(root, memory.walk)
    library = read_tree(tree, root.absolute().name, memory)
    unmounted = _unmounted(root, intake) if library.videos else {}
    tree = msgspec.structs.replace(tree, problems=(*tree.problems, *unmounted.values()))
    skipped = frozenset(tree.unreadable) | frozenset(growing) | unmounted.keys()
    unchanged, memory.unchanged = memory.unchanged, None
    if unchanged is not None and unchanged.still_holds(revision, library, skipped):
        asked = {path for path in intake.unprobed() if path in unchanged.seen} | unchanged.denied
        denied = _denied(root, asked)
        if denied.keys() == unchanged.denied:
            memory.unchanged = unchanged
            problems = (*tree.problems, *unchanged.duplicates, *denied.values())
            intake.set_scan_problems(problems)
            return ScanResult(0, 0, 0, unchanged.known, problems)
    return _store_difference(root, intake, memory, _Walked(tree, library, skipped))


def _unmounted(root: Path, intake: CatalogueIntake) -> dict[str, Problem]:
    """Return the folders that are empty because their disk is not mounted."""
    mounted, known = mounts_below(root), intake.mounts()
    unmounted = not_mounted(root, known, mounted)
    if known != mounted | unmounted:
        intake.set_mounts(mounted | unmounted)
    return {path: Problem(path, _NOT_MOUNTED) for path in sorted(unmounted)}


def _store_difference(
    root: Path, intake: CatalogueIntake, memory: ScanMemory, walked: _Walked
) -> ScanResult:
    """Compare everything, and store the difference."""
    tree, library, skipped = walked.tree, walked.library, walked.skipped
    revision, known = intake.revision(), intake.known_files()
    if known and not library.videos:
        problems = (*tree.problems, Problem("", _EVERYTHING_GONE))
        intake.set_scan_problems(problems)
        return ScanResult(0, 0, 0, len(known), problems)
    seen, duplicates = _distinct(library.videos)
    denied = _denied(root, (path for path in seen if path not in known or not known[path].probed))
    protected = skipped | denied.keys()
    problems = (*tree.problems, *duplicates, *denied.values())
    difference = _compare(seen, known, protected)
    moved = _moved(difference, known)
    intake.apply(difference.removed, difference.changed + difference.added, moved)
    intake.apply_artwork(library.artwork)
    intake.apply_nfo_files(library.nfo_files)
    intake.apply_subtitle_files(library.subtitle_files)
    intake.set_scan_problems(problems)
    if intake.revision() == revision:
        memory.unchanged = _UnchangedScan(
            revision, library, seen, skipped, frozenset(denied), len(known), duplicates
        )
    return ScanResult(
        len(difference.added),
        len(difference.changed),
        len(difference.removed),
        difference.unchanged,
        problems,
    )


def _distinct(
    videos: Iterable[SeenVideo],
) -> tuple[dict[str, SeenVideo], tuple[Problem, ...]]:
    """Return the videos by path, without those that share another one's id, and their problems.

    Names that differ only in the encoding of accents (NFC and NFD) are distinct only to the file
    system. The first one by path is kept.
    """
    paths: dict[str, str] = {}
    seen: dict[str, SeenVideo] = {}
    duplicates: list[Problem] = []
    for video in sorted(videos, key=lambda video: video.path):
        first = paths.setdefault(video.video_id, video.path)
        if first == video.path:
            seen[video.path] = video
        else:
            reason = f"another file has the same name: {printable(first)}"
            duplicates.append(Problem(video.path, reason))
    return seen, tuple(duplicates)


def _denied(root: Path, paths: Iterable[str]) -> dict[str, Problem]:
    """Return the files that may not be opened; only asked for those still to be probed."""
    return {
        path: Problem(path, "can't be read: permission denied")
        for path in paths
        if not os.access(f"{root}/{path}", os.R_OK)
    }


def _compare(
    seen: Mapping[str, SeenVideo], known: Mapping[str, KnownFile], protected: frozenset[str]
) -> _Difference:
    added = [
        video
        for path, video in seen.items()
        if path not in known and not _is_within(path, protected)
    ]
    changed = [
        video
        for path, video in seen.items()
        if path in known and known[path].seen != video and path not in protected
    ]
    removed = [path for path in known if path not in seen and not _is_within(path, protected)]
    return _Difference(added, changed, removed, len(known) - len(changed) - len(removed))


def _moved(difference: _Difference, known: Mapping[str, KnownFile]) -> dict[str, str]:
    """Return the old paths of renamed files, by their new paths.

    A missing file and a new one with the same size and time are the same file, if no other file in
    either group has them too.
    """
    if not difference.added or not difference.removed:
        return {}
    before: dict[tuple[int, int], list[str]] = {}
    for path in difference.removed:
        seen = known[path].seen
        before.setdefault((seen.size, seen.mtime_ns), []).append(path)
    after: dict[tuple[int, int], list[str]] = {}
    for video in difference.added:
        after.setdefault((video.size, video.mtime_ns), []).append(video.path)
    return {
        new[0]: before[stamp][0]
        for stamp, new in after.items()
        if len(new) == len(before.get(stamp, ())) == 1
    }


def _is_within(path: str, folders: frozenset[str]) -> bool:
    """Whether `path` is one of `folders`, or somewhere below one."""
    if not folders:
        return False
    if "" in folders:
        return True
    while path:
        if path in folders:
            return True
        path = path.rpartition("/")[0]
    return False
