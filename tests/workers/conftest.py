"""Real worker processes with jobs that do what real ones do at their worst."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from blobhls.workers import Job, Workers

MEMORY: Final = 4 << 30  # bytes
MODULE: Final = "tests.workers.jobs"


@asynccontextmanager
async def opened_workers(count: int = 1, memory: int = MEMORY) -> AsyncIterator[Workers]:
    workers = Workers(count, memory, MODULE)
    try:
        yield workers
    finally:
        await workers.close()


def job(
    function: str,
    *arguments: object,
    heavy: bool = False,
    timeout: float = 60,
    staged: tuple[Path, ...] = (),
) -> Job[Any]:
    return Job(
        function, arguments, object, "a film.mkv", timeout=timeout, heavy=heavy, staged=staged
    )


class Scene:
    """Jobs that say when they begin, and wait until they are let go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"

    def holding(self, word: str, gate: str = "gate", *, heavy: bool = False) -> Job[Any]:
        return job("hold", str(self._log), word, str(self._folder / gate), heavy=heavy)

    def writing(self, staged: Path, *, heavy: bool) -> Job[Any]:
        arguments = (str(staged), str(self._log), str(self._folder / "gate"))
        return job("write_and_hold", *arguments, heavy=heavy, staged=(staged,))

    def noting(self, word: str, *, heavy: bool = False) -> Job[Any]:
        return job("note", str(self._log), word, heavy=heavy)

    def let_go(self, gate: str = "gate") -> None:
        (self._folder / gate).touch()

    @property
    def begun(self) -> list[str]:
        return self._log.read_text().split() if self._log.exists() else []

    async def until(self, *words: str) -> None:
        """Wait until these, and nothing else, have begun."""
        await until(lambda: len(self.begun) >= len(words))
        assert self.begun == list(words)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something outside this process."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - files and processes set no events
            await asyncio.sleep(0.005)


async def turns(count: int = 20) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)
