from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.schema import MIGRATIONS
from blobhls.library.extras import read_extras_folder
from blobhls.library.names import episode_index, read_extras, read_folder
from blobhls.library.readings import Episode, Movie, Reading
from blobhls.library.scan import ScanResult, scan
from blobhls.library.series import Folder


class Library:
    """A folder with its catalogue."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "Library"
        self.root.mkdir()
        self.db = Database(folder / "index.db", MIGRATIONS)
        self.catalogue = Catalogue(self.db)

    def add(self, *paths: str | bytes) -> None:
        for path in paths:
            file = self.root / os.fsdecode(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(os.fsencode(path))

    def scan(self) -> ScanResult:
        return scan(self.root, CatalogueIntake(self.db))

    def counts_of_scan(self) -> tuple[int, int, int, int]:
        result = self.scan()
        return result.added, result.changed, result.removed, result.unchanged

    def titles(self) -> list[str]:
        return [show.title for show in self.catalogue.shows()[0]]

    def paths(self) -> list[str]:
        return sorted(video.path for show in self.catalogue.shows()[0] for video in show.videos)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path)
    yield library
    library.db.close()


@pytest.fixture(scope="session")
def told() -> Callable[[str, list[str]], str]:
    """Reads a path, with the videos that lie beside it, and tells in one line what it is."""
    return _told


def _told(path: str, others: list[str]) -> str:
    """Return in one line what `path` is, with the videos `others` beside it."""
    above, _, name = path.rpartition("/")
    folder = Folder(above, (name, *others), (), "Library")
    inside = read_extras_folder(folder.parts)
    if inside is None:
        return _line(read_folder(folder)[0])
    return _line(read_extras(folder, inside.kind)[0])


def _line(reading: Reading) -> str:
    if isinstance(reading, Movie):
        words = [reading.title, f"({reading.year})" if reading.year else ""]
    elif isinstance(reading, Episode):
        first, last = (
            (reading.episodes[0], reading.episodes[-1]) if reading.episodes else (None, None)
        )
        index = episode_index(reading.season, first, last, reading.aired)
        year = f" ({reading.series_year})" if reading.series_year else ""
        words = [f"{reading.series_title}{year}:", index or "-", reading.title]
    else:
        return f"{reading.kind}: {reading.title}" + (f" of {reading.of}" if reading.of else "")
    choice = reading.choice
    words += [f"<{choice.version}>" if choice.version else ""]
    words += [f"{{{choice.edition}}}" if choice.edition else ""]
    words += [f"part {choice.part}" if choice.part else ""]
    words += [f"{provider}={value}" for provider, value in reading.ids]
    words += [f"see {choice.main}" if choice.main else ""]
    return " ".join(filter(None, words))
