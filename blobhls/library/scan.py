"""The folder tree into the catalogue: walk, compare, take over the difference. Blocking."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import KnownFile, Problem, SeenVideo
from blobhls.library.build import Library, Memory, read_tree
from blobhls.library.mounts import mounts_below, not_mounted
from blobhls.library.walk import Tree, walk
from blobhls.names.titles import printable

_EVERYTHING_GONE: Final = (
    "empty or not mounted: the catalogue stays as it is until there are videos again"
)

_AWAY: Final = "not mounted: what was in it stays in the catalogue until it is there again"


class ScanResult(msgspec.Struct, frozen=True):
    """What a scan did, in files."""

    added: int
    changed: int  # other content, or another meaning by its name and neighbours
    removed: int
    unchanged: int
    problems: tuple[Problem, ...]  # of this scan; `Catalogue.problems` has the flagged files too


class _Difference(msgspec.Struct, frozen=True):
    added: list[SeenVideo]
    changed: list[SeenVideo]
    removed: list[str]
    unchanged: int


class _Walked(msgspec.Struct, frozen=True):
    """What a walk found."""

    tree: Tree
    library: Library
    left: frozenset[str]  # paths that can't be looked at, or grow


class ScanMemory(Memory):
    """What is known of a library from one scan to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.rest: _Rest | None = None


class _Rest(msgspec.Struct, frozen=True):
    """A scan that found nothing to do: the next has nothing to do either while all this stays."""

    revision: int
    library: Library
    seen: Mapping[str, SeenVideo]  # by path
    left: frozenset[str]  # paths that can't be looked at, or grow
    denied: frozenset[str]  # files that may not be opened
    known: int  # files
    twice: tuple[Problem, ...]  # names that are one to everything but the file system

    def holds(self, revision: int, library: Library, left: frozenset[str]) -> bool:
        """Whether tree and catalogue are as they were."""
        return self.library is library and (self.revision, self.left) == (revision, left)


def scan(
    root: Path,
    intake: CatalogueIntake,
    growing: Collection[str] = frozenset(),
    memory: ScanMemory | None = None,
) -> ScanResult:
    """Make the catalogue follow the tree below `root`; no file is opened.

    `memory`: of the scan before, which makes this one quicker and is brought up to date.
    `growing`: paths of files and folders that are changing just now; they are left as they were.

    What is gone from the tree goes from the catalogue, except below folders that can't be read, and
    except if everything is gone at once. Nothing is raised for what can't be read: it is in the
    result's problems, and the rest goes on.
    """
    memory = ScanMemory() if memory is None else memory
    revision = intake.revision()
    tree = walk(root, memory.walk)
    library = read_tree(tree, root.absolute().name, memory)
    away = _away(root, intake) if library.videos else {}
    tree = msgspec.structs.replace(tree, problems=(*tree.problems, *away.values()))
    left = frozenset(tree.unreadable) | frozenset(growing) | away.keys()
    rest, memory.rest = memory.rest, None
    if rest is not None and rest.holds(revision, library, left):
        asked = {path for path in intake.unprobed() if path in rest.seen} | rest.denied
        denied = _denied(root, asked)
        if denied.keys() == rest.denied:
            memory.rest = rest
            problems = (*tree.problems, *rest.twice, *denied.values())
            intake.set_scan_problems(problems)
            return ScanResult(0, 0, 0, rest.known, problems)
    return _take_over(root, intake, memory, _Walked(tree, library, left))


def _away(root: Path, intake: CatalogueIntake) -> dict[str, Problem]:
    """Return the folders that are empty because their disk is not mounted."""
    mounted, known = mounts_below(root), intake.mounts()
    away = not_mounted(root, known, mounted)
    if known != mounted | away:
        intake.set_mounts(mounted | away)
    return {path: Problem(path, _AWAY) for path in sorted(away)}


def _take_over(
    root: Path, intake: CatalogueIntake, memory: ScanMemory, walked: _Walked
) -> ScanResult:
    """Compare everything, and write down the difference."""
    tree, library, left = walked.tree, walked.library, walked.left
    revision, known = intake.revision(), intake.known_files()
    if known and not library.videos:
        problems = (*tree.problems, Problem("", _EVERYTHING_GONE))
        intake.set_scan_problems(problems)
        return ScanResult(0, 0, 0, len(known), problems)
    seen, twice = _distinct(library.videos)
    denied = _denied(root, (path for path in seen if path not in known or not known[path].probed))
    unread = left | denied.keys()
    problems = (*tree.problems, *twice, *denied.values())
    difference = _compare(seen, known, unread)
    moved = _moved(difference, known)
    intake.apply(difference.removed, difference.changed + difference.added, moved)
    intake.apply_pictures(library.pictures)
    intake.apply_notes(library.notes)
    intake.apply_texts(library.texts)
    intake.set_scan_problems(problems)
    if intake.revision() == revision:
        memory.rest = _Rest(revision, library, seen, left, frozenset(denied), len(known), twice)
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
    """Return the videos by path, without those whose id another one has, and what these are.

    Two names that differ only in how their accents are encoded (NFC and NFD) are one name to
    everything but the file system. The first by path stays.
    """
    paths: dict[str, str] = {}
    seen: dict[str, SeenVideo] = {}
    twice: list[Problem] = []
    for video in sorted(videos, key=lambda video: video.path):
        first = paths.setdefault(video.video_id, video.path)
        if first == video.path:
            seen[video.path] = video
        else:
            reason = f"another file has the same name: {printable(first)}"
            twice.append(Problem(video.path, reason))
    return seen, tuple(twice)


def _denied(root: Path, paths: Iterable[str]) -> dict[str, Problem]:
    """Return those of the files that may not be opened: asked of what is still to be probed."""
    return {
        path: Problem(path, "can't be read: permission denied")
        for path in paths
        if not os.access(f"{root}/{path}", os.R_OK)
    }


def _compare(
    seen: Mapping[str, SeenVideo], known: Mapping[str, KnownFile], unread: frozenset[str]
) -> _Difference:
    added = [
        video for path, video in seen.items() if path not in known and not _is_within(path, unread)
    ]
    changed = [
        video
        for path, video in seen.items()
        if path in known and known[path].seen != video and path not in unread
    ]
    removed = [path for path in known if path not in seen and not _is_within(path, unread)]
    return _Difference(added, changed, removed, len(known) - len(changed) - len(removed))


def _moved(difference: _Difference, known: Mapping[str, KnownFile]) -> dict[str, str]:
    """Return the old paths of files that are only called otherwise, by their new ones.

    A name that is gone and a new one with the very same size and time are one file, if no other of
    either has them too.
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
