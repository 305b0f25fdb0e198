from __future__ import annotations

import pytest

from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.change_log import ChangeLog
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.database import Database


def seen(name: str, size: int = 1) -> SeenVideo:
    """A movie whose id is its path, to read the tests easily."""
    return SeenVideo(name, size, 1, name, name, "movie", name, None, name, None, None, None, name)


@pytest.fixture
def changes(db: Database, intake: CatalogueIntake) -> ChangeLog:
    intake.apply([], [seen("old")])
    return ChangeLog(db)


def test_only_what_happens_from_now_on_is_news(changes: ChangeLog) -> None:
    assert changes.news() == {}


def test_shows_that_come_change_and_go_are_news_once(
    changes: ChangeLog, intake: CatalogueIntake, catalogue: Catalogue
) -> None:
    intake.apply([], [seen("new"), seen("old", size=2)])
    assert changes.news() == {"new": "added", "old": "changed"}
    assert changes.news() == {}
    intake.apply(["new"], [])
    catalogue.flag("old", "damaged")
    assert changes.news() == {"new": "removed", "old": "removed"}


def test_what_came_and_went_in_between_is_no_news(
    changes: ChangeLog, intake: CatalogueIntake
) -> None:
    intake.apply([], [seen("brief")])
    intake.apply(["brief", "old"], [])
    intake.apply([], [seen("old")])
    assert changes.news() == {"old": "changed"}


def test_a_new_picture_changes_its_show(changes: ChangeLog, catalogue: Catalogue) -> None:
    catalogue.set_artwork("old", "thumbnail", BlobId.of(b"poster"))
    assert changes.news() == {"old": "changed"}
    catalogue.set_artwork("old", "thumbnail", BlobId.of(b"poster"))
    assert changes.news() == {}


def test_the_log_does_not_grow_for_ever(
    changes: ChangeLog, db: Database, intake: CatalogueIntake
) -> None:
    db.connection.executemany(
        "INSERT INTO show_changes (show_id, change) VALUES (?, 'changed')",
        [(f"show {number % 7}",) for number in range(12_000)],
    )
    assert len(changes.news()) == 7
    changes.prune()
    assert db.one("SELECT count(*) FROM show_changes") == (10_000,)
