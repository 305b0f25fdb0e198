"""Hanging disks: each blocks one thread, and work that does not need them continues."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blobhls.errors import SourceChanged, SourceOffline
from blobhls.media.jobs import Job, Render
from blobhls.media.references import LibraryFile
from blobhls.resolver import PlannedVideo, Sources
from blobhls.resolver.sources import Stamp
from tests.resolver.conftest import Play
from tests.resolver.stage import Stage

_LIMIT = 0.3  # seconds
_LONG = 10.0  # seconds; never waited for


class Disks:
    """Two disks in a library, `a` and `b`, and a count of what is asked of them."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self.awake = {"a": threading.Event(), "b": threading.Event()}
        self.asked: Counter[str] = Counter()  # by path
        for name, awake in self.awake.items():
            (library / name).mkdir()
            awake.set()

    def stat(self, path: Path) -> Stamp | None:
        """Say what a file is like; waits while its disk is asleep."""
        relative = path.relative_to(self._library).as_posix()
        self.asked[relative] += 1
        self.awake[relative[0]].wait(_LONG)
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def begun_on(self, disk: str) -> int:
        """How many calls were made on a disk."""
        return sum(count for path, count in self.asked.items() if path.startswith(disk))


@pytest.fixture
def disks(stage: Stage) -> Iterator[Disks]:
    disks = Disks(stage.library)
    watch(stage, disks)
    yield disks
    for awake in disks.awake.values():
        awake.set()


def watch(stage: Stage, disks: Disks, *, limit: float = _LIMIT, grace: float = _LIMIT) -> None:
    files = Sources(
        stage.library,
        stage.catalogue,
        stage.access,
        stat=disks.stat,
        mounts=lambda _: frozenset(disks.awake),
        limit=limit,
        grace=grace,
    )
    stage.look_with(files)


async def planned(stage: Stage, *names: str) -> list[PlannedVideo]:
    video_ids = [stage.add(name, f"what is in {name}") for name in names]
    return [await stage.plans.get(video_id) for video_id in video_ids]


def test_a_hanging_disk_costs_one_thread_and_no_other_disk(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        *lost, other = await planned(stage, "a/1.mkv", "a/2.mkv", "a/3.mkv", "b/4.mkv")
        before, threads = disks.begun_on("a"), threading.active_count()
        disks.awake["a"].clear()
        asking = [asyncio.create_task(stage.files.find(each.plan.source_id)) for each in lost]
        found = await stage.files.find(other.plan.source_id)
        assert found.path == b"b/4.mkv"
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [SourceOffline] * 3
        assert disks.begun_on("a") == before + 1
        assert threading.active_count() == threads

    play(scenario)


def test_callers_fail_at_once_while_their_disk_hangs(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        first, second = await planned(stage, "a/1.mkv", "a/2.mkv")
        disks.awake["a"].clear()
        with pytest.raises(SourceOffline, match="does not answer"):
            await stage.files.find(first.plan.source_id)
        async with asyncio.timeout(_LIMIT / 2):
            for each in (first, second):
                with pytest.raises(SourceOffline, match="does not answer"):
                    await stage.files.find(each.plan.source_id)

    play(scenario)


def test_a_disk_that_answers_again_is_used_again(stage: Stage, play: Play, disks: Disks) -> None:
    async def scenario() -> None:
        first, second = await planned(stage, "a/1.mkv", "a/2.mkv")
        disks.awake["a"].clear()
        with pytest.raises(SourceOffline):
            await stage.files.find(first.plan.source_id)
        disks.awake["a"].set()
        while True:
            try:
                assert await stage.files.find(second.plan.source_id)
                break
            except SourceOffline:  # its thread has not come back yet
                await asyncio.sleep(0.01)
        assert await stage.files.find(first.plan.source_id)

    play(scenario)


def test_concurrent_checks_of_one_file_share_the_result(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        watch(stage, disks, limit=_LONG)
        (film,) = await planned(stage, "a/1.mkv")
        before = disks.begun_on("a")
        disks.awake["a"].clear()
        asking = [asyncio.create_task(stage.files.find(film.plan.source_id)) for _ in range(5)]
        await asyncio.sleep(0.05)
        asking[0].cancel()
        disks.awake["a"].set()
        assert {(await task).path for task in asking[1:]} == {b"a/1.mkv"}
        assert disks.begun_on("a") == before + 1

    play(scenario)


def test_a_copy_on_another_disk_is_found(stage: Stage, play: Play, disks: Disks) -> None:
    async def scenario() -> None:
        film = await stage.planned("a/1.mkv", "a film")
        copy = await stage.planned("b/1.mkv", "a film")
        assert copy.plan == film.plan
        disks.awake["a"].clear()
        assert (await stage.files.find(film.plan.source_id)).path == b"b/1.mkv"

    play(scenario)


def test_a_known_plan_and_a_bound_segment_ask_no_disk(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        (film,) = await planned(stage, "a/1.mkv")
        video_id, name = film.video.video_id, "source_h264"
        segment = await stage.segments.segment(film, name, 0)
        disks.asked.clear()
        disks.awake["a"].clear()
        assert await stage.plans.get(video_id) == film
        assert await stage.plans.existing(film.video) == film
        assert await stage.segments.segment(film, name, 0) == segment
        await stage.bytes_of(segment.blob_id)
        assert disks.asked == {}

    play(scenario)


def test_a_derivation_leaves_asking_the_disk_to_its_worker(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        (film,) = await planned(stage, "a/1.mkv")
        disks.asked.clear()
        jobs: list[Job[Any]] = []
        stage.workers.fault = jobs.append
        await stage.segments.segment(film, "source_h264", 0)
        assert disks.asked == {}
        (job,) = jobs
        assert isinstance(job, Render)
        stat = (stage.library / "a/1.mkv").stat()
        assert job.source == LibraryFile(b"a/1.mkv", stat.st_size, stat.st_mtime_ns)

    play(scenario)


def test_a_title_is_opened_while_its_disk_hangs(stage: Stage, play: Play, disks: Disks) -> None:
    async def scenario() -> None:
        watch(stage, disks, limit=_LONG, grace=0.05)
        first, second = await planned(stage, "a/1.mkv", "a/2.mkv")
        disks.asked.clear()
        disks.awake["a"].clear()
        async with asyncio.timeout(_LONG / 2):
            assert await stage.plans.open(first.video.video_id) == first
            assert await stage.plans.open(second.video.video_id) == second
        # Behind the first, which hangs, the second is not even asked for.
        assert disks.asked == {"a/1.mkv": 1}
        disks.awake["a"].set()

    play(scenario)


def test_a_title_that_is_opened_often_is_checked_once_in_a_while(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        (film,) = await planned(stage, "a/1.mkv")
        disks.asked.clear()
        for _ in range(5):
            assert await stage.plans.open(film.video.video_id) == film
        assert disks.asked == {"a/1.mkv": 1}

    play(scenario)


def test_the_result_of_a_slow_check_is_used_by_the_next_call(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        watch(stage, disks, limit=_LONG, grace=0.01)
        (film,) = await planned(stage, "a/1.mkv")
        disks.awake["a"].clear()
        (stage.library / "a/1.mkv").write_text("another film of another length")
        assert await stage.plans.open(film.video.video_id) == film
        disks.awake["a"].set()
        while True:
            after = await stage.plans.open(film.video.video_id)
            if after != film:
                break
            await asyncio.sleep(0.01)
        assert after.plan.source_id != film.plan.source_id

    play(scenario)


def changed(job: Job[Any]) -> SourceChanged | None:
    """What a worker finds out as it opens the file."""
    return SourceChanged("changed") if isinstance(job, Render) else None


def test_a_derivation_that_meets_another_file_has_the_title_planned_anew(
    stage: Stage, play: Play, disks: Disks
) -> None:
    async def scenario() -> None:
        (film,) = await planned(stage, "a/1.mkv")
        (stage.library / "a/1.mkv").write_text("another film of another length")
        stage.workers.fault = changed
        with pytest.raises(SourceChanged):
            await stage.segments.segment(film, "source_h264", 0)
        stage.workers.fault = lambda _: None
        while (after := await stage.plans.get(film.video.video_id)) == film:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await stage.segments.segment(after, "source_h264", 0)

    play(scenario)
