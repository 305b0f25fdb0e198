"""Getting blobs: from the store, by rendering, or not at all, and never wrong bytes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from blobhls.blob import BlobId
from blobhls.errors import (
    BlobMissing,
    RenderFailed,
    SourceOffline,
    StoreFull,
    WorkerFailed,
    WorkersBusy,
)
from blobhls.media.jobs import Job
from blobhls.store.base import OpenBlob
from blobhls.store.local import LocalStore
from blobhls.workers import Priority
from tests.vault.bench import ENGINE, Bench, cut, encoded, recipes_of, sound

NOW = Priority.VIEWER


def read(blob: OpenBlob | None) -> bytes:
    assert blob is not None
    with blob:
        return blob.file.read()


def test_a_blob_is_rendered_once_and_then_bound(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        assert await bench.vault.obtain(encoded(1), NOW) == info
        assert bench.workers.done == ["render"]
        assert (info.size, info.media_type) == (70_000, "video/mp2t")
        assert read(await bench.vault.present(info.blob_id)) == bench.flavours.bytes_of(encoded(1))

    asyncio.run(scenario())


def test_ten_concurrent_requests_share_one_rendering(bench: Bench) -> None:
    async def scenario() -> None:
        infos = await asyncio.gather(*(bench.vault.obtain(cut(1), NOW) for _ in range(10)))
        assert len(set(map(str, infos))) == 1
        await bench.evict()
        blob_id = infos[0].blob_id
        del bench.workers.done[:]
        bodies = await asyncio.gather(*(bench.bytes_of(blob_id) for _ in range(10)))
        assert set(bodies) == {bench.flavours.bytes_of(cut(1))}
        assert bench.workers.done == ["render"]

    asyncio.run(scenario())


def test_a_joining_viewer_raises_the_urgency_of_reading_ahead(bench: Bench) -> None:
    async def scenario() -> None:
        bench.workers.gate = asyncio.Event()
        ahead = asyncio.create_task(bench.vault.obtain(encoded(1), Priority.AHEAD))
        await asyncio.sleep(0.01)
        viewer = asyncio.create_task(bench.vault.obtain(encoded(1), Priority.VIEWER))
        await asyncio.sleep(0.01)
        ((_, urgency),) = bench.workers.wanted
        assert urgency.priority == Priority.VIEWER
        bench.workers.gate.set()
        assert await ahead == await viewer

    asyncio.run(scenario())


def test_evicted_bytes_come_back_and_are_kept_again(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        await bench.evict()
        assert await bench.vault.present(info.blob_id) is None
        assert await bench.vault.obtain(encoded(1), NOW) == info  # known, though not there
        assert await bench.bytes_of(info.blob_id) == bench.flavours.bytes_of(encoded(1))
        assert bench.file(info.blob_id).exists()

    asyncio.run(scenario())


def test_what_is_being_read_can_be_evicted(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        blob = await bench.vault.open(info.blob_id)
        await bench.evict()
        assert read(blob) == bench.flavours.bytes_of(encoded(1))

    asyncio.run(scenario())


def test_bytes_that_come_out_different_are_never_served(bench: Bench) -> None:
    async def scenario() -> None:
        first, second = [await bench.vault.obtain(encoded(n), NOW) for n in (1, 2)]
        await bench.evict()
        bench.flavours.change("h264-720p-v2")
        for _ in range(2):
            with pytest.raises(BlobMissing):
                await bench.vault.open(first.blob_id)
        with pytest.raises(BlobMissing):
            await bench.vault.stat(first.blob_id)
        assert [blob_id for blob_id, _ in bench.distrusted] == [first.blob_id]
        assert bench.index.bound(encoded(1).recipe_id, ENGINE) is None
        # The profile does not repeat here: what it makes from now on stays.
        anew = await bench.vault.obtain(encoded(1), NOW)
        assert anew.blob_id != first.blob_id
        await bench.evict()
        assert {row.info for row in bench.index.present()} == {anew}
        assert second.blob_id not in set(bench.store.ids())

    asyncio.run(scenario())


def test_a_second_recipe_of_the_same_bytes_is_tried_when_the_first_fails(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(cut(1), NOW)
        bench.elsewhere(bench.index.bind, encoded(7), ENGINE, info, pinned=False, now=0)
        await bench.evict()
        # Which of the two is tried first is open; the encode never made these bytes.
        assert await bench.bytes_of(info.blob_id) == bench.flavours.bytes_of(cut(1))
        assert bench.distrusted == []

    asyncio.run(scenario())


def test_stat_of_evicted_bytes_renders_only_unproven_profiles(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        await bench.evict()
        del bench.workers.done[:]
        assert await bench.vault.stat(info.blob_id) == info
        assert bench.workers.done == []
        bench.elsewhere(bench.db.run, "DELETE FROM proofs")
        assert await bench.vault.stat(info.blob_id) == info
        assert bench.workers.done == ["render"]

    asyncio.run(scenario())


def test_of_an_unmounted_source_present_bytes_are_served_and_others_promised(
    bench: Bench,
) -> None:
    async def scenario() -> None:
        gone, here = [await bench.vault.obtain(encoded(n), NOW) for n in (1, 2)]
        await bench.evict(limit=gone.size)
        bench.sources.offline.add("film")
        for ask in (bench.vault.stat, bench.vault.open):
            with pytest.raises(SourceOffline):
                await ask(gone.blob_id)
        with pytest.raises(SourceOffline):
            await bench.vault.obtain(encoded(3), NOW)
        assert await bench.vault.stat(here.blob_id) == here
        bench.sources.offline.clear()
        assert await bench.vault.stat(gone.blob_id) == gone

    asyncio.run(scenario())


def test_evicted_bytes_of_a_deleted_source_are_missing(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        await bench.evict()
        bench.sources.gone.add("film")
        for ask in (bench.vault.stat, bench.vault.open):
            with pytest.raises(BlobMissing):
                await ask(info.blob_id)

    asyncio.run(scenario())


def test_an_unknown_blob_is_missing(bench: Bench) -> None:
    async def scenario() -> None:
        unknown = BlobId.of(b"never seen")
        assert await bench.vault.present(unknown) is None
        for ask in (bench.vault.stat, bench.vault.open):
            with pytest.raises(BlobMissing):
                await ask(unknown)
        assert bench.distrusted == []

    asyncio.run(scenario())


@pytest.mark.parametrize("damage", ["removed", "cut short"])
def test_bytes_lost_outside_of_the_vault_are_rendered_again(bench: Bench, damage: str) -> None:
    async def scenario() -> None:
        info = await bench.vault.obtain(encoded(1), NOW)
        if damage == "removed":
            bench.file(info.blob_id).unlink()
        else:
            bench.file(info.blob_id).write_bytes(b"half")
        assert await bench.vault.stat(info.blob_id) == info
        assert await bench.bytes_of(info.blob_id) == bench.flavours.bytes_of(encoded(1))

    asyncio.run(scenario())


def test_bytes_lost_for_good_are_missing_and_the_listener_is_called(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.put(b"#EXTM3U", "application/vnd.apple.mpegurl")
        bench.file(info.blob_id).unlink()
        with pytest.raises(BlobMissing):
            await bench.vault.open(info.blob_id)
        assert bench.distrusted == [(info.blob_id, "its bytes are gone")]
        assert await bench.vault.put(b"#EXTM3U", info.media_type) == info
        assert await bench.bytes_of(info.blob_id) == b"#EXTM3U"

    asyncio.run(scenario())


def test_an_empty_blob_is_a_blob(bench: Bench) -> None:
    async def scenario() -> None:
        info = await bench.vault.put(b"", "text/vtt")
        assert read(await bench.vault.present(info.blob_id)) == b""
        assert read(bench.vault.peek(info.blob_id)) == b""

    asyncio.run(scenario())


def test_a_batch_renders_the_missing_blobs_in_one_job_and_keeps_the_order(bench: Bench) -> None:
    async def scenario() -> None:
        known = await bench.vault.obtain(cut(2), NOW)
        outcomes = await bench.vault.obtain_batch([cut(n) for n in (1, 2, 3)], Priority.SEAL)
        assert bench.workers.done == ["render", "render-batch"]
        assert outcomes[1] == known
        for number, outcome in zip((1, 2, 3), outcomes, strict=True):
            assert outcome == await bench.vault.bound(cut(number))
        assert await bench.vault.obtain_batch([cut(1)], Priority.SEAL) == outcomes[:1]
        assert len(bench.workers.done) == 2

    asyncio.run(scenario())


def test_a_worker_that_crashes_over_a_recipe_fails_that_recipe(bench: Bench) -> None:
    async def scenario() -> None:
        bench.workers.fault = lambda job: WorkerFailed(f"{job.subject} crashed")
        with pytest.raises(RenderFailed, match=r"film\.mkv crashed"):
            await bench.vault.obtain(cut(1), NOW)
        outcomes = await bench.vault.obtain_batch([cut(1), cut(2)], NOW)
        assert all(isinstance(outcome, RenderFailed) for outcome in outcomes)
        bench.workers.fault = lambda _: None
        await bench.vault.obtain(cut(1), NOW)

    asyncio.run(scenario())


def test_of_a_crashing_batch_only_the_crashing_recipe_fails_and_is_noted(bench: Bench) -> None:
    async def scenario() -> None:
        batch = [cut(number) for number in range(10)]

        def fault(job: Job[Any]) -> WorkerFailed | None:
            return WorkerFailed("it crashed") if batch[6] in recipes_of(job) else None

        bench.workers.fault = fault
        for _ in range(2):
            outcomes = await bench.vault.obtain_batch(batch, Priority.SEAL)
            lost = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, RenderFailed)]
            assert lost == [6]
        assert len(bench.workers.done) <= 12
        assert bench.vault.failures.of_source("film") == {batch[6].recipe_id}
        assert bench.vault.failures.recent_reason(batch[6]) == "it crashed"

    asyncio.run(scenario())


def test_a_full_disk_fails_what_it_hits_and_keeps_the_rest_of_a_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        full = BlobId.of(bench.flavours.bytes_of(cut(2)))
        adopt = LocalStore.adopt

        def failing(store: LocalStore, staged: Path, blob_id: BlobId, *, sync: bool) -> None:
            if blob_id == full:
                staged.unlink()
                raise StoreFull("no room")
            adopt(store, staged, blob_id, sync=sync)

        monkeypatch.setattr(LocalStore, "adopt", failing)
        outcomes = await bench.vault.obtain_batch([cut(n) for n in (1, 2, 3)], NOW)
        assert [isinstance(outcome, StoreFull) for outcome in outcomes] == [False, True, False]
        with pytest.raises(StoreFull):
            await bench.vault.obtain(cut(2), NOW)

    asyncio.run(scenario())


def test_a_caller_cancelled_while_bytes_are_written_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        loop, writing, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
        adopt = LocalStore.adopt

        def slow(store: LocalStore, staged: Path, blob_id: BlobId, *, sync: bool) -> None:
            loop.call_soon_threadsafe(writing.set)
            go_on.wait(20)
            adopt(store, staged, blob_id, sync=sync)

        monkeypatch.setattr(LocalStore, "adopt", slow)
        task = asyncio.create_task(bench.vault.obtain(encoded(1), NOW))
        await writing.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await bench.vault.bound(encoded(1)) is None
        go_on.set()
        await bench.renderer.close()
        assert await bench.vault.bound(encoded(1)) is not None
        assert [row.info.blob_id for row in bench.index.present()] == list(bench.store.ids())

    asyncio.run(scenario())


def test_a_caller_that_leaves_before_the_rendering_cancels_it(bench: Bench) -> None:
    async def scenario() -> None:
        bench.workers.gate = asyncio.Event()
        task = asyncio.create_task(bench.vault.obtain(encoded(1), NOW))
        await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        bench.workers.gate.set()
        await asyncio.sleep(0.01)
        assert bench.workers.done == []

    asyncio.run(scenario())


def test_a_full_queue_is_an_error_and_leaves_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        bench.workers.fault = lambda _: WorkersBusy("too much")
        with pytest.raises(WorkersBusy):
            await bench.vault.obtain(sound(1), NOW)

    asyncio.run(scenario())


def test_two_results_of_one_recipe_leave_the_first_bound_and_distrust_the_profile(
    bench: Bench,
) -> None:
    """A run for sealing and a viewer may make the same segment at the same time."""

    async def scenario() -> None:
        bench.workers.gate = asyncio.Event()
        viewer = asyncio.create_task(bench.vault.obtain(cut(1), NOW))
        run = asyncio.create_task(bench.vault.obtain_batch([cut(1), cut(2)], Priority.SEAL))
        await asyncio.sleep(0.01)
        bench.workers.fault = lambda _: bench.flavours.change("cut-v2")
        bench.workers.gate.set()
        first, outcomes = await viewer, await run
        assert await bench.vault.bound(cut(1)) == first == outcomes[0]
        assert bench.index.proof("cut-v2", ENGINE) is False
        assert {row.info.blob_id for row in bench.index.present()} == set(bench.store.ids())

    asyncio.run(scenario())
