"""Which videos are listed as sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_intake import CatalogueIntake
from blobhls.index.catalogue_values import SeenVideo
from blobhls.index.database import Database
from blobhls.index.schema import MIGRATIONS
from blobhls.index.sealed import SealedVideos
from blobhls.index.sources import Root, SourceIndex


class Shelf:
    """A catalogue of films that were looked into; names are ids of everything about a film."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.sources = SourceIndex(db)
        self.sealed = SealedVideos(db)
        self.names: list[str] = []

    def add(self, *names: str) -> None:
        self.names += names
        CatalogueIntake(self.db).apply([], [seen(name) for name in self.names])
        for name in names:
            Catalogue(self.db).bind_source(name, name, 100.0)
            self.sources.add(name, b"", name, b"")

    def seal(self, name: str, at: float, withdrawn: str | None = None) -> BlobId:
        root = BlobId.of(f"{name} {at}".encode())
        self.sources.add_root(name, Root(root, ("source_h264",), at, None))
        if withdrawn is not None:
            self.sources.withdraw(root, withdrawn)
        return root


def seen(name: str) -> SeenVideo:
    return SeenVideo(name, 1, 1, name, name, "movie", name, None, name, None, None, None, name)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    db = Database(tmp_path / "index.db", MIGRATIONS)
    yield Shelf(db)
    db.close()


def test_the_one_sealed_last_comes_first_with_its_newest_root(shelf: Shelf) -> None:
    shelf.add("alien", "brazil", "heat")
    shelf.seal("brazil", 10)
    shelf.seal("alien", 20)
    newest = shelf.seal("brazil", 30)
    found = shelf.sealed.newest(10)
    assert [each.video_id for each in found] == ["brazil", "alien"]
    assert found[0].root == newest
    assert shelf.sealed.count() == 2
    assert [each.video_id for each in shelf.sealed.newest(1, offset=1)] == ["alien"]


def test_a_root_that_was_withdrawn_does_not_count(shelf: Shelf) -> None:
    shelf.add("alien", "brazil")
    older = shelf.seal("alien", 10)
    shelf.seal("alien", 20, withdrawn="it can't be made again")
    shelf.seal("brazil", 30, withdrawn="it can't be made again")
    (found,) = shelf.sealed.newest(10)
    assert (found.video_id, found.root) == ("alien", older)
    assert shelf.sealed.count() == 1


def test_a_film_that_is_gone_is_not_listed(shelf: Shelf) -> None:
    shelf.add("alien")
    shelf.seal("alien", 10)
    CatalogueIntake(shelf.db).apply(["alien"], [])
    assert shelf.sealed.newest(10) == []
    assert shelf.sealed.count() == 0
