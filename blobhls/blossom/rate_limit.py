"""Request limits by key and address."""

from __future__ import annotations

import math
from typing import Final

import msgspec
from cachetools import LRUCache

from blobhls.errors import TooMany

_REMEMBERED: Final = 50_000  # keys and addresses


class _Bucket(msgspec.Struct):
    left: float
    at: float


class RateLimit:
    """A token bucket for each key or address; its size is the requests of a minute."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._buckets: LRUCache[str, _Bucket] = LRUCache(_REMEMBERED)

    def count(self, caller: str, now: float) -> None:
        """Count a request; `now`: monotonic seconds. Raises `TooMany`."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = _Bucket(self._most, now)
            self._buckets[caller] = bucket
        per_second = self._most / 60
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left < 1:
            wait = math.ceil((1 - bucket.left) / per_second)
            raise TooMany(f"more than {self._most} requests a minute", wait)
        bucket.left -= 1
