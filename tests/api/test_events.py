from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from blobhls.api.broadcast import Broadcaster

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(10):
            return await work

    return asyncio.run(bounded())


def parsed(stream: bytes) -> list[tuple[str, str, Any]]:
    """Id, name and data of each event."""
    found = []
    for block in stream.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def test_every_listener_gets_all_events_in_order() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        with broadcaster.listening() as one, broadcaster.listening() as two:
            for number in range(3):
                broadcaster.publish("count", {"number": number, "text": "two\nlines"})
            heard = parsed(await one.wait(1))
            assert heard == parsed(await two.wait(1))
            assert [data["number"] for _, _, data in heard] == [0, 1, 2]
            assert [event_id for event_id, _, _ in heard] == ["a-1", "a-2", "a-3"]
        assert broadcaster.listeners == 0

    run(scenario())


def test_a_listener_without_events_gets_a_heartbeat() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        with broadcaster.listening() as listener:
            assert await listener.wait(0.001) == b""
            waiting = asyncio.create_task(listener.wait(5))
            await asyncio.sleep(0)
            broadcaster.publish("news", 1)
            assert parsed(await waiting) == [("a-1", "news", 1)]

    run(scenario())


def test_a_reconnecting_client_gets_the_missed_events() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        for number in range(5):
            broadcaster.publish("news", number)
        with broadcaster.listening("a-3") as listener:
            assert [data for _, _, data in parsed(await listener.wait(1))] == [3, 4]
        with broadcaster.listening("a-5") as listener:
            assert await listener.wait(0.001) == b""

    run(scenario())


def test_a_client_that_missed_too_many_events_gets_reset() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("b")
        for number in range(300):
            broadcaster.publish("news", number)
        for last_id in ("a-3", "b-1", "b-100", "b-301", "b--1", "b-x", "nonsense", "b-" + "9" * 99):
            with broadcaster.listening(last_id) as listener:
                assert parsed(await listener.wait(1)) == [("b-300", "reset", {})], last_id

    run(scenario())


def test_a_new_client_gets_the_current_state() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        for number in range(3):
            broadcaster.publish("scan", number, state=True)
            broadcaster.publish("news", number)
        with broadcaster.listening() as listener:
            assert parsed(await listener.wait(1)) == [("a-5", "scan", 2)]

    run(scenario())


def test_a_slow_listener_is_over_and_keeps_nothing() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        with broadcaster.listening() as slow:
            for number in range(65):
                broadcaster.publish("news", number)
            assert slow.is_over
            assert await slow.wait(1) == b""

    run(scenario())


def test_closing_ends_everybody_now_and_later() -> None:
    async def scenario() -> None:
        broadcaster = Broadcaster("a")
        with broadcaster.listening() as listener:
            broadcaster.publish("news", 1)
            broadcaster.close()
            assert listener.is_over
            assert len(parsed(await listener.wait(1))) == 1
        with broadcaster.listening() as late:
            assert late.is_over
            assert await late.wait(1) == b""

    run(scenario())
