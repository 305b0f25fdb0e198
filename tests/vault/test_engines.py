"""Bindings belong to one engine, and only bytes of the same engine prove a profile."""

from __future__ import annotations

import asyncio

import pytest

from blobhls.errors import Unavailable
from blobhls.workers import Priority
from tests.vault.bench import ENGINE, Bench, cut, encoded

OTHER = "another-engine"


def test_what_another_engine_made_is_bound_to_that_one(bench: Bench) -> None:
    async def scenario() -> None:
        bench.workers.engine = OTHER
        alone = await bench.vault.obtain(encoded(1), Priority.VIEWER)
        (in_a_run,) = await bench.vault.obtain_batch([cut(1)], Priority.SEAL)
        for recipe, info in ((encoded(1), alone), (cut(1), in_a_run)):
            assert bench.index.bound(recipe.recipe_id, OTHER) == info
            assert bench.index.bound(recipe.recipe_id, ENGINE) is None

    asyncio.run(scenario())


def test_the_same_bytes_from_another_engine_are_served(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), Priority.VIEWER)
        assert (await bench.evict()).removed == 1
        bench.workers.engine = OTHER
        assert len(await bench.bytes_of(info.blob_id)) == info.size
        assert bench.index.bound(encoded(1).recipe_id, OTHER) == info
        assert bench.index.bound(encoded(1).recipe_id, ENGINE) == info

    asyncio.run(scenario())


def test_other_bytes_from_another_engine_are_not_served_and_quarantine_nothing(
    bench: Bench,
) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), Priority.VIEWER)
        assert (await bench.evict()).removed == 1
        bench.workers.engine = OTHER
        bench.flavours.change("h264-720p-v2")
        with pytest.raises(Unavailable, match="another engine"):
            await bench.vault.open(info.blob_id)
        assert bench.distrusted == []
        assert bench.index.bound(encoded(1).recipe_id, ENGINE) == info
        assert bench.index.proof("h264-720p-v2", ENGINE) is True

    asyncio.run(scenario())


def test_a_canary_of_another_engine_says_nothing_and_the_bytes_stay(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.vault.obtain(encoded(1), Priority.VIEWER)
        bench.workers.engine = OTHER
        assert (await bench.evict()).removed == 0
        assert bench.index.proof("h264-720p-v2", ENGINE) is None
        assert bench.index.proof("h264-720p-v2", OTHER) is None
        bench.workers.engine = ENGINE
        assert (await bench.evict()).removed == 1

    asyncio.run(scenario())
