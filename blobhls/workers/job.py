"""What is to be done, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Priority(IntEnum):
    """Who waits for a job; lower numbers go first."""

    VIEWER = 0  # a person, now
    AHEAD = 1  # a person, soon
    SEAL = 2
    BACKGROUND = 3


class Urgency:
    """How soon a piece of work is wanted: as soon as the most urgent who joined wants it.

    Never falls: who left may be back, and those who wait behind would gain little.
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
    def followed(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell` called at every rise for as long as the body runs."""
        self._listeners.append(tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)


class Job(msgspec.Struct, Generic[T], frozen=True):
    """A call that a worker process makes."""

    function: str  # of the worker module; by name, as the server itself never loads libav
    arguments: tuple[object, ...]  # must pickle
    returns: type[T]
    subject: str  # what a failure is about, for people: a file name
    timeout: float = 120  # seconds until the worker is ended
    heavy: bool = False  # takes seconds: worth ending when nobody waits for it any more
    # Files that it writes: they are whoever waits for the job's if it succeeds, and are removed,
    # once nothing can write to them any more, if it fails or nobody is waiting.
    staged: tuple[Path, ...] = ()
