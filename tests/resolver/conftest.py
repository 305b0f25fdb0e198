from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.resolver.stage import Stage

Play = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A library and its resolver; nothing may be left in staging whatever happened."""
    stage = Stage(tmp_path)
    yield stage
    assert stage.staged() == []
    stage.close()


@pytest.fixture
def play(stage: Stage) -> Play:
    """Run a scenario, and end what it has left running."""

    def play(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            try:
                async with asyncio.timeout(30):
                    await scenario()
            finally:
                await stage.end()

        asyncio.run(whole())

    return play


async def turns() -> None:
    """Let everything go on until it waits for a gate; nothing may wait for the disk."""
    for _ in range(50):
        await asyncio.sleep(0)


async def settled() -> None:
    """Wait until nothing is going on any more, threads included."""
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - tasks come and go, one waits for all
        await asyncio.sleep(0.001)
