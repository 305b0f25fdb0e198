"""Which events are published, and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blobhls.api.broadcast import Broadcaster, Listener
from blobhls.app.notifications import ChangeNotifier
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.change_log import ChangeLog
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.library.scan import ScanResult
from blobhls.resolver import SealProgress
from blobhls.transfer.push_tasks import Push


def seen(name: str) -> SeenVideo:
    """A movie whose id is its path, to read the tests easily."""
    return SeenVideo(name, 1, 1, name, name, "movie", name, None, name, None, None, None, name)


class Stage:
    def __init__(self, folder: Path) -> None:
        self.db = Database(folder / "index.db", MIGRATIONS)
        self.catalogue = Catalogue(self.db)
        self.intake = CatalogueIntake(self.db)
        self.broadcaster = Broadcaster("a")
        self.index = Index(self.db, lambda _: None)
        self.notifier = ChangeNotifier(
            self.broadcaster, self.catalogue, ChangeLog(self.db), self.index
        )

    async def told(self, listener: Listener) -> list[tuple[str, Any]]:
        """What one look tells."""
        await self.notifier.publish_changes()
        lines = (await listener.wait(0)).decode().split("\n")
        names = [line.removeprefix("event: ") for line in lines if line.startswith("event")]
        data = [
            json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data")
        ]
        return list(zip(names, data, strict=True))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    asyncio.run(stage.index.close())
    stage.db.close()


def test_a_change_is_published_once_with_the_new_counts(stage: Stage) -> None:
    async def scenario() -> None:
        with stage.broadcaster.listening() as listener:
            assert [name for name, _ in await stage.told(listener)] == ["scan"]
            stage.intake.apply([], [seen("heat")])
            stage.notifier.note_scan(ScanResult(1, 0, 0, 0, ()))
            (_, change), (_, scan) = await stage.told(listener)
            assert change == {"added": ["heat"], "changed": [], "removed": [], "many": False}
            assert (scan["videos"], scan["unprobed"], scan["walk"]["added"]) == (1, 1, 1)
            assert await stage.told(listener) == []

    asyncio.run(scenario())


def test_many_changes_are_not_named(stage: Stage) -> None:
    async def scenario() -> None:
        with stage.broadcaster.listening() as listener:
            stage.intake.apply([], [seen(f"film {number}") for number in range(101)])
            (_, change), _ = await stage.told(listener)
            assert change == {"added": [], "changed": [], "removed": [], "many": True}

    asyncio.run(scenario())


def test_surveyed_files_are_counted_in_intervals(stage: Stage) -> None:
    async def scenario() -> None:
        stage.intake.apply([], [seen("heat")])
        with stage.broadcaster.listening() as listener:
            await stage.told(listener)
            stage.catalogue.bind_source("heat", "source", 100.0)
            told = [event for _ in range(4) for event in await stage.told(listener)]
            assert [(name, scan["unprobed"]) for name, scan in told] == [("scan", 0)]

    asyncio.run(scenario())


def test_progress_of_sealing_is_published_in_the_next_round(stage: Stage) -> None:
    async def scenario() -> None:
        with stage.broadcaster.listening() as listener:
            await stage.told(listener)
            sealing = SealProgress("heat", ("source_h264",), total=3)
            for _ in range(3):
                sealing.done += 1
                stage.notifier.note_sealing(sealing)
            ((name, data),) = await stage.told(listener)
            assert (name, data["id"], data["done"], data["total"]) == ("seal", "heat", 3, 3)
            assert await stage.told(listener) == []

    asyncio.run(scenario())


def test_progress_is_published_for_each_server(stage: Stage) -> None:
    async def scenario() -> None:
        with stage.broadcaster.listening() as listener:
            await stage.told(listener)
            pushes = [Push("heat", "Heat", f"https://{name}.example") for name in "ab"]
            for push in (*pushes, *pushes):
                stage.notifier.note_push(push)
            told = await stage.told(listener)
            assert [(name, data["server"]) for name, data in told] == [
                ("push", "https://a.example"),
                ("push", "https://b.example"),
            ]
            assert await stage.told(listener) == []

    asyncio.run(scenario())
