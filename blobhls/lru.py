"""A bounded memory of what was used lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A dictionary that forgets what was not used for longest, once it weighs too much."""

    def __init__(self, limit: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._limit = limit
        self._weigh = weigh
        self._items: OrderedDict[K, V] = OrderedDict()
        self._weight = 0

    def get(self, key: K) -> V | None:
        """Return the value, which counts as used now; None where there is none."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Remember a value, unless it weighs more than everything may."""
        self.drop(key)
        if self._weigh(value) > self._limit:
            return
        self._items[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._limit:
            _, oldest = self._items.popitem(last=False)
            self._weight -= self._weigh(oldest)

    def drop(self, key: K) -> None:
        """Forget a value; forgetting what is not there is not an error."""
        value = self._items.pop(key, None)
        if value is not None:
            self._weight -= self._weigh(value)
