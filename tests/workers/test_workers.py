"""Worker processes: order, what goes wrong, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
import uvloop

from blobhls.errors import RenderFailed, WorkerFailed, WorkersBusy
from blobhls.workers import Priority, Urgency, Workers
from tests.workers.conftest import MEMORY, MODULE, Scene, job, opened_workers, turns, until

NOW, SEAL, BACKGROUND = Priority.VIEWER, Priority.SEAL, Priority.BACKGROUND


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_job_returns_what_its_function_returns() -> None:
    async def scenario() -> None:
        async with opened_workers() as workers:
            assert await workers.run(job("add", 2, 3), NOW) == 5
            assert len(await workers.run(job("large", 5 << 20), NOW)) == 5 << 20

    asyncio.run(scenario())


def test_a_job_raises_what_its_function_raises_and_the_worker_goes_on() -> None:
    async def scenario() -> None:
        async with opened_workers() as workers:
            pid = await workers.run(job("pid"), NOW)
            with pytest.raises(RenderFailed, match="as arranged"):
                await workers.run(job("fail"), NOW)
            with pytest.raises(KeyError, match="a fault of the program") as caught:
                await workers.run(job("stumble"), NOW)
            assert "in stumble" in caught.value.__notes__[0]
            with pytest.raises(RuntimeError, match="can't send"):
                await workers.run(job("unpicklable"), NOW)
            with pytest.raises((TypeError, AttributeError), match="pickle"):
                await workers.run(job("add", lambda: None, 1), NOW)
            assert await workers.run(job("add", 1, 1), NOW) == 2
            assert await workers.run(job("pid"), NOW) == pid

    asyncio.run(scenario())


def test_a_large_answer_arrives_whole_in_the_loop_of_the_server() -> None:
    async def body() -> None:
        async with opened_workers() as workers:
            size = 32 << 20  # more than a pipe holds: it comes in many pieces
            assert len(await workers.run(job("large", size), NOW)) == size

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(body())


def test_the_most_urgent_job_goes_first_and_equals_in_their_order(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers() as workers, asyncio.TaskGroup() as group:
            group.create_task(workers.run(scene.holding("first"), BACKGROUND))
            await scene.until("first")
            for word, priority in (
                ("probe", Priority.BACKGROUND),
                ("seal-1", Priority.SEAL),
                ("ahead", Priority.AHEAD),
                ("seal-2", Priority.SEAL),
                ("viewer", Priority.VIEWER),
            ):
                group.create_task(workers.run(scene.noting(word), priority))
            await turns()
            scene.let_go()
        assert scene.begun == ["first", "viewer", "ahead", "seal-1", "seal-2", "probe"]

    asyncio.run(scenario())


def test_a_queued_job_that_becomes_urgent_overtakes_and_runs_once(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers() as workers, asyncio.TaskGroup() as group:
            group.create_task(workers.run(scene.holding("first"), NOW))
            await scene.until("first")
            group.create_task(workers.run(scene.noting("seal-1"), SEAL))
            urgency = Urgency(SEAL)
            group.create_task(workers.run(scene.noting("seal-2"), urgency))
            await turns()
            urgency.rise(NOW)
            urgency.rise(BACKGROUND)  # never falls
            scene.let_go()
        assert scene.begun == ["first", "seal-2", "seal-1"]

    asyncio.run(scenario())


def test_long_work_that_nobody_watches_leaves_a_worker_free(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers(2) as workers, asyncio.TaskGroup() as group:
            group.create_task(workers.run(scene.holding("seal-1", heavy=True), SEAL))
            await scene.until("seal-1")
            group.create_task(workers.run(scene.noting("seal-2", heavy=True), SEAL))
            await workers.run(scene.noting("light", heavy=False), BACKGROUND)
            await workers.run(scene.noting("viewer", heavy=True), NOW)
            assert scene.begun == ["seal-1", "light", "viewer"]
            scene.let_go()
        assert scene.begun == ["seal-1", "light", "viewer", "seal-2"]

    asyncio.run(scenario())


def test_long_work_that_a_viewer_joins_makes_room_for_other_long_work(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers(2) as workers, asyncio.TaskGroup() as group:
            urgency = Urgency(SEAL)
            group.create_task(workers.run(scene.holding("one", heavy=True), urgency))
            await scene.until("one")
            group.create_task(workers.run(scene.noting("two", heavy=True), SEAL))
            await turns()
            urgency.rise(NOW)
            await scene.until("one", "two")
            scene.let_go()

    asyncio.run(scenario())


def test_a_queued_job_that_is_cancelled_never_runs(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers() as workers, asyncio.TaskGroup() as group:
            group.create_task(workers.run(scene.holding("first"), NOW))
            await scene.until("first")
            dropped = asyncio.create_task(workers.run(scene.noting("dropped"), NOW))
            await turns()
            dropped.cancel()
            with pytest.raises(asyncio.CancelledError):
                await dropped
            scene.let_go()
            await workers.run(scene.noting("last"), BACKGROUND)
        assert scene.begun == ["first", "last"]

    asyncio.run(scenario())


@pytest.mark.parametrize("heavy", [True, False])
def test_a_running_job_that_nobody_waits_for_leaves_no_file(
    scene: Scene, tmp_path: Path, heavy: bool
) -> None:
    """A heavy one is ended at once, a light one finishes; either removes what it wrote."""

    async def scenario() -> None:
        staged = tmp_path / "staged"
        async with opened_workers() as workers:
            pid = await workers.run(job("pid"), NOW)
            running = asyncio.create_task(workers.run(scene.writing(staged, heavy=heavy), NOW))
            await scene.until("writing")
            await until(staged.exists)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            if not heavy:
                scene.let_go()
            assert (await workers.run(job("pid"), NOW) == pid) is not heavy
            assert not staged.exists()

    asyncio.run(scenario())


def test_the_files_of_a_job_that_succeeds_are_left_to_who_waits(
    scene: Scene, tmp_path: Path
) -> None:
    async def scenario() -> None:
        scene.let_go()
        async with opened_workers() as workers:
            await workers.run(scene.writing(tmp_path / "staged", heavy=True), NOW)
        assert (tmp_path / "staged").read_bytes() == b"whole"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("function", "timeout", "reason"),
    [
        ("abort", 60, "a film.mkv crashed the worker process"),
        ("hang", 0.2, "a film.mkv took longer than 0.2 s"),
    ],
)
def test_a_crash_or_a_hang_loses_one_job_and_names_its_file(
    tmp_path: Path, function: str, timeout: float, reason: str
) -> None:
    async def scenario() -> None:
        staged = tmp_path / "staged"
        async with opened_workers() as workers:
            pid = await workers.run(job("pid"), NOW)
            bad = job(function, str(staged), timeout=timeout, staged=(staged,))
            with pytest.raises(WorkerFailed) as caught:
                await workers.run(bad, NOW)
            assert caught.value.reason == reason
            assert not staged.exists()
            assert await workers.run(job("pid"), NOW) != pid
            assert not is_alive(pid)

    asyncio.run(scenario())


def test_a_job_that_takes_too_much_memory_fails_alone() -> None:
    async def scenario() -> None:
        async with opened_workers(memory=2 << 30) as workers:
            with pytest.raises(WorkerFailed, match="needs more memory"):
                await workers.run(job("swallow", 3 << 30), NOW)
            with pytest.raises(WorkerFailed, match="crashed"):
                await workers.run(job("leave"), NOW)
            assert await workers.run(job("swallow", 1 << 20), NOW) == 1 << 20

    asyncio.run(scenario())


def test_a_worker_that_dies_with_nothing_to_do_is_replaced() -> None:
    async def scenario() -> None:
        async with opened_workers() as workers:
            pid = await workers.run(job("pid"), NOW)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not is_alive(pid))
            await turns()
            assert await workers.run(job("pid"), NOW) != pid

    asyncio.run(scenario())


def test_a_job_alone_has_a_process_of_its_own_which_ends() -> None:
    async def scenario() -> None:
        async with opened_workers() as workers:
            alone = await workers.run_alone(job("pid"))
            assert alone != await workers.run(job("pid"), NOW)
            await until(lambda: not is_alive(alone))
            with pytest.raises(WorkerFailed, match="crashed"):
                await workers.run_alone(job("leave"))

    asyncio.run(scenario())


def test_a_job_alone_that_nobody_waits_for_is_ended(scene: Scene, tmp_path: Path) -> None:
    async def scenario() -> None:
        staged = tmp_path / "staged"
        async with opened_workers() as workers:
            alone = asyncio.create_task(workers.run_alone(scene.writing(staged, heavy=False)))
            await scene.until("writing")
            alone.cancel()
            with suppress(asyncio.CancelledError):
                await alone
        assert not staged.exists()

    asyncio.run(scenario())


def test_closing_ends_everything_at_once_and_tells_who_waits(scene: Scene, tmp_path: Path) -> None:
    async def scenario() -> None:
        workers = Workers(2, MEMORY, MODULE)
        staged = tmp_path / "staged"
        waiting = [
            asyncio.create_task(workers.run(scene.writing(staged, heavy=False), NOW)),
            asyncio.create_task(workers.run(job("hang", str(tmp_path / "other")), NOW)),
            asyncio.create_task(workers.run(scene.noting("never"), NOW)),
            asyncio.create_task(workers.run_alone(scene.noting("nor this"))),
        ]
        await until(lambda: staged.exists() and (tmp_path / "other").exists())
        await workers.close()
        for task in waiting[:3]:
            with pytest.raises(WorkersBusy, match="stopping"):
                await task
        await asyncio.gather(waiting[3], return_exceptions=True)
        assert not staged.exists()
        with pytest.raises(WorkersBusy):
            await workers.run(job("pid"), NOW)

    asyncio.run(scenario())


def test_a_pool_that_was_never_used_can_be_closed() -> None:
    asyncio.run(Workers(2, MEMORY).close())


def test_too_much_queued_is_refused_but_who_left_does_not_count(scene: Scene) -> None:
    async def scenario() -> None:
        async with opened_workers() as workers:
            running = asyncio.create_task(workers.run(scene.holding("first"), NOW))
            await scene.until("first")
            queued = [asyncio.create_task(workers.run(job("pid"), SEAL)) for _ in range(2_000)]
            await turns(2)
            with pytest.raises(WorkersBusy, match="too much"):
                await workers.run(job("pid"), NOW)
            for task in queued:
                task.cancel()
            await asyncio.gather(*queued, return_exceptions=True)
            scene.let_go()
            assert await workers.run(job("add", 1, 2), NOW) == 3
            await running

    asyncio.run(scenario())


def test_without_any_process_to_be_had_a_job_may_be_tried_later() -> None:
    async def scenario() -> None:
        workers = Workers(1, MEMORY, "tests.workers.no_such_module")
        try:
            with pytest.raises(WorkersBusy, match="no worker process"):
                await workers.run(job("pid"), NOW)
        finally:
            await workers.close()

    asyncio.run(scenario())
