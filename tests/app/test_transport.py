"""Small writes are coalesced in order, and none is held for longer than a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from blobhls.app.http.transport import CoalescingTransport

Bytes = bytes | bytearray | memoryview


class Wire(asyncio.Transport):
    """A transport that notes what reaches it, one entry for each system call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def writelines(self, list_of_data: Iterable[Bytes]) -> None:
        assert not self.closed
        self.sent.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def wire() -> Wire:
    return Wire()


def run(wire: Wire, *steps: str | bytes) -> list[bytes]:
    """Write bytes and call methods; `turn` lets the event loop go on. Returns what was sent."""

    async def play() -> None:
        transport = CoalescingTransport(wire, asyncio.get_running_loop())
        for step in steps:
            if isinstance(step, bytes):
                transport.write(step)
            elif step == "turn":
                await asyncio.sleep(0)
            else:
                getattr(transport, step)()
        await asyncio.sleep(0)

    asyncio.run(play())
    return wire.sent


def test_head_and_body_leave_together(wire: Wire) -> None:
    assert run(wire, b"head", b"body") == [b"headbody"]


def test_nothing_is_held_beyond_a_turn(wire: Wire) -> None:
    assert run(wire, b"head", "turn", b"body") == [b"head", b"body"]


def test_much_is_not_held_at_all(wire: Wire) -> None:
    large = bytes(64 * 1024)
    assert run(wire, b"head", large, b"end", "turn", b"more") == [b"head" + large, b"end", b"more"]


def test_closing_sends_held_bytes_first(wire: Wire) -> None:
    assert run(wire, b"all of it", "close") == [b"all of it"]
    assert wire.closed


def test_aborting_sends_nothing_more(wire: Wire) -> None:
    assert run(wire, b"too late", "abort") == []


def test_nothing_is_written_to_a_connection_that_was_lost_meanwhile(wire: Wire) -> None:
    wire.closed = True
    assert run(wire, b"nobody reads this") == []
