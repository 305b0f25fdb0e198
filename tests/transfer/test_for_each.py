"""Bounded concurrency."""

from __future__ import annotations

import asyncio

import pytest

from blobhls.tasks import for_each
from tests.remote.wire import in_loop


@in_loop
async def test_every_item_is_worked_on_once_and_never_more_than_a_few_at_a_time() -> None:
    done: list[int] = []
    under_way = most = 0

    async def work(item: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        done.append(item)

    await for_each(range(100), work, limit=6)
    assert sorted(done) == list(range(100))
    assert most == 6


@in_loop
async def test_a_long_list_is_not_a_task_for_each_item() -> None:
    tasks = 0

    async def work(_: int) -> None:
        nonlocal tasks
        tasks = max(tasks, len(asyncio.all_tasks()))
        await asyncio.sleep(0)

    await for_each(range(10_000), work, limit=6)
    assert tasks == 7


@in_loop
async def test_the_first_error_ends_the_others_and_is_raised_bare() -> None:
    ended = []

    async def work(item: int) -> None:
        if item == 3:
            raise LookupError("three")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(item)

    with pytest.raises(LookupError, match="three"):
        await for_each(range(100), work, limit=4)
    assert sorted(ended) == [0, 1, 2]


@in_loop
async def test_nothing_to_do_is_no_error() -> None:
    async def work(_: int) -> None:
        raise AssertionError

    await for_each([], work, limit=6)
