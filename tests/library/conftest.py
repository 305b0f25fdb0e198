from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.library.scan import ScanResult, scan


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
