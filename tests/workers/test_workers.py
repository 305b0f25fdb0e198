"""The pool on this machine: its processes, and the sockets to them."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import uvloop

from blobhls.errors import WorkerFailed, WorkersBusy
from blobhls.workers.messages import HEADER, MOST_BYTES, Codec
from tests.workers.conftest import Scene, local_pool, opened_pool, turns, until
from tests.workers.contract import NOW, SEAL, OpenPool, WorkerPoolContract
from tests.workers.jobs import Abort, Add, Hang, Large, Pid, SendBytes, Touch, Trial


class TestLocalPool(WorkerPoolContract):
    @pytest.fixture
    def open_pool(self, tmp_path: Path) -> OpenPool:
        return partial(opened_pool, tmp_path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def frame(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


def test_a_large_answer_arrives_whole_in_the_loop_of_the_server(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened_pool(tmp_path) as pool:
            size = 32 << 20  # more than a socket holds: it comes in many pieces
            assert len(await pool.run(Large(size), NOW)) == size

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(body())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(pickle.dumps(5)), id="pickle in a frame"),
        pytest.param(pickle.dumps(5), id="pickle"),
        pytest.param(frame(b""), id="nothing in a frame"),
        pytest.param(Codec().done("five"), id="another type"),
        pytest.param(Codec().done(5) * 2, id="two answers"),
        pytest.param(HEADER.pack(MOST_BYTES + 1), id="more than may come"),
    ],
)
def test_a_worker_that_sends_anything_but_one_result_is_ended(data: bytes, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            pid = await pool.run(Pid(), NOW)
            with pytest.raises(WorkerFailed, match=r"^a film\.mkv"):
                await pool.run(SendBytes(data), NOW)
            await until(lambda: not is_alive(pid))
            assert await pool.run(Add(1, 2), NOW) == 3

    asyncio.run(scenario())


def test_replies_of_a_worker_are_never_unpickled(tmp_path: Path) -> None:
    async def scenario() -> None:
        data = pickle.dumps(Touch(str(tmp_path / "touched")))
        async with opened_pool(tmp_path) as pool:
            with pytest.raises(WorkerFailed):
                await pool.run(SendBytes(frame(data)), NOW)
        assert not (tmp_path / "touched").exists()
        pickle.loads(data)
        assert (tmp_path / "touched").exists()

    asyncio.run(scenario())


def test_a_worker_that_stops_halfway_through_its_answer_stops_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path, 2) as pool:
            # The rest of the answer that it announces never comes; what it says next counts as it.
            half = HEADER.pack(1 << 20) + b"half"
            stuck = asyncio.create_task(pool.run(SendBytes(half), NOW, within=0.5))
            begun = time.monotonic()
            while not stuck.done():
                assert await pool.run(Add(1, 2), NOW) == 3
                await asyncio.sleep(0.01)
            assert time.monotonic() - begun > 0.4
            with pytest.raises(WorkerFailed, match="took longer"):
                await stuck

    asyncio.run(scenario())


@pytest.mark.parametrize("heavy", [True, False])
def test_only_a_cancelled_heavy_job_costs_a_process(
    scene: Scene, tmp_path: Path, heavy: bool
) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            pid = await pool.run(Pid(), NOW)
            running = asyncio.create_task(pool.run(scene.writing("staged", heavy=heavy), NOW))
            await scene.until("writing")
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            if not heavy:
                scene.let_go()
            assert (await pool.run(Pid(), NOW) == pid) is not heavy

    asyncio.run(scenario())


@pytest.mark.parametrize("job", [Abort(), Hang()], ids=lambda job: type(job).__name__)
def test_a_process_that_crashed_or_hung_is_replaced(job: Trial[None], tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            pid = await pool.run(Pid(), NOW)
            with pytest.raises(WorkerFailed):
                await pool.run(job, NOW, within=0.5)
            assert await pool.run(Pid(), NOW) != pid
            assert not is_alive(pid)

    asyncio.run(scenario())


def test_a_worker_that_dies_with_nothing_to_do_is_replaced(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            pid = await pool.run(Pid(), NOW)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not is_alive(pid))
            await turns()
            assert await pool.run(Pid(), NOW) != pid

    asyncio.run(scenario())


def test_a_job_alone_has_a_process_of_its_own_which_ends(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            alone = await pool.run_alone(Pid())
            assert alone != await pool.run(Pid(), NOW)
            await until(lambda: not is_alive(alone))

    asyncio.run(scenario())


def test_too_much_queued_is_refused_but_callers_that_left_do_not_count(
    scene: Scene, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with opened_pool(tmp_path) as pool:
            running = asyncio.create_task(pool.run(scene.holding("first"), NOW))
            await scene.until("first")
            queued = [asyncio.create_task(pool.run(Pid(), SEAL)) for _ in range(2_000)]
            await turns(2)
            with pytest.raises(WorkersBusy, match="too much"):
                await pool.run(Pid(), NOW)
            for task in queued:
                task.cancel()
            await asyncio.gather(*queued, return_exceptions=True)
            scene.let_go()
            assert await pool.run(Add(1, 2), NOW) == 3
            await running

    asyncio.run(scenario())


def test_without_any_process_to_be_had_a_job_may_be_tried_later(tmp_path: Path) -> None:
    async def scenario() -> None:
        pool = local_pool(tmp_path, module="tests.workers.no_such_module")
        try:
            with pytest.raises(WorkersBusy, match="no worker process"):
                await pool.run(Pid(), NOW)
        finally:
            await pool.close()

    asyncio.run(scenario())
