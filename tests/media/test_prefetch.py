"""A generator in a thread passes on its values, its error, and its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from blobhls.media.video.prefetch import prefetched


def _counting(seen: list[int], last: int) -> Iterator[int]:
    for number in range(last):
        seen.append(number)
        yield number


def test_values_come_in_order() -> None:
    with prefetched(_counting([], 50), 3) as values:
        assert list(values) == list(range(50))


def test_it_runs_only_a_little_ahead() -> None:
    seen: list[int] = []
    with prefetched(_counting(seen, 1000), 2) as values:
        next(values)
    # One handed out, two waiting, one being handed over; leaving makes room for a few more.
    assert len(seen) < 20


def test_an_error_is_raised_after_the_values_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    with prefetched(failing(), 2) as values:
        assert next(values) == 1
        with pytest.raises(ValueError, match="damaged"):
            next(values)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    with prefetched(_counting([], 10**9), 1) as values:
        next(values)
    assert threading.active_count() == before


def test_an_error_of_the_consumer_passes_through() -> None:
    with pytest.raises(KeyError), prefetched(_counting([], 10**9), 1):
        raise KeyError("reader")
