"""Which blobs are evicted, and which stay."""

from __future__ import annotations

import asyncio

import pytest

from blobhls.blob import BlobInfo
from blobhls.errors import RenderFailed
from blobhls.vault import CacheUse, EvictionResult
from blobhls.workers import Priority
from tests.vault.bench import ENGINE, Bench, cut, encoded, sound

SIZE = 70_000


async def made(bench: Bench, *numbers: int) -> list[BlobInfo]:
    return [await bench.vault.obtain(encoded(n), Priority.VIEWER) for n in numbers]


def present(bench: Bench) -> set[str]:
    return set(bench.store.ids())


def test_the_least_used_go_first_until_the_limit_is_kept(bench: Bench) -> None:
    async def scenario() -> None:
        one, two, three, four = await made(bench, 1, 2, 3, 4)
        bench.elsewhere(
            bench.index.touch,
            {info.blob_id: 2e9 + n for n, info in enumerate((two, four, one, three))},
        )
        assert await bench.evict(limit=2 * SIZE + 5, grace=-3e9) == EvictionResult(2, 2 * SIZE)
        assert present(bench) == {one.blob_id, three.blob_id}
        assert await bench.evict(limit=2 * SIZE, grace=-3e9) == EvictionResult()

    asyncio.run(scenario())


def test_reading_is_use(bench: Bench) -> None:
    async def scenario() -> None:
        one, two = await made(bench, 1, 2)
        bench.elsewhere(bench.index.touch, {one.blob_id: 1e9})
        await bench.bytes_of(one.blob_id)
        await bench.evict(limit=SIZE)
        assert present(bench) == {one.blob_id}
        assert await bench.vault.stat(two.blob_id) == two

    asyncio.run(scenario())


def test_the_cache_use_has_stored_and_evictable_bytes(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1, 2)
        playlist = await bench.vault.put(b"#EXTM3U", "application/vnd.apple.mpegurl")
        stored = 2 * SIZE + playlist.size
        assert (await bench.evictor(3 * SIZE).use()) == CacheUse(stored, 3 * SIZE, 2 * SIZE)
        assert (await bench.evictor(None).use()).limit is None
        assert (await bench.evictor(10**12, keep=False).use()).limit == 0
        await bench.evict()
        assert (await bench.evictor(None).use()) == CacheUse(playlist.size, None, 0)

    asyncio.run(scenario())


def test_without_a_limit_nothing_goes(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1)
        assert await bench.evict(limit=None) == EvictionResult()

    asyncio.run(scenario())


def test_without_a_cache_only_what_must_stay_stays(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1)
        kept = await bench.vault.obtain(sound(1), Priority.VIEWER)
        playlist = await bench.vault.put(b"#EXTM3U", "application/vnd.apple.mpegurl")
        await bench.evictor(10**12, keep=False).evict(grace=-1)
        assert present(bench) == {kept.blob_id, playlist.blob_id}

    asyncio.run(scenario())


def test_what_was_used_a_moment_ago_stays(bench: Bench) -> None:
    async def scenario() -> None:
        one, two = await made(bench, 1, 2)
        bench.elsewhere(
            bench.db.run,
            "UPDATE blobs SET used_at = used_at - 60 WHERE blob_id = ?",
            (two.blob_id,),
        )
        await bench.evict(limit=0, grace=20)
        assert present(bench) == {one.blob_id}

    asyncio.run(scenario())


def test_the_canary_sings_once_for_a_profile_before_anything_of_it_goes(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1, 2, 3)
        assert bench.index.proof("h264-720p-v2", ENGINE) is None
        assert (await bench.evict()).removed == 3
        assert bench.index.proof("h264-720p-v2", ENGINE) is True
        assert bench.workers.done.count("alone render") == 1
        await made(bench, 4)
        await bench.vault.obtain(cut(1), Priority.VIEWER)
        await bench.evict()
        assert bench.workers.done.count("alone render") == 2
        bench.close()
        bench.open()
        await made(bench, 5)
        await bench.evict()
        assert bench.workers.done.count("alone render") == 2

    asyncio.run(scenario())


def test_no_canary_runs_below_the_limit(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1)
        await bench.evict(limit=SIZE)
        assert bench.workers.done == ["render"]

    asyncio.run(scenario())


def test_a_canary_that_fails_keeps_all_bytes_of_the_profile(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1, 2)
        other = await bench.vault.obtain(cut(1), Priority.VIEWER)
        bench.flavours.change("h264-720p-v2")
        for _ in range(2):
            await bench.evict()
        assert bench.workers.done.count("alone render") == 2  # one for each profile
        assert len(present(bench)) == 2
        assert other.blob_id not in present(bench)
        assert bench.index.proof("h264-720p-v2", ENGINE) is False

    asyncio.run(scenario())


def test_a_canary_that_failed_is_run_again_next_time(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1, 2, 3)
        bench.workers.fault = lambda _: RenderFailed("0" * 64, "as arranged")
        assert await bench.evict() == EvictionResult()
        assert bench.workers.done.count("alone render") == 1
        assert bench.index.proof("h264-720p-v2", ENGINE) is None
        bench.workers.fault = lambda _: None
        assert (await bench.evict()).removed == 3

    asyncio.run(scenario())


def test_a_source_that_breaks_the_canary_does_not_keep_the_bytes_of_others(
    bench: Bench,
) -> None:
    async def scenario() -> None:
        broken = await bench.vault.obtain(encoded(1, "broken"), Priority.VIEWER)
        await made(bench, 1, 2)
        bench.elsewhere(
            bench.index.touch, {info.info.blob_id: 2e9 for info in bench.index.present()}
        )
        bench.elsewhere(
            bench.db.run, "UPDATE blobs SET used_at = 1 WHERE blob_id = ?", (broken.blob_id,)
        )
        bench.workers.fault = lambda job: (
            RenderFailed("0" * 64, "as arranged") if job.subject == "broken.mkv" else None
        )
        await bench.evict(grace=-3e9)
        assert present(bench) == {broken.blob_id}

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["offline", "gone"])
def test_bytes_of_a_source_that_vanished_stay(bench: Bench, how: str) -> None:
    async def scenario() -> None:
        await made(bench, 1, 2, 3)
        await bench.vault.obtain(encoded(1, "other"), Priority.VIEWER)
        vanished: set[str] = getattr(bench.sources, how)
        vanished.add("film")
        bench.sources.asked = 0
        assert (await bench.evict()).removed == 1
        assert len(present(bench)) == 3
        assert bench.sources.asked == 3  # once for each source, and once by the canary

    asyncio.run(scenario())


def test_bytes_of_another_engine_stay(bench: Bench) -> None:
    async def scenario() -> None:
        await made(bench, 1)
        bench.elsewhere(bench.db.run, "UPDATE bindings SET engine = 'another'")
        assert await bench.evict() == EvictionResult()

    asyncio.run(scenario())


def test_a_failed_round_does_not_end_the_watch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        evictor = bench.evictor(0)
        rounds = asyncio.Event()
        calls = 0

        async def evict(grace: float = 0) -> EvictionResult:
            nonlocal calls
            calls += 1
            if calls == 2:
                rounds.set()
            raise ValueError("as arranged")

        monkeypatch.setattr("blobhls.vault.eviction._PAUSE", 0)
        monkeypatch.setattr(evictor, "evict", evict)
        watch = asyncio.create_task(evictor.watch())
        await asyncio.wait_for(rounds.wait(), 10)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        assert watch.cancelled()

    asyncio.run(scenario())
