"""The next video, derived from file names: versions are kept, parts play in sequence."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.database import Database
from blobhls.index.viewing.history import History
from blobhls.index.viewing.up_next import UpNext
from blobhls.index.viewing.watched import Watched
from blobhls.library.scan import ScanResult
from blobhls.names.folders import path_id


class Library(Protocol):
    root: Path
    db: Database
    catalogue: Catalogue

    def add(self, *paths: str | bytes) -> None: ...
    def scan(self) -> ScanResult: ...


class Viewer:
    """Watches files by their paths; every file runs for 100 s."""

    def __init__(self, library: Library) -> None:
        self._library = library
        ticks = count(1)
        self._history = History(library.db, lambda: float(next(ticks)))
        self._up_next = UpNext(library.db)
        self._watched = Watched(library.db, self._history, self._up_next)

    def has(self, *paths: str) -> None:
        self._library.add(*paths)
        self._library.scan()
        for path in paths:
            self._library.catalogue.bind_source(path, f"source of {path}", 100.0)

    def watches(self, path: str, position: float = 95.0) -> None:
        self._history.put(path_id(path), f"source of {path}", position, 100.0)

    def continues(self) -> list[str]:
        return [self._path(offer.video_id) for offer in self._up_next.begun()]

    def follows(self) -> list[str]:
        return [self._path(offer.video_id) for offer in self._up_next.next()]

    def plays(self, path: str) -> str | None:
        """Return what the Play button of the file's show plays."""
        show_id = self._library.catalogue.video(path_id(path)).show_id
        found = self._watched.of(show_id).next_id
        return None if found is None else self._path(found)

    def seen(self, path: str) -> tuple[int, int]:
        show_id = self._library.catalogue.video(path_id(path)).show_id
        found = self._watched.of(show_id)
        return found.watched, found.total

    def _path(self, video_id: str) -> str:
        return self._library.catalogue.video(video_id).path


@pytest.fixture
def viewer(library: Library) -> Viewer:
    return Viewer(library)


SMALL = ["Heat (1995)/Heat (1995) - 480p-cd1.avi", "Heat (1995)/Heat (1995) - 480p-cd2.avi"]
LARGE = [f"Heat (1995)/Heat (1995) - 1080p-part{n}.mkv" for n in (1, 2, 3)]
WHOLE = "Heat (1995)/Heat (1995) - 720p.mkv"


def test_after_a_part_comes_the_next_part_of_the_same_version(viewer: Viewer) -> None:
    viewer.has(*SMALL, *LARGE, WHOLE)
    viewer.watches(SMALL[0])
    assert (viewer.continues(), viewer.plays(WHOLE)) == ([SMALL[1]], SMALL[1])
    viewer.watches(LARGE[0])
    assert (viewer.continues(), viewer.plays(WHOLE)) == ([LARGE[1]], LARGE[1])
    viewer.watches(LARGE[1])
    assert viewer.continues() == [LARGE[2]]
    assert viewer.seen(WHOLE) == (0, 1)
    viewer.watches(LARGE[2])
    assert (viewer.continues(), viewer.follows(), viewer.plays(WHOLE)) == ([], [], None)
    assert viewer.seen(WHOLE) == (1, 1)


def test_the_last_part_of_a_version_ends_the_film(viewer: Viewer) -> None:
    viewer.has(*SMALL, *LARGE, WHOLE)
    viewer.watches(SMALL[0])
    viewer.watches(SMALL[1])
    assert (viewer.continues(), viewer.seen(WHOLE)) == ([], (1, 1))


def test_a_finished_version_offers_no_part_of_another(viewer: Viewer) -> None:
    viewer.has(*SMALL, *LARGE, WHOLE)
    viewer.watches(WHOLE)
    assert (viewer.continues(), viewer.follows(), viewer.plays(WHOLE)) == ([], [], None)


def episode(number: int, version: str, ending: str = "") -> str:
    return f"Lost/Season 1/Lost S01E0{number} - {version}{ending}.mkv"


def test_the_next_episode_is_offered_in_the_version_that_is_watched(viewer: Viewer) -> None:
    viewer.has(*(episode(n, version) for n in (1, 2) for version in ("2160p", "720p")))
    viewer.has(episode(3, "2160p"))
    viewer.watches(episode(1, "720p"))
    assert (viewer.continues(), viewer.follows()) == ([], [episode(2, "720p")])
    assert viewer.plays(episode(1, "2160p")) == episode(2, "720p")
    viewer.watches(episode(2, "720p"))
    assert viewer.follows() == [episode(3, "2160p")]  # there is no other
    viewer.watches(episode(1, "2160p"))
    assert viewer.follows() == [episode(3, "2160p")]


def test_without_the_same_version_one_of_the_same_resolution_is_next(viewer: Viewer) -> None:
    viewer.has(episode(1, "1080p WEB-DL"), episode(1, "2160p"))
    viewer.has(episode(2, "2160p"), episode(2, "1080p BluRay"))
    viewer.watches(episode(1, "1080p WEB-DL"))
    assert viewer.follows() == [episode(2, "1080p BluRay")]


def test_a_started_episode_resumes_in_its_own_version(viewer: Viewer) -> None:
    viewer.has(*(episode(n, version) for n in (1, 2) for version in ("2160p", "720p")))
    viewer.watches(episode(2, "2160p"), 40)
    viewer.watches(episode(1, "720p"))
    assert viewer.follows() == [episode(2, "2160p")]


def test_an_episode_in_parts_is_watched_to_its_end_before_the_next(viewer: Viewer) -> None:
    parts = [episode(1, "1080p", f"-part{n}") for n in (1, 2)]
    after = [episode(2, "1080p", f"-part{n}") for n in (1, 2)]
    viewer.has(*parts, episode(1, "480p"), *after, episode(2, "480p"))
    viewer.watches(parts[0])
    assert (viewer.continues(), viewer.follows()) == ([parts[1]], [])
    assert viewer.plays(parts[0]) == parts[1]
    viewer.watches(parts[1], 30)
    assert (viewer.continues(), viewer.follows()) == ([parts[1]], [])
    viewer.watches(parts[1])
    assert (viewer.continues(), viewer.follows()) == ([], [after[0]])
    viewer.watches(after[0])
    viewer.watches(parts[1])
    assert (viewer.continues(), viewer.follows()) == ([], [after[1]])


def test_two_stacks_of_parts_with_different_names_are_two_versions(
    viewer: Viewer, library: Library
) -> None:
    one = [f"Heat (1995)/Heat-cd{n}.avi" for n in (1, 2)]
    other = [f"Heat (1995)/Heat (1995)-cd{n}.avi" for n in (1, 2)]
    viewer.has(*one, *other)
    viewer.watches(one[0])
    assert viewer.continues() == [one[1]]
    viewer.watches(other[0])
    assert viewer.continues() == [other[1]]
