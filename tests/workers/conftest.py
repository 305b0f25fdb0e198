"""Real worker processes with jobs that fail in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from blobhls.media.places import Places
from blobhls.media.references import StagedFile
from blobhls.workers import LocalPool
from tests.workers import jobs

MEMORY: Final = 4 << 30  # bytes
MODULE: Final = "tests.workers.jobs"


def local_pool(
    staging: Path, count: int = 1, memory: int = MEMORY, module: str = MODULE
) -> LocalPool:
    return LocalPool(count, memory, Places(staging, staging, staging), module)


@asynccontextmanager
async def opened_pool(
    staging: Path, count: int = 1, memory: int = MEMORY
) -> AsyncIterator[LocalPool]:
    pool = local_pool(staging, count, memory)
    try:
        yield pool
    finally:
        await pool.close()


class Scene:
    """Jobs that say when they begin, and wait until they are let go; `folder` is their staging."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "log"

    def holding(self, word: str, gate: str = "gate", *, heavy: bool = False) -> jobs.Hold:
        return jobs.Hold(str(self._log), word, str(self.folder / gate), weighs=heavy)

    def writing(self, name: str, *, heavy: bool) -> jobs.WriteAndHold:
        gate, writes = str(self.folder / "gate"), (StagedFile(name),)
        return jobs.WriteAndHold(str(self._log), gate, weighs=heavy, writes=writes)

    def noting(self, word: str, *, heavy: bool = False) -> jobs.Note:
        return jobs.Note(str(self._log), word, weighs=heavy)

    def let_go(self, gate: str = "gate") -> None:
        (self.folder / gate).touch()

    @property
    def begun(self) -> list[str]:
        return self._log.read_text().split() if self._log.exists() else []

    async def until(self, *words: str) -> None:
        """Wait until these, and nothing else, have begun."""
        await until(lambda: len(self.begun) >= len(words))
        assert self.begun == list(words)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something outside this process."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - files and processes set no events
            await asyncio.sleep(0.005)


async def turns(count: int = 20) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)
