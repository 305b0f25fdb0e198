from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from blobhls.library.watcher import LibraryWatcher

pytestmark = pytest.mark.slow

_PATIENCE = 20  # seconds until a test gives up
_LONG = 3600.0  # seconds; longer than the test
_SHORT = 0.1


def watched(root: Path, scenario: Callable[[LibraryWatcher], Awaitable[None]]) -> None:
    """Run a scenario with a lookout that watches `root`."""

    async def run() -> None:
        watcher = LibraryWatcher(root)
        task = asyncio.create_task(watcher.watch())
        try:
            async with asyncio.timeout(_PATIENCE):
                await until_heard(watcher, root)
                await scenario(watcher)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


async def until_heard(watcher: LibraryWatcher, root: Path) -> None:
    """Make changes until one is heard: watching takes a moment to begin."""
    heard = asyncio.create_task(watcher.wait_for_change(_LONG))
    for number in itertools.count():
        (root / f"first {number}.mkv").write_bytes(b"")
        await asyncio.wait([heard], timeout=0.5)
        if heard.done():
            return


@pytest.mark.parametrize("name", ["Heat.mkv", "Heat.srt", "deep/er/Ran.mkv", "poster.jpg", "a.nfo"])
def test_a_new_file_is_reported_when_it_is_complete(tmp_path: Path, name: str) -> None:
    async def scenario(watcher: LibraryWatcher) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"film")
        while not any(name.startswith(path) for path in await watcher.wait_for_change(_SHORT)):
            pass
        while any(name.startswith(path) for path in await watcher.wait_for_change(_LONG)):
            pass

    watched(tmp_path, scenario)


def test_a_growing_file_is_distinguished_from_a_complete_one(
    tmp_path: Path,
) -> None:
    async def scenario(watcher: LibraryWatcher) -> None:
        (tmp_path / "done.mkv").write_bytes(b"film")
        growing: frozenset[str] = frozenset()
        with (tmp_path / "growing.mkv").open("wb", buffering=0) as file:
            while "growing.mkv" not in growing or len(growing) > 1:
                file.write(b"x")
                growing = await watcher.wait_for_change(_SHORT)
        while "growing.mkv" in await watcher.wait_for_change(_LONG):
            pass

    watched(tmp_path, scenario)


def test_without_any_change_it_is_time_to_look_anyway(tmp_path: Path) -> None:
    async def scenario() -> None:
        assert await LibraryWatcher(tmp_path).wait_for_change(0) == frozenset()

    asyncio.run(scenario())


def test_a_folder_that_is_not_there_does_no_harm(tmp_path: Path) -> None:
    async def scenario() -> None:
        watcher = LibraryWatcher(tmp_path / "unmounted")
        task = asyncio.create_task(watcher.watch())
        done, _ = await asyncio.wait([task], timeout=0.1)
        assert not done
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_a_name_that_is_not_utf8_is_heard_of_and_ends_nothing(tmp_path: Path) -> None:
    async def scenario(watcher: LibraryWatcher) -> None:
        while await watcher.wait_for_change(_SHORT):  # until all is quiet
            pass
        (tmp_path / os.fsdecode(b"M\xfcnchen.mkv")).write_bytes(b"film")
        await watcher.wait_for_change(_LONG)
        growing: frozenset[str] = frozenset()
        while "Heat.mkv" not in growing:  # it takes a moment until it watches again
            (tmp_path / "Heat.mkv").write_bytes(b"film")
            growing = await watcher.wait_for_change(_SHORT)

    watched(tmp_path, scenario)
