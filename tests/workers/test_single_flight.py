"""Single flight: one task for all callers that want the same result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.workers import Priority, SingleFlight, Urgency
from tests.workers.conftest import turns


class Work:
    """Work that ends on request, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.lingers: asyncio.Event | None = None  # what a cancelled run waits for
        self.error: Exception | None = None
        self.urgencies: list[Urgency] = []

    async def __call__(self, urgency: Urgency) -> int:
        self.begun += 1
        number = self.begun
        self.urgencies.append(urgency)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            if self.lingers is not None:
                await self.lingers.wait()
            raise
        if self.error is not None:
            raise self.error
        return number


def join(flights: SingleFlight, work: Work, name: str = "x") -> asyncio.Task[int]:
    return asyncio.create_task(flights.join(name, Priority.SEAL, work))


def scenario(body: Callable[[SingleFlight, Work], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await body(SingleFlight(), Work())

    asyncio.run(run())


def test_concurrent_callers_share_one_run_and_later_ones_begin_anew() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        tasks = [join(flights, work) for _ in range(5)]
        await turns()
        work.gate.set()
        assert await asyncio.gather(*tasks) == [1] * 5
        assert await join(flights, work) == 2

    scenario(body)


def test_names_are_apart() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        work.gate.set()
        outcomes = await asyncio.gather(join(flights, work, "x"), join(flights, work, "y"))
        assert list(outcomes) == [1, 2]

    scenario(body)


def test_an_exception_reaches_all_and_is_not_remembered() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        work.error = ValueError("as arranged")
        tasks = [join(flights, work) for _ in range(3)]
        await turns()
        work.gate.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["as arranged"] * 3
        work.error = None
        assert await join(flights, work) == 2

    scenario(body)


def test_a_cancelled_caller_does_not_affect_the_others() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        leaving, staying = join(flights, work), join(flights, work)
        await turns()
        leaving.cancel()
        await turns()
        assert (leaving.cancelled(), work.cancelled) == (True, 0)
        work.gate.set()
        assert await staying == 1

    scenario(body)


def test_when_the_last_one_leaves_the_work_is_cancelled() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        tasks = [join(flights, work) for _ in range(3)]
        await turns()
        for task in tasks:
            task.cancel()
        await turns()
        assert work.cancelled == 1

    scenario(body)


def test_a_caller_during_the_end_of_a_cancelled_run_begins_anew_and_is_joined() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        work.lingers = asyncio.Event()
        first = join(flights, work)
        await turns()
        first.cancel()
        await turns()
        second = join(flights, work)
        await turns()
        work.lingers.set()  # the old run ends, the new one must not be forgotten with it
        await turns()
        third = join(flights, work)
        await turns()
        work.gate.set()
        assert list(await asyncio.gather(second, third)) == [2, 2]

    scenario(body)


def test_a_flight_is_as_urgent_as_its_most_urgent_caller() -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        told: list[Priority] = []
        first = asyncio.create_task(flights.join("x", Priority.SEAL, work))
        await turns()
        (urgency,) = work.urgencies
        with urgency.subscribed(lambda: told.append(urgency.priority)):
            others = [
                asyncio.create_task(flights.join("x", priority, work))
                for priority in (Priority.BACKGROUND, Priority.AHEAD, Priority.VIEWER)
            ]
            await turns()
        assert told == [Priority.AHEAD, Priority.VIEWER]
        work.gate.set()
        await asyncio.gather(first, *others)

    scenario(body)


@given(st.lists(st.sampled_from(["join", "leave", "finish", "turn"]), max_size=30))
def test_never_two_runs_of_one_name_and_none_without_callers(steps: list[str]) -> None:
    async def body(flights: SingleFlight, work: Work) -> None:
        waiting: list[asyncio.Task[int]] = []
        running = 0

        async def run(_: Urgency) -> int:
            nonlocal running
            running += 1
            try:
                gate = work.gate
                await gate.wait()
            finally:
                running -= 1
            return 0

        for step in steps:
            match step:
                case "join":
                    waiting.append(asyncio.create_task(flights.join("x", Priority.SEAL, run)))
                case "leave" if waiting:
                    waiting.pop(len(waiting) // 2).cancel()
                case "finish":
                    await turns()
                    work.gate.set()
                    await asyncio.gather(*waiting)
                    waiting, work.gate = [], asyncio.Event()
            await turns()
            assert running == (1 if waiting else 0)
        for task in waiting:
            task.cancel()
        await turns()
        assert running == 0

    scenario(body)


def test_a_listener_gets_nothing_after_it_has_left() -> None:
    urgency, told = Urgency(Priority.BACKGROUND), [0]
    with pytest.raises(ValueError, match="gone"), urgency.subscribed(lambda: told.append(1)):
        raise ValueError("gone")
    urgency.rise(Priority.VIEWER)
    assert told == [0]
