"""Priority and urgency of jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum


class Priority(IntEnum):
    """The kind of caller that waits for a job; lower numbers run first."""

    VIEWER = 0  # a viewer waits for it
    AHEAD = 1  # a viewer will need it soon
    SEAL = 2
    BACKGROUND = 3


class Urgency:
    """The priority of shared work: that of its most urgent caller.

    It never falls: a cancelled caller may come back, and the jobs behind would gain little.
    """

    def __init__(self, priority: Priority) -> None:
        self.priority = priority
        self._listeners: list[Callable[[], None]] = []

    def rise(self, priority: Priority) -> None:
        """Raise the priority, if the given one is more urgent."""
        if priority < self.priority:
            self.priority = priority
            for tell in tuple(self._listeners):
                tell()

    @contextmanager
    def subscribed(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell` called at every rise while the body runs."""
        self._listeners.append(tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)
