"""A generator in a thread of its own, a few values ahead of whoever reads them."""

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
def beside(source: Iterator[T], ahead: int) -> Iterator[Iterator[T]]:
    """Run `source` in a thread, at most `ahead` values in front of the reader.

    What it raises is raised where its values are read. Leaving the context stops it.
    """
    handed: queue.Queue[T | _Failure | None] = queue.Queue(ahead)
    over = threading.Event()

    def work() -> None:
        ending: _Failure | None = None
        try:
            for value in source:
                handed.put(value)
                if over.is_set():
                    return
        except BaseException as error:
            ending = _Failure(error)
        handed.put(ending)

    def read() -> Iterator[T]:
        while (item := handed.get()) is not None:
            if isinstance(item, _Failure):
                raise item.error
            yield item

    thread = threading.Thread(target=work, name="decode")
    thread.start()
    try:
        yield read()
    finally:
        over.set()
        while thread.is_alive():
            # It may be waiting for room: make some until it sees that it is over.
            try:
                handed.get(timeout=0.01)
            except queue.Empty:
                continue
        thread.join()
