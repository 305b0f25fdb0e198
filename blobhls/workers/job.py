"""How soon a job is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum


class Priority(IntEnum):
    """Who waits for a job; lower numbers go first."""

    VIEWER = 0  # a person, now
    AHEAD = 1  # a person, soon
    SEAL = 2
    BACKGROUND = 3


class Urgency:
    """How soon a piece of work is wanted: as soon as the most urgent caller wants it.

    Never falls: a caller that left may be back, and those behind it would gain little.
    """

    def __init__(self, priority: Priority) -> None:
        self.priority = priority
        self._listeners: list[Callable[[], None]] = []

    def rise(self, priority: Priority) -> None:
        """Take over a priority if it is the better one."""
        if priority < self.priority:
            self.priority = priority
            for tell in tuple(self._listeners):
                tell()

    @contextmanager
    def subscribed(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell` called at every rise for as long as the body runs."""
        self._listeners.append(tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)
