"""Publish and subscribe: server-sent events for every listening client.

Every event is encoded once for all listeners. To be used from one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

_KEPT: Final = 256  # events, for clients that reconnect after a short while
_BUFFERED: Final = 64  # events that may wait for one listener


class Listener:
    """The queue of one client. `is_over`: no more events will come."""

    def __init__(self) -> None:
        self.is_over = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    async def wait(self, seconds: float) -> bytes:
        """Return the queued events; empty if none came within `seconds`."""
        if not self._waiting and not self.is_over:
            self._woken.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                return b""
        found = b"".join(self._waiting)
        self._waiting.clear()
        return found

    def offer(self, *events: bytes) -> None:
        """Queue events; too many end the listener, and the client gets them as it reconnects."""
        self._waiting.extend(events)
        if len(self._waiting) > _BUFFERED:
            self._waiting.clear()
            self.is_over = True
        self._woken.set()

    def end(self) -> None:
        """End the listener after the queued events."""
        self.is_over = True
        self._woken.set()


class Broadcaster:
    """Sends events to every listener."""

    def __init__(self, run: str) -> None:
        """`run`: unique to this start of the server, as event ids of another one are invalid."""
        self._run = run
        self._number = 0
        self._kept: deque[bytes] = deque(maxlen=_KEPT)
        self._states: dict[str, bytes] = {}
        self._listeners: set[Listener] = set()
        self._closed = False

    def publish(self, name: str, value: object, *, state: bool = False) -> None:
        """Send an event to every listener.

        `state`: a new listener gets the last event of this name first.
        """
        self._number += 1
        event = _encoded(f"{self._run}-{self._number}", name, value)
        self._kept.append(event)
        if state:
            self._states[name] = event
        for listener in tuple(self._listeners):
            listener.offer(event)

    @contextmanager
    def listening(self, last_id: str | None = None) -> Iterator[Listener]:
        """Listen while the body runs.

        `last_id`: the id of the last event that the client received. It gets the missed events at
        once, or `reset` if they are not known any more and it must fetch everything anew.
        """
        listener = Listener()
        self._catch_up(listener, last_id)
        if self._closed:
            listener.end()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    @property
    def listeners(self) -> int:
        """The number of listeners."""
        return len(self._listeners)

    def close(self) -> None:
        """End all listeners, also future ones."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    def _catch_up(self, listener: Listener, last_id: str | None) -> None:
        if last_id is None:
            listener.offer(*self._states.values())
            return
        missed = self._missed(last_id)
        if missed is None or missed > _BUFFERED:
            here = f"{self._run}-{self._number}"
            listener.offer(_encoded(here, "reset", {}), *self._states.values())
        elif missed:
            listener.offer(*list(self._kept)[-missed:])

    def _missed(self, last_id: str) -> int | None:
        """Return how many events followed an event id; None if that is not known."""
        run, _, text = last_id.rpartition("-")
        if run != self._run or not (text.isascii() and text.isdecimal()) or len(text) > 18:
            return None
        missed = self._number - int(text)
        return missed if 0 <= missed <= len(self._kept) else None


def _encoded(event_id: str, name: str, value: object) -> bytes:
    """Return an event of a stream (HTML §9.2.6); JSON has no line ends of its own."""
    data = msgspec.json.encode(value)
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event_id.encode(), name.encode(), data)
