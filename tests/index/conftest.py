from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "index.db", MIGRATIONS)
    yield db
    db.close()


@pytest.fixture
def catalogue(db: Database) -> Catalogue:
    return Catalogue(db)


@pytest.fixture
def intake(db: Database) -> CatalogueIntake:
    return CatalogueIntake(db)
