"""Which videos are listed as sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.catalogue.sealed import SealedVideos
from blobhls.index.database import Database
from blobhls.index.ledger.sources import Root, SourceIndex
from blobhls.index.migrations import MIGRATIONS


class Storage:
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
            self.sources.quarantine(root, withdrawn)
        return root


def seen(name: str) -> SeenVideo:
    return SeenVideo(name, 1, 1, name, name, "movie", name, None, name, None, None, None, name)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    db = Database(tmp_path / "index.db", MIGRATIONS)
    yield Storage(db)
    db.close()


def test_the_one_sealed_last_comes_first_with_its_newest_root(storage: Storage) -> None:
    storage.add("alien", "brazil", "heat")
    storage.seal("brazil", 10)
    storage.seal("alien", 20)
    newest = storage.seal("brazil", 30)
    found = storage.sealed.newest(10)
    assert [each.video_id for each in found] == ["brazil", "alien"]
    assert found[0].root == newest
    assert storage.sealed.count() == 2
    assert [each.video_id for each in storage.sealed.newest(1, offset=1)] == ["alien"]


def test_a_root_that_was_withdrawn_does_not_count(storage: Storage) -> None:
    storage.add("alien", "brazil")
    older = storage.seal("alien", 10)
    storage.seal("alien", 20, withdrawn="it can't be made again")
    storage.seal("brazil", 30, withdrawn="it can't be made again")
    (found,) = storage.sealed.newest(10)
    assert (found.video_id, found.root) == ("alien", older)
    assert storage.sealed.count() == 1


def test_a_film_that_is_gone_is_not_listed(storage: Storage) -> None:
    storage.add("alien")
    storage.seal("alien", 10)
    CatalogueIntake(storage.db).apply(["alien"], [])
    assert storage.sealed.newest(10) == []
    assert storage.sealed.count() == 0
