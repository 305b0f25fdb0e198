"""A generator that runs in a thread of its own, a few values ahead of its consumer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

T = TypeVar("T")


class _Failure(msgspec.Struct, frozen=True):
    error: BaseException


@contextmanager
def prefetched(source: Iterator[T], ahead: int) -> Iterator[Iterator[T]]:
    """Run `source` in a thread, at most `ahead` values in front of the consumer.

    An exception of `source` is raised where its values are read. Leaving the context stops it.
    """
    values: queue.Queue[T | _Failure | None] = queue.Queue(ahead)
    stopped = threading.Event()

    def produce() -> None:
        last: _Failure | None = None
        try:
            for value in source:
                values.put(value)
                if stopped.is_set():
                    return
        except BaseException as error:
            last = _Failure(error)
        values.put(last)

    def consume() -> Iterator[T]:
        while (item := values.get()) is not None:
            if isinstance(item, _Failure):
                raise item.error
            yield item

    thread = threading.Thread(target=produce, name="decode")
    thread.start()
    try:
        yield consume()
    finally:
        stopped.set()
        while thread.is_alive():
            # The thread may be waiting for room: make some until it notices that it has to stop.
            try:
                values.get(timeout=0.01)
            except queue.Empty:
                continue
        thread.join()
