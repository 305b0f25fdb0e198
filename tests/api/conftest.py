from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.testing import TestClient

from blobhls.api.catalogue.shows import SHOW_HANDLERS
from blobhls.api.errors import exception_handlers
from blobhls.api.operator.cache import CACHE_HANDLERS
from blobhls.api.parameters import provide_value
from blobhls.api.viewing.history import HISTORY_HANDLERS
from blobhls.api.viewing.up_next import UP_NEXT_HANDLERS
from blobhls.api.viewing.viewer_profiles import PROFILE_HANDLERS, profile_dependencies
from blobhls.api.viewing.watched import WATCHED_HANDLERS
from blobhls.blob import BlobId
from blobhls.errors import SourceOffline
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.viewing.viewer_data import make_viewer_data
from blobhls.library.scan import scan
from blobhls.vault import CacheUse

HANDLERS = (
    *SHOW_HANDLERS,
    *CACHE_HANDLERS,
    *HISTORY_HANDLERS,
    *PROFILE_HANDLERS,
    *UP_NEXT_HANDLERS,
    *WATCHED_HANDLERS,
)

PLACEHOLDER = BlobId.of(b"placeholder")

FILES = [
    "Heat (1995)/Heat.mkv",
    "Amélie (2001).mkv",
    "TV/Lost/Season 01/S01E02 - Walkabout.mkv",
    "TV/Lost/Season 01/S01E01 - Pilot.mkv",
    "TV/Lost/Season 02/S02E01-E02.mkv",
]


class Clock:
    """A clock that goes on one second a look."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Home:
    """A library of empty files with its catalogue and history."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "library"
        for path in FILES:
            self.add(path)
        self.db = Database(folder / "index.db", MIGRATIONS)
        self.index = Index(self.db, lambda _: None)
        self.catalogue = Catalogue(self.db)
        self.viewing = make_viewer_data(self.db, Clock())
        self.scan()

    def add(self, path: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(os.fsencode(path))

    def scan(self) -> None:
        scan(self.root, CatalogueIntake(self.db))


async def cache_use() -> CacheUse:
    return CacheUse(stored=30, limit=None, evictable=20)


@get("/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("secret at /home/somebody")


@get("/offline", sync_to_thread=False)
def offline() -> None:
    raise SourceOffline("the disk is asleep\r\nSet-Cookie: é")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.db.close()


@pytest.fixture
def app(home: Home) -> Litestar:
    async def serve() -> None:
        home.db.serve_event_loop()

    return Litestar(
        [Router("/api/v1", route_handlers=[*HANDLERS, broken, offline])],
        dependencies={
            "catalogue": provide_value(home.catalogue),
            "history": provide_value(home.viewing.history),
            "index": provide_value(home.index),
            **profile_dependencies(home.viewing, home.index),
            "placeholder": provide_value(PLACEHOLDER),
            "cache_use": provide_value(cache_use),
        },
        exception_handlers=exception_handlers(),
        openapi_config=OpenAPIConfig(title="test", version="1"),
        on_startup=[serve],
        on_shutdown=[home.index.close],
    )


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
