"""The contract of every worker pool, as tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from blobhls.errors import RenderFailed, WorkerFailed, WorkersBusy
from blobhls.media.error_values import ErrorValue
from blobhls.media.references import StagedFile
from blobhls.media.results import RenderedBlob
from blobhls.workers import JobFault, Priority, Urgency, WorkerPool
from tests.workers.conftest import Scene, turns, until
from tests.workers.jobs import (
    ENGINE,
    Abort,
    Add,
    Batch,
    Fail,
    FailAsNoJobMay,
    Hang,
    Large,
    Leave,
    Misfit,
    NoSuchError,
    Stumble,
    Swallow,
    Trial,
    Unspeakable,
)

NOW, SEAL, BACKGROUND = Priority.VIEWER, Priority.SEAL, Priority.BACKGROUND

OpenPool: TypeAlias = Callable[..., AbstractAsyncContextManager[WorkerPool]]
"""`(count=1, memory=…)`: that many workers of `tests.workers.jobs`, with so many bytes each."""

Scenario: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


def play(scenario: Scenario) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(whole())


class WorkerPoolContract:
    """The obligations of `WorkerPool`.

    Subclasses provide the `open_pool` fixture and nothing else: its workers have the folder of the
    `scene` as their staging.
    """

    def test_a_job_gives_its_result(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                number: int = await pool.run(Add(2, 3), NOW)
                assert number == 5
                assert len(await pool.run(Large(5 << 20), NOW)) == 5 << 20

        play(scenario)

    def test_the_engines_are_known_after_the_start(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                await pool.start()
                assert pool.engines == (ENGINE,)

        play(scenario)

    def test_an_error_is_raised_unchanged_and_the_pool_continues(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                with pytest.raises(RenderFailed) as caught:
                    await pool.run(Fail(), NOW)
                assert (caught.value.recipe_id, caught.value.reason) == ("f" * 64, "as arranged")
                assert str(caught.value) == str(RenderFailed("f" * 64, "as arranged"))
                assert await pool.run(Add(1, 1), NOW) == 2

        play(scenario)

    @pytest.mark.parametrize(
        ("job", "text", "logged"),
        [
            (Stumble(), "KeyError: 'a fault of the program'", "in _fail"),
            (FailAsNoJobMay(), "TooSlow: as no job may", "in _fail"),
            (Unspeakable(), "TypeError: .* can't be sent to a worker", "in done"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_a_fault_of_the_program_is_one_line_and_its_traceback_is_logged(
        self,
        open_pool: OpenPool,
        job: Trial[Any],
        text: str,
        logged: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                with pytest.raises(JobFault, match=f"^{text} .*a film.mkv.*$"):
                    await pool.run(job, NOW)
                assert logged in caplog.text
                assert await pool.run(Add(1, 1), NOW) == 2

        play(scenario)

    def test_each_part_of_a_batch_has_its_own_outcome(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                made, failed = (await pool.run(Batch(), NOW)).outcomes
                assert isinstance(made, RenderedBlob)
                assert made.engine == ENGINE.name
                assert isinstance(failed, ErrorValue)
                assert isinstance(failed.error(), RenderFailed)

        play(scenario)

    def test_a_result_of_another_type_is_refused_and_never_unpickled(
        self, open_pool: OpenPool, tmp_path: Path
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                for job in (Misfit(str(tmp_path / "touched")), NoSuchError()):
                    with pytest.raises(WorkerFailed, match=r"a film\.mkv .* can't be read"):
                        await pool.run(job, NOW)
                assert not (tmp_path / "touched").exists()
                assert await pool.run(Add(1, 1), NOW) == 2

        play(scenario)

    def test_a_job_that_does_not_travel_is_the_caller_s_fault(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                with pytest.raises(TypeError):
                    await pool.run(Add(lambda: None, 1), NOW)  # type: ignore[arg-type]
                assert await pool.run(Add(1, 1), NOW) == 2

        play(scenario)

    def test_the_most_urgent_job_goes_first_and_equals_in_their_order(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool, asyncio.TaskGroup() as group:
                group.create_task(pool.run(scene.holding("first"), BACKGROUND))
                await scene.until("first")
                for word, priority in (
                    ("probe", Priority.BACKGROUND),
                    ("seal-1", Priority.SEAL),
                    ("ahead", Priority.AHEAD),
                    ("seal-2", Priority.SEAL),
                    ("viewer", Priority.VIEWER),
                ):
                    group.create_task(pool.run(scene.noting(word), priority))
                await turns()
                scene.let_go()
            assert scene.begun == ["first", "viewer", "ahead", "seal-1", "seal-2", "probe"]

        play(scenario)

    def test_a_queued_job_that_becomes_urgent_overtakes_and_runs_once(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool, asyncio.TaskGroup() as group:
                group.create_task(pool.run(scene.holding("first"), NOW))
                await scene.until("first")
                group.create_task(pool.run(scene.noting("seal-1"), SEAL))
                urgency = Urgency(SEAL)
                group.create_task(pool.run(scene.noting("seal-2"), urgency))
                await turns()
                urgency.rise(NOW)
                urgency.rise(BACKGROUND)  # never falls
                scene.let_go()
            assert scene.begun == ["first", "seal-2", "seal-1"]

        play(scenario)

    def test_heavy_background_jobs_leave_a_worker_free(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool(2) as pool, asyncio.TaskGroup() as group:
                group.create_task(pool.run(scene.holding("seal-1", heavy=True), SEAL))
                await scene.until("seal-1")
                group.create_task(pool.run(scene.noting("seal-2", heavy=True), SEAL))
                await pool.run(scene.noting("light", heavy=False), BACKGROUND)
                await pool.run(scene.noting("viewer", heavy=True), NOW)
                assert scene.begun == ["seal-1", "light", "viewer"]
                scene.let_go()
            assert scene.begun == ["seal-1", "light", "viewer", "seal-2"]

        play(scenario)

    def test_long_work_that_a_viewer_joins_makes_room_for_other_long_work(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool(2) as pool, asyncio.TaskGroup() as group:
                urgency = Urgency(SEAL)
                group.create_task(pool.run(scene.holding("one", heavy=True), urgency))
                await scene.until("one")
                group.create_task(pool.run(scene.noting("two", heavy=True), SEAL))
                await turns()
                urgency.rise(NOW)
                await scene.until("one", "two")
                scene.let_go()

        play(scenario)

    def test_a_queued_job_that_is_cancelled_never_runs(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool, asyncio.TaskGroup() as group:
                group.create_task(pool.run(scene.holding("first"), NOW))
                await scene.until("first")
                dropped = asyncio.create_task(pool.run(scene.noting("dropped"), NOW))
                await turns()
                dropped.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await dropped
                scene.let_go()
                await pool.run(scene.noting("last"), BACKGROUND)
            assert scene.begun == ["first", "last"]

        play(scenario)

    def test_the_outputs_of_a_job_that_succeeds_are_left_to_the_caller(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            scene.let_go()
            async with open_pool() as pool:
                await pool.run(scene.writing("staged", heavy=True), NOW)
            assert (scene.folder / "staged").read_bytes() == b"whole"

        play(scenario)

    @pytest.mark.parametrize("job", [Fail, Stumble, Abort, Hang], ids=lambda kind: kind.__name__)
    def test_the_outputs_of_a_job_that_fails_are_removed(
        self, open_pool: OpenPool, scene: Scene, job: type[Trial[None]]
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                await pool.start()
                with pytest.raises((RenderFailed, JobFault, WorkerFailed)):
                    await pool.run(job(writes=(StagedFile("staged"),)), NOW, within=0.5)
                assert not (scene.folder / "staged").exists()

        play(scenario)

    @pytest.mark.parametrize("heavy", [True, False])
    def test_a_running_job_whose_last_caller_leaves_leaves_no_file(
        self, open_pool: OpenPool, scene: Scene, heavy: bool
    ) -> None:
        """A heavy one is ended at once, a light one finishes; either removes what it wrote."""

        async def scenario() -> None:
            staged = scene.folder / "staged"
            async with open_pool() as pool:
                running = asyncio.create_task(pool.run(scene.writing("staged", heavy=heavy), NOW))
                await scene.until("writing")
                await until(staged.exists)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
                if not heavy:
                    scene.let_go()
                assert await pool.run(Add(1, 1), NOW) == 2
                assert not staged.exists()

        play(scenario)

    @pytest.mark.parametrize(
        ("job", "within", "reason"),
        [
            (Abort(), 60, "a film.mkv crashed the worker process"),
            (Leave(), 60, "a film.mkv crashed the worker process"),
            (Hang(), 0.2, "a film.mkv took longer than 0.2 s"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_a_crash_or_a_hang_loses_one_job_and_names_its_file(
        self, open_pool: OpenPool, job: Trial[None], within: float, reason: str
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                await pool.start()
                with pytest.raises(WorkerFailed) as caught:
                    await pool.run(job, NOW, within=within)
                assert caught.value.reason == reason
                assert await pool.run(Add(1, 1), NOW) == 2

        play(scenario)

    def test_a_job_that_uses_too_much_memory_fails_alone(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool(memory=2 << 30) as pool:
                with pytest.raises(WorkerFailed, match="needs more memory"):
                    await pool.run(Swallow(3 << 30), NOW)
                assert await pool.run(Swallow(1 << 20), NOW) == 1 << 20

        play(scenario)

    def test_a_job_alone_fails_alone(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                assert await pool.run_alone(Add(1, 1)) == 2
                with pytest.raises(WorkerFailed, match="crashed"):
                    await pool.run_alone(Leave())
                with pytest.raises(RenderFailed):
                    await pool.run_alone(Fail())

        play(scenario)

    def test_a_job_alone_whose_caller_leaves_is_ended(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            async with open_pool() as pool:
                alone = asyncio.create_task(pool.run_alone(scene.writing("staged", heavy=False)))
                await scene.until("writing")
                alone.cancel()
                with suppress(asyncio.CancelledError):
                    await alone
            assert not (scene.folder / "staged").exists()

        play(scenario)

    def test_closing_ends_everything_at_once_and_tells_the_callers(
        self, open_pool: OpenPool, scene: Scene
    ) -> None:
        async def scenario() -> None:
            staged, other = scene.folder / "staged", scene.folder / "other"
            async with open_pool(2) as pool:
                waiting = [
                    asyncio.create_task(pool.run(scene.writing("staged", heavy=False), NOW)),
                    asyncio.create_task(pool.run(Hang(writes=(StagedFile("other"),)), NOW)),
                    asyncio.create_task(pool.run(scene.noting("never"), NOW)),
                    asyncio.create_task(pool.run_alone(scene.noting("nor this"))),
                ]
                await until(lambda: staged.exists() and other.exists())
                await pool.close()
                for task in waiting[:3]:
                    with pytest.raises(WorkersBusy, match="stopping"):
                        await task
                await asyncio.gather(waiting[3], return_exceptions=True)
                assert not staged.exists()
                assert not other.exists()
                with pytest.raises(WorkersBusy):
                    await pool.run(Add(1, 1), NOW)

        play(scenario)

    def test_a_pool_that_was_never_used_can_be_closed(self, open_pool: OpenPool) -> None:
        async def scenario() -> None:
            async with open_pool(2):
                pass

        play(scenario)
